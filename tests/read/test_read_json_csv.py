"""JSON and CSV: names, order, missing numbers, one result a line."""

import csv
import json
import math
from dataclasses import replace
from datetime import date

import pytest

from factorcli.render.json_csv import plain, safe_cell, to_csv, to_json, to_line
from factorcli.results.batch import Batch, Failure
from factorcli.results.beta import Alpha, BetaResult, Estimate, FactorBeta, JointTest, MarketModel
from factorcli.results.cache import CacheTier
from factorcli.results.portfolio import HoldingShare, PortfolioInfo
from factorcli.results.provenance import CacheInfo, DataInfo, ExcludedDay, ModelInfo
from factorcli.results.rolling import RollingPath
from factorcli.results.universe import StockInfo
from factorcli.results.warnings import ResultWarning
from tests.read.records_heatmaps import HEATMAP, NAN, STATUSES

pytestmark = pytest.mark.read

BETA = BetaResult(
    "AAA.NS", "Alpha “A” Limited", None, 252, date(2026, 11, 20), date(2025, 11, 17), 249, 246,
    Alpha(0.0001, 0.0252, 0.0263, 0.0004, 0.25, 0.801, -0.0007, 0.0009),
    {"MKT": FactorBeta(1.11, 0.12, 9.25, 0.0, 0.87, 1.35, NAN, 0.14),
     "SZ": FactorBeta(-0.31, 0.21, -1.476, 0.14, -0.72, 0.1, 2.2, math.inf)},
    0.61, 0.605, 0.29, 0.181, 7.4,
    MarketModel(1.02, 0.08, 12.75, 0.002, 0.86, 1.18, 0.031, 0.59, Estimate(0.91, 0.09, 10.11, 0.003, 0.73, 1.09),
                Estimate(1.13, 0.11, 10.27, 0.004, 0.92, 1.34), Estimate(0.22, 0.13, 1.69, 0.092, -0.04, 0.48)),
    JointTest(4.5, 0.036, 1, 246, "hc3"),
    ModelInfo("india-2f", "raw", "hac", 5, 0.0655, {"MKT": "^NSEI", "SZ": "MID.NS"}),
    DataInfo("demo", date(2026, 11, 20), 253, 3, (ExcludedDay(date(2026, 1, 2), "large", 0.55),)),
    CacheInfo(None, "2026-11-20T13:14:15+00:00", False),
    (ResultWarning("few_days", "Only 249; of 253."), ResultWarning("short", "It is.")),
)  # fmt: skip
PATH = RollingPath(
    (date(2026, 11, 19), date(2026, 11, 20)), (0.001, NAN), {"MKT": (1.1, 1.2), "SZ": (-0.3, -0.4)}, (0.5, 0.6),
    (0.21, 0.22), (-0.01, -0.02), (0.03, 0.04), {"MKT": (0.9, 0.95), "SZ": (-0.7, -0.8)},
    {"MKT": (1.3, 1.4), "SZ": (0.15, 0.16)},
)  # fmt: skip


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_json_has_one_result_a_line_and_then_one_failure_a_line() -> None:
    """The document is JSON, and each line between the brackets is one result or failure."""
    failures = (Failure("X.NS", "no_prices", "There is none."), Failure(None, "busy", "It runs."))
    text = to_json("factor.heatmap-status/1", Batch(STATUSES[:2], failures))
    assert json.loads(text) == {
        "schema": "factor.heatmap-status/1",
        "results": [plain(status) for status in STATUSES[:2]],
        "errors": [
            {"ticker": "X.NS", "code": "no_prices", "message": "There is none."},
            {"ticker": None, "code": "busy", "message": "It runs."},
        ],
    }
    lines = text.split("\n")
    assert lines[0] == '{"schema": "factor.heatmap-status/1", "results": ['
    assert [json.loads(line.removesuffix(","))["window"] for line in lines[1:3]] == [126, 252]
    assert lines[3] == '], "errors": ['
    assert [json.loads(line.removesuffix(","))["code"] for line in lines[4:6]] == ["no_prices", "busy"]
    assert lines[6:] == ["]}", ""]
    assert to_json("factor.beta/1", Batch(())) == '{"schema": "factor.beta/1", "results": [], "errors": []}\n'


def test_a_number_that_cannot_be_had_is_null_and_everything_else_is_exact() -> None:
    """NaN and ±∞ are null; other numbers keep all digits, names their letters, dates are ISO."""
    said = json.loads(to_line(BETA))
    assert said["betas"]["MKT"]["vif"] is None and said["betas"]["SZ"]["factor_volatility"] is None
    assert (said["betas"]["MKT"]["beta"], said["betas"]["SZ"]["vif"]) == (1.11, 2.2)
    assert "“A”" in to_line(BETA)
    assert (said["as_of"], said["start"]) == ("2026-11-20", "2025-11-17")
    assert said["warnings"] == ["few_days: Only 249; of 253.", "short: It is."]
    assert said["data"]["excluded"] == [{"date": "2026-01-02", "reason": "large", "return": 0.55}]
    assert plain([-math.inf, 1.5, True, 7, "x", None]) == [None, 1.5, True, 7, "x", None]


def test_parts_that_were_not_asked_for_are_left_out() -> None:
    """`rolling` and the like are absent, but other keys are null where there is nothing."""
    said = json.loads(to_line(BETA))
    assert list(said) == [
        "ticker", "name", "sector", "window", "as_of", "start", "observations", "degrees_of_freedom", "alpha", "betas",
        "r_squared", "adj_r_squared", "volatility", "residual_volatility", "condition_number", "market_model",
        "style_test", "model", "data", "cache", "warnings",
    ]  # fmt: skip
    assert said["sector"] is None and said["cache"]["hit"] is None
    assert "estimator" not in said["model"] and said["model"]["lags"] == 5
    assert json.loads(to_line(replace(BETA, rolling=PATH)))["rolling"]["alpha"] == [0.001, None]


def test_what_has_no_form_in_json_is_an_error() -> None:
    """Neither a class nor any other object is written as text."""
    for value in ({1, 2}, object(), StockInfo):
        with pytest.raises(TypeError, match=f"{type(value).__name__} has no plain form"):
            plain(value)


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://a.b")', "+A1", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r=1"]
)
def test_no_text_of_a_csv_is_a_formula(text: str) -> None:
    """A spreadsheet would run it; an apostrophe comes before it, and before no number. JSON has it as it is."""
    batch = Batch((StockInfo("A.NS", text, "Power", ""),))
    assert to_csv(batch) == to_csv(Batch((StockInfo("A.NS", f"'{text}", "Power", ""),)))
    assert json.loads(to_json("s", batch))["results"][0]["name"] == text
    assert [safe_cell(value) for value in (-1.5, "-1.5", "+2", "-1e-9", None, "A-B", "^NSEI")] == [
        -1.5, "-1.5", "+2", "-1e-9", None, "A-B", "^NSEI",
    ]  # fmt: skip


def test_csv_has_a_column_a_number_in_the_order_of_the_record() -> None:
    """Nested names are joined by dots; None is an empty cell; lists are joined by semicolons."""
    text = to_csv(Batch((BETA,)))
    assert "\r" not in text and text.endswith("\n") and text.count("\n") == 2
    (row,) = _rows(text)
    assert list(row)[:10] == [
        "ticker", "name", "sector", "window", "as_of", "start", "observations", "degrees_of_freedom",
        "alpha.daily", "alpha.annual",
    ]  # fmt: skip
    assert list(row)[-11:] == [
        "model.proxies.SZ", "data.source", "data.last_date", "data.sessions", "data.missing", "data.excluded",
        "data.corrected", "cache.hit", "cache.computed_at", "cache.stale", "warnings",
    ]  # fmt: skip
    for column, cell in {
        "ticker": "AAA.NS", "sector": "", "alpha.annual": "0.0252", "alpha.annual_net": "0.0263",
        "betas.MKT.beta": "1.11", "betas.MKT.vif": "", "betas.SZ.beta": "-0.31", "betas.SZ.vif": "2.2",
        "betas.SZ.factor_volatility": "", "r_squared": "0.61", "adj_r_squared": "0.605",
        "market_model.beta": "1.02", "market_model.r_squared": "0.59", "model.proxies.MKT": "^NSEI",
        "data.excluded": '{"date": "2026-01-02", "reason": "large", "return": 0.55}',
        "warnings": "few_days: Only 249; of 253.; short: It is.",
    }.items():  # fmt: skip
        assert (column, row[column]) == (column, cell)


def test_columns_of_later_rows_are_added_and_missing_cells_are_empty() -> None:
    """Records of one kind with other factors share a file."""
    other = replace(BETA, ticker="BBB.NS", betas={"VAL": BETA.betas["MKT"]})
    first, second = _rows(to_csv(Batch((BETA, other))))
    assert (first["betas.VAL.beta"], second["betas.VAL.beta"]) == ("", "1.11")
    assert (first["betas.SZ.beta"], second["betas.SZ.beta"]) == ("-0.31", "")
    numbers = ("beta", "std_error", "t_stat", "p_value", "ci_low", "ci_high", "vif", "factor_volatility")
    assert list(first)[-8:] == [f"betas.VAL.{name}" for name in numbers]
    assert to_csv(Batch(())) == ""


def test_a_rolling_path_is_one_row_a_date() -> None:
    """Each column of a date, in order."""
    first, second = _rows(to_csv(Batch((replace(BETA, rolling=PATH),))))
    assert first == {
        "ticker": "AAA.NS", "window": "252", "date": "2026-11-19", "alpha": "0.001", "betas.MKT": "1.1",
        "betas.SZ": "-0.3", "r_squared": "0.5", "residual_volatility": "0.21", "alpha_low": "-0.01",
        "alpha_high": "0.03", "betas_low.MKT": "0.9", "betas_low.SZ": "-0.7", "betas_high.MKT": "1.3",
        "betas_high.SZ": "0.15",
    }  # fmt: skip
    assert list(second.values()) == [
        "AAA.NS", "252", "2026-11-20", "", "1.2", "-0.4", "0.6", "0.22", "-0.02", "0.04", "0.95", "-0.8", "1.4", "0.16",
    ]  # fmt: skip
    assert list(first) == list(second) == [
        "ticker", "window", "date", "alpha", "betas.MKT", "betas.SZ", "r_squared", "residual_volatility",
        "alpha_low", "alpha_high", "betas_low.MKT", "betas_low.SZ", "betas_high.MKT", "betas_high.SZ",
    ]  # fmt: skip


def test_a_heatmap_is_one_row_a_stock() -> None:
    """Its numbers below their names, then the window, as of and source of the heatmap."""
    rows = _rows(to_csv(Batch((HEATMAP,))))
    assert [row["ticker"] for row in rows] == [stock.ticker for stock in HEATMAP.stocks]
    codes = list(HEATMAP.stocks[0].betas)
    assert list(rows[0]) == [
        "ticker", "name", "sector", *(f"{part}.{code}" for part in ("betas", "t_stats", "q_values") for code in codes),
        "market_beta", "down_beta", "alpha_annual", "r_squared", "observations", "window", "as_of", "source",
    ]  # fmt: skip
    row = rows[1]
    for column, cell in {
        "name": "Beto Limited", "sector": "", "betas.MKT": "1.125", "betas.VOL": "-1.966796875", "t_stats.MKT": "-2.6",
        "q_values.MKT": "0.0501", "market_beta": "0.5", "down_beta": "1.3427734375",
        "alpha_annual": "-0.0712", "r_squared": "0.22",
        "observations": "202", "window": "252", "as_of": "2026-11-20", "source": "demo",
    }.items():  # fmt: skip
        assert (column, row[column]) == (column, cell)


def test_holdings_have_columns_by_ticker() -> None:
    """`portfolio.holdings.TICKER.weight`, and quantities where there are any."""
    holdings = (
        HoldingShare("TCS.NS", "Tata", "IT", 0.6, 0.9, {"MKT": 0.8}, {"MKT": 0.48}, 0.55, 0.31, 10.0, 3100.5),
        HoldingShare("X.NS", None, None, -0.2, 1.3, {"MKT": 1.4}, {"MKT": -0.28}, 0.45),
    )
    (row,) = _rows(to_csv(Batch((replace(BETA, portfolio=PortfolioInfo("h.csv", 0.1, holdings)),))))
    start = "portfolio.holdings."
    for column, cell in {
        "portfolio.file": "h.csv", "portfolio.cash": "0.1", f"{start}TCS.NS.weight": "0.6",
        f"{start}TCS.NS.betas.MKT": "0.8", f"{start}TCS.NS.beta_contributions.MKT": "0.48",
        f"{start}TCS.NS.return": "0.31", f"{start}X.NS.return": "", f"{start}TCS.NS.quantity": "10.0",
        f"{start}TCS.NS.price": "3100.5", f"{start}X.NS.weight": "-0.2",
        f"{start}X.NS.name": "", f"{start}X.NS.market_beta": "1.3", f"{start}X.NS.risk_contribution": "0.45",
    }.items():  # fmt: skip
        assert (column, row[column]) == (column, cell)
    assert f"{start}X.NS.quantity" not in row


def test_other_records_are_one_row_each() -> None:
    """A tier of the cache, and a comma within a name."""
    tier = CacheTier("disk", "/a,b", 12, 3456, None, "2026-10-11", can_write=False)
    assert to_csv(Batch((tier,))) == (
        "tier,location,rows,bytes,oldest,newest,can_read,can_write\n"
        'disk,"/a,b",12,3456,,2026-10-11,True,False\n'
    )  # fmt: skip
