"""What a question is about: tickers, and the portfolios of files and folders. Standard library only."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from factorcli.errors import InvalidPortfolio
from factorcli.portfolio.holdings import Holdings


@dataclass(frozen=True)
class Unread:
    """A file whose holdings cannot be read, and why."""

    file: str
    error: InvalidPortfolio


@dataclass(frozen=True)
class Request:
    """Tickers as typed, and portfolios in their order, those among them that could not be read."""

    tickers: tuple[str, ...] = ()
    portfolios: tuple[Holdings | Unread, ...] = ()

    @classmethod
    def of(
        cls,
        tickers: Iterable[str],
        names: Iterable[str | Path],
        *,
        drop_missing: bool = False,
        fill_sector: bool = False,
    ) -> "Request":
        """The tickers, and the portfolios of files; a folder stands for every file in it, in the order of their names.

        Each file counts once, and files of the same name are called by their folder too. Files and folders whose
        names begin with a dot are left out. Raises InvalidPortfolio for an empty folder, and for the only file where
        it cannot be read; one of many is among the portfolios as what it is.
        """
        files = list(dict.fromkeys(file for name in names for file in _files(name)))
        called = Counter(Path(file).name for file in files)
        read = [
            _read(file, unique=called[Path(file).name] == 1, drop_missing=drop_missing, fill_sector=fill_sector)
            for file in files
        ]
        if len(read) == 1 and isinstance(read[0], Unread):
            raise read[0].error
        return cls(tuple(tickers), tuple(read))


def _files(name: str | Path) -> list[str | Path]:
    """The files that a name stands for."""
    if not str(name).strip() or not (folder := Path(name).expanduser()).is_dir():
        return [name]
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if not files:
        raise InvalidPortfolio(f"The folder {folder} has no file: name a file of holdings, or a folder of such files.")
    return [*files]


def _read(file: str | Path, *, unique: bool, drop_missing: bool, fill_sector: bool) -> Holdings | Unread:
    path = Path(file)
    name = path.name if unique else f"{path.parent.name}/{path.name}"
    try:
        return replace(Holdings.load(file), file=name, drop_missing=drop_missing, fill_sector=fill_sector)
    except InvalidPortfolio as error:
        return Unread(name, error)
