"""The choice of each factor's proxy: the first healthy one."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from factorcli.errors import InsufficientHistory, NoHealthyProxy, RunStopped, Unreachable, UpstreamError
from factorcli.model.factor_model import Factor, FactorModel
from factorcli.model.windows import required_observations
from factorcli.ports import PricePanel
from factorcli.prices.gate_rules import proxy_fault
from factorcli.prices.panel import columns_of
from factorcli.prices.panels import Panels
from factorcli.results.warnings import ResultWarning


def choose_proxies(
    panels: Panels, model: FactorModel, days: int, cutoff: date
) -> tuple[dict[str, str], tuple[ResultWarning, ...]]:
    """The first healthy proxy of each factor, and a warning for each fallback.

    A fallback is fetched only when the proxies before it are not healthy. Raises NoHealthyProxy, InsufficientHistory
    or UpstreamError.
    """
    factors = model.factors
    first = [factor.proxies[0] for factor in factors]
    panel = panels.prices(first)
    chosen: dict[str, str] = {}
    notices: list[ResultWarning] = []
    for factor in factors:
        proxy, faults = _first_healthy(panels, factor, first, panel, days, cutoff)
        chosen[factor.code] = proxy
        if proxy != factor.proxies[0]:
            tried = "; ".join(f"{name} {fault}" for name, fault in faults if name != proxy)
            text = f"{factor.code} is measured by {proxy}, because {tried}."
            notices.append(ResultWarning("proxy_fallback", text))
    return chosen, tuple(notices)


def _first_healthy(
    panels: Panels, factor: Factor, others: Sequence[str], panel: PricePanel, days: int, cutoff: date
) -> tuple[str, list[tuple[str, str]]]:
    faults: list[tuple[str, str]] = []
    usable: list[tuple[int, str]] = []
    for number, proxy in enumerate(factor.proxies):
        prices = panel if number == 0 else panels.prices([*others, proxy])
        failure = panels.failures.get(proxy)
        if isinstance(failure, Unreachable | RunStopped):
            raise failure  # it would be the same with any other
        if failure is not None:
            faults.append((proxy, f"could not be had ({failure.code})"))
            continue
        kept = prices.dates <= np.datetime64(cutoff)
        closes = columns_of(prices, [*others, proxy])
        closes = closes[kept & np.isfinite(closes).any(axis=1)]
        if not len(closes):
            _raise_if_too_early(panels.source.name, prices, cutoff)
        own = closes[:, -1]
        priced = np.flatnonzero(np.isfinite(own))
        after = len(own) - 1 - int(priced[-1]) if len(priced) else 0
        fault, can_serve = proxy_fault(own, after, days, required_observations(days))
        if not fault:
            return proxy, faults
        faults.append((proxy, fault))
        if can_serve:
            usable.append((-len(priced), proxy))
    if usable:  # all are too short: take the longest; tickers then fail by their own history
        return min(usable, key=lambda pair: pair[0])[1], faults
    failures = [panels.failures.get(proxy) for proxy in factor.proxies]
    tried = "; ".join(f"{name} {fault}" for name, fault in faults)
    if any(isinstance(failure, UpstreamError) for failure in failures):
        raise UpstreamError(
            f"The factor {factor.code} ({factor.name}) has no usable proxy now: {tried}. Try again later."
        )
    raise NoHealthyProxy(
        f"The factor {factor.code} ({factor.name}) has no usable proxy in {panels.source.name}: {tried}. "
        "Add prices of one of them, or name another proxy in a model.toml."
    )


def _raise_if_too_early(source: str, panel: PricePanel, cutoff: date) -> None:
    """Raise InsufficientHistory where all prices are later than the cutoff."""
    if len(panel.dates) and panel.dates[0] > np.datetime64(cutoff):
        raise InsufficientHistory(
            f"{source} has no prices up to {cutoff}: they begin on {panel.dates[0]}. Ask for a later day."
        )
