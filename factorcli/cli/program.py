"""The name under which the program was started; it is installed under two."""

import sys
from pathlib import Path

NAMES = ("factor", "factorcli")


def program() -> str:
    """The name that was typed, `factorcli` for `python -m factorcli`."""
    stem = Path(sys.argv[0]).stem.lower() if sys.argv and sys.argv[0] else ""
    return stem if stem in NAMES else "factorcli" if stem == "__main__" else NAMES[0]


def other_factor() -> str | None:
    """The path of another program called `factor` that a shell would start instead of ours, or None."""
    import shutil

    found = shutil.which(NAMES[0])
    if found is None:
        return None
    own = Path(sys.argv[0]).absolute().parent
    theirs = Path(found)
    if theirs.absolute().parent == own or ((own / theirs.name).exists() and theirs.samefile(own / theirs.name)):
        return None
    return found
