"""Price files: every layout says the same, and every defect is named with file, row and column."""

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.conftest import Run
from tests.markets import market, weekdays, write_each, write_wide

pytestmark = pytest.mark.cli

HEAD = "Date,^NSEI,A.NS\n"


def _frame() -> pd.DataFrame:
    prices = market()
    prices["S0.NS"][100:110] = np.nan
    return pd.DataFrame(prices, index=pd.Index(pd.to_datetime(weekdays(300)), name="Date"))


def _layouts(folder: Path) -> dict[str, Path]:
    frame = _frame()
    folder.mkdir()
    shuffled = frame[random.Random(3).sample(list(frame), len(frame.columns))]
    long = frame.reset_index().melt("Date", var_name="ticker", value_name="close").dropna()
    paths = {name: folder / name for name in ("wide.csv", "halves", "each", "long.csv", "wide.parquet", "long.parquet")}
    shuffled.to_csv(paths["wide.csv"])
    paths["halves"].mkdir()
    shuffled.iloc[:, :4].iloc[::-1].to_csv(paths["halves"] / "b.csv")
    shuffled.iloc[:150, 4:].to_csv(paths["halves"] / "a.csv", lineterminator="\r\n", encoding="utf-8-sig")
    shuffled.iloc[140:, 4:].to_parquet(paths["halves"] / "c.parquet")  # ten days twice, and equal
    write_each(paths["each"], {ticker: frame[ticker].to_numpy() for ticker in frame})
    long.sample(frac=1, random_state=1).to_csv(paths["long.csv"], index=False)
    frame.to_parquet(paths["wide.parquet"])
    long.to_parquet(paths["long.parquet"], index=False)
    return paths


def test_every_layout_gives_the_same_numbers(factor: Run, tmp_path: Path) -> None:
    """Wide, halves of a folder, a file a ticker, long, Parquet: equal to the last digit."""
    answers = {}
    for name, path in _layouts(tmp_path / "layouts").items():
        answer = factor("beta", "S0.NS", "S1.NS", "--json", "--source", str(path))
        assert answer.status == 0, (name, answer.err)
        answers[name] = answer.results
        for result in answers[name]:
            del result["data"]["source"]
    assert all(results == answers["wide.csv"] for results in answers.values())


def test_the_order_of_tickers_changes_nothing(factor: Run, tmp_path: Path) -> None:
    """Each result is the same whoever is asked beside it, and comes in the order asked for."""
    source = str(write_wide(tmp_path / "p.csv", market()))
    more = ("--rolling", "--json", "--no-cache", "--source", source)
    forward = factor("beta", "S0.NS", "S1.NS", "S2.NS", *more).results
    backward = factor("beta", "S2.NS", "S1", "S1.NS", "S0.NS", *more)
    assert [r["ticker"] for r in forward] == ["S0.NS", "S1.NS", "S2.NS"]
    assert backward.results == forward[::-1]  # a bare S1 is S1.NS, where only that is there


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "2024-01-01,1,2\n2024-01-02,1,abc\n", ["row 3", "A.NS", "'abc'"]),
        (HEAD + "2024-01-01,1,2\n2024-01-02,0,2\n", ["row 3", "^NSEI", " 0 "]),
        (HEAD + "2024-01-01,1,-5.5\n", ["row 2", "A.NS", "-5.5"]),
        (HEAD + "2024-01-01,1,inf\n", ["row 2", "A.NS", "inf"]),
        (HEAD + '2024-01-01,1,"1,234,5.5"\n', ["row 2", "A.NS", "1,234,5.5"]),
        (
            HEAD + "2024-01-01,1,2\n2024-01-01,1,3\n",
            ["row 3", "Date", "2024-01-01", "A.NS", "row 2", "with 3", "with 2"],
        ),
        (HEAD + "01/02/2024,1,2\n", ["row 2", "Date", "01/02/2024", "2024-02-01", "2024-01-02"]),
        (HEAD + "13/02/2024,1,2\n01/13/2024,1,2\n", ["row 3", "'01/13/2024'", "'13/02/2024'"]),
        (HEAD + "13/02/2024,1,2\n2024-01-02,1,2\n", ["row 3", "'2024-01-02'", "'13/02/2024'", "swapped"]),
        (HEAD + "2024-01-01,1,=cmd|' /C calc'!A0\n", ["row 2", "A.NS", "=cmd|", "formula"]),
        (HEAD + "2024-01-01,1,5%\n", ["row 2", "A.NS", "'5%'", "per cent"]),
        (HEAD + "2024-01-01,1,1,234.5\n", ["row 2", "4 cells", "3", "quotes"]),
        (HEAD + ",1,2\n", ["row 2", "Date"]),
        (HEAD + "2024-01-01,1\n", ["row 2", "2 cells", "3"]),
        (HEAD, ["no rows"]),
        ("", ["empty"]),
        ("Date,A.NS,A.NS\n2024-01-01,1,2\n", ["A.NS", "twice"]),
        ("Date,,A.NS\n2024-01-01,1,2\n", ["column 2"]),
        ("Day off,A.NS\n2024-01-01,1\n", ["Day off"]),
        ("date,ticker,close\n2024-01-01,A.NS,1\n2024-01-01,A.NS,2\n", ["row 3", "A.NS", "twice", "with 2", "with 1"]),
        ("date,ticker,volume\n2024-01-01,A.NS,1\n", ["none of closes", "'ticker'"]),
        ("<html><body><table>", ["web page"]),
        ("date,ticker,close\n2024-01-01,,1\n", ["row 2", "ticker"]),
        ("Date,Close,Volume\n2024-01-01,1,-2\n", ["row 2", "Volume", "-2"]),
    ],
)
def test_a_defect_is_named_with_file_row_and_column(factor: Run, tmp_path: Path, text: str, said: list[str]) -> None:
    """One sentence, no traceback, status 4."""
    path = tmp_path / "bad.csv"
    path.write_text(text)
    answer = factor("beta", "A.NS", "--source", str(tmp_path / "bad.csv"))
    assert answer.status == 4
    assert answer.err.count("\n") == 1
    for part in ("bad.csv", *said):
        assert part in answer.err


def test_binary_files_are_refused_in_a_sentence(factor: Run, tmp_path: Path) -> None:
    """Neither CSV nor Parquet: no traceback."""
    for name in ("a.csv", "b.parquet", "c.xlsx"):
        path = tmp_path / name
        path.write_bytes(bytes(range(256)) * 8)
        answer = factor("beta", "A.NS", "--source", str(path))
        assert (answer.status, answer.err.count("\n")) == (4, 1), answer.err
        assert name in answer.err


def test_an_empty_or_absent_folder_is_said(factor: Run, tmp_path: Path) -> None:
    """No files is a data error; no folder is a usage error."""
    (tmp_path / "empty").mkdir()
    assert factor("beta", "A.NS", "--source", str(tmp_path / "empty")).status == 4
    absent = factor("beta", "A.NS", "--source", str(tmp_path / "absent"))
    assert absent.status == 2
    assert "absent" in absent.err


def test_an_unknown_ticker_names_the_files_left_alone(factor: Run, tmp_path: Path) -> None:
    """Its own file alone, where there is one."""
    folder = tmp_path / "prices"
    folder.mkdir()
    write_wide(folder / "p.csv", market())
    (folder / "RELIANCE.csv").write_text("")
    (folder / "list.csv").write_text("name,colour\nA,red\n")
    for ticker, named, other in (
        ("RELIANCE", "RELIANCE.csv is empty", "list.csv"),
        ("NOSUCH", "list.csv has no", "p.csv"),
    ):
        answer = factor("beta", ticker, "--source", str(folder))
        assert answer.status == 4
        assert named in answer.err
        assert other not in answer.err


def test_files_that_disagree_are_refused(factor: Run, tmp_path: Path) -> None:
    """Two prices for one ticker and day: both files, the day and the prices are named."""
    prices = market()
    write_wide(tmp_path / "p" / "a.csv", prices)
    prices["S0.NS"][7] += 1
    write_wide(tmp_path / "p" / "b.csv", {"S0.NS": prices["S0.NS"]})
    answer = factor("beta", "S0.NS", "--source", str(tmp_path / "p"))
    assert answer.status == 4
    for part in ("a.csv", "b.csv", "S0.NS", str(weekdays(300)[7])):
        assert part in answer.err


def test_unsorted_rows_are_sorted_and_said(factor: Run, tmp_path: Path) -> None:
    """A row out of order changes no number and is named; newest first is an order of its own."""
    prices = market()
    path = write_wide(tmp_path / "p.csv", prices)
    sorted_result = factor("beta", "S0.NS", "--json", "--source", str(path)).results[0]
    lines = path.read_text().splitlines(keepends=True)
    for order, said in ((lines[:50] + lines[51:] + [lines[50]], True), ([lines[0], *lines[:0:-1]], False)):
        path.write_text("".join(order))
        result = factor("beta", "S0.NS", "--json", "--source", str(path)).results[0]
        assert result["betas"] == sorted_result["betas"]
        warnings = [w for w in result["warnings"] if w.startswith("unsorted_dates")]
        assert bool(warnings) is said
        assert all("p.csv, row 301, column Date" in w for w in warnings)


def test_times_and_nse_dates_are_read(factor: Run, tmp_path: Path) -> None:
    """2025-09-17 00:00:00+05:30 and 17-Sep-2025 are days, too."""
    path = write_wide(tmp_path / "p.csv", market())
    plain = factor("beta", "S0.NS", "--json", "--source", str(path)).results
    days = weekdays(300)
    text = path.read_text()
    for form in ("{:%Y-%m-%d} 00:00:00+05:30", "{:%d-%b-%Y}"):
        changed = text
        for day in days:
            changed = changed.replace(f"{day},", form.format(day.item()) + ",")
        path.write_text(changed)
        assert factor("beta", "S0.NS", "--json", "--source", str(path)).results == plain
