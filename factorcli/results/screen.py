"""Results of a screen: the stocks of a heatmap that meet conditions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from factorcli.results.batch import Batch
from factorcli.results.heatmap import Heatmap, HeatmapStock


@dataclass(frozen=True)
class Screen(Heatmap):
    """The part of a heatmap that meets conditions.

    sectors: those of its stocks, with means and medians of all stocks of a sector. known: how many stocks of the
    heatmap were looked at; met: how many of these meet every condition, of which `stocks` may be the first only;
    lasting: the rank correlation of the estimates of a column with those a year later, where it has been measured.
    """

    conditions: tuple[str, ...] = ()
    known: int = 0
    met: int = 0
    lasting: Mapping[str, float] = field(default_factory=dict)

    @property
    def asked(self) -> str:
        """The conditions in one text."""
        return " and ".join(self.conditions)

    @property
    def nothing(self) -> str:
        """What is said where no stock meets the conditions."""
        return f"None of the {self.known:,} stocks of the heatmap as of {self.as_of} meets {self.asked}."


@dataclass(frozen=True)
class ScreenBatch(Batch[HeatmapStock]):
    """The stocks that meet every condition, a result each; `screen` is what a table and a picture show of them."""

    screen: Screen = field(kw_only=True)

    @property
    def shown(self) -> tuple[Any, ...]:
        """The screen, nothing where no stock meets the conditions."""
        return (self.screen,) if self.results else ()
