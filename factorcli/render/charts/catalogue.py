"""Which pictures a result has. The module of a picture is imported when it is drawn."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.picture import Picture
from factorcli.render.text import told_apart

# By the class name of the result, the first being drawn unless another is asked for.
PICTURES = {
    "BetaResult": ("exposures", "path", "holdings"),
    "Decomposition": ("shares", "attribution", "holdings"),
    "Heatmap": ("heatmap",),
    "ModelResult": ("factors",),
    "StressResult": ("stress",),
    "EpisodeResult": ("stress",),
    "Screen": ("heatmap",),
    "CompareResult": ("exposures",),
    "DriftResult": ("drift",),
}
# Pictures of one name that other results have too, each drawn by a module of its own.
OTHERS = {("CompareResult", "exposures"): "exposure_differences"}


def names(results: Sequence[Any]) -> list[str]:
    """The pictures that these results have, the first being drawn unless another is asked for."""
    if not results:
        return []
    kind = type(results[0]).__name__
    return [name for name in PICTURES.get(kind, ()) if _has(results, name)]


def draw(results: Sequence[Any], name: str, extras: Extras) -> Picture:
    """The picture of this name of results of one kind."""
    own = OTHERS.get((type(results[0]).__name__, name), name)
    made: Picture = getattr(import_module(f"factorcli.render.charts.{own}"), own)(told_apart(results), extras)
    return made


def _has(results: Sequence[Any], name: str) -> bool:
    """Whether the results hold what a picture shows."""
    part = {"path": "rolling", "holdings": "portfolio", "factors": "statistics"}.get(name)
    return part is None or any(getattr(result, part) is not None for result in results)
