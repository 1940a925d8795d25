"""Episodes of the past: what a holding of today did in them, and what its betas say."""

from collections.abc import Sequence
from itertools import groupby

from factorcli.render.decisions.subject import whose
from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line
from factorcli.render.text import (
    DIM_STYLE,
    MAX_PAGES,
    NEGATIVE_STYLE,
    POSITIVE_STYLE,
    about,
    model_line,
    percent,
    warning_lines,
)
from factorcli.results.beta import PORTFOLIO
from factorcli.results.episode import Episode, EpisodeResult
from factorcli.results.money import money

METHOD = (
    "own: today's weights on the stocks' own returns, from the last close before the first day to the last close by "
    "the last day, bought and held, with no session left out. model: today's betas on the factors' returns of those "
    "days, with the risk-free rate and without alpha; it also stands in for what was not listed then. Where the two "
    "differ, the stock's exposures were others then, or something of its own happened."
)
FACTORS = "What the factors did (MKT with the risk-free rate; a volatility index is a change of its level)"


def episodes(results: Sequence[EpisodeResult], _: bool) -> list[Block]:
    """The answer in a sentence and a table of episodes for each of up to MAX_PAGES subjects, one table for more.

    Then the factors, the method and the warnings.
    """
    subjects = [list(found) for _, found in groupby(results, key=lambda one: (one.ticker, one.name))]
    parts: list[Block] = []
    if len(subjects) > MAX_PAGES:
        parts += [grid(results, subjects=True), BLANK]
    else:
        for found in subjects:
            parts += [*_page(found), BLANK]
    first = results[0]
    model = model_line(first.factor_model, first.data.source, first.as_of, first.frequency)
    parts += [line(FACTORS), BLANK, _factors(results), BLANK, line(METHOD), BLANK, line(model, style=DIM_STYLE)]
    return [*parts, *warning_lines(results)]


def headline(result: EpisodeResult) -> str:
    """What happened, and what the betas say, in one sentence."""
    subject = whose(result.ticker, result.name)
    amount = ""
    if result.value_change is not None and result.currency is not None:
        amount = f", {money(abs(result.value_change), result.currency)} of what it is worth today"
    own = f"{'lost' if result.own < 0 else 'gained'} {percent(abs(result.own))}{amount}"
    days = f"{result.start} to {result.end}"
    when = f"From {days}" if ":" in result.episode else f"In {result.episode} ({days})"
    if result.ticker in result.missing:
        return f"{when} {subject} was not listed; by its betas it would have {own}"
    return f"{when} {subject} {own}; today's betas say {percent(result.model, signed=True)}"


def _page(results: Sequence[EpisodeResult]) -> list[Block]:
    first, (answer, among) = results[0], worst(results)
    return [
        line(Span(first.ticker, "bold"), "  ", about(first.name, first.sector)),
        line(Span(answer, "bold"), among),
        BLANK,
        grid(results, subjects=False),
    ]


def worst(results: Sequence[EpisodeResult]) -> tuple[str, str]:
    """The worst episode of one subject in a sentence, and that it is the worst, where there are others."""
    among = f" That is the worst of these {len(results)} episodes." if len(results) > 1 else ""
    return f"{headline(min(results, key=lambda one: one.own))}.", among


def grid(results: Sequence[EpisodeResult], *, subjects: bool) -> Grid:
    """A row a result; subjects: with whose it is."""
    replaced = [percent(r.replaced_weight, 0) if r.missing else "" for r in results]
    amounts = [money(r.value_change, r.currency) if r.value_change is not None and r.currency else "" for r in results]
    names = [(r.name or "") if r.ticker == PORTFOLIO else r.ticker for r in results]
    return Grid(
        [
            *([Column("whose", names, left=True, style="bold")] if subjects else []),
            Column("episode", [r.episode for r in results], left=True, style="bold"),
            Column("from", [str(r.start) for r in results], need=4, left=True),
            Column("to", [str(r.end) for r in results], need=4, left=True),
            Column("own", [_signed(r.own) for r in results]),
            *([Column("amount", amounts, need=1)] if any(amounts) else []),
            Column("model", [_signed(r.model) for r in results]),
            *([Column("stood in", replaced, need=2)] if any(replaced) else []),
            Column("largest fall", [percent(r.max_drawdown, signed=True) for r in results]),
            Column("worst day", [percent(r.worst_day.change, signed=True) for r in results]),
            Column("on", [str(r.worst_day.date) for r in results], need=3, left=True),
        ]
    )


def _factors(results: Sequence[EpisodeResult]) -> Grid:
    """The factors' returns, a row an episode."""
    found = list({one.episode: one for one in results}.values())
    return Grid(
        [
            Column("episode", [one.episode for one in found], left=True, style="bold"),
            *(
                Column(code, [percent(one.factor_returns[code], signed=True) for one in found])
                for code in found[0].factor_returns
            ),
        ]
    )


def _signed(value: float) -> Span:
    return Span(percent(value, signed=True), NEGATIVE_STYLE if value < 0 else POSITIVE_STYLE)


def known(results: Sequence[Episode], _: bool) -> list[Block]:
    """The episodes that have a name, each with what happened below it."""
    parts: list[Block] = []
    for one in results:
        parts += [line(Span(one.name, "bold"), f"  {one.start} to {one.end}"), line(f"  {one.note}")]
    return parts
