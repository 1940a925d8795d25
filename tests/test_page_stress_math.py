"""What the page computes of a shock by itself, run by Node, against the answers of `factor stress`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.conftest import NSE, InProcess, Run, clean_environment, needs_nse
from tests.page_scripts import run

pytestmark = pytest.mark.serve

Page = Callable[[Sequence[Sequence[Any]]], list[dict[str, Any]]]

ASK = """return given.map(([name, ...values]) => {
  try { return { value: stress_math[name](...values) }; } catch (error) {
    return { error: `${error.name}: ${error.message}` }; } });"""
SHOCKS = [
    ("MKT=-10%",),
    ("MKT=+7.5%",),
    ("MKT=-20%", "VOL=+60%"),
    ("SZ=-5%", "VAL=3%", "MOM=0"),
    ("MKT=-10%", "VAL=-9%", "MOM=-8%", "SZ=-7%", "VOL=+40%"),
]
VARIANTS = [
    (),
    ("--others", "zero"),
    ("--horizon", "1"),
    ("--basis", "residual", "--cov", "hc1"),
    ("--frequency", "weekly"),
    ("--window", "504"),
]


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """The script's functions: a list of (name, arguments…) → a list of values, or errors."""
    return lambda asked: run(tmp_path, ["stress-math"], ASK, asked)


def same(found: Any, expected: Any) -> None:
    """Every number of what was found within 1e-9 of what is expected under its name."""
    for name, value in found.items():
        if isinstance(value, dict):
            same(value, expected[name])
        elif isinstance(value, int | float):
            assert value == pytest.approx(expected[name], abs=1e-9, rel=1e-9), name
        else:
            assert value == expected[name], name


def asked(result: dict[str, Any]) -> list[Any]:
    """The question that a result answers, from its response alone."""
    options = {"others": result["others"], "horizon": result["horizon"], "value": result.get("value")}
    return ["stressed", result["response"], result["shocks"], options]


def compared(page: Page, results: list[dict[str, Any]]) -> None:
    """The page's answers are those of the command."""
    for answer, result in zip(page([asked(result) for result in results]), results, strict=True):
        same(answer["value"], result)


def stressed(factor: Run, *arguments: str, source: str) -> list[dict[str, Any]]:
    """The results of every set of shocks, in every variant."""
    found = []
    for shocks in SHOCKS:
        given = [word for shock in shocks for word in ("--shock", shock)]
        for variant in VARIANTS if shocks == SHOCKS[0] else VARIANTS[:2]:
            found += factor("stress", *arguments, *given, *variant, "--source", source, "--json").results
    return found


def test_the_page_answers_as_the_command(page: Page, factor: Run, home: Path) -> None:
    """Two stocks and a portfolio with a short of the demo market: change, interval, moves, parts, variance, money."""
    (home / "mine.csv").write_text("ticker,quantity\nRELIANCE,100\nTCS,-20\nITC,300\nCASH,50000\n", encoding="utf-8")
    results = stressed(factor, "HDFCBANK", "ADANIENT", "--portfolio", "mine.csv", source="demo")
    assert len(results) == 3 * (len(VARIANTS) + 2 * (len(SHOCKS) - 1))
    assert results[2]["value_change"] is not None
    compared(page, results)


def test_holdings_answer_by_their_betas(page: Page, factor: Run, home: Path) -> None:
    """What the page computes of each holding from the betas of the portfolio's answer."""
    (home / "mine.csv").write_text("ticker,weight\nRELIANCE,0.5\nTCS,-0.2\nITC,0.4\nCASH,0.3\n", encoding="utf-8")
    (beta,) = factor("beta", "--portfolio", "mine.csv", "--source", "demo", "--json").results
    (stress,) = factor("stress", "--portfolio", "mine.csv", "--shock", "MKT=-10%", "--source", "demo", "--json").results
    (answer,) = page([["stressedHoldings", beta["portfolio"]["holdings"], stress["factor_moves"]]])
    for found, expected in zip(answer["value"], stress["holdings"], strict=True):
        same(found, expected)
    parts = [one["weight"] * one["change"] for one in answer["value"]]
    assert sum(parts) == pytest.approx(stress["change"], abs=1e-9)


@pytest.mark.slow
@needs_nse
def test_the_page_answers_as_the_command_on_real_prices(page: Page, tmp_path: Path) -> None:
    """Two stocks of the NSE."""
    factor = InProcess(tmp_path, clean_environment(tmp_path))
    compared(page, stressed(factor, "RELIANCE", "TATASTEEL", source=str(Path(NSE, "nse"))))


def test_quantiles_of_t(page: Page) -> None:
    """Against scipy, from one degree of freedom on."""
    degrees = [1, 2, 3, 4, 7, 12, 24, 30, 98, 120, 246, 498, 1000, 5000]
    answers = page([["tQuantile", one] for one in degrees])
    assert [one["value"] for one in answers] == pytest.approx(stats.t.ppf(0.975, degrees), rel=1e-12)


def test_systems_are_solved(page: Page) -> None:
    """Against numpy, with rows that must be swapped; one that is singular is refused."""
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(5, 5)), rng.normal(size=(5, 3))
    a[0, 0] = 0.0
    solved, singular = page([["solve", a.tolist(), b.tolist()], ["solve", [[1, 2], [2, 4]], [[1], [1]]]])
    assert np.asarray(solved["value"]) == pytest.approx(np.linalg.solve(a, b), abs=1e-10)
    assert singular["error"] == "RangeError: The moved factors cannot be told apart: move fewer."


RESPONSE = {
    "betas": {"MKT": 1.0, "SZ": 0.5},
    "beta_covariance": [[0.01, 0.0], [0.0, 0.04]],
    "factor_covariance": [[0.0001, 0.0], [0.0, 0.0004]],
    "residual_variance": 0.0001,
    "degrees_of_freedom": 100,
}


def test_an_answer_by_hand(page: Page) -> None:
    """Factors that do not move together: MKT −10 % alone, over four days."""
    (answer,) = page([["stressed", RESPONSE, {"MKT": -0.1}, {"horizon": 4, "value": 1000.0}]])
    found = answer["value"]
    assert found["by_factor"] == {"MKT": -0.1, "SZ": 0}
    assert found["variance"] == pytest.approx({"factors": 4 * 0.25 * 0.0004, "betas": 0.0001, "idiosyncratic": 0.0004})
    half = stats.t.ppf(0.975, 100) * np.sqrt(0.0004 + 0.0001 + 0.0004)
    assert (found["change"], found["value_change"]) == pytest.approx((-0.1, -100.0))
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((-0.1 - half, -0.1 + half), abs=1e-12)
    (usual,) = page([["usualMove", RESPONSE, "SZ", 9]])
    assert usual["value"] == pytest.approx(0.06)


@pytest.mark.parametrize(
    ("shocks", "options", "says"),
    [
        ({}, {}, "No shock is given"),
        ({"XYZ": -0.1}, {}, "XYZ is not a factor of this model: it has MKT, SZ."),
        ({"MKT": None}, {}, "MKT: null is not a move."),
        ({"MKT": -0.1}, {"others": "some"}, "others some is not known"),
        ({"MKT": -0.1}, {"horizon": 0}, "horizon is 0: write a whole number"),
        ({"MKT": -0.1}, {"horizon": 1.5}, "horizon is 1.5: write a whole number"),
    ],
)
def test_what_the_server_refuses_the_page_refuses(page: Page, shocks: Any, options: Any, says: str) -> None:
    """With a sentence."""
    (answer,) = page([["stressed", RESPONSE, shocks, options]])
    assert says in answer["error"]


def test_moves_as_people_type_them(page: Page) -> None:
    """In per cent, with or without the sign, with a real minus; in points without it; else a sentence."""
    texts = ["-10", "−10 %", "+7.5%", " .5 ", "1e1", "0", "", "  ", "%", "ten", "-100", "-99.9", "1e999", "--1", "1,5"]
    answers = [one["value"] for one in page([["readMove", text, "MKT"] for text in texts])]
    values = [-0.1, -0.1, 0.075, 0.005, 0.1, 0]
    assert [one["value"] for one in answers[:6]] == pytest.approx(values)
    assert answers[6:8] == [{"empty": True}] * 2
    assert [set(one) for one in answers[8:]] == [{"error"}] * 3 + [{"value"}] + [{"error"}] * 3
    assert "“ten” is not a move" in answers[9]["error"]
    points, refused = page([["readMove", "-0.5", "TERM", {"points": True}], ["readMove", "5%", "T", {"points": True}]])
    assert points["value"] == {"value": -0.5}
    assert refused["value"]["error"] == "T moves by points, not by per cent: write 5 without the %."
