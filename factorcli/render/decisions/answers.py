"""What the library answers to decisions with: records with their forms as a dictionary, frame and table."""

from dataclasses import dataclass
from typing import Any

from factorcli.render.answers import Answer, Batch
from factorcli.results import peers, screen
from factorcli.results.heatmap import HeatmapStock


@dataclass(frozen=True, repr=False)
class PeersResult(Answer, peers.PeersResult):
    """The stocks of a heatmap whose betas are nearest to those of a stock, nearest first.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> _ = factor.compute_heatmap(["TCS", "INFY", "WIPRO", "HCLTECH"], windows=[252])
        >>> result = factor.peers("TCS", top=2)
        >>> result
        PeersResult('TCS.NS', window=252, as_of=2026-11-20, peers=2 of 3)
        >>> [peer.sector for peer in result.peers]
        ['Information Technology', 'Information Technology']
    """

    def __repr__(self) -> str:
        among = f"peers={len(self.peers)} of {self.compared}"
        return f"PeersResult({self.ticker!r}, window={self.window}, as_of={self.as_of}, {among})"


@dataclass(frozen=True, repr=False)
class Screen(Batch[HeatmapStock], screen.ScreenBatch):
    """The stocks of a heatmap that meet conditions; `screen` is the part of the heatmap that they are.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> _ = factor.compute_heatmap(["TCS", "INFY", "RELIANCE"], windows=[252])
        >>> found = factor.screen(["market > 0.2", "sector = Information Technology"])
        >>> found
        Screen(market > 0.2 and sector = Information Technology, stocks=2 of 3)
        >>> [stock.ticker for stock in found]
        ['INFY.NS', 'TCS.NS']
    """

    def __repr__(self) -> str:
        return f"Screen({self.screen.asked}, stocks={self.screen.met} of {self.screen.known})"

    def _records(self) -> tuple[Any, ...]:
        return self.shown
