"""The use case of a report: a stock, a portfolio or the universe with everything that its page shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from factorcli.analysis.comparison import comparison
from factorcli.errors import DataError, UpstreamError
from factorcli.model.frequency import DAILY
from factorcli.model.specification import Specification
from factorcli.results.batch import Batch, Failure
from factorcli.results.decisions import Decisions
from factorcli.results.exposure import Exposure
from factorcli.results.report import PORTFOLIO, STOCK, UNIVERSE, Report
from factorcli.service.comparison import kept_heatmap, within
from factorcli.service.context import Context
from factorcli.service.exposures import ExposureService, exit_status
from factorcli.service.factor_statistics import describe, with_statistics
from factorcli.service.heatmap import HeatmapService
from factorcli.service.members import noted, with_kept_members
from factorcli.service.report_peers import with_peers

if TYPE_CHECKING:
    from factorcli.portfolio.holdings import Holdings
    from factorcli.portfolio.request import Unread


@dataclass(frozen=True)
class ReportService:
    """Reports of stocks, portfolios and the universe."""

    context: Context

    def stocks(
        self, tickers: Sequence[str], spec: Specification, portfolios: "Sequence[Holdings | Unread]" = ()
    ) -> Batch[Report]:
        """A report of each ticker, in the order given, then of each portfolio; failures are part of the batch.

        Each is one exposure, with its path and decisions where the estimator has them, from one fit; the heatmap, if
        there is one, is read once, and the peers of all tickers are of one fit of its stocks.
        """
        exposures = ExposureService(self.context)
        exposures.check_decomposition(spec)
        least_squares = spec.estimator == "ols"
        kept = kept_heatmap(self.context, spec)
        compared = None if kept is None else within(kept[1])

        def view(exposure: Exposure) -> Report:
            beta, decided = exposure.beta, exposure.decisions or Decisions()
            return Report(
                kind=STOCK if beta.portfolio is None else PORTFOLIO,
                beta=beta,
                decomposition=exposures.decomposition(exposure, spec),
                comparison=None if compared is None else compared(beta.sector),
                stress=decided.stress,
                episodes=decided.episodes,
                drift=decided.drift,
                hedge=decided.hedge,
                unavailable=decided.unavailable or None,
            )

        asked = replace(spec, rolling=least_squares, decisions=least_squares)
        found = exposures.batch(tickers, asked, view, portfolios)
        if kept is None or not least_squares:
            return found
        return replace(found, results=with_peers(*kept, found.results, spec))

    def universe(self, spec: Specification) -> Batch[Report]:
        """The report of the universe, from its computed heatmap and the factors over the same window.

        Without prices of the factors it lacks their statistics, which is a failure of the batch. Raises
        HeatmapNotComputed.
        """
        context = with_kept_members(self.context, spec)
        heatmap = HeatmapService(context).show(spec)
        model, failures = describe(self.context.model), []
        if heatmap.frequency is None:
            try:
                of_window = replace(spec, as_of=heatmap.as_of, frequency=DAILY.name)
                model = with_statistics(self.context, of_window)
            except (DataError, UpstreamError) as error:
                failures.append(error)
        found = Batch(
            (Report(UNIVERSE, comparison=comparison(heatmap, None), heatmap=heatmap, model=model),),
            tuple(Failure(None, error.code, str(error)) for error in failures),
            exit_status(1, failures),
        )
        return noted(context, found)
