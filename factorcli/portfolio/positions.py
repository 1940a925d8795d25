"""The stocks of a file of holdings, each once, and what part of the whole each is. Standard library only."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from factorcli.errors import InvalidPortfolio, WorthlessPortfolio
from factorcli.markets.tickers import ResolvedTicker
from factorcli.portfolio.holdings import Holdings
from factorcli.results.warnings import ResultWarning

PORTFOLIO = ResolvedTicker("PORTFOLIO", "PORTFOLIO", "PORTFOLIO")  # what stands for the whole of one


@dataclass(frozen=True)
class Positions:
    """The stocks of a file by the ticker that is meant, each once: amounts (N,), weights or quantities, none 0."""

    holdings: Holdings
    tickers: tuple[ResolvedTicker, ...]
    amounts: tuple[float, ...]
    lines: tuple[tuple[int, ...], ...]
    warnings: tuple[ResultWarning, ...]

    @classmethod
    def of(cls, holdings: Holdings, resolve: Callable[[str], ResolvedTicker]) -> "Positions":
        """Lines of the same stock (TCS and TCS.NS too) are added up; what sums to 0 is left out.

        Raises InvalidPortfolio where nothing remains.
        """
        tickers: dict[str, ResolvedTicker] = {}
        amounts: dict[str, list[float]] = {}
        lines: dict[str, list[int]] = {}
        for row in holdings.rows:
            one = resolve(row.ticker)
            tickers.setdefault(one.ticker, one)
            amounts.setdefault(one.ticker, []).append(row.amount)
            lines.setdefault(one.ticker, []).append(row.line)
        sums = {ticker: math.fsum(parts) for ticker, parts in amounts.items()}
        held = [ticker for ticker, amount in sums.items() if amount]
        if not held:
            raise InvalidPortfolio(
                f"{holdings.file} holds nothing: what is long of a stock is short of it on another line. Remove one."
            )
        warnings = list(holdings.warnings)
        for ticker, places in lines.items():
            if len(places) > 1:
                parts = " and ".join(f"{part:.6g}" for part in amounts[ticker])
                text = f"{_lines(places)} are all {ticker}; {parts} are added up."
                warnings.append(ResultWarning("repeated_holding", text))
        if none := [ticker for ticker, amount in sums.items() if not amount]:
            warnings.append(ResultWarning("zero_weight", f"nothing is held of {', '.join(none)}: left out."))
        return cls(
            holdings,
            tuple(tickers[ticker] for ticker in held),
            tuple(sums[ticker] for ticker in held),
            tuple(tuple(lines[ticker]) for ticker in held),
            tuple(warnings),
        )

    def weights(self, prices: Sequence[float]) -> list[float]:
        """Weights (N,); of quantities at prices (N,), each value over that of all with the cash.

        Raises WorthlessPortfolio.
        """
        if self.holdings.by_weight:
            return list(self.amounts)
        values = [amount * price for amount, price in zip(self.amounts, prices, strict=True)]
        total = math.fsum([*values, self.holdings.cash])
        if not total > 0:
            raise WorthlessPortfolio(
                f"{self.holdings.file} is worth {total:,.2f} at the last prices, cash of {self.holdings.cash:,.2f} "
                "included: weights need a positive worth. Add the money that the short sales brought in as a line CASH."
            )
        return [value / total for value in values]

    def place(self, k: int) -> str:
        """Where stock k stands in the file, in words."""
        return _lines(self.lines[k])


def _lines(numbers: Sequence[int]) -> str:
    return f"line{'s' if len(numbers) > 1 else ''} {' and '.join(map(str, numbers))}"
