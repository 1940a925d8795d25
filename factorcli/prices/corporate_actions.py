"""Corporate actions in closes: whether they are adjusted for them, and the correction where they are not."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from factorcli.engine import Array, Mask
from factorcli.engine.returns import simple_returns
from factorcli.markets.corporate_actions import CorporateAction, CorporateActions
from factorcli.model.factor_model import FactorModel
from factorcli.model.frequency import DAILY
from factorcli.prices.gate_rules import jumps, reversals
from factorcli.prices.panel import Dates, from_dates, native_frequency, period_numbers
from factorcli.results.corrections import ActionDay

NEIGHBOURS = 252  # sessions on either side from whose returns an action is judged
MIN_NEIGHBOURS = 30  # returns
MAX_READING_GAP = 2.0  # residual deviations between a return and the reading that holds
MAX_UNKNOWN_GAP = 3.0  # residual deviations up to which a return without a known factor is kept


@dataclass(frozen=True)
class MarketSessions:
    """All sessions, the T returns of the market between them, and which are not left out for every ticker."""

    model: FactorModel
    dates: Dates  # (T + 1,)
    market: Array  # (T,), not net of R_f
    kept: Mask  # (T,)

    @cached_property
    def risk_free(self) -> Array:
        """Daily risk-free rate (T,); before the first dated rate, that one."""
        rates, days = self.model.risk_free, from_dates(self.dates[1:])
        first = rates.dates[0] if rates.dates else days[0]
        return np.array(rates.on([max(day, first) for day in days])) / self.model.trading_days


class JudgedAction(NamedTuple):
    """An action whose return is corrected or left out: the positions of return and ticker."""

    day: int
    column: int
    found: ActionDay


class _Expectation(NamedTuple):
    """What the market explains of the return of one session, and the residual deviation of the fit behind it."""

    value: float
    deviation: float
    observations: int


def adjusted(
    closes: Array, tickers: Sequence[str], actions: CorporateActions, sessions: MarketSessions
) -> tuple[Array, list[JudgedAction]]:
    """Closes (T + 1, N) adjusted for the actions that they lack, and the actions that mattered.

    An action with a known factor φ is read in two ways: the closes are adjusted, and the return is what the market
    explains, or they are not, and it is φ times that gross return, less 1. The reading within two residual
    deviations of the return holds if the other is not; earlier closes are then multiplied by φ, or left as they are.
    In every other case the return is to be left out, as is one without a known factor that is more than three
    deviations from what the market explains. The deviation is that of a one-factor fit on the neighbouring sessions.
    """
    judged: list[JudgedAction] = []
    levels = sessions.model.untraded_proxies
    for column, ticker in enumerate(tickers):
        due = {} if ticker in levels else _due(actions.of(ticker), sessions)
        if due:
            if not judged:
                closes = closes.copy()
            judged += _judge_ticker(closes, column, due, sessions)
    return closes, judged


def _due(actions: Sequence[CorporateAction], sessions: MarketSessions) -> dict[int, CorporateAction]:
    """The actions by position of the return that spans them; those that change no price are not due.

    Several within one return are one, with the product of their factors. A price of a week or a month is of the whole
    period, whichever of its days it is dated.
    """
    found: dict[int, CorporateAction] = {}
    if not actions:
        return found
    dates, frequency = sessions.dates, native_frequency(sessions.dates)
    numbers = dates.astype("datetime64[D]") if frequency is DAILY else period_numbers(dates, frequency)
    for one in actions:
        day = np.array([one.date], dtype="datetime64[D]")
        number = day if frequency is DAILY else period_numbers(day, frequency)
        place = int(np.searchsorted(numbers, number[0])) - 1
        if one.factor != 1 and 0 <= place < len(dates) - 1:
            found[place] = _together(found[place], one) if place in found else one
    return found


def _together(first: CorporateAction, second: CorporateAction) -> CorporateAction:
    """Two actions within one return."""
    known = first.factor is not None and second.factor is not None
    kind = first.kind if first.kind == second.kind else f"{first.kind} and {second.kind}"
    return second._replace(kind=kind, factor=first.factor * second.factor if known else None)  # type: ignore[operator]


def _judge_ticker(
    closes: Array, column: int, due: dict[int, CorporateAction], sessions: MarketSessions
) -> list[JudgedAction]:
    """Judge the actions of one ticker, and adjust its closes in place."""
    returns = simple_returns(closes[:, [column]])[:, 0]
    sample = _sample(returns, sessions)
    sample[list(due)] = False
    judged = []
    for day, action in due.items():
        span = _span(closes[:, column], day)
        if span is None:
            continue
        first, last = span
        before, factor = float(closes[last, column] / closes[first, column] - 1.0), action.factor
        expected = _expectation(returns, sample, span, sessions)
        problem = _problem(before, factor, expected)
        after = np.nan
        if not problem:
            if factor is None or _is_adjusted(before, expected):
                continue
            closes[: first + 1, column] *= factor
            after = float((1 + before) / factor - 1)
        found = ActionDay(
            from_dates(sessions.dates[[day + 1]])[0],
            action.kind,
            np.nan if factor is None else factor,
            before,
            after,
            problem,
        )
        judged.append(JudgedAction(last - 1, column, found))
    return judged


def _span(closes: Array, day: int) -> tuple[int, int] | None:
    """The rows of the last close before return `day` and of the first one after, closes (T + 1,); None without both."""
    priced = np.flatnonzero(np.isfinite(closes))
    after = int(np.searchsorted(priced, day, side="right"))
    return (int(priced[after - 1]), int(priced[after])) if 0 < after < len(priced) else None


def _sample(returns: Array, sessions: MarketSessions) -> Mask:
    """Returns (T,) of one ticker that are kept and neither jumps nor bad prints."""
    model = sessions.model
    first = reversals(returns[:, None], sessions.market, model.large_move)[:, 0]
    wrong = first | np.append(False, first[:-1]) | jumps(returns, model.max_daily_return)
    kept: Mask = np.isfinite(returns) & sessions.kept & ~wrong
    return kept


def _expectation(returns: Array, sample: Mask, span: tuple[int, int], sessions: MarketSessions) -> _Expectation:
    """R_f + β (R_MKT − R_f) from one row of closes to another, from the sessions of the sample within NEIGHBOURS.

    Of several sessions, because prices are missing, the deviation grows with the root of their number.
    """
    first, last = span
    start = max(0, first - NEIGHBOURS)
    rows = start + np.flatnonzero(sample[start : last + NEIGHBOURS])
    if len(rows) < MIN_NEIGHBOURS:
        return _Expectation(np.nan, np.nan, len(rows))
    market = sessions.market - sessions.risk_free
    x, y = market[rows], returns[rows] - sessions.risk_free[rows]
    x, y = x - x.mean(), y - y.mean()
    square = float(x @ x)
    beta = float(x @ y) / square if square else 0.0
    residuals = y - beta * x
    deviation = float(np.sqrt(residuals @ residuals / (len(rows) - 2)))
    rate, whole = (float(np.prod(1.0 + part[first:last]) - 1.0) for part in (sessions.risk_free, sessions.market))
    return _Expectation(rate + beta * (whole - rate), deviation * float(np.sqrt(last - first)), len(rows))


def _is_adjusted(size: float, expected: _Expectation) -> bool:
    """Whether a return is within reach of what the market explains."""
    return abs(size - expected.value) <= MAX_READING_GAP * expected.deviation


def _problem(size: float, factor: float | None, expected: _Expectation) -> str:
    """Why the return of an action is left out, as the end of a sentence; empty where it is not."""
    if expected.observations < MIN_NEIGHBOURS:
        count = expected.observations
        return f"{count} other returns within a year of it are too few to tell whether the prices are adjusted for it"
    if factor is None:
        gap = abs(size - expected.value) / expected.deviation if expected.deviation else np.inf
        if gap <= MAX_UNKNOWN_GAP:
            return ""
        return f"its factor is not known, and the return is {gap:.1f} deviations from what the market explains"
    unadjusted = abs(size - (factor * (1 + expected.value) - 1)) <= MAX_READING_GAP * expected.deviation
    if unadjusted != _is_adjusted(size, expected):
        return ""
    fits = "fits both adjusted and unadjusted prices" if unadjusted else "fits neither adjusted nor unadjusted prices"
    return f"with its factor of {factor:.3f} the return {fits}"
