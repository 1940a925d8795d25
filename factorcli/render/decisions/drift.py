"""What changed between two windows: a page for each of a few results, one table for many."""

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
from factorcli.render.decisions.subject import called, named
from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line
from factorcli.render.text import (
    DIM_STYLE,
    LEGEND,
    MAX_LISTED,
    MAX_PAGES,
    SIGNIFICANCE_LEVEL,
    about,
    count,
    listed,
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
from factorcli.results.drift import Change, DriftResult

MAX_ROWS = 20  # on a terminal, where no more have drifted
MAX_TOLD = 2  # changes that have a sentence each
YEAR, MONTH = (350, 380), 30.44  # calendar days
Q_VALUE = "q is the p-value after the correction for that many results (Benjamini & Hochberg)."


def drift(results: Sequence[DriftResult], terminal: bool) -> list[Block]:
    """The answer, the changes with their intervals, the joint test; then the model and the warnings."""
    if len(results) > MAX_PAGES:
        parts: list[Block] = [*map(line, _summary(results)), BLANK, *_table(results, terminal), BLANK]
    else:
        parts = [block for result in results for block in [*_page(result, len(results)), BLANK]]
    first = results[0]
    text = f"{model_line(first.model, first.data.source, first.as_of, first.frequency)} {LEGEND}."
    if len(results) > 1:
        text += f" {Q_VALUE}"
    return [*parts, line(text, style=DIM_STYLE), *warning_lines(results)]


def answer(result: DriftResult) -> list[str]:
    """In plain words, and whether it may be chance; a sentence a line."""
    name, ago, sure, test = called(result), _ago(result), _sure(result), result.joint_test
    told = [_sentence(result, code) for code in sure[:MAX_TOLD]]
    if more := sure[MAX_TOLD:]:
        told.append(f"Of the other changes {'that' if len(more) == 1 else 'those'} of {listed(more)} "
                    f"{'is' if len(more) == 1 else 'are'} significant, too.")  # fmt: skip
    if not math.isfinite(test.p_value):
        return [*told, f"There is no joint test of the changes of {name}."]
    joint = f"(joint p {p_value(test.p_value)})"
    if is_significant(test.p_value):
        if told:
            return [*told, f"Together the changes are significant at 5% {joint}."]
        return [f"The exposures of {name} are not what they were {ago}, though no single change is sure {joint}."]
    if not sure:
        return [f"No change is significant at 5%: the exposures of {name} are not surely other than {ago} {joint}."]
    chance = f"by itself is, which happens by chance among {len(result.changes) + 1} betas"
    return [
        f"Together the changes of {name} since {result.from_as_of} are not significant at 5% {joint}.",
        f"The change of {listed(sure)} {chance}." if len(sure) == 1 else f"Each of {listed(sure)} {chance}.",
    ]


def _sure(result: DriftResult) -> list[str]:
    """The betas whose change is significant by itself: that of the one-factor model, then the surest first."""
    found = [code for code in surest(result.changes) if is_significant(result.changes[code].p_value)]
    return [ONE_FACTOR, *found] if is_significant(result.market.p_value) else found


def _sentence(result: DriftResult, code: str) -> str:
    change = result.market if code == ONE_FACTOR else result.changes[code]
    digits = digits_of(change, change.before, change.after)
    before, after, size = (number(value, digits) for value in (change.before, change.after, change.estimate))
    return (
        f"{called(result)} {_direction(change, _name_of(code), _ago(result))}: {before} → {after}, a change of {size} "
        f"(95% interval {bounds(change, digits)})."
    )


def _name_of(code: str) -> str:
    return "the market" if code == ONE_FACTOR else code


def _direction(change: Change, factor: str, ago: str) -> str:
    if change.before * change.after < 0:
        sides = ("negatively", "positively") if change.after < 0 else ("positively", "negatively")
        return f"is now exposed to {factor} {sides[0]}, and was {sides[1]} {ago}"
    more = "more" if abs(change.after) > abs(change.before) else "less"
    return f"is now {more} exposed to {factor} than {ago}"


def _ago(result: DriftResult) -> str:
    days = (result.to_as_of - result.from_as_of).days
    if YEAR[0] <= days <= YEAR[1]:
        return "a year ago"
    months = max(1, round(days / MONTH))
    return "a month ago" if months == 1 else f"{months} months ago"


def _page(result: DriftResult, tested: int) -> list[Block]:
    test = joint(result)
    q_value = f", q {p_value(result.joint_test.q_value)}" if tested > 1 and test else ""
    return [
        line(Span(result.ticker, "bold"), "  ", about(result.name, result.sector)),
        *map(line, answer(result)),
        line(windows(result)),
        BLANK,
        changes(result, tested),
        BLANK,
        *(line(text) for text in (f"{test}{q_value}", overlap(result)) if text),
    ]


def windows(result: DriftResult) -> str:
    """Which windows are compared."""
    window = count(result.window, period(result.frequency))
    return f"{window} to {result.to_as_of} (after), against those to {result.from_as_of} (before)"


def joint(result: DriftResult) -> str:
    """The joint test of all changes; empty where there is none."""
    return joint_line("all changes", result.joint_test)


def overlap(result: DriftResult) -> str:
    """That the windows share days, in a sentence; empty where they do not."""
    shared = max(0, result.window - result.shift)
    return (
        f"The two windows share {count(shared, period(result.frequency))}, which the errors allow for."
        if shared
        else ""
    )


def changes(result: DriftResult, tested: int) -> Grid:
    """The one-factor beta, then the factors, the surest first."""
    order = [*surest(result.changes), *(c for c in result.changes if not math.isfinite(result.changes[c].p_value))]
    rows = [(ONE_FACTOR, result.market), *((code, result.changes[code]) for code in order)]
    found = [(one, digits_of(one, one.before, one.after)) for _, one in rows]
    q_values = [Column("q", [p_value(one.q_value) for one, _ in found], need=1)] if tested > 1 else []
    return Grid(
        [
            Column("factor", [name for name, _ in rows], left=True, style="bold"),
            Column("before", [number(one.before, digits) for one, digits in found]),
            Column("after", [number(one.after, digits) for one, digits in found]),
            Column("change", [signed(one.estimate, one.p_value, digits) for one, digits in found]),
            Column("", [stars(one.p_value) for one, _ in found], left=True),
            Column("95% interval", [bounds(one, digits) for one, digits in found], need=1),
            Column("t", [number(one.t_stat) for one, _ in found], need=3),
            Column("p", [p_value(one.p_value) for one, _ in found], need=2),
            *q_values,
        ],
        frozenset([0]),
    )


def _summary(results: Sequence[DriftResult]) -> list[str]:
    """How many have drifted, and how many would seem to by chance."""
    first = results[0]
    drifted = [called(one) for one in results if is_significant(one.joint_test.q_value)]
    tested = sum(math.isfinite(one.joint_test.p_value) for one in results)
    chance = SIGNIFICANCE_LEVEL * tested
    expected = number(chance, 0 if chance >= 1 else 1, signed=False)
    likely = sum(is_significant(one.joint_test.p_value) for one in results)
    named = f": {listed(drifted)}" if 0 < len(drifted) <= MAX_LISTED else ""
    verb = "has" if len(drifted) == 1 else "have"
    some = f"{len(drifted)} of {len(results)} {verb} drifted" if drifted else f"None of {len(results)} has drifted"
    return [
        f"{some} since the window to {first.from_as_of} (joint q below 5%){named}.",
        f"{likely} have a joint p below 5%; chance alone would give about {expected} of {tested}.",
    ]


def _table(results: Sequence[DriftResult], terminal: bool) -> list[Block]:
    """A row a result; on a terminal those that have drifted, or MAX_ROWS."""
    drifted = sum(is_significant(one.joint_test.q_value) for one in results)
    shown = results[: max(drifted, MAX_ROWS)] if terminal else results
    more = len(results) - len(shown)
    rest = [BLANK, line(f"{more} more, less sure; the JSON output has all.", style=DIM_STYLE)] if more else []
    codes = tuple(results[0].changes)
    return [
        Grid(
            [
                *named(shown, need=len(codes) + 3),
                Column("surest change", [_surest(one) for one in shown], left=True),
                Column("joint p", [p_value(one.joint_test.p_value) for one in shown]),
                Column("q", [p_value(one.joint_test.q_value) for one in shown]),
                Column("Δβ (1F)", [starred(one.market) for one in shown], need=1),
                *(
                    Column(f"Δ{code}", [starred(one.changes[code], code) for one in shown], need=2 + place)
                    for place, code in enumerate(codes)
                ),
                Column(
                    "notes",
                    [warning_codes(w) for w in own_warnings(results)[: len(shown)]],
                    need=len(codes) + 2,
                    left=True,
                ),
            ]
        ),
        *rest,
    ]


def _surest(result: DriftResult) -> str:
    """`SZ +0.62 → +0.21`."""
    code = next(iter(surest(result.changes)), None)
    if code is None:
        return "–"
    change = result.changes[code]
    digits = digits_of(change, change.before, change.after)
    return f"{code} {number(change.before, digits)} → {number(change.after, digits)}"
