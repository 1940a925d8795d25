"""The bytes of a file of text: read with a limit, their encoding found, their lines in bounds."""

import codecs
from pathlib import Path

from factorcli.errors import UnreadableTable

MAX_LINE_BYTES = 4_000_000  # a row of 50,000 tickers has about 750,000
CHUNK_BYTES = 1_000_000
CHECKED_BYTES = 100_000  # for control characters other than NUL, which no byte may be
SAMPLE_BYTES = 2_000

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PAGES = (b"<!doctype html", b"<html", b"<head", b"<table", b"<?xml")
_CONTROL = bytes([*range(9), *range(14, 26), *range(27, 32)])

ENCODING_NAMES = {"utf-8-sig": "UTF-8 with a byte order mark", "cp1252": "Windows-1252"}


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """The content of a file of at most `max_bytes`. Raises UnreadableTable."""
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise UnreadableTable(f"{path}: there is no such file; check the path.") from None
    except (OSError, ValueError) as error:  # ValueError: an invalid file name
        if path.is_dir():
            raise UnreadableTable(f"{path} is a folder; name a file.") from None
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableTable(f"{path} cannot be read: {reason}.") from None
    if len(data) > max_bytes:
        raise UnreadableTable(f"{path} is larger than {max_bytes:,} bytes, too large for a table of this kind.")
    return data


def encoding_of(data: bytes, name: str) -> str:
    """The encoding of text: UTF-8, UTF-16 with or without a mark, else Windows-1252.

    Raises UnreadableTable for what is not text, is a web page, or has a line above MAX_LINE_BYTES.
    """
    if (
        data[:1000]
        .lstrip(b"\xef\xbb\xbf \t\r\n")
        .lower()
        .startswith((b"<!doctype html", b"<html", b"<table", b"<?xml"))
    ):
        raise UnreadableTable(f"{name} is a web page, whatever its name: open it in a spreadsheet and save it as CSV.")
    _check_lines(data, name)
    if (marked := next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)) is not None:
        encodings = [marked]
    elif (wide := _unmarked_utf16(data)) is not None:
        encodings = [wide]
    else:
        control = data.find(b"\0")
        if control < 0 and len((begin := data[:CHECKED_BYTES]).translate(None, _CONTROL)) < len(begin):
            control = next(i for i, byte in enumerate(begin) if byte in _CONTROL)
        if control >= 0:
            line = data.count(b"\n", 0, control) + 1
            raise UnreadableTable(f"{name} is not a text file: line {line} has the byte {data[control]:#04x}.")
        encodings = ["utf-8"] if data.isascii() else ["utf-8", "cp1252"]
    for encoding in encodings:
        if _decodes(data, encoding):
            return encoding
    raise UnreadableTable(f"{name} is not a text file: it is not valid {encodings[-1].upper()}.")


def _check_lines(data: bytes, name: str) -> None:
    """Raise UnreadableTable where a line is too long, which would fill the memory with cells."""
    end = b"\n" if b"\n" in data else b"\r"
    start = 0
    while len(data) - start > MAX_LINE_BYTES:
        newline = data.rfind(end, start, start + MAX_LINE_BYTES)
        if newline < 0:
            line = data.count(end, 0, start) + 1
            raise UnreadableTable(f"{name}, row {line} is longer than {MAX_LINE_BYTES:,} bytes, which no table has.")
        start = newline + 1


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 without a mark, where nearly every second byte is zero."""
    sample = data[:SAMPLE_BYTES]
    if len(data) % 2 or len(sample) < 8:
        return None
    low, high = sample[0::2].count(0), sample[1::2].count(0)
    if not low and high > 0.8 * len(sample) / 2:
        return "utf-16-le"
    return "utf-16-be" if not high and low > 0.8 * len(sample) / 2 else None


def _decodes(data: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(data), CHUNK_BYTES):
            text = decoder.decode(data[start : start + CHUNK_BYTES])
            if encoding.startswith("utf-16") and "\0" in text:
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def shown_encoding(encoding: str) -> str:
    """An encoding as people call it."""
    return ENCODING_NAMES.get(encoding, encoding.upper())
