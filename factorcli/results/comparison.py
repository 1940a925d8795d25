"""What the stocks of a heatmap are like, to compare a result with."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Comparison:
    """Betas of a heatmap's stocks of the same window and model.

    sector: whose `sector_stocks` stocks low and high are of, their 10th and 90th percentile by code; None and empty
    where the sector is not known or has fewer than five stocks. median: of all `stocks` by code, out of `total` in the
    universe. The codes are those of the factors, `market` (the one-factor beta) and `down` (that of falling days).
    """

    as_of: date
    stocks: int
    median: dict[str, float]
    sector: str | None
    sector_stocks: int
    low: dict[str, float]
    high: dict[str, float]
    total: int
