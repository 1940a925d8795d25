"""factorcli: factor exposures of Indian stocks, from the command line and from Python.

    from factorcli import Factor
    factor = Factor(source="prices")
    factor.beta("RELIANCE", window=252)

The names in `__all__` are public. They are loaded when they are used: importing the package costs nothing and reads no
environment.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factorcli.api import Factor, Portfolio
    from factorcli.errors import (
        DataError,
        FactorError,
        HeatmapNotComputed,
        InsufficientHistory,
        InvalidPortfolio,
        InvalidSetting,
        RateLimited,
        UnknownTicker,
        UpstreamError,
        UsageError,
    )
    from factorcli.render.answers import Answer, Batch, BetaResult, Decomposition, Heatmap, ModelResult
    from factorcli.render.charts.chart import Chart
    from factorcli.render.decisions.answers import (
        CompareResult,
        DriftResult,
        EpisodeResult,
        HedgeResult,
        PeersResult,
        Screen,
        StressResult,
        WhatIf,
    )
    from factorcli.render.report.document import ReportPage
    from factorcli.results.batch import Failure
    from factorcli.results.beta import Alpha, Estimate, FactorBeta, MarketModel
    from factorcli.results.drift import Change
    from factorcli.results.episode import Episode
    from factorcli.results.heatmap import HeatmapStatus, HeatmapStock
    from factorcli.results.hedge import HedgeInstrument
    from factorcli.results.peers import Peer
    from factorcli.results.portfolio import HoldingShare
    from factorcli.results.screen import ScreenedStock
    from factorcli.results.universe import StockInfo
    from factorcli.results.warnings import ResultWarning

    __version__: str

__all__ = [
    "Alpha",
    "Answer",
    "Batch",
    "BetaResult",
    "Change",
    "Chart",
    "CompareResult",
    "DataError",
    "Decomposition",
    "DriftResult",
    "Episode",
    "EpisodeResult",
    "Estimate",
    "Factor",
    "FactorBeta",
    "FactorError",
    "Failure",
    "Heatmap",
    "HeatmapNotComputed",
    "HeatmapStatus",
    "HeatmapStock",
    "HedgeInstrument",
    "HedgeResult",
    "HoldingShare",
    "InsufficientHistory",
    "InvalidPortfolio",
    "InvalidSetting",
    "MarketModel",
    "ModelResult",
    "Peer",
    "PeersResult",
    "Portfolio",
    "RateLimited",
    "ReportPage",
    "ResultWarning",
    "Screen",
    "ScreenedStock",
    "StockInfo",
    "StressResult",
    "UnknownTicker",
    "UpstreamError",
    "UsageError",
    "WhatIf",
    "__version__",
]
# Where the public names live, but for those of errors.
_HOMES = {
    "api": ("Factor", "Portfolio"),
    "render.answers": ("Answer", "Batch", "BetaResult", "Decomposition", "Heatmap", "ModelResult"),
    "render.charts.chart": ("Chart",),
    "render.decisions.answers": (
        "CompareResult",
        "DriftResult",
        "EpisodeResult",
        "HedgeResult",
        "PeersResult",
        "Screen",
        "StressResult",
        "WhatIf",
    ),
    "render.report.document": ("ReportPage",),
    "results.batch": ("Failure",),
    "results.beta": ("Alpha", "Estimate", "FactorBeta", "MarketModel"),
    "results.episode": ("Episode",),
    "results.drift": ("Change",),
    "results.heatmap": ("HeatmapStatus", "HeatmapStock"),
    "results.peers": ("Peer",),
    "results.hedge": ("HedgeInstrument",),
    "results.portfolio": ("HoldingShare",),
    "results.screen": ("ScreenedStock",),
    "results.universe": ("StockInfo",),
    "results.warnings": ("ResultWarning",),
}

if not TYPE_CHECKING:  # a type checker would take every other name for one of the package, too

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module 'factorcli' has no attribute {name!r}")
        if name == "__version__":
            from importlib.metadata import version  # noqa: PLC0415  (30 ms, which `--help` must not spend)

            return version("factorcli")
        from importlib import import_module  # noqa: PLC0415  (the command needs none of this)

        home = next((home for home, names in _HOMES.items() if name in names), "errors")
        value = globals()[name] = getattr(import_module(f"factorcli.{home}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
