"""Results of `hedge`. Volatilities are annual fractions; amounts are in the market's currency."""

from dataclasses import dataclass, field
from datetime import date

from factorcli.results.beta import Estimate
from factorcli.results.provenance import CacheInfo, DataInfo, ModelInfo
from factorcli.results.warnings import ResultWarning


@dataclass(frozen=True)
class HedgeInstrument:
    """What is held of one instrument; a negative number is sold.

    ratio: money in it for one unit of money in the position; of one that is held at 0, as it cannot be sold short, the
    errors are NaN. notional: of whole contracts where lots are given, else ratio × value; None where the value is not
    known. lots: contracts; lot_size: units in one.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> (nifty,) = factor.hedge("TCS", ["^NSEI"], value=1_000_000).instruments
        >>> nifty.notional == nifty.ratio.estimate * 1_000_000
        True
    """

    ticker: str
    ratio: Estimate
    notional: float | None
    lots: int | None
    lot_size: float | None


@dataclass(frozen=True)
class HedgeVolatility:
    """Volatility without the hedge, with its ratios, and with whole contracts (None without lots)."""

    before: float
    after: float
    after_lots: float | None


@dataclass(frozen=True)
class OutOfSample:
    """Volatility over the last quarter of the returns, without the hedge and with the ratios of the three before."""

    sessions: int
    before: float
    after: float


@dataclass(frozen=True)
class HedgedBetas:
    """Betas by factor, in the basis of the model, without the hedge and with it (in whole contracts where given)."""

    before: dict[str, float]
    after: dict[str, float]


@dataclass(frozen=True)
class HedgeResult:
    """The hedge of a stock or a portfolio that leaves the least variance.

    observations: returns of the position and of every instrument; all numbers are of these. value: of the position,
    None where it is not known; currency: the market's.
    """

    ticker: str
    name: str | None
    sector: str | None
    window: int
    as_of: date
    observations: int
    value: float | None
    currency: str
    instruments: tuple[HedgeInstrument, ...]
    volatility: HedgeVolatility
    out_of_sample: OutOfSample
    betas: HedgedBetas
    model: ModelInfo
    data: DataInfo
    cache: CacheInfo
    warnings: tuple[ResultWarning, ...]
    frequency: str | None = field(default=None, metadata={"omit_none": True})
