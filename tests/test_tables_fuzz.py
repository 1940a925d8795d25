"""Broken files: truncated, mixed, random and hostile ones end in prices or in a refusal that names file and cause."""

import io
import random
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from factorcli.errors import MalformedPrices
from factorcli.prices.checking import check_prices
from factorcli.tables.price_cells import NoPrices
from factorcli.tables.prices import read_prices
from tests import price_files as build

pytestmark = pytest.mark.cli

ZONE = ZoneInfo("Asia/Kolkata")
BARS = [(date(2024, 3, 4) + timedelta(days=i), 1000.5 + i) for i in range(30)]
HOSTILE = (
    "=cmd|' /C calc'!A0", "@SUM(A1)", "\0", "\ufeff", '"', "1e999", "-1e-999", "9" * 400, "١٢٣", "٢٠٢٤-٠٣-٠٤", "0x10",
    "2024-W10-1", "0000-00-00", "9999-12-31", "2024-03-04T25:61:61+99:99", "\u202e", "1_000", "inf", "−", "();DROP",
    "1,2,3,4", "''", ";" * 50, "\t" * 50, "\r", "\n\n", "\x1a", "é", "₹", "=", "Date", "Close", "SERIES", "(((((",
    "%" * 9, "1 2 3",
)  # fmt: skip


def _originals() -> list[bytes]:
    """One file of each kind."""
    texts = [make(BARS) for make in build.ONE_TICKER.values()]
    texts += [build.many_tickers(kind, [("AAA", "EQ", *bar) for bar in BARS]) for kind in build.MANY_TICKERS]
    texts += [build.yfinance_many({"A": BARS, "B": BARS}), build.grouped_by_ticker({"A": BARS}), build.AMFI]
    wide = build.lines("Date;A;B", [f"{day:%d.%m.%Y};1.234,5;-" for day, _ in BARS])
    content = [text.encode() for text in texts] + [wide.encode("utf-16"), wide.encode("cp1252")]
    old = [(i, j, float(j + i + 40_000)) for i in range(1, 20) for j in range(3)]
    books = [build.workbook({"s": [["Date", "A"], *BARS]}), build.old_workbook([(0, 0, "Date"), (0, 1, "A"), *old])]
    rows = [build.document_row("Date", "A"), *(build.document_row(*bar) for bar in BARS)]
    return [*content, *books, build.document("".join(rows))]


def _broken(chance: random.Random, originals: list[bytes]) -> bytes:
    """One to three faults in one of the files."""
    data = bytearray(chance.choice(originals))
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(data) + 1)
        fault = chance.randrange(9)
        if fault == 0:
            del data[place:]
        elif fault == 1:
            del data[place : place + chance.randint(1, 40)]
        elif fault == 2:
            data[place:place] = chance.randbytes(chance.randint(1, 30))
        elif fault == 3:
            text = chance.choice(HOSTILE)
            data[place:place] = text.encode(chance.choice(["utf-8", "utf-16-le"]), "replace")
        elif fault == 4 and data:
            data[place % len(data)] = chance.randrange(256)
        elif fault == 5:
            data += data[: place % 500]
        elif fault == 6:
            lines = bytes(data).split(b"\n")
            chance.shuffle(lines)
            data = bytearray(b"\n".join(lines))
        elif fault == 7:
            data = bytearray(
                bytes(data).replace(chance.choice([b",", b";", b"-", b"0"]), chance.choice([b"\t", b"", b"."]))
            )
        else:
            data = bytearray(
                bytes(data).decode("latin-1").encode(chance.choice(["utf-8", "utf-16", "utf-32", "cp037"]))
            )
    return bytes(data)


def _read(path: Path) -> str:
    """What came of it: `prices`, `other` or `refused`; anything else than these three is a fault of the reader."""
    try:
        found = read_prices(path, ZONE)
    except MalformedPrices as refused:
        assert str(path) in str(refused)
        assert len(str(refused)) < 1_000
        return "refused"
    if isinstance(found, NoPrices):
        assert len(found.reason) > 10
        return "other"
    assert (np.diff(found.dates).astype(int) > 0).all()
    assert found.closes.shape == (len(found.dates), len(found.tickers))
    closes = found.closes[np.isfinite(found.closes)]
    assert ((closes > 0) & (closes < 1e13)).all()
    assert check_prices(path, ZONE, date(2026, 1, 1)).problem is None
    return "prices"


def _fuzz(folder: Path, count: int, seed: int) -> tuple[dict[str, int], float]:
    chance, originals = random.Random(seed), _originals()
    outcomes: dict[str, int] = {}
    slowest = 0.0
    for number in range(count):
        name = chance.choice(("p.csv", "p.csv", "p.txt", "p.xlsx", "^NSEI.csv", "p.parquet"))
        path = folder / name
        path.write_bytes(_broken(chance, originals))
        begun = time.process_time()
        try:
            outcome = _read(path)
        except Exception as error:
            raise AssertionError(f"file {number} of seed {seed}: {path.read_bytes()[:500]!r}") from error
        slowest = max(slowest, time.process_time() - begun)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    return outcomes, slowest


def test_broken_files_are_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    """400 of them; every outcome occurs."""
    outcomes, _ = _fuzz(tmp_path, 400, seed=1)
    assert set(outcomes) == {"prices", "other", "refused"}


@pytest.mark.slow
def test_twenty_thousand_broken_files(tmp_path: Path) -> None:
    """No traceback, none takes longer than 5 s."""
    outcomes, slowest = _fuzz(tmp_path, 20_000, seed=2)
    print(outcomes, f"slowest {slowest:.2f} s")
    assert sum(outcomes.values()) == 20_000
    assert slowest < 5.0


def _archive(member: str, content: bytes) -> bytes:
    """A workbook with one part in place of its own."""
    whole = io.BytesIO(build.workbook({"s": [["Date", "A"], *BARS]}))
    out = io.BytesIO()
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == member else old.read(name))
    return out.getvalue()


def _sheet(rows: str) -> bytes:
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f"{rows}</sheetData></worksheet>"
    ).encode()


SHEET = "xl/worksheets/s0.xml"
BOMBS = {
    "far cell": lambda: _archive(
        SHEET, _sheet('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>')
    ),
    "far row of bare cells": lambda: _archive(SHEET, _sheet(f'<row r="1048576">{"<c><v>1</v></c>" * 16384}</row>')),
    "unpacks to 200 MB": lambda: _archive(SHEET, _sheet("<row/>" + " " * 200_000_000)),
}


def _lying() -> bytes:
    """An archive whose directory says that 90 MB are 1 kB."""
    content = _sheet("<row/>" + " " * 90_000_000)
    data = _archive(SHEET, content)
    for true, false in ((len(content), 1000), (zlib.crc32(content), zlib.crc32(content[:1000]))):
        assert data.count(true.to_bytes(4, "little")) == 2  # beside the part, and in the directory
        data = data.replace(true.to_bytes(4, "little"), false.to_bytes(4, "little"))
    return data


MEASURED = """
import re, sys, time
from pathlib import Path
from zoneinfo import ZoneInfo
from factorcli.tables.prices import read_prices
begun = time.process_time()
try:
    print(read_prices(Path(sys.argv[1]), ZoneInfo("UTC")).reason)
except Exception as error:
    print(type(error).__name__, error)
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(time.process_time() - begun, int(peak[1]) / 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is measured as Linux counts it")
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(BOMBS["far cell"], id="a cell in the last row and column"),
        pytest.param(BOMBS["far row of bare cells"], id="cells without a reference in the last row"),
        pytest.param(BOMBS["unpacks to 200 MB"], id="a zip bomb"),
        pytest.param(_lying, id="a zip bomb with a false size"),
        pytest.param(lambda: b"1," * 50_000_000, id="100 MB of one line"),
        pytest.param(lambda: b'"' + b"a\n" * 50_000_000, id="100 MB in a quote"),
        pytest.param(lambda: b"\n" * 100_000_000, id="100 MB of blank lines"),
        pytest.param(lambda: b"a\n" * 50_000_000, id="50 million lines"),
        pytest.param(lambda: b"Date,A\n" + b"x,1\n" * 25_000_000, id="25 million lines below a heading"),
        pytest.param(lambda: ("Date;" + "\u20b9" * 30_000_000).encode("utf-16"), id="60 MB of UTF-16 in one line"),
    ],
)
def test_a_hostile_file_costs_little(tmp_path: Path, make) -> None:
    """Refused within 5 s and 500 MB, in a process of its own."""
    path = tmp_path / "p.csv"
    path.write_bytes(make())
    words = [sys.executable, "-c", MEASURED, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-300:]
    said, figures = done.stdout.strip().rsplit("\n", 1)
    seconds, megabytes = map(float, figures.split())
    print(f"{said[:120]}: {seconds:.2f} s, {megabytes:.0f} MB")
    assert seconds < 5.0
    assert megabytes < 500.0


FAR = {
    "xlsx": (BOMBS["far cell"], "1,048,576 rows and 16,384 columns"),
    "xlsx of bare cells": (BOMBS["far row of bare cells"], "1,048,576 rows and 16,384 columns"),
    "xls": (lambda: build.old_workbook([(0, 0, "Date"), (65535, 65535, 2.0)]), "65,536 rows and 65,536 columns"),
    "xls in small sectors": (lambda: _small([(0, 0, "Date"), (65535, 65535, 2.0)]), "65,536 rows and 65,536 columns"),
    "ods": (
        lambda: build.document(build.document_row(times=1_048_000) + build.document_row(*range(9))),
        "1,048,001 rows and 9 columns",
    ),
    "ods of repeated numbers": (
        lambda: build.document(build.document_row(*range(50), times=900_000)), "900,000 rows and 50 columns",
    ),
}  # fmt: skip


def _small(cells: list[tuple[int, int, object]]) -> bytes:
    """An .xls whose stream of cells is too short for sectors of its own: it lies in the stream of the root."""
    data = bytearray(build.old_workbook(cells, smallest=512))
    directory = 512 * 2
    data[directory + 116 : directory + 124] = struct.pack("<II", 2, 512)  # the root has the sector
    data[directory + 128 + 116 : directory + 128 + 124] = struct.pack("<II", 0, 512)
    table = len(data) // 512 - 1
    data += struct.pack("<128I", *range(1, 8), 0xFFFFFFFE, *[0xFFFFFFFF] * 120)
    data[60:68] = struct.pack("<II", table, 1)
    data[512 + 4 * table : 512 + 4 * table + 4] = struct.pack("<I", 0xFFFFFFFE)
    return bytes(data)


@pytest.mark.parametrize("name", list(FAR))
def test_a_sheet_with_a_stray_cell_far_away_is_refused_before_it_is_opened(tmp_path: Path, name: str) -> None:
    """The memory of every cell up to it would be taken, and the process would end."""
    make, said = FAR[name]
    path = tmp_path / "p.xlsx"
    path.write_bytes(make())
    found = read_prices(path, ZONE)
    assert isinstance(found, NoPrices)
    assert said in found.reason
