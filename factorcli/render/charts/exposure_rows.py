"""The estimates that a picture of exposures shows, and the marks that show them."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.picture import KeyEntry, Spec, mark
from factorcli.render.charts.theme import BAND, BLUE, INK, LABEL_SIZE, MEDIAN, MUTED, PAPER, RULE
from factorcli.render.text import ROUNDING, SIGNIFICANCE_LEVEL, number
from factorcli.results.beta import BetaResult, Estimate
from factorcli.results.comparison import Comparison

MARKET, DOWN = "market β, one factor", "down β, one factor"
NUMBERS = ("beta", "ci_low", "ci_high", "sector_low", "sector_high", "universe_median")

AXIS = {"labelFlush": False, "labelOverlap": True, "labelSeparation": 6}  # numbers below their ticks, none on another

Row = dict[str, Any]


def estimates(results: Sequence[BetaResult], extras: Extras, *, sectors: bool) -> list[Row]:
    """A row a result and beta, with numbers as the result has them, without betas that no result has."""
    rows = [row for result in results for row in _estimates(result, extras, sectors=sectors)]
    known = {row["code"] for row in rows if row["beta"] is not None}
    return [row for row in rows if row["code"] in known]


def _estimates(result: BetaResult, extras: Extras, *, sectors: bool) -> Iterator[Row]:
    market = result.market_model
    found: dict[str, tuple[str, float, float, float, float]] = {
        "market": (MARKET, market.beta, market.ci_low, market.ci_high, market.p_value),
        "down": (DOWN, *_of(market.down)),
    }
    for code, beta in result.betas.items():
        found[code] = (extras.label(code), beta.beta, beta.ci_low, beta.ci_high, beta.p_value)
    for code, (label, value, low, high, p_value) in found.items():
        yield {
            "ticker": result.ticker, "factor": label, "code": code, "beta": _finite(value), "ci_low": _finite(low),
            "ci_high": _finite(high), "significant": _significant(low, high, p_value),
            **_others(extras.comparisons.get(result.ticker), code, sectors=sectors),
            "text": _text(value, low, high),
        }  # fmt: skip


def _significant(low: float, high: float, p_value: float) -> bool:
    """What the test says; of a shrunk beta, which has none, whether its interval is on one side of zero."""
    return p_value < SIGNIFICANCE_LEVEL if isfinite(p_value) else not low <= ROUNDING or not high >= -ROUNDING


def _of(estimate: Estimate) -> tuple[float, float, float, float]:
    return estimate.estimate, estimate.ci_low, estimate.ci_high, estimate.p_value


def _others(comparison: Comparison | None, code: str, *, sectors: bool) -> Mapping[str, float | None]:
    """What others are like; sectors: also the range of the stock's sector."""
    if comparison is None:
        return {}
    median = {"universe_median": comparison.median.get(code)}
    sector = {"sector_low": comparison.low.get(code), "sector_high": comparison.high.get(code)}
    return median | sector if sectors else median


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _text(value: float, low: float, high: float) -> str:
    digits = 3 if abs(value) < 0.1 and (not isfinite(low) or high - low < 0.2) else 2
    if not isfinite(low):
        return number(value, digits)
    return f"{number(value, digits)} ({number(low, digits)} to {number(high, digits)})"


def marks(rows: Sequence[Row], x: Spec, *, height: float, size: float, stroke: float, tick: float = 0.0) -> list[Spec]:
    """The layers of a plot: the sector's range, zero, the median, the interval and the estimate.

    height: of ranges, and of medians unless `tick` is theirs, in px; size: of an estimate's circle in square px;
    stroke: width of lines in px.
    """
    tooltip = [{"field": name, "type": "quantitative", "title": name.replace("_", " ")} for name in NUMBERS
               if _any(rows, name)]  # fmt: skip
    colour = by_significance(BLUE, MUTED)
    zero = mark("rule", {"x": {"datum": 0}, "y": None}, color=RULE, aria=False)
    layers: list[Spec] = [{"data": {"values": [{}]}, **zero}]
    if _any(rows, "sector_low"):
        band = {"x": {**x, "field": "sector_low"}, "x2": {"field": "sector_high"}}
        layers.insert(0, mark("bar", band, height=height, color=BAND, aria=False))
    if _any(rows, "universe_median"):
        median = {"x": {**x, "field": "universe_median"}}
        layers.append(mark("tick", median, size=tick or height, thickness=stroke, color=MEDIAN, aria=False))
    interval = {"x": {**x, "field": "ci_low"}, "x2": {"field": "ci_high"}, "color": colour}
    layers.append(mark("rule", interval, strokeWidth=stroke, aria=False))
    fill = by_significance(BLUE, PAPER)
    estimate = {"x": {**x, "field": "beta"}, "stroke": colour, "fill": fill, "tooltip": tooltip}
    layers.append(mark("point", estimate, size=size, opacity=1, strokeWidth=stroke))
    return layers


def value_texts(plot: float) -> Spec:
    """The layer of the numbers at the right of a plot of a width in px."""
    text = {"x": {"value": plot + 10}, "text": {"field": "text"}, "color": by_significance(INK, MUTED)}
    return mark("text", text, align="left", baseline="middle", fontSize=LABEL_SIZE)


def symbols(rows: Sequence[Row]) -> list[KeyEntry]:
    """The key of the marks."""
    entries = [KeyEntry(f"{quantity(rows)}, with its 95% interval", BLUE)]
    if any(not row["significant"] for row in rows):
        entries.append(KeyEntry("not significant: the interval contains zero", MUTED, hollow=True))
    if _any(rows, "sector_low"):
        entries.append(KeyEntry("its sector, 10th to 90th percentile", BAND, "square"))
    if _any(rows, "universe_median"):
        entries.append(KeyEntry("median of the universe", MEDIAN, "M0,-1L0,1"))
    return entries


def quantity(rows: Sequence[Row]) -> str:
    """What the estimates are: betas, or differences of betas."""
    return "difference of betas" if "against" in rows[0] else "beta"


def by_significance(significant: str, other: str) -> Spec:
    return {"condition": {"test": "datum.significant", "value": significant}, "value": other}


def _any(rows: Sequence[Row], name: str) -> bool:
    return any(row.get(name) is not None for row in rows)
