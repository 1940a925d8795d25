"""The cells of a price file of delimited text or of a workbook."""

import re
from array import array
from collections.abc import Sequence
from datetime import tzinfo
from itertools import islice
from pathlib import Path
from sys import intern

import numpy as np

from factorcli.errors import UnreadableTable
from factorcli.tables.cells import Cell, Column, Row, shown, text_of, words
from factorcli.tables.dates import is_date, read_days
from factorcli.tables.encoding import shown_encoding
from factorcli.tables.numbers import decimal_mark, read_numbers
from factorcli.tables.price_cells import (
    Array,
    NoPrices,
    Notice,
    PriceCells,
    contract_of,
    contracts_notice,
    equity_only,
    only_contracts,
    read_volumes,
)
from factorcli.tables.price_layout import Layout, recognise, why_not
from factorcli.tables.reader import NAMES as SEPARATOR_NAMES
from factorcli.tables.reader import Table, TableFile

MAX_BYTES = 200_000_000
BUFFERED_CELLS = 2_000
CHECKED_ROWS = 1_000  # after which a file without a date is refused
_EXCHANGE = re.compile(r"^(?:NSE|BSE|NASDAQ|NYSE):(?=.)")
_EVENT = re.compile(r".*\b(?:dividend|stock split|split)s?\b")
_NOTE = re.compile(r"(?:grand |sub ?)?(?:total|average|mean|source|notes?|disclaimer|data provided|downloaded)\b")


class _NotPlain(Exception):
    """A cell that float() does not read."""


class _OddHeading(Exception):
    """A heading of prices with a column that has no name, or twice the same."""


def read_cells(path: Path, zone: tzinfo) -> PriceCells | NoPrices:
    """The cells of a delimited file or a workbook. Raises UnreadableTable, naming file, row and column."""
    try:
        file = TableFile(path, MAX_BYTES)
        table = file.find(_recognise)
    except UnreadableTable as error:
        if path.is_dir() or not path.exists():
            raise
        return NoPrices(path, str(error).removeprefix(str(path)).lstrip(", "))
    except _OddHeading as error:
        raise UnreadableTable(f"{path}: {error}") from None
    if table is None:
        return NoPrices(path, why_not(file.first_row()))
    try:
        return _Collector(table, zone, plain=True).cells()
    except _NotPlain:
        again = file.find(_recognise)
        assert again is not None  # noqa: S101  (as just before)
        return _Collector(again, zone, plain=False).cells()


def _recognise(head: Sequence[Sequence[str]]) -> Layout | None:
    try:
        return recognise(head)
    except UnreadableTable as error:
        raise _OddHeading(str(error)) from None


class _Collector:
    """Reads a table's rows into columns; `plain` numbers are those that float() reads, which is fast."""

    def __init__(self, table: Table[Layout], zone: tzinfo, *, plain: bool) -> None:
        self.table, self.layout, self.zone, self.plain = table, table.meaning, zone, plain
        self.width = table.width
        self.lines = array("q")
        self.known: dict[Cell, Cell] = {}  # each date once, as long files repeat them
        self.label_of: dict[Cell, str] = {}
        self.dates: list[Cell] = []
        self.labels: list[str] = []
        self.aliases: list[tuple[str, ...]] = []
        self.series: list[str] = []
        self.buffer: list[Cell] = []  # of all columns in use, row by row
        self.numbers = array("d")
        self.texts: list[list[Cell]] = [[] for _ in self._places()]
        self.notes: list[Row] = []
        self.contracts: list[tuple[int, str]] = []  # rows of futures and options

    def _places(self) -> tuple[int, ...]:
        """Positions of the closes, then of the volumes that there are, then of what shows the decimal mark."""
        layout = self.layout
        return (*layout.closes, *(i for i in layout.volumes if i >= 0), *(() if self.plain else layout.also))

    def cells(self) -> PriceCells | NoPrices:
        self._collect()
        layout, file = self.layout, self.table.file
        if self.contracts and not self.lines:
            return only_contracts(Path(file), self.contracts)
        column = Column(file, str(self.table.heading[layout.date]).strip() or "Date", self.lines, self.dates)
        days = read_days(column, self.zone)
        if None in days.days:
            i = days.days.index(None)
            raise UnreadableTable(f"{column.at(i)}: {shown(self.dates[i])} is not a date; write it as 2025-09-17.")
        values, notices = self._numbers()
        closes = values[:, : len(layout.closes)]
        cells = PriceCells(
            layout,
            self._names(),
            np.array(days.days, dtype="datetime64[D]"),
            np.array(self.lines, dtype=np.int64),
            closes,
            self._volumes(values),
            self.labels,
            self.aliases,
            days.order,
            notices,
            self._facts(),
        )
        if layout.holes:
            cells.closes[cells.closes == 0.0] = np.nan
        if self.notes:
            cells.notices.append(self._notes_notice())
        if self.contracts:
            cells.notices.append(contracts_notice(file, self.contracts))
        return equity_only(cells, self.series, file) if self.series else cells

    def _notes_notice(self) -> Notice:
        line, row = self.notes[0]
        first = next((text_of(cell) for cell in row if cell != ""), "")
        many = len(self.notes) > 1
        count = f"{len(self.notes)} rows that hold no prices are" if many else "a row that holds no price is"
        text = f"{self.table.file}: {count} left out, {'first ' if many else ''}row {line}, {shown(first)}."
        return ("rows_left_out", text)

    def _collect(self) -> None:
        layout = self.layout
        typed = layout.instrument is not None or layout.expiry is not None
        places = self._places()
        row_slice = slice(places[0], places[-1] + 1) if _consecutive(places) else None
        for line, cells in islice(self.table.rows, layout.height - 1, None):
            row = cells if len(cells) == self.width else self._fitted(line, cells)
            if row is None:
                continue
            day = row[layout.date]
            if not (isinstance(day, str) and day[:1].isdigit()) and self._is_note(row, day):
                self.notes.extend([(line, row)] if any(text_of(cell) for cell in row) else [])
                continue
            if typed and (contract := contract_of(layout, row)) is not None:
                self.contracts.append((line, contract))
                continue
            self.lines.append(line)
            self.dates.append(self.known.setdefault(day, day))
            if len(self.lines) == CHECKED_ROWS and not any(is_date(cell) for cell in self.dates):
                return
            if layout.label is not None:
                self._label(row)
            if layout.series is not None:
                self.series.append(intern(text_of(row[layout.series]).upper()))
            self.buffer.extend(row[row_slice] if row_slice else [row[i] for i in places])
            if len(self.buffer) > BUFFERED_CELLS:
                self._flush()
        self._flush()

    def _label(self, row: Sequence[Cell]) -> None:
        layout = self.layout
        cell = row[layout.label or 0]
        if (label := self.label_of.get(cell)) is None:
            label = self.label_of[cell] = _EXCHANGE.sub("", text_of(cell).upper())
        if not label:
            raise UnreadableTable(
                f"{self.table.file}, row {self.lines[-1]}, column ticker: empty; every row needs a ticker."
            )
        self.labels.append(label)
        if layout.aliases:
            self.aliases.append(tuple(text_of(row[i]).upper() for i in layout.aliases))

    def _flush(self) -> None:
        """Move the buffered cells to the numbers, or to the columns of texts."""
        buffer = self.buffer
        if self.plain:
            try:
                filled = [cell if cell != "" else np.nan for cell in buffer] if "" in buffer else buffer
                self.numbers.extend(map(float, filled))  # type: ignore[arg-type]
            except (ValueError, TypeError):
                raise _NotPlain from None
        else:
            for j, column in enumerate(self.texts):
                column.extend(buffer[j :: len(self.texts)])
        buffer.clear()

    def _fitted(self, line: int, cells: Sequence[Cell]) -> Sequence[Cell] | None:
        """A row as wide as the heading, or None for a note. Raises UnreadableTable."""
        full = list(cells)
        while len(full) > self.width and full[-1] == "":
            full.pop()
        filled = [cell for cell in full if cell != ""]
        if len(full) == self.width:
            return full
        event = len(filled) == 2 and _EVENT.match(words(filled[1])) is not None  # between bars, as Yahoo shows them
        if len(filled) <= 1 or event or (not is_date(full[0]) and _NOTE.match(words(full[0]))):
            if filled and is_date(filled[0]) and not event:
                full += [""] * (self.width - len(full)) if self.table.sheet else []
            else:
                self.notes.append((line, cells))
                return None
        if len(full) != self.width:
            more = ", as a number with commas needs quotes" if len(full) > self.width else ""
            raise UnreadableTable(
                f"{self.table.file}, row {line}: {len(full)} cells where the heading has {self.width}{more}; correct "
                "the row."
            )
        return full

    def _is_note(self, row: Sequence[Cell], day: Cell) -> bool:
        """Whether a row is a note, a total or the heading once more."""
        if is_date(day):
            return False
        filled = [cell for cell in row if cell != "" and text_of(cell)]
        said = words(day)
        return (
            not filled
            or (len(filled) == 1 and said != "")
            or bool(_NOTE.match(said))
            or [text_of(cell) for cell in row] == [text_of(cell) for cell in self.table.heading[: self.width]]
        )

    def _names(self) -> list[str]:
        heading = [str(name).strip() for name in self.table.heading]
        closes = self.layout.tickers or tuple(heading[i] for i in self.layout.closes)
        return [*closes, *(heading[i] for i in self.layout.volumes if i >= 0)]

    def _numbers(self) -> tuple[Array, list[Notice]]:
        count = len(self._places()) - (0 if self.plain else len(self.layout.also))
        if self.plain:
            return np.frombuffer(self.numbers).reshape(len(self.lines), count), []
        mark = decimal_mark(self.texts, self.table.separator)
        values = np.empty((len(self.lines), count))
        notices: list[Notice] = []
        closes = len(self.layout.closes)
        for j, name in enumerate(self._names()):
            column = Column(self.table.file, name, self.lines, self.texts[j])
            if j >= closes:
                volumes, notice = read_volumes(column, mark)
                values[:, j] = volumes
                notices.extend(notice)
                continue
            numbers = read_numbers(column, mark)
            values[:, j] = numbers.values
            if numbers.percent:
                first = min(numbers.percent)
                raise UnreadableTable(f"{column.at(first)}: {shown(self.texts[j][first])} is per cent, and no price.")
            if (i := numbers.doubtful) is not None and not notices and "," in str(self.texts[j][i]):
                text = f"{column.at(i)}: {shown(self.texts[j][i])} is read as {numbers.values[i]:g}."
                notices.append(("doubtful_numbers", text))
        return values, notices

    def _volumes(self, values: Array) -> Array | None:
        layout = self.layout
        if not layout.volumes:
            return None
        volumes = np.full((len(self.lines), len(layout.volumes)), np.nan)
        there = [j for j, i in enumerate(layout.volumes) if i >= 0]
        volumes[:, there] = values[:, len(layout.closes) :]
        return volumes

    def _used(self) -> list[str]:
        """The headings in use, but for those of tickers."""
        layout, heading = self.layout, [str(name).strip() for name in self.table.heading]
        closes = () if layout.tickers else (*layout.closes, *layout.volumes)
        places = (layout.date, layout.label, *layout.aliases, layout.series, *closes)
        names = [heading[i] or "(unnamed)" for i in places if i is not None]
        return [*names, "the close of each ticker"] if layout.tickers else names

    def _facts(self) -> dict[str, str]:
        table, layout = self.table, self.layout
        used = {layout.date, layout.label, *layout.aliases, layout.series, *layout.closes, *layout.volumes}
        left = [str(name).strip() for i, name in enumerate(table.heading[: self.width]) if i not in used]
        return {
            "encoding": shown_encoding(table.encoding),
            "separator": SEPARATOR_NAMES.get(table.separator, table.separator),
            "sheet": table.sheet,
            "skipped": str(len(table.skipped)),
            "used": "\n".join(self._used()),
            "left": "\n".join(left) if layout.height == 1 else "",
        }


def _consecutive(places: Sequence[int]) -> bool:
    return tuple(range(places[0], places[0] + len(places))) == tuple(places)
