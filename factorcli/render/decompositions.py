"""Decompositions: where the variance comes from."""

from collections.abc import Sequence

from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line
from factorcli.render.portfolios import holdings
from factorcli.render.text import (
    DETAILED,
    NEGATIVE,
    POSITIVE,
    QUIET,
    about,
    model_line,
    own_warnings,
    percent,
    warning_codes,
    warning_lines,
)
from factorcli.results import Decomposition

METHODS = {
    "euler": "Shares are β·Cov(factor, stock)/Var(stock); one below zero is a hedge",
    "lmg": "Shares are Shapley values of R², averaged over all orderings; none is below zero",
}
BAR = 20


def decompositions(results: Sequence[Decomposition], _: bool) -> list[Block]:
    """What a terminal shows of decompositions."""
    parts: list[Block] = []
    if len(results) > DETAILED:
        parts += [_overview(results), BLANK]
    else:
        for result in results:
            parts += [*_page(result), BLANK]
    parts += holdings(results)
    first = results[0]
    model = f"{model_line(first.model, first.data.source, first.as_of)} {METHODS[first.method]}."
    return [*parts, line(model, style=QUIET), *warning_lines(results)]


def _page(result: Decomposition) -> list[Block]:
    shares = {**result.contributions, "idiosyncratic": result.idiosyncratic}
    largest = max(map(abs, shares.values())) or 1.0
    alone = [result.standalone_volatility.get(code) for code in shares]
    return [
        line(Span(result.ticker, "bold"), "  ", about(result.name, result.sector)),
        line(
            f"{result.window} sessions to {result.as_of} · {result.observations} returns · the factors explain "
            f"{percent(result.systematic)} of the variance"
        ),
        BLANK,
        Grid(
            [
                Column("source of risk", [*shares, "total"], left=True, style="bold"),
                Column("share of variance", [*(_share(share, signed=True) for share in shares.values()), "100.0%"]),
                Column("", [*(_bar(share / largest) for share in shares.values()), ""], need=2, left=True),
                Column(
                    "volatility",
                    [
                        *(percent(result.volatility_points[code], signed=True) for code in shares),
                        percent(result.volatility),
                    ],
                ),
                Column("by itself", ["" if v is None else percent(v) for v in [*alone, None]], need=1, style=QUIET),
            ],
            frozenset([len(result.contributions) - 1, len(shares) - 1]),
        ),
    ]


def _share(share: float, *, signed: bool = False) -> Span:
    return Span(percent(share, signed=signed or share < 0), NEGATIVE if share < 0 else "")


def _bar(size: float) -> Span:
    """A bar of |size| ≤ 1; a hedge is hollow, so that it shows without colour."""
    length = round(abs(size) * BAR)
    return Span("░" * length, NEGATIVE) if size < 0 else Span("█" * length, POSITIVE)


def _overview(results: Sequence[Decomposition]) -> Grid:
    codes = tuple(results[0].contributions)
    return Grid(
        [
            Column("ticker", [r.ticker for r in results], left=True, style="bold"),
            Column("name", [r.name or "" for r in results], need=3, left=True),
            *(Column(code, [_share(r.contributions[code], signed=True) for r in results]) for code in codes),
            Column("own", [percent(r.idiosyncratic) for r in results]),
            Column("volatility", [percent(r.volatility) for r in results]),
            Column("n", [str(r.observations) for r in results], need=1),
            Column("notes", [warning_codes(w) for w in own_warnings(results)], need=2, left=True),
        ]
    )
