"""Blocks of output: lines of styled text, and grids. Imports no library; only `terminal` needs rich.

A grid never truncates a cell: where the width is too small it drops whole columns, the highest `need` first.
(rich.table shortens cells, which turns 0.65 into 0.6….)
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain
from typing import NamedTuple, TypeVar

GAP = "  "
# Characters that take one column of a terminal.
ONE_COLUMN = frozenset(map(chr, chain(range(0x300), range(0x370, 0x483), range(0x2000, 0x2E80))))
# A blank for each control character and for those that reverse the order of what follows.
CONTROLS = (range(0x20), range(0x7F, 0xA0), range(0x200E, 0x2010), range(0x2028, 0x202F), range(0x2066, 0x206A))
BLANKS = dict.fromkeys(chain(*CONTROLS), " ")
T = TypeVar("T")


class Span(NamedTuple):
    """A piece of text and its style, a rich style name or nothing."""

    text: str
    style: str = ""


Line = tuple[Span, ...]


BLANK: Line = ()


def line(*parts: str | Span, style: str = "") -> Line:
    """A line of texts in one style, or of spans with their own; control characters are blanks."""
    spans = (Span(part, style) if isinstance(part, str) else part for part in parts)
    return tuple(Span(_one_line(span.text), span.style) for span in spans)


@dataclass(frozen=True)
class Column:
    """A heading and one cell a row. Where the width is too small the highest `need` is dropped first, 0 never."""

    title: str
    cells: Sequence[Span | str]
    need: int = 0
    left: bool = False
    style: str = ""

    @cached_property
    def texts(self) -> list[str]:
        """The heading and the texts of the cells, each on one line."""
        return [_one_line(cell if isinstance(cell, str) else cell.text) for cell in (self.title, *self.cells)]

    @cached_property
    def width(self) -> int:
        """Columns of the terminal that the widest cell takes."""
        return max(map(width_of, self.texts))

    @property
    def padded(self) -> list[str]:
        """The texts, with blanks up to the width."""
        blanks = [" " * (self.width - width_of(text)) for text in self.texts]
        pairs = zip(self.texts, blanks, strict=True)
        return [text + blank if self.left else blank + text for text, blank in pairs]

    @property
    def styles(self) -> list[str]:
        """The styles of heading and cells."""
        return ["bold", *(self.style if isinstance(cell, str) else cell.style for cell in self.cells)]


@dataclass(frozen=True)
class Grid:
    """Columns of equal length; a rule is drawn below the heading and below the rows of `rules`."""

    columns: Sequence[Column]
    rules: frozenset[int] = field(default_factory=frozenset)

    def shown(self, width: int | None) -> list[Column]:
        """The columns that fit a width (None: any), in their order."""
        columns = list(self.columns)
        while width is not None and _total(columns) > width:
            spare = max(columns, key=lambda c: c.need)
            if spare.need == 0:
                break
            columns.remove(spare)
        return columns

    def lines(self, width: int | None) -> Iterable[Line]:
        """The heading, the rows and the rules between them."""
        columns = self.shown(width)
        gap = Span(GAP)
        styled = (map(Span, column.padded, column.styles) for column in columns)
        rows = (tuple(part for span in spans for part in (gap, span))[1:] for spans in zip(*styled, strict=True))
        return self._ruled(rows, line("─" * _total(columns)))

    def texts(self) -> Iterable[str]:
        """The lines without styles."""
        rows = map(GAP.join, zip(*(column.padded for column in self.columns), strict=True))
        return self._ruled(rows, "─" * _total(self.columns))

    def _ruled(self, rows: Iterable[T], rule: T) -> Iterator[T]:
        """The rows with a rule below the heading, and below others but the last."""
        last = len(self.columns[0].cells)
        for number, row in enumerate(rows):
            yield row
            if number == 0 or (number - 1 in self.rules and number < last):
                yield rule


Block = Line | Grid


def to_text(blocks: Iterable[Block]) -> str:
    """The blocks as plain text: complete, one line a line, without styles or trailing blanks."""
    rows: list[str] = []
    for block in blocks:
        rows.extend(block.texts() if isinstance(block, Grid) else ["".join(span.text for span in block)])
    return "".join(f"{row.rstrip()}\n" for row in rows)


def _one_line(text: str) -> str:
    """A text with a blank for each control character, such as a line break in a name."""
    return text if text.isprintable() else text.translate(BLANKS)


@lru_cache(maxsize=8192)  # a cell is measured for its column and for its row
def width_of(text: str) -> int:
    """Columns that a text takes in a terminal."""
    if text.isascii() or ONE_COLUMN.issuperset(text):
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415  (no library unless a name needs it)

    return cell_len(text)


def _total(columns: Sequence[Column]) -> int:
    """Columns of the terminal that a row takes."""
    return sum(column.width for column in columns) + len(GAP) * (len(columns) - 1)
