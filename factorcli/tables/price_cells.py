"""The cells of a price file as arrays, in its order, whatever its format."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from factorcli.errors import UnreadableTable
from factorcli.tables.cells import Cell, Column, is_missing, text_of
from factorcli.tables.dates import is_date
from factorcli.tables.numbers import read_numbers
from factorcli.tables.price_layout import Layout

Array = NDArray[np.float64]
Notice = tuple[str, str]  # a code and a sentence

EQUITY_SERIES = frozenset(("EQ", "BE", "BZ", "SM", "ST", "SZ"))
# Of BSE, where F and G are bonds.
EQUITY_GROUPS = frozenset(("A", "B", "T", "X", "XT", "XC", "XD", "Z", "ZP", "M", "MT", "MS", "P", "TS", "R", "E"))
# Types of futures and options: of UDiFF, and of the exchanges' older files.
CONTRACTS = frozenset(
    (
        *("STF", "STO", "IDF", "IDO", "FUTSTK", "OPTSTK", "FUTIDX", "OPTIDX", "FUTIVX", "FUTCUR", "OPTCUR", "FUTCOM"),
        *("OPTFUT", "FUTIRC", "FUTIRT", "FUTINT"),
    )
)
SHARES = frozenset(("STK", "EQ", "EQUITY", "CASH"))


@dataclass(frozen=True)
class NoPrices:
    """A file that is no price table, and why: a sentence without its subject."""

    path: Path
    reason: str

    @property
    def sentence(self) -> str:
        """The reason, with the path before it."""
        return f"{self.path}{', ' if self.reason.startswith('row ') else ' '}{self.reason}"


@dataclass
class PriceCells:
    """The cells of a file: rows (T,) are line numbers; closes and volumes (T, N), NaN where there is none.

    labels and aliases: the tickers of long files and their other names, else empty; order: how dates are written;
    mark: the decimal mark; `facts` describes the file: encoding, separator, sheet and columns used and left.
    """

    layout: Layout
    names: Sequence[str]
    dates: NDArray[np.datetime64]
    rows: NDArray[np.int64]
    closes: Array
    volumes: Array | None
    labels: list[str]
    aliases: list[tuple[str, ...]]
    order: str
    notices: list[Notice] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)


def contract_of(layout: Layout, row: Sequence[Cell]) -> str | None:
    """The type of the future or option that a row is about, or None where it is about a share."""
    kind = "" if layout.instrument is None else text_of(row[layout.instrument]).upper()
    if kind in CONTRACTS:
        return kind
    expiry: Cell = "" if layout.expiry is None or kind in SHARES else row[layout.expiry]
    return None if is_missing(expiry) or not is_date(expiry) else kind or "an expiry date"


def contracts_notice(file: str, contracts: Sequence[tuple[int, str]]) -> Notice:
    """Of the rows, as line numbers and types, that were left out."""
    count = f"{len(contracts)} rows" if len(contracts) > 1 else "1 row"
    return (
        "series_left_out",
        f"{file}: {count} of futures and options {'are' if len(contracts) > 1 else 'is'} left out, first row "
        f"{contracts[0][0]}: {some_of(kind for _, kind in contracts)}.",
    )


def only_contracts(path: Path, contracts: Sequence[tuple[int, str]]) -> NoPrices:
    """A file without any other rows."""
    kinds = some_of(kind for _, kind in contracts)
    return NoPrices(path, f"holds futures and options only ({kinds}), and no prices of shares.")


def read_volumes(column: Column, mark: str | None) -> tuple[list[float], list[Notice]]:
    """The volumes of a column; NaN, with a notice, where one of them is no number, as closes do without."""
    try:
        return read_numbers(column, mark, units=True).values, []
    except UnreadableTable as error:
        cause = str(error).partition("; correct")[0]
        return [math.nan] * len(column.cells), [("unread_volumes", f"{cause}; this column's volumes are left out.")]


def some_of(names: Iterable[str]) -> str:
    """The first of the names, sorted."""
    others = sorted(set(names))
    return ", ".join(others[:6]) + (" …" if len(others) > 6 else "")


def equity_only(cells: PriceCells, series: Sequence[str], file: str) -> PriceCells:
    """The rows of equity series, where there are such; a notice counts the others."""
    equity = EQUITY_SERIES if EQUITY_SERIES.intersection(series) else EQUITY_GROUPS
    keep = np.array([name in equity for name in series])
    if keep.all() or not keep.any():
        return cells
    some = some_of(name for name in series if name not in equity)
    cells.notices.append(
        ("series_left_out", f"{file}: {int((~keep).sum())} rows of other series than equity are left out: {some}.")
    )
    cells.dates, cells.rows, cells.closes = cells.dates[keep], cells.rows[keep], cells.closes[keep]
    cells.volumes = None if cells.volumes is None else cells.volumes[keep]
    cells.labels = [label for label, kept in zip(cells.labels, keep, strict=bool(cells.labels)) if kept]
    cells.aliases = [alias for alias, kept in zip(cells.aliases, keep, strict=bool(cells.aliases)) if kept]
    return cells
