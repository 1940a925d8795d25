"""The quality gate, through folders of prices with planted defects."""

from pathlib import Path

import numpy as np
import pytest

from factorcli.prices.gate_rules import filler_bars, previous
from tests.conftest import Run
from tests.markets import PROXIES, market, weekdays, write_each, write_wide

pytestmark = pytest.mark.cli

NAN = np.nan


def _beta(factor: Run, source: Path, *more: str, **env: str) -> dict:
    answer = factor("beta", "S0.NS", "--json", "--source", str(source), *more, **env)
    assert answer.status == 0, answer.err
    (result,) = answer.results
    return result


def _codes(result: dict) -> list[str]:
    return [warning.partition(":")[0] for warning in result["warnings"]]


def test_a_bar_of_an_open_session_is_dropped(factor: Run, tmp_path: Path) -> None:
    """Before the close today's bar does not count; after it, it is as of."""
    source = write_wide(tmp_path / "p.csv", market())
    assert _beta(factor, source, FACTOR_NOW="2026-11-20T12:00:00+05:30")["as_of"] == "2026-11-19"
    assert _beta(factor, source, FACTOR_NOW="2026-11-20T17:00:00+05:30")["as_of"] == "2026-11-20"


def test_a_filler_bar_with_volumes_is_a_missing_price(factor: Run, tmp_path: Path) -> None:
    """Volume 0 and the close repeated: the day is excluded, the next return is missing, both said."""
    prices = market()
    volumes = {ticker: np.full(300, 1000.0) for ticker in prices}
    prices["S0.NS"][200] = prices["S0.NS"][199]
    volumes["S0.NS"][200] = 0
    volumes["^INDIAVIX"][:] = 0  # an index never trades: its volumes say nothing
    day = str(weekdays(300)[200])
    result = _beta(factor, write_each(tmp_path / "p", prices, volumes))
    assert result["data"]["excluded"] == [{"date": day, "reason": "filler_bar", "return": None}]
    assert (result["data"]["missing"], result["observations"]) == (1, 250)
    assert {"filler_bar", "short_history"} <= set(_codes(result))
    prices["S0.NS"][200] = NAN
    without = _beta(factor, write_each(tmp_path / "q", prices))
    assert without["betas"] == result["betas"]


def test_a_day_that_most_tickers_repeat_is_a_filler_day(factor: Run, tmp_path: Path) -> None:
    """Without volumes, 18 of 35 repeated closes on a day the market moved are missing prices."""
    prices = market(stocks=30)
    for i in range(25):
        prices[f"S{i}.NS"][250] = prices[f"S{i}.NS"][249]
    prices["^NSEI"][250] = prices["^NSEI"][249] * 1.004
    source = write_wide(tmp_path / "p.csv", prices)
    assert _beta(factor, source)["observations"] == 250
    answer = factor("beta", "S29.NS", "--json", "--source", str(source))
    assert answer.results[0]["observations"] == 252  # it did trade


def test_a_quiet_market_makes_no_filler_day() -> None:
    """Repeats are believed when the market itself stood still, and among fewer than 30 tickers."""
    closes = np.vstack([np.full(40, 10.0), np.full(40, 10.0)])
    assert not filler_bars(closes, None, np.array([100.0, 100.05])).any()
    assert filler_bars(closes, None, np.array([100.0, 100.2]))[1].all()
    assert not filler_bars(closes[:, :29], None, np.array([100.0, 100.2])).any()


def test_the_previous_close_skips_gaps() -> None:
    """A repeat after a missing price is still a repeat."""
    closes = np.array([[1.0], [NAN], [1.0], [2.0]])
    assert np.array_equal(previous(closes)[:, 0], [NAN, 1.0, 1.0, 1.0], equal_nan=True)


@pytest.mark.parametrize(
    ("size", "left_out", "named"),
    [(0.45, True, False), (-0.45, True, False), (0.35, False, True), (-0.2, False, True), (0.15, False, False)],
)
def test_jumps_go_and_large_moves_stay(factor: Run, tmp_path: Path, size: float, left_out: bool, named: bool) -> None:
    """Beyond ±40 % a return is left out; from ±20 % it stays and is named with its date."""
    prices = market()
    closes = prices["S0.NS"]
    closes[250:] *= closes[249] * (1 + size) / closes[250]
    result = _beta(factor, write_wide(tmp_path / "p.csv", prices))
    day = str(weekdays(300)[250])
    assert ("suspect_jump" in _codes(result)) is left_out
    assert ("large_move" in _codes(result)) is named
    assert result["observations"] == 252 - left_out
    if left_out:
        (excluded,) = result["data"]["excluded"]
        assert (excluded["date"], excluded["reason"]) == (day, "suspect_jump")
        assert excluded["return"] == pytest.approx(size, abs=1e-9)
    if left_out or named:
        assert any(day in warning for warning in result["warnings"])


def test_a_large_move_says_what_r_squared_would_be_without_it(factor: Run, tmp_path: Path) -> None:
    """The figure in the warning is that of a model that excludes the day."""
    prices = market()
    prices["S0.NS"][250:] *= 1.3
    source = write_wide(tmp_path / "p.csv", prices)
    result = _beta(factor, source)
    (warning,) = (w for w in result["warnings"] if w.startswith("large_move"))
    model = tmp_path / "m.toml"
    proxies = "".join(
        f'[[factors]]\ncode = "{c}"\nproxies = ["{p}"]\n' for c, p in zip("ABCD", PROXIES[1:], strict=True)
    )
    market_factor = '[[factors]]\ncode = "MKT"\nproxies = ["^NSEI"]\n'
    model.write_text(f"exclude_dates = [{weekdays(300)[250]}]\n{market_factor}{proxies}traded = false\n")
    without = _beta(factor, source, "--model", str(model))
    assert without["data"]["excluded"][0]["reason"] == "exclude_dates"
    assert f"would be {without['r_squared']:.2f} without it" in warning


def test_a_session_with_a_stale_style_fund_is_left_out_for_all(factor: Run, tmp_path: Path) -> None:
    """A style six points from the market takes the session from every ticker and is named."""
    prices = market()
    nifty, fund = prices["^NSEI"], prices["MID150BEES.NS"]
    fund[260:] *= (nifty[260] / nifty[259] + 0.06) * fund[259] / fund[260]
    day = str(weekdays(300)[260])
    answer = factor("beta", "S0.NS", "S1.NS", "--json", "--source", str(write_wide(tmp_path / "p.csv", prices)))
    for result in answer.results:
        assert [(d["date"], d["reason"]) for d in result["data"]["excluded"]] == [(day, "suspect_proxy")]
        assert any(w.startswith("suspect_proxy") and day in w and "MID150BEES.NS" in w for w in result["warnings"])


def test_the_vix_may_move_beyond_every_limit(factor: Run, tmp_path: Path) -> None:
    """A level that nobody can hold is exempt, as factor and as ticker."""
    prices = market()
    prices["^INDIAVIX"][280:] *= 1.65
    source = str(write_wide(tmp_path / "p.csv", prices))
    answer = factor("beta", "S0.NS", "^INDIAVIX", "--json", "--source", source)
    for result in answer.results:
        assert result["observations"] == 252
        assert not {"suspect_jump", "large_move", "suspect_proxy"} & set(_codes(result))


def test_a_series_that_stops_is_stale(factor: Run, tmp_path: Path) -> None:
    """Five sessions behind is late, six is an error with the date."""
    prices = market()
    prices["S0.NS"][-5:] = NAN
    prices["S1.NS"][-6:] = NAN
    answer = factor("beta", "S0.NS", "S1.NS", "--json", "--source", str(write_wide(tmp_path / "p.csv", prices)))
    assert answer.status == 3
    assert [r["ticker"] for r in answer.results] == ["S0.NS"]
    assert answer.codes == ["stale_series"]
    assert str(weekdays(300)[-7]) in answer.err


def test_short_history_is_reported_not_padded(factor: Run, tmp_path: Path) -> None:
    """202 of 252 returns are enough and warned of; one less is insufficient_history."""
    prices = market()
    prices["S0.NS"][:97] = NAN  # 203 prices, 202 returns
    prices["S1.NS"][:98] = NAN
    answer = factor("beta", "S0.NS", "S1.NS", "--json", "--source", str(write_wide(tmp_path / "p.csv", prices)))
    (result,) = answer.results
    assert (result["observations"], result["data"]["missing"]) == (202, 50)
    assert "short_history" in _codes(result)
    assert answer.codes == ["insufficient_history"]
    assert "201 returns" in answer.err


def test_a_return_never_bridges_a_gap(factor: Run, tmp_path: Path) -> None:
    """One missing price costs two returns, and the window stays where it is."""
    prices = market()
    whole = _beta(factor, write_wide(tmp_path / "a.csv", prices))
    prices["S0.NS"][200] = NAN
    result = _beta(factor, write_wide(tmp_path / "b.csv", prices))
    assert (result["observations"], result["start"]) == (250, whole["start"])


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda p: p.pop("MOMOMENTUM.NS"), "no prices"),
        (lambda p: p["MOMOMENTUM.NS"].fill(NAN), "no prices"),
        (lambda p: p["MOMOMENTUM.NS"].fill(50.0), "flat"),
        (lambda p: p["MOMOMENTUM.NS"].__setitem__(slice(-9, None), NAN), "stops 9 sessions"),
        (lambda p: p["MOMOMENTUM.NS"].__setitem__(slice(0, 200), NAN), "100 prices"),
    ],
)
def test_an_unhealthy_proxy_gives_way_to_the_next(factor: Run, tmp_path: Path, spoil, word: str) -> None:
    """The fallback is used, named in the model of the result, and warned of with the reason."""
    prices = market()
    prices["MOM30IETF.NS"] = prices["MOMOMENTUM.NS"].copy()
    expected = _beta(factor, write_wide(tmp_path / "a.csv", prices))
    assert expected["model"]["proxies"]["MOM"] == "MOMOMENTUM.NS"
    spoil(prices)
    result = _beta(factor, write_wide(tmp_path / "b.csv", prices))
    assert result["model"]["proxies"]["MOM"] == "MOM30IETF.NS"
    (warning,) = (w for w in result["warnings"] if w.startswith("proxy_fallback"))
    assert word in warning
    assert result["betas"] == expected["betas"]


def test_no_healthy_proxy_stops_the_run(factor: Run, tmp_path: Path) -> None:
    """Without any proxy of a factor the sentence names the factor and what was tried."""
    prices = market()
    del prices["MID150BEES.NS"]
    answer = factor("beta", "S0.NS", "--json", "--source", str(write_wide(tmp_path / "p.csv", prices)))
    assert (answer.status, answer.codes) == (4, ["no_healthy_proxy"])
    assert "SZ" in answer.err
    assert "MID150BEES.NS has no prices" in answer.err


def test_collinear_factors_are_named(factor: Run, tmp_path: Path) -> None:
    """Two proxies with the same returns cannot be told apart, and the error says which."""
    prices = market()
    prices["MOMOMENTUM.NS"] = 2 * prices["NV20BEES.NS"]  # the same returns
    answer = factor("beta", "S0.NS", "--json", "--source", str(write_wide(tmp_path / "p.csv", prices)))
    assert answer.codes == ["collinear_factors"]
    assert "VAL and MOM" in answer.err


def test_a_price_that_never_moves_has_nothing_to_explain(factor: Run, tmp_path: Path) -> None:
    """A flat ticker: R² and betas 0, no NaN, a warning; shares still sum to 1."""
    prices = market()
    prices["S0.NS"][:] = 42.0
    source = write_wide(tmp_path / "p.csv", prices)
    result = _beta(factor, source)
    assert result["r_squared"] == 0
    assert result["betas"]["MKT"]["beta"] == 0
    assert result["betas"]["MKT"]["t_stat"] is None
    assert "flat_prices" in _codes(result)
    (parts,) = factor("decompose", "S0.NS", "--json", "--source", str(source)).results
    assert parts["idiosyncratic"] == 1


def test_filler_bars_of_a_panel_without_volumes_do_not_depend_on_later_days() -> None:
    """Found in the whole panel or up to any day, they are the same; so all days of a history share them."""
    draw = np.random.default_rng(5)
    closes = 100 * np.exp(np.cumsum(draw.normal(0, 0.01, (80, 40)), axis=0))
    for day in (20, 41, 42, 79):
        repeats = draw.random(40) < 0.7
        closes[day, repeats] = closes[day - 1, repeats]
    closes[draw.random(closes.shape) < 0.02] = np.nan
    market = closes[:, 0] = 100 * np.exp(np.cumsum(draw.normal(0, 0.01, 80)))
    whole = filler_bars(closes, None, market)
    assert whole.any()
    for days in range(2, 81):
        assert np.array_equal(filler_bars(closes[:days], None, market[:days]), whole[:days])
