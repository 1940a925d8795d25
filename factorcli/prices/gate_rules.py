"""The gate's rules: which bars and returns are excluded as erroneous. Arrays in, masks out."""

from enum import IntEnum

import numpy as np

from factorcli.engine import Array, Mask
from factorcli.model.windows import STALE_SESSIONS

# A filler day: of at least this many tickers with a close and an earlier one, more than half repeat it,
# while the market moved by more than this.
MIN_CROSS_SECTION = 30  # tickers
MIN_MARKET_MOVE = 0.001  # a fraction
# Prices are quoted to two decimals: 20 % up from 10 is 0.19999999999999996 in floating point.
RETURN_TOLERANCE = 1e-9
BLOCK_COLUMNS = 512
MAX_REVERSAL_GAP = 0.05  # of the gross return over both days of a bad print, relative to the market's


class Reason(IntEnum):
    """Why a return is left out; the names, in lower case, are the codes in results."""

    KEPT = 0
    EXCLUDE_DATES = 1
    SUSPECT_PROXY = 2
    SUSPECT_JUMP = 3
    FILLER_BAR = 4
    BAD_PRINT = 5
    CORPORATE_ACTION = 6

    @property
    def code(self) -> str:
        """The code in results."""
        return self.name.lower()


def filler_bars(closes: Array, volumes: Array | None, market: Array) -> Mask:
    """Bars without a trade that repeat the ticker's previous close.

    closes and volumes (T, N), market (T,) closes of the market → (T, N). With volumes (at least
    one above 0): a repeat with volume 0. Without volumes: every repeat of a day on which more than half
    of at least 30 such tickers repeat while the market moved by more than 0.1 %.
    """
    repeated = np.zeros(closes.shape, dtype=np.bool_)
    comparable = np.zeros(closes.shape, dtype=np.bool_)
    for start in range(0, closes.shape[1], BLOCK_COLUMNS):  # forward filling in blocks bounds the memory
        block = slice(start, start + BLOCK_COLUMNS)
        before = previous(closes[:, block])
        repeated[:, block] = closes[:, block] == before
        comparable[:, block] = np.isfinite(closes[:, block]) & np.isfinite(before)
    without_volumes: Mask = np.ones(closes.shape[1], dtype=np.bool_)
    filler: Mask = np.zeros_like(repeated)
    if volumes is not None:
        without_volumes = np.all(np.isnan(volumes), axis=0)
        trades = np.any(volumes > 0, axis=0)
        filler = repeated & (volumes == 0) & trades
    comparable_count = comparable[:, without_volumes].sum(axis=1)
    repeat_count = repeated[:, without_volumes].sum(axis=1)
    move = np.abs(market / previous(market[:, None])[:, 0] - 1.0)
    filler_day = (
        (comparable_count >= MIN_CROSS_SECTION) & (2 * repeat_count > comparable_count) & (move > MIN_MARKET_MOVE)
    )
    filler |= repeated & filler_day[:, None] & without_volumes
    return filler


def previous(closes: Array) -> Array:
    """The last close before each row, (T, N) → (T, N); NaN before the first."""
    before: Array = np.full(closes.shape, np.nan)
    before[1:] = closes[:-1]
    gaps = np.flatnonzero(~np.isfinite(closes).all(axis=0))
    if len(gaps):
        before[:, gaps] = _filled(closes[:, gaps])
    return before


def _filled(closes: Array) -> Array:
    """As `previous`, of columns with gaps."""
    rows = np.where(np.isfinite(closes), np.arange(len(closes))[:, None], -1)
    last = np.full(closes.shape, -1, dtype=np.intp)
    np.maximum.accumulate(rows[:-1], axis=0, out=last[1:])
    return np.where(last >= 0, np.take_along_axis(closes, np.maximum(last, 0), axis=0), np.nan)


def suspect_sessions(factors: Array, market: int, traded: Mask, max_gap: float, max_return: float) -> Mask:
    """Sessions on which a traded proxy has an implausible return: factors (S, K) → (S,).

    A traded style more than max_gap away from the market, or any traded factor beyond max_return;
    a limit of 0 is no limit.
    """
    suspect = np.zeros(len(factors), dtype=np.bool_)
    if max_gap > 0:
        gaps = np.abs(factors - factors[:, [market]])[:, traded]
        suspect |= (gaps > max_gap + RETURN_TOLERANCE).any(axis=1)
    if max_return > 0:
        suspect |= (np.abs(factors[:, traded]) > max_return + RETURN_TOLERANCE).any(axis=1)
    return suspect


def jumps(returns: Array, max_return: float) -> Mask:
    """Returns beyond the limit, in either direction; none where the limit is 0."""
    if max_return == 0:
        return np.zeros(returns.shape, dtype=np.bool_)
    beyond: Mask = np.abs(returns) > max_return + RETURN_TOLERANCE
    return beyond


def large_moves(returns: Array, large_move: float) -> Mask:
    """Returns that are large; none where large_move is 0."""
    if large_move == 0:
        return np.zeros(returns.shape, dtype=np.bool_)
    large: Mask = np.abs(returns) >= large_move - RETURN_TOLERANCE
    return large


def reversals(returns: Array, market: Array, large_move: float) -> Mask:
    """Returns that the next one takes back, as a single wrong price makes them: returns (T, N), market (T,) → (T, N).

    True on the first of two sessions whose returns are both large, of opposite sign, and together within 5 % of the
    market's; none where large_move is 0.
    """
    found: Mask = np.zeros(returns.shape, dtype=np.bool_)
    if large_move == 0:
        return found
    large = np.abs(returns) >= large_move - RETURN_TOLERANCE
    rows, columns = np.nonzero(large[:-1] & large[1:])
    first, second = returns[rows, columns], returns[rows + 1, columns]
    gross, expected = (1 + first) * (1 + second), (1 + market[rows]) * (1 + market[rows + 1])
    near = np.abs(gross / expected - 1) <= MAX_REVERSAL_GAP + RETURN_TOLERANCE
    found[rows, columns] = near & (first * second < 0)
    return found


def proxy_fault(closes: Array, sessions_after: int, days: int, required: int) -> tuple[str, bool]:
    """The fault of a proxy as text, empty if it is healthy, and whether it is usable if no proxy is healthy.

    closes (T,) up to as of, on the days on which any proxy has a price; sessions_after: how many of those
    days follow its last price; days: length of the window; required: returns that a fit needs.
    """
    if not np.isfinite(closes).any():
        return "has no prices", False
    if sessions_after > STALE_SESSIONS:
        return f"stops {sessions_after} sessions before the others", False
    recent = closes[-days - 1 :]
    recent = recent[np.isfinite(recent)]
    if len(recent) > 1 and recent.min() == recent.max():
        return f"is flat at {recent[0]:g}", False
    equal = len(recent) - 1 - int(np.max(np.flatnonzero(np.diff(recent)), initial=-1))
    if equal > STALE_SESSIONS + 1:
        return f"has had the same close for {equal} sessions", False
    if len(recent) <= required:
        return f"has {len(recent)} prices in the last {days + 1} sessions", True
    return "", True
