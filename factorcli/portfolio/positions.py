"""The stocks of a file of holdings, each once, and their weights. Standard library only."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from factorcli.errors import FactorError, InvalidPortfolio, WorthlessPortfolio
from factorcli.markets.tickers import ResolvedTicker
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.identity import rescaled, share_text
from factorcli.results import beta
from factorcli.results.money import money
from factorcli.results.warnings import ResultWarning

PORTFOLIO = ResolvedTicker(beta.PORTFOLIO, beta.PORTFOLIO, beta.PORTFOLIO)  # the ticker of a portfolio's result


@dataclass(frozen=True)
class Positions:
    """The stocks of a file by resolved ticker, each once: amounts (N,) are weights or quantities, none of them 0."""

    holdings: Holdings
    tickers: tuple[ResolvedTicker, ...]
    amounts: tuple[float, ...]
    lines: tuple[tuple[int, ...], ...]
    warnings: tuple[ResultWarning, ...]

    @classmethod
    def of(cls, holdings: Holdings, resolve: Callable[[str], ResolvedTicker]) -> "Positions":
        """The positions of holdings: lines of the same stock (also TCS and TCS.NS) are summed, sums of 0 left out.

        Raises InvalidPortfolio where nothing remains.
        """
        tickers: dict[str, ResolvedTicker] = {}
        amounts: dict[str, list[float]] = {}
        lines: dict[str, list[int]] = {}
        for row in holdings.rows:
            resolved = resolve(row.ticker)
            tickers.setdefault(resolved.ticker, resolved)
            amounts.setdefault(resolved.ticker, []).append(row.amount)
            lines.setdefault(resolved.ticker, []).append(row.line)
        sums = {ticker: math.fsum(parts) for ticker, parts in amounts.items()}
        held = [ticker for ticker, amount in sums.items() if amount]
        if not held:
            raise InvalidPortfolio(
                f"{holdings.file} holds nothing: the long and the short lines of each stock cancel. Remove one of them."
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

    def without(self, failed: Mapping[int, FactorError], prices: Sequence[float]) -> "Positions":
        """The other positions, whose weights are scaled up; a warning names each that is left out, why, and its share.

        prices (N,): NaN where unknown.
        """
        dropped = [row for row in self.holdings.rows if any(row.line in self.lines[k] for k in failed)]
        kept = [k for k in range(len(self.tickers)) if k not in failed]
        left = 1.0 - math.fsum(self.amounts[k] for k in failed) if self.holdings.by_weight else 1.0
        if not kept or not left > 0:
            return self
        warnings = tuple(
            ResultWarning("left_out", f"{self.place(k)}: {error} Left out, {self._share(k, prices)}.")
            for k, error in failed.items()
        )
        rest = replace(self.holdings, rows=tuple(row for row in self.holdings.rows if row not in dropped))
        return Positions(
            rescaled(rest, dropped),
            tuple(self.tickers[k] for k in kept),
            tuple(self.amounts[k] / left for k in kept),
            tuple(self.lines[k] for k in kept),
            (*self.warnings, *warnings),
        )

    def _share(self, k: int, prices: Sequence[float]) -> str:
        """The share of the value of position k, as text."""
        values = [amount * price for amount, price in zip(self.amounts, prices, strict=True)]
        total = math.fsum(values) + self.holdings.cash
        if not self.holdings.by_weight and all(map(math.isfinite, values)) and total > 0:
            return f"{values[k] / total:.1%} of the value"
        return share_text(self.holdings, [row for row in self.holdings.rows if row.line in self.lines[k]])

    def weights(self, prices: Sequence[float], currency: str) -> list[float]:
        """Weights (N,); of quantities, their values at prices (N,) over the total value with the cash.

        currency: of the prices, for a message. Raises WorthlessPortfolio.
        """
        if self.holdings.by_weight:
            return list(self.amounts)
        values = [amount * price for amount, price in zip(self.amounts, prices, strict=True)]
        total = math.fsum([*values, self.holdings.cash])
        if not total > 0:
            raise WorthlessPortfolio(
                f"{self.holdings.file} is worth {money(total, currency)} at the last prices, cash of "
                f"{money(self.holdings.cash, currency)} included: weights need a positive value. Add the proceeds of "
                "the short sales as a line CASH."
            )
        return [value / total for value in values]

    def value(self, prices: Sequence[float]) -> float | None:
        """What quantities are worth at prices (N,), cash included; None for weights."""
        if self.holdings.by_weight:
            return None
        values = (amount * price for amount, price in zip(self.amounts, prices, strict=True))
        return math.fsum([*values, self.holdings.cash])

    def place(self, k: int) -> str:
        """The lines of stock k in the file, as text."""
        return _lines(self.lines[k])


def _lines(numbers: Sequence[int]) -> str:
    return f"line{'s' if len(numbers) > 1 else ''} {' and '.join(map(str, numbers))}"
