"""`factor check`: what a file is taken for, its gaps and what is implausible, before anything is computed."""

import csv
import io
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests import price_files as build
from tests.conftest import Run

pytestmark = pytest.mark.cli

START = date(2024, 3, 4)  # a Monday
WEEKDAYS = [day for i in range(60) if (day := START + timedelta(days=i)).weekday() < 5]


def _wide(days: list[date], **columns: list[float]) -> str:
    rows = [",".join([str(day), *map(str, values)]) for day, *values in zip(days, *columns.values(), strict=True)]
    return build.lines(f"Date,{','.join(columns)}", rows)


def _rising(count: int, first: float = 100.0) -> list[float]:
    return [first + i / 8 for i in range(count)]


def test_a_file_is_described(factor: Run, home: Path) -> None:
    """Kind, format, dates, columns used and left, and tickers; JSON and CSV hold the same."""
    (home / "TCS.csv").write_text(
        "Report\n" + build.ONE_TICKER["Kite with oi"](list(zip(WEEKDAYS, _rising(43), strict=False)))
    )
    answer = factor("check", "TCS.csv", "--json")
    (result,) = answer.results
    assert answer.status == 0
    assert result == {
        "file": "TCS.csv", "kind": "prices of one ticker", "problem": None,
        "form": "text, UTF-8, commas, 1 row before the heading", "rows": 43, "date_order": "year-month-day",
        "first": "2024-03-04", "last": "2024-05-01", "used": ["date", "close", "volume"],
        "left": ["open", "high", "low", "oi"], "tickers": ["TCS"], "gaps": [], "suspects": [], "notes": [],
    }  # fmt: skip
    (row,) = csv.DictReader(io.StringIO(factor("check", "TCS.csv", "--csv").out))
    assert (row["kind"], row["left"], row["rows"]) == ("prices of one ticker", "open; high; low; oi", "43")
    shown = factor("check", "TCS.csv").out
    for part in ("2024-03-04 to 2024-05-01, 43 rows", "used: date, close, volume; left: open, high, low, oi", "1: TCS"):
        assert part in shown


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        (_wide([d - timedelta(days=1) for d in WEEKDAYS], A=_rising(len(WEEKDAYS))), "suspects",
         "9 dates are at weekends, such as Sunday 2024-03-03, and none is a Friday: are the dates a day early?"),
        (_wide([d + timedelta(days=1) for d in WEEKDAYS], A=_rising(len(WEEKDAYS))), "suspects",
         "8 dates are at weekends, such as Saturday 2024-03-09, and none is a Monday: are the dates a day late?"),
        (_wide([START + timedelta(days=7 * i) for i in range(20)], A=_rising(20)), "suspects",
         "the dates are a week apart: returns are weekly"),
        (_wide(WEEKDAYS[:9], A=[*_rising(4), 50.0, *_rising(4)]), "suspects", "A moves by -50.2% on 2024-03-08"),
        (_wide(WEEKDAYS[:9], A=[*_rising(4), *[70.5] * 5]), "suspects", "A ends with 5 equal prices, 70.5"),
        (_wide(WEEKDAYS[:4], A=[1, 1.1, 1.2, 1.2], B=[2, 2.1, 2.2, 2.2]), "suspects",
         "all 2 prices of the last day, 2024-03-07, repeat those of 2024-03-06"),
        (_wide([*WEEKDAYS[:5], *WEEKDAYS[15:20]], A=_rising(10)), "gaps", "2024-03-08 to 2024-03-25 (17 days)"),
        ("Date,A,B\n2024-03-04,1,\n2024-03-05,,\n2024-03-06,2,\n", "gaps", "A has no price on 1 of its days"),
        ("Date,A,B\n2024-03-04,1,\n2024-03-05,,\n2024-03-06,2,\n", "gaps", "B has no price"),
        ("Date,A\n2024-03-04,1\n2024-03-04,1\n", "notes", "2024-03-04 is there twice"),
        ("Day,A\n2024-03-04,1\n2024-03-04,1\n", "notes", "row 3, column Day: 2024-03-04 is there twice"),
        ("Date,A\n2024-03-04,1\n2099-03-04,1\n", "suspects", "1 date is in the future, such as 2099-03-04"),
        ("Date,A\n03\xa0Mar\xa02024,1\nTotal,,\n", "notes", "a row that holds no price is left out, row 3, 'Total'"),
    ],
)  # fmt: skip
def test_what_is_implausible_is_said(factor: Run, home: Path, text: str, where: str, said: str) -> None:
    """A shifted file, a week between dates, jumps, prices that repeat, gaps and corrections."""
    (home / "p.csv").write_text(text)
    (result,) = factor("check", "p.csv", "--json").results
    assert any(said in line for line in result[where]), result
    assert said in factor("check", "p.csv").out


def test_prices_of_weekdays_have_nothing_to_say(factor: Run, home: Path) -> None:
    """No false alarm, also with a holiday, a Saturday session and a flat day of one ticker."""
    days = sorted({*WEEKDAYS} - {WEEKDAYS[7]})
    (home / "p.csv").write_text(_wide(days, A=_rising(len(days)), B=_rising(len(days), 7.0)))
    (result,) = factor("check", "p.csv", "--json").results
    assert (result["gaps"], result["suspects"], result["notes"]) == ([], [], [])


def test_a_file_that_cannot_be_read_has_its_problem(factor: Run, home: Path) -> None:
    """Status 3 beside one that can, 4 alone, 2 where there is none; a folder is all of its price files."""
    folder = home / "prices"
    folder.mkdir()
    (folder / "a.csv").write_text("Date,A\n2024-03-04,1\n")
    (folder / "b.csv").write_text("Date,A\n2024-03-04,zero\n")
    (home / "x.csv").write_text("name,colour\nA,red\n")
    both = factor("check", "prices", "--json")
    assert (both.status, [bool(r["problem"]) for r in both.results]) == (3, [False, True])
    assert "row 2, column A: 'zero'" in both.results[1]["problem"]
    alone = factor("check", "x.csv")
    assert alone.status == 4
    assert "unknown" in alone.out and "no column called Date" in alone.out
    absent = factor("check", "absent.csv")
    assert (absent.status, absent.err.count("\n")) == (2, 1)
    assert "absent.csv" in absent.err


def test_a_workbook_and_a_parquet_file_are_described(factor: Run, home: Path) -> None:
    """With the sheet that was taken."""
    content = build.workbook(
        {
            "About": [["x"]],
            "Data": [["Date", "A"], [START, 1.5], [START + timedelta(days=1), 2.0]],
            "More": [["Date", "B"], [START, 1.5]],
        }
    )
    (home / "p.xlsx").write_bytes(content)
    (result,) = factor("check", "p.xlsx", "--json").results
    assert (result["form"], result["rows"], result["date_order"]) == ("workbook, sheet Data", 2, "dates of a workbook")
    assert result["notes"] == ["of the sheets with prices Data alone is read, not More"]


def test_a_model_file_and_a_list_of_stocks_are_told(factor: Run, home: Path) -> None:
    """With the command that shows a model, and the columns of a list."""
    (home / "m.toml").write_text("name = 'x'\n")
    answer = factor("check", "m.toml")
    assert answer.status == 4
    assert "model show --model m.toml` shows" in answer.err
    assert "a model file" in answer.out
    heading = "Company Name,Industry,Symbol,Series,ISIN Code,Note"
    (home / "l.csv").write_text(f"{heading}\nA Ltd.,Power,AAA,EQ,INE002A01018,x\n")
    (result,) = factor("check", "l.csv", "--json").results
    assert (result["used"], result["left"]) == (["Symbol", "Company Name", "Industry", "ISIN Code", "Series"], ["Note"])


def test_a_failure_of_a_price_file_points_to_the_command(factor: Run, home: Path) -> None:
    """`factor check` after a malformed file."""
    (home / "p.csv").write_text("Date,A\n2024-03-04,zero\n")
    assert "`factor check FILE` shows how a file is read" in factor("beta", "A", "--source", "p.csv").err
