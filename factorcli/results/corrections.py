"""Returns that the price gate corrected or left out, for a corporate action or a wrong price."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple


@dataclass(frozen=True)
class CorrectedDay:
    """A return whose prices were not adjusted for a corporate action, and the return that the fit has instead.

    factor: by which earlier prices were multiplied. ticker: None unless the result is of a portfolio.
    """

    date: date
    kind: str
    factor: float
    return_before: float
    value: float = field(metadata={"json": "return"})
    ticker: str | None = field(default=None, metadata={"omit_none": True})


class BadPrint(NamedTuple):
    """Two neighbouring returns that one wrong price makes: their dates and sizes."""

    dates: tuple[date, date]
    returns: tuple[float, float]


class ActionDay(NamedTuple):
    """A return that a corporate action makes, corrected or left out.

    kind: as in "a demerger"; factor: NaN where it is not known; before: the return of the prices as they are; after:
    the corrected one, NaN where it is left out; problem: the sentence why it is left out, or empty.
    """

    date: date
    kind: str
    factor: float
    before: float
    after: float
    problem: str = ""
