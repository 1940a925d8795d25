"""Kept returns that a fit does not explain: large moves and outliers, and the bonus issue that each may be."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from factorcli.engine.estimators import Sample
from factorcli.engine.outliers import OUTLIER_DEVIATIONS, candidates, left_out, nearest_ratio
from factorcli.ports import MarketWindow, TickerReport

# Bonus issues, new shares : old shares, and the ratio of the price after them to that before. A larger one moves the
# price by at least 20 %, so that only a large move can be it.
RATIOS = {"1:10": (10, 11), "1:5": (5, 6), "1:4": (4, 5)}
LARGE_RATIOS = RATIOS | {"1:3": (3, 4), "1:2": (2, 3)}
PRICE_BAND, TICK = 0.20, 0.001  # of the exchange, a day, and the rounding of a price at it


@dataclass(frozen=True)
class UnusualDay:
    """A kept return that is large, or an outlier of the fit.

    day: position in the window; size: the return; residual: what the fit without the day does not explain, in its
    robust deviations; r_squared: of that fit; bonus: the issue that the return may be, as "1:5 (ratio 5/6)", or empty.
    """

    day: int
    size: float
    residual: float
    r_squared: float
    large: bool
    bonus: str = ""


def unusual_days(
    sample: Sample,
    window: MarketWindow,
    reports: Sequence[TickerReport],
    levels: Set[int],
    large_move: float,
    min_observations: int,
) -> dict[tuple[int, int], UnusualDay]:
    """The large moves of each ticker, and its outliers below them, by ticker and position in the window.

    An outlier is a return more than 10 robust deviations from what the fit without that day expects; one of the size
    of a large move is called that. levels: positions of tickers that nobody can hold, whose outliers are genuine.
    """
    large = {(i, day) for i, report in enumerate(reports) for day in report.large_moves}
    others = {key for key in candidates(sample, min_observations) if key[0] not in levels}
    days = sorted(large | others)
    fits = left_out(sample, days, min_observations - 1)
    found = {}
    for k, (i, day) in enumerate(days):
        rate, residual = float(window.risk_free[day]), float(fits.residual[k])
        size = float(window.excess_returns[day, i]) + rate
        is_far = abs(residual) > OUTLIER_DEVIATIONS
        is_large = (i, day) in large or (is_far and 0 < large_move <= abs(size))
        if is_large or is_far:
            expected, deviation = float(fits.expected[k]) + rate, float(fits.deviation[k])
            bonus = _bonus(size, expected, deviation, large=is_large)
            found[i, day] = UnusualDay(day, size, residual, float(fits.r_squared[k]), is_large, bonus)
    return found


def _bonus(size: float, expected: float, deviation: float, *, large: bool) -> str:
    """The bonus issue whose ratio a return is near; none for a price that fell to the exchange's limit."""
    ratios = LARGE_RATIOS if large else RATIOS
    if abs(size + PRICE_BAND) <= TICK:
        return ""
    values = [after / before for after, before in ratios.values()]
    nearest = nearest_ratio(1 + size, 1 + expected, deviation, values)
    if nearest is None:
        return ""
    issue, (after, before) = list(ratios.items())[nearest]
    return f"{issue} (ratio {after}/{before})"
