"""Blocks of output: lines of styled text, and grids. Imports no library; only `terminal` needs rich.

A grid never truncates a cell: where the width is too small it drops whole columns, the highest `need` first.
(rich.table shortens cells, which turns 0.65 into 0.6….)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

GAP = "  "


@dataclass(frozen=True)
class Span:
    """A piece of text and its style, a rich style name or nothing."""

    text: str
    style: str = ""


Line = tuple[Span, ...]


BLANK: Line = ()


def line(*parts: str | Span, style: str = "") -> Line:
    """A line of texts in one style, or of spans with their own."""
    return tuple(Span(part, style) if isinstance(part, str) else part for part in parts)


@dataclass(frozen=True)
class Column:
    """A heading and one cell a row. Where the width is too small the highest `need` is dropped first, 0 never."""

    title: str
    cells: Sequence[Span | str]
    need: int = 0
    left: bool = False
    style: str = ""

    @property
    def width(self) -> int:
        """Columns of the terminal that the widest cell takes."""
        texts = (cell if isinstance(cell, str) else cell.text for cell in self.cells)
        return max([width_of(self.title), *map(width_of, texts)])


@dataclass(frozen=True)
class Grid:
    """Columns of equal length; a rule is drawn below the heading and below the rows of `rules`."""

    columns: Sequence[Column]
    rules: frozenset[int] = field(default_factory=frozenset)

    def shown(self, width: int | None) -> list[Column]:
        """The columns that fit a width (None: any), in their order."""
        columns = list(self.columns)
        sizes = {id(column): column.width for column in columns}
        while width is not None and sum(sizes[id(c)] for c in columns) + len(GAP) * (len(columns) - 1) > width:
            spare = max(columns, key=lambda c: c.need)
            if spare.need == 0:
                break
            columns.remove(spare)
        return columns

    def lines(self, width: int | None) -> Iterable[Line]:
        """The heading, the rows and the rules between them."""
        columns = self.shown(width)
        widths = [column.width for column in columns]
        rule = line("─" * (sum(widths) + len(GAP) * (len(widths) - 1)))
        yield _row([Span(column.title, "bold") for column in columns], columns, widths)
        yield rule
        rows = len(columns[0].cells)
        for number in range(rows):
            yield _row([column.cells[number] for column in columns], columns, widths)
            if number in self.rules and number < rows - 1:
                yield rule


Block = Line | Grid


def to_text(blocks: Iterable[Block]) -> str:
    """The blocks as plain text: complete, one line a line, without styles or trailing blanks."""
    rows: list[str] = []
    for block in blocks:
        lines = block.lines(None) if isinstance(block, Grid) else [block]
        rows.extend("".join(span.text for span in spans).rstrip() for spans in lines)
    return "".join(f"{row}\n" for row in rows)


@lru_cache(maxsize=8192)  # a cell is measured for its column and for its row
def width_of(text: str) -> int:
    """Columns that a text takes in a terminal."""
    if text.isascii() or not any("\u0300" <= c < "\u0370" or "\u0483" <= c < "\u2000" or c >= "\u2e80" for c in text):
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415  (no library unless a name needs it)

    return cell_len(text)


def _row(cells: Sequence[Span | str], columns: Sequence[Column], widths: Sequence[int]) -> Line:
    spans = []
    for place, (cell, column, width) in enumerate(zip(cells, columns, widths, strict=True)):
        text, style = (cell, column.style) if isinstance(cell, str) else (cell.text, cell.style)
        blank = " " * (width - width_of(text))
        padded = text + blank if column.left else blank + text
        if place:
            spans.append(Span(GAP))
        spans.append(Span(padded, style))
    return tuple(spans)
