"""The members of a universe on the day that is asked for."""

from dataclasses import replace
from datetime import date
from typing import TypeVar

from factorcli.errors import InvalidOption
from factorcli.markets.members import MemberLists, Members
from factorcli.markets.universe import Universe
from factorcli.model.specification import Specification
from factorcli.ports import Clock
from factorcli.results.batch import Batch
from factorcli.results.universe import StockInfo
from factorcli.results.warnings import ResultWarning
from factorcli.service.context import Context, refuse_future
from factorcli.service.heatmap_days import kept_members

MEMBERS = ("dated", "current")
T = TypeVar("T")


def with_members(context: Context, as_of: date | None, members: str | None = None) -> Context:
    """The context with the universe as its dated lists have it, or as it is now (`current`); notices say which.

    By default that of the lists where a past day is asked for and there are any. Raises InvalidOption for another word,
    or for `dated` where there is no list; and MalformedUniverse.
    """
    check_members(members)
    if as_of is None and members != "dated":
        return context
    if members == "current" or (members is None and not context.lists.days):
        return replace(context, notices=(_present_members(context, as_of),))
    found = members_on(context.lists, as_of or context.policy.today)
    universe = replace(context.universe, stocks=found.stocks)
    return replace(
        context,
        universe=universe,
        policy=replace(context.policy, universe=universe),
        members_of=found.list_day,
        notices=(members_notice(found),),
    )


def with_kept_members(context: Context, spec: Specification, members: str | None = None) -> Context:
    """As `with_members`, for reading: of a past day with the members of what is kept of it (`of_members`)."""
    found = with_members(context, spec.as_of, members)
    if spec.as_of is None or (kept := kept_members(context, context.assumed(spec), members)) is None:
        return found
    lists, day = context.lists, kept.members_of
    if day == found.members_of or day not in (*lists.days, lists.universe_day):
        return found  # the latter is of another universe
    if day is None or day == lists.universe_day:
        return replace(context, notices=(_present_members(context, spec.as_of),))
    universe = replace(context.universe, stocks=lists.listed(day))
    text = f"members on {spec.as_of} are those of the list of {day}, the last known one when this was computed."
    return replace(
        context,
        universe=universe,
        policy=replace(context.policy, universe=universe),
        members_of=day,
        notices=(ResultWarning("dated_members", text),),
    )


def check_members(members: str | None) -> None:
    """Raise InvalidOption for a word that says no members."""
    if members not in (None, *MEMBERS):
        raise InvalidOption(f"members {members!r} is not known: it can be {', '.join(MEMBERS)}.")


def members_on(lists: MemberLists, day: date) -> Members:
    """The members on a day. Raises InvalidOption where there is no list, and MalformedUniverse."""
    if (found := lists.on(day)) is None:
        raise InvalidOption(
            f"The members on {day} are not known, as this universe has no dated lists: import some, each with its day, "
            "or ask for the present members."
        )
    return found


def members_notice(members: Members) -> ResultWarning:
    """Which list the members are of."""
    return ResultWarning("dated_members", members.sentence)


def listed(lists: MemberLists, sector: str | None, day: date | None, clock: Clock) -> Batch[StockInfo]:
    """The stocks of a universe, of a sector or all, now or on a day. Raises InvalidOption and InvalidDate."""
    if day is None:
        return Batch(_of_sector(lists.universe, sector))
    refuse_future(day, clock)
    members = members_on(lists, day)
    stocks = _of_sector(replace(lists.universe, stocks=members.stocks), sector)
    dated = (replace(stock, certain=stock.ticker in members.certain) for stock in stocks)
    return Batch(tuple(dated), notices=(members_notice(members),))


def _of_sector(universe: Universe, sector: str | None) -> tuple[StockInfo, ...]:
    wanted = None if sector is None else universe.sector(sector)
    return tuple(stock for stock in universe.stocks if wanted in (None, stock.sector))


def noted(context: Context, batch: Batch[T]) -> Batch[T]:
    """The batch with the context's notices."""
    return replace(batch, notices=(*context.notices, *batch.notices)) if context.notices else batch


def _present_members(context: Context, as_of: date | None) -> ResultWarning:
    day = context.members_of
    source = f", of the list of {day}" if day else ""
    return ResultWarning(
        "present_members",
        f"members are the present ones{source}, and not those on {as_of}: stocks that left are missing.",
    )
