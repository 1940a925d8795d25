"""Holdings of a portfolio, and the contribution of each to its betas and its variance."""

from collections.abc import Sequence
from math import fsum

from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line
from factorcli.render.text import number, percent
from factorcli.results.beta import BetaResult
from factorcli.results.decompose import Decomposition
from factorcli.results.portfolio import HoldingShare, PortfolioInfo

MEANING = (
    "market β is a stock's own in a one-factor model; β (1F) and the factors are contributions, weight × beta; risk is "
    "the share of the variance, return that of the stock's price over the window"
)


def holdings(results: Sequence[BetaResult] | Sequence[Decomposition]) -> list[Block]:
    """A table for each result of a portfolio."""
    parts: list[Block] = []
    for result in results:
        if result.portfolio is not None:
            heading = Span(f"Holdings of {result.portfolio.file}", "bold")
            parts += [line(heading, f": {MEANING}"), BLANK, grid(result.portfolio), BLANK]
    return parts


def grid(portfolio: PortfolioInfo) -> Grid:
    """A row a holding: weight, market beta, contributions to the betas and to the variance; then cash and the total."""
    held = portfolio.holdings
    codes = tuple(held[0].beta_contributions)
    cash = 1 if portfolio.cash else 0
    risk = fsum(holding.risk_contribution for holding in held)
    market = [number(holding.market_beta) for holding in held]
    quantities = [f"{h.quantity:,.10g}".replace("-", "−") for h in held if h.quantity is not None]
    prices = [f"{h.price:,.2f}" for h in held if h.price is not None]
    last = [""] * (cash + 1)
    return Grid(
        [
            Column("holding", [*(h.ticker for h in held), *["cash"][:cash], "total"], left=True, style="bold"),
            Column("name", [*(h.name or "" for h in held), *last], need=5, left=True),
            *([Column("shares", [*quantities, *last], need=4)] if quantities else []),
            *([Column("price", [*prices, *last], need=4)] if prices else []),
            Column("weight", [*(percent(h.weight) for h in held), *[percent(portfolio.cash)][:cash], "100.0%"]),
            Column("market β", [*market, *last], need=3),
            Column("β (1F)", _with_total([h.weight * h.market_beta for h in held], 2, cash), need=2),
            *(Column(code, _contributions(held, code, cash)) for code in codes),
            Column("risk", [*(percent(h.risk_contribution) for h in held), *["0.0%"][:cash], percent(risk)]),
            Column("return", [*(percent(h.window_return, signed=True) for h in held), *last], need=6),
        ],
        frozenset([len(held) + cash - 1]),
    )


def _contributions(held: Sequence[HoldingShare], code: str, cash: int) -> list[str]:
    return _with_total([h.beta_contributions[code] for h in held], 3 if code == "VOL" else 2, cash)


def _with_total(values: Sequence[float], digits: int, cash: int) -> list[str]:
    zero = [number(0.0, digits)][:cash]
    return [*(number(value, digits) for value in values), *zero, number(fsum(values), digits)]
