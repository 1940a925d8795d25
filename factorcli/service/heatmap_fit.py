"""Fits a block of a heatmap's tickers, wherever an executor runs it: a worker loads this module as it starts."""

from collections.abc import Sequence
from dataclasses import replace

from factorcli.analysis.eligibility import ineligible_tickers
from factorcli.analysis.fit import fit
from factorcli.analysis.heat_columns import heat_columns
from factorcli.analysis.origin import Origin
from factorcli.errors import FactorError
from factorcli.markets.tickers import ResolvedTicker
from factorcli.results.heat_columns import HeatColumns, joined
from factorcli.service.heatmap_blocks import Block, FittedBlock, windows_of


def fit_block(block: Block) -> dict[int, FittedBlock]:
    """The columns of each window's tickers, and their errors."""
    return {window: _fitted(block, tickers, window) for window, tickers in block.todo.items()}


def _fitted(block: Block, tickers: Sequence[ResolvedTicker], window: int) -> FittedBlock:
    spec = replace(block.spec, window=window)
    origin = Origin(block.universe, block.source, block.computed_at, block.left_alone)
    parts: list[HeatColumns] = []
    errors: dict[str, FactorError] = {}
    for places, cut in windows_of(block.market, tickers, spec):
        group = [tickers[i] for i in places]
        fitted = fit(group, spec, block.model, origin, cut)
        found = ineligible_tickers(fitted)
        errors |= {group[i].ticker: error for i, error in found.items()}
        parts.append(heat_columns(fitted, found, block.session))
    return FittedBlock(joined(parts, block.model.codes), errors)
