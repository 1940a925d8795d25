"""What a drift says where it has no answer, and how the answers of many are corrected and sorted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from factorcli import Factor
from factorcli.analysis.false_discovery import q_values
from factorcli.decisions.drift import by_joint_test, with_q_values
from factorcli.errors import CollinearFactors, InsufficientHistory
from tests.conftest import NOW
from tests.markets import market, weekdays, write_wide
from tests.read.records_drift import CHANGES, JOINT, MARKET, drift_result

pytestmark = pytest.mark.cli

DAYS = weekdays(400)  # of prices; the first return is that of DAYS[1]
NAN = float("nan")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Factor:
    """400 days of four stocks, of which S2 and S3 begin later."""
    found = market(400, 4, 7)
    found["S3.NS"][:280] = np.nan
    found["S2.NS"][:215] = np.nan
    path = write_wide(tmp_path_factory.mktemp("drift") / "p.csv", found)
    return Factor(source=str(path), now=NOW, cache=False)


def test_a_stock_that_is_too_young_is_told_how_many_returns_it_has(made: Factor) -> None:
    """In each window, how many each needs, and when its returns begin where that is within them."""
    with pytest.raises(InsufficientHistory) as caught:
        made.drift("S3", window=100, shift=60)
    assert str(caught.value) == (
        f"S3.NS has 59 returns in the 100 sessions up to {DAYS[339]} and 100 in those up to {DAYS[399]}; each needs "
        f"80. Its returns begin on {DAYS[281]}. Ask for a shorter window or a smaller distance."
    )
    with pytest.raises(InsufficientHistory) as caught:
        made.drift("S2", window=100, shift=150)
    assert str(caught.value) == (
        f"S2.NS has 34 returns in the 100 sessions up to {DAYS[249]} and 100 in those up to {DAYS[399]}; each needs "
        f"80. Its returns begin on {DAYS[216]}. Ask for a shorter window or a smaller distance."
    )
    book = made.portfolio({"S0": 0.5, "S2": 0.5})
    with pytest.raises(InsufficientHistory, match=r"^portfolio has 34 returns in the 100 sessions"):
        book.drift(window=100, shift=150)
    enough = made.drift("S2", window=100, shift=104)
    assert (str(enough.from_as_of), str(enough.to_as_of)) == (str(DAYS[295]), str(DAYS[399]))
    assert made.drift("S2", window=100, since=str(DAYS[295])).shift == 104


def test_prices_that_are_too_short_are_told_what_would_do(made: Factor) -> None:
    """Both windows in the sessions that there are, to the last one that fits."""
    assert made.drift("S0", window=100, shift=299).from_as_of == DAYS[100].astype(object)
    with pytest.raises(InsufficientHistory) as caught:
        made.drift("S0", window=100, shift=300)
    assert str(caught.value).endswith(
        f" has 399 sessions with prices of all factors up to {DAYS[399]}; two windows of 100 sessions that end 300 "
        "sessions apart need 400. Ask for a shorter window or a smaller distance."
    )
    with pytest.raises(InsufficientHistory) as caught:
        made.drift("S0", window=100, since=str(DAYS[99]))
    assert str(caught.value).endswith(
        f" has returns of all factors from {DAYS[1]} on only; a window of 100 sessions that ends on {DAYS[99]} needs "
        f"earlier ones: name a day from {DAYS[100]} on, or ask for a shorter window."
    )
    for window, said in ((378, f"name a day from {DAYS[378]} on, or ask"), (379, "earlier ones: ask for a shorter")):
        with pytest.raises(InsufficientHistory, match=said):
            made.drift("S0", window=window, since=str(DAYS[50]))


def test_factors_that_cannot_be_separated_are_one_sentence(tmp_path: Path) -> None:
    """In either window."""
    found = market(400, 2, 7)
    for part in (slice(200, 341), slice(100, 300)):
        prices = {name: closes.copy() for name, closes in found.items()}
        moves = np.diff(prices["NV20BEES.NS"]) / prices["NV20BEES.NS"][:-1]
        own = np.diff(prices["MID150BEES.NS"]) / prices["MID150BEES.NS"][:-1]
        own[part] = moves[part]
        prices["MID150BEES.NS"] = 100 * np.cumprod(np.append(1.0, 1 + own))
        write_wide(tmp_path / "p.csv", prices)
        factor = Factor(source=str(tmp_path / "p.csv"), now=NOW, cache=False)
        with pytest.raises(CollinearFactors) as caught:
            factor.drift("S0", window=100, shift=60 if part.stop == 341 else 100)
        day = DAYS[339 if part.stop == 341 else 299]
        assert str(caught.value) == (
            f"S0.NS: the factors are linearly dependent in the 100 sessions up to {day}, so their betas cannot be "
            "separated. Use another window or another proxy."
        )


def test_every_q_value_is_of_its_own_test_over_all_results() -> None:
    """Of each factor, of the market and of the joint test; all else stays as it is."""
    p = {
        "A": {"MKT": 0.04, "VAL": 0.3, "SZ": 0.011, "VOL": 0.6, "market": 0.021, "joint": 0.0031},
        "B": {"MKT": 0.03, "VAL": 0.02, "SZ": 0.013, "VOL": 0.5, "market": 0.022, "joint": 0.07},
        "C": {"MKT": 0.5, "VAL": 0.9, "SZ": 0.9, "VOL": 0.01, "market": 0.8, "joint": 0.0042},
    }
    before = [
        drift_result(
            name,
            changes={code: replace(change, p_value=own[code]) for code, change in CHANGES.items()},
            market=replace(MARKET, p_value=own["market"]),
            joint_test=replace(JOINT, p_value=own["joint"]),
        )
        for name, own in p.items()
    ]
    after = with_q_values(before)
    for code in CHANGES:
        assert [one.changes[code].q_value for one in after] == q_values([own[code] for own in p.values()])
    assert [one.market.q_value for one in after] == q_values([own["market"] for own in p.values()])
    assert [one.joint_test.q_value for one in after] == q_values([own["joint"] for own in p.values()])
    unmarked = [
        replace(
            one,
            changes={code: replace(change, q_value=CHANGES[code].q_value) for code, change in one.changes.items()},
            market=replace(one.market, q_value=MARKET.q_value),
            joint_test=replace(one.joint_test, q_value=JOINT.q_value),
        )
        for one in after
    ]
    assert unmarked == before
    assert with_q_values([]) == []


def test_the_surest_is_first_and_what_has_no_test_last() -> None:
    """Of equal ones by their tickers."""
    known = {"D": 0.2, "C": 0.01, "B": NAN, "A": NAN, "F": 0.2, "E": 0.9}
    results = [drift_result(name, joint_test=replace(JOINT, p_value=p)) for name, p in known.items()]
    assert [one.ticker for one in by_joint_test(results)] == ["C", "D", "F", "E", "A", "B"]
