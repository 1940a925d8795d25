"""A cell of a table, a column of cells with its place in the file, and headings compared by their words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

Cell: TypeAlias = str | float | date  # text in delimited files; typed in workbooks
Row: TypeAlias = tuple[int, Sequence[Cell]]  # line number and cells

MAX_SHOWN_LENGTH = 40  # of a cell in a message
MISSING = frozenset(
    ("", "na", "n/a", "n.a.", "#n/a", "nan", "nat", "null", "none", "nil", "-", "--", "---", "–", "—", ".")
)

_MARKS = re.compile(r"[\W_]+")
_COUNTED = re.compile(r"\b\d+ (?=[a-z])")  # "4. close", and not "T1 quantity"


@dataclass(frozen=True)
class Column:
    """The cells of one column: lines[i] is the line of cells[i], `name` the heading."""

    file: str
    name: str
    lines: Sequence[int]
    cells: Sequence[Cell]

    def at(self, i: int) -> str:
        """The place of a cell, for messages."""
        return f"{self.file}, row {self.lines[i]}, column {self.name}"


def text_of(cell: Cell) -> str:
    """A cell as text without surrounding blanks, and without the =\"…\" that keeps a spreadsheet from converting it."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).strip()
    if text[:2] == '="' and text[-1] == '"' and len(text) > 2:
        return text[2:-1].strip()
    return text


def is_missing(cell: Cell) -> bool:
    """Whether a cell stands for no value: empty, -, N/A, null and their like."""
    return isinstance(cell, str) and text_of(cell).lower() in MISSING


def words(cell: Cell) -> str:
    """A heading in lower case, its punctuation as single blanks: `4. Adj_Close*` is "adj close"."""
    return _COUNTED.sub("", _MARKS.sub(" ", text_of(cell).lower()).strip(), count=1)


def has_bars(heading: Sequence[str]) -> bool:
    """Whether a heading has a date and a close, as prices do."""
    plain = [words(cell).split() for cell in heading]
    return any("date" in word for word in plain) and any("close" in word for word in plain)


def shown(cell: Cell) -> str:
    """A cell in quotes, truncated to MAX_SHOWN_LENGTH."""
    text = str(cell)
    return repr(text if len(text) <= MAX_SHOWN_LENGTH else f"{text[:MAX_SHOWN_LENGTH]}…")
