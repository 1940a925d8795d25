"""The lines below a picture's title: whose, which window and as of, how sure, and what is wrong with the prices."""

from collections.abc import Iterable, Iterator, Sequence

from factorcli.render.text import ERRORS, ESTIMATORS, about, count, day, listed, period, shared_warnings
from factorcli.results.beta import BetaResult
from factorcli.results.decompose import Decomposition
from factorcli.results.warnings import ResultWarning

SYNTHETIC = "Synthetic prices: the demo market is made up, and these numbers are about no real stock"
# Warnings that a picture repeats, as its lines and bars do not show them.
SHOWN_WARNINGS = ("short_history", "stale_proxy", "stale_prices", "proxy_fallback", "outlier", "idle")
MAX_NAMED_DAYS = 3


Result = BetaResult | Decomposition


def whose(results: Sequence[Result]) -> str:
    """`RELIANCE.NS`, `TCS.NS, INFY.NS and 3 more` or the name of a portfolio."""
    names = [result.ticker if result.portfolio is None else result.name or result.ticker for result in results]
    more = len(names) - 3
    if more > 0:
        return f"{', '.join(names[:3])} and {more} more"
    return listed(names)


def heading(results: Sequence[Result], *, errors: bool = True) -> list[str]:
    """The lines below the title of results of one question.

    errors: whether the picture shows standard errors or intervals, which are then named.
    """
    first = results[0]
    lines = []
    if len(results) == 1 and first.portfolio is None and (described := about(first.name, first.sector)):
        lines.append(described)
    lines.append(" · ".join(_facts(results, errors=errors)))
    lines += data_lines(results)
    return lines


def data_lines(results: Sequence[Result]) -> list[str]:
    """What is wrong with the prices: synthetic, old, missing, left out or corrected, and the warnings about them."""
    lines = [SYNTHETIC] if results[0].data.source == "demo" else []
    if any(result.cache.stale for result in results):
        lines.append(f"Old numbers: the source did not answer, these are of {results[0].cache.computed_at[:10]}")
    if len(results) == 1:
        (result,) = results
        lines += _left_out(result)
        return [*lines, *_warned(result.warnings)]
    fewer = [f"{r.ticker} {r.observations}" for r in results if r.observations < r.window]
    if fewer:
        lines.append(f"Fewer returns than the window has: {_some(fewer)}")
    return [*lines, *_warned(shared_warnings(results))]


def sentence(text: str) -> str:
    """A text of a warning as a line: with a capital, without a full stop."""
    return f"{text[:1].upper()}{text[1:]}".rstrip(".")


def plain(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ")


def _warned(warnings: Iterable[ResultWarning]) -> list[str]:
    return [sentence(w.text) for w in warnings if w.code in SHOWN_WARNINGS]


def _facts(results: Sequence[Result], *, errors: bool) -> Iterator[str]:
    first = results[0]
    yield f"{count(first.window, period(first.frequency))} to {first.as_of}"
    if len(results) == 1:
        yield count(first.observations, "return")
    model = first.model
    yield f"model {model.id}, basis {model.basis}"
    if model.estimator is not None:
        yield ESTIMATORS[model.estimator].format(half_life=model.half_life, period=period(first.frequency))
    if errors:
        yield f"95% intervals, {ERRORS[model.covariance].format(lags=model.lags)}"


def _left_out(result: Result) -> Iterator[str]:
    data, unit = result.data, day(result.frequency)
    if data.missing:
        yield f"{count(data.missing, unit)} without a price"
    if data.excluded:
        days = _some([f"{e.date} ({plain(e.reason)})" for e in data.excluded])
        yield f"{count(len(data.excluded), unit)} left out: {days}"
    if data.corrected:
        days = _some([f"{c.date} ({plain(c.kind)})" for c in data.corrected])
        yield f"{count(len(data.corrected), unit)} corrected: {days}"


def _some(texts: Sequence[str]) -> str:
    more = len(texts) - MAX_NAMED_DAYS
    return ", ".join(texts[:MAX_NAMED_DAYS]) + (f" and {more} more" if more > 0 else "")
