"""Sections of a page about what a reader decides: what it could lose, whether it has changed, its like, its hedge."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from factorcli.render.charts.extras import Extras
from factorcli.render.decisions import drift, episodes, hedge, peers, stress
from factorcli.render.layout import Grid, Line
from factorcli.render.report.parts import Items, Part, Section, Table, Text
from factorcli.render.report.quality import sentence
from factorcli.render.report.sentences import market_name
from factorcli.render.text import count, period
from factorcli.results.drift import DriftResult
from factorcli.results.episode import EpisodeResult
from factorcli.results.hedge import HedgeResult
from factorcli.results.peers import PeersResult
from factorcli.results.report import STOCK, Report
from factorcli.results.stress import StressResult
from factorcli.results.warnings import ResultWarning

NOT_ESTIMATED = "Not answered: what could be lost, and what has changed, are estimated by ordinary least squares only."
NO_HEATMAP = "No stocks like it are shown: there is no heatmap of this window and model to seek them in."
DATES = ("from", "to", "on")  # columns of episodes
WITHOUT = {
    "stress": "What it could lose is not known: {why}",
    "episodes": "What it did in the past is not known: {why}",
    "drift": "Whether it has changed is not known: {why}",
    "peers": "Which stocks are like it is not known: {why}",
    "hedge": "How to hedge it is not known: {why}",
}

Drawn = Callable[[Sequence[object], str], list[Part]]


def sections(report: Report, extras: Extras, anchor: str, drawn: Drawn) -> Iterator[Section]:
    """The sections of a stock or portfolio; a part that could not be had is a sentence that says why."""
    beta = report.beta
    known = () if beta is None else beta.warnings
    if report.stress is None and not report.unavailable:
        yield Section(f"{anchor}-loss", "What it could lose", [Text(NOT_ESTIMATED)])
        return
    why = report.unavailable or {}
    yield Section(
        f"{anchor}-loss",
        "What it could lose",
        [
            *(_without("stress", why) if report.stress is None else _stress(report.stress, extras, drawn, known)),
            *(_without("episodes", why) if not report.episodes else _episodes(report.episodes, known)),
        ],
    )
    yield Section(
        f"{anchor}-drift",
        "Has it changed",
        [*(_without("drift", why) if report.drift is None else _drift(report.drift, extras, drawn, known))],
    )
    if report.kind == STOCK:
        found = report.peers
        yield Section(
            f"{anchor}-peers", "Stocks like it", [*(_without("peers", why) if found is None else _peers(found, known))]
        )
    elif report.hedge is not None or "hedge" in why:
        yield Section(f"{anchor}-hedge", "How to hedge it", [
            *(_without("hedge", why) if report.hedge is None else _hedge(report.hedge, extras, known))])  # fmt: skip


def _without(name: str, why: Mapping[str, str]) -> Iterator[Part]:
    if name in why:
        yield Text(WITHOUT[name].format(why=why[name]))
    elif name == "peers":
        yield Text(NO_HEATMAP)


def _stress(result: StressResult, extras: Extras, drawn: Drawn, known: Sequence[ResultWarning]) -> Iterator[Part]:
    """The answer, how sure it is, the picture, and what it is made of."""
    yield Text(f"{stress.headline(result)}.")
    yield Text(" ".join([stress.how_sure(result), *stress.by_down_beta(result)]))
    yield from drawn([result], "stress")
    yield Table(
        _labelled(_titled(stress.factors(result), "which is"), extras, "name"),
        "What each factor would do, and what that would change",
    )
    yield Text(stress.uncertainty(result))
    if result.holdings is not None:
        yield Table(stress.holdings(result), f"Holdings in that case: {stress.HOLDINGS}")
    yield Text(f"{stress.MEANING[result.others]} {stress.LIMITS}", quiet=True)
    yield from _warnings(result.warnings, known)


def _episodes(results: Sequence[EpisodeResult], known: Sequence[ResultWarning]) -> Iterator[Part]:
    """The worst episode in a sentence, then all of them: what it did beside what its betas say."""
    yield Text("".join(episodes.worst(results)))
    yield Table(
        _with_whole_dates(episodes.grid(results, subjects=False)),
        "Episodes of the past: what it did (own), and what its betas of today say (model)",
    )
    yield Text(f"{sentence(episodes.METHOD)}", quiet=True)
    yield from _warnings([warning for result in results for warning in result.warnings], known)


def _drift(result: DriftResult, extras: Extras, drawn: Drawn, known: Sequence[ResultWarning]) -> Iterator[Part]:
    """The answer, the picture, and the changes with their tests."""
    yield Text(" ".join(drift.answer(result)))
    yield from drawn([result], "drift")
    yield Table(_labelled(drift.changes(result, 1), extras), f"What changed: betas of {drift.windows(result)}")
    told = [text for text in (drift.joint(result), drift.overlap(result)) if text]
    if told:
        yield Text(" ".join(f"{text.rstrip('.')}." for text in told), quiet=True)
    yield from _warnings(result.warnings, known)


def _peers(result: PeersResult, known: Sequence[ResultWarning]) -> Iterator[Part]:
    """Which stocks are nearest and whether they can be told apart, then their betas."""
    yield Text(" ".join(_text(one) for one in peers.answer(result)))
    if result.peers:
        window = count(result.window, period(result.frequency))
        what = (
            f"The nearest of {count(result.compared, 'stock')}, {window} to {result.as_of}, betas in the basis residual"
        )
        yield Table(_titled(peers.table(result), "stock", "note"), what)
        yield Text(sentence(peers.METHOD), quiet=True)
    yield from _warnings(result.warnings, known)


def _hedge(result: HedgeResult, extras: Extras, known: Sequence[ResultWarning]) -> Iterator[Part]:
    """What to sell and what that does, whether it would have worked, and how sure the amounts are."""
    yield Text(hedge.headline(result))
    yield Text(" ".join([hedge.later(result), *map(_text, hedge.intervals(result))]))
    yield Table(
        hedge.instruments(result), "The hedge of least variance: money in it for one unit of money in the portfolio"
    )
    yield Table(_labelled(hedge.betas(result), extras), "What the hedge changes: betas without it and with it")
    meant = f"{result.instruments[0].ticker} stands for {market_name(extras)}."
    yield Text(f"{meant} {hedge.of_returns(result)} {hedge.LIMITS}", quiet=True)
    yield from _warnings(result.warnings, known)


def _warnings(found: Sequence[ResultWarning], known: Sequence[ResultWarning]) -> Iterator[Part]:
    """What is to be known of this answer, and not said of the exposures already."""
    if own := [one for one in dict.fromkeys(found) if one not in known]:
        yield Items([(one.code, sentence(one.text)) for one in own])


def _labelled(grid: Grid, extras: Extras, *dropped: str) -> Grid:
    """The factors of the first column by their names, and without columns that have no title or one of these."""
    first, *others = grid.columns
    names = [extras.label(cell if isinstance(cell, str) else cell.text) for cell in first.cells]
    kept = [column for column in others if column.title and column.title not in dropped]
    return Grid([replace(first, cells=names), *kept], grid.rules)


def _with_whole_dates(grid: Grid) -> Grid:
    """The grid with dates on one line, as cells that are not aligned to the left are."""
    columns = [replace(one, left=False) if one.title in DATES else one for one in grid.columns]
    return Grid(columns, grid.rules)


def _titled(grid: Grid, *titles: str) -> Grid:
    """The grid whose columns without a title have these, from left to right; empty columns are left out."""
    given = iter(titles)
    columns = [column if column.title else replace(column, title=next(given)) for column in grid.columns]
    return Grid([column for column in columns if any(column.texts[1:])], grid.rules)


def _text(line: Line) -> str:
    return "".join(span.text for span in line)
