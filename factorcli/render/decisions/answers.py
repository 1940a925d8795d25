"""What the library answers decisions with: the records of `results`, as `render.answers` extends them."""

from dataclasses import dataclass

from factorcli.render.answers import Answer
from factorcli.results import hedge


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
