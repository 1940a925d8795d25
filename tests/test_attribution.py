"""Attribution that reconciles with prices: a window by hand, a portfolio with a gap, and real prices."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import NSE, Run, needs_nse
from tests.markets import PROXIES, weekdays, write_each

pytestmark = pytest.mark.cli

W = 40
RATE = 0.0504
DAILY = RATE / 252
MODEL = f"""
id = "two"
risk_free = {RATE}
[[factors]]
code = "MKT"
proxies = ["M.X"]
[[factors]]
code = "VAL"
proxies = ["V.X"]
"""


def returns(seed: int, size: float = 0.01) -> list[float]:
    """W returns that look like nothing in particular."""
    return [float(r) for r in np.clip(size * np.random.default_rng(seed).standard_normal(W), -0.03, 0.03)]


def prices(of: Sequence[float]) -> np.ndarray:
    """Closes that have these returns."""
    return 100 * np.cumprod([1.0, *(1 + r for r in of)])


def hand_market() -> dict[str, np.ndarray]:
    """A lacks a close, then has a filler bar and a jump; B has a gap; on one session V is wrong, for all."""
    market, value = returns(1), returns(2)
    value[20] = market[20] + 0.09  # beyond max_gap_to_market: suspect for everybody
    a, b, c = returns(3), returns(4), returns(5)
    a[12] = 0.61  # beyond max_daily_return
    made = {name: prices(r) for name, r in (("M.X", market), ("V.X", value), ("A.X", a), ("B.X", b), ("C.X", c))}
    made["A.X"][5] = np.nan
    made["A.X"][6] = made["A.X"][4]  # with a volume of 0: a filler bar
    made["B.X"][7] = np.nan
    return made


@pytest.fixture
def ask(factor: Run, home: Path, tmp_path: Path) -> Any:
    """decompose of a folder of prices, with more words: the result, or one a ticker."""

    def run(of: dict[str, np.ndarray], *words: str, window: int = W) -> dict[str, Any]:
        volumes = {name: np.full(W + 1, 1000.0) for name in of}
        volumes["A.X"][6] = 0
        source = write_each(tmp_path / "prices", of, volumes)
        (tmp_path / "m.toml").write_text(MODEL)
        answer = factor("decompose", *words, "-w", str(window), "--json", "--source", str(source),
                        "--model", str(tmp_path / "m.toml"))  # fmt: skip
        assert answer.status == 0, answer.err
        (result,) = answer.results
        return dict(result)

    return run


def carino(spans: Sequence[tuple[float, float]]) -> list[float]:
    """k_t/k of periods with return r and benchmark b."""
    whole, benchmark = math.prod(1 + r for r, _ in spans), math.prod(1 + b for _, b in spans)
    k = (math.log(whole) - math.log(benchmark)) / (whole - benchmark)
    return [(math.log(1 + r) - math.log(1 + b)) / (r - b) / k for r, b in spans]


def assert_parts(found: dict[str, float], expected: dict[str, float]) -> None:
    """Named parts to 1e-12, and the sum of all of them."""
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=0, abs=1e-12), name
    rest = [found[name] for name in ("alpha", "residual", "excluded", "jumps")]
    assert math.fsum([*dict(found["factors"]).values(), *rest]) == pytest.approx(found["total"], rel=0, abs=1e-12)


def sums(spans: dict[Any, tuple[float, float]], linking: Sequence[float], names: Sequence[Any]) -> float:
    """The linked excess return of some of the periods."""
    weights = dict(zip(spans, linking, strict=True))
    return math.fsum(weights[name] * (spans[name][0] - spans[name][1]) for name in names)


def test_a_filler_gap_a_jump_and_a_suspect_session_by_hand(ask: Any) -> None:
    """Days 5 to 7 are one period from close to close; day 12 is a jump, day 20 excluded; both totals by hand."""
    market = hand_market()
    close = market["A.X"]
    spans: dict[Any, tuple[float, float]] = {
        day: (close[day + 1] / close[day] - 1, DAILY) for day in range(W) if day not in (4, 5, 6)
    }
    spans["gap"] = (close[7] / close[4] - 1, (1 + DAILY) ** 3 - 1)
    result = ask(market, "A.X")
    assert result["observations"] == W - 5
    assert [(day["date"], day["reason"]) for day in result["data"]["excluded"]] == [
        (str(weekdays(W)[5]), "filler_bar"), (str(weekdays(W)[12]), "suspect_jump"),
        (str(weekdays(W)[20]), "suspect_proxy"),
    ]  # fmt: skip
    for name, linking, total in (
        ("arithmetic", [1.0] * len(spans), math.fsum(r - b for r, b in spans.values())),
        ("linked", carino(list(spans.values())), close[-1] / close[0] - (1 + DAILY) ** W),
    ):
        expected = {
            "excluded": sums(spans, linking, ["gap", 20]),
            "jumps": sums(spans, linking, [12]),
            "total": total,
        }
        assert_parts(result["attribution"][name], expected)
    assert result["attribution"]["arithmetic"]["jumps"] == pytest.approx(0.61 - DAILY, rel=1e-12)
    assert not any(warning.startswith("attribution") for warning in result["warnings"])


@pytest.mark.parametrize(
    ("row", "said"), [(0, f"the close before the first return, of {weekdays(W)[0]},"), (W, "the close on 2026-11-20")]
)
def test_without_a_close_at_an_end_nothing_is_linked(ask: Any, row: int, said: str) -> None:
    """Null with its keys, a warning that names the close; the arithmetic parts stay, and `beta` says nothing."""
    market = hand_market()
    market["C.X"][row] = np.nan
    result = ask(market, "C.X")
    linked = result["attribution"]["linked"]
    assert linked.pop("factors") == {"MKT": None, "VAL": None}
    assert linked == dict.fromkeys(("alpha", "residual", "excluded", "jumps", "total"))
    (warning,) = (w for w in result["warnings"] if w.startswith("attribution"))
    assert warning == f"attribution: the return cannot be linked: {said} is missing. The arithmetic parts hold."
    assert result["attribution"]["arithmetic"]["total"] is not None


def test_three_stocks_with_gaps_by_hand(ask: Any, home: Path) -> None:
    """Gaps of A (days 4 to 6) and B (6 and 7) are one run for the portfolio, bought at its start and held with cash."""
    market = hand_market()
    (home / "h.csv").write_text("ticker,weight\nA.X,0.5\nB.X,0.3\nC.X,-0.2\n")
    weights, cash = {"A.X": 0.5, "B.X": 0.3, "C.X": -0.2}, 0.4

    def gain(first: int, end: int) -> float:
        of_stocks = math.fsum(w * (market[name][end] / market[name][first] - 1) for name, w in weights.items())
        return of_stocks + cash * ((1 + DAILY) ** (end - first) - 1)

    spans: dict[Any, tuple[float, float]] = {
        day: (gain(day, day + 1), DAILY) for day in range(W) if day not in (4, 5, 6, 7)
    }
    spans["gap"] = (gain(4, 8), (1 + DAILY) ** 4 - 1)
    result = ask(market, "--portfolio", "h.csv", window=W)
    assert result["observations"] == W - 6
    compounded = math.prod(1 + r for r, _ in spans.values())
    for name, linking, total in (
        ("arithmetic", [1.0] * len(spans), math.fsum(r - b for r, b in spans.values())),
        ("linked", carino(list(spans.values())), compounded - (1 + DAILY) ** W),
    ):
        expected = {
            "excluded": sums(spans, linking, ["gap", 20]),
            "jumps": sums(spans, linking, [12]),
            "total": total,
        }
        assert_parts(result["attribution"][name], expected)


@pytest.mark.parametrize("half_life", [None, 20])
def test_value_at_risk_is_of_sessions_left_out_for_a_proxy_too(ask: Any, home: Path, half_life: int | None) -> None:
    """σ of all genuine returns, and a jump is none; the historical risk is unweighted; a portfolio's is the same."""
    market = hand_market()
    close = market["C.X"]
    close[21:] *= 0.9  # the session on which V is wrong: no fault of C
    words = () if half_life is None else ("--estimator", "ewma", "--half-life", str(half_life))
    (home / "h.csv").write_text("ticker,weight\nC.X,1\n")
    for result in (ask(market, "C.X", *words), ask(market, "--portfolio", "h.csv", *words)):
        y = close[1:] / close[:-1] - 1 - DAILY
        weights = np.ones(W) if half_life is None else 0.5 ** (np.arange(W)[::-1] / half_life)
        mean = (weights * y).sum() / weights.sum()
        sigma = math.sqrt((weights * (y - mean) ** 2).sum() / weights.sum() * W / (W - 1))
        assert result["value_at_risk"]["total"] == pytest.approx(1.6448536269514722 * sigma, rel=1e-12)
        assert result["expected_shortfall"]["total"] == pytest.approx(2.062712807507426 * sigma, rel=1e-12)
        assert 1.6448536269514722 * result["volatility"] / 252**0.5 < 0.9 * result["value_at_risk"]["total"]
        first, second, third = sorted(y)[:3]
        assert result["historical"] == {
            "value_at_risk": pytest.approx(-(0.05 * second + 0.95 * third), rel=1e-12),
            "expected_shortfall": pytest.approx(-(first + second) / 2, rel=1e-12),
            "days": W,
            "worse_days": 2,
        }
    jump = ask(market, "A.X")["historical"]
    assert jump["days"] == W - 4


NSE_STOCKS = (
    "RELIANCE.NS", "TCS.NS", "HDFCBANK.NS", "INFY.NS", "ITC.NS", "SBIN.NS", "BHARTIARTL.NS", "LT.NS", "MARUTI.NS",
    "TITAN.NS", "SUNPHARMA.NS", "ONGC.NS", "NTPC.NS", "TATASTEEL.NS", "WIPRO.NS", "PAYTM.NS", "OFSS.NS", "TVSMOTOR.NS",
    "ADANIENT.NS", "3MINDIA.NS",
)  # fmt: skip


def columns(path: Path, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """The closes of some columns of a wide file, by name and day."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {n: {row["Date"]: float(row[n]) for row in rows if row.get(n)} for n in names}


@needs_nse
@pytest.mark.parametrize("window", [126, 252, 504])
def test_real_returns_reconcile_with_their_prices(factor: Run, window: int) -> None:
    """Twenty stocks: last close over first less compounded R_f, read from the files, whatever lies between."""
    folder = Path(NSE, "nse")
    proxies = columns(folder / "proxies.csv", PROXIES)
    sessions = sorted(set.intersection(*(set(of) for of in proxies.values())))
    closes: dict[str, dict[str, float]] = {}
    for path in sorted(folder.glob("stocks-*.csv")):
        for name, of in columns(path, NSE_STOCKS).items():
            closes.setdefault(name, {}).update(of)
    answer = factor("decompose", *NSE_STOCKS, "-w", str(window), "--json", "--source", str(folder))
    assert answer.status == 0, answer.err
    outside = 0
    for result in answer.results:
        own, end = closes[result["ticker"]], sessions.index(result["as_of"])
        earned = own[sessions[end]] / own[sessions[end - window]] - (1 + 0.065 / 252) ** window
        if result["data"]["corrected"]:
            assert result["attribution"]["linked"]["total"] is None
        else:
            assert_parts(result["attribution"]["linked"], {"total": earned})
        assert_parts(result["attribution"]["arithmetic"], {})
        outside += result["observations"] < window
    assert len(answer.results) == 20
    assert outside == (20 if window == 504 else 1)  # 2024-06-04 and 05 for all, and TVSMOTOR's false jump
