"""What a report answers about one stock or portfolio besides its exposures."""

from dataclasses import dataclass, field

from factorcli.results.drift import DriftResult
from factorcli.results.episode import EpisodeResult
from factorcli.results.hedge import HedgeResult
from factorcli.results.stress import StressResult


@dataclass(frozen=True)
class Decisions:
    """What it could lose, whether it has changed and, of a portfolio, its hedge; each None where it cannot be had.

    episodes: those with prices; unavailable: why a part cannot be had, a sentence by its name.
    """

    stress: StressResult | None = None
    episodes: tuple[EpisodeResult, ...] | None = None
    drift: DriftResult | None = None
    hedge: HedgeResult | None = None
    unavailable: dict[str, str] = field(default_factory=dict)
