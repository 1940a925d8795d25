"""The days whose heatmaps are kept: found by the keys of the local cache, each with its index."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from factorcli.markets.members import MemberLists
from factorcli.model.specification import Specification
from factorcli.results.codec import decode
from factorcli.results.heatmap import HeatIndex
from factorcli.service.context import Context

INDEX = "/#index"  # at the end of the key of a window's index


@dataclass(frozen=True)
class KeptDay:
    """A kept heatmap of a day and window; place: the prefix of its keys, empty where only the shared cache has it."""

    day: date
    window: int
    members_of: date | None
    updated_at: str
    place: str


def kept_days(context: Context, spec: Specification, day: date | None = None) -> list[KeptDay]:
    """What is kept of all days, or of one; several for a day and window where members or prices differed."""
    keys = [key for key in context.cache.keys(context.policy.day_prefix(spec, day)) if key.endswith(INDEX)]
    found = []
    for key, payload in context.cache.get(keys).items():
        place, _, window = key.removesuffix(INDEX).rpartition("/")
        index, asked = decode(HeatIndex, payload), place.split("/")[-2]
        # A heatmap that was asked for on a day without a session is kept under its own day, too.
        if index is not None and index.as_of is not None and str(index.as_of) == asked:
            updated_at = index.run.updated_at if index.run else ""
            found.append(KeptDay(index.as_of, int(window), index.members_of, updated_at, place))
    return found


def kept_day(context: Context, spec: Specification) -> KeptDay | None:
    """What is kept of the day and window that are asked for, with the members of the context."""
    return newest(one for one in _of_window(context, spec) if one.members_of == context.members_of)


def kept_members(context: Context, spec: Specification, members: str | None) -> KeptDay | None:
    """What is kept of the day and window that are asked for, with the members that are wanted (`of_members`)."""
    return newest(of_members(_of_window(context, spec), members, context.lists))


def of_members(kept: Sequence[KeptDay], members: str | None, lists: MemberLists) -> list[KeptDay]:
    """Of what is kept of a day and window, that with the members that are wanted.

    `current`: the present ones. `dated`: those of the last list that is known on the day, else of one that was
    known when it was computed: a list may be imported later. None: as `dated`, else any.
    """
    if members == "current":
        return [one for one in kept if one.members_of == lists.universe_day]
    found: list[KeptDay] = []
    if kept and (listed := lists.on(kept[0].day)) is not None:
        of_list = [one for one in kept if one.members_of == listed.list_day]
        found = of_list or [one for one in kept if one.members_of is not None and one.members_of <= one.day]
    return found if found or members == "dated" else list(kept)


def _of_window(context: Context, spec: Specification) -> list[KeptDay]:
    return [one for one in kept_days(context, spec, spec.as_of) if one.window == spec.window]


def newest(days: Iterable[KeptDay]) -> KeptDay | None:
    """The one that was computed last."""
    return max(days, key=lambda one: one.updated_at, default=None)
