"""Weekly and monthly returns, against an independent resampling in pandas and fits by statsmodels."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from tests.conftest import DATA, NSE, Run, needs_nse
from tests.markets import PROXIES, market, weekdays, write_wide

pytestmark = pytest.mark.cli

DEMO = ("--source", "demo")
CODES = ("MKT", "VAL", "MOM", "SZ", "VOL")
A_YEAR = {"weekly": 52, "monthly": 12}
US_SOURCE = ("--source", str(DATA / "us" / "prices.csv"), "--model", str(DATA / "us" / "us-5f.toml"))


def _period(days: pd.DatetimeIndex, frequency: str) -> pd.Index:
    """The Monday of each day's week, or its month."""
    if frequency == "monthly":
        return pd.Index(days.to_period("M"))
    return pd.Index(days - pd.to_timedelta(days.day_of_week, unit="D"))


def _returns(prices: pd.DataFrame, ticker: str, proxies: list[str], frequency: str, end: str) -> pd.DataFrame:
    """Returns of a ticker and of the factors between its last closes of neighbouring finished periods.

    Column `y` and the proxies', by the period; NaN across an empty period, and in one with a daily return beyond 40 %.
    """
    factors = prices[proxies].dropna()
    daily = factors.pct_change()
    far = (daily[proxies[1:4]].sub(daily[proxies[0]], axis=0).abs() > 0.05).any(axis=1)
    usable = factors[~far]
    both = usable.join(prices[ticker].rename("y"), how="left").drop(columns=[ticker], errors="ignore")
    valid = both[both["y"].notna()]
    last = valid.groupby(_period(valid.index, frequency)).tail(1)
    last.index = _period(last.index, frequency)
    periods = _period(usable.index, frequency).unique()
    if frequency == "weekly":
        whole = pd.date_range(periods[0], periods[-1], freq="7D")
        whole = whole[whole + pd.Timedelta(days=4) <= pd.Timestamp(end)]
    else:
        whole = pd.period_range(periods[0], periods[-1], freq="M")
        whole = whole[[pd.offsets.BMonthEnd().rollback(p.end_time.normalize()) <= pd.Timestamp(end) for p in whole]]
    moves = last.reindex(whole)
    moves = (moves / moves.shift(1) - 1).iloc[1:]
    day = both["y"] / both["y"].shift(1) - 1
    jumps = day[day.abs() > 0.4].index
    moves.loc[_period(jumps, frequency).intersection(moves.index), "y"] = np.nan
    return moves


def _check(found: dict[str, Any], moves: pd.DataFrame, rate: float, frequency: str, window: int) -> None:
    """The result's numbers are those of a fit of the window's returns by statsmodels with the same errors."""
    year = A_YEAR[frequency]
    used = moves.tail(window).dropna()
    y = used["y"] - rate / year
    x = used.drop(columns="y").copy()
    x.iloc[:, 0] -= rate / year
    lags = int(4 * (len(used) / 100) ** (2 / 9))
    fit = sm.OLS(y.to_numpy(), sm.add_constant(x.to_numpy())).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True
    )
    one = sm.OLS(y.to_numpy(), sm.add_constant(x.iloc[:, :1].to_numpy())).fit()
    assert (found["frequency"], found["window"], found["observations"]) == (frequency, window, len(used))
    assert found["model"]["lags"] == lags
    for k, code in enumerate(CODES, start=1):
        assert found["betas"][code]["beta"] == pytest.approx(fit.params[k], rel=1e-9, abs=1e-12)
        assert found["betas"][code]["std_error"] == pytest.approx(fit.bse[k], rel=1e-8)
        volatility = x.iloc[:, k - 1].std() * year**0.5
        assert found["betas"][code]["factor_volatility"] == pytest.approx(volatility, rel=1e-9)
    assert found["alpha"]["daily"] == pytest.approx(fit.params[0], rel=1e-8, abs=1e-12)
    assert found["alpha"]["annual"] == pytest.approx(year * fit.params[0], rel=1e-8, abs=1e-12)
    assert found["r_squared"] == pytest.approx(fit.rsquared, rel=1e-9)
    assert found["volatility"] == pytest.approx(y.std() * year**0.5, rel=1e-9)
    assert found["residual_volatility"] == pytest.approx((fit.mse_resid * year) ** 0.5, rel=1e-9)
    assert found["market_model"]["beta"] == pytest.approx(one.params[1], rel=1e-9)


@pytest.mark.parametrize(("frequency", "window"), [("weekly", 104), ("monthly", 48)])
def test_us_returns_of_a_week_or_a_month_equal_an_independent_resampling(
    factor: Run, frequency: str, window: int
) -> None:
    """Twenty stocks, five years: betas, errors, α and volatilities scaled by 52 or 12 periods a year."""
    prices = pd.read_csv(DATA / "us" / "prices.csv", index_col=0, parse_dates=True)
    proxies = ["^GSPC", "VLUE", "MTUM", "SIZE", "^VIX"]
    tickers = [name for name in prices.columns if name not in proxies][:20]
    answer = factor(
        "beta", *tickers, "--frequency", frequency, "--window", str(window), "--as-of", "2018-11-30", "--json",
        *US_SOURCE,
    )  # fmt: skip
    assert answer.status == 0
    before = prices[:"2018-11-30"]
    for ticker, found in zip(tickers, answer.results, strict=True):
        _check(found, _returns(before, ticker, proxies, frequency, "2018-11-30"), 0.02, frequency, window)
        assert found["as_of"] == "2018-11-30"


def test_a_week_ends_with_the_ticker_s_own_last_close_and_its_factors_join_it(factor: Run, tmp_path: Path) -> None:
    """Missing Fridays, an empty week and a suspect session at a week's end: each as an independent resampling."""
    days, prices = weekdays(700), market(700, stocks=4)
    friday = np.flatnonzero(pd.DatetimeIndex(days).day_of_week == 4)
    prices["S0.NS"][friday[[60, 75]]] = np.nan
    prices["S1.NS"][friday[80] - 4 : friday[80] + 1] = np.nan
    prices["S2.NS"][friday[-1]] = np.nan
    prices["MID150BEES.NS"][friday[90]] *= 1.2
    source = write_wide(tmp_path / "prices.csv", prices, days)
    answer = factor(
        "beta",
        "S0.NS",
        "S1.NS",
        "S2.NS",
        "S3.NS",
        "--frequency",
        "weekly",
        "--window",
        "100",
        "--json",
        "--source",
        str(source),
    )
    table = pd.DataFrame(prices, index=pd.DatetimeIndex(days))
    for found in answer.results:
        moves = _returns(table, found["ticker"], list(PROXIES), "weekly", "2026-11-20")
        _check(found, moves, 0.065, "weekly", 100)
        assert found["as_of"] == "2026-11-20"  # of the market, also where the ticker's week ends earlier
    assert [found["observations"] for found in answer.results] == [100, 98, 100, 100]
    assert answer.results[1]["data"]["missing"] == 2


def test_no_return_of_an_unfinished_week_or_month(factor: Run, tmp_path: Path) -> None:
    """A week counts from Friday's settled close on, a month from that of its last weekday."""
    source = write_wide(tmp_path / "prices.csv", market(700), weekdays(700, "2026-12-04"))

    def as_of(now: str, frequency: str, *more: str) -> str:
        words = ("beta", "S0.NS", "--frequency", frequency, "--window", "30", "--json", "--source", str(source), *more)
        found: str = factor(*words, FACTOR_NOW=now).results[0]["as_of"]
        return found

    assert as_of("2026-11-27T15:59:00+05:30", "weekly") == "2026-11-20"
    assert as_of("2026-11-27T16:00:00+05:30", "weekly") == "2026-11-27"
    assert as_of("2026-11-30T15:59:00+05:30", "monthly") == "2026-10-30"
    assert as_of("2026-11-30T16:00:00+05:30", "monthly") == "2026-11-30"
    assert as_of("2027-06-01T12:00:00+05:30", "weekly", "--as-of", "2026-11-26") == "2026-11-20"
    assert as_of("2027-06-01T12:00:00+05:30", "weekly") == "2026-12-04"
    assert as_of("2027-06-01T12:00:00+05:30", "monthly") == "2026-11-30"  # the file ends inside December


def test_a_week_that_holds_a_left_out_jump_is_left_out(factor: Run, tmp_path: Path) -> None:
    """By its reason, and the other weeks keep their returns; a jump of less than the limit stays in."""
    days, prices = weekdays(700), market(700)
    prices["S0.NS"][600:] *= 0.2
    source = write_wide(tmp_path / "prices.csv", prices, days)
    words = ("beta", "S0.NS", "--frequency", "weekly", "--window", "100", "--json", "--source", str(source))
    found = factor(*words).results[0]
    (excluded,) = found["data"]["excluded"]
    monday = _period(pd.DatetimeIndex(days[600:601]), "weekly")[0]
    assert excluded["reason"] == "suspect_jump"
    move = prices["S0.NS"][600] / prices["S0.NS"][599] - 1
    (warning,) = [text for text in found["warnings"] if text.startswith("suspect_jump")]
    assert warning.startswith(f"suspect_jump: {days[600]}, {move:+.1%}, is left out")
    assert monday <= pd.Timestamp(excluded["date"]) < monday + pd.Timedelta(days=7)
    assert (found["observations"], found["data"]["missing"]) == (99, 0)
    table = pd.DataFrame(prices, index=pd.DatetimeIndex(days))
    moves = _returns(table, "S0.NS", list(PROXIES), "weekly", "2026-11-20")
    assert np.isnan(moves.loc[monday, "y"])
    _check(found, moves, 0.065, "weekly", 100)


def test_a_large_weekly_return_is_named_however_large(factor: Run, tmp_path: Path) -> None:
    """Five days of 12 % are no jump, and a week of 76 %: it stays in, and is named as a large move."""
    days, prices = weekdays(700), market(700)
    monday = np.flatnonzero(pd.DatetimeIndex(days).day_of_week == 0)[120]
    prices["S0.NS"][monday:] *= np.minimum(1.12 ** np.arange(1, 700 - monday + 1), 1.12**5)
    source = write_wide(tmp_path / "prices.csv", prices, days)
    words = ("beta", "S0.NS", "--frequency", "weekly", "--window", "100", "--json", "--source", str(source))
    named = [text for text in factor(*words).results[0]["warnings"] if text.startswith(("large_move", "outlier"))]
    assert any(text.startswith(f"large_move: {days[monday + 4]}, +") for text in named)
    assert not any(text.startswith("outlier") for text in named)


def test_a_portfolio_s_and_a_stock_s_shares_are_annualised_by_their_periods(factor: Run, tmp_path: Path) -> None:
    """Standalone volatilities are |β| times the factor's volatility of the same result."""
    source = write_wide(tmp_path / "prices.csv", market(700))
    words = ("S0.NS", "--frequency", "monthly", "--window", "30", "--json", "--source", str(source))
    betas = factor("beta", *words).results[0]["betas"]
    alone = factor("decompose", *words).results[0]["standalone_volatility"]
    for code, volatility in alone.items():
        assert volatility == pytest.approx(abs(betas[code]["beta"]) * betas[code]["factor_volatility"], rel=1e-12)


def _weekly_prices(tmp_path: Path, step: int, count: int = 300) -> tuple[str, ...]:
    """Prices so many calendar days apart."""
    days = np.datetime64("2026-11-20") - step * np.arange(count)[::-1]
    return ("--source", str(write_wide(tmp_path / f"{step}.csv", market(count), days)))


@pytest.mark.parametrize(("step", "name", "window"), [(7, "weekly", 104), (30, "monthly", 60)])
def test_prices_a_week_or_a_month_apart_are_computed_as_such(
    factor: Run, tmp_path: Path, step: int, name: str, window: int
) -> None:
    """Without an option, with a warning and the frequency's own window; a finer frequency is refused."""
    source = _weekly_prices(tmp_path, step)
    (found,) = factor("beta", "S0.NS", "--json", *source).results
    assert (found["frequency"], found["window"]) == (name, window)
    (warning,) = [text for text in found["warnings"] if text.startswith("frequency")]
    assert warning == (
        f"frequency: the prices are a {name.removesuffix('ly')} apart, so a return is that of a "
        f"{name.removesuffix('ly')}, not of a day."
    )
    again = factor("beta", "S0.NS", "--json", "--frequency", name, *source).results[0]
    assert again["cache"]["hit"] == "disk"
    refused = factor("beta", "S0.NS", "--frequency", "daily", *source)
    assert (refused.status, refused.out) == (2, "")
    assert f"frequency daily is asked for, but the prices of {source[1]} are a {name.removesuffix('ly')} apart" in (
        refused.err
    )


def test_daily_results_name_no_frequency(factor: Run) -> None:
    """Keys, digests and JSON name it only where it is not daily; the answers of frequencies never mix."""
    plain = factor("beta", "TCS", "--json", *DEMO).results[0]
    daily = factor("beta", "TCS", "--frequency", "daily", "--json", *DEMO).results[0]
    weekly = factor("beta", "TCS", "--frequency", "weekly", "--json", *DEMO).results[0]
    assert "frequency" not in plain
    assert {**daily, "cache": None} == {**plain, "cache": None}
    assert (daily["cache"]["hit"], weekly["cache"]["hit"]) == ("disk", None)
    assert (weekly["frequency"], weekly["window"]) == ("weekly", 104)
    shares = factor("decompose", "TCS", "--frequency", "weekly", "--json", *DEMO).results[0]
    assert (shares["frequency"], shares["cache"]["hit"], shares["observations"]) == ("weekly", "disk", 104)


def test_a_weekly_heatmap_has_its_own_rows_and_windows(factor: Run) -> None:
    """One window of 104 weeks by default; the daily heatmap is another one; each stock as by itself."""
    computed = factor("heatmap", "compute", "--sector", "Power", "--frequency", "weekly", "--json", *DEMO)
    assert [status["window"] for status in computed.results] == [104]
    shown = factor("heatmap", "show", "--frequency", "weekly", "--json", *DEMO).results[0]
    assert (shown["frequency"], shown["window"]) == ("weekly", 104)
    alone = factor("beta", shown["stocks"][0]["ticker"], "--frequency", "weekly", "--json", *DEMO).results[0]
    assert shown["stocks"][0]["market_beta"] == alone["market_model"]["beta"]
    assert factor("heatmap", "show", *DEMO).status == 4


def test_a_portfolio_s_weeks_end_where_all_its_stocks_have_a_close(factor: Run, tmp_path: Path) -> None:
    """A Friday that one stock lacks ends the portfolio's week on Thursday, for every stock and the factors."""
    days, prices = weekdays(700), market(700)
    friday = np.flatnonzero(pd.DatetimeIndex(days).day_of_week == 4)
    prices["S0.NS"][friday[60]] = np.nan
    source = write_wide(tmp_path / "prices.csv", prices, days)
    (tmp_path / "mine.csv").write_text("ticker,weight\nS0.NS,0.6\nS1.NS,0.4\n")
    words = ("--portfolio", str(tmp_path / "mine.csv"), "--frequency", "weekly", "--window", "100", "--json")
    (found,) = factor("beta", *words, "--source", str(source)).results
    table = pd.DataFrame(prices, index=pd.DatetimeIndex(days))
    table.loc[table["S0.NS"].isna(), "S1.NS"] = np.nan
    parts = [_returns(table, name, list(PROXIES), "weekly", "2026-11-20") for name in ("S0.NS", "S1.NS")]
    whole = parts[0].assign(y=0.6 * parts[0]["y"] + 0.4 * parts[1]["y"])
    _check(found, whole, 0.065, "weekly", 100)


@needs_nse
def test_the_universe_s_market_beta_is_higher_in_weeks_than_in_days(factor: Run) -> None:
    """Stocks follow the market with a delay: over the two years to September 2025 by more than a tenth of a beta."""
    source = ("--source", f"{NSE}/nse", "--json")
    means = []
    for frequency, window in (("daily", "504"), ("weekly", "104")):
        words = ("--frequency", frequency, "--window", window, *source)
        factor("heatmap", "compute", "--all", *words)
        stocks = factor("heatmap", "show", *words).results[0]["stocks"]
        means.append(np.mean([stock["market_beta"] for stock in stocks]))
    print(f"mean market beta: daily {means[0]:.2f}, weekly {means[1]:.2f}")
    assert means[0] + 0.1 < means[1] < means[0] + 0.4
