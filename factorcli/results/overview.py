"""Records of what a page shows of a stock, and of a file of holdings that was read."""

from dataclasses import dataclass, field

from factorcli.results.beta import BetaResult
from factorcli.results.decompose import Decomposition
from factorcli.results.drift import DriftResult
from factorcli.results.peers import PeersResult
from factorcli.results.stress import StressResult
from factorcli.results.warnings import ResultWarning


@dataclass(frozen=True)
class PartError:
    """Why a part is null: the sentence and the code that its own route would answer with."""

    detail: str
    code: str


@dataclass(frozen=True)
class Overview:
    """A stock's exposures with all that follows from them; a part that cannot be had is null, and `errors` says why.

    errors: by the name of the part.
    """

    betas: BetaResult
    decompose: Decomposition | None
    stress: StressResult | None
    peers: PeersResult | None
    drift: DriftResult | None
    errors: dict[str, PartError]


@dataclass(frozen=True)
class ReadHolding:
    """A stock of a file, or CASH, with a weight (a fraction) or a quantity; name: None outside the universe."""

    ticker: str
    name: str | None
    weight: float | None = field(default=None, metadata={"omit_none": True})
    quantity: float | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True)
class ReadHoldings:
    """The holdings of a file, each stock once, and what was read in a way that should be looked at."""

    holdings: tuple[ReadHolding, ...]
    warnings: tuple[ResultWarning, ...]
