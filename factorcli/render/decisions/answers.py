"""What the library answers decisions with: their records, each with its forms as a dictionary, frame and table."""

from dataclasses import dataclass

from factorcli.render.answers import Answer
from factorcli.results import whatif


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
