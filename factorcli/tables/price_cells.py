"""The cells of a price file as arrays, in its order, whatever its format."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from factorcli.tables.price_layout import Layout

Array = NDArray[np.float64]
Notice = tuple[str, str]  # a code and a sentence

EQUITY_SERIES = frozenset(("EQ", "BE", "BZ", "SM", "ST", "SZ"))
# Of BSE, where F and G are bonds.
EQUITY_GROUPS = frozenset(("A", "B", "T", "X", "XT", "XC", "XD", "Z", "ZP", "M", "MT", "MS", "P", "TS", "R", "E"))


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

    labels and aliases: the tickers of long files, else empty; order: how dates are written; mark: the decimal mark;
    `facts` describes the file: encoding, separator, sheet and columns used and left.
    """

    layout: Layout
    names: Sequence[str]
    dates: NDArray[np.datetime64]
    rows: NDArray[np.int64]
    closes: Array
    volumes: Array | None
    labels: list[str]
    aliases: list[str]
    order: str
    notices: list[Notice] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)


def equity_only(cells: PriceCells, series: Sequence[str], file: str) -> PriceCells:
    """The rows of equity series, where there are such; a notice counts the others."""
    equity = EQUITY_SERIES if EQUITY_SERIES.intersection(series) else EQUITY_GROUPS
    keep = np.array([name in equity for name in series])
    if keep.all() or not keep.any():
        return cells
    others = sorted({name for name in series if name not in equity})
    some = ", ".join(others[:6]) + (" …" if len(others) > 6 else "")
    cells.notices.append(
        ("series_left_out", f"{file}: {int((~keep).sum())} rows of other series than equity are left out: {some}.")
    )
    cells.dates, cells.rows, cells.closes = cells.dates[keep], cells.rows[keep], cells.closes[keep]
    cells.volumes = None if cells.volumes is None else cells.volumes[keep]
    cells.labels = [label for label, kept in zip(cells.labels, keep, strict=bool(cells.labels)) if kept]
    cells.aliases = [alias for alias, kept in zip(cells.aliases, keep, strict=bool(cells.aliases)) if kept]
    return cells
