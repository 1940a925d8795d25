"""Results of `report`: everything that a page about a stock, a portfolio or the universe shows."""

from dataclasses import dataclass, field

from factorcli.results.beta import BetaResult
from factorcli.results.comparison import Comparison
from factorcli.results.decompose import Decomposition
from factorcli.results.drift import DriftResult
from factorcli.results.episode import EpisodeResult
from factorcli.results.heatmap import Heatmap
from factorcli.results.hedge import HedgeResult
from factorcli.results.model import ModelResult
from factorcli.results.peers import PeersResult
from factorcli.results.stress import StressResult

STOCK, PORTFOLIO, UNIVERSE = "stock", "portfolio", "universe"


@dataclass(frozen=True)
class Report:
    """The parts of a report of a kind.

    kind: STOCK, PORTFOLIO or UNIVERSE. A stock and a portfolio have `beta`, with the rolling path of ordinary least
    squares, `decomposition`, and `comparison` where a heatmap of their window has been computed; the universe has
    `heatmap` and `model`, with statistics of the factors over its window where those could be had.

    Of ordinary least squares a stock and a portfolio also have `stress` (the market falls), `episodes` (of those that
    have a name, the ones with prices), `drift` (each by itself, so that a q-value is the p-value), a stock `peers`,
    where there is a heatmap, and a portfolio a `hedge` with the market's proxy. unavailable: why one of these cannot
    be had, a sentence by its name.
    """

    kind: str
    beta: BetaResult | None = field(default=None, metadata={"omit_none": True})
    decomposition: Decomposition | None = field(default=None, metadata={"omit_none": True})
    comparison: Comparison | None = field(default=None, metadata={"omit_none": True})
    heatmap: Heatmap | None = field(default=None, metadata={"omit_none": True})
    model: ModelResult | None = field(default=None, metadata={"omit_none": True})
    stress: StressResult | None = field(default=None, metadata={"omit_none": True})
    episodes: tuple[EpisodeResult, ...] | None = field(default=None, metadata={"omit_none": True})
    drift: DriftResult | None = field(default=None, metadata={"omit_none": True})
    peers: PeersResult | None = field(default=None, metadata={"omit_none": True})
    hedge: HedgeResult | None = field(default=None, metadata={"omit_none": True})
    unavailable: dict[str, str] | None = field(default=None, metadata={"omit_none": True})
