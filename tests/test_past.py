"""Prices of a stretch of the past from a source that has only what it is asked for, as Yahoo is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pytest

from factorcli.errors import FactorError, NoPrices, TimedOut, UnknownTicker
from factorcli.markets.corporate_actions import NO_ACTIONS
from factorcli.model.built_in import INDIA_5F
from factorcli.model.risk_free import RiskFree
from factorcli.ports import PricePanel
from factorcli.prices.panels import Panels
from factorcli.prices.past import Past
from tests.markets import market, weekdays

pytestmark = pytest.mark.cli
DAYS = weekdays(300)
CUTOFF = date(2026, 11, 20)


@dataclass
class Fetched:
    """A source of these prices; `failing` tickers have their error."""

    closes: Mapping[str, np.ndarray]
    failing: Mapping[str, FactorError] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    name: str = "made"

    def prices(self, tickers: Sequence[str]) -> PricePanel:
        """Of these tickers alone."""
        self.asked.append(tuple(tickers))
        known = tuple(one for one in tickers if one in self.closes)
        failures = {one: self.failing.get(one, UnknownTicker(one)) for one in tickers if one not in self.closes}
        return PricePanel(DAYS, known, np.column_stack([self.closes[one] for one in known]), failures=failures)


def past(source: Fetched, model: object = INDIA_5F) -> Past:
    return Past(Panels(source), model, NO_ACTIONS, CUTOFF)  # type: ignore[arg-type]


def late(closes: np.ndarray, first: int) -> np.ndarray:
    """The closes without those before a position."""
    return np.where(np.arange(len(closes)) < first, np.nan, closes)


def test_another_proxy_is_asked_for_where_the_first_has_no_prices() -> None:
    """Only then; one that the source lacks is passed over."""
    prices = market()
    prices["NV20BEES.NS"] = late(prices["NV20BEES.NS"], 100)
    prices["NV20IETF.NS"] = prices["S1.NS"]
    prices["MID150BEES.NS"] = late(prices["MID150BEES.NS"], 100)
    prices["MIDCAPIETF.NS"] = prices["S2.NS"]
    source = Fetched(prices)
    found = past(source).between(["S0.NS"], DAYS[50].astype(object), DAYS[70].astype(object))
    assert found.proxies == {"MKT": "^NSEI", "VAL": "NV20IETF.NS", "MOM": "MOMOMENTUM.NS", "SZ": "MIDCAPIETF.NS",
                             "VOL": "^INDIAVIX"}  # fmt: skip
    np.testing.assert_allclose(found.gross_factors[:, 1], prices["S1.NS"][50:71] / prices["S1.NS"][49:70] - 1)
    assert "HDFCMID150.NS" in {one for tickers in source.asked for one in tickers}
    later = Fetched(prices)
    past(later).between(["S0.NS"], DAYS[150].astype(object), DAYS[170].astype(object))
    assert len(later.asked) == 1


def test_a_service_that_does_not_answer_is_not_a_proxy_without_prices() -> None:
    """The answer would be another one tomorrow."""
    prices = market()
    prices["NV20BEES.NS"] = late(prices["NV20BEES.NS"], 100)
    source = Fetched(prices, {"NV20IETF.NS": TimedOut("too slow")})
    with pytest.raises(TimedOut):
        past(source).between(["S0.NS"], DAYS[50].astype(object), DAYS[70].astype(object))


def test_the_market_has_other_proxies_too() -> None:
    """Sessions are the days on which the one in use has a price; without any the message says what there is."""
    prices = market()
    own = replace(INDIA_5F.factors[0], proxies=("^NONE", "^NSEI", "S1.NS"))
    model = replace(INDIA_5F, factors=(own, *INDIA_5F.factors[1:]))
    prices["^NSEI"] = late(prices["^NSEI"], 100)
    prices["S1.NS"][60] = np.nan
    found = past(Fetched(prices), model).between(["S0.NS"], DAYS[50].astype(object), DAYS[70].astype(object))
    assert found.proxies["MKT"] == "S1.NS"
    assert len(found.dates) == 20
    assert DAYS[60].astype(object) not in found.dates
    empty = market()
    del empty["^NSEI"]
    with pytest.raises(NoPrices, match=r"made has no prices of the market \(MKT\) .*: it has none of \^NSEI"):
        past(Fetched(empty)).between(["S0.NS"], DAYS[50].astype(object), DAYS[70].astype(object))
    prices["^NSEI"] = late(prices["^NSEI"], 299)
    with pytest.raises(NoPrices, match="it has none of"):
        past(Fetched(prices)).between(["S0.NS"], DAYS[50].astype(object), DAYS[70].astype(object))


def test_prices_are_bridged_and_a_proxy_must_have_most_of_them() -> None:
    """A price that is missing is the last one before; a fund with prices on half of the days measures nothing."""
    prices = market()
    prices["S0.NS"][[49, 55]] = np.nan
    prices["MOMOMENTUM.NS"][51:71:2] = np.nan
    prices["MID150BEES.NS"][55] = np.nan
    found = past(Fetched(prices)).between(["S0.NS"], DAYS[50].astype(object), DAYS[70].astype(object))
    assert found.closes[0, 0] == prices["S0.NS"][48]
    assert found.closes[6, 0] == prices["S0.NS"][54]
    assert "MOM" not in found.proxies
    assert np.isnan(found.factors[:, 2]).all()
    assert found.factors[5, 3] == 0.0
    assert found.factors[6, 3] == pytest.approx(prices["MID150BEES.NS"][56] / prices["MID150BEES.NS"][54] - 1)


def test_rates_are_those_of_the_days_and_before_the_first_that_one() -> None:
    """The market's factor is net of them, its gross one is not."""
    rates = RiskFree((0.05, 0.07), (DAYS[52].astype(object), DAYS[60].astype(object)))
    found = past(Fetched(market()), replace(INDIA_5F, risk_free=rates)).between(
        ["S0.NS"], DAYS[50].astype(object), DAYS[70].astype(object)
    )
    np.testing.assert_allclose(found.risk_free * 252, [0.05] * 10 + [0.07] * 11)
    np.testing.assert_allclose(found.gross_factors[:, 0] - found.factors[:, 0], found.risk_free, atol=1e-15)
    np.testing.assert_array_equal(found.gross_factors[:, 1:], found.factors[:, 1:])
