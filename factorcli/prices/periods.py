"""Weeks and months of sessions: where each ends, and the returns between these ends."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array, Mask
from factorcli.engine.returns import simple_returns
from factorcli.model.frequency import DAILY, MONTHLY, Frequency
from factorcli.prices.gate_rules import Reason
from factorcli.prices.panel import MONDAY, Dates, from_dates, native_frequency, period_numbers
from factorcli.prices.screening import Screened

WEEKDAYS = 5  # of a week, from Monday on
# Reasons for which a day's return, and with it its period's, is left out.
OF_ONE_TICKER = (Reason.SUSPECT_JUMP, Reason.BAD_PRINT, Reason.CORPORATE_ACTION)

Index = NDArray[np.int64]


def last_weekday(number: int, frequency: Frequency) -> np.datetime64:
    """The last day of a period that is no Saturday or Sunday."""
    if frequency is MONTHLY:
        end = np.datetime64(number + 1, "M").astype("datetime64[D]") - 1
        return np.datetime64(np.busday_offset(end, 0, roll="backward"), "D")
    return np.datetime64(number * 7 - MONDAY + WEEKDAYS - 1, "D")


@dataclass(frozen=True)
class Periods:
    """The finished periods of S + 1 sessions, from the first with a session to the last, without a hole.

    numbers (P,); starts (P,) the first session of each or, if it has none, of the next one that has; usable (S + 1,)
    the sessions that may end a period; market_ends (P,) the last usable session of each, −1 where it has none.
    """

    frequency: Frequency
    sessions: Dates
    numbers: Index
    starts: Index
    usable: Mask
    market_ends: Index

    @classmethod
    def of(cls, sessions: Dates, usable: Mask, frequency: Frequency, cutoff: np.datetime64) -> "Periods":
        """The periods that are finished at the cut-off, the last closed day.

        A period is finished at its last weekday's close. Where daily prices end earlier than the cut-off, as in an
        old file, a period that they do not cover up to its last weekday is not finished either.
        """
        of_session = period_numbers(sessions, frequency)
        end = cutoff
        if native_frequency(sessions) is DAILY and period_numbers(np.array([cutoff]), frequency)[0] > of_session[-1]:
            end = sessions[-1]
        last = int(of_session[-1])
        while last >= of_session[0] and last_weekday(last, frequency) > end:
            last -= 1
        numbers = np.arange(of_session[0], last + 1)
        starts = np.searchsorted(of_session, numbers)
        within = usable[: np.searchsorted(of_session, last, side="right")]
        return cls(frequency, sessions, numbers, starts, usable, _ends(within[:, None], starts)[:, 0])

    @property
    def labels(self) -> Dates:
        """The date of each period (P,): its last usable session or, where it has none, its last weekday."""
        days = [
            self.sessions[end] if end >= 0 else last_weekday(int(number), self.frequency)
            for number, end in zip(self.numbers, self.market_ends, strict=True)
        ]
        return np.array(days, dtype="datetime64[D]")

    @property
    def with_return(self) -> Mask:
        """The periods (P,) across which the factors have a return: they and the ones before have a session."""
        there = self.market_ends >= 0
        return np.concatenate([[False], there[1:] & there[:-1]])

    def first_of(self, count: int) -> int:
        """The position of the period before the last `count` periods with a return; of the first, for 0 or too few."""
        found = np.flatnonzero(self.with_return)
        return int(found[-count] - 1) if 0 < count <= len(found) else int(found[0] - 1)

    def closes_at(self, closes: Array, ends: Index, first: int) -> Array:
        """Closes (T + 1, K) of the factors at ends (T + 1, N), which are the same for every ticker that has one.

        closes (S + 1, K); first: the period of the first end. Where no ticker has one the market's counts; NaN in a
        period without a session.
        """
        common = ends.max(axis=1, initial=-1)
        joint = np.where(common >= 0, common, self.market_ends[first:])
        found: Array = np.where((joint >= 0)[:, None], closes[np.maximum(joint, 0)], np.nan)
        return found

    def ends(self, closes: Array) -> Index:
        """The last usable session of each period with a close, (P, N); −1 where a period has none."""
        rows = self._rows
        return _ends(np.isfinite(closes[:rows]) & self.usable[:rows, None], self.starts)

    def common_ends(self, closes: Array) -> Index:
        """The last usable session of each period at which all tickers have a close that have one in it, (P, N)."""
        own = self.ends(closes)
        there, rows = own >= 0, self._rows
        period = np.repeat(np.arange(len(self.numbers)), np.diff(np.append(self.starts, rows)))
        together = (np.isfinite(closes[:rows]) | ~there[period]).all(axis=1) & self.usable[:rows]
        return np.where(there, _ends(together[:, None], self.starts), -1)

    @property
    def _rows(self) -> int:
        """Number of sessions up to the end of the last period."""
        return int(np.searchsorted(period_numbers(self.sessions, self.frequency), self.numbers[-1], side="right"))


def _ends(there: Mask, starts: Index) -> Index:
    """The last row of each period, which begin at rows `starts`, that is there: (R, N) → (P, N), −1 for none."""
    rows = np.where(there, np.arange(len(there))[:, None], -1)
    ends = np.full((len(starts), there.shape[1]), -1, dtype=np.int64)
    held = np.flatnonzero(np.diff(np.append(starts, len(there))) > 0)
    if len(held):
        ends[held] = np.maximum.reduceat(rows, starts[held], axis=0)
    return ends


def patterns(ends: Index, market_ends: Index) -> Iterator[NDArray[np.intp]]:
    """Tickers whose periods end at the same sessions, ends (P, N); a period without a price is like the market's."""
    filled = np.where(ends >= 0, ends, market_ends[:, None])
    _, group = np.unique(filled, axis=1, return_inverse=True)
    group = np.asarray(group).ravel()
    for number in range(int(group.max(initial=-1)) + 1):
        yield np.flatnonzero(group == number)


def screened_periods(screened: Screened, ends: Index, sessions: Dates) -> Screened:
    """The screened returns between the ends (P, N) of periods, P − 1 of them; sessions (S + 1,).

    A period across which a day's return is left out for the ticker alone is left out itself, for the first such
    reason. A period without a price is missing, and so is the one after it.
    """
    there = ends >= 0
    closes = np.where(there, np.take_along_axis(screened.closes, np.maximum(ends, 0), axis=0), np.nan)
    returns = simple_returns(closes)
    flagged = np.isin(screened.reasons, OF_ONE_TICKER)
    reasons = np.zeros((len(ends) - 1, ends.shape[1]), dtype=np.uint8)
    found: dict[tuple[int, int], tuple[date, float]] = {}
    for day, ticker in zip(*np.nonzero(flagged), strict=True):  # few: day `day` ends at session day + 1
        period = int(np.argmax(ends[:, ticker] > day)) - 1
        if period >= 0 and np.isfinite(returns[period, ticker]) and reasons[period, ticker] == Reason.KEPT:
            reasons[period, ticker] = screened.reasons[day, ticker]
            found[period, ticker] = from_dates(sessions[[day + 1]])[0], float(screened.returns[day, ticker])
    return replace(screened, closes=closes, returns=returns, reasons=reasons, days_left_out=found)
