"""Every number of independent regressions, through the installed command."""

import csv
from pathlib import Path
from typing import Any

import pytest

from factorcli.markets.corporate_actions import read
from factorcli.markets.universe import shipped
from tests.conftest import DATA, NSE, Run, needs_nse

pytestmark = pytest.mark.cli

FACTORS = ("MKT", "VAL", "MOM", "SZ", "VOL")


def _check(factor: Run, expected: Path, window: str, *source: str) -> int:
    """Compare every row of a window of `expected` with beta and decompose; returns how many."""
    with expected.open() as file:
        rows = [row for row in csv.DictReader(file) if row["window"] == window]
    _compare(factor, rows, window, *source)
    return len(rows)


def _compare(factor: Run, rows: list[dict[str, str]], window: str, *source: str, **env: str) -> None:
    """Compare these rows, all of one window, with beta and decompose."""
    tickers = [row["ticker"] for row in rows]
    hac, classical, shares = (
        factor(command, *tickers, "--window", window, "--json", *more, *source, **env)
        for command, more in (("beta", ()), ("beta", ("--cov", "nonrobust")), ("decompose", ()))
    )
    assert (hac.status, classical.status, shares.status) == (0, 0, 0)
    answers = zip(rows, hac.results, classical.results, shares.results, strict=True)
    for row, robust, plain, parts in answers:
        assert robust["ticker"] == row["ticker"]
        assert robust["as_of"] == row["as_of"]
        assert robust["observations"] == int(row["n"])
        numbers = {
            "alpha": robust["alpha"]["daily"],
            "r2": robust["r_squared"],
            "adj_r2": robust["adj_r_squared"],
            "market_beta": robust["market_model"]["beta"],
            "market_r2": robust["market_model"]["r_squared"],
        }
        for code in FACTORS:
            numbers[f"b_{code}"] = robust["betas"][code]["beta"]
            numbers[f"hac_{code}"] = robust["betas"][code]["std_error"]
            numbers[f"se_{code}"] = plain["betas"][code]["std_error"]
            numbers[f"share_{code}"] = parts["contributions"][code]
        for name, value in numbers.items():
            assert value == pytest.approx(float(row[name]), rel=1e-9, abs=0), (row["ticker"], name)


@pytest.mark.parametrize("window", ["126", "252", "504"])
def test_us_exposures_equal_independent_regressions(factor: Run, window: str) -> None:
    """Twenty US stocks under a model file: equal to statsmodels fits made outside this project."""
    us = DATA / "us"
    source = ("--source", str(us / "prices.csv"), "--model", str(us / "us-5f.toml"))
    assert _check(factor, DATA / "expected" / "us.csv", window, *source) == 20


@needs_nse
@pytest.mark.parametrize(("window", "count", "concerned"), [("126", 529, 4), ("252", 519, 5), ("504", 498, 6)])
def test_nse_exposures_equal_independent_regressions(
    factor: Run, tmp_path: Path, window: str, count: int, concerned: int
) -> None:
    """Every NSE stock with a full enough window; where a corporate action speaks, with that action undone.

    The independent regressions know no actions. A factor of 1 undoes one: with it the rows come out, without it a
    corrected return gives other numbers. (A day that an action leaves out may have been left out as a jump before.)
    """
    source = ("--source", f"{NSE}/nse")
    with Path(NSE, "expected", "nse.csv").open() as file:
        rows = {row["ticker"]: row for row in csv.DictReader(file) if row["window"] == window}
    assert len(rows) == count
    undone = tmp_path / "undone.csv"
    known = read(shipped("corporate_actions.csv"))
    undone.write_text("ticker,date,kind,factor\n" + "".join(f"{a.ticker},{a.date},{a.kind},1\n" for a in known))
    found = {one["ticker"]: one for one in factor("beta", *rows, "-w", window, "--json", *source).results}
    spoken = {ticker for ticker, one in found.items() if _actions(one)}
    assert len(spoken) == concerned
    _compare(factor, [row for ticker, row in rows.items() if ticker not in spoken], window, *source)
    _compare(factor, [rows[ticker] for ticker in sorted(spoken)], window, *source, FACTOR_ACTIONS=str(undone))
    for ticker in (ticker for ticker in spoken if found[ticker]["data"]["corrected"]):
        assert found[ticker]["r_squared"] != pytest.approx(float(rows[ticker]["r2"]), rel=1e-3), ticker


def _actions(result: dict[str, Any]) -> list[str]:
    """The days of a result that corporate actions concern, and those of bad prints."""
    reasons = ("corporate_action", "bad_print")
    left_out = [day["date"] for day in result["data"]["excluded"] if day["reason"] in reasons]
    return [*left_out, *(day["date"] for day in result["data"]["corrected"])]


@needs_nse
@pytest.mark.parametrize(("window", "r_squared"), [("126", 0.39), ("252", 0.45), ("504", 0.34)])
def test_a_false_jump_is_left_out_and_named(factor: Run, tmp_path: Path, window: str, r_squared: float) -> None:
    """TVSMOTOR's false +398 % ruins R² unless the gate takes it out; it does, and says so."""
    ask = ("beta", "TVSMOTOR.NS", "--window", window, "--json", "--source", f"{NSE}/nse")
    (kept,) = factor(*ask).results
    assert round(kept["r_squared"], 2) == r_squared
    assert any(w.startswith("suspect_jump: 2025-08-25, +398.5%") for w in kept["warnings"])
    open_gate = tmp_path / "open.toml"
    open_gate.write_text(_INDIA + "max_daily_return = 0\n" + _FACTORS)
    (ruined,) = factor(*ask, "--model", str(open_gate)).results
    assert ruined["r_squared"] < 0.05
    assert not any(day["reason"] == "suspect_jump" for day in ruined["data"]["excluded"])


@needs_nse
def test_real_moves_stay_and_wild_sessions_go(factor: Run) -> None:
    """OFSS's real +29 % stays with a warning; two VIX moves beyond 40 % stay; two sessions go."""
    ofss, vix = factor("beta", "OFSS.NS", "^INDIAVIX", "-w", "504", "--json", "--source", f"{NSE}/nse").results
    (move,) = (w for w in ofss["warnings"] if w.startswith("large_move"))
    assert "2024-01-18" in move
    assert "+28.7%" in move
    left_out = [("2024-06-04", "suspect_proxy"), ("2024-06-05", "suspect_proxy")]
    for result in (ofss, vix):
        assert [(day["date"], day["reason"]) for day in result["data"]["excluded"]] == left_out
        assert result["observations"] == 502


_INDIA = 'id = "open"\n'
_FACTORS = """
[[factors]]
code = "MKT"
proxies = ["^NSEI"]
excess = true
[[factors]]
code = "VAL"
proxies = ["NV20BEES.NS"]
[[factors]]
code = "MOM"
proxies = ["MOMOMENTUM.NS"]
[[factors]]
code = "SZ"
proxies = ["MID150BEES.NS"]
[[factors]]
code = "VOL"
proxies = ["^INDIAVIX"]
transform = "pct"
"""
