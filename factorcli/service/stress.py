"""The use cases of stress: shocks to factors, and episodes of the past."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from factorcli.errors import DataError, InvalidOption
from factorcli.markets.episodes import Episodes
from factorcli.model.shocks import Scenario
from factorcli.model.specification import Specification
from factorcli.portfolio.request import Request
from factorcli.results.batch import Batch, Failure
from factorcli.results.episode import Episode, EpisodeResult
from factorcli.results.stress import StressResult
from factorcli.service.context import Context
from factorcli.service.subjects import SubjectService

if TYPE_CHECKING:
    from factorcli.decisions.subject import Subject

SOME_FAILED = 3  # the exit status of results and failures


@dataclass(frozen=True)
class StressService:
    """Answers about shocks and episodes."""

    context: Context

    def stress(self, request: Request, spec: Specification, scenario: Scenario) -> Batch[StressResult]:
        """What a scenario would change of each subject. Raises InvalidOption for shocks that the model cannot have."""
        scenario.sizes(self.context.model)

        def view(subject: "Subject") -> list[StressResult]:
            from factorcli.decisions.stress import stress

            return [stress(subject, scenario)]

        return SubjectService(self.context).each(request, spec, view)

    def episodes(
        self, request: Request, spec: Specification, names: Sequence[str] | None = None
    ) -> Batch[EpisodeResult]:
        """What each subject did in each episode, in the order given; None: in every known one that has prices.

        The day of betas and weights does not end an episode. One that is named and has no prices is among the
        failures. Raises InvalidOption without an episode or for one that is not known, InvalidDate for days that cannot
        be.
        """
        wanted = self._wanted([one.name for one in self._known.known] if names is None else names)
        lost = list[Failure]()

        def view(subject: "Subject") -> list[EpisodeResult]:
            from factorcli.decisions.episode import Stocks, episode

            stocks, market = Stocks.of(subject), self.context.open_market()
            found, errors = list[EpisodeResult](), list[DataError]()
            for one in wanted:
                try:
                    found.append(episode(subject, stocks, one, market.history(stocks.columns, one.start, one.end)))
                except DataError as error:
                    errors.append(error)
            if not found:
                raise errors[0]
            if names is None:
                return found
            lost.extend(Failure(subject.ticker, error.code, str(error)) for error in errors)
            return found

        answered = SubjectService(self.context).each(request, spec, view)
        if not lost:
            return answered
        return replace(answered, failures=(*answered.failures, *lost), exit_code=answered.exit_code or SOME_FAILED)

    def known(self) -> Batch[Episode]:
        """The episodes of the market, in order of time."""
        return Batch(self._known.known)

    @property
    def _known(self) -> Episodes:
        return Episodes.load(self.context.model.market)

    def _wanted(self, names: Sequence[str]) -> list[Episode]:
        if isinstance(names, str) or not names:
            raise InvalidOption("No episode is given: name one, or write its first and last day.")
        known, today = self._known, self.context.clock.now().date()
        return list({(one.start, one.end): one for one in (known.find(name, today) for name in names)}.values())
