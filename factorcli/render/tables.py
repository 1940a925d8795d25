"""Results as tables for people: rounded, readable without colour."""

from collections.abc import Callable
from typing import Any

from rich.console import Console, Group, RenderableType

from factorcli.render.betas import betas
from factorcli.render.catalogue import checks, imports, models, stocks, tiers
from factorcli.render.decompositions import decompositions
from factorcli.render.heatmaps import failures, heatmap, ranking, statuses
from factorcli.results import (
    Batch,
    BetaResult,
    CacheTier,
    Check,
    Decomposition,
    Heatmap,
    HeatmapStatus,
    ModelResult,
    StockInfo,
    UniverseImport,
)

_VIEWS: dict[type, Callable[[Any, Console], RenderableType]] = {
    BetaResult: betas,
    Decomposition: decompositions,
    StockInfo: stocks,
    UniverseImport: imports,
    ModelResult: models,
    Heatmap: heatmap,
    HeatmapStatus: statuses,
    CacheTier: tiers,
    Check: checks,
}
_NAMED: dict[tuple[type, str | None], Callable[[Any, Console], RenderableType]] = {
    (Heatmap, "sorted"): ranking,
    (HeatmapStatus, "failed"): failures,
}


def to_table(batch: Batch[Any], console: Console, view: str | None = None) -> RenderableType:
    """What the terminal shows of a batch; `console` tells how wide it is, `view` which form is wanted."""
    if not batch.results:
        return Group()
    kind = type(batch.results[0])
    show = _NAMED.get((kind, view)) or _VIEWS[kind]
    return show(batch.results, console)
