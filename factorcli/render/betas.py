"""Beta results: a page for each of a few tickers, one table for many."""

import math
from collections.abc import Sequence

from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line
from factorcli.render.text import (
    DIM_STYLE,
    LEGEND,
    MAX_PAGES,
    SIGNIFICANCE_LEVEL,
    about,
    count,
    day,
    interval,
    model_line,
    number,
    only_on_pages,
    own_warnings,
    p_value,
    percent,
    period,
    signed,
    stars,
    warning_codes,
    warning_lines,
)
from factorcli.results.beta import BetaResult, Estimate, FactorBeta, MarketModel

ONE_FACTOR = "market β (one factor)"
UP, DOWN = "up β (one factor)", "down β (one factor)"
JOINT_ERRORS = {"hc3": "HC3 errors"}
NET_OF_RATE = "with the styles in excess of the risk-free rate too"

_Estimated = FactorBeta | MarketModel | Estimate
_Row = tuple[str, _Estimated, int, str, str]  # label, estimate, its decimals, VIF, proxy


def betas(results: Sequence[BetaResult], terminal: bool) -> list[Block]:
    """A page for each of up to MAX_PAGES results, one table for more; then holdings, the model and the warnings."""
    parts: list[Block] = []
    if len(results) > MAX_PAGES:
        parts += [_overview(results), *_left_out(results), BLANK]
        if any(result.active for result in results):
            from factorcli.render.decisions.active import actives

            parts += actives(results)
    else:
        for result in results:
            parts += [*_page(result, terminal), BLANK]
    if any(result.portfolio for result in results):
        from factorcli.render.portfolios import holdings

        parts += holdings(results)
    first = results[0]
    parts.append(
        line(f"{model_line(first.model, first.data.source, first.as_of, first.frequency)} {LEGEND}.", style=DIM_STYLE)
    )
    if (why := two_market_betas(results)) is not None:
        parts.append(line(why))
    return [*parts, *warning_lines(results)]


def _left_out(results: Sequence[BetaResult]) -> list[Block]:
    """What was asked for, and only a page shows."""
    parts = {
        "rolling paths": any(result.rolling for result in results),
        "diagnostics": any(result.diagnostics for result in results),
        "intervals of R²": any(result.r_squared_interval for result in results),
    }
    found = [name for name, present in parts.items() if present]
    return [only_on_pages(found)] if found else []


def _page(result: BetaResult, terminal: bool) -> list[Block]:
    page: list[Block] = [
        line(Span(result.ticker, "bold"), "  ", about(result.name, result.sector)),
        line(
            f"{count(result.window, period(result.frequency))}, {result.start} to {result.as_of} · "
            f"{result.observations} returns{_effective(result)} · R² {number(result.r_squared, signed=False)} "
            f"(adjusted {number(result.adj_r_squared, signed=False)}{_bounds(result)})"
        ),
        line(
            f"Volatility {percent(result.volatility)} a year; "
            f"residual volatility {percent(result.residual_volatility)} a year"
        ),
        BLANK,
        estimates(result),
        BLANK,
        *notes(result),
    ]
    if result.active is not None:
        from factorcli.render.decisions.active import active

        page += [BLANK, *active(result.active)]
    if result.diagnostics is not None:
        from factorcli.render.diagnostics import diagnostics

        page += [BLANK, *diagnostics(result.diagnostics, day(result.frequency))]
    if result.rolling is not None:
        from factorcli.render.paths import path

        page += [BLANK, *path(result.rolling, period(result.frequency), terminal)]
    return page


def notes(result: BetaResult) -> list[Block]:
    """What the betas mean together: asymmetry, alpha, the joint test, and the terms of Dimson's sum."""
    alpha = result.alpha
    return [
        *_asymmetry(result),
        line(
            f"Alpha {percent(alpha.annual, signed=True)} a year{stars(alpha.p_value)} (t {number(alpha.t_stat)})"
            + ("" if alpha.annual_net == alpha.annual else f"; {percent(alpha.annual_net, signed=True)} {NET_OF_RATE}")
            + ("; the market index is without dividends" if _without_dividends(result) else "")
        ),
        *_joint(result),
        *([line(_dimson_terms(result))] if result.dimson is not None else []),
    ]


def _without_dividends(result: BetaResult) -> bool:
    """Whether alpha contains the dividends that the market's index lacks; a benchmark has such a warning, too."""
    found = [warning for warning in result.warnings if warning.code == "price_index"]
    return any(not warning.text.startswith("the benchmark ") for warning in found)


def _effective(result: BetaResult) -> str:
    """The number that weighted returns count as."""
    found = result.observations_effective
    return "" if found is None else f" ({number(found, 1, signed=False)} effective)"


def _asymmetry(result: BetaResult) -> list[Block]:
    """How the market betas of falling and of rising days differ; nothing where they cannot be told apart."""
    found = result.market_model.asymmetry
    if not math.isfinite(found.estimate):
        return []
    difference = f"Asymmetry, down β minus up β: {number(found.estimate)}"
    if not math.isfinite(found.p_value):
        return [line(difference)]
    if not found.p_value < SIGNIFICANCE_LEVEL:
        verdict = "the two are not significantly different at 5%"
    else:
        side = "higher" if found.estimate > 0 else "lower"
        verdict = f"significant at 5%, the beta is {side} when the market falls"
    return [line(f"{difference}, 95% interval {_interval(found, 2)}, p {p_value(found.p_value)}: {verdict}")]


def _joint(result: BetaResult) -> list[Block]:
    """The Wald test that every beta but the market's is zero; nothing where there is none."""
    test = result.style_test
    if not math.isfinite(test.f_stat):
        return []
    verdict = "jointly significant" if test.p_value < SIGNIFICANCE_LEVEL else "not jointly significant"
    return [
        line(
            f"Joint test of all betas but MKT: F({test.numerator}, {_degrees(test.denominator)}) = "
            f"{number(test.f_stat, signed=False)}, p {p_value(test.p_value)}, {JOINT_ERRORS[test.covariance]}: the "
            f"style betas are {verdict} at 5%"
        )
    ]


def _degrees(value: float) -> str:
    """246, or with weights 51.7."""
    return number(value, 0 if value.is_integer() else 1, signed=False)


def _dimson_terms(result: BetaResult) -> str:
    time = day(result.frequency)
    before, same, after = (number((result.dimson or {})[term]) for term in ("before", "day", "after"))
    return (
        f"MKT is Dimson's sum of three market betas: {before} on the previous {time}'s return, {same} on the same "
        f"{time}'s and {after} on the next {time}'s; a large first or last one is a sign of thin trading"
    )


def estimates(result: BetaResult) -> Grid:
    """The one-factor market betas, then the betas of the model, a row each."""
    market, proxy = result.market_model, result.model.proxies["MKT"]
    rows: list[_Row] = [
        (ONE_FACTOR, market, 2, "", proxy),
        (UP, market.up, 2, "", proxy),
        (DOWN, market.down, 2, "", proxy),
    ]
    for code, beta in result.betas.items():
        digits = 3 if abs(beta.beta) < 0.1 and beta.std_error < 0.05 else 2
        rows.append((code, beta, digits, number(beta.vif, 1, signed=False), result.model.proxies[code]))
    found = [(row[1], row[2]) for row in rows]
    return Grid(
        [
            Column("factor", [row[0] for row in rows], left=True, style="bold"),
            Column("beta", [_coloured(result, e, digits) for e, digits in found]),
            Column("", [stars(e.p_value) for e, _ in found], left=True),
            *_unshrunk(result, rows),
            Column("95% interval", [_interval(e, digits) for e, digits in found], need=1),
            Column("t", [number(e.t_stat) for e, _ in found], need=2),
            Column("p", [p_value(e.p_value) for e, _ in found], need=3),
            Column("VIF", [row[3] for row in rows], need=4),
            Column("proxy", [row[4] for row in rows], need=5, left=True, style=DIM_STYLE),
        ],
        frozenset([2]),
    )


def _unshrunk(result: BetaResult, rows: Sequence[_Row]) -> list[Column]:
    """The least-squares betas and their weights, where betas are shrunk; up and down betas are not."""
    if (shrinkage := result.shrinkage) is None:
        return []
    names = [{ONE_FACTOR: "market"}.get(row[0], row[0]) for row in rows]  # of its dictionaries
    own = [
        number(shrinkage.least_squares[name], row[2]) if name in shrinkage.least_squares else ""
        for name, row in zip(names, rows, strict=True)
    ]
    weights = [percent(shrinkage.own_weight[name], 0) if name in shrinkage.own_weight else "" for name in names]
    return [Column("OLS β", own, style=DIM_STYLE), Column("OLS weight", weights, style=DIM_STYLE)]


def _coloured(result: BetaResult, estimate: _Estimated, digits: int, *, starred: bool = False) -> Span:
    """A beta by its sign, dim where it is not significant; a shrunk one has no test, so it is never dim."""
    if result.shrinkage is None or isinstance(estimate, Estimate):
        return signed(_value(estimate), estimate.p_value, digits, starred=starred)
    span = signed(_value(estimate), digits=digits)
    return Span(span.text + " " * len("***"), span.style) if starred else span


def _value(estimate: _Estimated) -> float:
    return estimate.estimate if isinstance(estimate, Estimate) else estimate.beta


def _interval(estimate: _Estimated, digits: int) -> str:
    if not math.isfinite(estimate.ci_low):
        return "–"
    return f"{number(estimate.ci_low, digits)} to {number(estimate.ci_high, digits)}"


def _bounds(result: BetaResult) -> str:
    return f", 95% interval {interval(result.r_squared_interval, signed=False)}" if result.r_squared_interval else ""


def _overview(results: Sequence[BetaResult]) -> Grid:
    from factorcli.render.portfolios import called

    codes = tuple(results[0].betas)
    return Grid(
        [
            *called(results, need=5),
            Column("β (1F)", [_starred(r, r.market_model) for r in results]),
            Column("down β", [_starred(r, r.market_model.down) for r in results], need=3),
            *(Column(code, [_starred(r, r.betas[code], code) for r in results]) for code in codes),
            Column("R²", [number(r.r_squared, signed=False) for r in results]),
            Column("α a year", [percent(r.alpha.annual, signed=True) + _mark(r) for r in results], need=2),
            Column("n", [str(r.observations) for r in results], need=1),
            Column("notes", [warning_codes(w) for w in own_warnings(results)], need=4, left=True),
        ]
    )


def _starred(result: BetaResult, estimate: _Estimated, code: str = "") -> Span:
    return _coloured(result, estimate, 3 if code == "VOL" else 2, starred=True)


def _mark(result: BetaResult) -> str:
    return stars(result.alpha.p_value).ljust(3)


def two_market_betas(results: Sequence[BetaResult]) -> str | None:
    """What the one-factor and the multi-factor market beta are, with their values where there is one result."""
    first = results[0]
    if len(first.betas) < 2 or first.model.basis == "residual":
        return None
    if len(results) > 1:
        return (
            "β (1F) is the market beta of a one-factor model. MKT is the market beta beside the other factors: the "
            "style funds hold the same market, so the two differ."
        )
    one_factor, partial = first.market_model.beta, first.betas["MKT"].beta
    return (
        f"Two market betas: {number(one_factor)} in a one-factor model (a market return of 1% came with "
        f"{number(one_factor)}% on average), and {number(partial)} beside the other factors (MKT): the style funds "
        "hold the same market, so the two differ."
    )
