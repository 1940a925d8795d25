"""Any file with a table: its encoding, separator, sheet and heading, and its rows. Standard library for text.

    file = TableFile(path, max_bytes)
    table = file.find(recognise)   # None where no row is such a heading
    for line, cells in table.rows: ...

`recognise` gets a row and the few after it as texts, and returns what the row means as a heading, or None. It is asked
for each of the first rows, so that lines before the heading are skipped, with each separator that the file may
have, and of a workbook for each sheet.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Generic, TypeVar

from factorcli.errors import UnreadableTable
from factorcli.tables.cells import Cell, Row, text_of
from factorcli.tables.encoding import encoding_of, read_bytes, shown_encoding
from factorcli.tables.extent import Limits

T = TypeVar("T")
Recognise = Callable[[Sequence[Sequence[str]]], T | None]

ZIP_MAGIC, OLE_MAGIC = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
SEPARATORS = "\t;|,"  # a comma last, as it may be a decimal one
MAX_HEADING_ROW = 100
MAX_COLUMNS = 50_000
MAX_BLANK_ROWS = 100_000  # one after the other
LOOKAHEAD = 4  # rows that `recognise` sees
SAMPLED_LINES = 5_000
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}


@dataclass(frozen=True)
class Table(Generic[T]):
    """A table found in a file: `rows` are those after the heading, without blank ones, and can be read once.

    sheet and separator are empty where there is none; skipped: the rows before the heading.
    """

    file: str
    sheet: str
    encoding: str
    separator: str
    line: int
    heading: Sequence[str]
    meaning: T
    skipped: tuple[Row, ...]
    rows: Iterator[Row]

    @property
    def width(self) -> int:
        """Number of columns, without empty ones at the end."""
        return next((i + 1 for i in range(len(self.heading) - 1, -1, -1) if self.heading[i]), 0)

    @property
    def form(self) -> str:
        """Such as `text, UTF-8, semicolons, 2 rows before the heading`."""
        text = ["text", shown_encoding(self.encoding), NAMES[self.separator]]
        parts = ["workbook", f"sheet {self.sheet}"] if self.sheet else text
        if count := len(self.skipped):
            parts.append(f"{count} row{'' if count == 1 else 's'} before the heading")
        return ", ".join(parts)


class TableFile:
    """A file of delimited text or a workbook, in memory. Raises UnreadableTable, naming the file and the cause."""

    def __init__(
        self, path: Path, max_bytes: int, data: bytes | None = None, of_workbooks: Limits | None = None
    ) -> None:
        """Read a file, or take `data` as what a file of this name has."""
        self._limits = of_workbooks or Limits()
        self.path = path
        self.file = str(path)
        self._data = read_bytes(path, max_bytes) if data is None else data
        self.is_workbook = self._data.startswith((ZIP_MAGIC, OLE_MAGIC))
        self.encoding = "" if self.is_workbook else encoding_of(self._data, self.file)

    def find(self, recognise: Recognise[T]) -> Table[T] | None:
        """The first table with such a heading, or None. Raises UnreadableTable, also while its rows are read."""
        if self.is_workbook:
            for sheet, rows in self._sheets():
                if (table := self._search(_filled(rows), recognise, sheet, "")) is not None:
                    return table
            return None
        refused: UnreadableTable | None = None
        for separator in self.separators():
            try:
                if (table := self._search(self._lines(separator), recognise, "", separator)) is not None:
                    return table
            except UnreadableTable as error:
                refused = refused or error
        if refused is not None:
            raise refused
        return None

    def sheets_with(self, recognise: Recognise[T]) -> list[str]:
        """The sheets of a workbook that have a table with such a heading."""
        if not self.is_workbook:
            return []
        return [name for name, rows in self._sheets() if self._search(_filled(rows), recognise, name, "") is not None]

    def first_row(self) -> Sequence[str]:
        """The cells of the first row that is not blank, for messages; empty for an empty file."""
        rows: Iterable[Row]
        if self.is_workbook:
            rows = chain.from_iterable(_filled(rows) for _, rows in self._sheets())
        else:
            rows = self._lines(next(iter(self.separators())))
        return next(([text_of(cell) for cell in cells] for _, cells in rows), [])

    def separators(self) -> list[str]:
        """The separators that the file may have, the likeliest first: what `sep=` says, else what its lines repeat."""
        first = next((line.strip('" \r\n\t') for line in islice(self._text(), SAMPLED_LINES) if line.strip()), "")
        if len(first) == 5 and first.lower().startswith("sep="):
            return [first[4]]
        if first.lower() == "sep=":  # a tab, which is stripped
            return ["\t"]
        present = [mark for mark in SEPARATORS if mark.encode() in self._data]
        if len(present) <= 1:
            return present or [","]
        lines = list(islice(self._text(), SAMPLED_LINES))
        return sorted(present, key=lambda mark: -_regularity(lines, mark))

    def _search(self, rows: Iterable[Row], recognise: Recognise[T], sheet: str, separator: str) -> Table[T] | None:
        ahead = _Ahead(iter(rows))
        skipped: list[Row] = []
        while (head := ahead.rows()) and len(skipped) < MAX_HEADING_ROW:
            texts = [[text_of(cell) for cell in cells] for _, cells in head]
            line, first = ahead.pop()
            if len(first) > MAX_COLUMNS:
                raise UnreadableTable(
                    f"{self.file}, row {line} has {len(first):,} columns, and at most {MAX_COLUMNS:,} are read: keep "
                    "those that you need."
                )
            if (meaning := recognise(texts)) is not None:
                rest = ahead.rest()
                heading = texts[0]
                return Table(self.file, sheet, self.encoding, separator, line, heading, meaning, tuple(skipped), rest)
            skipped.append((line, first))
        if ahead.error is not None:
            raise ahead.error
        return None

    def _sheets(self) -> Iterator[tuple[str, Iterator[Row]]]:
        from factorcli.tables.workbook import sheets  # noqa: PLC0415  (only for workbooks)

        return sheets(self._data, self.file, self._limits)

    def _text(self) -> io.TextIOWrapper:
        newline = "" if b"\n" in self._data else None  # None also ends lines at a lone carriage return
        return io.TextIOWrapper(io.BytesIO(self._data), encoding=self.encoding, newline=newline)

    def _lines(self, separator: str) -> Iterator[Row]:
        """The rows that are not blank, without a first one `sep=`."""
        reader = csv.reader(self._text(), delimiter=separator, strict=True)
        blank = 0
        try:
            for cells in reader:
                if any(cells):
                    blank = 0
                    if reader.line_num > 1 or not cells[0].lower().startswith("sep="):
                        yield reader.line_num, cells
                elif (blank := blank + 1) > MAX_BLANK_ROWS:
                    raise UnreadableTable(f"{self.file}, row {reader.line_num}: {blank:,} blank rows; remove them.")
        except csv.Error as error:
            raise UnreadableTable(
                f"{self.file}, row {reader.line_num} is not CSV ({error}); check its quotes."
            ) from None


class _Ahead:
    """Rows with a view of the next few; an error in these is raised when its row is reached."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._next: list[Row] = []
        self.error: UnreadableTable | None = None

    def rows(self) -> list[Row]:
        """The next rows, at most LOOKAHEAD; empty at the end, or at an error."""
        try:
            while self.error is None and len(self._next) < LOOKAHEAD and (row := next(self._rows, None)) is not None:
                self._next.append(row)
        except UnreadableTable as error:
            self.error = error
        return list(self._next)

    def pop(self) -> Row:
        return self._next.pop(0)

    def rest(self) -> Iterator[Row]:
        yield from self._next
        if self.error is not None:
            raise self.error
        yield from self._rows


def _filled(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows that are not blank."""
    return (row for row in rows if any(cell != "" for cell in row[1]))


def table_of(path: Path, max_bytes: int, recognise: Recognise[T]) -> Table[T] | None:
    """The first table with such a heading; None where there is none, and where the file cannot be read."""
    try:
        return TableFile(path, max_bytes).find(recognise)
    except UnreadableTable:
        return None


def _regularity(lines: Sequence[str], mark: str) -> float:
    """The share of lines that have the commonest number, not zero, of these marks outside of quotes."""
    counts = Counter(_outside_quotes(line).count(mark) for line in lines)
    counts.pop(0, None)
    return max(counts.values(), default=0) / max(len(lines), 1)


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2]) if '"' in line else line


def cell_at(cells: Sequence[Cell], i: int | None) -> Cell:
    """The cell of column i, or an empty one where the row ends before it."""
    return cells[i] if i is not None and i < len(cells) else ""
