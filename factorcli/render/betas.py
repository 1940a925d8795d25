"""Beta results: a page for each of a few tickers, one table for many."""

from collections.abc import Sequence

from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line
from factorcli.render.portfolios import holdings
from factorcli.render.text import (
    DETAILED,
    LEGEND,
    QUIET,
    about,
    model_line,
    number,
    own_warnings,
    percent,
    signed,
    stars,
    warning_codes,
    warning_lines,
)
from factorcli.results import BetaResult, FactorBeta, MarketModel, RollingPath

PATH_ROWS = 12


def betas(results: Sequence[BetaResult], terminal: bool) -> list[Block]:
    """What a terminal shows of beta results."""
    parts: list[Block] = []
    if len(results) > DETAILED:
        parts += [_overview(results), BLANK]
    else:
        for result in results:
            parts += [*_page(result, terminal), BLANK]
    parts += holdings(results)
    first = results[0]
    parts.append(line(f"{model_line(first.model, first.data.source, first.as_of)} {LEGEND}.", style=QUIET))
    if (why := _two_market_betas(results)) is not None:
        parts.append(line(why))
    return [*parts, *warning_lines(results)]


def _page(result: BetaResult, terminal: bool) -> list[Block]:
    alpha = result.alpha
    page: list[Block] = [
        line(Span(result.ticker, "bold"), "  ", about(result.name, result.sector)),
        line(
            f"{result.window} sessions, {result.start} to {result.as_of} · {result.observations} returns · "
            f"R² {number(result.r_squared, signed=False)} "
            f"(adjusted {number(result.adj_r_squared, signed=False)})"
        ),
        line(
            f"Volatility {percent(result.volatility)} a year; {percent(result.residual_volatility)} would remain if "
            "the factors stood still"
        ),
        BLANK,
        _estimates(result),
        BLANK,
        line(
            f"Alpha {percent(alpha.annual, signed=True)} a year{stars(alpha.p_value)} (t {number(alpha.t_stat)}); "
            f"{percent(alpha.annual_net, signed=True)} if the styles, too, are net of the risk-free rate"
        ),
    ]
    if result.rolling is not None:
        page += [BLANK, *_path(result.rolling, terminal)]
    return page


def _estimates(result: BetaResult) -> Grid:
    rows: list[tuple[str, FactorBeta | MarketModel, int, str, str]] = [
        ("market alone", result.market_model, 2, "", "one-factor model")
    ]
    for code, beta in result.betas.items():
        digits = 3 if abs(beta.beta) < 0.1 and beta.std_error < 0.05 else 2
        rows.append((code, beta, digits, number(beta.vif, 1, signed=False), result.model.proxies[code]))
    estimates = [(row[1], row[2]) for row in rows]
    return Grid(
        [
            Column("factor", [row[0] for row in rows], left=True, style="bold"),
            Column("beta", [signed(e.beta, e.p_value, digits) for e, digits in estimates]),
            Column("", [stars(e.p_value) for e, _ in estimates], left=True),
            Column("95% interval", [_interval(e, digits) for e, digits in estimates], need=1),
            Column("t", [number(e.t_stat) for e, _ in estimates], need=2),
            Column("p", [_p_value(e.p_value) for e, _ in estimates], need=3),
            Column("VIF", [row[3] for row in rows], need=4),
            Column("measured by", [row[4] for row in rows], need=5, left=True, style=QUIET),
        ],
        frozenset([0]),
    )


def _interval(estimate: FactorBeta | MarketModel, digits: int) -> str:
    return f"{number(estimate.ci_low, digits)} to {number(estimate.ci_high, digits)}"


def _p_value(p_value: float) -> str:
    return "< 0.001" if p_value < 0.001 else number(p_value, 3, signed=False)


def _path(path: RollingPath, terminal: bool) -> list[Block]:
    """The rolling path: everything when piped, some dates over the whole span in a terminal."""
    dates = len(path.dates)
    if not dates:
        return [line("No rolling path: there are fewer sessions than the window needs.")]
    shown = list(range(dates))
    if terminal and dates > PATH_ROWS:
        shown = [round(i * (dates - 1) / (PATH_ROWS - 1)) for i in range(PATH_ROWS)]
    heading = f"Rolling path: {dates} windows" + (f", {len(shown)} of them shown" if len(shown) < dates else "")
    return [
        line(heading, style="bold"),
        Grid(
            [
                Column("to", [str(path.dates[i]) for i in shown], left=True),
                *(Column(code, [signed(values[i]) for i in shown]) for code, values in path.betas.items()),
                Column("R²", [number(path.r_squared[i], signed=False) for i in shown]),
                Column("α a day", [percent(path.alpha[i], 3, signed=True) for i in shown], need=1),
            ]
        ),
    ]


def _overview(results: Sequence[BetaResult]) -> Grid:
    codes = tuple(results[0].betas)
    return Grid(
        [
            Column("ticker", [r.ticker for r in results], left=True, style="bold"),
            Column("name", [r.name or "" for r in results], need=5, left=True),
            Column("alone", [_starred(r.market_model) for r in results]),
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
    """Why a result has two market betas, with its numbers where there is one result."""
    first = results[0]
    if len(first.betas) < 2 or first.model.basis == "residual":
        return None
    if len(results) > 1:
        return (
            "alone is the beta to the market by itself. MKT is what the market adds to the other factors: the style "
            "funds hold the same market, and take a part of that beta over."
        )
    alone, beside = first.market_model.beta, first.betas["MKT"].beta
    return (
        f"Two market betas: taken alone, the market has a beta of {number(alone)}: when it moved by 1%, this moved by "
        f"{number(alone)}% on average. MKT, {number(beside)}, is what the market adds to the other factors: the style "
        "funds hold the same market, so they share that beta with it."
    )
