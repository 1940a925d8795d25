"""How the numbers of a page were computed, and what its words mean."""

from collections.abc import Sequence

from factorcli.render import decompositions
from factorcli.render.charts.extras import Extras
from factorcli.render.report.parts import Facts, Part, Section, Text
from factorcli.render.text import day, model_line, period, source_name
from factorcli.results.heatmap import DISCOVERY_RATE
from factorcli.results.report import Report

EQUATION = (
    "Each return in excess of the risk-free rate is explained by the returns of the factors over the window: "
    "return − risk-free rate = α + Σ β × factor + residual. The market beta (one factor) is that of the same equation "
    "with the market as its only factor."
)
GLOSSARY = (
    ("Beta", "How far the return moved, on average, with a move of 1% of a factor, the other factors held constant."),
    ("95% interval", "A range made so that 95 of 100 such ranges hold the true value. Where it holds zero, the beta "
                     "cannot be told from zero."),
    ("Market beta (one factor)", "The beta in a model of the market alone: what to expect when the market moves."),
    ("Up β and down β", "The market betas of {days} on which the market rises, and of those on which it falls."),
    ("R²", "The share of the variance of the returns that the factors explain; adjusted, net of what as many factors "
           "without meaning would explain."),
    ("Alpha (α)", "The mean return that the factors do not explain, a year."),
    ("t, p", "The estimate over its standard error, and how often chance alone would give one as far from zero."),
    ("VIF", "How much a beta's variance grows because the factors move together; above 5, read it with care."),
    ("Volatility", "The standard deviation of the returns, a year; residual volatility, that of what the factors do "
                   "not explain."),
    ("VaR 95%", "The loss that is exceeded on 5% of {days}."),
    ("ES 95%", "Expected shortfall: the mean of the losses beyond the VaR."),
    ("q-value", "A p-value adjusted for the number of stocks tested: of betas with a q-value up to {rate}, about "
                "{rate} are expected to be chance."),
)  # fmt: skip
OF_UNIVERSE, OF_STOCKS = ("q-value",), ("Up β and down β", "VaR 95%", "ES 95%", "Alpha (α)")


def method(reports: Sequence[Report], extras: Extras) -> Section:
    """The model, the equation, what losses are, and a glossary."""
    first = reports[0]
    parts: list[Part] = [Text(EQUATION)]
    frequency = None
    if (beta := first.beta) is not None:
        frequency = beta.frequency
        parts.append(Text(f"{model_line(beta.model, source_name(beta.data.source), beta.as_of, frequency)}"))
        parts.append(Text(decompositions.RISK.format(loss=decompositions.LOSSES[period(frequency)])))
    if (shown := first.heatmap) is not None:
        frequency = shown.frequency
        parts.append(Text(model_line(shown.model, source_name(shown.source), shown.as_of, frequency)))
    parts.append(Facts(_factors(first, extras)))
    unused = OF_UNIVERSE if first.heatmap is None else OF_STOCKS
    words = {"days": f"{day(frequency)}s", "rate": f"{DISCOVERY_RATE:.0%}"}
    parts.append(Facts([(word, text.format(**words)) for word, text in GLOSSARY if word not in unused]))
    return Section("method", "Method", parts)


def _factors(report: Report, extras: Extras) -> list[tuple[str, str]]:
    """Each factor and the index or fund whose prices stand for it."""
    found = report.beta or report.heatmap
    return [] if found is None else [(f"Factor {code}", f"{extras.names.get(code, code)}, prices of {proxy}")
                                     for code, proxy in found.model.proxies.items()]  # fmt: skip
