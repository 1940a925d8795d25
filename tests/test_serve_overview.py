"""GET /stock/{ticker}/overview: the answers of five routes in one, with one reading of the prices."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from factorcli.compose import build_context
from factorcli.ports import PricePanel
from factorcli.prices.demo import DemoSource
from factorcli.prices.gate import GatedMarket
from factorcli.results.overview import Overview
from factorcli.results.warnings import ResultWarning
from factorcli.serve import create_app
from factorcli.serve.schema import Schemas
from tests.serving import DEMO, Site, few_computed, hosting, site_of

pytestmark = pytest.mark.serve

PARTS = ("betas", "decompose", "stress", "peers", "drift")
STOCKS = ("TCS", "INFY", "WIPRO", "HCLTECH", "TECHM", "SBIN", "NTPC")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with a heatmap of a few stocks over 252 sessions."""
    return few_computed(tmp_path_factory.mktemp("overview"), *STOCKS)


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Site]:
    """A server on it."""
    with site_of(DEMO, folder) as found:
        yield found


@pytest.mark.parametrize(
    ("ticker", "query"),
    [
        ("TCS", ""),
        ("NTPC", "window=252D&basis=spread&cov=hc1"),
        ("reliance.ns", "as_of=2026-10-30"),
        ("INE002A01018", "basis=residual"),
        ("INFY", "rolling=true"),
    ],
)
def test_each_part_is_the_answer_of_its_own_route(site: Site, ticker: str, query: str) -> None:
    """To the last digit, the beta result from the cache as there; parts that cannot be had are that route's error."""
    site.get(f"/stock/{ticker}/betas?{query}")  # into the cache, which the answer names
    reply = site.get(f"/stock/{ticker}/overview?{query}")
    assert reply.status == 200
    found = reply.json
    assert tuple(found) == (*PARTS, "errors")
    also = "&".join(part for part in query.split("&") if part != "rolling=true")
    only = "&".join(part for part in also.split("&") if part.startswith(("window", "as_of")))
    for name, own in {
        "betas": query,
        "decompose": query.replace("&rolling=true", "").replace("rolling=true", ""),
        "stress": f"{also}&shock=MKT:-10%25&others=conditional&horizon=21",
        "peers": only,
        "drift": also,
    }.items():
        alone = site.get(f"/stock/{ticker}/{name}?{own}")
        if alone.status != 200:
            assert (found[name], found["errors"][name]) == (None, alone.json), name
        else:
            assert name not in found["errors"]
            wanted, shown = alone.json, found[name]
            if name == "decompose" and "rolling" in query:  # of another entry of the cache
                wanted, shown = ({**one, "cache": None} for one in (wanted, shown))
            assert json.dumps(shown) == json.dumps(wanted), name
    assert bool(found["peers"]) is ("as_of" not in query)


def test_a_part_that_cannot_be_had_is_null_and_says_why(site: Site) -> None:
    """With the sentence and the code of its route; the others are there."""
    found = site.get("/stock/TCS/overview?window=126").json
    assert found["peers"] is None
    assert found["errors"]["peers"]["code"] == "heatmap_not_computed"
    assert list(found["errors"]) == ["peers"]
    assert all(found[name] for name in PARTS if name != "peers")
    classical = site.get("/stock/TCS/overview?cov=nonrobust").json
    assert (classical["drift"], classical["errors"]["drift"]["code"]) == (None, "invalid_option")
    assert classical["stress"]["change"] < 0


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/stock/NOSUCH/overview", 404, "unknown_ticker"),
        ("/stock/TCS/overview?window=5", 422, "invalid_window"),
        ("/stock/TCS/overview?basis=sideways", 422, "invalid_option"),
        ("/stock/TCS/overview?as_of=2031-01-01", 422, "invalid_date"),
        ("/stock/TCS/overview?window=100000", 422, "insufficient_history"),
        ("/stock/..%2f..%2fetc/overview", 404, "not_found"),
        ("/stock/<script>/overview", 422, "invalid_ticker"),
    ],
)
def test_without_exposures_the_answer_is_their_error(site: Site, path: str, status: int, code: str) -> None:
    """As /betas has it."""
    reply = site.get(path)
    assert (reply.status, reply.code) == (status, code)


@dataclass
class Counted:
    """The demo market, which counts how often each ticker is asked for."""

    demo: DemoSource
    asked: list[str] = field(default_factory=list)
    name: str = "demo"
    warnings: tuple[ResultWarning, ...] = ()
    fixed: bool = False
    total_return: bool = False
    left_alone: tuple[tuple[str, str], ...] = ()

    def listed(self) -> Any:
        """What the demo has."""
        return self.demo.listed()

    def prices(self, tickers: Sequence[str]) -> PricePanel:
        """The demo's."""
        self.asked += tickers
        return self.demo.prices(tickers)

    def at_hand(self, tickers: Sequence[str]) -> Sequence[str]:
        """All of them."""
        return tickers


def test_one_request_reads_the_prices_once_and_fits_each_window_once(folder: Path, tmp_path: Path) -> None:
    """The exposures, shares and stress of one fit; drift of one with the window before; peers of that of all stocks."""
    settings = replace(DEMO, cache_dir=tmp_path)
    context = build_context(settings, lasting=True)
    context = replace(context, cache=build_context(replace(settings, cache_dir=folder), lasting=True).cache)
    source, fits, markets = Counted(DemoSource(context.universe, context.clock)), [], []

    class Counting(GatedMarket):
        def window(self, tickers: Sequence[str], *rest: Any, **more: Any) -> Any:
            fits.append((tuple(tickers), more.get("whole", False)))
            return super().window(tickers, *rest, **more)

    def open_market() -> GatedMarket:
        markets.append(Counting(source, context.model, context.clock))
        return markets[-1]

    with hosting(create_app(replace(context, open_market=open_market), settings)) as site:
        site.get("/stock/SBIN/betas")  # after which the server has begun
        for kept in (source.asked, fits, markets):
            kept.clear()
        assert site.get("/stock/WIPRO/overview?basis=spread").json["errors"] == {}
    assert len(markets) == 1
    assert source.asked.count("WIPRO.NS") == 2  # alone, and among all stocks of the heatmap
    assert source.asked.count("TCS.NS") == 1
    assert fits.count((("WIPRO.NS",), False)) == 2  # of the exposures, stress and shares, and of drift
    assert fits.count((("WIPRO.NS",), True)) == 1
    assert len([tickers for tickers, _ in fits if len(tickers) == len(STOCKS)]) == 1
    assert len(fits) == 4


def test_the_document_has_the_parts(site: Site) -> None:
    """Each may be null but the exposures; reasons by name."""
    schemas = Schemas()
    schemas.of(Overview)
    record = schemas.components["Overview"]
    assert record["required"] == [*PARTS, "errors"]
    assert record["properties"]["betas"] == {"$ref": "#/components/schemas/BetaResult"}
    assert {"type": "null"} in record["properties"]["peers"]["anyOf"]
    parameters = site.get("/openapi.json").json["paths"]["/stock/{ticker}/overview"]["get"]["parameters"]
    names: Callable[[dict[str, Any]], str] = lambda one: one["name"]  # noqa: E731
    assert set(map(names, parameters)) == {
        "ticker", "window", "window_size", "basis", "cov", "as_of", "frequency", "rolling", "pictures",
    }  # fmt: skip
