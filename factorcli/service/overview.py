"""The use case of a stock's overview: its exposures and the decisions that follow, in one answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from factorcli.errors import FactorError
from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.shocks import Scenario
from factorcli.model.specification import Specification
from factorcli.portfolio.request import Request
from factorcli.results.batch import Batch
from factorcli.results.overview import Overview, PartError
from factorcli.service.context import Context
from factorcli.service.drift import DriftService
from factorcli.service.exposures import ExposureService
from factorcli.service.peers import PeersService
from factorcli.service.stress import StressService

if TYPE_CHECKING:
    from factorcli.analysis.fit import FittedWindow

SHOCK = -0.1  # of the first factor, the market
Fitted = dict[tuple[tuple[ResolvedTicker, ...], Specification], "FittedWindow"]


@dataclass(frozen=True)
class OverviewService:
    """Overviews of stocks; each part is the answer of its own use case."""

    context: Context

    def overview(self, ticker: str, spec: Specification) -> Overview:
        """The overview of a ticker: one reading of the prices, and one fit for all parts of the same window.

        The shock is of the first factor alone, with the others as they are expected to move then. A part that cannot
        be had is None, but for the exposures. Raises FactorError without these.
        """
        context = _fitting_once(self.context)
        plain, request = replace(spec, rolling=False), Request((ticker,))
        dated = Specification(spec.window, as_of=spec.as_of, frequency=spec.frequency)  # peers have their own basis
        exposures = ExposureService(context)
        exposure = exposures.one(ticker, spec)
        scenario = Scenario({context.model.codes[0]: SHOCK})
        parts: dict[str, Callable[[], Batch[Any]]] = {
            "decompose": lambda: Batch((exposures.decomposition(exposure, spec),)),
            "stress": lambda: StressService(context).stress(request, plain, scenario),
            "peers": lambda: PeersService(context).peers([ticker], dated),
            "drift": lambda: DriftService(context).drift(request, plain),
        }
        found: dict[str, Any] = {name: _answer(ask) for name, ask in parts.items()}
        failed = {name: one for name, one in found.items() if isinstance(one, PartError)}
        return Overview(exposure.beta, **{**found, **dict.fromkeys(failed)}, errors=failed)


def _answer(ask: Callable[[], Batch[Any]]) -> Any:
    """The only result of a use case, or why there is none."""
    try:
        batch = ask()
    except FactorError as error:
        return PartError(str(error), error.code)
    return PartError(batch.failures[0].message, batch.failures[0].code) if batch.failures else batch.results[0]


def _fitting_once(context: Context) -> Context:
    """The context with one market, and with each window fitted for the first that needs it."""
    values = {one.name: getattr(context, one.name) for one in fields(Context)}
    return _FittingOnce(**{**values, "open_market": cache(context.open_market)})


@dataclass(frozen=True)
class _FittingOnce(Context):
    """A context that remembers what it has fitted."""

    known: Fitted = field(default_factory=dict, compare=False)

    def fit(self, tickers: Sequence[ResolvedTicker], spec: Specification) -> "FittedWindow":
        """As `Context.fit`, once for each window."""
        key = (tuple(tickers), spec)
        if key not in self.known:
            self.known[key] = super().fit(tickers, spec)
        return self.known[key]
