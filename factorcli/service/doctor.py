"""What there is to look at: the model and its factors' statistics, and whether all is well."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from factorcli.errors import FactorError, InvalidModel, InvalidSetting, SharedCacheError, UpstreamError
from factorcli.markets.universe import Universe
from factorcli.model.factor_model import FactorModel
from factorcli.model.specification import Query
from factorcli.ports import SharedCache
from factorcli.results.heatmap import Check, FactorInfo, FactorStatistics, ModelResult, ModelStatistics, ProxyHealth
from factorcli.service.exposures import FactorService

FRESH_DAYS = 7
CHECKED_DAYS = 252


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
    market = service.open_market()
    window = market.window([], query.window, query.as_of)
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
        health=market.health(query.window, query.as_of, fetch=True),
        warnings=window.warnings,
    )
    return replace(describe(model), statistics=statistics)


def checks(
    read_settings: Callable[[], object],
    read_universe: Callable[[], Universe],
    open_service: Callable[[], FactorService],
    cache_place: Callable[[], str],
    shared_cache: Callable[[], SharedCache | None],
) -> Iterator[Check]:
    """One line each for settings, universe, source, proxies, every proxy, cache and Supabase, with what to do.

    `cache_place` tries the cache and says where it is; all raise FactorError for what is wrong.
    """
    try:
        read_settings()
        yield Check("settings", True, "every variable can be read", None)
    except FactorError as error:
        yield _failed("settings", error, "Correct the variable, in the environment or in .env.")
        return
    try:
        universe = read_universe()
        yield Check("universe", True, f"{len(universe.stocks)} stocks, {len(universe.renames)} renames", None)
    except FactorError as error:
        yield _failed("universe", error, "Make one with `factor universe import FILE`, or unset FACTOR_UNIVERSE.")
    else:
        yield from _price_checks(open_service)
    try:
        yield Check("cache", True, cache_place(), None)
    except FactorError as error:
        yield _failed("cache", error, "Set FACTOR_CACHE_DIR to a folder that you can write to.")
    yield _supabase_check(shared_cache())


def _price_checks(open_service: Callable[[], FactorService]) -> Iterator[Check]:
    try:
        service = open_service()
        market = service.open_market()
        window = market.window([], CHECKED_DAYS, None)
        health = market.health(CHECKED_DAYS, None, fetch=False)
    except (InvalidModel, InvalidSetting) as error:
        yield _failed("model", error, "Correct the model file, or leave --model out.")
        return
    except UpstreamError as error:
        yield _failed("source", error, "Try again later, or go on with --source demo or a folder of prices.")
        return
    except FactorError as error:
        yield _failed("source", error, "Give another --source, or mend these prices.")
        return
    as_of, session = window.dates[-1], service.policy.session
    behind = (session - as_of).days
    old = f"That is {behind} days before the last session that closed: newer prices would help."
    yield Check("source", True, f"{service.source}, prices to {as_of}", old if behind > FRESH_DAYS else None)
    found = [w.partition(": ")[2] for w in window.warnings if w.startswith(("proxy_fallback", "stale_p"))]
    proxies = ", ".join(f"{code} {proxy}" for code, proxy in window.proxies.items())
    advice = "Add prices of the proxies that lack, or name others in a model.toml."
    yield Check("proxies", not found, " ".join(found) or proxies, advice if found else None)
    yield from map(_proxy_check, health.values())


def _proxy_check(health: ProxyHealth) -> Check:
    healthy = health.verdict == "healthy"
    better = f"Name {health.prefer} first in a model.toml" if health.prefer else "Name another proxy in a model.toml"
    advice = f"{better}; `factor model show --window {health.days}` compares those of the model."
    return Check(f"proxy {health.factor}", healthy, health.message, None if healthy else advice)


def _supabase_check(shared: SharedCache | None) -> Check:
    if shared is None:
        return Check("supabase", True, "not used", "SUPABASE_URL and SUPABASE_KEY would share results with a team.")
    try:
        tier = shared.info()
    except SharedCacheError as error:
        return Check("supabase", False, error.message, error.advice)
    advice = None if tier.can_write else "Results of this machine are not shared: that takes the service key."
    access = "reads and writes" if tier.can_write else "reads only"
    return Check("supabase", True, f"{access}, {tier.rows:,} rows in {tier.location}", advice)


def _failed(check: str, error: FactorError, advice: str) -> Check:
    return Check(check, False, str(error), advice)
