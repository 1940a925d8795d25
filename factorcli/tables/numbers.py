"""Numbers as people write them: the decimal mark is decided for a column from all its values.

Reads 1,234.50 and 1,00,000, and 1.234,50 where the file has decimal commas; currency signs and codes, per cent,
parentheses or a minus at the end for negative numbers. A formula is text, and is not evaluated.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from factorcli.errors import UnreadableTable
from factorcli.tables.cells import Cell, Column, is_missing, shown, text_of

MAX_NUMBER = 1e18

_DIGIT = re.compile(r"\d")
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d*)?", re.ASCII)
_SPACED = re.compile(r"[+-]?\d{1,3}(?:[ ']\d{3})+(?:\.\d*)?", re.ASCII)
_CURRENCY = r"(?:[$€£¥₹]|(?i:rs)\.?|[A-Z]{3}(?=[\s\d.-]|$))"
_BEFORE = re.compile(rf"^([+-]?)\s*{_CURRENCY}\s*([+-]?)(?=[\d.])")
_AFTER = re.compile(r"(?<=[\d.])\s*(?:[$€£¥₹]|(?i:rs)\.?|\s[A-Z]{3}|/-)$")
_UNITS = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12, "l": 1e5, "lac": 1e5, "lakh": 1e5, "cr": 1e7, "crore": 1e7}
_UNITS |= {"mn": 1e6, "mio": 1e6, "bn": 1e9, "mrd": 1e9}
_WITH_UNIT = re.compile(r"(.*\d\.?)\s*(k|m|b|t|l|lac|lakh|cr|crore|mn|mio|bn|mrd)\.?", re.ASCII | re.IGNORECASE)
_SAME = str.maketrans({"−": "-", "–": "-", "\xa0": " ", "\u202f": " ", "\u2009": " ", "’": "'"})
_POINT_OR_GROUP = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
_COMMA_OR_GROUP = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_SWAP = str.maketrans(",.", ".,")


@dataclass(frozen=True)
class Numbers:
    """The values of a column, NaN where a cell stands for none; a cell with a percent sign is divided by 100.

    percent: positions of the cells with a percent sign; doubtful: the first cell, such as 1.500, that nothing in the
    file decides and that was read with `mark` as the decimal mark, or None.
    """

    values: list[float]
    percent: frozenset[int]
    mark: str
    doubtful: int | None


def decimal_mark(columns: Iterable[Sequence[Cell]], separator: str) -> str | None:
    """The decimal mark of a file, from all cells of its number columns: "." or ",", or None if nothing decides.

    Semicolons as separators are those of a spreadsheet with decimal commas, unless a cell says otherwise.
    """
    kept = list(columns)
    said = {mark for column in kept for mark in _marks(column)}
    if len(said) == 1:
        return said.pop()
    has_comma = separator == ";" and any(isinstance(cell, str) and "," in cell for column in kept for cell in column)
    return "," if has_comma and not said else None


def read_numbers(column: Column, file_mark: str | None = None, *, units: bool = False) -> Numbers:
    """The numbers of a column; `file_mark` decides where its own cells do not; units: 1.2M and 3 Cr are read.

    Raises UnreadableTable, with file, row, column and value, for the first cell that is not a number.
    """
    own = _marks(column.cells)
    mark = next(iter(own)) if len(own) == 1 else (file_mark or ".") if not own else "."
    values: list[float] = []
    percent: set[int] = set()
    doubtful = None
    for i, cell in enumerate(column.cells):
        if is_missing(cell):
            values.append(math.nan)
            continue
        value = _value(cell, mark, units=units)
        if value is None:
            raise UnreadableTable(
                f"{column.at(i)}: {shown(cell)} is not a number{_cause(cell, mark)}; correct it, or leave the cell "
                "empty where there is none."
            )
        if isinstance(cell, str):
            if "%" in cell:
                percent.add(i)
            if doubtful is None and not own and file_mark is None and is_doubtful(cell):
                doubtful = i
        values.append(value)
    return Numbers(values, frozenset(percent), mark, doubtful)


def number(cell: Cell, mark: str = ".", *, units: bool = False) -> float | None:
    """The number in one cell (25% is 0.25), or None if it is not one."""
    return _value(cell, mark, units=units)


def is_doubtful(cell: Cell) -> bool:
    """Whether a cell, such as 1.500 or 1,500, may be a thousand times what it is with the other decimal mark."""
    if not isinstance(cell, str) or not ("." in cell or "," in cell):
        return False
    body = _body(cell)[0]
    return bool(_POINT_OR_GROUP.fullmatch(body) or _COMMA_OR_GROUP.fullmatch(body))


def _cause(cell: Cell, mark: str) -> str:
    text = text_of(cell)
    if text.startswith(("=", "@")):
        return ", it is a formula, and none is evaluated"
    if _value(cell, "." if mark == "," else ",") is not None:
        return f" where others of its column have a decimal {'comma' if mark == ',' else 'point'}"
    return ""


def _marks(cells: Sequence[Cell]) -> set[str]:
    """The decimal marks that cells are certain about: a comma or a point, both, or none."""
    said: set[str] = set()
    for cell in cells:
        if isinstance(cell, str) and ("," in cell or "." in cell) and (mark := _mark(cell)) is not None:
            said.add(mark)
            if len(said) == 2:
                break
    return said


def _mark(cell: str) -> str | None:
    if _DIGIT.search(cell) is None:
        return None
    counted = _WITH_UNIT.fullmatch(cell.strip()) if cell[-1].isalpha() else None
    body = _body(cell if counted is None else counted[1])[0]
    if _POINT_OR_GROUP.fullmatch(body) or _COMMA_OR_GROUP.fullmatch(body):
        return None
    if not any(mark in body for mark in ".,"):
        return None
    as_point, as_comma = _plain(body) is not None, _plain(body.translate(_SWAP)) is not None
    if as_point == as_comma:
        return None
    return "." if as_point else ","


def _value(cell: Cell, mark: str, *, units: bool = False) -> float | None:
    if isinstance(cell, float | int):
        return float(cell)
    if not isinstance(cell, str):
        return None  # a date
    scale = 1.0
    text = cell
    if units and (found := _WITH_UNIT.fullmatch(cell.strip())) is not None:
        text, scale = found[1], _UNITS[found[2].lower()]
    body, sign, share = _body(text)
    value = _plain(body.translate(_SWAP) if mark == "," else body)
    if value is None or not abs(value) < MAX_NUMBER:
        return None
    return sign * value * scale * share


def _body(cell: str) -> tuple[str, float, float]:
    """Digits and separators of a cell without its signs, and the factors of its sign and its percent sign."""
    text = text_of(cell).translate(_SAME)
    sign = 1.0
    if text.startswith("(") and text.endswith(")"):
        text, sign = text[1:-1].strip(), -1.0
    share = 0.01 if text.endswith("%") else 1.0
    text = text.removesuffix("%").strip()
    if _PLAIN.fullmatch(text):
        return text, sign, share
    text = _AFTER.sub("", _BEFORE.sub(r"\1\2", text)).strip()
    if len(text) > 1 and text[-1] == "-" and text[0].isdigit():
        text, sign = text[:-1].strip(), -sign
    return text, sign, share


def _plain(body: str) -> float | None:
    """The value of digits with a decimal point and groups of thousands, or of Indian lakhs."""
    if _PLAIN.fullmatch(body):
        return float(body)
    if _GROUPED.fullmatch(body):
        return float(body.replace(",", ""))
    if _SPACED.fullmatch(body):
        return float(body.replace(" ", "").replace("'", ""))
    return None
