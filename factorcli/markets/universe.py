"""The universe: its stocks, their present tickers and their former ones."""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from factorcli.errors import InvalidOption, MalformedUniverse, SourceNotFound
from factorcli.markets.market import DEFAULT, INDIA, Market
from factorcli.markets.sectors import has_too_many_sectors, is_company
from factorcli.results.universe import StockInfo as Stock

LEGAL_FORMS = frozenset(("ltd", "limited", "the"))
FIELDS = ("ticker", "name", "sector", "isin")
IMPORT_MARKET = INDIA  # whose lists an import reads
# The package's files for a market: universe and renames.
SHIPPED = {INDIA.id: ("nifty500.csv", "renames.csv")}
# Periods of membership, and the days of the lists that they are from.
SHIPPED_MEMBERS = {INDIA.id: ("members.csv", "member_lists.csv")}
SHIPPED_ACTIONS = {INDIA.id: "corporate_actions.csv"}  # and its corporate actions
SHIPPED_EPISODES = {INDIA.id: "episodes.csv"}  # and what happened to it


@dataclass(frozen=True)
class Universe:
    """Stocks in ticker order, and renames old ticker → new ticker."""

    stocks: tuple[Stock, ...]
    renames: Mapping[str, str]

    @classmethod
    def load(cls, path: Path | None = None, market: Market = DEFAULT) -> "Universe":
        """Read `path`, or the universe that the package ships for a market, if any. Raises MalformedUniverse."""
        own, names = SHIPPED.get(market.id, (None, None))
        renames = {row["old_ticker"]: row["new_ticker"] for row in _read(shipped(names))} if names else {}
        path = path or (shipped(own) if own else None)
        if path is None:
            return cls((), renames)
        stocks = _own_form(path)
        if not stocks:
            from factorcli.markets.nse_list import read_stock_list

            stocks, _ = read_stock_list(path, cls.load(None, market).stocks, market)
        return cls(tuple(sorted(stocks, key=lambda stock: stock.ticker)), renames)

    @cached_property
    def digest(self) -> str:
        """Short digest of every stock and rename."""
        form = "StockInfo(ticker={!r}, name={!r}, sector={!r}, isin={!r})".format
        rows = [form(stock.ticker, stock.name, stock.sector, stock.isin) for stock in self.stocks]
        stocks = f"({rows[0]},)" if len(rows) == 1 else f"({', '.join(rows)})"
        # As `repr` of both, which takes three times as long.
        content = f"[{stocks}, {sorted(self.renames.items())!r}]"
        return hashlib.sha256(content.encode(errors="surrogatepass")).hexdigest()[:12]

    @cached_property
    def tickers(self) -> tuple[str, ...]:
        """The stocks' tickers, in order."""
        return tuple(stock.ticker for stock in self.stocks)

    @cached_property
    def by_ticker(self) -> dict[str, Stock]:
        """Stocks by ticker."""
        return {stock.ticker: stock for stock in self.stocks}

    @cached_property
    def by_isin(self) -> dict[str, str]:
        """Tickers by ISIN."""
        return {stock.isin.upper(): stock.ticker for stock in self.stocks if stock.isin}

    @cached_property
    def by_name(self) -> dict[str, str]:
        """Tickers by the words of their company's name, without those that two companies share."""
        named: dict[str, list[str]] = {}
        for stock in self.stocks:
            named.setdefault(plain_name(stock.name), []).append(stock.ticker)
        return {name: tickers[0] for name, tickers in named.items() if len(tickers) == 1}

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
        """The only sector that equals, starts with or contains a text. Raises InvalidOption."""
        wanted = text.strip().casefold()
        found = [name for name in self.sectors if name.casefold() == wanted]
        found = found or [name for name in self.sectors if name.casefold().startswith(wanted)]
        found = found or [name for name in self.sectors if wanted in name.casefold()]
        if len(found) != 1:
            problem = "means several" if found else "is not one"
            names = ", ".join(found or self.sectors)
            raise InvalidOption(f"sector {text!r} {problem} of the sectors: {names}.")
        return found[0]

    def current(self, ticker: str) -> str:
        """The present ticker of a stock, after any number of renames."""
        seen = {ticker}
        while (new := self.renames.get(ticker)) is not None and new not in seen:
            ticker = new
            seen.add(ticker)
        return ticker

    def search(self, text: str, also: Iterable[Stock] = ()) -> tuple[Stock, ...]:
        """Stocks whose ticker or name contains the text or whose ISIN it is, best match first; `also`: further ones."""
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

        ranked = [(place, stock) for stock in (*self.stocks, *also) if (place := rank(stock)) is not None]
        return tuple(stock for _, stock in sorted(ranked, key=lambda pair: (pair[0], pair[1].ticker)))

    def suggestions(self, ticker: str, also: Iterable[str] = ()) -> list[str]:
        """Tickers similar to a mistyped one, best match first, three at most."""
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

    def similar_names(self, name: str) -> list[str]:
        """Companies of a similar name with their tickers, best match first, three at most."""
        from difflib import get_close_matches

        near = get_close_matches(plain_name(name), self.by_name, 3, 0.6)
        return [f"{self.by_ticker[ticker].name} ({ticker})" for ticker in map(self.by_name.__getitem__, near)]


def plain_name(name: str) -> str:
    """A company's name without case, punctuation and its legal form."""
    words = re.sub(r"[^a-z0-9]+", " ", name.casefold().replace("&", " and ")).split()
    return " ".join(word for word in words if word not in LEGAL_FORMS)


def shipped(name: str) -> Path:
    """A file of the shipped universe, in the wheel or, for an editable install, beside the package."""
    package = Path(__file__).parents[1]
    inside = package / "_universe" / name
    return inside if inside.exists() else package.parent / "universe" / name


def to_csv(stocks: Iterable[Stock]) -> str:
    """A universe as CSV, in ticker order."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(FIELDS)
    ordered = sorted(stocks, key=lambda stock: stock.ticker)
    writer.writerows((stock.ticker, stock.name, stock.sector, stock.isin) for stock in ordered)
    return buffer.getvalue()


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


def _own_form(path: Path) -> list[Stock]:
    """The stocks of a universe as an import writes it, without the reader of tables; none for another form."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            if file.readline().rstrip() != ",".join(FIELDS):
                return []
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
    try:
        stocks = [
            Stock(ticker.strip().upper(), name.strip(), sector.strip(), isin.strip())
            for ticker, name, sector, isin in rows
        ]
    except ValueError:  # a row with fewer cells, or more
        return []
    if has_too_many_sectors(stocks) or any(map(is_company, {stock.sector for stock in stocks})):
        return []  # for the reader of tables to refuse, with the row
    keys = [stock.ticker for stock in stocks] + [stock.isin for stock in stocks if stock.isin]
    return stocks if all(keys) and len(set(keys)) == len(keys) else []


def _read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read_text(path))))
