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
    """Tickers as typed, and portfolios in their order, those among them that could not be read.

    repeated: the files that were named more than once, and count once.
    """

    tickers: tuple[str, ...] = ()
    portfolios: tuple[Holdings | Unread, ...] = ()
    repeated: tuple[str, ...] = ()

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

        Each file counts once, however it is spelt, and files of the same name are called by their folder too. Files
        and folders whose names begin with a dot are left out. Raises InvalidPortfolio for an empty folder, and for the
        only file where it cannot be read; one of many is among the portfolios as what it is.
        """
        named = [file for name in names for file in _files(name)]
        places = [_place(file) for file in named]
        files = dict(zip(reversed(places), reversed(named), strict=True))  # of one that comes twice the first spelling
        called = Counter(Path(file).name for file in files.values())
        read = [
            _read(
                files[place],
                _label(files[place], place, unique=called[Path(files[place]).name] == 1),
                drop_missing=drop_missing,
                fill_sector=fill_sector,
            )
            for place in dict.fromkeys(places)
        ]
        if len(read) == 1 and isinstance(read[0], Unread):
            raise read[0].error
        twice = [Path(files[place]).name for place, times in Counter(places).items() if times > 1]
        return cls(tuple(tickers), tuple(read), tuple(twice))


def _files(name: str | Path) -> list[str | Path]:
    """The files that a name stands for."""
    if not str(name).strip() or not (folder := Path(name).expanduser()).is_dir():
        return [name]
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if not files:
        raise InvalidPortfolio(f"The folder {folder} has no file: name a file of holdings, or a folder of such files.")
    return [*files]


def _place(file: str | Path) -> Path:
    """Where a file is, the same for all spellings of its name."""
    try:
        return Path(file).expanduser().resolve()
    except (OSError, RuntimeError, ValueError):  # of a name that cannot be one; reading it says so
        return Path(file)


def _label(file: str | Path, place: Path, *, unique: bool) -> str:
    """The name of a file, with that of its folder where others have the same name."""
    name = Path(file).name
    return name if unique or not place.parent.name else f"{place.parent.name}/{name}"


def _read(file: str | Path, name: str, *, drop_missing: bool, fill_sector: bool) -> Holdings | Unread:
    try:
        return replace(Holdings.load(file), file=name, drop_missing=drop_missing, fill_sector=fill_sector)
    except InvalidPortfolio as error:
        return Unread(name, error)
