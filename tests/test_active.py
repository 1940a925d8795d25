"""Exposures and risk against a benchmark: oracles, identities, and every bad benchmark in a sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.decisions.estimates import COVERAGE
from factorcli.engine.active import active, active_returns, volatility_interval
from factorcli.engine.basis import Basis
from factorcli.engine.bootstrap import SEED, drawn, volatility_draws
from factorcli.engine.estimators import Estimator, exponential_weights
from factorcli.engine.exposures import estimate
from factorcli.model.specification import Specification
from factorcli.portfolio.given import benchmark_of
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.request import Request
from factorcli.service.active import ActiveService
from tests.conftest import Answer, Run
from tests.markets import market, write_wide
from tests.oracles import planted_market, statsmodels_ols
from tests.test_portfolio import CODES, DAILY_RATE, design_of, returns_of

pytestmark = pytest.mark.cli

TRADED = np.array([False, True, True, True, False])
BASES = [Basis("raw"), Basis("spread", 0, TRADED), Basis("residual", 0, TRADED)]
Ask = Callable[..., Answer]


@pytest.fixture
def prices() -> dict[str, np.ndarray]:
    """Closes of the proxies and of S0.NS to S3.NS, 300 days; S3 lacks some."""
    found = market()
    found["S3.NS"][[200, 201, 240]] = np.nan
    return found


@pytest.fixture
def ask(factor: Run, tmp_path: Path, prices: dict[str, np.ndarray]) -> Ask:
    """`factor` on a folder of these prices."""
    write_wide(tmp_path / "source" / "p.csv", prices)

    def run(*arguments: str) -> Answer:
        return factor(*arguments, "--source", str(tmp_path / "source"))

    return run


@pytest.mark.parametrize("covariance", ["hac", "hc1", "nonrobust"])
def test_active_betas_are_those_of_another_implementation(ask: Ask, prices, covariance: str) -> None:
    """The regression of S0 − S1 on the factors by statsmodels, with the same covariance, and on the market alone."""
    answer = ask("beta", "S0.NS", "--benchmark", "S1.NS", "--cov", covariance, "--json")
    assert answer.status == 0, answer.err
    found = answer.results[0]["active"]
    assert list(found) == [
        "benchmark", "betas", "market_beta", "tracking_error", "tracking_error_low", "tracking_error_high",
        "contributions",
    ]  # fmt: skip
    stocks, design = returns_of(prices, ("S0.NS", "S1.NS"), 252), design_of(prices, 252)
    difference = stocks[:, 0] - stocks[:, 1]
    expected = statsmodels_ols(difference, design[:, 1:], covariance)
    alone = statsmodels_ols(difference, design[:, 1:2], covariance)
    betas = [found["betas"][code] for code in CODES]
    for record, fit, k in [*((beta, expected, k) for k, beta in enumerate(betas, 1)), (found["market_beta"], alone, 1)]:
        assert record["estimate"] == pytest.approx(fit.params[k], rel=0, abs=1e-12)
        assert record["std_error"] == pytest.approx(fit.bse[k], rel=1e-9)
        assert record["p_value"] == pytest.approx(fit.pvalues[k], rel=1e-8)
        assert (record["ci_low"], record["ci_high"]) == pytest.approx(tuple(fit.conf_int()[k]), rel=1e-9)
    assert found["benchmark"] == "S1.NS"
    assert found["tracking_error"] == pytest.approx(difference.std(ddof=1) * np.sqrt(252), rel=1e-12)
    assert found["tracking_error_low"] < found["tracking_error"] < found["tracking_error_high"]
    together = [np.cov(factor, difference)[0, 1] / difference.var(ddof=1) for factor in design.T[1:]]
    shares = expected.params[1:] * together
    assert_allclose([found["contributions"][code] for code in CODES], shares, rtol=1e-9)
    assert sum(found["contributions"].values()) == pytest.approx(1, rel=0, abs=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(BASES), st.sampled_from(["ols", "ewma", "dimson"]))
def test_active_betas_are_differences_of_betas_and_shares_sum_to_one(seed: int, basis: Basis, estimator: Any) -> None:
    """On the same days, in every basis and by every estimator; R² of the active returns is what the factors share."""
    returns, factors = planted_market(seed, 90, 2)
    weighting = Estimator(estimator, 40.0)
    found = active(active_returns(returns[:, 0], returns[:, 1]), factors, "hac", basis, 30, weighting)
    each = estimate(returns, factors, "hac", basis, 30, weighting).fits.coefficients
    assert_allclose(found.exposures.fits.coefficients[0], each[0] - each[1], rtol=0, atol=1e-10)
    assert found.shares.sum() == pytest.approx(found.exposures.fits.r_squared[0], rel=0, abs=1e-10)
    assert found.low < found.tracking_error < found.high


def test_a_draw_of_the_bootstrap_is_the_deviation_of_the_days_drawn() -> None:
    """By hand, with and without weights, of two columns drawn together; and the interval's order."""
    returns, _ = planted_market(3, 60, 2)
    weights = exponential_weights(60, 20.0)
    for weight in (np.ones(60), weights):
        draws = volatility_draws(returns, None if weight[0] == 1 else weight, 3)
        for row, counts in zip(draws, drawn(60, 3, SEED), strict=True):
            whole = counts * weight
            means = whole @ returns / whole.sum()
            spread = whole @ (returns - means) ** 2 / whole.sum() * 60 / 59
            assert_allclose(row, np.sqrt(spread), rtol=1e-10)
    low, high = volatility_interval(returns)
    difference = returns[:, 1].std(ddof=1) - returns[:, 0].std(ddof=1)
    assert low < difference < high
    assert volatility_interval(returns[:, :1]) == pytest.approx(
        tuple(np.array(volatility_interval(1000 * returns[:, :1])) / 1000), rel=1e-9
    )


def test_weighted_tracking_errors_are_those_of_the_weights() -> None:
    """Σ w (a − ā)²/(n − 1), weights of mean 1."""
    returns, factors = planted_market(4, 100, 2)
    a, weights = returns[:, 0] - returns[:, 1], exponential_weights(100, 30.0)
    found = active(a, factors, estimator=Estimator("ewma", 30.0))
    mean = weights @ a / 100
    assert found.tracking_error == pytest.approx(np.sqrt(weights @ (a - mean) ** 2 / 99), rel=1e-12)


@pytest.mark.parametrize("frequency", ["daily", "weekly"])
@pytest.mark.parametrize("estimator", ["ols", "ewma", "dimson"])
def test_its_own_benchmark_is_zero(ask: Ask, home: Path, frequency: str, estimator: str) -> None:
    """A ticker against itself, and a portfolio against its file: zeros without errors, and one warning."""
    (home / "h.csv").write_text("ticker,weight\nS0.NS,0.6\nS1.NS,0.3\n")
    (home / "turned.csv").write_text("ticker,weight\nS1,0.3\nS0,0.6\nCASH,0.1\n")
    same = ("--frequency", frequency, "--estimator", estimator, "--window", "40", "--json")
    for words in (("S0.NS", "--benchmark", "S0"), ("--portfolio", "h.csv", "--benchmark", "turned.csv")):
        answer = ask("decompose", *words, *same)
        assert answer.status == 0, answer.err
        (result,) = answer.results
        found = result["active"]
        nothing = {"estimate": 0, "std_error": None, "t_stat": None, "p_value": None, "ci_low": None, "ci_high": None}
        assert found["market_beta"] == nothing
        assert all(beta == nothing for beta in found["betas"].values())
        assert (found["tracking_error"], found["tracking_error_low"], found["tracking_error_high"]) == (0, 0, 0)
        assert set(found["contributions"].values()) == {None}
        assert len([text for text in result["warnings"] if text.startswith("own_benchmark: ")]) == 1


def test_a_benchmark_of_holdings_is_its_weighted_returns(ask: Ask, home: Path, prices) -> None:
    """A file with cash and a short position; S3's missing days are left out, which is said."""
    (home / "q.csv").write_text("ticker,weight\nS1.NS,0.8\nS3.NS,-0.1\nCASH,0.3\n")
    answer = ask("beta", "S0.NS", "S2.NS", "--benchmark", "q.csv", "--json")
    assert answer.status == 0, answer.err
    stocks = returns_of(prices, ("S0.NS", "S1.NS", "S3.NS"), 252) - DAILY_RATE
    difference = stocks[:, 0] - stocks[:, 1:] @ [0.8, -0.1]
    known = np.isfinite(difference)
    assert known.sum() == 247
    first, second = answer.results
    assert first["active"]["tracking_error"] == pytest.approx(difference[known].std(ddof=1) * np.sqrt(252), rel=1e-12)
    expected = statsmodels_ols(difference, design_of(prices, 252)[:, 1:]).params
    assert_allclose([first["active"]["betas"][code]["estimate"] for code in CODES], expected[1:], atol=1e-12)
    said = "short_history: active returns are of 247 of 252 days, as q.csv has no return on the others."
    assert said in first["warnings"]
    assert said in second["warnings"]
    assert first["active"]["benchmark"] == "q.csv"


def test_betas_are_what_they_are_without_a_benchmark(ask: Ask) -> None:
    """Only `active` and its warnings are added, and nothing of it is cached under the key of those without."""
    plain = ask("beta", "S0.NS", "S3.NS", "--json").results
    against = ask("beta", "S0.NS", "S3.NS", "--benchmark", "S1.NS", "--json").results
    for one, other in zip(plain, against, strict=True):
        assert {**other, "cache": None, "active": None} == {**one, "cache": None, "active": None}
        assert other["cache"]["hit"] is None
    assert [result.get("active") for result in ask("beta", "S0.NS", "S3.NS", "--json").results] == [None, None]
    assert [result["cache"]["hit"] for result in ask("beta", "S0.NS", "S3.NS", "--json").results] == ["disk", "disk"]


def test_tickers_and_several_portfolios_share_one_benchmark(tmp_path: Path, prices) -> None:
    """The use case takes what a request has, and a failure is that of its subject."""
    source = write_wide(tmp_path / "p.csv", prices)
    context = build_context(Settings(source=str(source)), cached=False, refresh=False)
    books = [Holdings.of([("S0", 0.5), ("S1", 0.5)], name="a"), Holdings.of([("NONE", 1)]), Holdings.of([("S2", 1)])]
    found = ActiveService(context).beta(Request(("S2", "S0"), tuple(books)), Specification(), "S2.NS")
    assert [result.ticker for result in found.results] == ["S2.NS", "S0.NS", "PORTFOLIO", "PORTFOLIO"]
    assert [result.active.tracking_error == 0 for result in found.results if result.active] == [
        True,
        False,
        False,
        True,
    ]
    assert [failure.code for failure in found.failures] == ["unknown_ticker"]
    assert found.exit_code == 3


def test_a_price_index_is_named_where_prices_contain_dividends(factor: Run, home: Path, tmp_path: Path, prices) -> None:
    """As a ticker and among holdings, for a model whose files are total-return; not of two indices, nor otherwise."""
    write_wide(tmp_path / "p.csv", prices)
    built_in = factor("model", "show", "--json").results[0]
    proxies = "".join(
        f'[[factors]]\ncode = "{one["code"]}"\nname = "{one["name"]}"\nproxies = ["{one["proxies"][0]}"]\n'
        + ("excess = true\n" if one["code"] == "MKT" else "")
        for one in built_in["factors"][:2]
    )
    (home / "total.toml").write_text(f'id = "total"\ntotal_return = true\n{proxies}')
    (home / "price.toml").write_text(f'id = "price"\n{proxies}')
    (home / "q.csv").write_text("ticker,weight\n^NSEI,0.5\nS1,0.5\n")

    def said(ticker: str, benchmark: str, model: str) -> list[str]:
        words = (ticker, "--benchmark", benchmark, "--model", model, "--source", str(tmp_path / "p.csv"), "--json")
        (result,) = factor("beta", *words).results
        return [text for text in result["warnings"] if text.startswith("price_index: the benchmark")]

    (text,) = said("S0.NS", "^NSEI", "total.toml")
    assert "the benchmark ^NSEI is a price index without dividends, which the prices of S0.NS contain" in text
    assert "q.csv holds the price index ^NSEI" in said("S0.NS", "q.csv", "total.toml")[0]
    assert not said("S0.NS", "S1.NS", "total.toml")
    assert not said("^NSEI", "^NSEI", "total.toml")
    assert not said("S0.NS", "^NSEI", "price.toml")


BAD = [
    ("NOSUCH", 4, "unknown_ticker", "has no ticker NOSUCH"),
    ("nofile.csv", 2, "invalid_portfolio", "nofile.csv: there is no such file"),
    ("folder/", 2, "invalid_portfolio", "folder/ is a folder: name a file of holdings."),
    ("cash.csv", 2, "invalid_portfolio", "cash.csv holds no stock"),
    ("text.txt", 2, "invalid_portfolio", "text.txt"),
    ("none.csv", 4, "unknown_ticker", "none.csv has no result, because 1 of its 2 stocks has none"),
    ("YOUNG.NS", 4, "insufficient_history", "YOUNG.NS has 59 returns in the 252 sessions"),
    ("EARLY.NS", 4, "stale_series", "EARLY.NS has no price after"),
    ("", 2, "invalid_option", "A ticker is empty"),
]


@pytest.mark.parametrize(("benchmark", "status", "code", "text"), BAD, ids=[one[0] or "empty" for one in BAD])
def test_a_bad_benchmark_is_one_sentence(
    factor: Run, home: Path, tmp_path: Path, prices, benchmark: str, status: int, code: str, text: str
) -> None:
    """With its status and code, whether it is a ticker or a file, and however many are compared with it."""
    young, early = prices["S1.NS"].copy(), prices["S1.NS"].copy()
    young[:-60] = early[-60:] = np.nan
    write_wide(tmp_path / "p.csv", {**prices, "YOUNG.NS": young, "EARLY.NS": early})
    (home / "folder").mkdir()
    (home / "cash.csv").write_text("ticker,weight\nCASH,1\n")
    (home / "text.txt").write_text("Dear broker,\nplease buy.\n")
    (home / "none.csv").write_text("ticker,weight\nS1,0.5\nNOSUCH,0.5\n")
    words = ("S0.NS", "S2.NS", "--benchmark", benchmark, "--source", str(tmp_path / "p.csv"))
    answer = factor("decompose" if code == "unknown_ticker" else "beta", *words, "--json")
    assert answer.status == status
    assert text in answer.err
    assert answer.err.count("\n") == 1
    assert set(answer.codes) == {code}


def test_days_in_common_must_be_enough(ask: Ask, prices, tmp_path: Path) -> None:
    """Two tickers that are fine alone and hardly overlap."""
    first, second = prices["S1.NS"].copy(), prices["S2.NS"].copy()
    first[60:90] = second[250:282] = np.nan
    write_wide(tmp_path / "source" / "p.csv", {**prices, "A.NS": first, "B.NS": second})
    answer = ask("beta", "A.NS", "--benchmark", "B.NS")
    assert answer.status == 4
    assert "A.NS and its benchmark B.NS have 188 returns in common in the 252 sessions" in answer.err
    assert "a window of 252 needs 202" in answer.err


def test_vasicek_is_refused_with_a_benchmark(ask: Ask) -> None:
    """It shrinks towards the universe, which a difference is no part of."""
    answer = ask("beta", "S0.NS", "--benchmark", "S1.NS", "--estimator", "vasicek")
    assert answer.status == 2
    assert "needs the estimator ols, ewma or dimson" in answer.err


def test_what_is_taken_for_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text with a table's ending or a separator, or that names a file; a mapping; anything else is a ticker."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").write_text("ticker,weight\nTCS,1\n")
    assert isinstance(benchmark_of("mine"), Holdings)
    assert isinstance(benchmark_of(tmp_path / "mine"), Holdings)
    assert isinstance(benchmark_of({"TCS": 1.0}), Holdings)
    for ticker in ("^NSEI", "TCS", "RELIANCE.NS", "NSE:TCS", "M&M.NS", "INE002A01018", "x\0y"):
        assert benchmark_of(ticker) == ticker


def test_csv_has_a_column_a_number(ask: Ask) -> None:
    """Nested names joined by dots."""
    heading = ask("beta", "S0.NS", "--benchmark", "S1.NS", "--csv").out.splitlines()[0].split(",")
    assert {"active.benchmark", "active.betas.MKT.estimate", "active.market_beta.ci_low",
            "active.tracking_error_high", "active.contributions.idiosyncratic"} <= set(heading)  # fmt: skip


def garch(days: int, draw: np.random.Generator) -> np.ndarray:
    """Returns of unit variance by GARCH(1,1) with α 0.1 and β 0.85."""
    variance, found = 1.0, []
    for shock in draw.standard_normal(days + 200):
        found.append(np.sqrt(variance) * shock)
        variance = 0.05 + 0.1 * found[-1] ** 2 + 0.85 * variance
    return np.array(found[200:])


@pytest.mark.slow
def test_coverage_of_the_intervals_of_a_tracking_error() -> None:
    """252 days: close to 95 % for normal returns, less for fat tails, and COVERAGE where volatility clusters."""
    draw = np.random.default_rng(7)
    kinds: list[tuple[Callable[[], np.ndarray], float, float]] = [
        (lambda: draw.standard_normal(252), 0.92, 0.97),
        (lambda: draw.standard_t(5, 252) / np.sqrt(5 / 3), 0.85, 0.94),
        (lambda: garch(252, draw), COVERAGE - 0.06, COVERAGE + 0.06),
    ]
    for make, least, most in kinds:
        bounds = [volatility_interval(make()[:, None]) for _ in range(250)]
        assert least <= np.mean([low <= 1 <= high for low, high in bounds]) <= most
