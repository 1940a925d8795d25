"""What the columns of a price file mean, decided by the whole heading. Standard library only.

A date and a close among the headings are bars, whatever else stands there: of one ticker, or with a column of tickers
of many. Several tickers under Close, as yfinance writes them, and dates beside a column for each ticker are the others.
"""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from factorcli.errors import UnreadableTable
from factorcli.tables.cells import shown, words
from factorcli.tables.dates import is_date
from factorcli.tables.price_headings import (
    ADJUSTED_CLOSES,
    BARS,
    CLOSES,
    DATE_HEADING,
    DATES,
    EXPIRIES,
    FIELD_FIRST,
    FIELD_LAST,
    FIELDS,
    INSTRUMENTS,
    ISIN_HEADING,
    NAMES,
    NUMBERED,
    QUALIFIERS,
    RANGE,
    SERIES,
    TICKERS,
    TRADES,
    VOLUMES,
    WEAK_CLOSES,
    heading_key,
)

MAX_HEADING_LENGTH = 200  # of a ticker and the name of a bar


@dataclass(frozen=True)
class Layout:
    """The positions of a price file's columns.

    kind: wide (closes and perhaps volumes of `tickers`), single (bars of one ticker, named by the file) or long (bars
    with a column of tickers); height: rows of the heading; aliases: columns of other names of the ticker; also: other
    columns of numbers, which show the file's decimal mark; by_name: the column of tickers has names; holes: whether a
    zero stands for no price; instrument and expiry: columns that tell futures and options.
    """

    kind: str
    date: int
    closes: tuple[int, ...]
    volumes: tuple[int, ...] = ()  # as closes; -1 for none
    tickers: tuple[str, ...] = ()
    label: int | None = None
    aliases: tuple[int, ...] = ()
    series: int | None = None
    also: tuple[int, ...] = ()
    height: int = 1
    by_name: bool = False
    holes: bool = False
    instrument: int | None = None
    expiry: int | None = None


def recognise(head: Sequence[Sequence[str]]) -> Layout | None:
    """The layout of a heading, given with the rows below it, or None. Raises UnreadableTable."""
    return _levels(head) or _tuples(head[0]) or _bars(head[0]) or _flat(head[0]) or _wide(head[0])


def why_not(heading: Sequence[str]) -> str:
    """Why a file is no price table, from its first row."""
    if not heading:
        return "is empty; it needs a heading and a row for each day."
    plain = [heading_key(cell) for cell in heading]
    day = next((i for i, name in enumerate(plain) if name in DATES and name), None)
    label = next((i for i, name in enumerate(plain) if name in TICKERS), None)
    if day is not None and (label is not None or len([name for name in plain if name in BARS]) > 1):
        return f"has a column {heading[day]}, but none of closes (it has {_some(heading)})."
    if day is not None:
        return "has dates and no ticker in its heading; it needs a column for each ticker."
    return (
        f"has no column called Date in its heading (it begins with {_some(heading)}). Prices come as Date and a column "
        "for each ticker, as date, ticker, close, or as a file TICKER.csv with Date and Close."
    )


def _some(heading: Sequence[str]) -> str:
    return ", ".join(shown(cell) for cell in heading[:5]) + (" …" if len(heading) > 5 else "")


def _bars(heading: Sequence[str]) -> Layout | None:
    """Bars of one ticker or of many."""
    plain = [heading_key(cell) for cell in heading]
    day = _first(plain, [name for name in DATES if name])
    if day is None:
        dated = (i for i, cell in enumerate(heading) if DATE_HEADING.search(words(cell)) and plain[i] not in EXPIRIES)
        day = next(dated, 0 if plain[0] == "" else None)
    label = _first(plain, TICKERS)
    close = _first(plain, (*ADJUSTED_CLOSES, *CLOSES))
    if close is None and not TRADES & set(plain):
        weak = _first(plain, WEAK_CLOSES)
        others = [name for i, name in enumerate(plain) if i not in (weak, label, day) and name not in BARS]
        alone = not others and (label is not None or len(plain) > 2 or plain[-1] != "value")
        close = weak if alone or RANGE.issubset(plain) else None
    if day is None or close is None or day == close or _is_data(heading[close]):
        return None
    _refuse_two_units(heading, plain, close)
    volume = _first(plain, VOLUMES)
    also = tuple(i for i, name in enumerate(plain) if name in RANGE or name in ("prevclose", "openprice"))
    numbered = label is not None and plain[label] in NUMBERED
    isins = tuple(i for i, name in enumerate(plain) if ISIN_HEADING.fullmatch(name)) if numbered else ()
    return Layout(
        "single" if label is None else "long",
        day,
        (close,),
        () if volume is None else (volume,),
        label=label,
        aliases=isins,
        series=_first(plain, SERIES),
        also=also,
        by_name=label is not None and plain[label] in NAMES,
        holes=plain[close] in ("netassetvalue", "nav"),
        instrument=next((i for i, name in enumerate(plain) if name in INSTRUMENTS and i != label), None),
        expiry=_first(plain, EXPIRIES),
    )


def _refuse_two_units(heading: Sequence[str], plain: Sequence[str], close: int) -> None:
    """Raise UnreadableTable for closes in two currencies."""
    same = (cell for cell, name in zip(heading, plain, strict=True) if name == plain[close])
    other = next((cell for cell in same if words(cell) != words(heading[close])), None)
    if other is not None:
        raise UnreadableTable(
            f"the heading has the closes {shown(heading[close])} and {shown(other)}: keep one of them."
        )


def _wide(heading: Sequence[str]) -> Layout | None:
    """Dates and a column for each ticker; an unnamed column before the dates is a row number."""
    plain = [heading_key(cell) for cell in heading]
    width = next((i + 1 for i in range(len(plain) - 1, -1, -1) if heading[i].strip()), 0)
    exact = [cell.strip().lower() for cell in heading]
    day = _first(exact[:width], [name for name in DATES if name])
    if day is None and width and exact[0] == "":
        day = 0
    columns = [i for i in range(width) if i != day and not (i == 0 and exact[0] in ("", "unnamed: 0"))]
    if day is None or not columns or all(_is_data(heading[i]) for i in columns):
        return None
    bars = [i for i in columns if plain[i] in BARS]
    if any(plain[i] in TICKERS for i in columns) or 1 < len(bars) == len(columns) or RANGE.issubset(plain):
        return None  # bars, or trades, without a close
    tickers = tuple(heading[i].strip().upper() for i in columns)
    seen: set[str] = set()
    for place, ticker in zip(columns, tickers, strict=True):
        if not ticker:
            raise UnreadableTable(f"the heading has no ticker in column {place + 1}: name or remove it.")
        if ticker in seen:
            raise UnreadableTable(f"the heading has the column {ticker} twice: remove one of them.")
        seen.add(ticker)
    return Layout("wide", day, tuple(columns), tickers=tickers)


def _levels(head: Sequence[Sequence[str]]) -> Layout | None:
    """Fields and tickers in two rows, in either order, and perhaps Date in a third, as yfinance writes them."""
    if len(head) < 3 or len(head[0]) < 2 or len(head[1]) != len(head[0]):
        return None
    for fields, tickers in ((head[0], head[1]), (head[1], head[0])):
        if all(heading_key(cell) in FIELDS for cell in fields[1:]) and not is_date(tickers[0]):
            plain = [heading_key(cell) for cell in fields[1:]]
            named = heading_key(head[2][0]) in DATES and not any(head[2][1:])
            first = heading_key(fields[0])
            if not named and not (is_date(head[2][0]) and first in (*DATES, "price", "ticker")):
                return None
            return _grid(plain, tickers[1:], 3 if named else 2)
    return None


def _tuples(heading: Sequence[str]) -> Layout | None:
    """Headings such as ('Close', 'TCS.NS'), as pandas writes two levels in one."""
    if not any(cell.startswith("('") for cell in heading[1:]):
        return None
    pairs = [_pair(cell) for cell in heading[1:]]
    if any(pair is None for pair in pairs):
        return None
    kept = [pair for pair in pairs if pair is not None]
    for one, other in ((0, 1), (1, 0)):
        plain = [heading_key(pair[one]) for pair in kept]
        if FIELDS.issuperset(plain):
            return _grid(plain, [pair[other] for pair in kept], 1)
    return None


def _flat(heading: Sequence[str]) -> Layout | None:
    """Headings such as TCS.NS Close or Close_TCS.NS, in one order, as two levels are often joined."""
    width = next((i + 1 for i in range(len(heading) - 1, -1, -1) if heading[i].strip()), 0)
    if heading_key(heading[0]) not in DATES or width < 2:
        return None
    for pattern, field, ticker in ((FIELD_LAST, 2, 1), (FIELD_FIRST, 1, 2)):
        matches = (pattern.fullmatch(cell.strip()[:MAX_HEADING_LENGTH]) for cell in heading[1:width])
        found = [match for match in takewhile(bool, matches) if match]
        if len(found) == width - 1 and not any(words(match[ticker]) in QUALIFIERS for match in found):
            fields = [heading_key(match[field]) for match in found]
            fields = ["adjclose" if name in ("adj", "adjusted") else name for name in fields]
            return _grid(fields, [match[ticker] for match in found], 1)
    return None


def _pair(cell: str) -> tuple[str, str] | None:
    try:
        value = ast.literal_eval(cell) if len(cell) < 200 else None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return (str(value[0]), str(value[1])) if isinstance(value, tuple) and len(value) == 2 else None


def _grid(fields: Sequence[str], tickers: Sequence[str], height: int) -> Layout | None:
    """The adjusted close, or else the close, and the volume of each ticker."""
    places: dict[tuple[str, str], int] = {}
    for i, (field, ticker) in enumerate(zip(fields, tickers, strict=False), start=1):
        places.setdefault((field, ticker.strip().upper()), i)
    closes: dict[str, int] = {}
    for field in (*ADJUSTED_CLOSES, "close"):
        for (name, ticker), place in places.items():
            if name == field and ticker:
                closes.setdefault(ticker, place)
    if not closes:
        return None
    volumes = tuple(places.get(("volume", ticker), -1) for ticker in closes)
    return Layout(
        "wide", 0, tuple(closes.values()), volumes if max(volumes) > 0 else (), tickers=tuple(closes), height=height
    )


def _first(plain: Sequence[str], names: Sequence[str]) -> int | None:
    return next((plain.index(name) for name in names if name in plain), None)


def _is_data(cell: str) -> bool:
    """Whether a cell of a would-be heading is a date or an amount."""
    return is_date(cell) or re.fullmatch(r"[\d,.]*[.,]\d+%?", cell.strip()) is not None
