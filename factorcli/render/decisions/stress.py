"""Shocks to factors: what would be lost or gained, how sure that is, and which factors and holdings it comes from."""

from collections.abc import Mapping, Sequence
from math import fsum

from factorcli.render.decisions.subject import named, whose
from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line
from factorcli.render.text import (
    DIM_STYLE,
    MAX_PAGES,
    NEGATIVE_STYLE,
    POSITIVE_STYLE,
    ROUNDING,
    about,
    count,
    day,
    listed,
    model_line,
    number,
    own_warnings,
    percent,
    period,
    warning_codes,
    warning_lines,
)
from factorcli.results.money import money
from factorcli.results.stress import StressResult

MEANING = {
    "conditional": "The other factors move as they did on average when these moved so (their mean given the shock). "
    "The change is the sum of beta × move, without alpha; its interval allows for the moves of the other factors "
    "around their mean, for the errors of the betas and for what no factor explains.",
    "zero": "The other factors do not move. The change is the sum of beta × move, without alpha; its interval allows "
    "for the errors of the betas and for what no factor explains.",
}
HOLDINGS = "the change of each, and weight × change, its part of the portfolio's"
LIMITS = "It does not allow for betas that change in a crisis, for jumps, liquidity or margin calls."
SURE, UNSURE = (
    "The whole interval is {side}: in about 95 of 100 such cases the change is within it.",
    "The interval contains zero: a {opposite} is possible, too.",
)


def stresses(results: Sequence[StressResult], _: bool) -> list[Block]:
    """A page for each of up to MAX_PAGES results, one table for more; then the method and the warnings."""
    parts: list[Block] = []
    if len(results) > MAX_PAGES:
        parts += [line(f"If {scenario(results[0])}, these would be expected to change by:"), BLANK, _overview(results)]
        parts += [BLANK]
    else:
        for result in results:
            parts += [*_page(result), BLANK]
    first = results[0]
    model = model_line(first.model, first.data.source, first.as_of, first.frequency)
    parts += [line(f"{MEANING[first.others]} {LIMITS}"), BLANK, line(model, style=DIM_STYLE)]
    return [*parts, *warning_lines(results)]


def scenario(result: StressResult) -> str:
    """`MKT (Nifty 50) falls 10% and VOL (India VIX) rises 30% over 21 sessions`."""
    moves = [
        f"{_named(code, result.factor_names)} {'falls' if size < 0 else 'rises'} {_size(code, size, result)}"
        for code, size in result.shocks.items()
    ]
    return f"{listed(moves)} over {count(result.horizon, period(result.frequency))}"


def headline(result: StressResult) -> str:
    """The answer in one sentence, in per cent and, where it is known, in money."""
    amount = ""
    if result.value is not None and result.value_change is not None and result.currency is not None:
        whole = money(result.value, result.currency)
        amount = f", about {money(abs(result.value_change), result.currency)} of {whole}"
    bounds = f"95% interval {percent(result.ci_low, signed=True)} to {percent(result.ci_high, signed=True)}"
    subject = whose(result.ticker, result.name)
    return f"If {scenario(result)}, {subject} would be expected to {_verb(result.change)}{amount} ({bounds})"


def _named(code: str, names: Mapping[str, str]) -> str:
    name = names.get(code, code)
    return code if name == code else f"{code} ({name})"


def _size(code: str, size: float, result: StressResult) -> str:
    return f"{abs(size):g} points" if code in result.in_points else f"{abs(size) * 100:.6g}%"


def _verb(change: float) -> str:
    if percent(change) in ("0.0%", "–"):
        return "change by 0.0%"
    return f"{'lose' if change < 0 else 'gain'} {percent(abs(change))}"


def _page(result: StressResult) -> list[Block]:
    described = about(result.name, result.sector)
    parts: list[Block] = [
        line(Span(result.ticker, "bold"), "  ", described),
        line(Span(f"{headline(result)}.", "bold")),
        line(how_sure(result)),
    ]
    parts += map(line, by_down_beta(result))
    parts += [BLANK, factors(result), BLANK, line(uncertainty(result))]
    if result.holdings is None:
        return parts
    return [*parts, BLANK, line(Span("Holdings", "bold"), f": {HOLDINGS}"), BLANK, holdings(result)]


def by_down_beta(result: StressResult) -> list[str]:
    """The change by the down beta in a sentence, where there is one."""
    if result.down_beta_change is None:
        return []
    change, when = percent(result.down_beta_change, signed=True), f"{day(result.frequency)}s"
    return [f"By the beta of the {when} on which the market fell (down β), the change would be {change}."]


def how_sure(result: StressResult) -> str:
    """What the interval says."""
    if result.ci_low * result.ci_high > 0:
        return SURE.format(side="a loss" if result.change < 0 else "a gain")
    return UNSURE.format(opposite="gain" if result.change < 0 else "loss")


def uncertainty(result: StressResult) -> str:
    """The shares of the variance."""
    parts = result.variance
    total = fsum((parts.factors, parts.betas, parts.idiosyncratic))
    if not total > 0:
        return "The factors explain it wholly: the change is not uncertain."
    own, others, betas = (percent(part / total, 0) for part in (parts.idiosyncratic, parts.factors, parts.betas))
    moves = f", {others} the moves of the other factors," if result.others == "conditional" else ""
    return (
        f"Standard error {percent(total**0.5)}; of its square, {own} is what no factor explains{moves} and {betas} the "
        "errors of the betas."
    )


def factors(result: StressResult) -> Grid:
    """A row a factor: its move, whether that is the shock, its beta, and its part of the change."""
    codes = list(result.factor_moves)
    meant = "expected" if result.others == "conditional" else "no move"
    betas = result.response.betas
    return Grid(
        [
            Column("factor", [*codes, "total"], left=True, style="bold"),
            Column("name", [*(result.factor_names.get(code, "") for code in codes), ""], need=2, left=True),
            Column("move", [*(_move(code, result) for code in codes), ""]),
            Column("", [*("shock" if code in result.shocks else meant for code in codes), ""], left=True),
            Column("beta", [*(number(betas[code], 3 if abs(betas[code]) < 0.1 else 2) for code in codes), ""], need=1),
            Column("change", [*(_change(result.by_factor[code]) for code in codes), _change(result.change)]),
        ],
        frozenset([len(codes) - 1]),
    )


def _move(code: str, result: StressResult) -> str:
    move = result.factor_moves[code]
    return number(move) if code in result.in_points else percent(move, signed=True)


def _change(value: float) -> Span:
    return Span(percent(value, signed=True), NEGATIVE_STYLE if value < 0 else POSITIVE_STYLE if value > 0 else "")


def holdings(result: StressResult) -> Grid:
    """A row a holding, the largest losses to the portfolio first."""
    held = sorted(result.holdings or (), key=lambda one: one.weight * one.change)
    parts = [one.weight * one.change for one in held]
    cash = 1.0 - fsum(one.weight for one in held)
    names, weights, own = [one.ticker for one in held], [one.weight for one in held], [one.change for one in held]
    if abs(cash) > ROUNDING:
        names, weights, own, parts = [*names, "cash"], [*weights, cash], [*own, 0.0], [*parts, 0.0]
    amounts: list[Column] = []
    if result.value is not None and result.value_change is not None and result.currency is not None:
        whole = result.value
        cells = [money(amount, result.currency) for amount in (*(part * whole for part in parts), result.value_change)]
        amounts = [Column("amount", cells)]
    return Grid(
        [
            Column("holding", [*names, "total"], left=True, style="bold"),
            Column("weight", [*map(percent, weights), percent(1.0)]),
            Column("own change", [*map(_change, own), ""]),
            Column("of portfolio", [*map(_change, parts), _change(result.change)]),
            *amounts,
        ],
        frozenset([len(names) - 1]),
    )


def _overview(results: Sequence[StressResult]) -> Grid:
    """A row a result, portfolios by their files."""
    codes = list(results[0].by_factor)
    amounts = [_amount(r) for r in results]
    bounds = [f"{percent(r.ci_low, signed=True)} to {percent(r.ci_high, signed=True)}" for r in results]
    return Grid(
        [
            *named(results, need=4),
            Column("change", [_change(r.change) for r in results]),
            *([Column("amount", amounts, need=1)] if any(amounts) else []),
            Column("95% interval", bounds),
            Column("down β", [_optional(r.down_beta_change) for r in results], need=1),
            *(Column(code, [percent(r.by_factor[code], signed=True) for r in results], need=2) for code in codes),
            Column("notes", [warning_codes(w) for w in own_warnings(results)], need=3, left=True),
        ]
    )


def _amount(result: StressResult) -> str:
    known = result.value_change is not None and result.currency is not None
    return money(result.value_change or 0.0, result.currency or "") if known else ""


def _optional(value: float | None) -> str:
    return "" if value is None else percent(value, signed=True)
