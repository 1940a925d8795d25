"""What a stress and an episode say besides their numbers: whole sentences, with the moves found by brute force."""

import math
from pathlib import Path

import numpy as np
import pytest

from factorcli import Factor
from factorcli.results.stress import StressResult
from tests.conftest import NOW
from tests.markets import PROXIES, market, weekdays, write_wide

pytestmark = pytest.mark.cli

DAYS = weekdays(420)
MODEL = """
id = "levels"
[[factors]]
code = "MKT"
name = "Index"
proxies = ["^NSEI"]
[[factors]]
code = "TERM"
name = "Term"
proxies = ["^TERM"]
transform = "diff"
"""


@pytest.fixture(scope="module")
def prices() -> dict[str, np.ndarray]:
    """A small market, with a level that moves by points and two stocks that are younger."""
    found = market(420)
    found["^TERM"] = 7.0 + np.cumsum(0.05 * np.random.default_rng(4).standard_normal(420))
    for name in ("YOUNG.NS", "LATE.NS", "A.NS", "B.NS", "C.NS", "D.NS"):
        found[name] = np.where(np.arange(420) < 100, np.nan, found["S3.NS"])
    return found


@pytest.fixture(scope="module")
def made(prices: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Factor:
    """That market."""
    folder = tmp_path_factory.mktemp("answers") / "prices"
    write_wide(folder / "prices.csv", prices)
    return Factor(source=str(folder), now=NOW, cache=False)


@pytest.fixture(scope="module")
def levels(prices: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Factor:
    """A model of the market and of a level."""
    folder = tmp_path_factory.mktemp("levels")
    write_wide(folder / "prices" / "prices.csv", prices)
    model = folder / "levels.toml"
    model.write_text(MODEL)
    return Factor(source=str(folder / "prices"), model=Path(model), now=NOW, cache=False)


def told(result: StressResult) -> list[str]:
    """What is said of moves that were never seen."""
    return [one.text for one in result.warnings if one.code == "extrapolated"]


def largest(columns: np.ndarray, horizon: int, *, added: bool = False) -> tuple[float, float]:
    """The largest fall and rise over so many neighbouring sessions, one start at a time."""
    moves = []
    for start in range(len(columns) - horizon + 1):
        part = columns[start : start + horizon]
        moves.append(part.sum() if added else np.prod(1 + part) - 1)
    return min(moves), max(moves)


def shown(move: float, *, points: bool = False) -> str:
    return (f"{move:+.3g}" if points else f"{100 * move:+.1f}%").replace("-", "−")


def of_window(prices: np.ndarray) -> np.ndarray:
    """The returns of the last 252 sessions."""
    return prices[-252:] / prices[-253:-1] - 1


@pytest.mark.parametrize(("horizon", "over"), [(5, "5 sessions"), (1, "1 session")])
def test_the_largest_move_of_the_window_is_named(
    made: Factor, prices: dict[str, np.ndarray], horizon: int, over: str
) -> None:
    """Of the same sign, over as many sessions; a shock up to it is not beyond it."""
    fall, rise = largest(of_window(prices["MID150BEES.NS"]), horizon)
    for move, kind in ((fall, "fall"), (rise, "rise")):
        size = move * 1.001
        assert told(made.stress("S0", {"SZ": size}, horizon=horizon)) == [
            f"SZ {shown(size)} is beyond its largest {kind} over {over} of the window, {shown(move)}: the betas were "
            "not measured there."
        ]
        assert told(made.stress("S0", {"SZ": move * 0.999}, horizon=horizon)) == []
    value = largest(of_window(prices["NV20BEES.NS"]), horizon)[0] * 2
    both = told(made.stress("S0", {"SZ": fall * 2, "VAL": value}, horizon=horizon))
    assert [text.split()[0] for text in both] == ["SZ", "VAL"]
    assert told(made.stress("S0", {"SZ": 0.0}, horizon=horizon)) == []


def test_a_level_moves_by_points_in_the_sentence(levels: Factor, prices: dict[str, np.ndarray]) -> None:
    """Changes of it are added; without a sign of per cent."""
    fall, rise = largest(np.diff(prices["^TERM"])[-252:], 10, added=True)
    for move, kind in ((fall, "fall"), (rise, "rise")):
        result = levels.stress("S0", {"TERM": move * 1.01}, horizon=10)
        assert told(result) == [
            f"TERM {shown(move * 1.01, points=True)} is beyond its largest {kind} over 10 sessions of the window, "
            f"{shown(move, points=True)}: the betas were not measured there."
        ]
        assert told(levels.stress("S0", {"TERM": move * 0.99}, horizon=10)) == []
    assert result.in_points == ("TERM",)
    assert result.factor_names == {"MKT": "Index", "TERM": "Term"}


def test_a_window_as_long_as_the_horizon_is_long_enough(made: Factor, prices: dict[str, np.ndarray]) -> None:
    """One session more is not; then nothing is said of moves, which the window lacks."""
    (whole, _) = largest(of_window(prices["MID150BEES.NS"]), 252)
    assert told(made.stress("S0", {"SZ": 0.9 * whole}, horizon=252)) == []
    assert told(made.stress("S0", {"SZ": -0.9}, horizon=253))[0] == (
        "the window has 252 returns, fewer than the 253 sessions of the scenario."
    )
    assert told(made.stress("S0", {"SZ": 0.001}, horizon=1300)) == [
        "the window has 252 returns, fewer than the 1,300 sessions of the scenario."
    ]


BEYOND = (
    "more than 100% cannot be lost of shares that are held without borrowing: the answer is linear, and the shock or "
    "the horizon is too large for it."
)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"S0": 1.0}, True), ({"S0": 0.6, "S1": 0.4}, True), ({"S0": 0.6, "S1": 0.2, "CASH": 0.2}, True),
        ({"S0": 1.5, "CASH": -0.5}, False), ({"S0": 1.2, "S1": -0.2}, False),
    ],
)  # fmt: skip
def test_what_cannot_be_lost_depends_on_what_is_held(made: Factor, weights: dict[str, float], said: bool) -> None:
    """Neither a short nor borrowed money; by the end of the interval, or by the change itself."""
    book = made.portfolio(weights)
    by_interval = book.stress({"MKT": "-10%"}, horizon=20_000)
    assert by_interval.ci_low < -1 < by_interval.change
    assert (BEYOND in told(by_interval)) == said
    calm = book.stress({"MKT": "-10%"}, horizon=10)
    assert calm.ci_low > -1
    assert BEYOND not in told(calm)


def test_a_gain_beyond_all_is_no_loss(made: Factor) -> None:
    """Of a rise, whose whole interval is above −1."""
    gain = made.stress("S0", {"VOL": "900%"}, horizon=1, others="zero")
    loss = made.stress("S0", {"VOL": "-99%"}, horizon=1, others="zero")
    for result in (gain, loss):
        assert (BEYOND in told(result)) == (min(result.change, result.ci_low) < -1)


def test_the_answer_is_made_of_its_parts(made: Factor) -> None:
    """Each number of the record beside the others that it follows from, none in another's place."""
    result = made.stress("S0", {"SZ": "-4%", "MKT": -0.03}, horizon=10)
    betas, moves = result.response.betas, result.factor_moves
    assert result.by_factor == pytest.approx({code: betas[code] * moves[code] for code in betas}, abs=1e-15)
    assert (moves["SZ"], moves["MKT"]) == (-0.04, -0.03)
    assert result.ci_low < result.change < result.ci_high
    assert result.ci_low + result.ci_high == pytest.approx(2 * result.change, abs=1e-12)
    v = np.array(result.response.beta_covariance)
    f = np.array(list(moves.values()))
    assert result.variance.betas == pytest.approx(f @ v @ f, rel=1e-9)
    assert result.variance.idiosyncratic == pytest.approx(10 * result.response.residual_variance, rel=1e-12)
    assert result.variance.factors > 0
    assert (result.horizon, result.others, result.shocks) == (10, "conditional", {"SZ": -0.04, "MKT": -0.03})
    still = made.stress("S0", {"SZ": "-4%", "MKT": -0.03}, horizon=10, others="zero")
    assert still.variance.factors == 0.0
    assert still.others == "zero"
    assert {code for code, move in still.factor_moves.items() if move} == {"SZ", "MKT"}
    assert result.response.degrees_of_freedom == 252 - 6
    columns = np.column_stack([of_window(made_prices) for made_prices in (market(420)[name] for name in PROXIES)])
    np.testing.assert_allclose(result.response.factor_covariance, np.cov(columns, rowvar=False), rtol=1e-9)
    fit = np.linalg.lstsq(
        np.column_stack([np.ones(252), columns]), of_window(market(420)["S0.NS"]), rcond=None
    )  # the risk-free rate is the same on all days
    assert list(betas.values()) == pytest.approx(fit[0][1:], rel=1e-6)
    assert result.response.residual_variance == pytest.approx(fit[1][0] / 246, rel=1e-6)


def test_holdings_have_their_own_betas(made: Factor) -> None:
    """Beside the weight of each: what a stock would do by a fit of it alone on the same days."""
    held = made.portfolio({"S0": 0.75, "S1": 0.25}).stress({"MKT": "-10%"})
    assert held.holdings is not None
    found = {one.ticker: (one.weight, one.change) for one in held.holdings}
    for name, weight in (("S0.NS", 0.75), ("S1.NS", 0.25)):
        alone = made.stress(name, {"MKT": "-10%"})
        assert found[name] == (pytest.approx(weight), pytest.approx(alone.change, rel=1e-9))
        assert alone.holdings is None
    assert held.currency is None


def test_who_was_not_listed_is_named_up_to_five(made: Factor) -> None:
    """Then counted; the weight that the model stands in for is of all of them."""
    episode = f"{DAYS[90]}:{DAYS[110]}"
    six = ("YOUNG", "LATE", "A", "B", "C", "D")
    for count, names in (
        (1, "YOUNG.NS"), (2, "YOUNG.NS and LATE.NS"), (3, "YOUNG.NS, LATE.NS and A.NS"),
        (5, "YOUNG.NS, LATE.NS, A.NS, B.NS and C.NS"), (6, "YOUNG.NS, LATE.NS, A.NS, B.NS, C.NS and 1 more"),
    ):  # fmt: skip
        book = made.portfolio({"S0": 1 - 0.1 * count, **dict.fromkeys(six[:count], 0.1)})
        (found,) = book.episodes([episode])
        assert [one.text for one in found.warnings if one.code == "not_listed"] == [
            f"{episode}: no price before it of {names}; the model's return stands in."
        ]
        assert found.replaced_weight == pytest.approx(0.1 * count)
        assert len(found.missing) == count


def test_a_short_that_was_not_listed_counts_by_its_size(made: Factor) -> None:
    """Whatever its sign."""
    (found,) = made.portfolio({"S0": 1.2, "YOUNG": -0.2}).episodes([f"{DAYS[90]}:{DAYS[110]}"])
    assert found.replaced_weight == pytest.approx(0.2)


def test_the_money_of_an_episode_is_that_of_today(made: Factor) -> None:
    """What is worth today × what it did then, in the market's currency; a ticker alone has none."""
    book = made.portfolio([("S0", 10), ("S1", 4)], by="quantity")
    (found,) = book.episodes([f"{DAYS[120]}:{DAYS[140]}"])
    value = 10 * market(420)["S0.NS"][-1] + 4 * market(420)["S1.NS"][-1]
    assert found.value_change == pytest.approx(value * found.own, rel=1e-9)
    assert found.currency == "INR"
    (alone,) = made.episodes("S0", [f"{DAYS[120]}:{DAYS[140]}"])
    assert (alone.value_change, alone.currency) == (None, None)
    assert (str(alone.start), str(alone.end)) == (str(DAYS[120]), str(DAYS[140]))


def test_what_was_wrong_with_the_prices_of_then_is_said_in_whole_sentences(tmp_path: Path) -> None:
    """Returns beyond 40% by day, up to five; factors that were not there; other proxies; prices that end early."""
    prices = market(420)
    for name in ("MOMOMENTUM.NS", "MID150BEES.NS"):
        prices[name][:100] = np.nan
    prices["NV20IETF.NS"] = prices["NV20BEES.NS"] * 2
    prices["NV20BEES.NS"] = np.where(np.arange(420) < 90, np.nan, prices["NV20BEES.NS"])
    jumps = (52, 54, 56, 58, 60, 62)
    for place, day in enumerate(jumps):
        prices["S0.NS"][day:] *= 1.7 if place % 2 == 0 else 1 / 1.7
    prices["S1.NS"][55:] *= 1.41 / (prices["S1.NS"][55] / prices["S1.NS"][54])
    prices["S2.NS"][55:] *= 1.39 / (prices["S2.NS"][55] / prices["S2.NS"][54])
    days = weekdays(420, "2026-10-20")
    write_wide(tmp_path / "prices.csv", prices, days)
    factor = Factor(source=str(tmp_path), now=NOW, cache=False)
    name = f"{days[50]}:{days[70]}"
    told = {one.code: one.text for one in factor.episodes("S0", [name])[0].warnings}
    moves = {day: prices["S0.NS"][day] / prices["S0.NS"][day - 1] - 1 for day in jumps}
    assert all(abs(move) > 0.4 for move in moves.values())
    listed = ", ".join(f"S0.NS {100 * moves[day]:+.1f}% on {days[day]}" for day in jumps[:5])
    assert told["large_return"] == f"{name} holds {listed} and 1 more: a split or demerger that the prices lack?"
    assert told["fewer_factors"] == (
        f"{name}: no prices of MOM and SZ then; the model's return is by the betas of a fit of the same window on MKT, "
        "VAL and VOL alone."
    )
    assert told["proxy_fallback"] == f"{name}: measured then is VAL by NV20IETF.NS."
    assert "cut_episode" not in told
    (pair,) = factor.portfolio({"S1": 0.5, "S2": 0.5}).episodes([name])
    assert [one.text for one in pair.warnings if one.code == "large_return"] == [
        f"{name} holds S1.NS +41.0% on {days[55]}: a split or demerger that the prices lack?"
    ]


@pytest.mark.parametrize(("end", "cut"), [("2026-10-27", False), ("2026-10-28", True)])
def test_an_episode_is_cut_where_the_prices_end_more_than_a_week_before_it(tmp_path: Path, end: str, cut: bool) -> None:
    """Seven days are no cut: holidays are as long."""
    days = weekdays(420, "2026-10-20")
    write_wide(tmp_path / "prices.csv", market(420), days)
    factor = Factor(source=str(tmp_path), now=NOW, cache=False)
    name = f"{days[400]}:{end}"
    (found,) = factor.episodes("S0", [name])
    said = [one.text for one in found.warnings if one.code == "cut_episode"]
    assert str(found.end) == ("2026-10-20" if cut else end)
    assert said == [
        f"{name} ends on {end}, the prices on 2026-10-20: the returns are up to that day."
    ] * cut  # fmt: skip
    assert math.isfinite(found.own)


def test_the_model_of_a_portfolio_is_by_its_own_betas(made: Factor, prices: dict[str, np.ndarray]) -> None:
    """Π(1 + R_f + b'f) − 1 with the betas of the whole at today's weights, which no stock of it has."""
    book = made.portfolio({"S0": 0.7, "S1": -0.2, "S2": 0.5})
    (found,) = book.episodes([f"{DAYS[120]}:{DAYS[140]}"])
    factors = np.column_stack([prices[name][120:141] / prices[name][119:140] - 1 for name in PROXIES])
    rate = 0.065 / 252
    betas = np.array([beta.beta for beta in book.beta().betas.values()])
    by_hand = np.prod(1 + rate + (factors - np.array([rate, 0, 0, 0, 0])) @ betas) - 1
    assert found.model == pytest.approx(by_hand, abs=1e-12)
    for name in ("S0", "S1", "S2"):
        (alone,) = made.episodes(name, [f"{DAYS[120]}:{DAYS[140]}"])
        assert abs(alone.model - found.model) > 1e-4


def test_who_is_listed_on_the_first_day_has_no_return_of_it(made: Factor) -> None:
    """The last close before the episode is what its return begins with."""
    (first,) = made.episodes("YOUNG", [f"{DAYS[100]}:{DAYS[110]}"])
    (second,) = made.episodes("YOUNG", [f"{DAYS[101]}:{DAYS[110]}"])
    assert (first.missing, second.missing) == (("YOUNG.NS",), ())
