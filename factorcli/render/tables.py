"""Results as tables: rounded, readable without colour. The module of a view is imported when it is shown."""

from importlib import import_module
from typing import Any

from factorcli.render.layout import Block
from factorcli.render.text import told_apart
from factorcli.results.batch import Batch

# Module and function by the class name of the result and by the view, None for the default one.
_VIEWS = {
    ("BetaResult", None): ("betas", "betas"),
    ("Decomposition", None): ("decompositions", "decompositions"),
    ("WhatIf", None): ("decisions.whatif", "what_ifs"),
    ("CompareResult", None): ("decisions.compare", "compare"),
    ("DriftResult", None): ("decisions.drift", "drift"),
    ("Heatmap", None): ("heatmaps", "heatmap"),
    ("Heatmap", "sorted"): ("heatmaps", "ranking"),
    ("HeatmapStatus", None): ("heatmaps", "statuses"),
    ("HeatmapStatus", "failed"): ("heatmaps", "failures"),
    ("date", None): ("history", "days"),
    ("HistoryFile", None): ("history", "files"),
    ("Screen", None): ("decisions.screen", "screen"),
    ("PeersResult", None): ("decisions.peers", "peers"),
    ("StockInfo", None): ("universe", "stocks"),
    ("UniverseImport", None): ("universe", "imports"),
    ("ModelResult", None): ("models", "models"),
    ("StressResult", None): ("decisions.stress", "stresses"),
    ("EpisodeResult", None): ("decisions.episodes", "episodes"),
    ("Episode", None): ("decisions.episodes", "known"),
    ("CacheTier", None): ("checks", "tiers"),
    ("Check", None): ("checks", "checks"),
    ("FileCheck", None): ("files", "file_checks"),
    ("HedgeResult", None): ("decisions.hedge", "hedges"),
}


def to_blocks(batch: Batch[Any], view: str | None = None, *, terminal: bool) -> list[Block]:
    """The blocks of a batch, none where it has no results; `view` is `sorted` or `failed`, None for the default one.

    terminal: for a terminal, where long paths are thinned.
    """
    if not batch.results:
        return []
    results = told_apart(batch.shown)
    kind = type(results[0]).__name__
    module, function = _VIEWS[kind, view]
    blocks: list[Block] = getattr(import_module(f"factorcli.render.{module}"), function)(results, terminal)
    return blocks
