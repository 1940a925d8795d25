"""The cells of a price file in Parquet: typed columns, dates as a column or as pandas' index, in one or two levels."""

import re
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any

import numpy as np

from factorcli.errors import UnreadableTable
from factorcli.tables.cells import Cell, Column, text_of
from factorcli.tables.dates import read_days
from factorcli.tables.numbers import read_numbers
from factorcli.tables.price_cells import Array, NoPrices, PriceCells
from factorcli.tables.price_layout import DATES, Layout, recognise, why_not

MAX_CELLS = 100_000_000
_INDEX_COLUMN = re.compile(r"__index_level_\d+__")


def read_parquet(path: Path, zone: tzinfo) -> PriceCells | NoPrices:
    """The cells of a Parquet file, whose first record is row 1. Raises UnreadableTable."""
    try:
        import pyarrow as pa  # noqa: PLC0415  (an extra)
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError:
        raise UnreadableTable(
            f"{path} is a Parquet file, which needs pyarrow: pip install 'factorcli[parquet]'."
        ) from None
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if file.metadata.num_rows * max(len(names), 1) > MAX_CELLS:
                raise UnreadableTable(f"{path} has more than {MAX_CELLS:,} values, and at most that many are read.")
            found = _layout(path, names)
            return found if isinstance(found, NoPrices) else _Reader(path, zone, file.read(), *found).cells()
    except (pa.ArrowException, OSError) as error:
        cause = (str(error).splitlines() or [""])[0]
        raise UnreadableTable(f"{path} cannot be read as Parquet: {cause}") from None


def _layout(path: Path, names: list[str]) -> "tuple[Layout, list[str], list[int]] | NoPrices":
    """The layout, the headings with the dates first, and the position of each in the file."""
    heading = ["Date" if _INDEX_COLUMN.fullmatch(name) else name for name in names]
    named = [name for name in DATES if name]
    order = sorted(range(len(heading)), key=lambda i: heading[i].strip(" ()',").lower() not in named)
    heading = [heading[i] for i in order]
    try:
        layout = recognise([heading]) if heading else None
    except UnreadableTable as error:
        raise UnreadableTable(f"{path}: {error}") from None
    return NoPrices(path, why_not(heading)) if layout is None else (layout, heading, order)


class _Reader:
    def __init__(
        self, path: Path, zone: tzinfo, table: Any, layout: Layout, heading: list[str], order: list[int]
    ) -> None:
        self.path, self.zone, self.table = path, zone, table
        self.layout, self.heading, self.order = layout, heading, order
        self.rows = range(1, table.num_rows + 1)

    def cells(self) -> PriceCells:
        layout = self.layout
        dates = [_date(cell) for cell in self._list(layout.date)]
        column = Column(str(self.path), self.heading[layout.date], self.rows, dates)
        days = read_days(column, self.zone)
        if None in days.days:
            raise UnreadableTable(f"{column.at(days.days.index(None))}: empty; every row needs a date.")
        closes = np.column_stack([self._numbers(i) for i in layout.closes])
        missing = np.full(len(self.rows), np.nan)
        volumes = [missing if i < 0 else self._numbers(i) for i in layout.volumes]
        used = {layout.date, layout.label, *layout.closes, *layout.volumes}
        names = [*(layout.tickers or [self.heading[i] for i in layout.closes])]
        return PriceCells(
            layout,
            [*names, *(self.heading[i] for i in layout.volumes)],
            np.array(days.days, dtype="datetime64[D]"),
            np.array(self.rows, dtype=np.int64),
            closes,
            np.column_stack(volumes) if volumes else None,
            [] if layout.label is None else self._labels(layout.label),
            [],
            days.order,
            facts={
                "form": "Parquet",
                "used": "\n".join(n for i, n in enumerate(self.heading) if i in used and not layout.tickers),
                "left": "\n".join(n for i, n in enumerate(self.heading) if i not in used),
            },
        )

    def _list(self, place: int) -> list[Any]:
        values: list[Any] = self.table.column(self.order[place]).to_pylist()
        return values

    def _labels(self, place: int) -> list[str]:
        labels = [str(cell or "").strip().upper() for cell in self._list(place)]
        if "" in labels:
            row = self.rows[labels.index("")]
            raise UnreadableTable(f"{self.path}, row {row}, column ticker: empty; every row needs a ticker.")
        return labels

    def _numbers(self, place: int) -> Array:
        import pyarrow as pa  # noqa: PLC0415

        column = self.table.column(self.order[place])
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            values: Array = column.to_numpy().astype(np.float64)
            return values
        cells = [_number(cell) for cell in self._list(place)]
        return np.array(read_numbers(Column(str(self.path), self.heading[place], self.rows, cells)).values)


def _date(cell: object) -> Cell:
    if isinstance(cell, datetime | date | str):
        return cell
    return "" if cell is None else text_of(float(cell)) if isinstance(cell, int | float) else str(cell)


def _number(cell: object) -> Cell:
    if isinstance(cell, int | float | str) and not isinstance(cell, bool):
        return cell if isinstance(cell, str) else float(cell)
    return "" if cell is None else str(cell)
