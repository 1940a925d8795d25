"""What other stocks are like, from a heatmap that has been computed."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from factorcli.analysis.comparison import comparison
from factorcli.errors import HeatmapNotComputed, InvalidSetting
from factorcli.model.specification import Specification
from factorcli.results.beta import BetaResult
from factorcli.results.comparison import Comparison
from factorcli.results.heatmap import Heatmap
from factorcli.service.context import Context
from factorcli.service.heatmap import HeatmapService
from factorcli.service.members import with_kept_members


def comparisons(context: Context, spec: Specification, results: Sequence[BetaResult]) -> dict[str, Comparison]:
    """What the sector of each result and the whole universe are like, by ticker; of a portfolio also by its file.

    From the heatmap of the same window, model and estimator; empty where none has been computed.
    """
    compared = by_sector(context, spec)
    found = {result.ticker: compared(result.sector) for result in results}
    found |= {result.portfolio.file: compared(result.sector) for result in results if result.portfolio is not None}
    return {ticker: others for ticker, others in found.items() if others is not None}


def by_sector(context: Context, spec: Specification) -> Callable[[str | None], Comparison | None]:
    """What the stocks of a sector and the whole universe are like; None where no heatmap of the window is there.

    The heatmap is read once, and each sector compared once.
    """
    found = kept_heatmap(context, spec)
    return (lambda _: None) if found is None else within(found[1])


def kept_heatmap(context: Context, spec: Specification) -> tuple[Context, Heatmap] | None:
    """The heatmap of a window, and the context with its members; None where none has been computed."""
    asked = replace(context.settled(spec), rolling=False, diagnostics=False, intervals=False, decisions=False)
    try:
        with_members = with_kept_members(context, asked)
        return with_members, HeatmapService(with_members).show(asked)
    except (HeatmapNotComputed, InvalidSetting):  # the latter where the market has no universe
        return None


def within(heatmap: Heatmap) -> Callable[[str | None], Comparison]:
    """What the stocks of a sector and all stocks of a heatmap are like, each sector compared once."""
    known: dict[str | None, Comparison] = {}

    def compared(sector: str | None) -> Comparison:
        if sector not in known:
            known[sector] = comparison(heatmap, sector)
        return known[sector]

    return compared
