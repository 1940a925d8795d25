"""What a report answers about a subject besides its exposures, from the subject's own fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from factorcli.decisions.drift import Drifts, with_q_values
from factorcli.decisions.episode import Stocks, episode
from factorcli.decisions.hedge import Hedging, hedge
from factorcli.decisions.stress import stress
from factorcli.decisions.subject import Subject
from factorcli.errors import DataError, FactorError
from factorcli.model.drift import Distance, refuse_classical
from factorcli.model.shocks import Scenario
from factorcli.ports import PriceHistory
from factorcli.results.decisions import Decisions
from factorcli.results.drift import DriftResult
from factorcli.results.episode import Episode, EpisodeResult

R = TypeVar("R")


@dataclass(frozen=True)
class Questions:
    """What a report asks about each subject.

    episodes: those of the market, in order of time; distance: between the windows of the drift; history: the prices of
    some columns from one day to another, as `ports.MarketData.history` has them.
    """

    scenario: Scenario
    episodes: Sequence[Episode]
    distance: Distance
    history: Callable[[Sequence[str], date, date], PriceHistory]


def decisions(subject: Subject, asked: Questions) -> Decisions:
    """The answers about a subject, whose window has all sessions; what raises a FactorError is unavailable.

    A portfolio is hedged with the first ticker beside it.
    """
    reasons: dict[str, str] = {}

    def tried(name: str, ask: Callable[[], R]) -> R | None:
        try:
            return ask()
        except FactorError as error:
            reasons[name] = str(error)
            return None

    return Decisions(
        stress=tried("stress", lambda: stress(subject, asked.scenario)),
        episodes=tried("episodes", lambda: _episodes(subject, asked)),
        drift=tried("drift", lambda: _drift(subject, asked.distance)),
        hedge=None if subject.held is None else tried("hedge", lambda: hedge(subject, Hedging(1))),
        unavailable=reasons,
    )


def _episodes(subject: Subject, asked: Questions) -> tuple[EpisodeResult, ...]:
    """The episodes with prices of the market. Raises DataError where none has."""
    stocks, found = Stocks.of(subject), list[EpisodeResult]()
    for one in asked.episodes:
        try:
            history = asked.history(stocks.columns, one.start, one.end)
        except DataError:
            continue
        found.append(episode(subject, stocks, one, history))
    if not found:
        market = subject.fitted.model.market.id
        known = (
            f"none of the {len(asked.episodes)} episodes of the past" if asked.episodes else "no episode of the past"
        )
        source = subject.fitted.origin.source
        text = f"{source} has prices of {known}." if asked.episodes else f"There is {known} of the market {market}."
        raise DataError(text)
    return tuple(found)


def _drift(subject: Subject, distance: Distance) -> DriftResult:
    """The drift of one subject, whose q-values are those of a question about it alone."""
    refuse_classical(subject.fitted.spec.covariance)
    (found,) = with_q_values([Drifts(subject.fitted.of([subject.i]), distance).result(subject, 0)])
    return found
