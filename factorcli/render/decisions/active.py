"""A ticker or portfolio against its benchmark: how far from it, and with which factors."""

import math
from collections.abc import Sequence

from factorcli.render.decisions.changes import ONE_FACTOR, bounds, digits_of
from factorcli.render.layout import BLANK, Block, Column, Grid, Line, Span, line
from factorcli.render.text import NEGATIVE_STYLE, SIGNIFICANCE_LEVEL, number, p_value, percent, signed, stars
from factorcli.results.beta import Active, BetaResult, Estimate
from factorcli.results.decompose import Decomposition


def active(found: Active) -> list[Block]:
    """The tracking error in words, then a row a factor: active beta, its errors, its share of the active variance."""
    heading = line(Span(f"Against {found.benchmark}", "bold"), f": {distance(found)}")
    if found.tracking_error == 0:
        return [heading]
    return [
        heading,
        _largest(found),
        BLANK,
        _table(found),
    ]


def distance(found: Active) -> str:
    """How far the return of a year is from the benchmark's."""
    error = percent(found.tracking_error)
    if found.tracking_error == 0:
        return f"tracking error {error}, as the two are the same"
    low, high = percent(found.tracking_error_low), percent(found.tracking_error_high)
    return (
        f"tracking error {error} a year, 95% interval {low} to {high}: in two years of three the return is within "
        f"{number(100 * found.tracking_error, 1, signed=False)} points of the benchmark's, for normal returns with the "
        "same mean"
    )


def actives(results: Sequence[BetaResult] | Sequence[Decomposition]) -> list[Block]:
    """A row a ticker that has a benchmark, of at least one: tracking error, active betas, idiosyncratic share."""
    found = [(result.ticker, result.active) for result in results if result.active is not None]
    codes = tuple(found[0][1].betas)
    table = Grid(
        [
            Column("ticker", [ticker for ticker, _ in found], left=True, style="bold"),
            Column("tracking error", [percent(one.tracking_error) for _, one in found]),
            Column("95% interval", [_bounds(one) for _, one in found], need=98),
            Column("active β (1F)", [_starred(one.market_beta) for _, one in found]),
            *(
                Column(code, [_starred(one.betas[code]) for _, one in found], need=k)
                for k, code in enumerate(codes, start=1)
            ),
            Column("idiosyncratic", [percent(one.contributions["idiosyncratic"], 0) for _, one in found], need=99),
        ]
    )
    heading = f"Against {found[0][1].benchmark}"
    return [
        line(Span(heading, "bold"), ": active betas, and the share of the active variance that no factor explains"),
        BLANK,
        table,
        BLANK,
    ]


def _bounds(found: Active) -> str:
    return f"{percent(found.tracking_error_low)} to {percent(found.tracking_error_high)}"


def _starred(beta: Estimate) -> Span:
    found = _beta(beta)
    return Span(found.text + stars(beta.p_value).ljust(3), found.style)


def _largest(found: Active) -> Line:
    """The part of the active risk that is largest, and which betas differ."""
    code, share = max(found.contributions.items(), key=lambda item: item[1])
    source = "what no factor explains" if code == "idiosyncratic" else code
    clear = [code for code, beta in found.betas.items() if beta.p_value < SIGNIFICANCE_LEVEL]
    differ = f"betas differ from the benchmark's at 5% in {', '.join(clear)}" if clear else "no beta differs at 5%"
    return line(f"{percent(share, 0)} of the active variance is {source}; {differ}")


def _table(found: Active) -> Grid:
    rows: list[tuple[str, Estimate | None, float]] = [(ONE_FACTOR, found.market_beta, math.nan)]
    rows += [(code, beta, found.contributions[code]) for code, beta in found.betas.items()]
    rows.append(("idiosyncratic", None, found.contributions["idiosyncratic"]))
    rows.append(("total", None, math.fsum(found.contributions.values())))
    return Grid(
        [
            Column("active factor", [name for name, _, _ in rows], left=True, style="bold"),
            Column("active β", ["" if beta is None else _beta(beta) for _, beta, _ in rows]),
            Column("", ["" if beta is None else stars(beta.p_value) for _, beta, _ in rows], left=True),
            Column("95% interval", ["" if beta is None else interval(beta) for _, beta, _ in rows], need=1),
            Column("t", ["" if beta is None else number(beta.t_stat) for _, beta, _ in rows], need=2),
            Column("p", ["" if beta is None else p_value(beta.p_value) for _, beta, _ in rows], need=3),
            Column(
                "active variance",
                ["" if name == ONE_FACTOR else _share(share) for name, _, share in rows],
            ),
        ],
        frozenset([0, len(rows) - 2]),
    )


def _share(share: float) -> Span:
    return Span(percent(share, signed=True), NEGATIVE_STYLE if share < 0 else "")


def _beta(beta: Estimate) -> Span:
    if not math.isfinite(beta.p_value):
        return Span(number(beta.estimate, digits_of(beta)))
    return signed(beta.estimate, beta.p_value, digits_of(beta))


def interval(beta: Estimate) -> str:
    """`+0.12 to +0.34`, a dash where there is none."""
    return bounds(beta, digits_of(beta))
