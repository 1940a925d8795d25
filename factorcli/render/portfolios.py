"""Holdings of a portfolio, and the contribution of each to its betas, its risk and its losses."""

from collections.abc import Iterator, Sequence
from math import fsum, isfinite

from factorcli.render.layout import BLANK, Block, Column, Grid, Line, Span, line
from factorcli.render.text import DIM_STYLE, MAX_PAGES, count, number, percent
from factorcli.results.beta import BetaResult
from factorcli.results.decompose import Decomposition
from factorcli.results.money import money
from factorcli.results.portfolio import HoldingShare, PortfolioInfo

MEANING = (
    "market β is a stock's own in a one-factor model; β (1F) and the factors are contributions, weight × beta; risk is "
    "the share of the variance, return that of the stock's price over the window"
)
RISK_MEANING = (
    "risk is the share of the variance; volatility is the part of the annual volatility, marginal what 1 point of "
    "weight more would add to it, sold what it would change by if the holding were cash; worst is the part of the mean "
    "loss on the worst 5% of {days}s (a minus is a gain)"
)
NOT_SHOWN = f"Holdings: shown for up to {MAX_PAGES} portfolios; the JSON output has them for all."


def holdings(results: Sequence[BetaResult] | Sequence[Decomposition], days: str = "day") -> list[Block]:
    """Sentences and a table for each result of a portfolio, where these are few; days: what a return is of."""
    found = [(result, result.portfolio) for result in results if result.portfolio is not None]
    if len(found) > MAX_PAGES:
        return [line(NOT_SHOWN), BLANK]
    parts: list[Block] = []
    for result, portfolio in found:
        parts.append(heading(portfolio))
        if isinstance(result, Decomposition):  # whose page begins with the sentences
            parts += [BLANK, risk_grid(portfolio), BLANK, note(RISK_MEANING.format(days=days)), BLANK]
        else:
            parts += [*map(line, sentences(portfolio, result.volatility)), BLANK]
            parts += [grid(portfolio), BLANK, note(MEANING), BLANK]
    return parts


def note(text: str) -> Line:
    """What the columns of a table mean."""
    return line(f"{text[:1].upper()}{text[1:]}.", style=DIM_STYLE)


def heading(portfolio: PortfolioInfo) -> Line:
    """Whose holdings they are, and what they are worth together."""
    value = f", worth {money(portfolio.value, portfolio.currency or '')}" if portfolio.value is not None else ""
    return line(Span(f"Holdings of {portfolio.file}", "bold"), value)


def sentences(portfolio: PortfolioInfo, volatility: float) -> Iterator[str]:
    """Which holding is the largest part of the risk, and how much the holdings offset each other."""
    held = [h for h in portfolio.holdings if isfinite(h.risk_contribution)]
    if not held:
        return
    first = max(held, key=lambda h: h.risk_contribution)
    if len(held) > 1:
        yield (
            f"The largest part of its risk is {first.ticker}: {percent(first.risk_contribution)} of it, with "
            f"{percent(first.weight)} of the value."
        )
    if len(held) > 1 and isfinite(portfolio.diversification_ratio):
        yield (
            f"The swings of its holdings add up to {percent(volatility * portfolio.diversification_ratio)} a year; as "
            f"they partly cancel, its own volatility is {percent(volatility)} (diversification ratio "
            f"{number(portfolio.diversification_ratio, signed=False)})."
        )


def grid(portfolio: PortfolioInfo) -> Grid:
    """A row a holding: weight, market beta, contributions to the betas and to the variance; then cash and the total."""
    held = portfolio.holdings
    codes = tuple(held[0].beta_contributions)
    cash = 1 if portfolio.cash else 0
    market = [number(holding.market_beta) for holding in held]
    last = [""] * (cash + 1)
    return Grid(
        [
            *_what(portfolio, shares=4),
            Column("market β", [*market, *last], need=3),
            Column("β (1F)", _with_total([h.weight * h.market_beta for h in held], 2, cash), need=2),
            *(Column(code, _contributions(held, code, cash)) for code in codes),
            _risk(portfolio),
            Column("return", [*(percent(h.window_return, signed=True) for h in held), *last], need=6),
        ],
        frozenset([len(held) + cash - 1]),
    )


def risk_grid(portfolio: PortfolioInfo) -> Grid:
    """A row a holding: weight and its parts of the variance, the volatility and the losses; then cash and the total."""
    held = portfolio.holdings
    cash = 1 if portfolio.cash else 0
    last = [""] * (cash + 1)
    filled = [str(h.filled) if h.filled else "" for h in held]
    return Grid(
        [
            *_what(portfolio, shares=5),
            _risk(portfolio),
            Column("volatility", _shares_of([h.component_risk for h in held], 1, cash)),
            Column("marginal", [*(percent(h.marginal_risk / 100, 2, signed=True) for h in held), *last], need=3),
            Column("sold", [*(percent(-h.incremental_risk, signed=True) for h in held), *last], need=1),
            Column("worst", _shares_of([h.es_contribution for h in held], 2, cash)),
            Column("return", [*(percent(h.window_return, signed=True) for h in held), *last], need=4),
            *([Column("filled", [*filled, *last], need=2)] if any(filled) else []),
        ],
        frozenset([len(held) + cash - 1]),
    )


def _what(portfolio: PortfolioInfo, shares: int) -> list[Column]:
    """What is held and how much; shares: how soon quantities and prices are left out where the width is small."""
    held = portfolio.holdings
    cash = 1 if portfolio.cash else 0
    quantities = [f"{h.quantity:,.10g}".replace("-", "−") for h in held if h.quantity is not None]
    prices = [f"{h.price:,.2f}" for h in held if h.price is not None]
    last = [""] * (cash + 1)
    return [
        Column("holding", [*(h.ticker for h in held), *["cash"][:cash], "total"], left=True, style="bold"),
        Column("name", [*(h.name or "" for h in held), *last], need=shares + 1, left=True),
        *([Column("shares", [*quantities, *last], need=shares)] if quantities else []),
        *([Column("price", [*prices, *last], need=shares)] if prices else []),
        Column("weight", [*(percent(h.weight) for h in held), *[percent(portfolio.cash)][:cash], "100.0%"]),
    ]


def _risk(portfolio: PortfolioInfo) -> Column:
    return Column("risk", _shares_of([h.risk_contribution for h in portfolio.holdings], 1, 1 if portfolio.cash else 0))


def _shares_of(values: Sequence[float], digits: int, cash: int) -> list[str]:
    """Parts in per cent, that of cash, which is none, and their sum."""
    zero = [percent(0.0, digits)][:cash]
    return [*(percent(value, digits) for value in values), *zero, percent(fsum(values), digits)]


def _contributions(held: Sequence[HoldingShare], code: str, cash: int) -> list[str]:
    return _with_total([h.beta_contributions[code] for h in held], 3 if code == "VOL" else 2, cash)


def _with_total(values: Sequence[float], digits: int, cash: int) -> list[str]:
    zero = [number(0.0, digits)][:cash]
    return [*(number(value, digits) for value in values), *zero, number(fsum(values), digits)]


def worst_days(result: Decomposition, days: str) -> Iterator[str]:
    """What a portfolio lost on its worst days, in money too where its value is known."""
    risk, portfolio = result.historical, result.portfolio
    if portfolio is not None and isfinite(risk.expected_shortfall):
        value, loss = portfolio.value, risk.expected_shortfall
        amount = "" if value is None else f" ({money(loss * value, portfolio.currency or '')})"
        lost = f"On the worst {risk.worse_days} of {count(risk.days, days)} the loss was {percent(loss)}{amount}"
        yield f"{lost} on average."


def called(results: Sequence[BetaResult] | Sequence[Decomposition], need: int) -> list[Column]:
    """Ticker and name of each result, or the file of a portfolio and what it is worth; need: of all but the first."""
    what = "portfolio" if all(result.portfolio for result in results) else "ticker"
    names = [result.name or "" for result in results]
    values = [_worth(result.portfolio) for result in results]
    return [
        Column(what, [result.ticker for result in results], left=True, style="bold"),
        *([Column("name", names, need=need, left=True)] if any(names) else []),
        *([Column("value", values, need=need)] if any(values) else []),
    ]


def _worth(portfolio: PortfolioInfo | None) -> str:
    return "" if portfolio is None or portfolio.value is None else money(portfolio.value, portfolio.currency or "")
