"""Results as tables for people: rounded, readable without colour. A view is loaded when it is shown."""

from importlib import import_module
from typing import Any

from factorcli.render.layout import Block
from factorcli.results.batch import Batch

# The module and function that show a kind of result, by its class name, and by the form wanted.
_VIEWS = {
    ("BetaResult", None): ("betas", "betas"),
    ("Decomposition", None): ("decompositions", "decompositions"),
    ("Heatmap", None): ("heatmaps", "heatmap"),
    ("Heatmap", "sorted"): ("heatmaps", "ranking"),
    ("HeatmapStatus", None): ("heatmaps", "statuses"),
    ("HeatmapStatus", "failed"): ("heatmaps", "failures"),
    ("StockInfo", None): ("models", "stocks"),
    ("UniverseImport", None): ("models", "imports"),
    ("ModelResult", None): ("models", "models"),
    ("CacheTier", None): ("models", "tiers"),
    ("Check", None): ("models", "checks"),
}


def to_blocks(batch: Batch[Any], view: str | None = None, *, terminal: bool) -> list[Block]:
    """What people are shown of a batch; `view` is the form wanted, if not the usual one."""
    if not batch.results:
        return []
    kind = type(batch.results[0]).__name__
    module, function = _VIEWS[kind, view]
    blocks: list[Block] = getattr(import_module(f"factorcli.render.{module}"), function)(batch.results, terminal)
    return blocks
