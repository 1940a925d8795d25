"""Beta results: a page for each of a few tickers, one table for many."""

import math
from collections.abc import Sequence

from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line
from factorcli.render.text import (
    DIM_STYLE,
    LEGEND,
    MAX_PAGES,
    about,
    count,
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
from factorcli.results.beta import BetaResult, FactorBeta, MarketModel

ONE_FACTOR = "market β (one factor)"
SIGNIFICANCE_LEVEL = 0.05
NET_OF_RATE = "with the styles in excess of the risk-free rate too"


def betas(results: Sequence[BetaResult], terminal: bool) -> list[Block]:
    """A page for each of up to MAX_PAGES results, one table for more; then holdings, the model and the warnings."""
    parts: list[Block] = []
    if len(results) > MAX_PAGES:
        parts += [_overview(results), *_left_out(results), BLANK]
    else:
        for result in results:
            parts += [*_page(result, terminal), BLANK]
    if any(result.portfolio for result in results):
        from factorcli.render.portfolios import holdings

        parts += holdings(results)
    first = results[0]
    parts.append(line(f"{model_line(first.model, first.data.source, first.as_of)} {LEGEND}.", style=DIM_STYLE))
    if (why := _two_market_betas(results)) is not None:
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
    alpha = result.alpha
    page: list[Block] = [
        line(Span(result.ticker, "bold"), "  ", about(result.name, result.sector)),
        line(
            f"{count(result.window, period(result.frequency))}, {result.start} to {result.as_of} · "
            f"{result.observations} returns · "
            f"R² {number(result.r_squared, signed=False)} "
            f"(adjusted {number(result.adj_r_squared, signed=False)}{_bounds(result)})"
        ),
        line(
            f"Volatility {percent(result.volatility)} a year; "
            f"residual volatility {percent(result.residual_volatility)} a year"
        ),
        BLANK,
        _estimates(result),
        BLANK,
        line(
            f"Alpha {percent(alpha.annual, signed=True)} a year{stars(alpha.p_value)} (t {number(alpha.t_stat)})"
            + ("" if alpha.annual_net == alpha.annual else f"; {percent(alpha.annual_net, signed=True)} {NET_OF_RATE}")
            + ("; the market index is without dividends" if _without_dividends(result) else "")
        ),
        *_joint(result),
    ]
    if result.dimson is not None:
        page.append(line(_dimson_terms(result)))
    if result.diagnostics is not None:
        from factorcli.render.diagnostics import diagnostics

        page += [BLANK, *diagnostics(result.diagnostics)]
    if result.rolling is not None:
        from factorcli.render.paths import path

        page += [BLANK, *path(result.rolling, period(result.frequency), terminal)]
    return page


def _without_dividends(result: BetaResult) -> bool:
    return any(warning.code == "price_index" for warning in result.warnings)


def _joint(result: BetaResult) -> list[Block]:
    """The Wald test that every beta but the market's is zero; nothing where there is none."""
    test = result.style_test
    if not math.isfinite(test.f_stat):
        return []
    verdict = "jointly significant" if test.p_value < SIGNIFICANCE_LEVEL else "not jointly significant"
    return [
        line(
            f"Joint test of all betas but MKT: F({test.numerator}, {test.denominator}) = "
            f"{number(test.f_stat, signed=False)}, p {p_value(test.p_value)}: the style betas are {verdict} at 5%"
        )
    ]


def _dimson_terms(result: BetaResult) -> str:
    before, day, after = (number((result.dimson or {})[term]) for term in ("before", "day", "after"))
    return (
        f"MKT is Dimson's sum of three market betas: {before} on the previous day's return, {day} on the same day's "
        f"and {after} on the next day's; a large first or last one is a sign of thin trading"
    )


def _estimates(result: BetaResult) -> Grid:
    rows: list[tuple[str, FactorBeta | MarketModel, int, str, str]] = [
        (ONE_FACTOR, result.market_model, 2, "", result.model.proxies["MKT"])
    ]
    for code, beta in result.betas.items():
        digits = 3 if abs(beta.beta) < 0.1 and beta.std_error < 0.05 else 2
        rows.append((code, beta, digits, number(beta.vif, 1, signed=False), result.model.proxies[code]))
    estimates = [(row[1], row[2]) for row in rows]
    shrinkage = result.shrinkage
    unshrunk = []
    if shrinkage is not None:
        # In its dictionaries the one-factor beta is `market`.
        names = ["market", *result.betas]
        own = [
            number(shrinkage.least_squares[name], digits) for name, (_, digits) in zip(names, estimates, strict=True)
        ]
        weights = [percent(shrinkage.own_weight[name], 0) for name in names]
        unshrunk = [Column("OLS β", own, style=DIM_STYLE), Column("OLS weight", weights, style=DIM_STYLE)]
    return Grid(
        [
            Column("factor", [row[0] for row in rows], left=True, style="bold"),
            Column("beta", [signed(e.beta, e.p_value, digits) for e, digits in estimates]),
            Column("", [stars(e.p_value) for e, _ in estimates], left=True),
            *unshrunk,
            Column("95% interval", [_interval(e, digits) for e, digits in estimates], need=1),
            Column("t", [number(e.t_stat) for e, _ in estimates], need=2),
            Column("p", [p_value(e.p_value) for e, _ in estimates], need=3),
            Column("VIF", [row[3] for row in rows], need=4),
            Column("proxy", [row[4] for row in rows], need=5, left=True, style=DIM_STYLE),
        ],
        frozenset([0]),
    )


def _interval(estimate: FactorBeta | MarketModel, digits: int) -> str:
    return f"{number(estimate.ci_low, digits)} to {number(estimate.ci_high, digits)}"


def _bounds(result: BetaResult) -> str:
    return f", 95% interval {interval(result.r_squared_interval, signed=False)}" if result.r_squared_interval else ""


def _overview(results: Sequence[BetaResult]) -> Grid:
    codes = tuple(results[0].betas)
    return Grid(
        [
            Column("ticker", [r.ticker for r in results], left=True, style="bold"),
            Column("name", [r.name or "" for r in results], need=5, left=True),
            Column("β (1F)", [_starred(r.market_model) for r in results]),
            *(Column(code, [_starred(r.betas[code], code) for r in results]) for code in codes),
            Column("R²", [number(r.r_squared, signed=False) for r in results]),
            Column("α a year", [percent(r.alpha.annual, signed=True) + _mark(r) for r in results], need=2),
            Column("n", [str(r.observations) for r in results], need=1),
            Column("notes", [warning_codes(w) for w in own_warnings(results)], need=4, left=True),
        ]
    )


def _starred(estimate: FactorBeta | MarketModel, code: str = "") -> Span:
    return signed(estimate.beta, estimate.p_value, 3 if code == "VOL" else 2, starred=True)


def _mark(result: BetaResult) -> str:
    return stars(result.alpha.p_value).ljust(3)


def _two_market_betas(results: Sequence[BetaResult]) -> str | None:
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
