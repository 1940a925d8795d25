"""`factor compare`: pairs with the first, on common days, and every bad question in a sentence."""

from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm

from factorcli import Factor, InsufficientHistory
from tests.conftest import NOW, Run
from tests.markets import PROXIES, market, write_wide

pytestmark = pytest.mark.cli

CODES = ("MKT", "VAL", "MOM", "SZ", "VOL")
SOURCE = ("--source", "p.csv")
RATE = 0.065 / 252


@pytest.fixture
def prices(home: Path) -> dict[str, np.ndarray]:
    """300 days of S0.NS to S3.NS in p.csv; S1 has gaps, S2 and S3 few days in common."""
    found = market(300, 4, 11)
    found["S1.NS"][200:206] = np.nan
    found["S2.NS"][60:100] = np.nan
    found["S3.NS"][150:190] = np.nan
    write_wide(home / "p.csv", found)
    (home / "a.csv").write_text("ticker,weight\nS0,0.5\nS1,0.5\n")
    (home / "b.csv").write_text("ticker,weight\nS0,1\n")
    return found


def test_differences_are_those_of_statsmodels(factor: Run, prices: dict[str, np.ndarray]) -> None:
    """The regression of r_A − r_B, with its errors, from the closes themselves."""
    (found,) = factor("compare", "S0", "S1", *SOURCE, "--window", "252", "--cov", "hc1", "--json").results
    returns = {name: np.diff(p[-253:]) / p[-253:-1] for name, p in prices.items()}
    x = np.column_stack([returns[name] for name in PROXIES])
    x[:, 0] -= RATE
    y = returns["S0.NS"] - returns["S1.NS"]
    both = np.isfinite(y)
    for keys, columns in ((CODES, x), (("market",), x[:, :1])):
        oracle = sm.OLS(y[both], sm.add_constant(columns[both])).fit(cov_type="HC1", use_t=True)
        for place, code in enumerate(keys):
            own = found["market_difference"] if code == "market" else found["differences"][code]
            assert own["estimate"] == pytest.approx(oracle.params[place + 1], rel=1e-7)
            assert own["std_error"] == pytest.approx(oracle.bse[place + 1], rel=1e-7)
            assert own["p_value"] == pytest.approx(oracle.pvalues[place + 1], rel=1e-6)
            assert [own["ci_low"], own["ci_high"]] == pytest.approx(oracle.conf_int()[place + 1], rel=1e-6)
    assert found["observations"] == both.sum() < 252
    pair = [returns[name][both] for name in ("S0.NS", "S1.NS")]
    assert found["correlation"] == pytest.approx(np.corrcoef(*pair)[0, 1], rel=1e-9)


def test_the_opposite_question_has_the_negative_answer(factor: Run, prices: dict[str, np.ndarray]) -> None:
    """compare(A, B) and compare(B, A), to 1e-12."""
    (there,) = factor("compare", "S0", "S1", *SOURCE, "--json").results
    (back,) = factor("compare", "S1", "S0", *SOURCE, "--json").results
    for code in CODES:
        one, other = there["differences"][code], back["differences"][code]
        assert one["estimate"] == pytest.approx(-other["estimate"], abs=1e-12)
        assert one["std_error"] == pytest.approx(other["std_error"], abs=1e-12)
        assert one["ci_low"] == pytest.approx(-other["ci_high"], abs=1e-12)
    assert there["market_difference"]["estimate"] == pytest.approx(-back["market_difference"]["estimate"], abs=1e-12)
    assert there["joint_test"]["f_stat"] == pytest.approx(back["joint_test"]["f_stat"], rel=1e-9)
    assert (there["ticker"], there["against"]) == (back["against"], back["ticker"]) == ("S0.NS", "S1.NS")


def test_the_result_has_these_keys(factor: Run, prices: dict[str, np.ndarray]) -> None:
    """In this order."""
    (found,) = factor("compare", "S0", "S1", *SOURCE, "--json").results
    assert list(found) == [
        "ticker", "name", "sector", "window", "as_of", "against", "observations", "differences", "market_difference",
        "joint_test", "correlation", "residual_correlation", "model", "data", "cache", "warnings",
    ]  # fmt: skip
    assert list(found["differences"]) == list(CODES)
    estimate = ["estimate", "std_error", "t_stat", "p_value", "ci_low", "ci_high"]
    assert list(found["differences"]["SZ"]) == list(found["market_difference"]) == estimate
    assert list(found["joint_test"]) == ["f_stat", "p_value", "numerator", "denominator", "covariance"]
    assert (found["joint_test"]["numerator"], found["joint_test"]["covariance"]) == (5, "hc3")
    assert "changes.SZ" not in factor("compare", "S0", "S1", *SOURCE, "--csv").out


def test_tickers_come_before_portfolios_and_each_is_paired_with_the_first(
    factor: Run, prices: dict[str, np.ndarray]
) -> None:  # fmt: skip
    """A portfolio is named by its file; two portfolios can be compared without a ticker."""
    found = factor("compare", "--portfolio", "a.csv", "S1", "S0", *SOURCE, "--json").results
    assert [(one["ticker"], one["against"]) for one in found] == [("S1.NS", "S0.NS"), ("S1.NS", "a.csv")]
    half = found[1]["differences"]["SZ"]["estimate"]  # S1 − (S0 + S1)/2
    assert half == pytest.approx(found[0]["differences"]["SZ"]["estimate"] / 2, rel=1e-9)
    (two,) = factor("compare", "--portfolio", "a.csv", "--portfolio", "b.csv", *SOURCE, "--json").results
    assert (two["ticker"], two["name"], two["against"]) == ("PORTFOLIO", "a.csv", "b.csv")
    assert two["differences"]["SZ"]["estimate"] == pytest.approx(-found[0]["differences"]["SZ"]["estimate"] * -0.5)


def test_a_failure_leaves_the_other_pairs(factor: Run, prices: dict[str, np.ndarray]) -> None:
    """Of another, status 3; of the first, no pair is left and the status is 4, whatever comes after it."""
    answer = factor("compare", "S0", "NOSUCH", "S1", *SOURCE, "--json")
    assert answer.status == 3
    assert [one["against"] for one in answer.results] == ["S1.NS"]
    first = factor("compare", "NOSUCH", "S0", "S1", *SOURCE, "--json")
    assert (first.status, first.results, first.codes) == (4, [], ["unknown_ticker"])
    for files in (("nosuch.csv", "a.csv"), ("a.csv", "nosuch.csv")):
        words = [word for file in files for word in ("--portfolio", file)]
        assert factor("compare", *words, *SOURCE).status == 4


def test_weeks_are_compared_where_they_end_together(factor: Run, prices: dict[str, np.ndarray]) -> None:
    """The week in which S1 has no price has no return of it."""
    words = ("compare", "S0", "S1", *SOURCE, "--frequency", "weekly", "--window", "50", "--json")
    (found,) = factor(*words).results
    assert found["frequency"] == "weekly"
    assert 45 <= found["observations"] < 50


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["S0"], "A comparison needs two: name another ticker, or a portfolio."),
        (["--portfolio", "a.csv"], "A comparison needs two: name another ticker, or a portfolio."),
        (["S0", "S0.NS"], "S0.NS is named twice: a comparison with itself says nothing, so name another."),
        (["S1", "S0", "s0"], "S0.NS is named twice: a comparison with itself says nothing, so name another."),
        (["S0", "--portfolio", "b.csv"], "S0.NS and b.csv have the same returns, so there is nothing to compare."),
        ([], "No ticker is given: name one such as RELIANCE.NS, or give --portfolio FILE."),
    ],
)
def test_a_bad_question_is_one_sentence(
    factor: Run, prices: dict[str, np.ndarray], words: list[str], said: str
) -> None:  # fmt: skip
    """Status 2, and nothing on stdout."""
    answer = factor("compare", *words, *SOURCE)
    assert (answer.status, answer.out, answer.err) == (2, "", f"factor: {said}\n")


def test_too_few_days_in_common_are_said(home: Path, prices: dict[str, np.ndarray]) -> None:
    """Each alone has enough."""
    library = Factor(source=str(home / "p.csv"), now=NOW, cache=False)
    assert library.beta("S2", window=252).observations > 201
    with pytest.raises(InsufficientHistory, match=r"S2.NS and S3.NS have \d+ returns in common in the 252 sessions"):
        library.compare("S2", "S3", window=252)
