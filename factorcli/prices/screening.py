"""The gate's screening of tickers: their closes at the sessions, their returns, and why some are left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from factorcli.engine import Array, Mask
from factorcli.engine.returns import simple_returns
from factorcli.markets.corporate_actions import CorporateActions
from factorcli.prices.corporate_actions import MarketSessions, adjusted
from factorcli.prices.gate_rules import Reason, jumps, reversals
from factorcli.prices.panel import from_dates
from factorcli.results.corrections import ActionDay, BadPrint

T = TypeVar("T")


@dataclass(frozen=True)
class Screened:
    """T returns of N tickers, and why some are left out for one ticker alone.

    closes (T + 1, N) at the sessions that the returns join, NaN where missing, adjusted for the corporate actions that
    they lacked; returns (T, N) between them, NaN where a close is missing; reasons (T, N), of Reason, without those
    that hold for every ticker. days_left_out: of returns of weeks and months, by position and ticker, the day that is
    the reason, and its return. bad_prints and actions, by ticker's position, are of the whole history.
    """

    closes: Array
    returns: Array
    reasons: NDArray[np.uint8]
    days_left_out: Mapping[tuple[int, int], tuple[date, float]] = field(default_factory=dict)
    bad_prints: Mapping[int, tuple[BadPrint, ...]] = field(default_factory=dict)
    actions: Mapping[int, tuple[ActionDay, ...]] = field(default_factory=dict)

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
            bad_prints={i: self.bad_prints[k] for i, k in enumerate(tickers.tolist()) if k in self.bad_prints},
            actions={i: self.actions[k] for i, k in enumerate(tickers.tolist()) if k in self.actions},
            days_left_out={
                (day, i): left
                for i, k in enumerate(tickers.tolist())
                for (day, column), left in self.days_left_out.items()
                if column == k
            },
        )

    def joined(self, other: "Screened") -> "Screened":
        """The returns of these tickers and, behind them, of others on the same sessions."""
        count = self.returns.shape[1]
        return Screened(
            np.column_stack([self.closes, other.closes]),
            np.column_stack([self.returns, other.returns]),
            np.column_stack([self.reasons, other.reasons]),
            {**self.days_left_out, **{(day, count + i): left for (day, i), left in other.days_left_out.items()}},
            {**self.bad_prints, **{count + i: found for i, found in other.bad_prints.items()}},
            {**self.actions, **{count + i: found for i, found in other.actions.items()}},
        )


def screen(
    closes: Array, filler: Mask, tickers: Sequence[str], actions: CorporateActions, sessions: MarketSessions
) -> Screened:
    """Screen closes (T + 1, N) at the sessions; filler (T + 1, N) marks filler bars, whose closes are NaN.

    Of the reasons for a return the first counts: a corporate action, a bad print, a jump. They do not concern levels
    that nobody can hold.
    """
    model = sessions.model
    closes, judged = adjusted(closes, tickers, actions, sessions)
    returns = simple_returns(closes)
    levels = model.untraded_proxies
    traded = np.array([ticker not in levels for ticker in tickers], dtype=np.bool_)
    out = np.zeros(returns.shape, dtype=np.bool_)
    for one in judged:
        out[one.day, one.column] = bool(one.found.problem)
    others = np.where(out, np.nan, returns) if judged else returns
    first = reversals(others, sessions.market, model.large_move) & traded
    reasons: Any = np.zeros(returns.shape, dtype=np.uint8)
    reasons[filler[1:]] = Reason.FILLER_BAR
    reasons[jumps(returns, model.max_daily_return) & traded] = Reason.SUSPECT_JUMP
    reasons[first] = Reason.BAD_PRINT
    reasons[1:][first[:-1]] = Reason.BAD_PRINT
    reasons[out] = Reason.CORPORATE_ACTION
    return Screened(
        closes,
        returns,
        reasons,
        bad_prints=_by_column(_bad_prints(first, returns, sessions)),
        actions=_by_column([(one.column, one.found) for one in judged]),
    )


def _bad_prints(first: Mask, returns: Array, sessions: MarketSessions) -> list[tuple[int, BadPrint]]:
    found = []
    for day, column in np.argwhere(first).tolist():
        one, other = from_dates(sessions.dates[[day + 1, day + 2]])
        sizes = float(returns[day, column]), float(returns[day + 1, column])
        found.append((column, BadPrint((one, other), sizes)))
    return found


def _by_column(pairs: Sequence[tuple[int, T]]) -> dict[int, tuple[T, ...]]:
    found: dict[int, tuple[T, ...]] = {}
    for column, one in pairs:
        found[column] = (*found.get(column, ()), one)
    return found
