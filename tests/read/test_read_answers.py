"""What the library's answers to decisions are called where somebody looks at them, from records made by hand."""

from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from factorcli.render.answers import Answer, answer
from factorcli.render.decisions import answers
from factorcli.render.json_csv import plain
from factorcli.results import compare, drift, episode, hedge, peers, screen, stress, whatif
from factorcli.results.beta import Estimate
from tests.read.records_decisions import PEERS, peers_of, screen_batch
from tests.read.records_drift import compare_result, drift_result
from tests.read.records_hedge import hedge_result
from tests.read.records_stress import episode_result, stress_result
from tests.read.records_whatif import by_weight, what_if

pytestmark = pytest.mark.read

CASES = [
    (answers.StressResult, stress.StressResult, stress_result(),
     "StressResult('AAA.NS', MKT=-10%, window=255, as_of=2026-11-20)"),
    (answers.EpisodeResult, episode.EpisodeResult, episode_result(),
     "EpisodeResult('AAA.NS', 'crash-2020', own=-38.1%)"),
    (answers.PeersResult, peers.PeersResult, peers_of(some=PEERS[:3]),
     "PeersResult('OWN.NS', window=251, as_of=2026-11-20, peers=3 of 463)"),
    (answers.Screen, screen.ScreenBatch, screen_batch(),
     "Screen(SZ > 1.25 and sector = Power, stocks=37 of 1491)"),
    (answers.HedgeResult, hedge.HedgeResult, hedge_result(), "HedgeResult('AAA.NS', window=255, as_of=2026-11-20)"),
    (answers.WhatIf, whatif.WhatIf, what_if(), "WhatIf('mine.csv', window=255, as_of=2026-11-20)"),
    (answers.CompareResult, compare.CompareResult, compare_result(),
     "CompareResult('AAA.NS', against='BBB.NS', as_of=2026-11-20)"),
    (answers.DriftResult, drift.DriftResult, drift_result(), "DriftResult('AAA.NS', from 2025-11-24 to 2026-11-20)"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "base", "record", "shown"), CASES, ids=[case[0].__name__ for case in CASES])
def test_an_answer_is_its_record_and_is_shown_in_a_line(kind: Any, base: Any, record: Any, shown: str) -> None:
    """It has the fields of the record with their values, none may be set, and it has the name of the record."""
    made = answer(kind, record)
    assert repr(made) == shown
    assert isinstance(made, Answer) and isinstance(made, base) and is_dataclass(made)
    assert {one.name: getattr(made, one.name) for one in fields(kind)} == {
        one.name: getattr(record, one.name) for one in fields(base)
    }
    with pytest.raises(AttributeError):
        setattr(made, fields(kind)[0].name, None)


def test_several_shocks_are_all_shown() -> None:
    """In per cent with as many digits as they have, in their order."""
    made = answer(answers.StressResult, stress_result(shocks={"MKT": -0.125, "VOL": 0.4, "SZ": -0.00075}))
    assert repr(made) == "StressResult('AAA.NS', MKT=-12.5%, VOL=40%, SZ=-0.075%, window=255, as_of=2026-11-20)"


def test_answers_to_shocks_and_episodes_are_made_by_name() -> None:
    """Their fields that tables alone show may be left out, so that no place is one of another."""
    for kind, record in ((answers.StressResult, stress_result()), (answers.EpisodeResult, episode_result())):
        with pytest.raises(TypeError):
            kind(*(getattr(record, one.name) for one in fields(record)))


def test_a_screen_shows_its_stocks() -> None:
    """Those that meet the conditions are what it is made of, all of them."""
    made = answer(answers.Screen, screen_batch(3))
    assert [stock.ticker for stock in made] == [stock.ticker for stock in screen_batch(3).results]
    assert len(made) == 3
    assert all(stock.ticker in str(made) for stock in made)
    assert made.to_dict()["results"] == [plain(stock) for stock in screen_batch(3).results]


def test_the_documents_of_a_drift_and_a_what_if_have_their_numbers_by_name() -> None:
    """Each under its own key, in the order of the contract, none in another's place."""
    drifted = answer(answers.DriftResult, drift_result(frequency="weekly")).to_dict()
    assert drifted["changes"]["SZ"] == {
        "before": 0.62, "after": 0.21, "q_value": 0.0163, "estimate": -0.41, "std_error": 0.148, "t_stat": -2.77,
        "p_value": 0.0058, "ci_low": -0.71, "ci_high": -0.12,
    }  # fmt: skip
    assert drifted["joint_test"] == {
        "f_stat": 3.14, "p_value": 0.0144, "numerator": 4, "denominator": 494.0, "covariance": "hc3", "q_value": 0.0371,
    }  # fmt: skip
    assert (drifted["window"], drifted["shift"], drifted["from_as_of"], drifted["to_as_of"]) == (
        255, 257, "2025-11-24", "2026-11-20",
    )  # fmt: skip
    assert drifted["frequency"] == "weekly"
    assert "frequency" not in answer(answers.DriftResult, drift_result()).to_dict()

    asked = answer(answers.WhatIf, what_if()).to_dict()
    assert asked["trades"] == [
        {"ticker": "AAA.NS", "from": 0.331, "to": 0.279, "amount": -64321.0, "shares": -41.7},
        {"ticker": "CASH", "from": 0.012, "to": 0.064, "amount": 64321.0},
    ]
    assert asked["original"] == {
        "betas": {"MKT": 0.71, "VOL": -0.043}, "market_beta": 1.02, "volatility": 0.1823, "value_at_risk": 0.01891,
        "expected_shortfall": 0.02374, "r_squared": 0.643, "tracking_error": 0.0512,
    }  # fmt: skip
    assert asked["rebalanced"]["volatility"] == 0.1714
    assert asked["change"]["betas"]["VOL"] == {
        "estimate": 0.018, "std_error": 0.0054, "t_stat": 3.33, "p_value": 0.0009, "ci_low": 0.007, "ci_high": 0.029,
    }  # fmt: skip
    assert {name: asked["change"][name] for name in ("volatility", "value_at_risk", "expected_shortfall")} == {
        "volatility": -0.0109, "value_at_risk": -0.00119, "expected_shortfall": -0.00143,
    }  # fmt: skip
    assert (asked["volatility_interval"], asked["tracking_error_interval"]) == (
        {"low": -0.0137, "high": -0.0084}, {"low": -0.0063, "high": 0.0026},
    )  # fmt: skip
    assert (asked["turnover"], asked["benchmark"], asked["currency"]) == (0.052, "^INDEX", "INR")


def test_what_is_not_known_of_a_what_if_is_left_out_of_its_document() -> None:
    """Benchmark, money and frequency; where they are known each is there."""
    optional = {
        "benchmark": "^INDEX", "tracking_error_interval": what_if().tracking_error_interval, "value": 1.0,
        "value_after": 2.0, "currency": "INR", "frequency": "weekly",
    }  # fmt: skip
    for name, value in optional.items():
        bare = what_if(**{**dict.fromkeys(optional), name: value})
        assert set(answer(answers.WhatIf, bare).to_dict()) & set(optional) == {name}
    required = [one.name for one in fields(whatif.WhatIf)][:14]
    least = whatif.WhatIf(**{name: getattr(what_if(), name) for name in required})
    assert {name: getattr(least, name) for name in optional} == dict.fromkeys(optional)
    assert least.ticker == "mine.csv"
    assert answer(answers.WhatIf, by_weight()).to_dict()["trades"] == [
        {"ticker": "AAA.NS", "from": 0.331, "to": 0.279},
        {"ticker": "CASH", "from": 0.012, "to": 0.064},
    ]
    trade = whatif.TradedWeight("AAA.NS", 0.1, 0.2)
    assert (trade.amount, trade.shares) == (None, None)
    assert drift.DriftResult(**{name: value for name, value in vars(drift_result()).items() if name != "frequency"})


def test_a_change_is_an_estimate_for_those_who_read_one() -> None:
    """The fields of `Estimate` under the same names."""
    names = {one.name for one in fields(Estimate)}
    assert names < {one.name for one in fields(drift.Change)}
