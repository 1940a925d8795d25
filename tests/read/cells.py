"""Printed tables read back: a cell by the headings of its row and column."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from factorcli.render.layout import Block, Grid, Line, to_text
from factorcli.render.tables import to_blocks
from factorcli.results.batch import Batch

RULE = "─"


@dataclass(frozen=True)
class Piece:
    """Text between gaps of two blanks or more, and the columns it takes."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Table:
    """A printed table. Cells below no heading (stars, bars) are of the column ``""``."""

    headings: tuple[str, ...]
    rows: dict[str, dict[str, str]]

    def row(self, name: str) -> dict[str, str]:
        """The cells of a row, by heading; blank ones are left out."""
        return self.rows[name]

    def column(self, heading: str) -> dict[str, str]:
        """The cells of a column, by row."""
        assert heading in self.headings, f"{heading} is none of {self.headings}"
        return {name: row.get(heading, "") for name, row in self.rows.items()}


def blocks(results: Sequence[Any], *, view: str | None = None, terminal: bool = False) -> list[Block]:
    """What is shown of results."""
    return to_blocks(Batch(tuple(results)), view, terminal=terminal)


def text(results: Sequence[Any], **options: Any) -> str:
    """What is printed of results, piped."""
    return to_text(blocks(results, **options))


def tables(printed: str) -> list[Table]:
    """The tables of a text, in order: each begins with a heading above a rule, and ends at a blank line."""
    found = []
    for paragraph in printed.split("\n\n"):
        lines = paragraph.splitlines()
        rules = [number for number, line in enumerate(lines) if line and set(line) == {RULE}]
        if rules:
            found.append(_table(lines[rules[0] - 1], [line for line in lines[rules[0] :] if set(line) != {RULE}]))
    return found


def _table(heading: str, lines: Iterable[str]) -> Table:
    headings = _pieces(heading)
    rows = {}
    for line in lines:
        first, *others = _pieces(line)
        rows[first.text] = {_heading(piece, headings): piece.text for piece in others}
    return Table(tuple(piece.text for piece in headings), rows)


def _pieces(line: str) -> list[Piece]:
    return [Piece(match[0], match.start(), match.end()) for match in re.finditer(r"\S+( \S+)*", line)]


def _heading(piece: Piece, headings: Sequence[Piece]) -> str:
    """The heading within one blank of a piece: columns are two apart."""
    near = [h.text for h in headings if piece.start < h.end + 2 and h.start < piece.end + 2]
    assert len(near) <= 1, f"{piece.text} stands below {near}"
    return near[0] if near else ""


def grids(parts: Iterable[Block]) -> list[Grid]:
    """The tables among blocks."""
    return [part for part in parts if isinstance(part, Grid)]


def lines_at(grid: Grid, width: int | None) -> list[str]:
    """The lines of a grid at a width."""
    return [plain(line).rstrip() for line in grid.lines(width)]


def headings_at(grid: Grid, width: int | None) -> list[str]:
    """The headings that a width leaves, those of unnamed columns left out."""
    return [piece.text for piece in _pieces(lines_at(grid, width)[0])]


def plain(line: Line) -> str:
    """A line without its styles."""
    return "".join(span.text for span in line)


def styles(grid: Grid, heading: str) -> list[str]:
    """The style of each cell of a column."""
    (column,) = (column for column in grid.columns if column.title == heading)
    return [column.style if isinstance(cell, str) else cell.style for cell in column.cells]
