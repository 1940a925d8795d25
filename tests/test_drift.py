"""`factor drift`: two windows of the same prices, the tests over many stocks, and every bad question in a sentence."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from factorcli import Factor, FactorError, HeatmapNotComputed, InsufficientHistory
from factorcli.analysis.false_discovery import q_values
from factorcli.errors import InvalidOption
from factorcli.prices.files import FileSource
from tests.conftest import NOW, Run
from tests.markets import PROXIES, market, weekdays, write_wide

pytestmark = pytest.mark.cli

CODES = ("MKT", "VAL", "MOM", "SZ", "VOL")
SOURCE = ("--source", "p.csv")
SHORT = ("--window", "100", "--shift", "60")


@pytest.fixture
def prices(home: Path) -> dict[str, np.ndarray]:
    """400 days of S0.NS to S3.NS, in p.csv; S1 has another beta in the last 150 days, S3 begins late."""
    found = market(400, 4, 7)
    later = np.arange(400) >= 250
    index = found["^NSEI"]
    returns = np.diff(found["S1.NS"]) / found["S1.NS"][:-1] + 1.5 * later[1:] * np.diff(index) / index[:-1]
    found["S1.NS"] = 100 * np.cumprod(np.append(1.0, 1 + returns))
    found["S3.NS"][:280] = np.nan
    write_wide(home / "p.csv", found)
    (home / "u.csv").write_text("ticker,name,sector\n" + "".join(f"S{i}.NS,Stock {i},Power\n" for i in range(4)))
    return found


@pytest.fixture
def library(home: Path, prices: dict[str, np.ndarray]) -> Factor:
    """The same prices and universe in the library."""
    return Factor(source=str(home / "p.csv"), universe=str(home / "u.csv"), now=NOW, cache=False)


def test_before_and_after_are_the_betas_of_their_windows(factor: Run, prices: dict[str, np.ndarray]) -> None:
    """As `beta` has them as of both days; dates, lengths and the sum of the change."""
    (drifted,) = factor("drift", "S1", *SOURCE, *SHORT, "--json").results
    earlier_day = str(weekdays(400)[-61])
    assert (drifted["window"], drifted["shift"]) == (100, 60)
    assert (drifted["from_as_of"], drifted["to_as_of"], drifted["as_of"]) == (earlier_day, "2026-11-20", "2026-11-20")
    for side, day in (("before", earlier_day), ("after", "2026-11-20")):
        (own,) = factor("beta", "S1", *SOURCE, "--window", "100", "--as-of", day, "--json").results
        for code in CODES:
            assert drifted["changes"][code][side] == pytest.approx(own["betas"][code]["beta"], rel=1e-9)
        assert drifted["market"][side] == pytest.approx(own["market_model"]["beta"], rel=1e-9)
    for change in (*drifted["changes"].values(), drifted["market"]):
        assert change["estimate"] == pytest.approx(change["after"] - change["before"], rel=1e-9)
        assert change["ci_low"] < change["estimate"] < change["ci_high"]
        assert change["q_value"] == change["p_value"]  # one result, one test
    assert drifted["joint_test"]["q_value"] == drifted["joint_test"]["p_value"]


def test_the_result_has_these_keys(factor: Run, prices: dict[str, np.ndarray]) -> None:
    """In this order; CSV has a column a number."""
    (drifted,) = factor("drift", "S0", *SOURCE, *SHORT, "--json").results
    assert list(drifted) == [
        "ticker", "name", "sector", "window", "as_of", "shift", "from_as_of", "to_as_of", "changes", "market",
        "joint_test", "model", "data", "cache", "warnings",
    ]  # fmt: skip
    assert list(drifted["changes"]) == list(CODES)
    numbers = ["before", "after", "q_value", "estimate", "std_error", "t_stat", "p_value", "ci_low", "ci_high"]
    assert list(drifted["changes"]["SZ"]) == list(drifted["market"]) == numbers
    assert list(drifted["joint_test"]) == ["f_stat", "p_value", "numerator", "denominator", "covariance", "q_value"]
    (row,) = csv.DictReader(io.StringIO(factor("drift", "S0", *SOURCE, *SHORT, "--csv").out))
    assert float(row["changes.SZ.after"]) == drifted["changes"]["SZ"]["after"]
    assert float(row["joint_test.q_value"]) == drifted["joint_test"]["q_value"]


def test_a_day_is_as_good_as_a_shift(factor: Run, prices: dict[str, np.ndarray]) -> None:
    """The earlier window ends on it, or on the last session before it."""
    (shifted,) = factor("drift", "S1", *SOURCE, "--window", "100", "--shift", "60", "--json").results
    day = weekdays(400)[-61]
    for asked in (day, day + 1 if np.is_busday(day + 2) and not np.is_busday(day + 1) else day):
        (found,) = factor("drift", "S1", *SOURCE, "--window", "100", "--since", str(asked), "--json").results
        assert found["changes"] == shifted["changes"]


def test_a_day_outside_the_prices_is_named_with_theirs(factor: Run, prices: dict[str, np.ndarray]) -> None:
    """The last day of these prices, not of the market; where they begin, and the first day that can be asked for."""
    late = factor("drift", "S0", *SOURCE, "--since", "2026-12-24", FACTOR_NOW="2027-01-04T18:00:00+05:30")
    assert "2026-12-24 is not before the last session, 2026-11-20" in late.err
    first, hundredth = weekdays(400)[1], weekdays(400)[100]  # of returns
    early = factor("drift", "S0", *SOURCE, "--window", "100", "--since", "2020-01-01")
    assert (early.status, early.out) == (4, "")
    assert f"returns of all factors from {first} on only; a window of 100 sessions that ends on 2020-01-01" in early.err
    assert f"name a day from {hundredth} on, or ask for a shorter window." in early.err
    assert factor("drift", "S0", *SOURCE, "--window", "100", "--since", str(hundredth)).status == 0
    longest = factor("drift", "S0", *SOURCE, "--window", "390", "--since", "2020-01-01")
    assert "needs earlier ones: ask for a shorter window." in longest.err


def test_the_universe_is_sorted_and_its_q_values_are_of_all(library: Factor, factor: Run) -> None:
    """By the joint p-value; a stock that is too young is a failure; alone each has the same numbers."""
    batch = library.drifts(window=100, shift=150)
    assert batch[0].ticker == "S1.NS"
    assert sorted(result.ticker for result in batch) == ["S0.NS", "S1.NS", "S2.NS"]
    joint = [result.joint_test.p_value for result in batch]
    assert joint == sorted(joint)
    assert [result.joint_test.q_value for result in batch] == q_values(joint)
    for code in CODES:
        assert [r.changes[code].q_value for r in batch] == q_values([r.changes[code].p_value for r in batch])
    assert [r.market.q_value for r in batch] == q_values([r.market.p_value for r in batch])
    (failure,) = batch.failures
    assert (failure.ticker, failure.code) == ("S3.NS", "insufficient_history")
    assert "S3.NS has 0 returns in the 100 sessions up to" in failure.message
    assert "Its returns begin on" in failure.message
    alone = library.drift("S2", window=100, shift=150)
    (same,) = [result for result in batch if result.ticker == "S2.NS"]
    assert alone.joint_test.f_stat == same.joint_test.f_stat
    assert alone.changes["SZ"].std_error == same.changes["SZ"].std_error
    done = factor("drift", "--all", *SOURCE, "--window", "100", "--shift", "150", "--json", FACTOR_UNIVERSE="u.csv")
    assert done.status == 3
    assert [result["ticker"] for result in done.results] == [result.ticker for result in batch]


def test_a_portfolio_is_its_weighted_stocks_in_both_windows(library: Factor, factor: Run, home: Path) -> None:
    """Weights of today, fixed: its betas are the weighted sums of the stocks' before and after."""
    book = library.portfolio({"S0": 0.6, "S2": 0.3, "CASH": 0.1})
    found = book.drift(window=100, shift=60)
    parts = [library.drift(ticker, window=100, shift=60) for ticker in ("S0", "S2")]
    for side in ("before", "after"):
        for code in CODES:
            own = [getattr(part.changes[code], side) for part in parts]
            assert getattr(found.changes[code], side) == pytest.approx(0.6 * own[0] + 0.3 * own[1], rel=1e-9)
    (home / "book.csv").write_text("ticker,weight\nS0,0.6\nS2,0.3\nCASH,0.1\n")
    two = factor("drift", "S1", "--portfolio", "book.csv", *SOURCE, *SHORT, "--json").results
    assert [(one["ticker"], one["name"]) for one in two] == [("S1.NS", "S1.NS"), ("PORTFOLIO", "book.csv")] or (
        two[1]["name"] == "book.csv"
    )
    assert two[1]["changes"]["SZ"]["estimate"] == pytest.approx(found.changes["SZ"].estimate, rel=1e-12)


def test_the_status_tells_a_drift_where_it_is_asked_for(factor: Run, prices: dict[str, np.ndarray]) -> None:
    """1 for S1; 0 for S0; the usual status without the option, and where nothing has drifted."""
    far = ("--window", "120", "--shift", "150", *SOURCE)
    assert factor("drift", "S1", *far).status == 0
    assert factor("drift", "S1", *far, "--exit-code").status == 1
    assert factor("drift", "S0", *far, "--exit-code").status == 0
    assert factor("drift", "S1", "NOSUCH", *far, "--exit-code").status == 1
    assert factor("drift", "S0", "NOSUCH", *far, "--exit-code").status == 3
    assert factor("drift", "NOSUCH", *far, "--exit-code").status == 4


def test_the_joint_test_is_the_same_in_every_basis(library: Factor) -> None:
    """In the residual basis the market's change is that of the one-factor beta."""
    raw, spread, residual = (library.drift("S1", window=100, shift=60, basis=b) for b in ("raw", "spread", "residual"))
    for other in (spread, residual):
        assert other.joint_test.f_stat == pytest.approx(raw.joint_test.f_stat, rel=1e-7)
        assert other.changes["SZ"].estimate == pytest.approx(raw.changes["SZ"].estimate, rel=1e-8)
    assert residual.changes["MKT"] == residual.market == raw.market


def test_weeks_are_counted_as_such(library: Factor) -> None:
    """Window and shift in weeks."""
    found = library.drift("S0", window=40, shift=30, frequency="weekly")
    assert (found.frequency, found.window, found.shift) == ("weekly", 40, 30)
    assert 203 <= (found.to_as_of - found.from_as_of).days <= 217
    with pytest.raises(InsufficientHistory, match="two windows of 50 weeks that end 40 weeks apart need 90"):
        library.drift("S0", frequency="weekly", window=50, shift=40)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["S0", "--shift", "0"], "shift is 0: a window cannot be compared with itself; ask for a shift of 21"),
        (["S0", "--shift", "-3"], "shift is -3: the earlier window would end after the later one;"),
        (["S0", "--shift", "20"], "shift is 20: two windows that differ by so few sessions say little"),
        (["S0", "--since", "2026-11-20"], "2026-11-20 is not before the last session, 2026-11-20: a window cannot be"),
        (["S0", "--since", "2026-12-24"], "2026-12-24 is not before the last session, 2026-11-20"),
        (["S0", "--since", "2026-11-10"], "2026-11-10 is 8 sessions before 2026-11-20: two windows"),
        (["S0", "--since", "soon"], "'soon' is not a date"),
        (["S0", "--shift", "60", "--since", "2026-01-01"], "A shift of 60 and the day 2026-01-01 are both given"),
        (["S0", "--cov", "nonrobust"], "cov is nonrobust: a change between two windows"),
        (["S0", "--all"], "--all is every stock of the universe"),
        (["--all", "--portfolio", "b.csv"], "--all is every stock of the universe"),
        ([], "No ticker is given: name one such as RELIANCE.NS, or give --portfolio FILE or --all."),
        (["--drop-missing"], "No ticker is given: name one such as RELIANCE.NS, or give --portfolio FILE or --all."),
        (["S0", "--drop-missing"], "--drop-missing is about a portfolio"),
    ],
)
def test_a_bad_question_is_one_sentence(
    factor: Run, prices: dict[str, np.ndarray], words: list[str], said: str
) -> None:  # fmt: skip
    """Status 2, and nothing on stdout."""
    answer = factor("drift", *words, *SOURCE)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith(f"factor: {said}")
    assert answer.err.count("\n") == 1


def test_too_short_a_history_is_one_sentence(factor: Run, prices: dict[str, np.ndarray]) -> None:
    """Of the source, also for many stocks at once, and of a stock."""
    windows = "two windows of 252 sessions that end 252 sessions apart need 504"
    said = f"p.csv has 399 sessions with prices of all factors up to 2026-11-20; {windows}."
    for words in (("S0",), ("--all",)):
        answer = factor("drift", *words, *SOURCE, FACTOR_UNIVERSE="u.csv")
        assert answer.status == 4
        assert answer.err == f"factor: {said} Ask for a shorter window or a smaller distance.\n"
    assert "each needs 80" in factor("drift", "S3", *SOURCE, *SHORT).err


def test_prices_that_are_not_at_hand_are_not_fetched(library: Factor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some are named in a notice; without any there is no result, and the heatmap's command fetches them."""
    monkeypatch.setattr(FileSource, "at_hand", lambda _, tickers: [t for t in tickers if t in (*PROXIES, "S2.NS")])
    batch = library.drifts(window=100, shift=60)
    assert [result.ticker for result in batch] == ["S2.NS"]
    assert [str(notice) for notice in batch.notices] == [
        "not_at_hand: the prices of 1 of 4 stocks of the universe are at hand; the others are left out."
    ]
    monkeypatch.setattr(FileSource, "at_hand", lambda _, __: [])
    with pytest.raises(HeatmapNotComputed, match="No prices of the 4 stocks of the universe are at hand"):
        library.drifts(window=100, shift=60)


def test_the_library_refuses_what_is_no_distance(library: Factor) -> None:
    """A number that is not whole, a text that is no date."""
    for wrong in ("252", 252.0, True):
        with pytest.raises(InvalidOption, match="must be a whole number"):
            library.drift("S0", shift=wrong)  # type: ignore[arg-type]
    with pytest.raises(FactorError, match="is not a date"):
        library.drift("S0", since="yesterday")
