"""The use cases on the heatmaps of many days: compute them, list their days, and read them as a table."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache as once

from factorcli.errors import HeatmapNotComputed, InvalidDate, InvalidOption, UnknownTicker
from factorcli.model.frequency import DAILY, MONTHLY, WEEKLY, Frequency, finished_on, first_day
from factorcli.model.specification import Specification
from factorcli.ports import Progress
from factorcli.results.batch import Batch, Failure
from factorcli.results.heatmap import HeatmapStatus
from factorcli.results.history import History, HistoryDay
from factorcli.results.universe import StockInfo
from factorcli.results.warnings import ResultWarning
from factorcli.service.context import Context, refuse_future
from factorcli.service.heatmap import HeatmapService, with_universe
from factorcli.service.heatmap_days import KeptDay, kept_days, newest, of_members
from factorcli.service.heatmap_store import HeatmapStore
from factorcli.service.members import check_members, members_on, with_members

EVERY = {"week": WEEKLY, "month": MONTHLY}
MAX_DAYS = 2000  # of a run
BLOCK_TICKERS = 1000  # fitted at a time: a day of a usual universe at once, whose prices are then gated once


@dataclass(frozen=True)
class Schedule:
    """Which days: the last session of each finished week or month from `start` to `end`, both inclusive.

    Raises InvalidOption and InvalidDate.
    """

    every: str
    start: date
    end: date

    def __post_init__(self) -> None:
        if self.every not in EVERY:
            raise InvalidOption(f"every {self.every[:80]!r} is not known: it can be {' or '.join(EVERY)}.")
        if self.start > self.end:
            raise InvalidDate(f"from {self.start} is after to {self.end}.")
        if (self.end - self.start).days > MAX_DAYS * (7 if self.every == "week" else 28):
            raise InvalidDate(f"from {self.start} to {self.end} are more than {MAX_DAYS:,} {self.every}s.")


def schedule(context: Context, every: str | None, start: date | None, end: date | None) -> Schedule | None:
    """The days that are asked for, up to the last closed one; None without `every`.

    Raises InvalidOption and InvalidDate.
    """
    if every is None:
        if start is not None or end is not None:
            raise InvalidOption("A first or last day (from, to) is given without every: say week or month.")
        return None
    if start is None:
        raise InvalidOption(f"every {every[:80]} is given without the first day (from).")
    for name, day in (("from", start), ("to", end)):
        if day is not None:
            refuse_future(day, context.clock, name)
    return Schedule(every, start, end or max(context.policy.today, start))


@dataclass(frozen=True)
class _DayRun:
    """What is to be computed of a day; as_of: the day that is asked for, which may be after its last session."""

    as_of: date
    heatmaps: HeatmapService
    tickers: Sequence[str]


@dataclass
class _Outcome:
    """What the runs of all days came to; failures by ticker and code, as a stock may fail on many days."""

    statuses: list[HeatmapStatus] = field(default_factory=list)
    failures: dict[tuple[str | None, str], Failure] = field(default_factory=dict)
    notices: dict[ResultWarning, None] = field(default_factory=dict)
    exit_codes: set[int] = field(default_factory=set)
    stopped: bool = False

    def add(self, batch: Batch[HeatmapStatus]) -> None:
        """Add the outcome of a day."""
        self.statuses += batch.results
        self.failures |= {(failure.ticker, failure.code): failure for failure in batch.failures}
        self.notices |= dict.fromkeys(batch.notices)
        self.stopped = any(failure.ticker is None for failure in batch.failures)
        self.exit_codes = {batch.exit_code} if self.stopped else self.exit_codes | {batch.exit_code}

    def batch(self, notices: Sequence[ResultWarning]) -> Batch[HeatmapStatus]:
        """The outcome of the whole run; its status is that of a day, or 3 where these differ."""
        failures = sorted(self.failures.values(), key=lambda failure: failure.ticker is not None)
        status = self.exit_codes.pop() if len(self.exit_codes) == 1 else 3
        return Batch(tuple(self.statuses), tuple(failures), status, (*notices, *self.notices))


@dataclass(frozen=True)
class HistoryService:
    """The heatmaps of many days, each of them that of `HeatmapService` as of this day.

    members: `dated`, `current` or None, as in `service.members`.
    """

    context: Context
    members: str | None = None

    def compute(
        self,
        tickers: Sequence[str] | None,
        windows: Sequence[int],
        spec: Specification,
        asked: Schedule,
        *,
        force: bool,
        progress: Progress,
        sector: str | None = None,
    ) -> Batch[HeatmapStatus]:
        """Fit these days over these windows from prices that are read once; the status of each day and window.

        tickers: as typed, on each day those that are members then; None for all of a sector or of the universe.
        A day is kept when it is done, so that an interrupted run continues where it stopped. Raises InvalidDate where
        there are no such days, InvalidOption for a specification of one day, UnknownTicker for a ticker that is a
        member on none of the days, and what `HeatmapService.compute` raises.
        """
        if spec.as_of is not None:
            raise InvalidOption(f"every {asked.every} is given together with as_of {spec.as_of}: choose one.")
        from factorcli.service.heatmap_run import run_all

        service = HistoryService(_of_one_moment(self.context), self.members)
        spec = service.context.settled(spec)
        days = service.days(asked, spec.returns)
        chosen, notices = service._runs(days, spec.returns, tickers, sector)
        runs = [
            one.heatmaps.run(
                one.tickers,
                windows,
                replace(spec, as_of=one.as_of),
                force=force,
                progress=_scaled(progress, number, len(chosen)),
            )
            for number, one in enumerate(chosen)
        ]
        outcome = _Outcome()
        with closing(run_all(runs, self.context.executor)) as finished:
            for run, one in zip(finished, chosen, strict=False):  # fewer where the run is stopped
                outcome.add(one.heatmaps.outcome(run))
        return outcome.batch((*_members_notices([one.heatmaps.context for one in chosen], days), *notices))

    def days(self, asked: Schedule, returns: Frequency) -> list[date]:
        """The days of a schedule, from the sessions of the prices. Raises InvalidDate where there are none.

        Of weekly and monthly returns, the last sessions of the weeks or months that are finished on these days.
        """
        market, every = self.context.open_market(), EVERY[asked.every]
        ends = market.period_ends(every)
        if ends and first_day(asked.start, every) < first_day(ends[0], every):
            raise InvalidDate(
                f"from {asked.start} is before the prices of {self.context.source}, whose first {asked.every} ends on "
                f"{ends[0]}."
            )
        found = list(ends)
        if returns is not DAILY:
            last = [finished_on(end, every) for end in ends]
            own = market.period_ends(returns)
            finished = [finished_on(end, returns) for end in own]
            counts = (bisect_right(finished, day) for day in last)
            found = list(dict.fromkeys(own[count - 1] for count in counts if count))
        found = [day for day in found if asked.start <= day <= asked.end]
        if not found:
            raise InvalidDate(
                f"The prices of {self.context.source} have no finished {asked.every} from {asked.start} to {asked.end}."
            )
        return found

    def dates(self, spec: Specification, windows: Sequence[int] = ()) -> Batch[date]:
        """The days that are kept of these windows, or of any."""
        return Batch(tuple(sorted({one.day for one in self._kept(spec, windows)})))

    def history(self, spec: Specification, windows: Sequence[int] = ()) -> History:
        """The kept heatmaps by day and window; those of any window unless some are asked for.

        Raises HeatmapNotComputed where nothing is kept.
        """
        kept = self._kept(spec, windows)
        if not kept:
            of = f" of window {' or '.join(map(str, windows))}" if windows else ""
            raise HeatmapNotComputed(
                f"No heatmap{of} of {self.context.source} with this model and the basis {spec.basis} is kept of any "
                "day."
            )
        unread: list[str] = []
        return History(self._read(kept, self.context.assumed(spec), unread), self._other_members(kept), unread)

    def _read(self, kept: Sequence[KeptDay], spec: Specification, unread: list[str]) -> Iterator[HistoryDay]:
        stocks = self._stocks()
        for one in kept:
            asked = replace(spec, as_of=one.day, window=one.window)
            if one.place:
                columns = HeatmapStore(self.context, one.place).columns(asked).most_common_day()
            else:
                columns = HeatmapStore(with_members(self.context, one.day, self.members)).read(asked).most_common_day()
            if not columns.tickers:
                unread.append(
                    f"What is kept of {one.day} over {one.window} cannot be read and is left out: compute it."
                )
                continue
            table = with_universe(columns, asked, tuple(stocks.values()))
            yield HistoryDay(one.day, one.window, table.without(table.failures.keys()), stocks)

    def _other_members(self, kept: Sequence[KeptDay]) -> tuple[ResultWarning, ...]:
        """That heatmaps are of the present members, where those of their days are known."""
        days = sorted({one.day for one in kept if one.members_of is not None and one.members_of > one.day})
        if self.members is not None or not days or self.context.lists.days[0] > days[-1]:
            return ()
        text = (
            f"what is kept of {self._named(days)} is of the members of a later list, not of those on the day: stocks "
            "that left are missing."
        )
        return (ResultWarning("present_members", text),)

    @staticmethod
    def _named(days: Sequence[date]) -> str:
        return str(days[0]) if len(days) == 1 else f"{len(days)} days, {days[0]} to {days[-1]},"

    def _kept(self, spec: Specification, windows: Sequence[int]) -> list[KeptDay]:
        """What is kept of each day and window with the members that are wanted, by day and window."""
        check_members(self.members)
        if (lists := self.context.lists) and self.members == "dated":
            members_on(lists, self.context.policy.today)  # raises where there are none
        found: dict[tuple[date, int], list[KeptDay]] = {}
        for one in kept_days(self.context, self.context.assumed(spec)):
            found.setdefault((one.day, one.window), []).append(one)
        chosen = {
            place: own
            for place, kept in found.items()
            if (own := newest(of_members(kept, self.members, lists))) is not None
        }
        team = {(day, window): KeptDay(day, window, None, "", "") for window, day in self._of_team(spec)}
        return [one for _, one in sorted((team | chosen).items()) if not windows or one.window in windows]

    def _of_team(self, spec: Specification) -> frozenset[tuple[int, date]]:
        """The windows and days of the shared history."""
        policy = self.context.policy
        return self.context.answers.days(policy.model_key(self.context.assumed(spec))) if policy.shared else frozenset()

    def _stocks(self) -> dict[str, StockInfo]:
        """All stocks that were in the universe, by ticker."""
        lists = self.context.lists
        past = {stock.ticker: stock for day in lists.days for stock in lists.listed(day)}
        return past | dict(self.context.universe.by_ticker)

    def _runs(
        self, days: Sequence[date], returns: Frequency, tickers: Sequence[str] | None, sector: str | None
    ) -> tuple[list[_DayRun], tuple[ResultWarning, ...]]:
        """What to compute of each day that has members among what is asked for, and who is a member on some only.

        Raises UnknownTicker for a ticker that is a member on no day, and InvalidOption for an unknown sector.
        """
        by_list: dict[date | None, tuple[HeatmapService, Sequence[str]]] = {}
        runs: list[_DayRun] = []
        days_of: Counter[str] = Counter()  # as members, by ticker as typed
        unknown: dict[str, UnknownTicker] = {}
        for day in days:
            context = with_members(self.context, day, self.members)
            if context.members_of not in by_list:
                heatmaps = HeatmapService(context, BLOCK_TICKERS)
                known = heatmaps.chosen((), sector) if tickers is None else _members(tickers, heatmaps, unknown)
                by_list[context.members_of] = heatmaps, known
            shared, chosen = by_list[context.members_of]
            days_of.update(chosen)
            if chosen:
                of_day = replace(shared, context=replace(shared.context, notices=context.notices))
                runs.append(_DayRun(finished_on(day, returns), of_day, chosen))
        for ticker, error in unknown.items():
            if not days_of[ticker]:
                raise error
        parts = [f"{ticker} on {days_of[ticker]}" for ticker in unknown]
        if not parts:
            return runs, ()
        text = f"a row is of a member on its day: of these {len(days)} days, {' and '.join(parts)}."
        return runs, (ResultWarning("dated_members", text),)


def _members(tickers: Sequence[str], heatmaps: HeatmapService, unknown: dict[str, UnknownTicker]) -> list[str]:
    """The members among tickers as typed; the error of each other one is added to `unknown`, by its ticker."""
    found = []
    for typed in tickers:
        try:
            found.append(heatmaps.member(typed))
        except UnknownTicker as error:
            unknown[heatmaps.context.resolve(typed, None).ticker] = error
    return list(dict.fromkeys(found))


def _of_one_moment(context: Context) -> Context:
    """The context with prices that are looked at once, whatever changes meanwhile."""
    return replace(
        context,
        open_market=once(context.open_market),
        policy=replace(context.policy, identity=once(context.policy.identity)),
    )


def _scaled(progress: Progress, number: int, count: int) -> Progress:
    """The progress of a day as part of that of all days, of which each has as many fits."""

    def tell(done: int, failed: int, total: int, seconds_left: float | None = None) -> None:
        progress(number * total + done, failed, count * total, seconds_left)

    return tell


def _members_notices(contexts: Sequence[Context], days: Sequence[date]) -> tuple[ResultWarning, ...]:
    """Which members the heatmaps are of, in one sentence; that of the day where there is only one."""
    codes = dict.fromkeys(notice.code for context in contexts for notice in context.notices)
    if len(contexts) == 1 or not codes:
        return contexts[0].notices if contexts else ()
    used = sorted({context.members_of for context in contexts if context.members_of is not None})
    if "present_members" in codes:
        of = f", of the list of {used[0]}" if used else ""
        return (
            ResultWarning(
                "present_members",
                f"members are the present ones{of}, and not those on {days[0]} to {days[-1]}: stocks that left are "
                "missing.",
            ),
        )
    lists = f"that of {used[0]}" if len(used) == 1 else f"{len(used)} lists, of {used[0]} to {used[-1]}"
    text = f"members on {days[0]} to {days[-1]} are those of the last known list of each day: {lists}."
    if (first := contexts[0].lists.days[0]) > days[0]:
        text += f" What they were before {first} is not known."
    return (ResultWarning("dated_members", text),)
