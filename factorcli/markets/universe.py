"""The universe: which stocks there are, what they are called now, and what they were called."""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from factorcli.errors import InvalidOption, InvalidSetting, MalformedUniverse, SourceNotFound
from factorcli.results.beta import StockInfo as Stock

FIELDS = ("ticker", "name", "sector", "isin")
KEPT_SERIES = ("EQ", "BE")


@dataclass(frozen=True)
class Universe:
    """Stocks in ticker order, and renames old ticker → new ticker."""

    stocks: tuple[Stock, ...]
    renames: Mapping[str, str]

    @classmethod
    def load(cls, path: Path | None = None) -> "Universe":
        """Read `path`, or the universe that the package ships. Raises MalformedUniverse."""
        rows = _read(path or shipped("nifty500.csv"))
        if not rows or not set(FIELDS) <= set(rows[0]):
            raise MalformedUniverse(
                f"{path} is not a universe: it needs the columns {', '.join(FIELDS)} and a row for each stock. "
                "`factor universe import` makes one from NSE's list."
            )
        renames = {row["old_ticker"]: row["new_ticker"] for row in _read(shipped("renames.csv"))}
        stocks = []
        for number, row in enumerate(rows, start=2):
            values = [(row.get(name) or "").strip() for name in FIELDS]
            values[0] = values[0].upper()
            if not values[0]:
                raise MalformedUniverse(f"{path}, row {number}: no ticker; every row needs one.")
            stocks.append(Stock(*values))
        _refuse_duplicates(stocks, str(path))
        return cls(tuple(sorted(stocks, key=lambda stock: stock.ticker)), renames)

    @cached_property
    def digest(self) -> str:
        """Short digest of every stock and rename."""
        content = repr([self.stocks, sorted(self.renames.items())])
        return hashlib.sha256(content.encode(errors="surrogatepass")).hexdigest()[:12]

    @cached_property
    def by_ticker(self) -> dict[str, Stock]:
        """Stocks by ticker."""
        return {stock.ticker: stock for stock in self.stocks}

    @cached_property
    def old_names(self) -> dict[str, tuple[str, ...]]:
        """Former tickers of each ticker, the latest first."""
        names: dict[str, tuple[str, ...]] = {}
        for old in reversed(list(self.renames)):
            names[self.current(old)] = (*names.get(self.current(old), ()), old)
        return names

    @cached_property
    def sectors(self) -> tuple[str, ...]:
        """Sectors, in alphabetical order."""
        return tuple(sorted({stock.sector for stock in self.stocks}))

    def sector(self, text: str) -> str:
        """The one sector that a name, or the beginning of one, means. Raises InvalidOption."""
        wanted = text.strip().casefold()
        found = [name for name in self.sectors if name.casefold() == wanted]
        found = found or [name for name in self.sectors if name.casefold().startswith(wanted)]
        found = found or [name for name in self.sectors if wanted in name.casefold()]
        if len(found) != 1:
            problem = "means several" if found else "is not one"
            names = ", ".join(found or self.sectors)
            raise InvalidOption(f"--sector {text!r} {problem} of the sectors: {names}.")
        return found[0]

    def current(self, ticker: str) -> str:
        """The ticker's present name, through any number of renames."""
        seen = {ticker}
        while (new := self.renames.get(ticker)) is not None and new not in seen:
            ticker = new
            seen.add(ticker)
        return ticker

    def search(self, text: str) -> tuple[Stock, ...]:
        """Stocks whose ticker, name or ISIN holds the text, tickers that begin with it first."""
        needle = text.strip().casefold()

        def rank(stock: Stock) -> int | None:
            ticker, name = stock.ticker.casefold(), stock.name.casefold()
            tests = (
                needle in (ticker, ticker.partition(".")[0]),
                ticker.startswith(needle),
                name.startswith(needle),
                needle in ticker or needle in name or needle == stock.isin.casefold(),
            )
            return tests.index(True) if any(tests) else None

        ranked = [(place, stock) for stock in self.stocks if (place := rank(stock)) is not None]
        return tuple(stock for _, stock in sorted(ranked, key=lambda pair: (pair[0], pair[1].ticker)))

    def suggestions(self, ticker: str, also: Iterable[str] = ()) -> list[str]:
        """Tickers that a mistyped one may have meant, the likeliest first, three at most."""
        wanted = ticker.upper()
        if not wanted.partition(".")[0]:
            return []
        names = {stock.ticker.partition(".")[0]: stock.ticker for stock in self.stocks}
        names |= {other.upper().partition(".")[0]: other for other in also}
        from difflib import get_close_matches

        near = get_close_matches(wanted.partition(".")[0], names, 3, 0.7)
        found = [names[name] for name in near]
        if not found and len(wanted) > 3:
            found = [stock.ticker for stock in self.search(wanted.partition(".")[0])][:3]
        return found


def shipped(name: str) -> Path:
    """A file of the shipped universe, in the wheel or, for an editable install, beside the package."""
    package = Path(__file__).parents[1]
    inside = package / "_universe" / name
    return inside if inside.exists() else package.parent / "universe" / name


def parse_nse_list(text: str, name: str) -> tuple[list[Stock], dict[str, str]]:
    """Stocks of NSE's published index list, and what was dropped from it and why.

    Tolerates a first column without a name. Raises MalformedUniverse, naming row and column.
    """
    table = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    heading = [cell.strip().lower() for cell in table[0]] if table else []
    wanted = {"symbol": "Symbol", "company name": "Company Name", "industry": "Industry"}
    for key, column in wanted.items():
        if key not in heading:
            raise MalformedUniverse(
                f"{name} is not an NSE index list: it has no column {column!r}. Download "
                "ind_nifty500list.csv from niftyindices.com and give it as it is."
            )
    stocks: list[Stock] = []
    dropped: dict[str, str] = {}
    for number, cells in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        row = dict(zip(heading, (cell.strip() for cell in cells), strict=False))
        symbol = row.get("symbol", "").upper()
        series = row.get("series", "EQ").upper()
        if not symbol:
            raise MalformedUniverse(f"{name}, row {number}, column Symbol: empty; every row needs one.")
        if symbol.startswith("DUMMY"):
            dropped[symbol] = "a dummy row that NSE keeps during a demerger"
        elif series not in KEPT_SERIES:
            dropped[symbol] = f"series {series} is not {' or '.join(KEPT_SERIES)}"
        else:
            isin = row.get("isin code", "")
            stocks.append(Stock(f"{symbol}.NS", row["company name"], row["industry"], isin))
    if not stocks:
        raise MalformedUniverse(f"{name} lists no stocks.")
    _refuse_duplicates(stocks, name)
    return stocks, dropped


def write(stocks: Iterable[Stock], path: Path) -> None:
    """Write a universe in its own form, all or nothing. Raises InvalidSetting."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(FIELDS)
    ordered = sorted(stocks, key=lambda stock: stock.ticker)
    writer.writerows((stock.ticker, stock.name, stock.sector, stock.isin) for stock in ordered)
    try:
        path = path.resolve()
        part = path.with_name(f".{path.name}.part")
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(buffer.getvalue(), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise InvalidSetting(
            f"The universe cannot be written to {path}: {error.strerror}. Set FACTOR_UNIVERSE to another file."
        ) from None


def read_text(path: Path) -> str:
    """The text of a list of stocks. Raises SourceNotFound or MalformedUniverse."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SourceNotFound(f"There is no file {path}; check the path.") from None
    except UnicodeDecodeError:
        raise MalformedUniverse(f"{path} is not a text file: give a CSV list of stocks.") from None
    except OSError as error:
        raise MalformedUniverse(f"{path} cannot be read: {error.strerror}.") from None


def _read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read_text(path))))


def _refuse_duplicates(stocks: Iterable[Stock], name: str) -> None:
    seen: dict[str, Stock] = {}
    for stock in stocks:
        for key in (stock.ticker, stock.isin):
            if key and key in seen:
                raise MalformedUniverse(
                    f"{name} lists {key} twice ({seen[key].name}; {stock.name}): remove one of them."
                )
            seen[key] = stock
