"""A table that never cuts a number: what does not fit loses whole columns, the least needed first.

rich.table shortens cells where there is no room, which turns 0.65 into 0.6…, and takes half a second
for five hundred rows; this hands rich finished lines.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.segment import Segment
from rich.style import Style

GAP = "  "


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and its style, a rich style name."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and a cell a row. `need` 0 stays always; the highest goes first where room lacks."""

    title: str
    cells: Sequence[Cell | str]
    need: int = 0
    left: bool = False
    style: str = ""

    @property
    def width(self) -> int:
        """Columns of the terminal that the widest cell takes."""
        texts = (cell if isinstance(cell, str) else cell.text for cell in self.cells)
        return max([cell_len(self.title), *map(cell_len, texts)])


@dataclass(frozen=True, slots=True)
class Grid:
    """A rich renderable of columns of equal length; a rule is drawn below the rows named."""

    columns: Sequence[Column]
    rules: frozenset[int] = field(default_factory=frozenset)

    def shown(self, width: int) -> list[Column]:
        """The columns that fit a width, in their order."""
        columns = list(self.columns)
        while sum(c.width for c in columns) + len(GAP) * (len(columns) - 1) > width:
            spare = max(columns, key=lambda c: c.need)
            if spare.need == 0:
                break
            columns.remove(spare)
        return columns

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        columns = self.shown(options.max_width)
        widths = [column.width for column in columns]
        styles: dict[str, Style] = {}
        rule = Segment("─" * (sum(widths) + len(GAP) * (len(widths) - 1)) + "\n")

        def segment(text: str, style: str) -> Segment:
            if style and style not in styles:
                styles[style] = console.get_style(style)
            return Segment(text, styles.get(style))

        def line(cells: Sequence[Cell | str], header: bool) -> Iterator[Segment]:
            for i, (cell, column, width) in enumerate(zip(cells, columns, widths, strict=True)):
                text, style = (cell, column.style) if isinstance(cell, str) else (cell.text, cell.style)
                blank = " " * (width - cell_len(text))
                padded = text + blank if column.left else blank + text
                yield segment(padded if i == 0 else GAP + padded, "bold" if header else style)
            yield Segment("\n")

        yield from line([column.title for column in columns], header=True)
        yield rule
        rows = len(columns[0].cells)
        for row in range(rows):
            yield from line([column.cells[row] for column in columns], header=False)
            if row in self.rules and row < rows - 1:
                yield rule
