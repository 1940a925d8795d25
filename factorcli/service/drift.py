"""Has the exposure of a stock, a portfolio or any stock of the universe changed?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from factorcli.errors import DataError, FactorError, HeatmapNotComputed, InvalidOption, InvalidSetting, UpstreamError
from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.drift import Distance, refuse_classical
from factorcli.model.specification import Specification
from factorcli.portfolio.request import Request
from factorcli.results.batch import Batch, Failure
from factorcli.results.drift import DriftResult
from factorcli.results.warnings import ResultWarning
from factorcli.service.context import Context
from factorcli.service.exposures import exit_status
from factorcli.service.members import noted, with_members
from factorcli.service.subjects import SubjectService

if TYPE_CHECKING:
    from factorcli.decisions.subject import Subject


@dataclass(frozen=True)
class DriftService:
    """Compares two windows of the same length, computed now."""

    context: Context

    def drift(
        self,
        request: Request,
        spec: Specification,
        shift: int | None = None,
        since: date | None = None,
        everything: bool = False,
    ) -> Batch[DriftResult]:
        """The changes of each subject in the order asked for or, of everything, of the universe, the surest first.

        shift: periods between the ends of the windows; since: the day on which the earlier one ends. Of the universe
        only stocks whose prices are at hand: none is fetched. Raises InvalidOption for a shift that says nothing about
        a change, for both, for classical errors, and for everything beside subjects; HeatmapNotComputed where no price
        of the universe is at hand.
        """
        refuse_classical(spec.covariance)
        if everything and (request.tickers or request.portfolios):
            raise InvalidOption("All stocks of the universe are asked for, and some by name: choose one.")
        self.context.check_date(spec)
        spec = replace(self.context.settled(spec), rolling=True)  # with all sessions, for the earlier window
        distance = Distance.of(shift, since, spec.returns, spec.as_of or self.context.policy.session)
        batch = self._of_universe(spec, distance) if everything else self._of_subjects(request, spec, distance)
        return replace(batch, results=_with_q_values(batch.results))

    def _of_subjects(self, request: Request, spec: Specification, distance: Distance) -> Batch[DriftResult]:
        from factorcli.decisions.drift import Drifts

        last: Drifts | None = None  # of portfolios that are fitted together, the changes of all are found at once

        def view(subject: "Subject") -> Sequence[DriftResult]:
            nonlocal last
            held = subject.held
            fitted, column = (held.together.fitted, held.column) if held else (subject.fitted, subject.i)
            if last is None or last.fitted is not fitted:
                last = Drifts(fitted, distance)
            return [last.result(subject, column)]

        return SubjectService(self.context).each(request, spec, view)

    def _of_universe(self, spec: Specification, distance: Distance) -> Batch[DriftResult]:
        from factorcli.decisions.drift import by_joint_test

        context = with_members(self.context, spec.as_of)
        asked, notices = _at_hand(context)
        results: list[DriftResult] = []
        failed: list[tuple[str, FactorError]] = []
        for found in _fitted(context, asked, spec, distance):
            if isinstance(found, DriftResult):
                results.append(found)
            else:
                failed.append(found)
        failures = tuple(Failure(ticker, error.code, str(error)) for ticker, error in failed)
        status = exit_status(len(results), [error for _, error in failed])
        return noted(context, Batch(tuple(by_joint_test(results)), failures, status, notices))


def _at_hand(context: Context) -> tuple[list[ResolvedTicker], tuple[ResultWarning, ...]]:
    """The stocks of the universe whose prices need no request, and a notice where others do.

    Raises InvalidSetting without a universe, and HeatmapNotComputed where no price is at hand.
    """
    stocks = context.universe.stocks
    if not stocks:
        market = context.model.market.id
        raise InvalidSetting(f"There is no universe of the market {market}: name a list of stocks in FACTOR_UNIVERSE.")
    listed, source = context.listed(), context.open_market().source
    known = [replace(context.resolve(stock.ticker, listed), ticker=stock.ticker) for stock in stocks]
    ready = set(source.at_hand([one.column for one in known]))
    asked = [one for one in known if one.column in ready]
    if not asked:
        raise HeatmapNotComputed(
            f"No prices of the {len(stocks)} stocks of the universe are at hand, and so many are not fetched by the "
            "way: compute the heatmap first, which fetches them."
        )
    if len(asked) == len(stocks):
        return asked, ()
    text = f"the prices of {len(asked)} of {len(stocks)} stocks of the universe are at hand; the others are left out."
    return asked, (ResultWarning("not_at_hand", text),)


def _fitted(
    context: Context, asked: Sequence[ResolvedTicker], spec: Specification, distance: Distance
) -> Iterator[DriftResult | tuple[str, FactorError]]:
    """The result of each stock, or its ticker and why it has none."""
    from factorcli.decisions.drift import Drifts
    from factorcli.decisions.subject import Subject

    for _, fitted in context.windows(asked, spec):
        drifts = Drifts(fitted, distance)
        _ = drifts.start  # of all stocks: too few sessions are one failure, not one of each
        for i, one in enumerate(fitted.tickers):
            try:
                yield drifts.result(Subject.of(fitted, i), i)
            except (DataError, UpstreamError) as error:
                yield one.ticker, error


def _with_q_values(results: Sequence[DriftResult]) -> tuple[DriftResult, ...]:
    from factorcli.decisions.drift import with_q_values

    return tuple(with_q_values(results))
