"""What other stocks are like, from a heatmap that has been computed."""

from collections.abc import Sequence
from dataclasses import replace

from factorcli.analysis.comparison import comparison
from factorcli.errors import HeatmapNotComputed
from factorcli.model.specification import Specification
from factorcli.results.beta import BetaResult
from factorcli.results.comparison import Comparison
from factorcli.service.context import Context
from factorcli.service.heatmap import HeatmapService
from factorcli.service.members import with_members


def comparisons(context: Context, spec: Specification, results: Sequence[BetaResult]) -> dict[str, Comparison]:
    """What the sector of each result and the whole universe are like, by ticker.

    From the heatmap of the same window, model and estimator; empty where none has been computed.
    """
    asked = replace(context.settled(spec), rolling=False, diagnostics=False, intervals=False)
    try:
        heatmap = HeatmapService(with_members(context, asked.as_of)).show(asked)
    except HeatmapNotComputed:
        return {}
    return {result.ticker: comparison(heatmap, result.sector) for result in results}
