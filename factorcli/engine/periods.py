"""Periods that a holder lived through: single returns, and runs of missing ones, bridged from close to close."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array, Mask


@dataclass(frozen=True, slots=True)
class Periods:
    """Gross returns and those of the risk-free rate over periods that tile a window of T positions, (T, N).

    A period stands at its last position; NaN where none ends. complete (N,): whether there are closes at both ends
    of the window, so that the periods cover all of it.
    """

    returns: Array
    benchmarks: Array
    complete: Mask


def periods(closes: Array, returns: Array, rates: Array) -> Periods:
    """Periods of N tickers: closes (T + 1, N), returns (T, N) between them, rates (T,).

    A return is a period. A run of positions without one is a period from the last close before it to the first after,
    with the compounded rate; a run that begins or ends the window without a close is none.
    """
    bridged, benchmarks = returns.copy(), np.repeat(rates[:, None], returns.shape[1], axis=1)
    missing = np.isnan(returns)
    for i in np.flatnonzero(missing.any(axis=0)):
        for first, end in runs(missing[:, i]):
            bridged[end - 1, i] = closes[end, i] / closes[first, i] - 1.0
            benchmarks[end - 1, i] = compounded(rates[first:end])
    return Periods(bridged, benchmarks, np.isfinite(closes[0]) & np.isfinite(closes[-1]))


def runs(missing: Mask) -> list[tuple[int, int]]:
    """First position of each run in a mask (T,), and the position after its last."""
    edges = np.flatnonzero(np.diff(missing, prepend=False, append=False))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def compounded(returns: Array) -> float:
    """The return of successive returns (n,)."""
    return float(np.prod(1.0 + returns) - 1.0)
