"""Folders that only this user can access."""

import os
from collections.abc import Callable
from pathlib import Path

PRIVATE_SUBFOLDER = "factorcli"  # inside a folder that others use


def private_folder(folder: Path, is_own: Callable[[str], bool]) -> Path:
    """The folder, with mode 0700; where other users can access it and it has other files, a private subfolder.

    is_own: whether a file of this name may be factorcli's. On Windows, where access lists keep a profile's folders
    private, the folder is used as it is. Raises OSError.
    """
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder
    if os.name == "nt" or not folder.stat().st_mode & 0o077:
        return folder
    if all(is_own(path.name) for path in folder.iterdir()):
        folder.chmod(0o700)
        return folder
    return private_folder(folder / PRIVATE_SUBFOLDER, is_own)
