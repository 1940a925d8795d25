"""The reader of tables: encodings, separators, headings, numbers and dates, in every style that people write."""

import csv
import io
import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factorcli.errors import UnreadableTable
from factorcli.tables.cells import Column, words
from factorcli.tables.dates import is_date, read_days
from factorcli.tables.numbers import decimal_mark, number, read_numbers
from factorcli.tables.reader import TableFile
from tests.price_files import read_table

pytestmark = pytest.mark.cli

ZONE = ZoneInfo("Asia/Kolkata")
FEW = settings(
    max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _grouped(value: float, sizes: tuple[int, int], mark: str, point: str) -> str:
    """The digits of a value in groups from the right: sizes of the last group and of the others."""
    whole, _, fraction = f"{value:.2f}".partition(".")
    groups, last = [whole[-sizes[0] :]], whole[: -sizes[0]]
    while last:
        groups.insert(0, last[-sizes[1] :])
        last = last[: -sizes[1]]
    return f"{mark.join(groups)}{point}{fraction}"


NUMBERS = {
    "plain": lambda v: f"{v:.2f}",
    "thousands": lambda v: _grouped(v, (3, 3), ",", "."),
    "lakhs": lambda v: _grouped(v, (3, 2), ",", "."),
    "decimal comma": lambda v: f"{v:.2f}".replace(".", ","),
    "points and comma": lambda v: _grouped(v, (3, 3), ".", ","),
    "spaces": lambda v: _grouped(v, (3, 3), "\xa0", "."),
    "rupees": lambda v: f"Rs. {_grouped(v, (3, 2), ',', '.')}",
    "euros": lambda v: f"{_grouped(v, (3, 3), '.', ',')} €",
    "scientific": lambda v: f"{v:.12e}",
}
DATES = {
    "ISO": lambda d: f"{d}",
    "ISO with time": lambda d: f"{d} 15:30:00",
    "ISO with zone": lambda d: f"{d}T00:00:00+05:30",
    "slashes, year first": lambda d: f"{d:%Y/%m/%d}",
    "digits": lambda d: f"{d:%Y%m%d}",
    "day-month": lambda d: f"{d:%d-%m-%Y}",
    "day/month": lambda d: f"{d.day}/{d.month}/{d.year}",
    "month/day": lambda d: f"{d:%m/%d/%Y}",
    "day.month with time": lambda d: f"{d:%d.%m.%Y} 15:30",
    "short": lambda d: f"{d.day}/{d.month}/{d:%y}",
    "NSE": lambda d: f"{d:%d-%b-%Y}",
    "NSE in capitals": lambda d: f"{d:%d-%b-%y}".upper(),
    "American": lambda d: f"{d:%b %d, %Y}",
    "long": lambda d: f"{d:%A, %d %B %Y}",
    "of a browser": lambda d: f"{d:%a %b %d %Y} 00:00:00 GMT+0530 (India Standard Time)",
    "serial": lambda d: str((d - date(1899, 12, 30)).days),
    "seconds": lambda d: str(int(datetime(d.year, d.month, d.day, 4, tzinfo=UTC).timestamp())),
    "milliseconds": lambda d: str(int(datetime(d.year, d.month, d.day, 4, tzinfo=UTC).timestamp()) * 1000),
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
VALUES = st.integers(1, 10**9).map(lambda cents: cents / 100)
# A day above 12 decides between day and month.
DAYS = st.sets(st.dates(date(1995, 1, 1), date(2035, 12, 31)), min_size=2, max_size=8).map(
    lambda days: sorted(days | {date(2024, 5, 3), date(2024, 5, 23)})  # 3/5/24 and 23/5/24 fit one order only
)


@FEW
@given(
    days=DAYS, data=st.data(), encoding=st.sampled_from(ENCODINGS), separator=st.sampled_from(",;\t|"),
    dates=st.sampled_from(list(DATES)), numbers=st.sampled_from(list(NUMBERS)), told=st.booleans(),
    preamble=st.sampled_from(["", "A report\n\n", "Name of the file, with a comma\nFrom;01-01-2024\n"]),
    end=st.sampled_from(["\n", "\r\n"]), quoted=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)  # fmt: skip
def test_a_table_is_the_same_in_every_style(
    tmp_path: Path, days, data, encoding, separator, dates, numbers, told, preamble, end, quoted
) -> None:
    """Random dates and prices, written and read back: encoding, separator, dates and numbers are found out."""
    prices = [[data.draw(VALUES) for _ in range(2)] for _ in days]
    prices[0][0] = 12345.67  # decides between a decimal comma and a decimal point
    out = io.StringIO()
    out.write(f"sep={separator}{end}" if told else preamble)
    writer = csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoted)
    writer.writerow(["Date", "AAA.NS", "M&M.NS"])
    for day, row in zip(days, prices, strict=True):
        writer.writerow([DATES[dates](day), *(NUMBERS[numbers](value) for value in row)])
    path = tmp_path / "p.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    table = read_table(path, ZONE)
    assert table.tickers == ("AAA.NS", "M&M.NS")
    assert table.dates.astype(object).tolist() == days
    assert table.closes.tolist() == prices
    assert table.notices == ()


@FEW
@given(values=st.lists(st.integers(-(10**9), 10**9).map(lambda cents: cents / 100), min_size=1), data=st.data())
def test_negative_numbers_and_holes_are_read_in_every_style(values: list[float], data: st.DataObject) -> None:
    """A minus before, after, as a sign of typography, or parentheses; a hole in every spelling."""
    style = NUMBERS[data.draw(st.sampled_from(list(NUMBERS)))]
    signs = ["-{}", "{}-", "−{}", "({})"] if style is not NUMBERS["rupees"] else ["-{}", "({})"]
    if style is NUMBERS["euros"]:
        signs = ["-{}", "({})"]
    holes = st.sampled_from(["", "-", "--", "N/A", "n.a.", "null", ".", "NaN", "#N/A", "–"])
    cells, expected = [style(54321.25)], [54321.25]
    for value in values:
        text = style(abs(value))
        cells += [data.draw(st.sampled_from(signs)).format(text) if value < 0 else text, data.draw(holes)]
        expected += [value, math.nan]
    read = read_numbers(Column("f.csv", "x", range(len(cells)), cells)).values
    assert [None if math.isnan(v) else v for v in read] == [None if math.isnan(v) else v for v in expected]


@FEW
@given(days=DAYS, data=st.data())
def test_dates_and_holes_are_read_in_every_style(days: list[date], data: st.DataObject) -> None:
    """Each style by itself, with holes between."""
    style = DATES[data.draw(st.sampled_from(list(DATES)))]
    cells = [cell for day in days for cell in (style(day), "")]
    read = read_days(Column("f.csv", "Date", range(len(cells)), cells), ZONE)
    assert read.days == [day for one in days for day in (one, None)]
    assert all(is_date(cell) for cell in cells[::2])


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["05/01/2025", "01/04/2025"], "row 2, column Date: '05/01/2025' may be 2025-01-05 or 2025-05-01"),
        (["01/01/2025", "04/01/2025"], "row 3, column Date: '04/01/2025' may be 2025-01-04 or 2025-04-01"),
        (["13/01/2025", "01/13/2025"], "row 3, column Date: '01/13/2025' is not a date with the day first"),
        (["2025-01-05", "13/01/2025"], "row 2, column Date: '2025-01-05' is written otherwise than '13/01/2025'"),
        (["2025-02-30"], "'2025-02-30' is not a date"),
        (["1/1/2025", "yesterday"], "row 3, column Date: 'yesterday' is not a date"),
        (
            ["25-03-03", "25-03-03"],
            "'25-03-03' may be 2003-03-25 or 2025-03-03, and both orders of day, month and year",
        ),
        (["03/04/25", "04/04/25"], "'03/04/25' may be 2025-04-03 or 2025-03-04, and both orders of day and month"),
        (["12", "13"], "row 2, column Date: '12' is not a date"),
    ],
)
def test_dates_that_two_orders_fit_are_refused_with_both(cells: list[str], said: str) -> None:
    """The first cell that differs, as each order reads it; a spreadsheet may have swapped some of a mixture."""
    with pytest.raises(UnreadableTable) as refused:
        read_days(Column("f.csv", "Date", [2, 3], cells))
    assert said in str(refused.value)
    assert str(refused.value).startswith("f.csv, row ")


@pytest.mark.parametrize("style", ["%y-%m-%d", "%y/%m/%d", "%d-%m-%y", "%d.%m.%y"])
@pytest.mark.parametrize("step", [1, -1, 7])
def test_a_year_of_two_digits_is_where_the_days_are_those_of_sessions(style: str, step: int) -> None:
    """25-03-03 is no day of 2003 among days that follow each other in 2025; sorted, backwards, weekly or shuffled."""
    days = [date(2025, 1, 13) + timedelta(days=i) for i in range(0, 140, abs(step))]
    days = [day for day in days if day.weekday() < 5][:: step // abs(step)]
    for rows in (days, days[:4], days[5:] + days[:5]):
        read = read_days(Column("f", "d", range(len(rows)), [f"{day:{style}}" for day in rows]))
        assert read.days == rows


def test_a_day_that_both_orders_read_alike_is_one() -> None:
    """01/01 and 02/02 are the same days in either order."""
    assert read_days(Column("f", "d", [2, 3], ["01/01/2025", "02/02/2025"])).days == [
        date(2025, 1, 1),
        date(2025, 2, 2),
    ]


@pytest.mark.parametrize(
    ("cell", "point", "comma"),
    [
        ("1.500", 1.5, 1500.0), ("1,500", 1500.0, 1.5), ("1,00,000", 100000.0, None), ("1.234,5", None, 1234.5),
        ("12,34", None, 12.34), ("0.500", 0.5, None), ("25%", 0.25, 0.25), ("-₹5", -5.0, -5.0), ("₹-5", -5.0, -5.0),
        ("INR 5", 5.0, 5.0), ("5 USD", 5.0, 5.0), ("1'234.5", 1234.5, None), ("5/-", 5.0, 5.0), ("1e3", 1000.0, 1000.0),
        ("=1+1", None, None), ("=cmd|' /C calc'!A0", None, None), ("@SUM(A1)", None, None), ("1_000", None, None),
        ("1,2,3", None, None), ("12 34", None, None), ("1e999", None, None), ("∞", None, None), ("١٢", None, None),
        ("abc", None, None), ("--5", None, None), ("((5))", None, None), ("5 %", 0.05, 0.05), ('="5.5"', 5.5, None),
    ],
)  # fmt: skip
def test_one_number_with_either_mark(cell: str, point: float | None, comma: float | None) -> None:
    """A formula is never evaluated, and what is no number is none."""
    assert number(cell) == (None if point is None else pytest.approx(point))
    if cell != "0.500":
        assert number(cell, ",") == (None if comma is None else pytest.approx(comma))


def test_the_whole_file_decides_what_one_column_does_not() -> None:
    """1.500 is 1500 beside 2.345,60, else 1.5; a column that is certain may disagree with the file."""
    doubtful = ["1.500", "2.000"]
    column = Column("f", "x", [2, 3], doubtful)
    mark = decimal_mark([doubtful, ["2.345,60"]], ";")
    assert mark == decimal_mark([["1,500"]], ";") == ","
    assert decimal_mark([doubtful], ";") is None
    assert read_numbers(column, mark).values == [1500.0, 2000.0]
    alone = read_numbers(column, decimal_mark([doubtful], ","))
    assert (alone.values, alone.doubtful, alone.mark) == ([1.5, 2.0], 0, ".")
    assert read_numbers(column, ",").doubtful is None
    assert decimal_mark([["1,5"], ["1.25"]], ",") is None
    assert read_numbers(Column("f", "x", [2], ["1,5"]), ".").values == [1.5]
    with pytest.raises(UnreadableTable, match="row 2, column x: '1,5' is not a number where others"):
        read_numbers(Column("f", "x", [2, 3], ["1,5", "1.5"]), ",")


def test_units_are_read_where_asked() -> None:
    """12.45M and 3.2 Cr of a volume; not of a price."""
    cells = ["12.45M", "1.2K", "3.2 Cr", "5 lakh", "7B", "8"]
    column = Column("f", "Vol.", range(6), cells)
    assert read_numbers(column, units=True).values == pytest.approx([12.45e6, 1200, 3.2e7, 5e5, 7e9, 8])
    with pytest.raises(UnreadableTable, match=r"12\.45M"):
        read_numbers(column)


def test_headings_are_compared_by_their_words() -> None:
    """Case, punctuation, marks and counters do not matter."""
    for heading in ("Adj Close", "ADJ_CLOSE ", "adj. close*", "5. adj close", "\tAdj-Close"):
        assert words(heading) == "adj close"
    assert words("52W H") == "52w h"


def _find(path: Path, wanted: str):
    return TableFile(path, 1_000_000).find(lambda head: wanted if wanted in head[0] else None)


def test_the_heading_decides_between_separators_and_is_looked_for_below_a_preamble(tmp_path: Path) -> None:
    """Even where lines before it hold other separators; rows and line numbers are those of the file."""
    path = tmp_path / "t.csv"
    path.write_text('Holdings, as of;today,x\n"A ""quoted"" line"\n\nsym;qty\nA;1,5\n;\n\nB;2,5\n')
    table = _find(path, "qty")
    assert table is not None
    assert (table.line, table.separator, table.heading, table.width) == (4, ";", ["sym", "qty"], 2)
    assert list(table.rows) == [(5, ["A", "1,5"]), (8, ["B", "2,5"])]
    assert [line for line, _ in table.skipped] == [1, 2]
    assert _find(path, "absent") is None
    assert TableFile(path, 1_000).first_row()[0].startswith("Holdings")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\0\n", "line 2 has the byte 0x00"),
        (b"\x01\x02\x03", "line 1 has the byte 0x01"),
        (b"a,b\n\x81\x8d", "not valid CP1252"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"x" * 5_000_000, "row 1 is longer than 4,000,000 bytes"),
        (b"a\n" + b"y," * 2_500_000, "row 2 is longer"),
        (b'qty\n"1\n', "row 2 is not CSV"),
        (b"\xff\xfe" + "qty\n1\0".encode("utf-16-le"), "not valid UTF-16"),
        (b"PK\x03\x04 nothing", "damaged workbook"),
        (b"\xd0\xcf\x11\xe0 nothing", "damaged workbook"),
        (b"\n" * 300_000, "blank rows"),
    ],
)
def test_what_is_no_table_is_refused_with_its_cause(tmp_path: Path, content: bytes, said: str) -> None:
    """The file and the place are named, before memory is filled."""
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableTable) as refused:
        table = TableFile(path, 10_000_000).find(lambda head: "qty" if "qty" in head[0] else None)
        assert table is not None
        list(table.rows)
    assert said in str(refused.value)
    assert "t.csv" in str(refused.value)


def test_a_file_above_its_limit_or_absent_is_refused(tmp_path: Path) -> None:
    """And a folder, which no system reads as a file."""
    path = tmp_path / "t.csv"
    path.write_text("a,b\n")
    for bad, limit, said in (
        (path, 3, "larger than 3 bytes"),
        (tmp_path, 9, "folder"),
        (tmp_path / "no", 9, "no such"),
    ):
        with pytest.raises(UnreadableTable, match=said):
            TableFile(bad, limit)


def test_numbers_of_days_since_1970_and_serials_keep_their_place(tmp_path: Path) -> None:
    """One unit a column: a serial among digits of a date is refused."""
    assert read_days(Column("f", "d", [2], [45839.0])).days == [date(2025, 7, 1)]
    assert read_days(Column("f", "d", [2], ["01072025"])).days == [date(2025, 7, 1)]
    moment = datetime(2025, 7, 1, 20, tzinfo=UTC)
    assert read_days(Column("f", "d", [2], [str(int(moment.timestamp()))]), ZONE).days == [
        (moment + timedelta(hours=5.5)).date()
    ]
    with pytest.raises(UnreadableTable, match="is not a date"):
        read_days(Column("f", "d", [2, 3], ["45839", "20250701"]))
