"""The cells of a price file in Parquet: typed columns, dates as a column or as pandas' index, in one or two levels."""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import numpy as np

from factorcli.errors import UnreadableTable
from factorcli.tables.cells import Cell, Column, shown, text_of
from factorcli.tables.dates import EPOCH, SERIAL_ORDER, Days, read_days
from factorcli.tables.numbers import read_numbers
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
from factorcli.tables.price_headings import DATES
from factorcli.tables.price_layout import Layout, recognise, why_not

MAX_CELLS = 100_000_000
_INDEX_COLUMN = re.compile(r"__index_level_\d+__")


def read_parquet(path: Path, zone: tzinfo) -> PriceCells | NoPrices:
    """The cells of a Parquet file, whose first record is row 1. Raises UnreadableTable."""
    import pyarrow as pa  # noqa: PLC0415  (only who has such a file pays for it)
    import pyarrow.parquet as pq  # noqa: PLC0415

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
        self.rows: Sequence[int] = range(1, table.num_rows + 1)
        self.notices: list[Notice] = []

    def cells(self) -> PriceCells | NoPrices:
        layout = self.layout
        contracts = self._leave_contracts()
        if contracts and not self.rows:
            return only_contracts(self.path, contracts)
        days = self._days()
        closes = np.column_stack([self._numbers(i) for i in layout.closes])
        missing = np.full(len(self.rows), np.nan)
        volumes = [missing if i < 0 else self._numbers(i, volumes=True) for i in layout.volumes]
        used = {layout.date, layout.label, *layout.closes, *layout.volumes}
        names = [*(layout.tickers or [self.heading[i] for i in layout.closes])]
        cells = PriceCells(
            layout,
            [*names, *(self.heading[i] for i in layout.volumes)],
            np.array(days.days, dtype="datetime64[D]"),
            np.array(self.rows, dtype=np.int64),
            closes,
            np.column_stack(volumes) if volumes else None,
            [] if layout.label is None else self._labels(layout.label),
            [],
            days.order,
            self.notices,
            facts={
                "form": "Parquet",
                "used": "\n".join(n for i, n in enumerate(self.heading) if i in used and not layout.tickers),
                "left": "\n".join(n for i, n in enumerate(self.heading) if i not in used),
            },
        )
        if contracts:
            cells.notices.append(contracts_notice(str(self.path), contracts))
        if layout.series is None:
            return cells
        return equity_only(
            cells, [str(cell or "").strip().upper() for cell in self._list(layout.series)], str(self.path)
        )

    def _leave_contracts(self) -> list[tuple[int, str]]:
        """Leave out the rows of futures and options, and return their numbers and types."""
        places = [i for i in (self.layout.instrument, self.layout.expiry) if i is not None]
        if not places:
            return []
        row: list[Cell] = [""] * len(self.heading)
        contracts, kept = [], []
        for number, cells in zip(self.rows, zip(*map(self._list, places), strict=True), strict=True):
            for place, cell in zip(places, cells, strict=True):
                row[place] = _date(cell)
            if (contract := contract_of(self.layout, row)) is None:
                kept.append(number)
            else:
                contracts.append((number, contract))
        if contracts:
            self.rows, self.table = kept, self.table.take(np.array(kept, dtype=np.int64) - 1)
        return contracts

    def _days(self) -> Days:
        place = self.layout.date
        dates = [_date(cell) for cell in self._list(place)]
        column = Column(str(self.path), self.heading[place], self.rows, dates)
        if (unit := self._period(place)) is not None:
            if unit != "D":
                raise UnreadableTable(
                    f"{column.at(0)}: a period of frequency {unit}, and not of a day; store dates, as to_timestamp() "
                    "makes them."
                )
            dates = ["" if cell == "" else EPOCH.date() + timedelta(int(str(cell))) for cell in dates]
            column = Column(column.file, column.name, self.rows, dates)
        days = read_days(column, self.zone)
        if None in days.days:
            raise UnreadableTable(f"{column.at(days.days.index(None))}: empty; every row needs a date.")
        if SERIAL_ORDER in days.order:
            raise UnreadableTable(
                f"{column.at(0)}: {shown(dates[0])} is a number, and may be days since 1900 or since 1970; store dates."
            )
        return days

    def _period(self, place: int) -> str | None:
        """The frequency of a column of pandas' periods, which are integers since 1970, or None."""
        field = self.table.schema.field(self.order[place])
        if hasattr(field.type, "freq"):  # where pandas has told pyarrow of its types
            return str(field.type.freq)
        told = field.metadata or {}
        if told.get(b"ARROW:extension:name") == b"pandas.period":
            return str(json.loads(told[b"ARROW:extension:metadata"])["freq"])
        columns = json.loads((self.table.schema.metadata or {}).get(b"pandas", b"{}")).get("columns", [])
        kinds = [str(one.get("numpy_type")) for one in columns if one.get("field_name") == field.name]
        found = re.fullmatch(r"period\[(.+)\]", kinds[0]) if kinds else None
        return found[1] if found else None

    def _list(self, place: int) -> list[Any]:
        values: list[Any] = self.table.column(self.order[place]).to_pylist()
        return values

    def _labels(self, place: int) -> list[str]:
        labels = [str(cell or "").strip().upper() for cell in self._list(place)]
        if "" in labels:
            row = self.rows[labels.index("")]
            raise UnreadableTable(f"{self.path}, row {row}, column ticker: empty; every row needs a ticker.")
        return labels

    def _numbers(self, place: int, *, volumes: bool = False) -> Array:
        import pyarrow as pa  # noqa: PLC0415

        column = self.table.column(self.order[place])
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            values: Array = column.to_numpy().astype(np.float64)
            return values
        cells = [_number(cell) for cell in self._list(place)]
        texts = Column(str(self.path), self.heading[place], self.rows, cells)
        if not volumes:
            return np.array(read_numbers(texts).values)
        read, notices = read_volumes(texts, None)
        self.notices += notices
        return np.array(read)


def _date(cell: object) -> Cell:
    if isinstance(cell, datetime | date | str):
        return cell
    return "" if cell is None else text_of(float(cell)) if isinstance(cell, int | float) else str(cell)


def _number(cell: object) -> Cell:
    if isinstance(cell, int | float | str) and not isinstance(cell, bool):
        return cell if isinstance(cell, str) else float(cell)
    return "" if cell is None else str(cell)
