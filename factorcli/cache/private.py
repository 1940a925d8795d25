"""Folders for this user alone."""

import os
from collections.abc import Callable
from pathlib import Path

NESTED = "factorcli"  # the private folder inside one that others use


def private_folder(folder: Path, is_ours: Callable[[str], bool]) -> Path:
    """The folder with mode 0700; where others can enter it and use it, a private one inside.

    is_ours: whether a file of this name may be ours. Windows has no such modes: a profile's folders are private by
    their access lists, and are taken as they are. Raises OSError.
    """
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder
    if os.name == "nt" or not folder.stat().st_mode & 0o077:
        return folder
    if all(is_ours(path.name) for path in folder.iterdir()):
        folder.chmod(0o700)
        return folder
    return private_folder(folder / NESTED, is_ours)
