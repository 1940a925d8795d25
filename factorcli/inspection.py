"""What there is to look at: the model and its factors' statistics, and whether all is well."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from factorcli.errors import FactorError
from factorcli.model import FactorModel
from factorcli.overviews import Check, FactorInfo, FactorStatistics, ModelResult, ModelStatistics
from factorcli.query import Query
from factorcli.service import FactorService

FRESH_DAYS = 7


def describe(model: FactorModel) -> ModelResult:
    """A model as a result."""
    return ModelResult(
        id=model.id,
        factors=tuple(FactorInfo(f.code, f.name, f.proxies, f.transform, f.excess, f.traded) for f in model.factors),
        risk_free=model.risk_free.rates[-1],
        risk_free_source=model.risk_free.source,
        trading_days=model.trading_days,
        max_daily_return=model.max_daily_return,
        large_move=model.large_move,
        max_gap_to_market=model.max_gap_to_market,
        exclude_dates=model.exclude_dates,
    )


def with_statistics(service: FactorService, query: Query) -> ModelResult:
    """The model and, over one window of the service's source, what its factors were like."""
    from factorcli.engine.statistics import factor_statistics

    service.check_date(query)
    model = service.model
    window = service.open_market().window([], query.window, query.as_of)
    kept = window.kept_sessions
    numbers = factor_statistics(window.factors[kept], model.trading_days)
    suspect = {code: tuple(window.dates[i] for i in days) for code, days in window.suspect_days.items()}
    codes = model.codes
    statistics = ModelStatistics(
        source=service.source,
        window=query.window,
        start=window.dates[0],
        as_of=window.dates[-1],
        sessions=len(window.dates),
        observations=int(kept.sum()),
        condition_number=numbers.condition_number,
        factors={
            code: FactorStatistics(
                proxy=window.proxies[code],
                mean=float(numbers.means[k]),
                volatility=float(numbers.volatilities[k]),
                correlations={other: float(numbers.correlations[k, j]) for j, other in enumerate(codes)},
                vif=float(numbers.vif[k]),
                missing=window.missing_days[code],
                suspect=suspect[code],
            )
            for k, code in enumerate(codes)
        },
        warnings=window.warnings,
    )
    return replace(describe(model), statistics=statistics)


def checks(open_service: Callable[[], FactorService], cache_place: Callable[[], str]) -> Iterator[Check]:
    """One line each for settings, universe, source, proxies and cache, with what to do.

    `cache_place` tries the cache and says where it is; both callables raise FactorError.
    """
    try:
        service = open_service()
    except FactorError as error:
        yield _failed(_part(error), error)
        if error.code == "invalid_setting":
            return
    else:
        yield from _service_checks(service)
    try:
        yield Check("cache", True, cache_place(), None)
    except FactorError as error:
        yield _failed("cache", error)


def _service_checks(service: FactorService) -> Iterator[Check]:
    yield Check("settings", True, f"source {service.source}, model {service.model.id}", None)
    universe = service.universe
    yield Check("universe", True, f"{len(universe.stocks)} stocks, {len(universe.renames)} renames", None)
    try:
        window = service.open_market().window([], 252, None)
    except FactorError as error:
        yield _failed("source", error)
        return
    as_of, session = window.dates[-1], service.policy.session
    behind = (session - as_of).days
    advice = f"That is {behind} days before the last session that closed: newer prices would help."
    yield Check("source", True, f"prices to {as_of}", advice if behind > FRESH_DAYS else None)
    found = [w.partition(": ")[2] for w in window.warnings if w.startswith(("proxy_fallback", "stale_proxy"))]
    proxies = ", ".join(f"{code} {proxy}" for code, proxy in window.proxies.items())
    advice = "Add prices of the proxies that lack, or name others in a model.toml."
    yield Check("proxies", not found, " ".join(found) or proxies, advice if found else None)


def _part(error: FactorError) -> str:
    """The check that an error belongs to."""
    if "FACTOR_UNIVERSE" in str(error):
        return "universe"
    parts = {"malformed_universe": "universe", "invalid_model": "model", "invalid_setting": "settings"}
    return parts.get(error.code, "source")


def _failed(check: str, error: FactorError) -> Check:
    message, _, advice = str(error).partition(": ")
    return Check(check, False, message, advice or "See `factor --help`.")
