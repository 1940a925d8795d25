"""What the library answers with to decisions: the records of `results`, each with its forms as in `render.answers`."""

from dataclasses import dataclass

from factorcli.render.answers import Answer
from factorcli.results import compare, drift


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
