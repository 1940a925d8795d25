"""`factor stress`: shocks as they are written, identities of the answers, episodes by hand, and bad input."""

import csv
import math
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from factorcli import Factor
from factorcli.errors import FactorError, InvalidDate, InvalidOption, NoPrices
from factorcli.markets.episodes import Episodes
from factorcli.markets.market import US
from factorcli.model.built_in import INDIA_5F
from factorcli.model.factor_model import Factor as ModelFactor
from factorcli.model.factor_model import FactorModel
from factorcli.model.frequency import DAILY, MONTHLY, WEEKLY, Frequency
from factorcli.model.shocks import Scenario
from factorcli.results.stress import StressResult
from tests.conftest import NOW, NSE, Run, needs_nse
from tests.markets import market, weekdays, write_wide

pytestmark = pytest.mark.cli
DEMO = ("--source", "demo")
LEVELS = FactorModel("levels", (ModelFactor("MKT", "Index", ("^X",)), ModelFactor("TERM", "Term", ("^T",), "diff")))
TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "size"),
    [("MKT=-10%", -0.1), ("mkt = -0.1", -0.1), ("MKT:-0.1", -0.1), ("MKT=−10 %", -0.1), ("VOL=+150%", 1.5),
     ("VOL=.3", 0.3), ("MKT=1e-2", 0.01), ("MKT=0", 0.0)],
)  # fmt: skip
def test_a_shock_is_a_fraction_or_has_a_per_cent_sign(text: str, size: float) -> None:
    """In any case and with blanks; of a level of 100% and more only with the sign."""
    ((code, found),) = Scenario.parse([text]).sizes(INDIA_5F).items()
    assert code == text[:3].upper()
    assert found == pytest.approx(size, abs=1e-15)


@pytest.mark.parametrize("shocks", [{"MKT": -10}, {"MKT": "-10"}, {"mkt": -10.0}])
def test_a_number_with_two_readings_is_refused_with_both(shocks: dict[str, float | str]) -> None:
    """Whether it is a text or a number."""
    with pytest.raises(InvalidOption, match=r"two readings, -10% or -1,000%: write MKT=-10%, as the other is"):
        Scenario(shocks).sizes(INDIA_5F)
    with pytest.raises(InvalidOption, match=r"two readings, 10% or 1,000%: write VOL=10% or VOL=1000%"):
        Scenario({"VOL": 10}).sizes(INDIA_5F)


@pytest.mark.parametrize(("frequency", "periods"), [(DAILY, 21), (WEEKLY, 4), (MONTHLY, 1)])
def test_without_a_horizon_it_is_about_a_month(frequency: Frequency, periods: int) -> None:
    """In sessions, weeks or months; one that is given counts these."""
    assert Scenario({"MKT": -0.1}).periods(frequency) == periods
    assert Scenario({"MKT": -0.1}, horizon=7).periods(frequency) == 7


def test_a_loss_beyond_what_is_held_is_said(made: Factor) -> None:
    """Of shares that are held without borrowing; a short may lose more."""

    def codes(result: StressResult) -> list[str]:
        return [w.text for w in result.warnings if w.text.startswith("more than 100%")]

    assert codes(made.stress("S0", {"MKT": "-10%"}, horizon=20_000))
    assert not codes(made.stress("S0", {"MKT": "-10%"}))
    short = made.portfolio({"S0": -1.0, "CASH": 2.0})
    assert not codes(short.stress({"MKT": "-10%"}, horizon=20_000))


@pytest.mark.parametrize(
    ("shocks", "says"),
    [
        ({}, "No shock is given"),
        ({"XYZ": -0.1}, "'XYZ' is not a factor of india-5f: it has MKT, VAL, MOM, SZ, VOL"),
        ({"MKT": -0.1, "mkt": -0.2}, "MKT is given twice"),
        ({"MKT": math.nan}, "MKT=nan is not a move"),
        ({"MKT": math.inf}, "MKT=inf is not a move"),
        ({"MKT": "nan%"}, "MKT=nan% is not a move"),
        ({"MKT": "1e999"}, "MKT=1e999 is not a move"),
        ({"MKT": True}, "MKT=True is not a move"),
        ({"MKT": None}, "MKT=None is not a move"),
        ({"MKT": "ten"}, "MKT=ten is not a move"),
        ({"MKT": 1}, "two readings, 1% or 100%"),
        ({"MKT": "-100%"}, "Nifty 50 cannot lose all of its value"),
        ({"VOL": "-250%"}, "India VIX cannot lose all of its value"),
    ],
)
def test_a_wrong_shock_is_one_sentence(shocks: dict[str, Any], says: str) -> None:
    """Which names the factor, its value, and what there is."""
    with pytest.raises(InvalidOption, match=says.replace("%", "%")):
        Scenario(shocks).sizes(INDIA_5F)


def test_a_wrong_text_horizon_and_others() -> None:
    """Before any model is at hand."""
    for text in ("MKT", "=5%", "MKT=", ""):
        with pytest.raises(InvalidOption, match="is not a shock"):
            Scenario.parse([text])
    with pytest.raises(InvalidOption, match="MKT is given twice"):
        Scenario.parse(["MKT=-1%", "MKT=-2%"])
    for horizon in (0, -3, True, 2.5, "21"):
        with pytest.raises(InvalidOption, match="horizon is"):
            Scenario({"MKT": 0.1}, horizon=horizon)  # type: ignore[arg-type]
    with pytest.raises(InvalidOption, match="others 'none' is not known: it can be conditional or zero"):
        Scenario({"MKT": 0.1}, "none")


def test_a_level_moves_by_points() -> None:
    """A factor whose returns are differences has no per cent, and no size that has two readings."""
    assert Scenario({"TERM": -1.5, "MKT": -0.1}).sizes(LEVELS) == {"TERM": -1.5, "MKT": -0.1}
    with pytest.raises(InvalidOption, match="TERM moves by points, not by per cent: write TERM=5"):
        Scenario({"TERM": "5%"}).sizes(LEVELS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small market, with a stock that is young and one that lacks some prices."""
    place = tmp_path_factory.mktemp("stress") / "prices"
    prices = market(420)
    prices["YOUNG.NS"] = np.where(np.arange(420) < 100, np.nan, prices["S3.NS"])
    prices["S2.NS"][[60, 70, 75]] = np.nan
    write_wide(place / "prices.csv", prices)
    return place


@pytest.fixture(scope="module")
def made(folder: Path) -> Factor:
    """The small market."""
    return Factor(source=str(folder), now=NOW, cache=False)


@pytest.mark.parametrize("basis", ["raw", "spread", "residual"])
@pytest.mark.parametrize("cov", ["hac", "hc1", "nonrobust"])
def test_the_market_alone_is_its_one_factor_beta(made: Factor, basis: str, cov: str) -> None:
    """And the down beta stands beside a fall; the parts sum to the change."""
    result = made.stress("S0", {"MKT": -0.05}, basis=basis, cov=cov)
    beta = made.beta("S0", basis=basis, cov=cov).market_model
    assert result.change == pytest.approx(-0.05 * beta.beta, abs=1e-12)
    assert result.down_beta_change == pytest.approx(-0.05 * beta.down.estimate, abs=1e-12)
    assert sum(result.by_factor.values()) == pytest.approx(result.change, abs=1e-12)
    assert made.stress("S0", {"MKT": 0.05}).down_beta_change is None
    assert made.stress("S0", {"MKT": -0.05, "SZ": 0.01}).down_beta_change is None


@pytest.mark.parametrize("basis", ["raw", "spread", "residual"])
@pytest.mark.parametrize("others", ["conditional", "zero"])
def test_a_page_can_answer_further_shocks_from_the_response(made: Factor, basis: str, others: str) -> None:
    """Change and interval to 1e-12, with nothing but numpy, a t quantile and the JSON."""
    options: Any = {"others": others, "horizon": 10, "basis": basis}
    document = made.stress("S1", {"SZ": "-4%", "MKT": -0.03}, **options).to_dict()
    codes = list(document["response"]["betas"])
    b = np.array([document["response"]["betas"][code] for code in codes])
    vb, sigma = (np.array(document["response"][name]) for name in ("beta_covariance", "factor_covariance"))
    s = [codes.index(code) for code in document["shocks"]]
    u = [k for k in range(5) if k not in s]
    f, around = np.zeros(5), 0.0
    f[s] = list(document["shocks"].values())
    if others == "conditional":
        slopes = sigma[np.ix_(u, s)] @ np.linalg.inv(sigma[np.ix_(s, s)])
        f[u] = slopes @ f[s]
        around = 10 * b[u] @ (sigma[np.ix_(u, u)] - slopes @ sigma[np.ix_(s, u)]) @ b[u]
    variance = around + f @ vb @ f + 10 * document["response"]["residual_variance"]
    half = stats.t.ppf(0.975, document["response"]["degrees_of_freedom"]) * variance**0.5
    assert document["change"] == pytest.approx(b @ f, abs=1e-12)
    assert document["ci_low"] == pytest.approx(b @ f - half, abs=1e-12)
    assert document["ci_high"] == pytest.approx(b @ f + half, abs=1e-12)


@pytest.mark.parametrize("basis", ["raw", "spread", "residual"])
def test_holdings_sum_to_the_portfolio(made: Factor, basis: str) -> None:
    """Weight × change, with a short, cash and missing prices; in money where quantities are known."""
    book = made.portfolio({"S0": 0.7, "S1": -0.2, "S2": 0.3})
    result = book.stress({"VAL": -0.06, "VOL": "40%"}, basis=basis)
    assert result.holdings is not None
    assert sum(h.weight * h.change for h in result.holdings) == pytest.approx(result.change, abs=1e-12)
    assert (result.value, result.value_change, result.currency) == (None, None, None)
    held = made.portfolio([("S0", 10), ("S1", 4), ("CASH", 500.0)], by="quantity").stress({"MKT": -0.1}, basis=basis)
    assert held.value is not None
    assert held.value_change == pytest.approx(held.value * held.change, rel=1e-12)
    assert held.currency == "INR"
    assert "holdings" not in made.stress("S0", {"MKT": -0.1}).to_dict()


def test_a_record_has_the_fields_of_the_contract(made: Factor) -> None:
    """In their order; what a table alone shows is not among them."""
    assert list(made.stress("S0", {"MKT": -0.1}).to_dict()) == [
        "ticker", "name", "sector", "window", "as_of", "horizon", "others", "shocks", "factor_moves", "change",
        "ci_low", "ci_high", "by_factor", "variance", "down_beta_change", "value_change", "response", "model", "data",
        "cache", "warnings",
    ]  # fmt: skip
    found = made.episodes("S0", ["2025-08-01:2025-08-29"])[0].to_dict()
    assert [name for name in found if name not in ("name", "sector", "window", "as_of")] == [
        "ticker", "episode", "from", "to", "own", "model", "replaced_weight", "max_drawdown", "worst_day",
        "factor_returns", "missing", "factor_model", "data", "cache", "warnings",
    ]  # fmt: skip
    assert found["from"] == "2025-08-01"
    assert set(found["worst_day"]) == {"date", "return"}


def test_a_shock_beyond_the_window_is_said(made: Factor) -> None:
    """With the largest move of its kind; a window shorter than the horizon, too."""
    moves = {w.code: w.text for w in made.stress("S0", {"MKT": "-60%", "SZ": 0.001}, horizon=5).warnings}
    assert moves["extrapolated"].startswith("MKT −60.0% is beyond its largest fall over 5 sessions of the window, −")
    assert "extrapolated" not in {w.code for w in made.stress("S0", {"MKT": -0.005}).warnings}
    long = {w.code: w.text for w in made.stress("S0", {"MKT": -0.005}, horizon=400).warnings}
    assert long["extrapolated"] == "the window has 252 returns, fewer than the 400 sessions of the scenario."


def test_weeks_are_the_periods_of_weekly_returns(made: Factor) -> None:
    """The horizon counts them, and the sentence says so."""
    result = made.stress("S0", {"MKT": -0.1}, horizon=4, frequency="weekly", window=52)
    assert result.frequency == "weekly"
    assert result.variance.idiosyncratic == pytest.approx(4 * result.response.residual_variance, rel=1e-12)
    assert "over 4 weeks" in str(result)


def _between(prices: np.ndarray, start: str, end: str) -> np.ndarray:
    """The last price before a day, and those up to another, with missing ones bridged."""
    days = weekdays(420)
    for i in range(1, len(prices)):
        if np.isnan(prices[i]):
            prices[i] = prices[i - 1]
    first, last = np.searchsorted(days, np.datetime64(start)), np.searchsorted(days, np.datetime64(end), side="right")
    return prices[first - 1 : last]


def test_an_episode_is_what_each_stock_did_by_hand(made: Factor) -> None:
    """Today's weights, bought and held over a missing price; drawdown and worst day of the whole."""
    prices, weights = market(420), {"S0": 0.5, "S2": 0.7, "S1": -0.2}
    prices["S2.NS"][[60, 70, 75]] = np.nan
    days = weekdays(420)
    start, end = str(days[60]), str(days[75])  # which S2 lacks
    result = made.portfolio(weights).episodes([f"{start}:{end}"])[0]
    paths = {name: _between(prices[f"{name}.NS"].copy(), start, end) for name in weights}
    by_hand = sum(w * (paths[name][-1] / paths[name][0] - 1) for name, w in weights.items())
    assert result.own == pytest.approx(by_hand, abs=1e-12)
    value = 1 + sum(w * (paths[name] / paths[name][0] - 1) for name, w in weights.items())
    assert result.max_drawdown == pytest.approx((value / np.maximum.accumulate(value) - 1).min(), abs=1e-12)
    steps = value[1:] / value[:-1] - 1
    assert result.worst_day.change == pytest.approx(steps.min(), abs=1e-12)
    assert result.worst_day.date == days[60 + int(steps.argmin())].astype(object)
    assert (result.replaced_weight, result.missing) == (0.0, ())


@pytest.mark.parametrize("basis", ["raw", "spread", "residual"])
def test_the_model_is_todays_betas_on_the_factors_of_then(made: Factor, basis: str) -> None:
    """Π(1 + R_f + b'f) − 1 without α, the same in every basis; the market's own return is with R_f."""
    prices, days = market(420), weekdays(420)
    start, end = str(days[120]), str(days[140])
    result = made.episodes("S0", [f"{start}:{end}"], basis=basis)[0]
    names = ("^NSEI", "NV20BEES.NS", "MOMOMENTUM.NS", "MID150BEES.NS", "^INDIAVIX")
    factors = np.column_stack([prices[name][120:141] / prices[name][119:140] - 1 for name in names])
    betas = np.array([beta.beta for beta in made.beta("S0").betas.values()])
    rate = 0.065 / 252
    net = factors - np.array([rate, 0, 0, 0, 0])
    assert result.model == pytest.approx(np.prod(1 + rate + net @ betas) - 1, abs=1e-12)
    for k, total in enumerate(result.factor_returns.values()):
        assert total == pytest.approx(prices[names[k]][140] / prices[names[k]][119] - 1, abs=1e-12)


def test_the_model_stands_in_for_who_was_not_listed(made: Factor) -> None:
    """Of a portfolio for its weight, of a ticker alone for all of it; the warning names it."""
    day = weekdays(420)
    episode = f"{day[90]}:{day[110]}"
    alone = made.episodes("YOUNG", [episode])[0]
    assert (alone.missing, alone.replaced_weight) == (("YOUNG.NS",), 1.0)
    assert alone.own == pytest.approx(alone.model, abs=1e-12)
    both = made.portfolio({"S0": 0.75, "YOUNG": 0.25}).episodes([episode])[0]
    own = made.episodes("S0", [episode])[0].own
    assert both.own == pytest.approx(0.75 * own + 0.25 * alone.model, abs=1e-12)
    assert (both.missing, both.replaced_weight) == (("YOUNG.NS",), 0.25)
    assert [w.text for w in both.warnings if w.code == "not_listed"] == [
        f"{episode}: no price before it of YOUNG.NS; the model's return stands in."
    ]
    later = made.episodes("YOUNG", [f"{day[101]}:{day[110]}"])[0]
    assert later.missing == ()


def test_an_episode_may_be_after_the_day_of_the_betas(made: Factor) -> None:
    """Which is how a model is tested."""
    days = weekdays(420)
    result = made.episodes("S0", [f"{days[400]}:{days[410]}"], as_of=str(days[380]))[0]
    assert result.as_of == days[380].astype(object)
    prices = market(420)["S0.NS"]
    assert result.own == pytest.approx(prices[410] / prices[399] - 1, abs=1e-12)


def test_missing_factors_proxies_jumps_and_ends_are_said(tmp_path: Path) -> None:
    """A fund that is younger, one that stands in for another, a return beyond 40%, and prices that end early."""
    prices = market(420)
    prices["MOMOMENTUM.NS"][:100] = np.nan
    prices["NV20IETF.NS"] = prices["NV20BEES.NS"] * 2
    prices["NV20BEES.NS"] = np.where(np.arange(420) < 90, np.nan, prices["NV20BEES.NS"])
    prices["S0.NS"][:60] *= 3
    days = weekdays(420, "2026-10-20")
    write_wide(tmp_path / "prices.csv", prices, days)
    factor = Factor(source=str(tmp_path), now=NOW, cache=False)
    first, second = factor.episodes("S0", [f"{days[50]}:{days[70]}", f"{days[400]}:2026-11-19"])
    told = {w.code: w.text for w in first.warnings}
    assert told["fewer_factors"].startswith(f"{first.episode}: no prices of MOM then;")
    assert told["fewer_factors"].endswith("on MKT, VAL, SZ and VOL alone.")
    assert told["proxy_fallback"] == f"{first.episode}: measured then is VAL by NV20IETF.NS."
    assert "S0.NS -6" in told["large_return"]
    assert str(days[60]) in told["large_return"]
    assert math.isnan(first.factor_returns["MOM"])
    assert math.isfinite(first.model)
    assert first.own == pytest.approx(prices["S0.NS"][70] / prices["S0.NS"][49] - 1, abs=1e-12)
    assert {w.code for w in second.warnings} >= {"cut_episode"}
    assert second.end == second.data.last_date
    assert not {w.code for w in second.warnings} & {"fewer_factors", "proxy_fallback", "large_return"}


def test_an_episode_without_prices_is_one_sentence_and_spoils_no_other(made: Factor) -> None:
    """No session before it, none in it, or none at all."""
    day = weekdays(420)
    for episode, said in (
        ("gfc-2008", "no prices of the market"),
        (f"{day[0]}:{day[5]}", "no prices of the market"),
        ("2026-11-14:2026-11-15", "There is no session from 2026-11-14 to 2026-11-15"),
    ):
        with pytest.raises(NoPrices, match=said):
            made.episodes("S0", [episode])
    found = made.episodes("S0", ["gfc-2008", f"{day[1]}:{day[5]}"])
    assert len(found) == 1
    assert [(one.ticker, one.code) for one in found.failures] == [("S0.NS", "no_prices")]
    assert found.exit_code == 3


def test_the_named_episodes_are_in_order_and_found_in_any_case() -> None:
    """Each has days and a note; a market without any says so."""
    episodes = Episodes.load()
    assert len(episodes.known) >= 12
    assert len({one.name for one in episodes.known}) == len(episodes.known)
    for one in episodes.known:
        assert one.start <= one.end
        assert one.note
        assert episodes.find(f" {one.name.upper()} ", TODAY) == one
    assert [one.start for one in episodes.known] == sorted(one.start for one in episodes.known)
    assert Episodes.load(US).known == ()
    with pytest.raises(InvalidOption, match="'crash' is not a known episode: there is gfc-2008, taper-2013"):
        episodes.find("crash", TODAY)
    with pytest.raises(InvalidOption, match="none of this market"):
        Episodes.load(US).find("crash", TODAY)


@pytest.mark.parametrize(
    ("text", "says"),
    [("2022-03-07:2022-02-24", "ends before it begins"), ("2022-02-24:2022-02-30", "is not two days"),
     ("2022-02-24:", "is not two days"), ("a:b", "is not two days"), ("2026-11-01:2026-11-21", "ends in the future")],
)  # fmt: skip
def test_days_that_cannot_be_are_one_sentence(text: str, says: str) -> None:
    """Which names them."""
    with pytest.raises(InvalidDate, match=says):
        Episodes.load().find(text, TODAY)


@pytest.mark.parametrize(
    ("words", "says", "status"),
    [
        (("TCS", "--shock", "MKT=-10"), "-10% or -1,000%", 2),
        (("TCS", "--shock", "XYZ=-10%"), "it has MKT, VAL, MOM, SZ, VOL", 2),
        (("TCS", "--shock", "MKT=-10%", "--shock", "MKT=-20%"), "MKT is given twice", 2),
        (("TCS", "--shock", "MKT=-10%", "--horizon", "0"), "horizon is 0", 2),
        (("TCS", "--shock", "MKT=-10%", "--others", "mean"), "it can be conditional or zero", 2),
        (("TCS", "--shock", "MKT=-10%", "--episode", "covid-2020"), "--shock and --episode are two questions", 2),
        (("TCS", "--episode", "covid-2020", "--horizon", "5"), "--horizon and --episode are two questions", 2),
        (("TCS", "--episode", "covid-2020", "--others", "zero"), "--others and --episode are two questions", 2),
        (("TCS", "--episode", "covid"), "there is gfc-2008", 2),
        (("TCS",), "give --shock MKT=-10%, or --episode NAME", 2),
        (("--shock", "MKT=-10%"), "No ticker is given", 2),
        (("TCS", "--list"), "--list stands alone", 2),
        (("TCS", "--episode", "gfc-2008"), "demo has no prices of the market (MKT) from 2008-01-09", 4),
        (("NOSUCH", "--shock", "MKT=-10%"), "has no ticker NOSUCH", 4),
    ],
)
def test_bad_input_is_one_sentence(factor: Run, words: tuple[str, ...], says: str, status: int) -> None:
    """On stderr, with its status, and nothing on stdout."""
    done = factor("stress", *words, *DEMO)
    assert done.status == status
    assert says in done.err
    assert done.out == ""
    assert "Traceback" not in done.err


def test_the_command_answers_in_every_form(factor: Run, home: Path) -> None:
    """JSON, CSV with a row a result, a picture, and the list; a portfolio beside a ticker."""
    (home / "book.csv").write_text("ticker,quantity\nTCS,10\nINFY,20\n")
    both = factor("stress", "TCS", "--portfolio", "book.csv", "--shock", "MKT=-10%", "--json", *DEMO)
    assert both.document["schema"] == "factor.stress/1"
    assert [one["ticker"] for one in both.results] == ["TCS.NS", "PORTFOLIO"]
    assert both.results[1]["value_change"] < 0
    rows = list(csv.DictReader(factor("stress", "TCS", "INFY", "--shock", "MKT=-10%", "--csv", *DEMO).out.splitlines()))
    assert [row["ticker"] for row in rows] == ["TCS.NS", "INFY.NS"]
    assert float(rows[0]["by_factor.MKT"]) != 0
    assert not [name for row in rows for name in row if name.startswith(("factor_names", "in_points"))]
    lived = factor("stress", "TCS", "--episode", "COVID-2020", "--episode", "gfc-2008", "--json", *DEMO)
    assert (lived.status, lived.document["schema"], lived.codes) == (3, "factor.episode/1", ["no_prices"])
    assert [one["episode"] for one in lived.results] == ["covid-2020"]
    listed = factor("stress", "--list", "--json", *DEMO)
    assert listed.document["schema"] == "factor.episodes/1"
    assert listed.results[0] == {
        "name": "gfc-2008", "from": "2008-01-09", "to": "2008-10-27",
        "note": "Global financial crisis: from the Nifty 50's peak to its lowest close",
    }  # fmt: skip
    for words in (("--shock", "MKT=-10%"), ("--episode", "covid-2020")):
        assert factor("stress", "TCS", *words, "-o", "x.svg", *DEMO).status == 0
        assert "<svg" in (home / "x.svg").read_text(encoding="utf-8")


def test_what_the_library_is_asked_wrongly(made: Factor) -> None:
    """One error each."""
    for ask in (
        lambda: made.episodes("S0", "covid-2020"),
        lambda: made.episodes("S0", []),
        lambda: made.episodes("S0", 3),  # type: ignore[arg-type]
        lambda: made.stress("S0", {}),
        lambda: made.stress("S0", [("MKT", -0.1)]),  # type: ignore[arg-type]
    ):
        with pytest.raises(FactorError):
            ask()


@needs_nse
def test_real_episodes_are_what_each_stock_did() -> None:
    """Of the war, the election and the tariffs: today's weights × (last close / first close − 1), from the files."""
    weights = {"RELIANCE": 0.3, "HDFCBANK": 0.3, "TCS": 0.2, "SBIN": 0.2}
    closes: dict[str, dict[str, float]] = {name: {} for name in weights}
    for path in sorted(Path(NSE, "nse").glob("stocks-*.csv")):
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for name in weights:
                    if text := row.get(f"{name}.NS"):
                        closes[name][row["Date"]] = float(text)
    factor = Factor(source=str(Path(NSE, "nse")), cache=False)
    names = ["ukraine-2022", "election-2024", "tariffs-2025", "carry-2024"]
    for result in factor.portfolio(weights).episodes(names):
        by_hand = 0.0
        for name, weight in weights.items():
            before = max(day for day in closes[name] if day < result.start.isoformat())
            last = max(day for day in closes[name] if day <= result.end.isoformat())
            by_hand += weight * (closes[name][last] / closes[name][before] - 1)
        assert result.own == pytest.approx(by_hand, abs=1e-12), result.episode
