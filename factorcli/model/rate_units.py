"""The unit of a column of rates: per cent or fractions, and columns that may be either or are both, which are refused.

In per cent where a cell, a heading or a title above it says so, where the file is FRED's (`observation_date` or `DATE`,
and a series) or an index with open and close, or where a value is above 1; else in fractions.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median

from factorcli.errors import InvalidModel
from factorcli.tables.cells import Column, text_of, words
from factorcli.tables.numbers import Numbers

RATES = ("rate", "annual rate", "risk free rate", "risk free", "rf", "yield", "interest rate")
CLOSES = ("adj close", "close", "price", "last")
GENERIC = (*RATES, *CLOSES, "value", "percent")
UNIT_WORDS = re.compile(r"pct|per ?cent(?:age)?(?!ile)|prozent")
ANNUAL_WORDS = re.compile(r"\b(?:in|p a|per annum)\b")
FRACTION_WORDS = re.compile(r"\b(?:fractions?|decimals?)\b")
AMBIGUOUS_FROM = 0.2  # from here to 1 a rate in per cent is as likely as a fraction
MIXED = (62.0, 160.0)  # times its neighbour: a fraction beside per cent
MIXED_WITH_SIGNS = 30.0  # times the median of the cells with a percent sign


def says_per_cent(heading: str) -> bool:
    """Whether a heading or a title says per cent; a number with a percent sign says only its own unit."""
    without_numbers = re.sub(r"\d\s*%", "", heading)
    return "%" in without_numbers or UNIT_WORDS.search(words(heading)) is not None


def without_unit(heading: str) -> str:
    """The words of a heading but those of its unit."""
    return " ".join(ANNUAL_WORDS.sub(" ", UNIT_WORDS.sub(" ", words(heading))).split())


def is_said_per_cent(heading: Sequence[str] | None, day: int, place: int, titles: Iterable[Sequence[object]]) -> bool:
    """Whether heading, title or publisher say per cent; heading: None where the file has none."""
    if heading is None:
        return False
    plain = {words(cell) for cell in heading}
    is_index = "open" in plain and bool(plain & {"close", "price", "adj close"})
    if says_per_cent(heading[place]) or is_index or is_of_fred(heading, day, place):
        return True
    return not FRACTION_WORDS.search(words(heading[place])) and title_says_per_cent(titles)


def title_says_per_cent(titles: Iterable[Sequence[object]]) -> bool:
    """Whether a line above the heading says per cent."""
    return any(says_per_cent(str(cell)) for cells in titles for cell in cells)


def is_of_fred(heading: Sequence[str], day: int, place: int) -> bool:
    """Whether a table has FRED's heading of dates and the identifier of a series."""
    if heading[day].strip() not in ("observation_date", "DATE") or words(heading[place]) in GENERIC:
        return False
    return re.fullmatch(r"[A-Z][A-Z0-9_]{2,}", heading[place].strip()) is not None


def refuse_ambiguous(column: Column, numbers: Numbers) -> None:
    """Raise InvalidModel where numbers that nothing calls per cent may be: all are from 0.2 to 1."""
    known = [i for i, value in enumerate(numbers.values) if not math.isnan(value)]
    if not known or FRACTION_WORDS.search(words(column.name)):
        return
    if all(AMBIGUOUS_FROM <= abs(numbers.values[i]) <= 1 for i in known):
        first = numbers.values[known[0]]
        raise InvalidModel(
            f"{column.at(known[0])}: {text_of(column.cells[known[0]])} is {first:.4g} % a year in per cent or "
            f"{first * 100:.4g} % as a fraction, and nothing in the file says which: call the column 'rate (%)' or "
            "'rate (fraction)', or write percent signs."
        )


def refuse_mixed(column: Column, numbers: Numbers, order: Sequence[int], *, is_said: bool) -> None:
    """Raise InvalidModel where a fraction stands beside per cent; order: positions by date.

    is_said: heading, title or publisher say per cent, and cells without a percent sign are compared with those that
    have one only.
    """
    for small, large in _mixed(numbers, order, is_said=is_said):
        shown = [text_of(column.cells[i]) for i in (small, large)]
        raise InvalidModel(
            f"{column.at(small)}: {shown[0]} is read as per cent beside {shown[1]} in row {column.lines[large]}, so "
            "the units are mixed: write all rates in per cent (6.5%), or all as fractions (0.065)."
        )


def _mixed(numbers: Numbers, order: Sequence[int], *, is_said: bool) -> Iterator[tuple[int, int]]:
    """Positions of a value that is too small for its unit and of one that shows it."""
    values, signed = numbers.values, numbers.percent
    positive = [i for i in order if values[i] > 0]
    with_sign = [i for i in positive if i in signed]
    if with_sign:
        typical = median(values[i] for i in with_sign)
        small = (i for i in positive if i not in signed and values[i] / 100 * MIXED_WITH_SIGNS < typical)
        yield from ((i, with_sign[0]) for i in small)
    elif not is_said:
        for pair in pairwise(positive):
            small_one, large = sorted(pair, key=lambda i: values[i])
            if values[small_one] <= 1 < values[large] and MIXED[0] <= values[large] / values[small_one] <= MIXED[1]:
                yield small_one, large
