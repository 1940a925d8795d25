"""The lines below the title of a picture of a decision: model and errors, and what is wrong with the prices."""

from collections.abc import Sequence

from factorcli.render.charts.heading import SHOWN_WARNINGS, SYNTHETIC, sentence
from factorcli.render.text import ERRORS
from factorcli.results.compare import CompareResult
from factorcli.results.drift import DriftResult


def change_lines(results: Sequence[CompareResult] | Sequence[DriftResult]) -> list[str]:
    """Of results of one question; the warnings about prices are those that all of them share."""
    first = results[0]
    model = first.model
    lines = [
        f"Model {model.id}, basis {model.basis} · 95% intervals, {ERRORS[model.covariance].format(lags=model.lags)}"
    ]
    if first.data.source == "demo":
        lines.append(SYNTHETIC)
    if any(result.cache.stale for result in results):
        lines.append(f"Old numbers: the source did not answer, these are of {first.cache.computed_at[:10]}")
    shared = set(first.warnings).intersection(*(result.warnings for result in results))
    return [*lines, *(sentence(w.text) for w in first.warnings if w in shared and w.code in SHOWN_WARNINGS)]
