"""Health checks of settings, universe, source, proxies, local and shared cache."""

from collections.abc import Callable, Iterator

from factorcli.errors import FactorError, InvalidModel, InvalidSetting, SharedCacheError, UpstreamError
from factorcli.markets.corporate_actions import CorporateActions
from factorcli.markets.universe import Universe
from factorcli.ports import SharedCache
from factorcli.results.doctor import Check
from factorcli.results.model import ProxyHealth
from factorcli.results.warnings import PROXY_WARNINGS
from factorcli.service.context import Context

MAX_AGE_DAYS = 7
CHECKED_SESSIONS = 252


def checks(
    read_settings: Callable[[], object],
    read_universe: Callable[[], Universe],
    read_actions: Callable[[Universe], CorporateActions],
    open_context: Callable[[], Context],
    cache_place: Callable[[], str],
    shared_cache: Callable[[], SharedCache | None],
    hint: Callable[[str], str | None],
) -> Iterator[Check]:
    """One check each of settings, universe, actions, source, proxies, every proxy, cache and Supabase, with advice.

    The arguments raise FactorError where a check fails. `cache_place` tries the cache and returns its location; `hint`
    returns further advice by the code of an error.
    """
    try:
        read_settings()
        yield Check("settings", True, "all variables are valid", None)
    except FactorError as error:
        yield _failed("settings", error, "Correct the variable, in the environment or in .env.")
        return
    try:
        universe = read_universe()
        yield Check("universe", True, f"{len(universe.stocks)} stocks, {len(universe.renames)} renames", None)
    except FactorError as error:
        yield _failed("universe", error, "Import a list of stocks, or unset FACTOR_UNIVERSE.")
    else:
        yield from _actions_and_prices(lambda: read_actions(universe), open_context)
    try:
        yield Check("cache", True, cache_place(), None)
    except FactorError as error:
        yield _failed("cache", error, "Set FACTOR_CACHE_DIR to a folder that you can write to.")
    yield _supabase_check(shared_cache(), hint)


def _actions_and_prices(
    read_actions: Callable[[], CorporateActions], open_context: Callable[[], Context]
) -> Iterator[Check]:
    try:
        yield _actions_check(read_actions())
    except FactorError as error:
        yield _failed("actions", error, "Correct the file of FACTOR_ACTIONS, or unset it.")
    else:
        yield from _price_checks(open_context)


def _actions_check(actions: CorporateActions) -> Check:
    count = len(actions.rows)
    last = f", the last on {max(row.date for row in actions.rows)}" if count else ""
    own = f", with those of {actions.own}" if actions.own else ""
    advice = None if actions.own else "Name later ones in a CSV file in FACTOR_ACTIONS: ticker, date, kind, factor."
    return Check("actions", True, f"{count} corporate action{'' if count == 1 else 's'}{last}{own}", advice)


def _price_checks(open_context: Callable[[], Context]) -> Iterator[Check]:
    try:
        context = open_context()
        market = context.open_market()
        window = market.window([], CHECKED_SESSIONS, None)
        health = market.health(CHECKED_SESSIONS, None, fetch=False)
    except (InvalidModel, InvalidSetting) as error:
        yield _failed("model", error, "Correct the model file, or leave the model out.")
        return
    except UpstreamError as error:
        yield _failed("source", error, "Try again later, or use the source demo or a folder of prices.")
        return
    except FactorError as error:
        yield _failed("source", error, "Give another source, or correct these prices.")
        return
    as_of, session = window.dates[-1], context.policy.session
    behind = (session - as_of).days
    old = f"That is {behind} days before the last closed session: update the prices."
    yield Check("source", True, f"{context.source}, prices to {as_of}", old if behind > MAX_AGE_DAYS else None)
    found = [w.text for w in window.warnings if w.code in PROXY_WARNINGS]
    proxies = ", ".join(f"{code} {proxy}" for code, proxy in window.proxies.items())
    advice = "Add the missing prices of the proxies, or name others in a model.toml."
    yield Check("proxies", not found, " ".join(found) or proxies, advice if found else None)
    yield from map(_proxy_check, health.values())


def _proxy_check(health: ProxyHealth) -> Check:
    healthy = health.verdict == "healthy"
    better = f"Name {health.prefer} first in a model.toml" if health.prefer else "Name another proxy in a model.toml"
    advice = f"{better}; the model's statistics over {health.days} days compare its proxies."
    return Check(f"proxy {health.factor}", healthy, health.message, None if healthy else advice)


def _supabase_check(shared: SharedCache | None, hint: Callable[[str], str | None]) -> Check:
    if shared is None:
        return Check("supabase", True, "not used", "Set SUPABASE_URL and SUPABASE_KEY to share results with a team.")
    try:
        tier = shared.info()
    except SharedCacheError as error:
        more = hint(error.code)
        return Check("supabase", False, error.message, f"{error.advice} {more}" if more else error.advice)
    advice = None if tier.can_write else "Results of this machine are not shared, which requires the service key."
    access = "reads and writes" if tier.can_write else "reads only"
    return Check("supabase", True, f"{access}, {tier.rows:,} rows in {tier.location}", advice)


def _failed(check: str, error: FactorError, advice: str) -> Check:
    return Check(check, False, str(error), advice)
