"""The gate's rules: which bars and returns are not to be believed. Arrays in, masks out."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array, Mask
from factorcli.model.windows import STALE_SESSIONS

# A cross-section of repeated closes is a filler day where at least this many tickers can tell, over
# half of them repeat, and the market moved by more than this.
MIN_CROSS_SECTION = 30
MARKET_MOVED = 0.001
# Prices are quoted to two decimals: 20 % up from 10 is 0.19999999999999996 in floating point.
ROUNDING = 1e-9
_COLUMNS = 512


class Reason(IntEnum):
    """Why a return is left out; the names, in lower case, are the codes in results."""

    KEPT = 0
    EXCLUDE_DATES = 1
    SUSPECT_PROXY = 2
    SUSPECT_JUMP = 3
    FILLER_BAR = 4

    @property
    def code(self) -> str:
        """The code in results."""
        return self.name.lower()


def filler_bars(closes: Array, volumes: Array | None, market: Array) -> Mask:
    """Bars that repeat the ticker's previous close because there was no trade.

    closes and volumes (T, N), market (T,) closes of the market → (T, N). A ticker with volumes (one
    that ever trades): a repeat without volume. Tickers without volumes: all repeats of a day on which
    over half of at least 30 such tickers repeat while the market moved by more than 0.1 %.
    """
    repeated = np.zeros(closes.shape, dtype=np.bool_)
    comparable = np.zeros(closes.shape, dtype=np.bool_)
    for start in range(0, closes.shape[1], _COLUMNS):  # forward filling all at once takes much memory
        block = slice(start, start + _COLUMNS)
        before = previous(closes[:, block])
        repeated[:, block] = closes[:, block] == before
        comparable[:, block] = np.isfinite(closes[:, block]) & np.isfinite(before)
    silent: Mask = np.ones(closes.shape[1], dtype=np.bool_)
    without_trade: Mask = np.zeros_like(repeated)
    if volumes is not None:
        silent = np.all(np.isnan(volumes), axis=0)
        trades = np.any(volumes > 0, axis=0)
        without_trade = repeated & (volumes == 0) & trades
    voters = comparable[:, silent].sum(axis=1)
    repeats = repeated[:, silent].sum(axis=1)
    move = np.abs(market / previous(market[:, None])[:, 0] - 1.0)
    filler_day = (voters >= MIN_CROSS_SECTION) & (2 * repeats > voters) & (move > MARKET_MOVED)
    without_trade |= repeated & filler_day[:, None] & silent
    return without_trade


def previous(closes: Array) -> Array:
    """The last close before each row, (T, N) → (T, N); NaN before the first."""
    rows = np.where(np.isfinite(closes), np.arange(len(closes))[:, None], -1)
    last = np.full(closes.shape, -1, dtype=np.intp)
    np.maximum.accumulate(rows[:-1], axis=0, out=last[1:])
    return np.where(last >= 0, np.take_along_axis(closes, np.maximum(last, 0), axis=0), np.nan)


def suspect_sessions(factors: Array, market: int, traded: Mask, max_gap: float, max_return: float) -> Mask:
    """Sessions on which a traded proxy cannot be right: factors (S, K) → (S,).

    A traded style more than max_gap away from the market, or any traded factor beyond max_return;
    a limit of 0 is no limit.
    """
    suspect = np.zeros(len(factors), dtype=np.bool_)
    if max_gap > 0:
        gaps = np.abs(factors - factors[:, [market]])[:, traded]
        suspect |= (gaps > max_gap + ROUNDING).any(axis=1)
    if max_return > 0:
        suspect |= (np.abs(factors[:, traded]) > max_return + ROUNDING).any(axis=1)
    return suspect


def jumps(returns: Array, max_return: float) -> Mask:
    """Returns beyond the limit, in either direction; none where the limit is 0."""
    if max_return == 0:
        return np.zeros(returns.shape, dtype=np.bool_)
    beyond: Mask = np.abs(returns) > max_return + ROUNDING
    return beyond


def large_moves(returns: Array, large_move: float, max_return: float) -> NDArray[np.intp]:
    """Positions of one ticker's returns (T,) that are large and stay; none where large_move is 0."""
    if large_move == 0:
        return np.zeros(0, dtype=np.intp)
    large = np.abs(returns) >= large_move - ROUNDING
    return np.flatnonzero(large & ~jumps(returns, max_return))


def proxy_fault(closes: Array, sessions_after: int, days: int, required: int) -> tuple[str, bool]:
    """What is wrong with a proxy, in words, and whether it can still serve if nothing else does.

    closes (T,) up to as of on the days when any proxy has a price; sessions_after: how many of those
    days come after its last price. An empty text means healthy.
    """
    have = np.isfinite(closes)
    if not have.any():
        return "has no prices", False
    if sessions_after > STALE_SESSIONS:
        return f"stops {sessions_after} sessions before the others", False
    recent = closes[-days - 1 :]
    recent = recent[np.isfinite(recent)]
    if len(recent) > 1 and recent.min() == recent.max():
        return f"is flat at {recent[0]:g}", False
    repeats = len(recent) - 1 - int(np.max(np.flatnonzero(np.diff(recent)), initial=-1))
    if repeats > STALE_SESSIONS + 1:
        return f"has repeated its close for {repeats} sessions", False
    if len(recent) <= required:
        return f"has {len(recent)} prices in the last {days + 1} sessions", True
    return "", True
