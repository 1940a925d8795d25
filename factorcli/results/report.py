"""Results of `report`: everything that a page about a stock, a portfolio or the universe shows."""

from dataclasses import dataclass, field

from factorcli.results.beta import BetaResult
from factorcli.results.comparison import Comparison
from factorcli.results.decompose import Decomposition
from factorcli.results.heatmap import Heatmap
from factorcli.results.model import ModelResult

STOCK, PORTFOLIO, UNIVERSE = "stock", "portfolio", "universe"


@dataclass(frozen=True)
class Report:
    """The parts of a report of a kind.

    kind: STOCK, PORTFOLIO or UNIVERSE. A stock and a portfolio have `beta`, with the rolling path of ordinary least
    squares, `decomposition`, and `comparison` where a heatmap of their window has been computed; the universe has
    `heatmap` and `model`, with statistics of the factors over its window where those could be had.
    """

    kind: str
    beta: BetaResult | None = field(default=None, metadata={"omit_none": True})
    decomposition: Decomposition | None = field(default=None, metadata={"omit_none": True})
    comparison: Comparison | None = field(default=None, metadata={"omit_none": True})
    heatmap: Heatmap | None = field(default=None, metadata={"omit_none": True})
    model: ModelResult | None = field(default=None, metadata={"omit_none": True})
