"""The days that are kept, what an export wrote, and the rows of the history, from records written by hand."""

import csv
import io
import math
from array import array
from dataclasses import replace
from datetime import date

import pytest

from factorcli.render.history import table, write_csv
from factorcli.results.heat_columns import HeatColumns, real_names
from factorcli.results.history import HistoryDay, HistoryFile
from factorcli.results.universe import StockInfo
from tests.read.printed_tables import piped

pytestmark = pytest.mark.read

DAYS = (date(2026, 8, 31), date(2026, 9, 30))
NAMES = [*real_names(("MKT", "SZ")), "q_values.MKT", "q_values.SZ"]
ROWS = {  # of two stocks, every number another
    name: (1.5 + i, 101.25 + i) for i, name in enumerate(NAMES)
} | {"t_stats.SZ": (math.nan, 0.0)}
COLUMNS = HeatColumns(
    codes=("MKT", "SZ"),
    tickers=["A.NS", "GONE.NS"],
    reals={name: array("d", values) for name, values in ROWS.items()},
    observations=array("q", [125, 126]),
    origin=array("q", [0, 0]),
    origins=(),
    failures={},
)
KEPT = HistoryDay(DAYS[0], 126, COLUMNS, {"A.NS": StockInfo("A.NS", "A, Ltd.", "Power", "INE1")})


def test_days_are_listed_with_their_number() -> None:
    """One a line, below their heading."""
    assert piped(*DAYS).splitlines() == ["as of", "──────────", "2026-08-31", "2026-09-30", "2 days"]


def test_an_export_says_what_it_wrote() -> None:
    """Rows, days, the first and the last of these, and the file."""
    said = piped(HistoryFile("h.csv", 12_345, 678, *DAYS))
    assert said.strip() == "Wrote 12,345 rows of 678 days, 2026-08-31 to 2026-09-30, to h.csv."


def test_no_text_of_the_history_is_a_formula() -> None:
    """In CSV a name that a spreadsheet would run has an apostrophe before it."""
    file = io.BytesIO()
    stock = StockInfo("A.NS", "=1+1", "@Power", "")
    write_csv(file, [table(replace(KEPT, stocks={"A.NS": stock}))])
    first, _ = csv.DictReader(io.StringIO(file.getvalue().decode()))
    assert (first["name"], first["sector"]) == ("'=1+1", "'@Power")


def test_each_column_of_the_history_is_the_one_that_it_names() -> None:
    """By name; an error is β / t, unknown where t is; a stock that is in no list any more has no name."""
    file = io.BytesIO()
    write_csv(file, [table(KEPT), table(KEPT)])
    first, gone, *again = csv.DictReader(io.StringIO(file.getvalue().decode()))
    assert again == [first, gone]
    assert (first["as_of"], first["window"], first["observations"]) == ("2026-08-31", "126", "125")
    assert [(row["ticker"], row["name"], row["sector"]) for row in (first, gone)] == [
        ("A.NS", "A, Ltd.", "Power"),
        ("GONE.NS", "", ""),
    ]
    for i, row in enumerate((first, gone)):
        for name in ("market_beta", "alpha_annual", "r_squared"):
            assert float(row[name]) == ROWS[name][i]
        for code in ("MKT", "SZ"):
            assert float(row[code]) == ROWS[f"betas.{code}"][i]
            assert float(row[f"{code}.q"]) == ROWS[f"q_values.{code}"][i]
        assert float(row["MKT.t"]) == ROWS["t_stats.MKT"][i]
        assert float(row["MKT.se"]) == ROWS["betas.MKT"][i] / ROWS["t_stats.MKT"][i]
    assert (first["SZ.t"], first["SZ.se"], gone["SZ.t"], gone["SZ.se"]) == ("", "", "0.0", "")
