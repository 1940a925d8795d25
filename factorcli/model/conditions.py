"""Conditions on the columns of a heatmap, such as `SZ > 1` and `sector = Power`. Standard library only."""

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from factorcli.errors import InvalidOption

OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
}
T_STAT, Q_VALUE = "t", "q"  # what may follow a factor's code and a dot
EXAMPLE = "write a column, an operator and a value, such as SZ > 1"
MAX_SHOWN = 60  # characters of a condition that an error repeats
_PARTS = re.compile(r"\s*([^<>=!≤≥≠~]*?)\s*([<>=!≤≥≠~]+)\s*(.*?)\s*", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


class Kind(Enum):
    """What a column holds: a number, a fraction that may be written in per cent, or a text."""

    NUMBER = "number"
    CHANGE = "change"  # a fraction of any size
    SHARE = "share"  # a fraction from 0 to 1
    TEXT = "text"


OTHERS = {
    "market": Kind.NUMBER,
    "down": Kind.NUMBER,
    "r_squared": Kind.SHARE,
    "alpha": Kind.CHANGE,
    "observations": Kind.NUMBER,
    "sector": Kind.TEXT,
    "ticker": Kind.TEXT,
    "name": Kind.TEXT,
}


@dataclass(frozen=True)
class Column:
    """A column of a heatmap: its name, the factor's code where it is of one, and what it holds."""

    name: str
    kind: Kind
    code: str | None = None


@dataclass(frozen=True)
class Condition:
    """A column, an operator and a value; a percentage is a fraction. `written` is the value as it was typed."""

    column: Column
    sign: str
    value: float | str
    written: str

    def __str__(self) -> str:
        return f"{self.column.name} {self.sign} {self.written}"

    def meets(self, value: float | str | None) -> bool:
        """Whether a value of the column meets the condition; what is not known, NaN or None, never does."""
        if isinstance(value, str) and isinstance(self.value, str):
            return (value.casefold() == self.value.casefold()) == (self.sign == "=")
        if value is None or isinstance(value, str) or isinstance(self.value, str) or not math.isfinite(value):
            return False
        return OPERATORS[self.sign](value, self.value)


def columns(codes: Sequence[str]) -> dict[str, Column]:
    """The columns of the heatmap of a model with these factors, by name."""
    found = [Column(code, Kind.NUMBER, code) for code in codes]
    found += [Column(f"{code}.{T_STAT}", Kind.NUMBER, code) for code in codes]
    found += [Column(f"{code}.{Q_VALUE}", Kind.SHARE, code) for code in codes]
    others = [Column(name, kind) for name, kind in OTHERS.items()]
    return {column.name: column for column in [*others, *found]}


def column_of(name: str, codes: Sequence[str]) -> Column:
    """The column of a name, in capitals or not. Raises InvalidOption, with the columns that there are."""
    known = columns(codes)
    found = known.get(name) or next((one for one in known.values() if one.name.casefold() == name.casefold()), None)
    if found is None:
        example = f"{codes[-1]}.{Q_VALUE}"
        raise InvalidOption(
            f"column {_shown(name)} is not known: it can be {', '.join(codes)}, each also with .{T_STAT} or "
            f".{Q_VALUE} (such as {example}), {', '.join(OTHERS)}."
        )
    return found


def conditions(texts: Iterable[str], codes: Sequence[str]) -> tuple[Condition, ...]:
    """The conditions that texts say, of the heatmap of a model with these factors. Raises InvalidOption."""
    found = tuple(condition(text, codes) for text in texts)
    if not found:
        raise InvalidOption(f"No condition is given: {EXAMPLE}.")
    return found


def condition(text: str, codes: Sequence[str]) -> Condition:
    """The condition that a text says. Raises InvalidOption, with what is wrong and what there is."""
    parts = _PARTS.fullmatch(text)
    if parts is None or not parts[1]:
        raise InvalidOption(f"condition {_shown(text)} is not complete: {EXAMPLE}. {_signs()}")
    name, sign, written = parts.groups()
    column = column_of(name, codes)
    if sign not in OPERATORS:
        raise InvalidOption(f"condition {_shown(text)} has the operator {sign}, which is not known. {_signs()}")
    if not written:
        raise InvalidOption(f"condition {_shown(text)} has no value: {EXAMPLE}.")
    if column.kind is Kind.TEXT:
        if sign not in ("=", "!="):
            raise InvalidOption(f"{column.name} is a text, and is compared with = or != only, not with {sign}.")
        return Condition(column, sign, _unquoted(written), _unquoted(written))
    return Condition(column, sign, _number(text, column, sign, written), written)


def _number(text: str, column: Column, sign: str, written: str) -> float:
    """The number of a condition. Raises InvalidOption."""
    plain = written.replace("−", "-").strip()  # tables print a real minus
    share = column.kind in (Kind.SHARE, Kind.CHANGE)
    is_percent = plain.endswith("%")
    plain = plain.removesuffix("%").rstrip()
    if not _NUMBER.fullmatch(plain) or not math.isfinite(value := float(plain)):
        raise InvalidOption(
            f"condition {_shown(text)}: {_shown(written)} is not a number. Give each condition by itself."
        )
    if is_percent and not share:
        raise InvalidOption(f"{column.name} is not a percentage: write {column.name} {sign} {value / 100:g}.")
    if is_percent:
        value /= 100.0
    elif (share and abs(value) > 1.0) or (column.kind is Kind.CHANGE and abs(value) == 1.0):
        raise InvalidOption(
            f"{column.name} {sign} {plain} would be {100 * value:g}%, as {column.name} is a fraction: write "
            f"{column.name} {sign} {plain}% or {column.name} {sign} {100 * value:g}%."
        )
    return value


def _signs() -> str:
    return f"Operators are {' '.join(OPERATORS)}."


def _unquoted(text: str) -> str:
    """A text without the quotation marks around it."""
    return text[1:-1].strip() if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _shown(text: str) -> str:
    short = " ".join(text.split())
    return repr(short if len(short) <= MAX_SHOWN else f"{short[:MAX_SHOWN]}…")
