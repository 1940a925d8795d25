"""The prior of Vasicek's shrinkage: the universe's betas, from its heatmap or computed now."""

from factorcli.analysis.eligibility import ineligible
from factorcli.analysis.heatmap import heat_row
from factorcli.analysis.prior import UniversePrior
from factorcli.errors import HeatmapNotComputed
from factorcli.model.specification import Specification
from factorcli.service.context import Context
from factorcli.service.heatmap_rows import cached_rows, is_current, most_common_day
from factorcli.service.members import with_members


def universe_prior(context: Context, spec: Specification) -> UniversePrior:
    """The prior of the universe's betas over a window.

    From the current rows of its heatmap if they are at least half of the universe; else computed, unless the
    source has no list of its tickers, where each one would be a request. Raises HeatmapNotComputed then.
    """
    context = with_members(context, spec.as_of)
    policy, model = context.policy, context.model
    universe = [stock.ticker for stock in context.universe.stocks]
    cached = {} if policy.refresh else cached_rows(context.answers, policy, model, universe, spec)
    rows = [row for row in most_common_day(cached).values() if is_current(row, policy.session)]
    if 2 * len(rows) < len(universe):
        listed = context.listed()
        if listed is None:
            raise HeatmapNotComputed(
                f"The estimator vasicek needs the betas of the whole universe over {spec.window} "
                f"{spec.returns.period}s: compute that heatmap first."
            )
        tickers = [context.resolve(ticker, listed) for ticker in universe]
        plain = Specification(spec.window, spec.basis, spec.covariance, spec.as_of, frequency=spec.frequency)
        fits = context.fits(tickers, plain)
        rows = [heat_row(fitted, i, ineligible(fitted, i), policy.session) for fitted, i in fits]
    return UniversePrior.of(rows, model.codes)
