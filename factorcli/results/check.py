"""Results of `check`: what a file is taken for."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class FileCheck:
    """What one file is taken for, without anything computed from it.

    kind: such as "prices of one ticker", or "unknown"; problem: why it cannot be read, None where it can; form:
    encoding, separator, sheet and rows before the heading; rows: of data; date_order: how its dates are written;
    first and last: its dates; used and left: columns by their headings; gaps: stretches without rows or prices;
    suspects: what is implausible; notes: how something was read.
    """

    file: str
    kind: str
    problem: str | None = None
    form: str = ""
    rows: int | None = None
    date_order: str | None = None
    first: date | None = None
    last: date | None = None
    used: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    tickers: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
