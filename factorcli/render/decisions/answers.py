"""What the library answers decisions with: their records, with the forms of `render.answers.Answer`."""

from dataclasses import dataclass

from factorcli.render.answers import Answer
from factorcli.results import episode, stress


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
