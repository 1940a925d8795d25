"""What the library answers decisions with: their records, with the forms of `render.answers.Answer`."""

from dataclasses import dataclass
from typing import Any

from factorcli.render.answers import Answer, Batch
from factorcli.results import compare, drift, episode, hedge, peers, screen, stress, whatif
from factorcli.results.screen import ScreenedStock


@dataclass(frozen=True, repr=False, kw_only=True)
class StressResult(Answer, stress.StressResult):
    """What a stock or portfolio would be expected to gain or lose in a scenario, with its 95 % interval.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> result = factor.stress("TCS", shocks={"MKT": -0.1})
        >>> result
        StressResult('TCS.NS', MKT=-10%, window=252, as_of=2026-11-20)
        >>> result.ci_low < result.change < result.ci_high
        True
        >>> round(sum(result.by_factor.values()) - result.change, 12)
        0.0
    """

    def __repr__(self) -> str:
        shocks = ", ".join(f"{code}={100 * size:g}%" for code, size in self.shocks.items())
        return f"StressResult({self.ticker!r}, {shocks}, window={self.window}, as_of={self.as_of})"


@dataclass(frozen=True, repr=False, kw_only=True)
class EpisodeResult(Answer, episode.EpisodeResult):
    """What a stock or portfolio of today did in an episode, and what its betas say of it.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> result = factor.episodes("TCS", ["covid-2020"])[0]
        >>> result
        EpisodeResult('TCS.NS', 'covid-2020', own=-8.0%)
        >>> result.max_drawdown <= min(result.own, 0.0)
        True
    """

    def __repr__(self) -> str:
        return f"EpisodeResult({self.ticker!r}, {self.episode!r}, own={self.own:.1%})"


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
class Screen(Batch[ScreenedStock], screen.ScreenBatch):
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


@dataclass(frozen=True, repr=False)
class HedgeResult(Answer, hedge.HedgeResult):
    """What to hold of some instruments so that a stock or a portfolio moves least; a negative amount is sold.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> hedge = factor.hedge("RELIANCE", ["^NSEI"])
        >>> hedge
        HedgeResult('RELIANCE.NS', window=252, as_of=2026-11-20)
        >>> hedge.instruments[0].ratio.estimate == -factor.beta("RELIANCE").market_model.beta
        True
        >>> hedge.volatility.after < hedge.volatility.before
        True
    """

    def __repr__(self) -> str:
        return f"HedgeResult({self.ticker!r}, window={self.window}, as_of={self.as_of})"


@dataclass(frozen=True, repr=False)
class WhatIf(Answer, whatif.WhatIf):
    """A portfolio before and after trades: exposures, volatility and losses, and how sure their changes are.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> book = factor.portfolio({"RELIANCE": 0.5, "TCS": 0.5})
        >>> result = book.whatif(trades={"RELIANCE": "-10%"})
        >>> result
        WhatIf('portfolio', window=252, as_of=2026-11-20)
        >>> result.rebalanced.volatility < result.original.volatility
        True
        >>> round(result.turnover, 12)
        0.1
    """

    def __repr__(self) -> str:
        return f"WhatIf({self.portfolio!r}, window={self.window}, as_of={self.as_of})"


@dataclass(frozen=True, repr=False)
class CompareResult(Answer, compare.CompareResult):
    """The betas of a stock less those of another stock or portfolio, on the days on which both have a return.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> result = factor.compare("TCS", "INFY")
        >>> result
        CompareResult('TCS.NS', against='INFY.NS', as_of=2026-11-20)
        >>> list(result.differences)
        ['MKT', 'VAL', 'MOM', 'SZ', 'VOL']
    """

    def __repr__(self) -> str:
        return f"CompareResult({self.ticker!r}, against={self.against!r}, as_of={self.as_of})"


@dataclass(frozen=True, repr=False)
class DriftResult(Answer, drift.DriftResult):
    """What changed in the betas of a stock or portfolio between two windows of the same length.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> result = factor.drift("TCS", shift=126)
        >>> result
        DriftResult('TCS.NS', from 2026-05-28 to 2026-11-20)
        >>> result.joint_test.numerator
        5
    """

    def __repr__(self) -> str:
        return f"DriftResult({self.ticker!r}, from {self.from_as_of} to {self.to_as_of})"
