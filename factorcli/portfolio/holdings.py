"""A file of holdings: tickers with weights or quantities, and cash. Standard library only.

    ticker,weight          Symbol;Qty.
    RELIANCE,0.5           TCS;120
    TCS.NS,0.3             INFY;-50
    CASH,0.2               cash;250000

A weight is a fraction (0.25) or has a percent sign (25%); weights that sum to 100 are per cent. 1 minus
their sum is cash at R_f, or borrowed at R_f where it is negative. A negative weight is short. CASH is a weight
too, or among quantities an amount of money. Other columns are ignored. Spreadsheets write commas,
semicolons or tabs, a byte order mark, `sep=;`, decimal commas between semicolons, and 1,23,456: all are read.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from factorcli.errors import InvalidPortfolio, UnreadableTable
from factorcli.results.warnings import ResultWarning
from factorcli.tables.text import Rows, number, read_text, rows_of, shown

CASH = "CASH"
MAX_FILE_BYTES = 1_000_000  # a line has about 30
WEIGHT_SUM_TOLERANCE = 1e-6  # a sum within this of 1 counts as 1
PER_CENT_TOLERANCE = 0.5  # weights whose sum is within this of 100 are per cent
MAX_GROSS_WEIGHT = 10.0  # a sum of |weight| above it is taken for an error of units
COLUMN_NAMES = {
    "ticker": ("ticker", "symbol", "instrument"),
    "weight": ("weight", "weights"),
    "quantity": ("quantity", "qty", "shares"),
}


@dataclass(frozen=True)
class Row:
    """A line of the file: a ticker as written, and its weight (a fraction) or number of shares."""

    ticker: str
    amount: float
    line: int


@dataclass(frozen=True)
class Holdings:
    """Stocks and cash as a file lists them, in its order; a ticker may come twice.

    by_weight: amounts are weights, else quantities; cash: the sum of the CASH lines, a weight or an amount of
    money; warnings: about the file, for every result.
    """

    file: str
    by_weight: bool
    rows: tuple[Row, ...]
    cash: float
    warnings: tuple[ResultWarning, ...] = ()

    @classmethod
    def load(cls, path: str | Path) -> "Holdings":
        """The holdings of a CSV file. Raises InvalidPortfolio, naming file, line and value."""
        if not str(path).strip():
            raise InvalidPortfolio("The portfolio's file name is empty; name a CSV file of holdings.")
        name = Path(path).name
        table = _read(Path(path))
        if not table:
            raise InvalidPortfolio(f"{name} is empty: it needs a heading such as ticker,weight and a line a stock.")
        columns = _columns(table[0][1], name)
        kind = "weight" if "weight" in columns else "quantity"
        in_per_cent = any("%" in cells[columns[kind]] for _, cells in table if len(cells) > columns[kind])
        return cls._of(list(_rows(table, columns, kind, name)), name, kind, in_per_cent=in_per_cent)

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, float]], *, by: str = "weight", name: str = "portfolio") -> "Holdings":
        """The holdings of pairs of ticker and weight, or quantity; line n is pair n. Raises InvalidPortfolio."""
        if by not in ("weight", "quantity"):
            raise InvalidPortfolio(f"by is {by!r}, but must be weight or quantity.")
        rows = [Row(*_checked(pair, by, f"{name}, line {line}"), line) for line, pair in enumerate(pairs, start=1)]
        return cls._of(rows, name, by, in_per_cent=False)

    @classmethod
    def _of(cls, rows: list[Row], name: str, kind: str, *, in_per_cent: bool) -> "Holdings":
        """Rows with their cash apart. Raises InvalidPortfolio where no stock is held."""
        if not any(row.ticker.upper() != CASH and row.amount for row in rows):
            what = "has only zeros" if rows and not any(row.amount for row in rows) else "holds no stock"
            raise InvalidPortfolio(f"{name} {what}, so there is nothing to estimate: give a stock a {kind}.")
        warnings: tuple[ResultWarning, ...] = ()
        if kind == "weight":
            rows, warnings = _as_fractions(rows, name, in_per_cent=in_per_cent)
        stocks = tuple(row for row in rows if row.ticker.upper() != CASH)
        cash = math.fsum(row.amount for row in rows if row.ticker.upper() == CASH)
        return cls(name, kind == "weight", stocks, cash, warnings)


def _checked(pair: object, kind: str, where: str) -> tuple[str, float]:
    """A ticker and a finite number. Raises InvalidPortfolio."""
    if not (isinstance(pair, tuple | list) and len(pair) == 2):
        raise InvalidPortfolio(f"{where} is {pair!r}: give a pair of a ticker and its {kind}.")
    ticker, amount = pair
    if not isinstance(ticker, str) or not ticker.strip():
        raise InvalidPortfolio(f"{where} is {pair!r}: its first part must be a ticker, such as TCS.NS.")
    try:
        value = math.nan if isinstance(amount, str | bytes | bool) else float(amount)
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise InvalidPortfolio(f"{where}: {amount!r} is not a {kind} of {ticker}: give a number such as 0.25 or 120.")
    return ticker.strip(), value


def _read(path: Path) -> Rows:
    """The lines of the file. Raises InvalidPortfolio."""
    try:
        return rows_of(read_text(path, MAX_FILE_BYTES), path.name)
    except UnreadableTable as error:
        raise InvalidPortfolio(str(error)) from None


def _columns(heading: Sequence[str], name: str) -> dict[str, int]:
    """Positions of the columns of tickers and of weights or quantities. Raises InvalidPortfolio."""
    plain = [re.sub(r"[\s()%._-]+", " ", cell).strip().lower() for cell in heading]
    columns: dict[str, int] = {}
    for meaning, words in COLUMN_NAMES.items():
        found = [i for i, word in enumerate(plain) if word in words]
        if len(found) > 1:
            twice = " and ".join(heading[i] for i in found)
            raise InvalidPortfolio(f"{name} has more than one column of {meaning} ({twice}): keep one.")
        columns |= dict.fromkeys([meaning], found[0]) if found else {}
    has = ", ".join(shown(cell) for cell in heading[:6] if cell)
    if "ticker" not in columns:
        raise InvalidPortfolio(
            f"{name} has no column ticker (or symbol) in its first line, which has {has}: begin it with a heading such "
            "as ticker,weight."
        )
    if "weight" in columns and "quantity" in columns:
        raise InvalidPortfolio(f"{name} has both weights and quantities ({has}): keep one of the two columns.")
    if len(columns) == 1:
        raise InvalidPortfolio(f"{name} has neither a column weight nor a column quantity; its columns are {has}.")
    return columns


def _rows(table: Rows, columns: dict[str, int], kind: str, name: str) -> Iterator[Row]:
    width = len(table[0][1])
    share = 100.0 if "%" in table[0][1][columns[kind]] else 1.0
    for line, cells in table[1:]:
        where = f"{name}, line {line}"
        if any(cells[width:]):
            raise InvalidPortfolio(
                f"{where} has {len(cells)} cells, and the heading has {width}: a number with commas needs quotes."
            )
        ticker, amount = (cells[columns[what]] if columns[what] < len(cells) else "" for what in ("ticker", kind))
        if not ticker:
            raise InvalidPortfolio(f"{where} has no ticker: name one, or remove the line (no total is needed).")
        if not amount:
            raise InvalidPortfolio(f"{where}: {shown(ticker)} has no {kind}: give it a number, or remove the line.")
        value = number(amount)
        if value is None or ("%" in amount and kind == "quantity"):
            example = "0.25 or 25%" if kind == "weight" else "120"
            raise InvalidPortfolio(
                f"{where}: {shown(amount)!r} is not a {kind} of {shown(ticker)}: write a number such as {example}."
            )
        yield Row(ticker, value / (1.0 if "%" in amount else share), line)


def _as_fractions(rows: Sequence[Row], name: str, *, in_per_cent: bool) -> tuple[list[Row], tuple[ResultWarning, ...]]:
    """Weights as fractions, and warnings about their sum; in_per_cent: the file has percent signs.

    Raises InvalidPortfolio."""
    total = math.fsum(row.amount for row in rows)
    warnings: list[ResultWarning] = []
    if not in_per_cent and abs(total - 100.0) <= PER_CENT_TOLERANCE:
        text = f"the weights of {name} sum to {total:g} and are read as per cent."
        warnings.append(ResultWarning("percent_weights", text))
        rows = [replace(row, amount=row.amount / 100.0) for row in rows]
        total = math.fsum(row.amount for row in rows)
    if (gross := math.fsum(abs(row.amount) for row in rows)) > MAX_GROSS_WEIGHT:
        raise InvalidPortfolio(
            f"The weights of {name} sum to {total:g} ({gross:g} without their signs), which neither fractions nor per "
            "cent do: write fractions (0.25) or percent signs (25%), or call the column quantity if they are shares."
        )
    rest = 1.0 - total
    if abs(rest) > WEIGHT_SUM_TOLERANCE:
        what = "the rest, {}, is cash at R_f" if rest > 0 else "the excess, {}, is borrowed at R_f"
        share = what.format(f"{100.0 * abs(rest):.4g}%")
        text = f"the weights of {name} sum to {total:.6g}, not 1; {share}. None is rescaled."
        warnings.append(ResultWarning("weights_sum", text))
    return list(rows), tuple(warnings)
