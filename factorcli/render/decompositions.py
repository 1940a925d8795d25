"""Decompositions: where the variance comes from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line
from factorcli.render.text import (
    DIM_STYLE,
    MAX_PAGES,
    NEGATIVE_STYLE,
    POSITIVE_STYLE,
    about,
    count,
    day,
    model_line,
    only_on_pages,
    own_warnings,
    percent,
    period,
    warning_codes,
    warning_lines,
)
from factorcli.results.decompose import Decomposition

if TYPE_CHECKING:
    from factorcli.results.intervals import Interval

METHODS = {
    "euler": "Shares are β·Cov(factor, stock)/Var(stock); a negative one is a hedge",
    "lmg": "Shares are Shapley values of R², averaged over all orderings; none is negative",
}
LOSSES = {"session": "one-day", "week": "one-week", "month": "one-month"}  # by what a return is of
RISK = (
    "VaR 95% is the {loss} loss that is exceeded with a probability of 5%, for normal returns with a mean of zero; "
    "ES 95% is the mean of the losses beyond it. Both are allocated to the factors by their shares of the variance. "
    "The historical ones are those of the window's own returns: where tails are fat, the normal VaR is too large "
    "rather than too small, and the losses beyond it are larger than the normal ES."
)
ATTRIBUTIONS = {"arithmetic": "arithmetic (sum)", "linked": "linked (compounded)"}
REST = ("residual", "{}s left out", "jumps left out")
OUTSIDE = (
    "The linked total is the price return over the window minus the compounded risk-free rate. {days} left out are in "
    "the window but not in the fit; jumps left out are returns that the price gate took for errors in this price."
)
BAR_WIDTH = 20  # columns of a terminal


def decompositions(results: Sequence[Decomposition], _: bool) -> list[Block]:
    """A page for each of up to MAX_PAGES results, one table for more; then holdings, the method and the warnings."""
    parts: list[Block] = []
    if len(results) > MAX_PAGES:
        intervals = [only_on_pages(["intervals"])] if any(result.intervals for result in results) else []
        parts += [_overview(results), *intervals, BLANK]
        if any(result.active for result in results):
            from factorcli.render.decisions.active import actives

            parts += actives(results)
    else:
        for result in results:
            parts += [*_page(result), BLANK]
    if any(result.portfolio for result in results):
        from factorcli.render.portfolios import holdings

        parts += holdings(results, day(results[0].frequency))
    risk = RISK.format(loss=LOSSES[period(results[0].frequency)])
    parts += [
        line(risk),
        *(
            []
            if len(results) > MAX_PAGES
            else [line(OUTSIDE.format(days=f"{day(results[0].frequency)}s".capitalize()))]
        ),
        BLANK,
    ]
    first = results[0]
    model = f"{model_line(first.model, first.data.source, first.as_of, first.frequency)} {METHODS[first.method]}."
    return [*parts, line(model, style=DIM_STYLE), *warning_lines(results)]


def _page(result: Decomposition) -> list[Block]:
    page: list[Block] = [
        line(Span(result.ticker, "bold"), "  ", about(result.name, result.sector)),
        *_answer(result),
        line(
            f"{count(result.window, period(result.frequency))} to {result.as_of} · "
            f"{result.observations} returns · the factors explain "
            f"{percent(result.systematic)} of the variance{_bounds(result)}"
        ),
        BLANK,
        shares(result),
        BLANK,
        line(losses(result)),
        BLANK,
        line("Attribution of the excess return", style="bold"),
        returns(result),
    ]
    if result.active is not None:
        from factorcli.render.decisions.active import active

        page += [BLANK, *active(result.active)]
    return page


def _answer(result: Decomposition) -> list[Block]:
    """What a portfolio lost on its worst days, and which holding its risk is of."""
    if result.portfolio is None:
        return []
    from factorcli.render.portfolios import sentences, worst_days

    found = (*worst_days(result, day(result.frequency)), *sentences(result.portfolio, result.volatility))
    return [*map(line, found), BLANK]


def shares(result: Decomposition) -> Grid:
    """The share of each factor in the variance, the volatility and the losses, then the totals."""
    found = {**result.contributions, "idiosyncratic": result.idiosyncratic}
    largest = max(map(abs, found.values())) or 1.0
    volatilities = [result.standalone_volatility.get(code) for code in found]
    standalone = ["" if v is None else percent(v) for v in [*volatilities, None]]
    return Grid(
        [
            Column("source of risk", [*found, "total"], left=True, style="bold"),
            Column("share of variance", [*(_share(share) for share in found.values()), "100.0%"]),
            *_intervals(result),
            Column("", [*(_bar(share / largest) for share in found.values()), ""], need=2, left=True),
            Column(
                "volatility",
                [
                    *(percent(result.volatility_points[code], signed=True) for code in found),
                    percent(result.volatility),
                ],
            ),
            Column("standalone", standalone, need=2, style=DIM_STYLE),
            *(
                Column(
                    title,
                    [*(percent(risk.contributions[c], 2, signed=True) for c in found), percent(risk.total, 2)],
                    need=need,
                )
                for title, risk, need in (
                    ("VaR 95%", result.value_at_risk, 3),
                    ("ES 95%", result.expected_shortfall, 4),
                )
            ),
        ],
        frozenset([len(result.contributions) - 1, len(found) - 1]),
    )


def losses(result: Decomposition) -> str:
    """The normal and the historical losses: at 80 columns the table has no room for the normal ones."""
    risk, of_return = result.historical, period(result.frequency)
    days = count(risk.days, day(result.frequency))
    return (
        f"{LOSSES[of_return].capitalize()} loss: VaR 95% {percent(result.value_at_risk.total, 2)} normal, "
        f"{percent(risk.value_at_risk, 2)} historical; ES 95% {percent(result.expected_shortfall.total, 2)} normal, "
        f"{percent(risk.expected_shortfall, 2)} historical ({days}, {risk.worse_days} of them at or below the "
        "historical VaR)"
    )


def returns(result: Decomposition) -> Grid:
    """The attribution of the window's excess return: daily sums, and linked to the compounded return."""
    parts = {ATTRIBUTIONS[name]: part for name, part in result.attribution.items()}
    return Grid(
        [
            Column(
                "source of return",
                ["alpha", *result.contributions, *(text.format(day(result.frequency)) for text in REST), "total"],
                left=True,
                style="bold",
            ),
            *(
                Column(
                    title,
                    [
                        percent(value, 2, signed=True)
                        for value in (
                            part.alpha,
                            *part.factors.values(),
                            *(part.residual, part.excluded, part.jumps),
                            part.total,
                        )
                    ],
                )
                for title, part in parts.items()
            ),
        ],
        frozenset([len(result.contributions) + len(REST)]),
    )


def _bounds(result: Decomposition) -> str:
    return f" (95% interval {_range(result.intervals.r_squared)})" if result.intervals else ""


def _intervals(result: Decomposition) -> list[Column]:
    if result.intervals is None:
        return []
    bounds = [*result.intervals.contributions.values(), result.intervals.idiosyncratic]
    return [Column("95% interval", [*map(_range, bounds), ""], need=1)]


def _range(bounds: "Interval") -> str:
    return f"{percent(bounds.low, signed=True)} to {percent(bounds.high, signed=True)}"


def _share(share: float) -> Span:
    return Span(percent(share, signed=True), NEGATIVE_STYLE if share < 0 else "")


def _bar(size: float) -> Span:
    """A bar of |size| ≤ 1; a hedge is hollow, so that it shows without colour."""
    length = round(abs(size) * BAR_WIDTH)
    return Span("░" * length, NEGATIVE_STYLE) if size < 0 else Span("█" * length, POSITIVE_STYLE)


def _overview(results: Sequence[Decomposition]) -> Grid:
    from factorcli.render.portfolios import called

    codes = tuple(results[0].contributions)
    return Grid(
        [
            *called(results, need=3),
            *(Column(code, [_share(r.contributions[code]) for r in results]) for code in codes),
            Column("residual", [percent(r.idiosyncratic) for r in results]),
            Column("volatility", [percent(r.volatility) for r in results]),
            Column("n", [str(r.observations) for r in results], need=1),
            Column("notes", [warning_codes(w) for w in own_warnings(results)], need=2, left=True),
        ]
    )
