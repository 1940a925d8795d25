"""A screen and peers made by hand: no two numbers of a record are the same."""

from dataclasses import fields
from datetime import date

from factorcli.results.heatmap import Heatmap
from factorcli.results.peers import Peer, PeersResult
from factorcli.results.provenance import CacheInfo, DataInfo, ModelInfo
from factorcli.results.screen import Screen, ScreenBatch
from factorcli.results.warnings import ResultWarning
from tests.read.records_heatmaps import HEATMAP

CODES = ("MKT", "VAL", "VOL")
MODEL = ModelInfo("india-5f", "residual", "hac", 4, 0.0655, {code: f"{code}.NS" for code in CODES})


def screen(count: int = 5, **changed: object) -> Screen:
    """The first stocks of the heatmap, as those that meet two conditions."""
    parts = {field.name: getattr(HEATMAP, field.name) for field in fields(Heatmap)}
    said = {
        "stocks": HEATMAP.stocks[:count],
        "conditions": ("SZ > 1.25", "sector = Power"),
        "known": 1491,
        "met": 37,
        "lasting": {"market": 0.68, "SZ": 0.69, "MOM": 0.09},
        "every": HEATMAP.stocks,
    }
    return Screen(**{**parts, **said, **changed})


def screen_batch(count: int = 5, **changed: object) -> ScreenBatch:
    """The batch of that screen."""
    shown = screen(count, **changed)
    return ScreenBatch(shown.stocks, screen=shown)


def peer(place: int, p_equal: float, *, noisy: bool = False) -> Peer:
    """A peer whose numbers depend on its place."""
    name = ("ANTE", "BETO", "CARO", "DUNE", "ECHO", "FARO", "GILT")[place]
    return Peer(
        ticker=f"{name}.NS",
        name=f"{name.title()} Limited" if place != 2 else None,
        sector="Power" if place else None,
        distance=0.414 + 1.1 * place,
        p_equal=p_equal,
        residual_correlation=-0.314 + 0.13 * place,
        r_squared=0.516 + 0.05 * place,
        betas={"MKT": 1.014 + 0.17 * place, "VAL": -0.234 + 0.19 * place, "VOL": 0.0114 - 0.0123 * place},
        market_beta=1.014 + 0.17 * place,
        noisy=noisy,
    )


PEERS = (
    peer(0, 0.812), peer(1, 0.0499), peer(2, 0.0501, noisy=True), peer(3, 0.0004), peer(4, 0.33),
    peer(5, 0.27, noisy=True), peer(6, 0.000999),
)  # fmt: skip


def peers_of(ticker: str = "OWN.NS", some: tuple[Peer, ...] = PEERS, *, noisy: bool = False, **changed) -> PeersResult:
    """A ticker with these peers."""
    said = {
        "ticker": ticker,
        "name": "Own Industries Ltd.",
        "sector": "Oil Gas & Consumable Fuels",
        "window": 251,
        "as_of": date(2026, 11, 20),
        "noisy": noisy,
        "r_squared": 0.487,
        "betas": {"MKT": 0.966, "VAL": 0.123, "VOL": -0.0456},
        "market_beta": 0.966,
        "compared": 463,
        "peers": some,
        "model": MODEL,
        "data": DataInfo("demo", date(2026, 11, 20), 251, 0, ()),
        "cache": CacheInfo(None, "2026-11-20T12:30:00Z", stale=False),
        "warnings": (ResultWarning("large_move", "two of them."),),
    }
    return PeersResult(**{**said, **changed})
