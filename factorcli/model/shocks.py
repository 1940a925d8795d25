"""Shocks to factors: what is asked for, and what it means in a model. Standard library only."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from factorcli.errors import InvalidOption
from factorcli.model.factor_model import Factor, FactorModel
from factorcli.model.frequency import Frequency

CONDITIONAL, ZERO = "conditional", "zero"
OTHERS = (CONDITIONAL, ZERO)
HORIZON = 21  # sessions, about a month: 4 weeks, or 1 month
_SHOCK = re.compile(r"\s*([^=:]*?)\s*[=:]\s*(.*?)\s*", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Scenario:
    """Moves of some factors over a horizon, and what the others do.

    shocks: a fraction (-0.1), or a text that may have a per cent sign ("-10%"), by factor code. others: `conditional`,
    at their mean given the shocks, or `zero`. horizon: number of periods of the returns: sessions, weeks or months;
    None is about a month.
    Raises InvalidOption for others or a horizon that are not known.
    """

    shocks: Mapping[str, float | str]
    others: str = CONDITIONAL
    horizon: int | None = None

    def __post_init__(self) -> None:
        if self.others not in OTHERS:
            raise InvalidOption(f"others {self.others!r} is not known: it can be {' or '.join(OTHERS)}.")
        whole = isinstance(self.horizon, int) and not isinstance(self.horizon, bool)
        if self.horizon is not None and not (whole and self.horizon >= 1):
            raise InvalidOption(f"horizon is {self.horizon!r}: write a whole number of sessions, 1 or more.")

    @classmethod
    def parse(cls, texts: Iterable[str], others: str = CONDITIONAL, horizon: int | None = None) -> "Scenario":
        """The scenario of texts such as MKT=-10% and VOL:0.3. Raises InvalidOption."""
        shocks: dict[str, float | str] = {}
        for text in texts:
            found = _SHOCK.fullmatch(text)
            if found is None or not found[1] or not found[2]:
                raise InvalidOption(f"{text[:80]!r} is not a shock: write a factor and its move, such as MKT=-10%.")
            if found[1] in shocks:
                raise _twice(found[1])
            shocks[found[1]] = found[2]
        return cls(shocks, others, horizon)

    def periods(self, returns: Frequency) -> int:
        """The horizon in periods of these returns."""
        return self.horizon or max(1, round(HORIZON / returns.sessions))

    def sizes(self, model: FactorModel) -> dict[str, float]:
        """The moves as fractions, by the model's codes, in the order given.

        Raises InvalidOption for no shock at all, a factor that the model lacks or that is named twice, and a size that
        is no number, has two readings or is impossible.
        """
        if not isinstance(self.shocks, Mapping) or not self.shocks:
            raise InvalidOption("No shock is given: name a factor and its move, such as MKT=-10%.")
        known = {factor.code.casefold(): factor for factor in model.factors}
        found: dict[str, float] = {}
        for name, value in self.shocks.items():
            factor = known.get(str(name).strip().casefold())
            if factor is None:
                codes = ", ".join(model.codes)
                raise InvalidOption(f"{str(name)[:40]!r} is not a factor of {model.id}: it has {codes}.")
            if factor.code in found:
                raise _twice(factor.code)
            found[factor.code] = _size(factor, value)
        return found


def _size(factor: Factor, value: object) -> float:
    """A move as a fraction; of a factor whose returns are differences, in the units of its level."""
    size, in_percent = _read(factor.code, value)
    if factor.transform == "diff":
        if in_percent:
            raise InvalidOption(
                f"{factor.code} moves by points, not by per cent: write {factor.code}={size * 100:g}, without a sign %."
            )
        return size
    if abs(size) >= 1 and not in_percent:
        second = f" or {factor.code}={size * 100:g}%" if size > 0 else ", as the other is impossible"
        raise InvalidOption(
            f"{factor.code}={value} has two readings, {size:,g}% or {size * 100:,g}%: write "
            f"{factor.code}={size:g}%{second}."
        )
    if size <= -1:
        raise InvalidOption(f"{factor.code}={value} is impossible: {factor.name} cannot lose all of its value or more.")
    return size


def _read(code: str, value: object) -> tuple[float, bool]:
    """A move as a number, and whether it was written in per cent, of which it then is the fraction."""
    if isinstance(value, str):
        text = value.strip().replace("−", "-")
        bare = text.removesuffix("%").rstrip()
        if _NUMBER.fullmatch(bare) and math.isfinite(number := float(bare)):
            return (number / 100, True) if bare != text else (number, False)
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value), False
    raise InvalidOption(f"{code}={str(value)[:40]} is not a move: write a number such as {code}=-10% or {code}=-0.1.")


def _twice(code: str) -> InvalidOption:
    return InvalidOption(f"{code} is given twice: a factor has one move.")
