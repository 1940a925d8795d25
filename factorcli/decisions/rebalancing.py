"""The weights of a portfolio before and after trades, or before and after another file takes its place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from factorcli.analysis.eligibility import ineligible
from factorcli.analysis.fit import FittedWindow
from factorcli.decisions.benchmark import price_warnings
from factorcli.decisions.subject import Subject
from factorcli.engine import Array
from factorcli.engine.whatif import turnover
from factorcli.errors import ForeignListing, InvalidOption
from factorcli.portfolio.exposure import FittedPortfolio
from factorcli.portfolio.holdings import (
    MAX_GROSS_WEIGHT,
    PLAUSIBLE_GROSS_WEIGHT,
    WEIGHT_SUM_TOLERANCE,
    Holdings,
)
from factorcli.portfolio.positions import Positions
from factorcli.portfolio.row import CASH
from factorcli.portfolio.trades import Trade
from factorcli.results.warnings import ResultWarning
from factorcli.results.whatif import TradedWeight

ROUNDING = 1e-12  # a change of a weight up to this is none
SAME_VALUE = 0.005  # a difference of values up to this is not mentioned


@dataclass(frozen=True)
class Rebalancing:
    """Weights (N,) of the stocks that are held before or after, the columns of a fitted window; the rest is cash.

    values: of the portfolio before and after, None where they are not known.
    """

    stocks: FittedWindow
    before: Array
    after: Array
    warnings: tuple[ResultWarning, ...]
    values: tuple[float, float] | None = None

    @classmethod
    def by_trades(cls, subject: Subject, held: FittedPortfolio, trades: Mapping[str, Trade]) -> "Rebalancing":
        """A portfolio after trades, by ticker as the first columns beside it have them; what they bring is cash.

        Raises InvalidOption for numbers of shares where the file has weights and for cash that does not add up, and
        the error of a stock that cannot be bought.
        """
        places, stocks, before = _together(subject, held, trades)
        after, value = before.copy(), held.value
        for ticker, trade in trades.items():
            if ticker != CASH:
                after[places[ticker]] += _weight(trade, stocks, places[ticker], held)
        sold = float((before - after).sum())
        if set(trades) == {CASH} and trades[CASH].change:
            raise InvalidOption("Only CASH is traded: name the stock that is bought or sold.")
        if CASH in trades and abs(trades[CASH].change - sold) > WEIGHT_SUM_TOLERANCE:
            raise InvalidOption(
                f"The trades of stocks sum to {_percent(-sold)} of the value, so cash changes by {_percent(sold)}, not "
                f"by {_percent(trades[CASH].change)}: leave CASH out, or correct a trade."
            )
        warnings = []
        if CASH not in trades and abs(sold) > ROUNDING:
            text = (
                f"the trades sum to {_percent(-sold)} of the value; cash, the counterpart, changes by {_percent(sold)}."
            )
            warnings.append(ResultWarning("cash_counterpart", text))
        return cls._of(stocks, before, after, warnings, None if value is None else (value, value))

    @classmethod
    def to_holdings(cls, subject: Subject, held: FittedPortfolio, to: Holdings, typed: Sequence[str]) -> "Rebalancing":
        """A portfolio that becomes another, whose tickers as typed are the first columns beside it.

        Raises what `Positions` raises, and the error of a stock that cannot be bought.
        """
        columns = subject.beside.tickers[: len(typed)] if subject.beside else ()
        target = Positions.of(to, dict(zip(typed, columns, strict=True)).__getitem__)
        places, stocks, before = _together(subject, held, [one.ticker for one in target.tickers])
        own = [places[one.ticker] for one in target.tickers]
        prices = [stocks.report(place).last_close for place in own]
        after = np.zeros_like(before)
        after[own] = target.weights(prices, stocks.model.market.currency)
        warnings = [replace(one, text=f"{to.file}: {one.text}") for one in target.warnings]
        worth = target.value(prices)
        values = None if held.value is None else (held.value, held.value if worth is None else worth)
        if values and abs(more := values[1] / values[0] - 1.0) > SAME_VALUE:
            text = (
                f"{to.file} is worth {_percent(abs(more))[1:]} {'more' if more > 0 else 'less'} than "
                f"{held.positions.holdings.file}: weights are of the value of each."
            )
            warnings.append(ResultWarning("other_value", text))
        return cls._of(stocks, before, after, warnings, values)

    @classmethod
    def _of(
        cls,
        stocks: FittedWindow,
        before: Array,
        after: Array,
        warnings: Sequence[ResultWarning],
        values: tuple[float, float] | None,
    ) -> "Rebalancing":
        """With changes by rounding undone, and without stocks that are held neither before nor after."""
        after = np.where(np.abs(after - before) <= ROUNDING, before, np.where(np.abs(after) <= ROUNDING, 0.0, after))
        kept = np.flatnonzero((before != 0) | (after != 0)).tolist()
        if len(kept) < len(before):
            stocks, before, after = stocks.of(kept), before[kept], after[kept]
        made = cls(stocks, before, after, (), values)
        return replace(made, warnings=(*warnings, *made._consequences()))

    @property
    def turnover(self) -> float:
        """Half the sum of the changes, cash included."""
        return turnover(self.before, self.after)

    @property
    def cash(self) -> tuple[float, float]:
        """The weights of cash before and after; one that changes by rounding only does not change."""
        before, after = (float(1.0 - weights.sum()) for weights in (self.before, self.after))
        return before, before if abs(after - before) <= ROUNDING else after

    def trades(self) -> tuple[TradedWeight, ...]:
        """The weights that change, the largest change first, cash last."""
        found = [
            self._traded(one.ticker, float(self.before[k]), float(self.after[k]), self.stocks.report(k).last_close)
            for k, one in enumerate(self.stocks.tickers)
            if self.before[k] != self.after[k]
        ]
        found.sort(key=lambda one: -abs(one.after - one.before))
        before, after = self.cash
        return (*found, *([self._traded(CASH, before, after, None)] if before != after else []))

    def _traded(self, ticker: str, before: float, after: float, price: float | None) -> TradedWeight:
        if self.values is None:
            return TradedWeight(ticker, before, after)
        amount = self.values[1] * after - self.values[0] * before
        return TradedWeight(ticker, before, after, amount, None if price is None else amount / price)

    def _consequences(self) -> Iterator[ResultWarning]:
        """Short positions that the trades make, borrowed money, implausible weights; and prices of what is bought."""
        gross = float(np.abs(self.after).sum())
        if gross > MAX_GROSS_WEIGHT:
            raise InvalidOption(
                f"After the trades the weights without their signs sum to {gross:.4g} times the value, which no "
                "account allows: write per cent of the portfolio's value."
            )
        if gross > PLAUSIBLE_GROSS_WEIGHT:
            text = f"after the trades the weights without their signs sum to {gross:.4g} times the value."
            yield ResultWarning("implausible", text)
        for k, one in enumerate(self.stocks.tickers):
            if self.before[k] == 0:
                yield from price_warnings(self.stocks, k, named=True)
            if self.after[k] < min(self.before[k], 0.0):
                sold, held = self.before[k] - self.after[k], max(self.before[k], 0.0)
                text = (
                    f"{one.ticker}: {sold:.1%} of the value is sold and {held:.1%} is held, which leaves "
                    f"{-self.after[k]:.1%} sold short."
                )
                yield ResultWarning("sold_short", text)
        before, after = self.cash
        if after < min(before, 0.0) - WEIGHT_SUM_TOLERANCE:
            yield ResultWarning("borrowed", f"after the trades {-after:.1%} of the value is borrowed at R_f.")


def _together(
    subject: Subject, held: FittedPortfolio, wanted: Sequence[str] | Mapping[str, Trade]
) -> tuple[dict[str, int], FittedWindow, Array]:
    """Places of the held and the wanted stocks, their window, and their weights before.

    Raises InvalidOption for a wanted one that nobody can hold, and the error of one that has no result, or is of
    another currency.
    """
    names = held.tickers
    new = [ticker for ticker in wanted if ticker not in names and ticker != CASH]
    whole = subject.beside or held.stocks
    columns: dict[str, int] = {}
    for place, one in enumerate(whole.tickers):
        columns.setdefault(one.ticker, place)
    stocks = whole.of([columns[ticker] for ticker in [*names, *new]])
    for k in range(len(names), len(stocks.tickers)):
        if stocks.model.cannot_be_held(stocks.tickers[k].column):
            raise InvalidOption(f"{stocks.tickers[k].ticker} cannot be bought: it is an index that nobody can hold.")
        if (error := ineligible(stocks, k)) is not None:
            raise error
        if foreign := stocks.report(k).foreign:
            raise ForeignListing(f"{stocks.tickers[k].ticker} is quoted {foreign}: a portfolio is of one currency.")
    before = np.concatenate([held.weights, np.zeros(len(new))])
    return {one.ticker: k for k, one in enumerate(stocks.tickers)}, stocks, before


def _weight(trade: Trade, stocks: FittedWindow, k: int, held: FittedPortfolio) -> float:
    """The change of a weight by a trade."""
    if not trade.in_shares:
        return trade.change
    if held.value is None:
        raise InvalidOption(
            f"The trade of {trade.ticker} is {trade.change:+g} shares, and {held.positions.holdings.file} has no "
            "quantities: write it in per cent of the value, such as -5%."
        )
    return trade.change * stocks.report(k).last_close / held.value


def _percent(value: float) -> str:
    """With two decimal places at most, and more only where these would be 0."""
    text = f"{100 * value:+.2f}".rstrip("0").rstrip(".")
    return f"{text if float(text) else f'{100 * value:+.1g}'}%".replace("-", "−")
