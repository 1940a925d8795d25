"""The health of the proxies: a thin fund beside a good one of the same index, each number worked out here."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from factorcli.errors import UpstreamError
from factorcli.markets.universe import Universe
from factorcli.model.built_in import INDIA_5F
from factorcli.model.factor_model import Factor
from factorcli.ports import PricePanel
from factorcli.prices.demo import DemoSource
from factorcli.prices.gate import GatedMarket
from factorcli.results.warnings import ResultWarning
from tests.conftest import NOW, Run
from tests.markets import PROXIES, market, weekdays, write_each, write_wide
from tests.yahoo import LoopbackYahoo
from tests.yahoo.market import FixedClock

pytestmark = pytest.mark.cli

DAYS, W = 300, 252
FIRST = DAYS - W  # the first row of the window; the one before it is the base of the first return
THIN, GOOD, SPARE = "MID150BEES.NS", "HDFCMID150.NS", "MIDCAPIETF.NS"
REPEATED = range(60, 90)
UNTRADED = range(100, 120)  # the price moves, though nothing changes hands
FILLERS = (130, 140, 150)  # volume 0 and the close repeated
MISSING = (160, 170)
GAPS = (200, 220)
END = DAYS - 3  # the first row without a price


def planted() -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Closes and volumes by ticker: the size fund in use is thin, its first fallback good, the second absent."""
    prices = market(DAYS, stocks=1, seed=5)
    draw = np.random.default_rng(6)
    index = prices[THIN]
    prices[GOOD] = 40 * np.cumprod(
        1 + np.append(0, index[1:] / index[:-1] - 1 + 0.0004 * draw.standard_normal(DAYS)[1:])
    )
    thin = index * np.exp(0.006 * draw.standard_normal(DAYS))
    for row in REPEATED:
        if row % 3:
            thin[row] = thin[row - 1]
    for row in FILLERS:
        thin[row] = thin[row - 1]
    for row in GAPS:
        thin[row:] *= 1.08
    thin[list(MISSING)] = np.nan
    thin[END:] = np.nan
    prices[THIN] = thin
    volumes = {ticker: np.full(DAYS, 1000.0) for ticker in prices}
    volumes[THIN][[*UNTRADED, *FILLERS]] = 0
    volumes["^INDIAVIX"][:] = 0
    volumes["^NSEI"][::2] = 0  # what Yahoo says of an index
    return prices, volumes


def health(factor: Run, source: Path, *more: str) -> dict:
    """What `model show` says of each proxy, by factor code."""
    answer = factor("model", "show", "--window", str(W), "--source", str(source), "--json", *more)
    assert answer.status == 0, answer.err
    return dict(answer.results[0]["statistics"]["health"])


def returns(closes: np.ndarray) -> np.ndarray:
    """The window's returns (W,), NaN beside a missing price."""
    return (closes[1:] / closes[:-1] - 1)[FIRST - 1 :]


def check_tracking(said: dict, own: np.ndarray, other: np.ndarray) -> None:
    """Correlation, slope and annualised tracking error of the common returns, by numpy's own functions."""
    both = np.isfinite(own) & np.isfinite(other)
    x, y = other[both], own[both]
    assert said["observations"] == both.sum()
    assert said["correlation"] == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-9)
    assert said["beta"] == pytest.approx(np.polyfit(x, y, 1)[0], rel=1e-9)
    assert said["tracking_error"] == pytest.approx(np.sqrt(252) * (y - x).std(ddof=1), rel=1e-9)


def test_every_number_of_a_thin_proxy_equals_its_definition(factor: Run, tmp_path: Path) -> None:
    """Counts of the planted days; correlation, beta and tracking error against fallback and market by numpy."""
    prices, volumes = planted()
    row = health(factor, write_each(tmp_path / "p", prices, volumes))["SZ"]
    thin, nifty = prices[THIN].copy(), prices["^NSEI"]
    moved = np.abs(nifty[1:] / nifty[:-1] - 1)[FIRST - 1 :] > 0.001
    filled = np.array([thin[row] if np.isfinite(thin[row]) else np.nan for row in range(DAYS)])
    repeats = (filled[1:] == filled[:-1])[FIRST - 1 :]
    thin[list(FILLERS)] = np.nan
    own, mkt = returns(thin), returns(nifty)
    far = np.abs(own - mkt) > 0.05
    assert (row["factor"], row["proxy"], row["fallback"], row["days"]) == ("SZ", THIN, False, W)
    assert row["missing"] == len(MISSING) + len(FILLERS) + DAYS - END
    assert row["stale"] == (repeats & moved).sum()
    assert 15 <= row["stale"] <= 23
    assert row["zero_volume"] == len(UNTRADED) + len(FILLERS)
    assert row["suspect"] == far.sum()
    assert far.sum() >= len(GAPS)
    assert (row["last_date"], row["behind"]) == (str(weekdays(DAYS)[END - 1]), DAYS - END)
    believed = np.where(far, np.nan, own)
    check_tracking(row["market"], believed, mkt)
    assert list(row["alternatives"]) == [GOOD, SPARE]
    check_tracking(row["alternatives"][GOOD], believed, returns(prices[GOOD]))
    nothing = {"observations": 0, "correlation": None, "beta": None, "tracking_error": None}
    assert row["alternatives"][SPARE] == nothing


def test_a_thin_proxy_is_named_with_what_to_use_instead(factor: Run, tmp_path: Path) -> None:
    """The verdict says each fault in words, the table shows it, doctor gives advice and status 1."""
    prices, volumes = planted()
    source = write_each(tmp_path / "p", prices, volumes)
    row = health(factor, source)["SZ"]
    assert (row["verdict"], row["prefer"]) == ("thin", GOOD)
    share = f"{row['stale'] / W:.0%}"
    correlation = f"{row['alternatives'][GOOD]['correlation']:.2f}"
    for part in (f"repeats its close on {share}", "does not trade on 9%", f"{correlation} with {GOOD}",
                 "ends 3 days before", "betas on SZ are unreliable because of noise", f"prefer {GOOD}"):  # fmt: skip
        assert part in row["message"], row["message"]
    shown = factor("model", "show", "--window", str(W), "--source", str(source))
    assert f"SZ thin: {row['message']}" in shown.out
    assert "no prices" in shown.out
    doctor = factor("doctor", "--source", str(source), "--json")
    lines = {check["check"]: check for check in doctor.results}
    assert doctor.status == 1
    assert [name for name, check in lines.items() if not check["ok"]] == ["proxies", "proxy SZ"]
    assert lines["proxy SZ"]["message"] == row["message"]
    assert f"Name {GOOD} first" in lines["proxy SZ"]["advice"]
    assert lines["proxy VAL"]["advice"] is None


def test_health_informs_and_does_not_choose(factor: Run, tmp_path: Path) -> None:
    """The thin proxy stays the one in use; the good one in its place is healthy, and shows the thin one beside it."""
    prices, volumes = planted()
    source = write_each(tmp_path / "p", prices, volumes)
    beta = factor("beta", "S0.NS", "--source", str(source), "--json").results[0]
    assert beta["model"]["proxies"]["SZ"] == THIN
    model = tmp_path / "m.toml"
    tables = (("MKT", "^NSEI"), ("SZ", GOOD))
    model.write_text("".join(f'[[factors]]\ncode = "{c}"\nproxies = ["{p}", "{THIN}"]\n' for c, p in tables[1:])
                     + '[[factors]]\ncode = "MKT"\nproxies = ["^NSEI"]\n')  # fmt: skip
    row = health(factor, source, "--model", str(model))["SZ"]
    assert (row["proxy"], row["verdict"], row["prefer"]) == (GOOD, "healthy", None)
    assert row["alternatives"][THIN]["correlation"] < 0.9
    assert "correlation" in row["message"]


def test_noise_alone_is_seen_by_the_fallback(factor: Run, tmp_path: Path) -> None:
    """A fund whose own prices look well is thin where it goes less with its index's other fund than 0.90.

    Of the two the noisier is blamed: in use it is thin; as the fallback it leaves the other healthy.
    """
    prices = market(DAYS, seed=5)
    draw = np.random.default_rng(7)
    index = prices["NV20BEES.NS"]
    prices["NV20IETF.NS"] = index * np.exp(0.0003 * draw.standard_normal(DAYS))
    prices["NV20BEES.NS"] = index * np.exp(0.005 * draw.standard_normal(DAYS))
    row = health(factor, write_wide(tmp_path / "a.csv", prices))["VAL"]
    assert row["alternatives"]["NV20IETF.NS"]["correlation"] < 0.9
    assert (row["stale"], row["missing"], row["verdict"], row["prefer"]) == (0, 0, "thin", "NV20IETF.NS")
    prices["NV20BEES.NS"], prices["NV20IETF.NS"] = prices["NV20IETF.NS"], prices["NV20BEES.NS"]
    row = health(factor, write_wide(tmp_path / "b.csv", prices))["VAL"]
    assert row["alternatives"]["NV20IETF.NS"]["correlation"] < 0.9
    assert row["verdict"] == "healthy"


def test_a_level_and_an_index_have_no_volume_and_a_level_no_gap(factor: Run, tmp_path: Path) -> None:
    """VOL: null for volume, gaps and the difference to the market; MKT: no volume, and no market to follow."""
    prices, volumes = planted()
    prices["^INDIAVIX"][250:] *= 1.6
    rows = health(factor, write_each(tmp_path / "p", prices, volumes))
    vol, mkt = rows["VOL"], rows["MKT"]
    assert (vol["zero_volume"], vol["suspect"], vol["verdict"]) == (None, None, "healthy")
    assert vol["market"]["tracking_error"] is None
    assert vol["market"]["correlation"] < 0
    assert (mkt["zero_volume"], mkt["suspect"], mkt["market"], mkt["alternatives"]) == (None, 0, None, {})
    assert rows["VAL"]["zero_volume"] == 0


def test_without_volumes_there_is_no_count_of_them(factor: Run, tmp_path: Path) -> None:
    """Null and not 0, in JSON; an empty cell in CSV, with a column for each number."""
    prices, _ = planted()
    source = write_wide(tmp_path / "p.csv", prices)
    assert {row["zero_volume"] for row in health(factor, source).values()} == {None}
    (cells,) = csv.DictReader(factor("model", "show", "-w", str(W), "--source", str(source), "--csv").out.splitlines())
    assert cells["statistics.health.SZ.zero_volume"] == ""
    assert 0 < float(cells[f"statistics.health.SZ.alternatives.{GOOD}.correlation"]) < 0.9


def test_the_correlation_with_the_market_is_that_of_the_statistics(factor: Run, tmp_path: Path) -> None:
    """Both are of the returns that the gate keeps, so a session left out for everybody is in neither."""
    prices = market(DAYS)
    prices[PROXIES[3]][250:] *= 1.09
    statistics = factor(
        "model", "show", "-w", str(W), "--source", str(write_wide(tmp_path / "p.csv", prices)), "--json"
    ).results[0]["statistics"]
    assert statistics["observations"] == W - 1
    for code in ("VAL", "MOM", "SZ", "VOL"):
        tracked = statistics["health"][code]["market"]
        assert tracked["observations"] == W - 1
        assert tracked["correlation"] == pytest.approx(statistics["factors"][code]["correlations"]["MKT"], rel=1e-9)


def test_the_demo_market_is_healthy(factor: Run) -> None:
    """Every proxy of the demo, beside all of its fallbacks."""
    answer = factor("model", "show", "--window", "252", "--source", "demo", "--json")
    rows = answer.results[0]["statistics"]["health"]
    assert {row["verdict"] for row in rows.values()} == {"healthy"}
    assert {code: list(row["alternatives"]) for code, row in rows.items()} == {
        factor.code: list(factor.proxies[1:]) for factor in INDIA_5F.factors
    }
    assert all(one["correlation"] > 0.99 for row in rows.values() for one in row["alternatives"].values())


@dataclass
class Recording:
    """The demo as a source that has to be asked; it cannot be for some tickers."""

    demo: DemoSource
    failing: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)
    name: str = "asked"
    warnings: tuple[ResultWarning, ...] = ()
    fixed: bool = False
    total_return: bool = False
    left_alone: tuple[tuple[str, str], ...] = ()

    def prices(self, tickers: Sequence[str]) -> PricePanel:
        self.asked += tickers
        panel = self.demo.prices([ticker for ticker in tickers if ticker not in self.failing])
        return replace(panel, failures={t: UpstreamError("No answer.") for t in tickers if t in self.failing})

    def at_hand(self, tickers: Sequence[str]) -> list[str]:
        return [ticker for ticker in tickers if ticker in self.asked]


def test_fallbacks_are_fetched_only_if_asked_and_need_not_answer() -> None:
    """Without fetch a fallback that is not at hand is neither asked for nor named; one that fails has no prices."""
    clock = FixedClock(datetime.fromisoformat(NOW))
    source = Recording(DemoSource(Universe.load(), clock), frozenset({"NV20IETF.NS"}))
    gated = GatedMarket(source, INDIA_5F, clock)  # type: ignore[arg-type]
    found = gated.health(W, None, fetch=False)
    assert set(source.asked) == set(PROXIES)
    assert not any(row.alternatives for row in found.values())
    found = gated.health(W, None, fetch=True)
    assert found["VAL"].alternatives["NV20IETF.NS"].observations == 0
    assert found["VAL"].verdict == "healthy"
    assert "nothing to compare it with" in found["VAL"].message
    assert found["SZ"].alternatives[GOOD].observations == W
    assert gated.health(W, None, fetch=False)["SZ"].alternatives[GOOD].observations == W


def test_a_series_used_by_two_factors_is_compared_for_each() -> None:
    """One factor's fallback may be another's proxy, and the same ticker may enter in another way."""
    clock = FixedClock(datetime.fromisoformat(NOW))
    market, *others, vix = INDIA_5F.factors
    change = Factor("DVIX", "change", ("^INDIAVIX",), transform="diff", traded=False)
    value = replace(others[0], proxies=("NV20BEES.NS", "MID150BEES.NS"))
    model = replace(INDIA_5F, factors=(market, value, others[2], vix, change))
    source = Recording(DemoSource(Universe.load(), clock))
    found = GatedMarket(source, model, clock).health(W, None, fetch=True)  # type: ignore[arg-type]
    assert found["VAL"].alternatives["MID150BEES.NS"].observations == W
    nifty, level = source.demo.prices(["^NSEI", "^INDIAVIX"]).closes[-W - 1 :].T
    slopes = [np.polyfit(nifty[1:] / nifty[:-1] - 1, y, 1)[0] for y in (level[1:] / level[:-1] - 1, np.diff(level))]
    said = [found[code].market for code in ("VOL", "DVIX")]
    assert [one.beta for one in said if one] == pytest.approx(slopes, rel=1e-9)


def test_doctor_asks_yahoo_for_no_fallback(factor: Run, yahoo: LoopbackYahoo) -> None:
    """Five requests; after `model show` has fetched the fallbacks, they are compared from the price store."""
    environment = yahoo.environment

    def line() -> str:
        checks = factor("doctor", "--json", **environment).results
        return next(check["message"] for check in checks if check["check"] == "proxy SZ")

    assert "nothing to compare it with" in line()
    assert {request.symbol for request in yahoo.charts()} == set(PROXIES)
    assert factor("model", "show", "--window", str(W), **environment).status == 0
    asked = len(yahoo.charts())
    assert asked == sum(len(factor.proxies) for factor in INDIA_5F.factors)
    assert "with" in line()
    assert "nothing" not in line()
    assert len(yahoo.charts()) == asked
