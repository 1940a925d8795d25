"""Differences of betas in words, and the rows that show them."""

import math
from collections.abc import Mapping
from typing import Protocol

from factorcli.render.layout import Span
from factorcli.render.text import SIGNIFICANCE_LEVEL, number, p_value, signed
from factorcli.results.beta import JointTest

ONE_FACTOR = "market β (one factor)"
JOINT_ERRORS = {"hc3": "HC3 errors"}


class Tested(Protocol):
    """An estimate with its test and its interval."""

    @property
    def estimate(self) -> float: ...
    @property
    def std_error(self) -> float: ...
    @property
    def p_value(self) -> float: ...
    @property
    def ci_low(self) -> float: ...
    @property
    def ci_high(self) -> float: ...


def digits_of(found: Tested, *values: float) -> int:
    """Three decimals for small and precise numbers, such as betas to a volatility index; else two."""
    return 3 if all(abs(value) < 0.1 for value in values or (found.estimate,)) and found.std_error < 0.05 else 2


def bounds(found: Tested, digits: int) -> str:
    """`−0.70 to −0.12`, a dash where it is not known."""
    if not math.isfinite(found.ci_low):
        return "–"
    return f"{number(found.ci_low, digits)} to {number(found.ci_high, digits)}"


def starred(found: Tested, code: str = "") -> Span:
    """An estimate in a table of many, with stars; betas to volatility have three decimals."""
    return signed(found.estimate, found.p_value, 3 if code == "VOL" else 2, starred=True)


def is_significant(p: float) -> bool:
    """At 5 %; nothing is without a test."""
    return p < SIGNIFICANCE_LEVEL


def surest(found: Mapping[str, Tested]) -> list[str]:
    """The codes with a test, by ascending p-value."""
    known = [code for code, one in found.items() if math.isfinite(one.p_value)]
    return sorted(known, key=lambda code: found[code].p_value)


def joint_line(what: str, test: JointTest) -> str:
    """`Joint test of …: F(5, 492) = 2.10, p 0.064, HC3 errors`; empty where there is none."""
    if not math.isfinite(test.f_stat):
        return ""
    return (
        f"Joint test of {what}, MKT too: F({test.numerator}, {number(test.denominator, 0, signed=False)}) = "
        f"{number(test.f_stat, signed=False)}, p {p_value(test.p_value)}, {JOINT_ERRORS[test.covariance]}"
    )
