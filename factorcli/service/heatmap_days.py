"""The days whose heatmaps are kept: found by the keys of the local cache, each with its index."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

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
    days = [one for one in kept_days(context, spec, spec.as_of) if one.window == spec.window]
    return newest([one for one in days if is_of(one, context.members_of)])


def newest(days: Iterable[KeptDay]) -> KeptDay | None:
    """The one that was computed last."""
    return max(days, key=lambda one: one.updated_at, default=None)


def is_of(kept: KeptDay, members_of: date | None) -> bool:
    """Whether a heatmap is of these members: of their list, or both of lists that were known on its day.

    The last list that is known on a day can change: a list may be imported later.
    """
    return kept.members_of == members_of or (_was_known(kept.members_of, kept.day) and _was_known(members_of, kept.day))


def _was_known(list_day: date | None, day: date) -> bool:
    return list_day is None or list_day <= day
