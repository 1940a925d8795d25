"""The gate's screening of tickers: their closes at the sessions, their returns, and why some are left out."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array, Mask
from factorcli.engine.returns import simple_returns
from factorcli.prices.gate_rules import Reason, jumps


@dataclass(frozen=True)
class Screened:
    """T returns of N tickers, and why some are left out for one ticker alone.

    closes (T + 1, N) at the sessions that the returns join, NaN where missing; returns (T, N) between them, NaN
    where a close is missing; reasons (T, N), of Reason, without those that hold for every ticker.
    """

    closes: Array
    returns: Array
    reasons: NDArray[np.uint8]

    def since(self, first: int) -> "Screened":
        """The returns from position `first` on."""
        return replace(self, closes=self.closes[first:], returns=self.returns[first:], reasons=self.reasons[first:])

    def of(self, tickers: NDArray[np.intp]) -> "Screened":
        """The returns of these tickers only."""
        return replace(
            self,
            closes=self.closes[:, tickers],
            returns=self.returns[:, tickers],
            reasons=self.reasons[:, tickers],
        )


def screen(closes: Array, filler: Mask, *, untraded: Mask, max_daily_return: float) -> Screened:
    """Screen closes (T + 1, N) at the sessions; filler (T + 1, N) marks filler bars, whose closes are NaN.

    untraded (N,): levels that nobody can hold, which the limits do not concern.
    """
    returns = simple_returns(closes)
    reasons: Any = np.zeros(returns.shape, dtype=np.uint8)
    reasons[filler[1:]] = Reason.FILLER_BAR
    reasons[jumps(returns, max_daily_return) & ~untraded] = Reason.SUSPECT_JUMP
    return Screened(closes, returns, reasons)
