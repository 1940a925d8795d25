"""`factor peers`: nearest stocks among those of a kept heatmap, from prices at hand."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from factorcli.prices.demo import DemoSource
from tests.conftest import NSE, InProcess, Run, clean_environment, needs_nse
from tests.markets import market, weekdays, write_wide

pytestmark = pytest.mark.cli

DEMO = ("--source", "demo")
PEER = {
    "ticker", "name", "sector", "distance", "p_equal", "residual_correlation", "r_squared", "betas", "market_beta",
    "noisy",
}  # fmt: skip


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A home with the heatmap of two sectors, 28 stocks."""
    home = tmp_path_factory.mktemp("peers")
    run = InProcess(home, clean_environment(home))
    for sector in ("Power", "Realty"):
        assert run("heatmap", "compute", "--sector", sector, "--window", "252", *DEMO).status == 0
    return run


def _peers(run: Run, *words: str) -> list[dict]:
    done = run("peers", *words, *DEMO, "--json")
    assert done.status == 0, done.err
    assert done.document["schema"] == "factor.peers/1"
    return done.results


def test_a_result_has_exactly_these_keys(kept: Run) -> None:
    """Those of the contract, what every result has, and the ticker's own numbers beside those of its peers."""
    (found,) = _peers(kept, "NTPC", "--top", "4")
    assert list(found) == [
        "ticker", "name", "sector", "window", "as_of", "noisy", "r_squared", "betas", "market_beta", "compared",
        "peers", "model", "data", "cache", "warnings",
    ]  # fmt: skip
    assert (found["ticker"], found["compared"], len(found["peers"])) == ("NTPC.NS", 27, 4)
    assert all(set(peer) == PEER for peer in found["peers"])
    assert found["model"]["basis"] == "residual"


def test_betas_are_those_of_the_residual_basis(kept: Run) -> None:
    """To the last digit, of the ticker and of its peers."""
    (found,) = _peers(kept, "NTPC", "--top", "3")
    for one in (found, *found["peers"]):
        (beta,) = kept("beta", one["ticker"], "--basis", "residual", *DEMO, "--json").results
        assert one["betas"] == {code: part["beta"] for code, part in beta["betas"].items()}
        assert one["market_beta"] == beta["market_model"]["beta"]
        assert one["betas"]["MKT"] == pytest.approx(one["market_beta"], rel=1e-9)
        assert (one["r_squared"], one["name"], one["sector"]) == (beta["r_squared"], beta["name"], beta["sector"])


def test_peers_are_the_same_whatever_else_is_asked(kept: Run) -> None:
    """Alone, together, or of all: to the last digit; nearest first, and symmetric."""
    every = {one["ticker"]: one for one in _peers(kept, "--all", "--top", "30")}
    assert len(every) == 28
    alone, other = _peers(kept, "NTPC", "DLF", "--top", "30")
    assert (every["NTPC.NS"], every["DLF.NS"]) == (alone, other)
    for ticker, one in every.items():
        distances = [peer["distance"] for peer in one["peers"]]
        assert distances == sorted(distances)
        assert ticker not in {peer["ticker"] for peer in one["peers"]}
        for peer in one["peers"]:
            (back,) = (own for own in every[peer["ticker"]]["peers"] if own["ticker"] == ticker)
            assert back["distance"] == pytest.approx(peer["distance"], rel=1e-12)
            assert back["residual_correlation"] == pytest.approx(peer["residual_correlation"], rel=1e-12)
    (first,) = _peers(kept, "NTPC", "--top", "2")
    assert first["peers"] == alone["peers"][:2]


def test_a_sector_limits_the_peers_and_not_the_distances(kept: Run) -> None:
    """The beginning of its name is enough."""
    (everything,), (realty,) = (
        _peers(kept, "NTPC", "--top", "30"),
        _peers(kept, "NTPC", "--sector", "real", "--top", "30"),
    )
    assert realty["peers"] == [peer for peer in everything["peers"] if peer["sector"] == "Realty"]
    assert realty["compared"] == 11 == len(realty["peers"])


def test_a_ticker_outside_the_heatmap_has_peers_in_it(kept: Run) -> None:
    """A stock that was not computed, and the market's proxy, whose residuals are all 0."""
    stock, market = _peers(kept, "TCS", "^NSEI", "--top", "30")
    assert (stock["compared"], market["compared"]) == (28, 28)
    assert "TCS.NS" not in {peer["ticker"] for peer in stock["peers"]}
    assert market["betas"]["MKT"] == pytest.approx(1.0)
    assert market["noisy"] is False
    assert {peer["residual_correlation"] for peer in market["peers"]} == {None}
    assert all(peer["distance"] > 0 for peer in market["peers"])


def test_a_spreadsheet_gets_a_row_a_peer(kept: Run) -> None:
    """With the ticker, the rank, and the peer's numbers in columns of their own."""
    rows = list(csv.DictReader(io.StringIO(kept("peers", "NTPC", "DLF", "--top", "2", *DEMO, "--csv").out)))
    ntpc, _ = _peers(kept, "NTPC", "DLF", "--top", "2")
    assert [(row["ticker"], row["rank"]) for row in rows] == [
        ("NTPC.NS", "1"), ("NTPC.NS", "2"), ("DLF.NS", "1"), ("DLF.NS", "2"),
    ]  # fmt: skip
    for row, peer in zip(rows, ntpc["peers"], strict=False):
        assert row["peers.ticker"] == peer["ticker"]
        assert float(row["peers.distance"]) == peer["distance"]
        assert float(row["peers.betas.SZ"]) == peer["betas"]["SZ"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Say which stocks: tickers such as RELIANCE.NS, or --all for every stock of the heatmap."),
        (("NTPC", "--all"), "Say which stocks"),
        (("NTPC", "--sector", "Banking"), "sector 'Banking' is not one of the sectors"),
        (("NTPC", "--top", "0"), "'--top'"),
        (("NTPC", "--window", "5"), "window"),
        (("NTPC", "--frequency", "hourly"), "frequency 'hourly'"),
        (("NTPC", "--as-of", "2030-01-01"), "in the future"),
        ((" ",), "A ticker is empty"),
    ],
)
def test_what_is_wrong_is_one_sentence(kept: Run, words: tuple[str, ...], said: str) -> None:
    """Status 2."""
    done = kept("peers", *words, *DEMO)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert said in done.err


def test_a_ticker_that_there_is_not_is_a_failure_of_its_own(kept: Run) -> None:
    """The others have their peers: status 3."""
    done = kept("peers", "NTPC", "NOSUCH", *DEMO, "--json")
    assert (done.status, done.codes, [one["ticker"] for one in done.results]) == (3, ["unknown_ticker"], ["NTPC.NS"])


def test_without_a_heatmap_the_command_that_computes_it_is_named(factor: Run) -> None:
    """Status 4; also where the heatmap is of one stock, which has no peer."""
    done = factor("peers", "NTPC", "--window", "126", *DEMO, "--json")
    assert (done.status, done.codes) == (4, ["heatmap_not_computed"])
    assert "Run `factor heatmap compute --all --window 126 --source demo`." in done.err
    factor("heatmap", "compute", "NTPC", "--window", "252", *DEMO)
    done = factor("peers", "NTPC", *DEMO)
    assert done.status == 4
    assert "has 1 stock only, which has no peers: compute all of it. Run `factor heatmap compute --all" in done.err


def test_a_heatmap_of_another_day_basis_or_frequency(factor: Run) -> None:
    """The one of the basis in which betas are compared will do; a day and a frequency are asked for."""
    names = ("NTPC", "DLF", "TATAPOWER", "TCS")
    factor("heatmap", "compute", *names, "--basis", "residual", "--window", "126", *DEMO)
    (found,) = _peers(factor, "NTPC", "--window", "126")
    assert (found["window"], found["compared"]) == (126, 3)
    factor("heatmap", "compute", *names, "--as-of", "2026-06-30", "--window", "252", *DEMO)
    (found,) = _peers(factor, "NTPC", "--as-of", "2026-06-30")
    assert (found["as_of"], found["compared"]) == ("2026-06-30", 3)
    factor("heatmap", "compute", *names, "--frequency", "weekly", *DEMO)
    (found,) = _peers(factor, "NTPC", "--frequency", "weekly")
    assert (found["frequency"], found["window"], found["compared"]) == ("weekly", 104, 3)
    assert "few_stocks: the heatmap has 4 stocks to compare with" in factor("peers", "NTPC", "-w", "126", *DEMO).err


def test_prices_that_are_not_at_hand_are_left_out_and_not_fetched(kept: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notice counts them; where hardly any is there, the heatmap has to be computed again."""
    there, asked = {"NTPC.NS", "DLF.NS", "TATAPOWER.NS"}, set()
    prices = DemoSource.prices

    def recorded(self: DemoSource, tickers: Sequence[str]):
        asked.update(tickers)
        return prices(self, tickers)

    monkeypatch.setattr(DemoSource, "prices", recorded)
    monkeypatch.setattr(DemoSource, "at_hand", lambda self, tickers: [one for one in tickers if one in there])
    done = kept("peers", "NTPC", "TCS", *DEMO, "--json")
    assert done.status == 0
    assert [one["compared"] for one in done.results] == [2, 3]
    assert "not_at_hand: 25 of the 28 stocks of the heatmap are left out" in done.err
    stocks = {one for one in asked if one.endswith(".NS")}
    assert stocks >= {"TCS.NS", *there}
    assert not stocks & {"ADANIPOWER.NS", "NHPC.NS", "LODHA.NS"}
    there.clear()
    done = kept("peers", "NTPC", *DEMO, "--json")
    assert (done.status, done.codes) == (4, ["heatmap_not_computed"])
    assert "of 0 of the 28 stocks of the heatmap of 2026-11-20" in done.err


@needs_nse
def test_real_banks_are_like_banks(factor: Run) -> None:
    """Of HDFC Bank's ten peers on the NSE most are financial, and some cannot be told apart from it."""
    source = ("--source", f"{NSE}/nse")
    factor("heatmap", "compute", "--all", "--window", "252", *source)
    (found,) = factor("peers", "HDFCBANK", *source, "--json").results
    assert found["compared"] == 465
    assert sum(peer["sector"] == "Financial Services" for peer in found["peers"]) >= 6
    assert sum(peer["p_equal"] > 0.05 for peer in found["peers"]) >= 5


def test_weeks_of_a_stock_end_at_its_own_closes(factor: Run, home: Path) -> None:
    """As its betas do, whatever another stock lacks: here S1 has no Fridays, nor Thursdays now and then."""
    prices, days = market(count=700, stocks=6), weekdays(700)
    friday = np.array([day.astype(object).weekday() for day in days]) == 4
    prices["S1.NS"][friday] = np.nan
    prices["S1.NS"][np.roll(friday, -1) & (np.arange(700) % 3 == 0)] = np.nan
    write_wide(home / "prices.csv", prices, days)
    (home / "u.csv").write_text("ticker,name,sector,isin\n" + "".join(f"S{i}.NS,n{i},x,\n" for i in range(6)))
    weekly = ("--source", "prices.csv", "--frequency", "weekly", "--window", "104", "--json")
    own = {"FACTOR_UNIVERSE": "u.csv", "FACTOR_NOW": f"{days[-1]}T18:00:00+05:30"}
    assert factor("heatmap", "compute", "--all", *weekly, **own).status == 0
    found = factor("peers", "S0", "S1", *weekly, **own).results
    for result in found:
        (beta,) = factor("beta", result["ticker"], *weekly, "--basis", "residual", **own).results
        assert result["market_beta"] == pytest.approx(beta["market_model"]["beta"], rel=1e-12)
        assert result["r_squared"] == pytest.approx(beta["r_squared"], rel=1e-12)
    (other,) = (peer for peer in found[0]["peers"] if peer["ticker"] == "S2.NS")
    (compared,) = factor("compare", "S0", "S2", *weekly, **own).results
    assert other["residual_correlation"] == pytest.approx(compared["residual_correlation"], rel=1e-9)
