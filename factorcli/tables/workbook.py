"""Workbooks (.xlsx, .xls, .ods) through python-calamine: sheets as rows of typed cells.

A workbook is data of strangers: its unpacked size and the extent of its sheets are measured before it is opened.
"""

import hashlib
import io
import threading
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from factorcli.errors import UnreadableTable
from factorcli.tables.cells import Cell, Row
from factorcli.tables.extent import DocumentExtent, Limits, SheetExtent, extent_of_xls

CHUNK_BYTES = 1_000_000


def sheets(data: bytes, name: str, limits: Limits) -> Iterator[tuple[str, Iterator[Row]]]:
    """The title and rows of each sheet. Raises UnreadableTable."""
    book = _last_opened(data, name, limits)
    for title in book.sheet_names:
        if title not in _last.sheets:
            _last.sheets[title] = _guarded(lambda title=title: book.get_sheet_by_name(title), name)
        yield title, _rows(_last.sheets[title], name)


def forget() -> None:
    """Keep nothing of the workbook that this thread opened last."""
    _last.clear()


class _Last(threading.local):
    """The workbook opened last in this thread, as several readers look at one file."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.key = (b"", "", Limits())
        self.book: Any = None
        self.refused: UnreadableTable | None = None
        self.sheets: dict[str, Any] = {}


_last = _Last()


def _last_opened(data: bytes, name: str, limits: Limits) -> Any:
    key = (hashlib.sha256(data).digest(), name, limits)
    if key != _last.key:
        _last.clear()
        _last.key = key
        try:
            _last.book = _opened(data, name, limits)
        except UnreadableTable as error:
            _last.refused = error
    if _last.refused is not None:
        raise UnreadableTable(str(_last.refused))
    return _last.book


def _rows(sheet: Any, name: str) -> Iterator[Row]:
    rows = _guarded(sheet.iter_rows, name)
    line = 0
    while (row := _guarded(lambda: next(rows, None), name)) is not None:
        line += 1
        yield line, [_cell(value) for value in row]


def _opened(data: bytes, name: str, limits: Limits) -> Any:
    if data.startswith(b"PK"):
        _check_archive(data, name, limits)
    elif (extent := extent_of_xls(data)) is None:
        raise UnreadableTable(f"{name} is a damaged workbook (it has no stream of cells); save it anew, or as CSV.")
    else:
        _check_extent(*extent, name, limits)
    try:
        from python_calamine import load_workbook  # noqa: PLC0415  (only for workbooks)
    except ImportError:
        raise UnreadableTable(f"{name} is a workbook, which needs python-calamine: save the sheet as CSV.") from None
    return _guarded(lambda: load_workbook(io.BytesIO(data)), name)


def _guarded(read: Any, name: str) -> Any:
    """What `read` returns; calamine's errors, and the panics of its Rust code, are UnreadableTable."""
    try:
        return read()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        cause = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise UnreadableTable(
            f"{name} cannot be read as a workbook ({cause}); save the sheet as CSV and give that."
        ) from None


def _cell(value: object) -> Cell:
    """A cell's value: text, a number or a date; a truth value as text, a time of day as text."""
    if isinstance(value, bool | time | timedelta):
        return str(value)
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str | datetime | date):
        return value
    return "" if value is None else str(value)


def _check_archive(data: bytes, name: str, limits: Limits) -> None:
    """Raise UnreadableTable where the archive unpacks to too much, lies about its sizes, or spreads its cells."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            if total > limits.unpacked:
                raise UnreadableTable(
                    f"{name} unpacks to {total:,} bytes, and at most {limits.unpacked:,} are read: save the sheet as "
                    "CSV."
                )
            for member in members:
                _check_member(data, archive, member, name, limits)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        cause = str(error)[:80] or type(error).__name__
        raise UnreadableTable(f"{name} is a damaged workbook ({cause}); save it anew, or as CSV.") from None


def _check_extent(rows: int, columns: int, name: str, limits: Limits) -> None:
    if rows * columns > limits.cells:
        raise UnreadableTable(
            f"{name} has a sheet of {rows:,} rows and {columns:,} columns or more, and at most {limits.cells:,} cells "
            "are read: delete stray cells far from the table, or save the sheet as CSV or Parquet."
        )


def _check_member(data: bytes, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, limits: Limits) -> None:
    if member.flag_bits & 1:
        raise UnreadableTable(f"{name} is protected by a password: save it without, or as CSV.")
    if member.filename.lower().endswith(".bin") and "worksheet" in member.filename.lower():
        raise UnreadableTable(f"{name} is a binary workbook (.xlsb): save it as .xlsx or CSV.")
    extent = DocumentExtent() if member.filename == "content.xml" else SheetExtent()
    with archive.open(member) as file:
        while chunk := file.read(CHUNK_BYTES):
            if member.filename.lower().endswith(".xml"):
                extent.add(chunk)
                _check_extent(extent.rows, extent.columns, name, limits)
    if member.compress_type == zipfile.ZIP_DEFLATED and _unpacks_beyond(data, member):
        raise UnreadableTable(f"{name} is a damaged workbook ({member.filename} is larger than it says).")


def _unpacks_beyond(data: bytes, member: zipfile.ZipInfo) -> bool:
    """Whether a member yields more than its directory entry says."""
    start = member.header_offset
    header = data[start : start + 30]
    begin = start + 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    unpacker = zlib.decompressobj(-15)
    left, packed = member.file_size, data[begin:]
    while not unpacker.eof and packed:
        piece = unpacker.decompress(packed, CHUNK_BYTES)
        left -= len(piece)
        if left < 0:
            return True
        packed = unpacker.unconsumed_tail
    return False
