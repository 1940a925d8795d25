"""Rounded numbers, signs, significance and warnings, the same in every table."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from factorcli.render.layout import Line, Span, line
from factorcli.results.beta import PORTFOLIO
from factorcli.results.provenance import ModelInfo
from factorcli.results.warnings import ResultWarning

if TYPE_CHECKING:
    from factorcli.results.intervals import Interval

SIGNIFICANCE_LEVEL = 0.05
ROUNDING = 1e-9  # a beta of this size or less is zero but for rounding: the market has such betas to the styles
STARS = ((0.001, "***"), (0.01, "**"), (SIGNIFICANCE_LEVEL, "*"))
PERIODS = {None: "session", "weekly": "week", "monthly": "month"}  # by the frequency of a result
LEGEND = "*** p < 0.001, ** p < 0.01, * p < 0.05"
POSITIVE_STYLE, NEGATIVE_STYLE, DIM_STYLE = "green", "red", "dim"
MAX_PAGES = 3  # tickers with a page each; more share one table
MAX_LISTED = 10  # tickers whose warnings are written out; of more they are counted
ERRORS = {"hac": "Newey–West errors, {lags} lags", "hc1": "White's HC1 errors", "nonrobust": "classical errors"}
BASES = {
    "raw": "Basis raw: factors enter as they are; a beta is the return per 1% of that factor with the others held "
    "constant.",
    "spread": "Basis spread: styles enter as their return minus the market's; MKT is the beta to a rise of the market "
    "and all styles together.",
    "residual": "Basis residual: every other factor enters as its residual on the market; MKT and alpha are those of "
    "the one-factor model.",
}
ESTIMATORS = {
    None: "ordinary least squares",
    "ewma": "exponentially weighted least squares (half-life {half_life:g} {period}s)",
    "dimson": "Dimson's sum of lagged, same-day and leading market betas",
    "vasicek": "Vasicek's betas, shrunk towards the universe's mean",
}


def number(value: float, digits: int = 2, *, signed: bool = True) -> str:
    """A rounded number with its sign and a real minus; a dash where there is none."""
    if not math.isfinite(value):
        return "–"
    text = f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("+-")
    return text.replace("-", "−")


def percent(value: float, digits: int = 1, *, signed: bool = False) -> str:
    """A fraction in per cent."""
    return f"{number(100 * value, digits, signed=signed)}%" if math.isfinite(value) else "–"


def count(amount: int, what: str) -> str:
    """`1 ticker`, `2 tickers`."""
    return f"{amount:,} {what}" if amount == 1 else f"{amount:,} {what}s"


def of_all(some: int, total: int, what: str) -> str:
    """`all 500 stocks`, or `430 of 500 stocks`."""
    return f"all {count(total, what)}" if some == total else f"{some:,} of {count(total, what)}"


def source_name(source: str) -> str:
    """The source of prices for who is not at this machine: of a path the last part alone."""
    return source.replace("\\", "/").rstrip("/").rpartition("/")[2] or source


def period(frequency: str | None) -> str:
    """What a return is of: `session`, `week` or `month`."""
    return PERIODS[frequency]


def day(frequency: str | None) -> str:
    """What people call the time of a return: `day`, `week` or `month`."""
    return "day" if frequency is None else period(frequency)


def stars(p_value: float) -> str:
    """One to three asterisks for significance at 5 %, 1 % and 0.1 %."""
    return next((mark for limit, mark in STARS if p_value < limit), "")


def signed(value: float, p_value: float = 0.0, digits: int = 2, *, starred: bool = False) -> Span:
    """A number with its sign, green or red by it; dim where it is not significant at 5 %."""
    style = DIM_STYLE if not p_value < SIGNIFICANCE_LEVEL else POSITIVE_STYLE if value > 0 else NEGATIVE_STYLE
    text = number(value, digits)
    return Span(text + stars(p_value).ljust(3) if starred else text, style)


def about(name: str | None, sector: str | None) -> str:
    """Name and sector, each where it is known."""
    return " · ".join(part for part in (name, sector) if part)


def model_line(model: ModelInfo, source: str, as_of: object, frequency: str | None = None) -> str:
    """The model, estimator, risk-free rate, standard errors and prices; then the basis."""
    errors = ERRORS[model.covariance].format(lags=model.lags)
    estimator = ESTIMATORS[model.estimator].format(half_life=model.half_life, period=period(frequency))
    return (
        f"Model {model.id}, {estimator}, risk-free rate {percent(model.risk_free, 2)}, {errors}; prices from "
        f"{source} to {as_of}. {BASES[model.basis]}"
    )


def p_value(value: float) -> str:
    """A p-value to three digits."""
    return "< 0.001" if value < 0.001 else number(value, 3, signed=False)


def interval(bounds: "Interval", digits: int = 2, *, signed: bool = True) -> str:
    """`+0.12 to +0.34`."""
    low, high = (number(bound, digits, signed=signed) for bound in (bounds.low, bounds.high))
    return f"{low} to {high}"


def listed(parts: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def only_on_pages(parts: Sequence[str]) -> Line:
    """That a table of many tickers lacks these parts, which each page has."""
    said = listed(parts)
    text = f"{said[:1].upper()}{said[1:]}: shown for up to {MAX_PAGES} tickers; the JSON output has them for all."
    return line(text)


class FileName(str):
    """The name of a portfolio's file in place of its ticker."""

    __slots__ = ()


def told_apart(results: Sequence[Any]) -> Sequence[Any]:
    """The results; where several are of portfolios, each of these has the name of its file as its ticker."""
    portfolios = [i for i, result in enumerate(results) if getattr(result, "ticker", None) == PORTFOLIO]
    if len(portfolios) < 2:
        return results
    called = list(results)
    for i in portfolios:
        if name := results[i].name:
            called[i] = replace(results[i], ticker=FileName(name), name=None)
    return called


def own_warnings(results: Sequence[Any]) -> list[tuple[ResultWarning, ...]]:
    """The warnings of each result that not all results share; a single result has none."""
    shared = set(shared_warnings(results))
    return [tuple(w for w in result.warnings if w not in shared) for result in results]


def shared_warnings(results: Sequence[Any]) -> list[ResultWarning]:
    """Warnings of every result, in their order."""
    common = set(results[0].warnings).intersection(*(result.warnings for result in results))
    return [warning for warning in results[0].warnings if warning in common]


def warning_codes(warnings: Sequence[ResultWarning]) -> str:
    """The codes of warnings, each once."""
    return " ".join(dict.fromkeys(warning.code for warning in warnings))


def warning_lines(results: Sequence[Any]) -> Iterator[Line]:
    """Shared warnings once; then each ticker's own, or beyond MAX_LISTED tickers the number of tickers by code."""
    for warning in shared_warnings(results):
        yield _warning(warning)
    own = own_warnings(results)
    if len(results) <= MAX_LISTED:
        for result, warnings in zip(results, own, strict=True):
            for warning in warnings:
                yield _warning(warning, f"{result.ticker} ")
        return
    counts = Counter(code for warnings in own for code in dict.fromkeys(warning.code for warning in warnings))
    what = "portfolio" if all(getattr(result, "portfolio", None) for result in results) else "ticker"
    for code, times in counts.most_common():
        yield line(
            Span("! ", "yellow"), Span(code, "bold"), f": {count(times, what)}; the JSON output has every message."
        )


def _warning(warning: ResultWarning, ticker: str = "") -> Line:
    return line(Span("! ", "yellow"), ticker, Span(warning.code, "bold"), f": {warning.text}")
