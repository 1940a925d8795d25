"""Delimited text as spreadsheets write it: bytes to rows of cells, and cells to numbers.

Reads commas, semicolons, tabs or pipes as delimiters, a byte order mark, a first line `sep=;`, decimal commas between
semicolons, digit groups as in 1,23,456, and minus and rupee signs. Standard library only.
"""

import codecs
import csv
import io
import re
from pathlib import Path

from factorcli.errors import UnreadableTable

Rows = list[tuple[int, list[str]]]  # line number and cells
MAX_NUMBER = 1e15  # of shares, or of money
MAX_SHOWN_LENGTH = 40  # of a cell in a message

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{2,3})*,\d{3}(\.\d*)?", re.ASCII)


def read_text(path: Path, max_bytes: int) -> str:
    """The text of a file of at most `max_bytes`. Raises UnreadableTable."""
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise UnreadableTable(f"{path}: there is no such file; check the path.") from None
    except IsADirectoryError:
        raise UnreadableTable(f"{path} is a folder; name a CSV file.") from None
    except (OSError, ValueError) as error:  # ValueError: an invalid file name
        if path.is_dir():  # for which Windows raises another error
            raise UnreadableTable(f"{path} is a folder; name a CSV file.") from None
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableTable(f"{path} cannot be read: {reason}.") from None
    if len(data) > max_bytes:
        raise UnreadableTable(f"{path.name} is larger than {max_bytes:,} bytes, too large for a list of holdings.")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UnreadableTable(f"{path.name} is a workbook: save the sheet as CSV and give that.")
    try:
        wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # an older spreadsheet; tickers and numbers are ASCII
    if "\0" in text:
        raise UnreadableTable(f"{path.name} is not a text file: give a CSV file of holdings.")
    return text


def rows_of(text: str, name: str) -> Rows:
    """The lines that are not blank, without a line `sep=;` that declares the delimiter.

    `name` is the file's name in messages. Raises UnreadableTable.
    """
    first = next((line.strip(" \r\n") for line in text.splitlines() if line.strip()), "")
    told = len(first) == 5 and first.lower().startswith("sep=")
    separator = first[4] if told else max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        table = [(reader.line_num, [_clean(cell, separator) for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise UnreadableTable(f"{name}, line {reader.line_num}: not CSV ({error}); check its quotes.") from None
    return [line for line in table if any(line[1])][1 if told else 0 :]


def number(cell: str) -> float | None:
    """The number in a cell (25% is 0.25), or None if it is not one."""
    text = cell.replace("\N{MINUS SIGN}", "-").replace("\N{INDIAN RUPEE SIGN}", "").strip()
    percent = text.endswith("%")
    text = text.removesuffix("%").strip()
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text) or not abs(float(text)) < MAX_NUMBER:
        return None
    return float(text) / 100.0 if percent else float(text)


def shown(cell: str) -> str:
    """A cell, truncated to MAX_SHOWN_LENGTH."""
    return cell if len(cell) <= MAX_SHOWN_LENGTH else f"{cell[:MAX_SHOWN_LENGTH]}…"


def _clean(cell: str, separator: str) -> str:
    """A cell without surrounding blanks; with semicolons as delimiters, a decimal comma becomes a point."""
    cell = cell.strip()
    if separator == ";" and re.fullmatch(r"[^,A-Za-z]*\d,\d+\s*%?", cell):
        return cell.replace(".", "").replace(",", ".")
    return cell
