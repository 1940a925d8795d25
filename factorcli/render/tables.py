"""Results as tables for people: rounded, readable without colour."""

from collections.abc import Callable
from typing import Any

from rich.console import Console, Group, RenderableType

from factorcli.render.betas import betas
from factorcli.render.catalogue import imports, models, stocks
from factorcli.render.decompositions import decompositions
from factorcli.results import Batch, BetaResult, Decomposition, ModelResult, StockInfo, UniverseImport

_VIEWS: dict[type, Callable[[Any, Console], RenderableType]] = {
    BetaResult: betas,
    Decomposition: decompositions,
    StockInfo: stocks,
    UniverseImport: imports,
    ModelResult: models,
}


def to_table(batch: Batch[Any], console: Console) -> RenderableType:
    """What the terminal shows of a batch; `console` tells how wide it is."""
    return _VIEWS[type(batch.results[0])](batch.results, console) if batch.results else Group()
