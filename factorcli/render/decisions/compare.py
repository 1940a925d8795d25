"""How the exposures of two subjects differ: a page for each of a few pairs, one table for many."""

import math
from collections.abc import Sequence

from factorcli.render.decisions.changes import (
    ONE_FACTOR,
    bounds,
    digits_of,
    is_significant,
    joint_line,
    starred,
    surest,
)
from factorcli.render.decisions.subject import called
from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line
from factorcli.render.text import (
    DIM_STYLE,
    LEGEND,
    MAX_PAGES,
    about,
    count,
    model_line,
    number,
    own_warnings,
    p_value,
    period,
    signed,
    stars,
    warning_codes,
    warning_lines,
)
from factorcli.results.beta import Estimate
from factorcli.results.compare import CompareResult


def compare(results: Sequence[CompareResult], _: bool) -> list[Block]:
    """The answer, the differences with their intervals, the joint test; then the model and the warnings."""
    if len(results) > MAX_PAGES:
        first = line(f"Betas of {called(results[0])} less those of each other; a positive number is more exposure.")
        parts: list[Block] = [first, BLANK, _table(results), BLANK]
    else:
        parts = [block for result in results for block in [*_page(result), BLANK]]
    shown = results[0]
    text = f"{model_line(shown.model, shown.data.source, shown.as_of, shown.frequency)} {LEGEND}."
    return [*parts, line(text, style=DIM_STYLE), *warning_lines(results)]


def answer(result: CompareResult) -> list[str]:
    """In plain words, and whether it may be chance; a sentence a line."""
    mine, other, market = called(result), result.against, result.market_difference
    size = number(abs(market.estimate), signed=False)
    if is_significant(market.p_value):
        more = "more" if market.estimate > 0 else "less"
        low, high = (number(bound) for bound in (market.ci_low, market.ci_high))
        said = [
            f"When the market moved by 1%, {mine} moved by {size}% {more} than {other} on average (95% interval of the "
            f"difference {low}% to {high}%)."
        ]
    else:
        said = [
            f"Which of {mine} and {other} moves more with the market is not sure: their betas differ by "
            f"{number(market.estimate)} (95% interval {bounds(market, 2)}), which is not significant at 5%."
        ]
    sure = [code for code in surest(result.differences) if is_significant(result.differences[code].p_value)]
    said += [_sentence(result, code) for code in sure]
    joint = result.joint_test.p_value
    if math.isfinite(joint):
        verdict = "significant" if is_significant(joint) else "not significant"
        said.append(f"Together the differences are {verdict} at 5% (p {p_value(joint)}).")
    return said


def _sentence(result: CompareResult, code: str) -> str:
    found = result.differences[code]
    digits = digits_of(found)
    size = number(abs(found.estimate), digits, signed=False)
    return (
        f"Its beta to {code} is {size} {'higher' if found.estimate > 0 else 'lower'} (95% interval of the difference "
        f"{bounds(found, digits)})."
    )


def _page(result: CompareResult) -> list[Block]:
    unit, mine, other = period(result.frequency), called(result), result.against
    test = joint_line("all differences", result.joint_test)
    return [
        line(Span(result.ticker, "bold"), "  ", about(result.name, result.sector), "  against  ", Span(other, "bold")),
        *map(line, answer(result)),
        line(f"{count(result.window, unit)} to {result.as_of} · {count(result.observations, unit)} in common"),
        BLANK,
        _differences(result, f"{mine} − {other}"),
        BLANK,
        *([line(test)] if test else []),
        line(
            f"Correlation of the returns {number(result.correlation)}; of what the factors leave unexplained "
            f"{number(result.residual_correlation)}"
        ),
    ]


def _differences(result: CompareResult, heading: str) -> Grid:
    rows: list[tuple[str, Estimate]] = [(ONE_FACTOR, result.market_difference), *result.differences.items()]
    found = [(one, digits_of(one)) for _, one in rows]
    return Grid(
        [
            Column("factor", [name for name, _ in rows], left=True, style="bold"),
            Column(heading, [signed(one.estimate, one.p_value, digits) for one, digits in found]),
            Column("", [stars(one.p_value) for one, _ in found], left=True),
            Column("95% interval", [bounds(one, digits) for one, digits in found], need=1),
            Column("t", [number(one.t_stat) for one, _ in found], need=3),
            Column("p", [p_value(one.p_value) for one, _ in found], need=2),
        ],
        frozenset([0]),
    )


def _table(results: Sequence[CompareResult]) -> Grid:
    codes = tuple(results[0].differences)
    return Grid(
        [
            Column("less those of", [one.against for one in results], left=True, style="bold"),
            Column("β (1F)", [starred(one.market_difference) for one in results]),
            *(Column(code, [starred(one.differences[code], code) for one in results]) for code in codes),
            Column("joint p", [p_value(one.joint_test.p_value) for one in results], need=1),
            Column("correlation", [number(one.correlation) for one in results], need=2),
            Column("of residuals", [number(one.residual_correlation) for one in results], need=3),
            Column("n", [str(one.observations) for one in results], need=4),
            Column("notes", [warning_codes(found) for found in own_warnings(results)], need=5, left=True),
        ]
    )
