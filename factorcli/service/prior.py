"""The prior of Vasicek's shrinkage: the universe's betas, from its heatmap or computed now."""

from factorcli.analysis.eligibility import ineligible_tickers
from factorcli.analysis.heat_columns import heat_columns
from factorcli.analysis.prior import UniversePrior
from factorcli.errors import HeatmapNotComputed
from factorcli.model.specification import Specification
from factorcli.results.heat_columns import joined, no_columns
from factorcli.service.context import Context
from factorcli.service.heatmap_store import HeatmapStore
from factorcli.service.members import with_members


def universe_prior(context: Context, spec: Specification) -> UniversePrior:
    """The prior of the universe's betas over a window.

    From the current rows of its heatmap if they are at least half of the universe; else computed, unless the
    source has no list of its tickers, where each one would be a request. Raises HeatmapNotComputed then.
    """
    context = with_members(context, spec.as_of)
    policy, universe = context.policy, [stock.ticker for stock in context.universe.stocks]
    columns = no_columns(context.model.codes)
    if not policy.refresh:
        columns = HeatmapStore(context).read(spec).most_common_day()
    columns = columns.of_origins(lambda origin: origin.is_current(policy.session, spec.as_of))
    if 2 * (len(columns.tickers) - len(columns.failures)) < len(universe):
        listed = context.listed()
        if listed is None:
            raise HeatmapNotComputed(
                f"The estimator vasicek needs the betas of the whole universe over {spec.window} "
                f"{spec.returns.period}s: compute that heatmap first."
            )
        tickers = [context.resolve(ticker, listed) for ticker in universe]
        plain = Specification(spec.window, spec.basis, spec.covariance, spec.as_of, frequency=spec.frequency)
        parts = (fitted for _, fitted in context.windows(tickers, plain))
        columns = joined(
            [heat_columns(fitted, ineligible_tickers(fitted), policy.session) for fitted in parts], context.model.codes
        )
    return UniversePrior.of(columns)
