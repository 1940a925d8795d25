"""The verdict on each proxy, as people read it: from hand-made prices in which every count is different."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from factorcli.model.factor_model import FactorModel
from factorcli.prices.proxy_health import ProxyPrices, proxies_health, tracking
from tests.windows import MODEL, NAN, closes, days

pytestmark = pytest.mark.read

D = 100  # days that are inspected
IN_USE = {"MKT": "MKT1", "VAL": "VAL1", "VOL": "VOL1"}


def prices() -> dict[str, np.ndarray]:
    """D + 21 closes: 20 days before those that are inspected, and the base of the first return."""
    draw = np.random.default_rng(8)
    market = 0.008 * draw.standard_normal(D + 20)
    market[np.abs(market) < 0.002] = 0.003
    value = 0.9 * market + 0.003 * draw.standard_normal(D + 20)
    return {
        "MKT1": closes(market),
        "VAL1": closes(value + 0.0002 * draw.standard_normal(D + 20), 50),
        "VOL1": closes(-2 * market + 0.01 * draw.standard_normal(D + 20), 15),
        "VAL2": closes(value + 0.0003 * draw.standard_normal(D + 20), 30),
        "VAL3": closes(value + 0.001 * draw.standard_normal(D + 20), 70),
    }


def health(
    panel: Mapping[str, np.ndarray],
    volumes: Mapping[str, np.ndarray] | None = None,
    *,
    closes: Mapping[str, np.ndarray] | None = None,
    model: FactorModel = MODEL,
    in_use: Mapping[str, str] = IN_USE,
):
    """Health by factor; panel: what the gate keeps; closes: what the source has, where that is something else."""
    table = np.column_stack(list(panel.values()))
    raw = table if closes is None else np.column_stack([closes.get(name, panel[name]) for name in panel])
    traded = None if volumes is None else np.column_stack([volumes.get(name, np.ones(len(table))) for name in panel])
    return proxies_health(model, in_use, ProxyPrices(days(len(table)), tuple(panel), raw, table, traded), D)


def correlation(panel: Mapping[str, np.ndarray], one: str, other: str) -> float:
    """Of the returns that both have, by numpy."""
    x, y = (panel[name][-D:] / panel[name][-D - 1 : -1] - 1 for name in (one, other))
    both = np.isfinite(x) & np.isfinite(y)
    return float(np.corrcoef(x[both], y[both])[0, 1])


def test_a_healthy_proxy_names_the_alternative_that_it_follows_best() -> None:
    """The highest correlation of the two, with its ticker; no fault, no preference."""
    panel = prices()
    found = health(panel)["VAL"]
    best = correlation(panel, "VAL1", "VAL2")
    assert best > correlation(panel, "VAL1", "VAL3")
    assert (found.verdict, found.prefer, found.fallback, found.proxy) == ("healthy", None, False, "VAL1")
    assert found.message == f"VAL1 shows no defect; it has a correlation of {best:.2f} with VAL2."
    assert list(found.alternatives) == ["VAL2", "VAL3"]
    assert [one.correlation for one in found.alternatives.values()] == pytest.approx(
        [best, correlation(panel, "VAL1", "VAL3")], rel=1e-12
    )
    swapped = {**panel, "VAL2": panel["VAL3"], "VAL3": panel["VAL2"]}
    assert health(swapped)["VAL"].message.endswith(f"{best:.2f} with VAL3.")


def test_a_proxy_without_an_alternative_says_so() -> None:
    """Of the level and the market, and where the alternative has no price."""
    panel = prices()
    panel["VAL2"][:] = NAN
    del panel["VAL3"]
    found = health(panel)
    for code, ticker in IN_USE.items():
        assert found[code].message == f"{ticker} shows no defect of its own; there is nothing to compare it with."
        assert found[code].verdict == "healthy"
    assert (found["MKT"].market, found["VOL"].suspect, found["VOL"].zero_volume) == (None, None, None)
    assert found["VAL"].alternatives["VAL2"].observations == 0


def planted(stale: int, silent: int, missing: int, suspect: int, behind: int):
    """Panel and volumes with so many days of each kind for VAL1, all apart from each other."""
    panel = prices()
    fund, volumes = panel["VAL1"], np.full(D + 21, 5.0)
    volumes[[30 + 2 * k for k in range(silent)]] = 0
    for k in range(stale):
        row = 50 + 2 * k
        fund[row] = fund[row - 1]
    for k in range(suspect):
        fund[80 + 3 * k :] *= 1.09
    fund[[96 + 2 * k for k in range(missing)]] = NAN
    if behind:
        fund[-behind:] = NAN
    return panel, {"VAL1": volumes}


def test_every_count_of_a_thin_proxy_is_in_its_message() -> None:
    """Repeats, days without trade, days without price, gate, days behind: each with its own share."""
    found = health(*planted(stale=6, silent=7, missing=6, suspect=4, behind=2))["VAL"]
    assert (found.stale, found.zero_volume, found.missing, found.suspect, found.behind) == (6, 7, 8, 4, 2)
    assert (found.days, found.verdict, found.prefer, found.fallback) == (D, "thin", "VAL2", False)
    assert str(found.last_date) == "2026-11-18"
    assert found.message == (
        "VAL1 repeats its close on 6% of the days, does not trade on 7% of the days, has no price on 8% of the days, "
        "is left out by the gate on 4% of the days and ends 2 days before the others: betas on VAL are unreliable "
        "because of noise, prefer VAL2."
    )


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"stale": 6}, "VAL1 repeats its close on 6% of the days: betas on VAL are unreliable because of noise"),
        ({"silent": 6}, "VAL1 does not trade on 6% of the days: betas on VAL are unreliable because of noise"),
        ({"missing": 6}, "VAL1 has no price on 6% of the days: those days are left out for every ticker"),
        ({"suspect": 3}, "VAL1 is left out by the gate on 3% of the days: those days are left out for every ticker"),
        ({"behind": 2}, "VAL1 ends 2 days before the others: those days are left out for every ticker"),
        ({"missing": 7, "suspect": 4}, "VAL1 has no price on 7% of the days and is left out by the gate on 4% of the "
         "days: those days are left out for every ticker"),
        ({"stale": 5}, None),
        ({"silent": 5}, None),
        ({"missing": 5}, None),
        ({"suspect": 2}, None),
        ({"behind": 1}, None),
    ],
)  # fmt: skip
def test_each_fault_alone_makes_a_proxy_thin_beyond_its_limit(counts: dict[str, int], said: str | None) -> None:
    """5 % of the days, 2 % at the gate and 1 day behind are still healthy; noise and losses end differently."""
    every = {"stale": 0, "silent": 0, "missing": 0, "suspect": 0, "behind": 0, **counts}
    panel, volumes = planted(**every)
    del panel["VAL2"]
    found = health(panel, volumes)["VAL"]
    assert (found.verdict, found.prefer) == (("thin", "VAL3") if said else ("healthy", None))
    if said:
        assert found.message == f"{said}, prefer VAL3."
        del panel["VAL3"]
        assert health(panel, volumes)["VAL"].message == f"{said}, and no alternative is known to do better."
    else:
        assert found.message.startswith("VAL1 shows no defect; it has a correlation of ")


def noisy(panel: Mapping[str, np.ndarray], name: str, size: float) -> np.ndarray:
    """The closes of a proxy with independent noise."""
    draw = np.random.default_rng(5)
    return panel[name] * np.exp(size * draw.standard_normal(len(panel[name])))


def test_of_two_that_disagree_the_noisier_one_is_thin() -> None:
    """Low correlation with a clean alternative that is closer to the market is a fault; the other way it is none."""
    panel = prices()
    del panel["VAL3"]
    panel["VAL1"] = noisy(panel, "VAL1", 0.006)
    low = correlation(panel, "VAL1", "VAL2")
    assert low < 0.9
    found = health(panel)["VAL"]
    assert (found.verdict, found.prefer) == ("thin", "VAL2")
    assert found.message == (
        f"VAL1 has a correlation of {low:.2f} with VAL2: betas on VAL are unreliable because of noise, prefer VAL2."
    )
    other = health(panel, in_use={**IN_USE, "VAL": "VAL2"})["VAL"]
    assert (other.verdict, other.prefer, other.fallback) == ("healthy", None, True)
    assert other.message == f"VAL2 shows no defect; it has a correlation of {low:.2f} with VAL1."


def test_the_cleanest_alternative_is_preferred() -> None:
    """Of two, that with the higher correlation with the market; one with faults of its own is none."""
    panel, volumes = planted(stale=9, silent=0, missing=0, suspect=0, behind=0)
    panel["VAL2"] = noisy(panel, "VAL2", 0.004)
    assert health(panel, volumes)["VAL"].prefer == "VAL3"
    panel["VAL3"][40:47] = NAN
    assert health(panel, volumes)["VAL"].prefer == "VAL2"


def test_a_filler_bar_is_missing_and_a_repeat_counts_where_the_market_moved() -> None:
    """The source's closes tell repeats, the gate's what is missing; the market's own repeats always count."""
    panel = prices()
    raw = {"VAL1": panel["VAL1"].copy()}
    for row in (60, 61, 70):
        raw["VAL1"][row] = raw["VAL1"][row - 1]
        panel["VAL1"][row] = NAN
    for name in ("MKT1", "VAL1"):
        panel[name][90] = panel[name][89]
    raw["VAL1"][90] = raw["VAL1"][89]
    found = health(panel, closes=raw)
    assert (found["VAL"].missing, found["VAL"].stale, found["VAL"].zero_volume) == (3, 3, None)
    assert (found["MKT"].missing, found["MKT"].stale) == (0, 1)


def test_volumes_that_are_never_positive_say_nothing() -> None:
    """Nor does an index, whatever its volumes; the days before those inspected show that a fund has volumes."""
    panel = prices()
    assert health(panel, {"VAL1": np.zeros(D + 21)})["VAL"].zero_volume is None
    before = np.zeros(D + 21)
    before[3] = 1
    assert health(panel, {"VAL1": before})["VAL"].zero_volume == D
    index = {("^MKT" if name == "MKT1" else name): column for name, column in panel.items()}
    assert health(index, {}, in_use={**IN_USE, "MKT": "^MKT"})["MKT"].zero_volume is None
    assert health(panel, {})["MKT"].zero_volume == 0


def test_excluded_dates_are_left_out_of_what_is_compared() -> None:
    """A date of the model's list, and a session that the gate leaves out, are in no correlation."""
    panel = prices()
    day = days(D + 21)
    model = FactorModel("m", MODEL.factors, exclude_dates=tuple(day[[50, 60]].tolist()))
    assert health(panel)["VAL"].alternatives["VAL2"].observations == D
    assert health(panel, model=model)["VAL"].alternatives["VAL2"].observations == D - 2
    panel["VAL1"][80:] *= 1.2
    assert health(panel)["VAL"].alternatives["VAL2"].observations == D - 1
    assert health(panel)["VOL"].market.observations == D - 1


def test_a_trading_day_needs_half_of_the_proxies() -> None:
    """A day with one of three is not inspected, one with two is."""
    panel = prices()
    for name in ("VAL1", "VOL1"):
        panel[name][100] = NAN
    panel["VAL1"][101] = NAN
    found = health(panel)
    assert (found["VAL"].days, found["VAL"].missing, found["VOL"].missing) == (D, 1, 0)


def test_a_level_in_differences_is_compared_in_differences() -> None:
    """The slope of a `diff` factor on the market is of its differences, which are those of a level of 15."""
    panel = prices()
    level = replace(MODEL.factors[2], transform="diff")
    found = health(panel, model=replace(MODEL, factors=(*MODEL.factors[:2], level)))["VOL"]
    market = panel["MKT1"][-D:] / panel["MKT1"][-D - 1 : -1] - 1
    assert found.market.beta == pytest.approx(np.polyfit(market, np.diff(panel["VOL1"][-D - 1 :]), 1)[0], rel=1e-9)


def test_tracking_is_of_the_common_returns() -> None:
    """Slope on the other, not of it; the difference annualised; nothing with fewer than 30 or without movement."""
    draw = np.random.default_rng(4)
    other = draw.normal(0, 0.01, 40)
    own = 0.5 * other + draw.normal(0, 0.002, 40)
    own[3], other[7] = NAN, NAN
    both = np.isfinite(own) & np.isfinite(other)
    found = tracking(own, other, 250)
    assert found.observations == 38
    assert found.correlation == pytest.approx(np.corrcoef(own[both], other[both])[0, 1], rel=1e-12)
    assert found.beta == pytest.approx(np.polyfit(other[both], own[both], 1)[0], rel=1e-9)
    assert found.tracking_error == pytest.approx((own - other)[both].std(ddof=1) * np.sqrt(250), rel=1e-12)
    assert np.isnan(tracking(own, other, 250, comparable=False).tracking_error)
    assert np.isfinite(tracking(own[8:38], other[8:38], 250).beta)  # exactly 30
    for x, y in ((own[8:37], other[8:37]), (np.full(40, 0.1), other), (own, np.full(40, 0.1))):
        assert np.isnan(tracking(x, y, 250).correlation)
        assert np.isnan(tracking(x, y, 250).beta)
