"""How far a sheet's cells reach, measured in the file itself: calamine stores every cell up to the last one.

A workbook of 1 kB with one cell in the last row and column would take 500 GB.
"""

import re
import struct
from dataclasses import dataclass

CHUNK_BYTES = 1_000_000

_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?r\s*=\s*[\"']([A-Za-z]+)(\d+)[\"'][^>]*?(/?)>")
_BARE_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s>])(?![^>]*\sr\s*=)[^>]*>")
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*?r\s*=\s*[\"'](\d+)[\"']")
_DOCUMENT_TAG = re.compile(rb"<(/?)table:(table-row|table-cell|covered-table-cell|table)(?=[\s>/])([^>]*?)(/?)>")
_REPEATED = re.compile(rb"number-(?:rows|columns)-repeated\s*=\s*[\"'](\d{1,9})")
# Records of cells in .xls: their row and column are the first two numbers; MULRK and MULBLANK end with a column.
_CELL_RECORDS = frozenset((0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00FD, 0x00D6))
_MULTIPLE_RECORDS = frozenset((0x00BD, 0x00BE))
_BEGIN_RECORD = 0x0809
_SMALL_STREAM = 4096  # bytes, below which a stream is in small sectors
_END_OF_CHAIN = 0xFFFFFFFA  # and what is above it


@dataclass(frozen=True)
class Limits:
    """Of a workbook: bytes that it may unpack to; cells of a sheet from A1 to its last one, empty ones included."""

    unpacked: int = 100_000_000
    cells: int = 1_000_000


class SheetExtent:
    """The last row and column with a value in a sheet's XML, read in chunks."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self._rest = b""
        self._bare = 0  # cells without a reference in the present row

    def add(self, chunk: bytes) -> None:
        """The next part of the XML."""
        text = self._rest + chunk
        end = text.rfind(b">") + 1
        text, self._rest = text[:end], text[end:][-CHUNK_BYTES:]
        for letters, row, empty in _CELL.findall(text):
            if not empty:
                self.rows = max(self.rows, int(row[:9]))
                self.columns = max(self.columns, _number(letters[:5].upper()))
        if _BARE_CELL.search(text):
            self._add_bare(text)

    def _add_bare(self, text: bytes) -> None:
        """Cells without a reference stand one after the other in their row."""
        for i, row in enumerate(text.split(b"row")):
            self._bare = len(_BARE_CELL.findall(row)) + (self._bare if i == 0 else 0)
            self.columns = max(self.columns, self._bare)
        self.rows = max([self.rows, text.count(b"row") // 2, *(int(row[:9]) for row in _ROW.findall(text))])


def _number(letters: bytes) -> int:
    """AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


class DocumentExtent:
    """The rows and columns with values of the largest table in an .ods file's XML, repeated ones counted."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self._rest = b""
        self._row = self._times = 0  # rows before the present one, and how often that is repeated
        self._cell = self._filled = 0  # cells of the present row, up to the last, and up to the last with a value
        self._width = 0  # of the present table

    def add(self, chunk: bytes) -> None:
        """The next part of the XML."""
        text = self._rest + chunk
        end = text.rfind(b">") + 1
        text, self._rest = text[:end], text[end:][-CHUNK_BYTES:]
        for close, tag, attributes, empty in _DOCUMENT_TAG.findall(text):
            found = _REPEATED.search(attributes)
            times = int(found[1]) if found else 1
            if tag == b"table":
                self._row = self._width = 0
            elif tag == b"table-row":
                if not close:
                    self._times, self._cell, self._filled = times, 0, 0
                if close or empty:
                    self._end_row()
            elif not close:
                self._cell += times
                if b"value" in attributes or not empty:
                    self._filled = self._cell

    def _end_row(self) -> None:
        self._row += self._times
        self._width = max(self._width, self._filled)
        if self._filled and self._row * self._width > self.rows * self.columns:
            self.rows, self.columns = self._row, self._width


def extent_of_xls(data: bytes) -> tuple[int, int] | None:
    """The rows and columns of the largest sheet of an .xls file; None where it has no readable stream of cells."""
    if not (stream := _workbook_stream(data)):
        return None
    largest = (0, 0)
    rows = columns = place = 0
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        if kind == _BEGIN_RECORD:
            rows = columns = 0
        elif (kind in _CELL_RECORDS or kind in _MULTIPLE_RECORDS) and size >= 4 and place + 4 + size <= len(stream):
            row, column = struct.unpack_from("<HH", stream, place + 4)
            if kind in _MULTIPLE_RECORDS:
                column = max(column, struct.unpack_from("<H", stream, place + 2 + size)[0])
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            largest = max(largest, (rows, columns), key=lambda extent: extent[0] * extent[1])
        place += 4 + size
    return largest


def _workbook_stream(data: bytes) -> bytes:
    """The stream `Workbook` or `Book` of a compound file, from its sectors; empty where there is none."""
    try:
        size = 1 << struct.unpack_from("<H", data, 30)[0]
        if size not in (512, 4096):
            return b""
        tables = [sector for sector in struct.unpack_from("<109I", data, 76) if sector < _END_OF_CHAIN]
        following, count = struct.unpack_from("<II", data, 68)
        for _ in range(min(count, len(data) // size)):
            if following >= _END_OF_CHAIN:
                break
            block = struct.unpack_from(f"<{size // 4}I", data, (following + 1) * size)
            tables += [sector for sector in block[:-1] if sector < _END_OF_CHAIN]
            following = block[-1]
        chain: list[int] = []
        for table in tables[: len(data) // size]:
            chain += struct.unpack_from(f"<{size // 4}I", data, (table + 1) * size)
        directory = _sectors(data, struct.unpack_from("<I", data, 48)[0], chain, size)
        for place in range(0, len(directory) - 127, 128):
            length = struct.unpack_from("<H", directory, place + 64)[0]
            name = directory[place : place + max(length - 2, 0)].decode("utf-16-le", "replace").lower()
            if name in ("workbook", "book"):
                start, stream_size = struct.unpack_from("<II", directory, place + 116)
                if stream_size < _SMALL_STREAM:
                    return _small_stream(data, directory, start, chain, size)[:stream_size]
                return _sectors(data, start, chain, size)[:stream_size]
    except struct.error:
        pass
    return b""


def _small_stream(data: bytes, directory: bytes, start: int, chain: list[int], size: int) -> bytes:
    """A stream in sectors of 64 bytes, which are stored in the stream of the root."""
    whole = _sectors(data, struct.unpack_from("<I", directory, 116)[0], chain, size)
    table = _sectors(data, struct.unpack_from("<I", data, 60)[0], chain, size)
    small = list(struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4]))
    return _sectors(bytes(64) + whole, start, small, 64)


def _sectors(data: bytes, start: int, chain: list[int], size: int) -> bytes:
    """The sectors of a chain; the first one of `data` is a header."""
    parts: list[bytes] = []
    while start < len(chain) and len(parts) <= len(chain):
        parts.append(data[(start + 1) * size : (start + 2) * size])
        start = chain[start]
    return b"".join(parts)
