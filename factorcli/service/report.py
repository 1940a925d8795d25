"""The use case of a report: a stock, a portfolio or the universe with everything that its page shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from factorcli.analysis.comparison import comparison
from factorcli.errors import DataError, UpstreamError
from factorcli.model.frequency import DAILY
from factorcli.model.specification import Specification
from factorcli.results.batch import Batch, Failure
from factorcli.results.exposure import Exposure
from factorcli.results.report import PORTFOLIO, STOCK, UNIVERSE, Report
from factorcli.service.comparison import by_sector
from factorcli.service.context import Context
from factorcli.service.exposures import ExposureService, exit_status
from factorcli.service.factor_statistics import describe, with_statistics
from factorcli.service.heatmap import HeatmapService
from factorcli.service.members import noted, with_kept_members

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

        Each is one exposure, with its path where the estimator has one; the heatmap, if there is one, is read once.
        """
        exposures = ExposureService(self.context)
        exposures.check_decomposition(spec)
        compared = by_sector(self.context, spec)

        def view(exposure: Exposure) -> Report:
            beta = exposure.beta
            return Report(
                kind=STOCK if beta.portfolio is None else PORTFOLIO,
                beta=beta,
                decomposition=exposures.decomposition(exposure, spec),
                comparison=compared(beta.sector),
            )

        return exposures.batch(tickers, replace(spec, rolling=spec.estimator == "ols"), view, portfolios)

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
