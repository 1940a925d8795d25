"""Results of a screen: the stocks of a heatmap that meet conditions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from factorcli.results.batch import Batch
from factorcli.results.heatmap import Heatmap, HeatmapStock
from factorcli.results.provenance import ModelInfo
from factorcli.results.warnings import ResultWarning


@dataclass(frozen=True)
class ScreenedStock(HeatmapStock):
    """The row of a heatmap of a stock that meets conditions, and what heatmap it is of.

    warnings: of the heatmap, such as that a session has closed since; frequency: of the returns, None where daily.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> _ = factor.compute_heatmap(["TCS"], windows=[252])
        >>> stock = factor.screen("MKT < 10")[0]
        >>> stock.window, stock.source, stock.model.basis
        (252, 'demo', 'raw')
    """

    window: int
    as_of: date
    source: str
    model: ModelInfo
    warnings: tuple[ResultWarning, ...]
    frequency: str | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True)
class Screen(Heatmap):
    """The part of a heatmap that meets conditions.

    sectors: those of its stocks, with means and medians of all stocks of a sector. known: how many stocks of the
    heatmap were looked at; met: how many of these meet every condition, of which `stocks` may be the first only;
    lasting: the rank correlation of the estimates of a column with those a year later, where it has been measured;
    every: all stocks that were looked at, among which the marks of a table are.
    """

    conditions: tuple[str, ...] = ()
    known: int = 0
    met: int = 0
    lasting: Mapping[str, float] = field(default_factory=dict)
    every: tuple[HeatmapStock, ...] = field(default=(), repr=False, metadata={"table_only": True})

    @property
    def asked(self) -> str:
        """The conditions in one text."""
        return " and ".join(self.conditions)

    @property
    def nothing(self) -> str:
        """What is said where no stock meets the conditions."""
        return f"None of the {self.known:,} stocks of the heatmap as of {self.as_of} meets {self.asked}."


@dataclass(frozen=True)
class ScreenBatch(Batch[ScreenedStock]):
    """The stocks that meet every condition, a result each; `screen` is what a table and a picture show of them."""

    screen: Screen = field(kw_only=True)

    @property
    def shown(self) -> tuple[Any, ...]:
        """The screen, nothing where no stock meets the conditions."""
        return (self.screen,) if self.results else ()
