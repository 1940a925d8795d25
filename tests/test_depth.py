"""What goes beyond the default fit, as a user gets it: other estimators, intervals, tests, attribution, diagnostics."""

import csv
import io
import math
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import t as student
from statsmodels.stats.diagnostic import het_arch, het_breuschpagan
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.stattools import durbin_watson, jarque_bera

from factorcli.engine import Array
from factorcli.markets.universe import Universe
from factorcli.model.built_in import INDIA_5F
from factorcli.prices.demo import RISK_FREE_DAILY, DemoSource
from tests.conftest import NOW, Run
from tests.yahoo.market import FixedClock

pytestmark = pytest.mark.cli

CODES = ["MKT", "VAL", "MOM", "SZ", "VOL"]
PROXIES = [factor.proxies[0] for factor in INDIA_5F.factors]
DEMO = ("--source", "demo", "--json")
BASES = ("raw", "spread", "residual")


@pytest.fixture(scope="module")
def source() -> DemoSource:
    """The market that `--source demo` reads."""
    return DemoSource(Universe.load(), FixedClock(datetime.fromisoformat(NOW)))


def sample(source: DemoSource, ticker: str, window: int = 252) -> tuple[Array, Array]:
    """Excess returns (W,) and factors (W, 5) in the raw basis, worked from the closes."""
    closes = source.prices([ticker, *PROXIES]).closes
    returns = closes[1:] / closes[:-1] - 1
    y, factors = returns[-window:, 0] - RISK_FREE_DAILY, returns[-window:, 1:].copy()
    factors[:, 0] -= RISK_FREE_DAILY
    return y, factors


def only(answer: Any) -> dict[str, Any]:
    """The one result of a command that succeeded."""
    assert answer.status == 0, answer.err
    (result,) = answer.results
    return dict(result)


def betas(result: dict[str, Any], key: str = "beta") -> Array:
    """One number of each factor."""
    return np.array([result["betas"][code][key] for code in CODES])


def test_bases_agree_where_they_must(factor: Run) -> None:
    """R², the styles' betas and errors and their joint test; the market of `residual` is the one-factor one."""
    raw, spread, residual = (only(factor("beta", "TCS", *DEMO, "--basis", basis)) for basis in BASES)
    for other in (spread, residual):
        for key in ("r_squared", "residual_volatility"):
            assert other[key] == pytest.approx(raw[key], rel=1e-10)
        for key in ("beta", "std_error", "p_value"):
            np.testing.assert_allclose(betas(other, key)[1:], betas(raw, key)[1:], rtol=1e-8, atol=1e-12)
        assert other["style_test"]["f_stat"] == pytest.approx(raw["style_test"]["f_stat"], rel=1e-8)
    assert betas(residual)[0] == pytest.approx(residual["market_model"]["beta"], rel=1e-10)
    assert residual["alpha"]["annual"] == pytest.approx(residual["market_model"]["alpha_annual"], rel=1e-10)
    assert residual["alpha"]["annual_net"] == residual["alpha"]["annual"]


@pytest.mark.parametrize("estimator", ["ols", "ewma", "dimson"])
@pytest.mark.parametrize("basis", BASES)
def test_parts_sum_to_their_totals(factor: Run, basis: str, estimator: str) -> None:
    """Shares, value at risk, expected shortfall and both attributions, to 1e-12; VaR is of Dimson's end days too."""
    for method in ("euler", "lmg"):
        words = ("decompose", "TCS", *DEMO, "--basis", basis, "--estimator", estimator, "--method", method)
        result = only(factor(*words))
        shares = {**result["contributions"], "idiosyncratic": result["idiosyncratic"]}
        assert math.fsum(shares.values()) == pytest.approx(1, abs=1e-12)
        for name, sigmas in (("value_at_risk", 1.6448536269514722), ("expected_shortfall", 2.062712807507426)):
            risk = result[name]
            if estimator != "dimson":
                assert risk["total"] == pytest.approx(sigmas * result["volatility"] / 252**0.5, rel=1e-12)
            assert math.fsum(risk["contributions"].values()) == pytest.approx(risk["total"], abs=1e-12)
            for code, share in shares.items():
                assert risk["contributions"][code] == pytest.approx(share * risk["total"], abs=1e-12)
        for part in result["attribution"].values():
            rest = (part[name] for name in ("alpha", "residual", "excluded", "jumps"))
            total = math.fsum([*part["factors"].values(), *rest])
            assert total == pytest.approx(part["total"], abs=1e-12)


def test_attribution_is_that_of_the_daily_returns(factor: Run, source: DemoSource) -> None:
    """The sum of excess returns with β·Σf and n·α, no residual; and the compounded return."""
    y, factors = sample(source, "TCS.NS")
    fit = sm.OLS(y, sm.add_constant(factors)).fit()
    parts = only(factor("decompose", "TCS", *DEMO))["attribution"]
    plain = parts["arithmetic"]
    assert plain["alpha"] == pytest.approx(len(y) * fit.params[0], rel=1e-9)
    np.testing.assert_allclose(list(plain["factors"].values()), fit.params[1:] * factors.sum(axis=0), rtol=1e-8)
    assert plain["residual"] == pytest.approx(0, abs=1e-12)
    assert plain["total"] == pytest.approx(y.sum(), rel=1e-12)
    closes = source.prices(["TCS.NS"]).closes[:, 0]
    earned = closes[-1] / closes[-253] - (1 + RISK_FREE_DAILY) ** 252
    assert parts["linked"]["total"] == pytest.approx(earned, rel=0, abs=1e-12)
    for part in parts.values():
        assert (part["excluded"], part["jumps"]) == (0, 0)


@pytest.mark.parametrize("covariance", ["nonrobust", "hc1", "hac"])
def test_ewma_is_weighted_least_squares(factor: Run, source: DemoSource, covariance: str) -> None:
    """Betas, classical errors and R² of statsmodels' WLS with weights that halve every 42 sessions."""
    y, factors = sample(source, "TCS.NS")
    weights = 0.5 ** (np.arange(len(y))[::-1] / 42)
    fit = sm.WLS(y, sm.add_constant(factors), weights=weights).fit()
    words = ("beta", "TCS", *DEMO, "--estimator", "ewma", "--half-life", "42", "--cov", covariance)
    result = only(factor(*words))
    np.testing.assert_allclose(betas(result), fit.params[1:], rtol=1e-9)
    assert result["r_squared"] == pytest.approx(fit.rsquared, rel=1e-10)
    assert (result["model"]["estimator"], result["model"]["half_life"]) == ("ewma", 42)
    effective = weights.sum() ** 2 / (weights**2).sum()
    assert result["observations_effective"] == pytest.approx(effective, rel=1e-12)
    assert result["degrees_of_freedom"] == 246
    if covariance == "nonrobust":
        np.testing.assert_allclose(betas(result, "std_error"), fit.bse[1:], rtol=1e-9)
        low = fit.params - student.ppf(0.975, effective - 6) * fit.bse
        np.testing.assert_allclose(betas(result, "ci_low"), low[1:], rtol=1e-8)
    assert "observations_effective" not in only(factor("beta", "TCS", *DEMO))
    assert f"252 returns ({effective:.1f} effective)" in factor(*words[:2], *words[2:4], *words[5:]).out


def test_a_half_life_that_is_too_short_has_no_errors_and_a_warning(factor: Run) -> None:
    """Betas and R² stay; every error, test and interval is null; a half-life of 20 has its errors."""
    result = only(factor("beta", "TCS", *DEMO, "--estimator", "ewma", "--half-life", "3"))
    (warning,) = [text for text in result["warnings"] if text.startswith("few_effective_observations: ")]
    assert "half-life of 3 sessions the 252 returns count as 8.7" in warning
    market = result["market_model"]
    estimates = [*result["betas"].values(), result["alpha"], market, *(market[k] for k in ("up", "down", "asymmetry"))]
    for estimate in estimates:
        assert {estimate[key] for key in ("std_error", "t_stat", "p_value", "ci_low", "ci_high")} == {None}
    assert (result["style_test"]["f_stat"], result["style_test"]["p_value"]) == (None, None)
    assert all(math.isfinite(beta["beta"]) for beta in result["betas"].values())
    assert math.isfinite(market["down"]["estimate"])
    longer = only(factor("beta", "TCS", *DEMO, "--estimator", "ewma", "--half-life", "20"))
    assert longer["observations_effective"] == pytest.approx(57.7, abs=0.05)
    assert not any("few_effective" in text for text in longer["warnings"])
    assert factor("beta", "TCS", "--source", "demo", "--estimator", "ewma", "--half-life", "3").status == 0


def test_dimson_sums_the_betas_of_three_days(factor: Run, source: DemoSource) -> None:
    """Against a regression with the market's lag, that of the day before the window too, and its lead.

    The sum and its error; only the last day is not used; alone the market has the volatility of its three betas.
    """
    y, factors = sample(source, "TCS.NS", 253)
    market = factors[:, 0]
    design = sm.add_constant(np.column_stack([factors[1:-1], market[:-2], market[2:]]))
    fit = sm.OLS(y[1:-1], design).fit()
    result = only(factor("beta", "TCS", *DEMO, "--estimator", "dimson", "--cov", "nonrobust"))
    expected = {"before": fit.params[6], "day": fit.params[1], "after": fit.params[7]}
    assert result["dimson"] == pytest.approx(expected, rel=1e-8)
    total = fit.t_test([0, 1, 0, 0, 0, 0, 1, 1])
    assert betas(result)[0] == pytest.approx(total.effect[0], rel=1e-8)
    assert betas(result, "std_error")[0] == pytest.approx(total.sd[0, 0], rel=1e-8)
    data = result["data"]
    assert result["observations"] == data["sessions"] - data["missing"] - len(data["excluded"]) - 1 == 251
    alone = only(factor("decompose", "TCS", *DEMO, "--estimator", "dimson"))["standalone_volatility"]
    moved = fit.params[6] * market[:-2] + fit.params[1] * market[1:-1] + fit.params[7] * market[2:]
    assert alone["MKT"] == pytest.approx(moved.std(ddof=1) * 252**0.5, rel=1e-8)
    value = result["betas"]["VAL"]
    assert alone["VAL"] == pytest.approx(abs(value["beta"]) * value["factor_volatility"], rel=1e-12)


def test_a_window_too_short_for_dimson_says_so(factor: Run) -> None:
    """One of its returns has one neighbour only."""
    answer = factor("beta", "TCS", "--source", "demo", "--estimator", "dimson", "-w", "30")
    assert (answer.status, answer.err.count("\n")) == (4, 1)
    assert "ask for a window of 31 or more" in answer.err
    assert factor("beta", "TCS", "--source", "demo", "--estimator", "dimson", "-w", "31").status == 0


def test_vasicek_draws_towards_the_heatmap(factor: Run, tmp_path: Path) -> None:
    """From the rows of the universe, in `beta` and in `show`; the same where no heatmap was computed."""
    alone = only(factor("beta", "TCS", *DEMO, "--estimator", "vasicek"))
    factor("heatmap", "compute", "--all", "--source", "demo", "-w", "252")
    stocks = only(factor("heatmap", "show", *DEMO))["stocks"]
    table = np.array([[stock["betas"][code] for code in CODES] for stock in stocks])
    errors = np.array([[abs(stock["betas"][code] / stock["t_stats"][code]) for code in CODES] for stock in stocks])
    mean, variance = table.mean(axis=0), table.var(axis=0, ddof=1) - (errors**2).mean(axis=0)
    own = only(factor("beta", "TCS", *DEMO))
    weight = variance / (variance + betas(own, "std_error") ** 2)
    expected = weight * betas(own) + (1 - weight) * mean
    result = only(factor("beta", "TCS", *DEMO, "--estimator", "vasicek", "--refresh"))
    np.testing.assert_allclose(betas(result), expected, rtol=1e-9)
    np.testing.assert_allclose(betas(alone), expected, rtol=1e-9)
    assert result["shrinkage"]["stocks"] == 500
    assert list(result["shrinkage"]["own_weight"].values())[:5] == pytest.approx(list(weight))
    assert result["r_squared"] == own["r_squared"]
    (shown,) = factor("heatmap", "show", *DEMO, "--estimator", "vasicek").results
    drawn = next(stock for stock in shown["stocks"] if stock["ticker"] == "TCS.NS")
    assert list(drawn["betas"].values()) == pytest.approx(list(expected))
    assert drawn["market_beta"] == pytest.approx(result["market_model"]["beta"])
    tests = [*drawn["t_stats"].values(), *drawn["q_values"].values()]
    tests += [beta[key] for beta in result["betas"].values() for key in ("t_stat", "p_value")]
    assert set(tests) == {None}
    np.testing.assert_allclose(betas(result, "std_error"), np.sqrt(weight) * betas(own, "std_error"), rtol=1e-9)
    half = student.ppf(0.975, 246) * betas(result, "std_error")
    np.testing.assert_allclose(betas(result, "ci_low"), expected - half, rtol=1e-9, atol=1e-12)
    assert list(result["shrinkage"]["std_dev"].values())[:5] == pytest.approx(list(np.sqrt(variance)))
    assert result["market_model"]["down"] == own["market_model"]["down"]
    table_of = factor("heatmap", "show", "--source", "demo", "--estimator", "vasicek").out
    assert not any(mark in line for line in table_of.splitlines() if ".NS" in line for mark in "*°")


def test_q_values_are_of_the_whole_universe_and_mark_what_survives(factor: Run) -> None:
    """statsmodels' Benjamini–Hochberg over 500 p-values, whatever part is shown; * stands beside no other."""
    factor("heatmap", "compute", "--all", "--source", "demo", "-w", "252")
    stocks = only(factor("heatmap", "show", *DEMO))["stocks"]
    few = [stock["ticker"] for stock in stocks[:3]]
    single = {result["ticker"]: result for result in factor("beta", *few, *DEMO).results}

    for code in CODES:
        t_stats = np.array([stock["t_stats"][code] for stock in stocks])
        p_values = 2 * student.sf(np.abs(t_stats), [stock["observations"] - 6 for stock in stocks])
        q_values = [stock["q_values"][code] for stock in stocks]
        np.testing.assert_allclose(q_values, multipletests(p_values, method="fdr_bh")[1], rtol=1e-9)
        for i, ticker in enumerate(few):
            assert p_values[i] == pytest.approx(single[ticker]["betas"][code]["p_value"], rel=1e-8)
    sector = only(factor("heatmap", "show", *DEMO, "--sector", "Power"))["stocks"]
    everywhere = {stock["ticker"]: stock["q_values"] for stock in stocks}
    assert all(stock["q_values"] == everywhere[stock["ticker"]] for stock in sector)
    table = factor("heatmap", "show", "--source", "demo", "--sector", "Power").out
    for stock in sector:
        (line,) = [line for line in table.splitlines() if line.startswith(stock["ticker"])]
        assert line.count("*") == sum(q <= 0.05 for q in stock["q_values"].values())


def test_the_joint_test_is_that_of_statsmodels(factor: Run, source: DemoSource) -> None:
    """A Wald test with HC3 errors whatever those of the betas, its p-value from F(4, n − 6)."""
    y, factors = sample(source, "TCS.NS")
    fit = sm.OLS(y, sm.add_constant(factors)).fit(cov_type="HC3", use_t=True)
    wald = fit.wald_test(np.eye(6)[2:], use_f=True, scalar=True)
    test = only(factor("beta", "TCS", *DEMO))["style_test"]
    assert test["f_stat"] == pytest.approx(float(wald.statistic), rel=1e-8)
    assert test["p_value"] == pytest.approx(float(wald.pvalue), rel=1e-8)
    assert (test["numerator"], test["denominator"], test["covariance"]) == (4, 246, "hc3")
    assert only(factor("beta", "TCS", *DEMO, "--cov", "nonrobust"))["style_test"] == test


@pytest.mark.parametrize("covariance", ["nonrobust", "hc1", "hac"])
def test_up_and_down_betas_are_those_of_statsmodels(factor: Run, source: DemoSource, covariance: str) -> None:
    """From one regression: both, their difference, its error, t, p and interval; the table says what it means."""
    y, factors = sample(source, "TCS.NS")
    market = factors[:, 0]
    design = sm.add_constant(np.column_stack([np.maximum(market, 0), np.minimum(market, 0)]))
    options: dict[str, Any] = {
        "nonrobust": {},
        "hc1": {"cov_type": "HC1"},
        "hac": {"cov_type": "HAC", "cov_kwds": {"maxlags": 4, "use_correction": True}},
    }[covariance]
    fit = sm.OLS(y, design).fit(use_t=True, **options)
    found = only(factor("beta", "TCS", *DEMO, "--cov", covariance))["market_model"]
    for name, weights in (("up", [0, 1, 0]), ("down", [0, 0, 1]), ("asymmetry", [0, -1, 1])):
        oracle = fit.t_test(weights)
        low, high = oracle.conf_int()[0]
        expected = [oracle.effect[0], oracle.sd[0, 0], oracle.tvalue[0, 0], float(oracle.pvalue), low, high]
        assert list(found[name].values()) == pytest.approx(expected, rel=1e-7), name
    table = factor("beta", "TCS", "--source", "demo", "--cov", covariance).out
    assert f"Asymmetry, down β minus up β: {found['asymmetry']['estimate']:+.2f}".replace("-", "−") in table


def test_a_heatmap_has_the_down_betas_and_sorts_by_them(factor: Run) -> None:
    """The number of `beta`, to the last digit; the largest first."""
    factor("heatmap", "compute", "TCS", "INFY", "RELIANCE", "ITC", "--source", "demo", "-w", "252")
    stocks = only(factor("heatmap", "show", *DEMO, "--sort", "down"))["stocks"]
    betas = [stock["down_beta"] for stock in stocks]
    assert betas == sorted(betas, reverse=True)
    for result in factor("beta", *(stock["ticker"] for stock in stocks), *DEMO).results:
        assert result["market_model"]["down"]["estimate"] in betas


@pytest.mark.filterwarnings("ignore:acorr_lm currently returns:FutureWarning")
def test_diagnostics_are_those_of_statsmodels_with_a_word_each(factor: Run, source: DemoSource) -> None:
    """Every statistic, the days by Cook's distance, and five lines in the table."""
    y, factors = sample(source, "TCS.NS")
    fit = sm.OLS(y, sm.add_constant(factors)).fit()
    found = only(factor("beta", "TCS", *DEMO, "--diagnostics"))["diagnostics"]
    assert found["durbin_watson"] == pytest.approx(durbin_watson(fit.resid), rel=1e-9)
    assert list(found["breusch_pagan"].values()) == pytest.approx(het_breuschpagan(fit.resid, fit.model.exog)[:2])
    assert list(found["jarque_bera"].values()) == pytest.approx(jarque_bera(fit.resid)[:2])
    assert list(found["arch_lm"].values()) == pytest.approx(het_arch(fit.resid, nlags=5)[:2])
    distances = fit.get_influence().cooks_distance[0]
    days = [day["date"] for day in found["influential_days"]]
    dates = [str(day) for day in source.prices([]).dates[-252:]]
    assert days == [dates[i] for i in np.argsort(-distances)[:5]]
    assert [d["cooks_distance"] for d in found["influential_days"]] == pytest.approx(sorted(distances)[:-6:-1])
    table = factor("beta", "TCS", "--source", "demo", "--diagnostics").out
    for word in (
        "autocorrelation",
        "heteroskedasticity",
        "volatility clustering",
        "normality",
        "zero-return days",
        days[0],
    ):
        assert word in table


def test_intervals_hold_their_estimates_and_are_the_same_each_time(factor: Run) -> None:
    """A fixed seed; of R² in `beta`, of every share in `decompose`; nothing of it without the option."""
    first, again = (only(factor("decompose", "TCS", *DEMO, "--intervals", "--no-cache")) for _ in range(2))
    assert first["intervals"] == again["intervals"]
    bounds = first["intervals"]
    assert bounds["r_squared"]["low"] < first["r_squared"] < bounds["r_squared"]["high"]
    for code in CODES:
        assert (
            bounds["contributions"][code]["low"] < first["contributions"][code] < bounds["contributions"][code]["high"]
        )
    assert bounds["idiosyncratic"]["low"] == pytest.approx(1 - bounds["r_squared"]["high"], abs=1e-12)
    beta = only(factor("beta", "TCS", *DEMO, "--intervals"))
    assert beta["r_squared_interval"] == bounds["r_squared"]
    assert "r_squared_interval" not in only(factor("beta", "TCS", *DEMO))


def test_a_rolling_path_has_its_intervals_in_json_and_csv(factor: Run) -> None:
    """The last of them is that of the single fit; both forms hold the same numbers; the table has sparklines."""
    words = ("beta", "TCS", "--source", "demo", "--rolling", "-w", "504")
    result = only(factor(*words, "--json"))
    path = result["rolling"]
    for code in CODES:
        one = result["betas"][code]
        assert path["betas_low"][code][-1] == pytest.approx(one["ci_low"], rel=1e-7)
        assert path["betas_high"][code][-1] == pytest.approx(one["ci_high"], rel=1e-7)
    assert path["alpha_low"][-1] == pytest.approx(result["alpha"]["ci_low"], rel=1e-7)
    assert path["residual_volatility"][-1] == pytest.approx(result["residual_volatility"], rel=1e-8)
    rows = list(csv.DictReader(io.StringIO(factor(*words, "--csv").out)))
    assert [row["date"] for row in rows] == path["dates"]
    for name in ("alpha", "alpha_low", "alpha_high", "r_squared", "residual_volatility"):
        assert [float(row[name]) for row in rows] == path[name]
    for name in ("betas", "betas_low", "betas_high"):
        assert [float(row[f"{name}.VOL"]) for row in rows] == path[name]["VOL"]
    assert set("▁█") < set(factor(*words).out)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("beta", "TCS", "--estimator", "magic"), "ols, ewma, dimson, vasicek"),
        (("beta", "TCS", "--half-life", "42"), "only the estimator ewma"),
        (("beta", "TCS", "--estimator", "ewma", "--half-life", "0"), "half_life is 0"),
        (("beta", "TCS", "--estimator", "ewma", "--half-life", "nan"), "half_life is nan"),
        (("beta", "TCS", "--estimator", "dimson", "--rolling"), "leave out the estimator dimson"),
        (("decompose", "TCS", "--estimator", "vasicek"), "needs the estimator ols, ewma or dimson"),
        (("beta", "TCS", "--estimator", "vasicek", "--diagnostics"), "leave out the estimator vasicek"),
        (("heatmap", "show", "--estimator", "x"), "ols, ewma, dimson, vasicek"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_sentence(factor: Run, words: tuple[str, ...], said: str) -> None:
    """Status 2, the value, and what it can be."""
    answer = factor(*words, "--source", "demo")
    assert (answer.status, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert said in answer.err


@pytest.mark.parametrize(
    "words",
    [
        ("beta", "TCS", "--estimator", "ewma"),
        ("beta", "TCS", "--estimator", "dimson", "--diagnostics", "--intervals"),
        ("beta", "TCS", "--estimator", "vasicek"),
        ("beta", "TCS", "--rolling"),
        ("decompose", "TCS", "--intervals", "--method", "lmg"),
    ],
)
def test_a_kept_answer_is_the_fresh_one(factor: Run, words: tuple[str, ...]) -> None:
    """To the last digit, and not that of another question."""
    factor(words[0], "TCS", "--source", "demo")
    fresh, kept = only(factor(*words, *DEMO)), only(factor(*words, *DEMO))
    assert (fresh["cache"].pop("hit"), kept["cache"].pop("hit")) == (None, "disk")
    assert fresh == kept


def test_without_a_heatmap_yahoo_is_not_asked_for_a_universe(factor: Run, yahoo: Any) -> None:
    """Vasicek on Yahoo's prices says which command to run first."""
    answer = factor("beta", "TCS", "--estimator", "vasicek", "--source", "yahoo", **yahoo.environment)
    assert answer.status == 4
    assert "factor heatmap compute --all --window 252" in answer.err
    assert len(yahoo.charts()) == 6
