"""Whether all is well: settings, universe, source, proxies, cache and the team's cache, a line each."""

from collections.abc import Callable, Iterator

from factorcli.errors import FactorError, InvalidModel, InvalidSetting, SharedCacheError, UpstreamError
from factorcli.markets.universe import Universe
from factorcli.ports import SharedCache
from factorcli.results.doctor import Check
from factorcli.results.model import ProxyHealth
from factorcli.service.context import Context

FRESH_DAYS = 7
CHECKED_DAYS = 252
ABOUT_PROXIES = {"proxy_fallback", "stale_proxy", "stale_prices"}


def checks(
    read_settings: Callable[[], object],
    read_universe: Callable[[], Universe],
    open_context: Callable[[], Context],
    cache_place: Callable[[], str],
    shared_cache: Callable[[], SharedCache | None],
    hint: Callable[[str], str | None],
) -> Iterator[Check]:
    """One line each for settings, universe, source, proxies, every proxy, cache and Supabase, with what to do.

    `cache_place` tries the cache and says where it is; all raise FactorError for what is wrong. `hint` is what else
    helps against an error, by its code.
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
        yield _failed("universe", error, "Import a list of stocks, or unset FACTOR_UNIVERSE.")
    else:
        yield from _price_checks(open_context)
    try:
        yield Check("cache", True, cache_place(), None)
    except FactorError as error:
        yield _failed("cache", error, "Set FACTOR_CACHE_DIR to a folder that you can write to.")
    yield _supabase_check(shared_cache(), hint)


def _price_checks(open_context: Callable[[], Context]) -> Iterator[Check]:
    try:
        context = open_context()
        market = context.open_market()
        window = market.window([], CHECKED_DAYS, None)
        health = market.health(CHECKED_DAYS, None, fetch=False)
    except (InvalidModel, InvalidSetting) as error:
        yield _failed("model", error, "Correct the model file, or leave the model out.")
        return
    except UpstreamError as error:
        yield _failed("source", error, "Try again later, or go on with the source demo or a folder of prices.")
        return
    except FactorError as error:
        yield _failed("source", error, "Give another source, or mend these prices.")
        return
    as_of, session = window.dates[-1], context.policy.session
    behind = (session - as_of).days
    old = f"That is {behind} days before the last session that closed: newer prices would help."
    yield Check("source", True, f"{context.source}, prices to {as_of}", old if behind > FRESH_DAYS else None)
    found = [w.text for w in window.warnings if w.code in ABOUT_PROXIES]
    proxies = ", ".join(f"{code} {proxy}" for code, proxy in window.proxies.items())
    advice = "Add prices of the proxies that lack, or name others in a model.toml."
    yield Check("proxies", not found, " ".join(found) or proxies, advice if found else None)
    yield from map(_proxy_check, health.values())


def _proxy_check(health: ProxyHealth) -> Check:
    healthy = health.verdict == "healthy"
    better = f"Name {health.prefer} first in a model.toml" if health.prefer else "Name another proxy in a model.toml"
    advice = f"{better}; the model's statistics over {health.days} days compare its proxies."
    return Check(f"proxy {health.factor}", healthy, health.message, None if healthy else advice)


def _supabase_check(shared: SharedCache | None, hint: Callable[[str], str | None]) -> Check:
    if shared is None:
        return Check("supabase", True, "not used", "SUPABASE_URL and SUPABASE_KEY would share results with a team.")
    try:
        tier = shared.info()
    except SharedCacheError as error:
        more = hint(error.code)
        return Check("supabase", False, error.message, f"{error.advice} {more}" if more else error.advice)
    advice = None if tier.can_write else "Results of this machine are not shared: that takes the service key."
    access = "reads and writes" if tier.can_write else "reads only"
    return Check("supabase", True, f"{access}, {tier.rows:,} rows in {tier.location}", advice)


def _failed(check: str, error: FactorError, advice: str) -> Check:
    return Check(check, False, str(error), advice)
