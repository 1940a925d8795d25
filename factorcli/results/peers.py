"""Results of `peers`: the stocks whose betas are nearest to those of a ticker."""

from dataclasses import dataclass, field
from datetime import date

from factorcli.results.provenance import CacheInfo, DataInfo, ModelInfo
from factorcli.results.warnings import ResultWarning


@dataclass(frozen=True)
class Peer:
    """A stock, and how far its betas are from those of the ticker that was asked about.

    distance: in standard deviations of what lies between the betas of any two stocks, errors included; p_equal: of the
    test that the true betas of both are equal; residual_correlation: of what the factors do not explain, on common
    days; betas: in the basis residual, in which MKT is the one-factor market beta; noisy: the errors of its betas are
    larger than the differences between stocks, so that its distance from any other says little.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> _ = factor.compute_heatmap(["TCS", "INFY", "WIPRO"], windows=[252])
        >>> near, far = factor.peers("TCS").peers
        >>> near.distance <= far.distance
        True
    """

    ticker: str
    name: str | None
    sector: str | None
    distance: float
    p_equal: float
    residual_correlation: float
    r_squared: float
    betas: dict[str, float]
    market_beta: float
    noisy: bool


@dataclass(frozen=True)
class PeersResult:
    """The stocks of a heatmap that are nearest to a ticker, nearest first; its own betas as those of its peers.

    compared: how many stocks the nearest are of, without the ticker itself; noisy: as of a peer.
    """

    ticker: str
    name: str | None
    sector: str | None
    window: int
    as_of: date
    noisy: bool
    r_squared: float
    betas: dict[str, float]
    market_beta: float
    compared: int
    peers: tuple[Peer, ...]
    model: ModelInfo
    data: DataInfo
    cache: CacheInfo
    warnings: tuple[ResultWarning, ...]
    frequency: str | None = field(default=None, metadata={"omit_none": True})
