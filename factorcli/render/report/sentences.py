"""The results of a stock or portfolio in sentences for readers without a degree in statistics."""

from collections.abc import Iterator
from math import isfinite

from factorcli.render.charts.extras import Extras
from factorcli.render.decompositions import ATTRIBUTIONS
from factorcli.render.text import ROUNDING, SIGNIFICANCE_LEVEL, count, day, number, of_all, percent, period
from factorcli.results.beta import BetaResult
from factorcli.results.comparison import Comparison
from factorcli.results.decompose import Decomposition

COARSE_ERROR = 0.095  # an error of this size or more leaves one decimal that means something
TIMES = {"session": "", "week": " in a week", "month": " in a month"}


def headline(beta: BetaResult, extras: Extras) -> str:
    """What happens to it when the market falls: the one-factor market beta and half its 95 % interval."""
    fit, who, market = beta.market_model, subject(beta), market_name(extras)
    exact = fit.std_error == 0 and abs(fit.beta) > ROUNDING  # the market itself, whose beta has no test
    if not exact and not fit.p_value < SIGNIFICANCE_LEVEL:
        return f"{_capital(who)} does not move with {market} in a way that can be told from chance."
    error = (fit.ci_high - fit.ci_low) / 2
    digits = 1 if error >= COARSE_ERROR else 2
    size = number(abs(fit.beta), digits, signed=False)
    range_ = f", give or take {number(error, digits, signed=False)}" if isfinite(error) and not exact else ""
    verb = "falls" if fit.beta > 0 else "rises"
    return f"When {market} falls 1%{TIMES[period(beta.frequency)]}, {who} {verb} {size}%{range_}."


def lead(beta: BetaResult, parts: Decomposition, others: Comparison | None) -> list[str]:
    """How falling and rising markets differ, what others do, how much of the risk is its own, and its bad days."""
    return [*_asymmetry(beta), *_compared(beta, others), _own_risk(parts), *_bad_days(parts)]


def subject(beta: BetaResult) -> str:
    """How sentences call it."""
    return beta.ticker if beta.portfolio is None else "the portfolio"


def market_name(extras: Extras) -> str:
    """How sentences call the market, as `the Nifty 50`."""
    return f"the {extras.names.get('MKT', 'market')}"


def returned(parts: Decomposition) -> Iterator[str]:
    """What the window returned above the risk-free rate, and the largest contribution to it."""
    method = "linked" if isfinite(parts.attribution["linked"].total) else "arithmetic"
    found = parts.attribution[method]
    if not isfinite(found.total):
        return
    yield (
        f"Over the window the return was {percent(abs(found.total), 2)} {'below' if found.total < 0 else 'above'} the "
        f"risk-free rate, {ATTRIBUTIONS[method]}."
    )


def _compared(beta: BetaResult, others: Comparison | None) -> Iterator[str]:
    if others is None or "market" not in others.median:
        return
    value = beta.market_model.beta
    middle = f"the median of {of_all(others.stocks, others.total, 'stock')} is {number(others.median['market'])}"
    if "market" not in others.low:
        yield f"Its market beta is {number(value)}; {middle}."
        return
    low, high = others.low["market"], others.high["market"]
    place = "above that of most stocks" if value > high else "below that of most stocks" if value < low else "usual"
    yield (
        f"A market beta of {number(value)} is {place} in its sector, {others.sector}: eight in ten of its "
        f"{count(others.sector_stocks, 'stock')} lie between {number(low)} and {number(high)}; {middle}."
    )


def _asymmetry(beta: BetaResult) -> Iterator[str]:
    fit = beta.market_model
    if fit.asymmetry.p_value < SIGNIFICANCE_LEVEL:
        more = "more" if abs(fit.down.estimate) > abs(fit.up.estimate) else "less"
        yield (
            f"That is the average of all {day(beta.frequency)}s: it moves {more} with a falling market, "
            f"{number(fit.down.estimate)}% per 1%, than with a rising one, {number(fit.up.estimate)}%."
        )


def _own_risk(parts: Decomposition) -> str:
    return (
        f"Of its risk, the variance of its returns, {percent(parts.idiosyncratic)} is its own; the factors explain "
        f"{percent(parts.systematic)}."
    )


def _bad_days(parts: Decomposition) -> Iterator[str]:
    risk = parts.historical
    if isfinite(risk.value_at_risk):
        yield (
            f"On the worst {risk.worse_days} of {count(risk.days, day(parts.frequency))} it lost "
            f"{percent(risk.value_at_risk, 1)} or more, and {percent(risk.expected_shortfall, 1)} on average."
        )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
