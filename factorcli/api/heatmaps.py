"""Heatmaps in the library: computed, kept, shown, and their history."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Unpack

from factorcli.api.base import Asked
from factorcli.api.names import tickers_of
from factorcli.model.keywords import (
    EstimationOptions,
    RegressionOptions,
    WindowOptions,
    as_day,
    check_flag,
    check_text,
    check_top,
    specification,
    whole_windows,
)
from factorcli.model.specification import Specification
from factorcli.render.answers import Batch, Heatmap, answer, batch_of
from factorcli.render.history import table, to_frame
from factorcli.results.heatmap import HeatmapStatus
from factorcli.service.context import Context
from factorcli.service.heatmap import HeatmapService
from factorcli.service.history import HistoryService, schedule
from factorcli.service.members import noted, with_kept_members, with_members

if TYPE_CHECKING:
    from pandas import DataFrame

STATUS = "factor.heatmap-status/1"


class Heatmaps(Asked):
    """What a Factor answers about the whole universe."""

    def heatmap(
        self,
        *,
        sector: str | None = None,
        sort: str | None = None,
        top: int | None = None,
        members: str | None = None,
        **options: Unpack[WindowOptions],
    ) -> Heatmap:
        """The heatmap of a window, from what was computed. Raises HeatmapNotComputed.

        sector: only its stocks; sort: a factor's code, "market", "down" (the down beta), "r_squared",
        "alpha" (the largest first) or "ticker"; top: only the first stocks. members: those of the universe on the day
        ("dated", the default with as_of) or now ("current"); members_of is the day of their list.

        Examples:
            >>> _ = factor.compute_heatmap(["TCS", "INFY", "RELIANCE"], windows=[252])
            >>> len(factor.heatmap(window=252, sort="MOM", top=2).stocks)
            2
        """
        spec = specification(options, WindowOptions)
        check_top(top)
        for name, text in (("sector", sector), ("sort", sort)):
            check_text(name, text)
        with self._lock:
            heatmaps = HeatmapService(self._kept_members(spec, members))
            found = heatmaps.show(spec, sector=sector, sort=sort, top=top)
        return answer(Heatmap, found, "sorted" if sort or top else None, self._named)

    def compute_heatmap(
        self,
        tickers: Iterable[str] | None = None,
        *,
        windows: Iterable[int | str] = (),
        force: bool = False,
        progress: Callable[[int, int, int], object] | None = None,
        members: str | None = None,
        every: str | None = None,
        start: str | date | None = None,
        end: str | date | None = None,
        **options: Unpack[EstimationOptions],
    ) -> Batch[HeatmapStatus]:
        """Compute the heatmap of stocks of the universe, all of them by default; the status of each window.

        windows: 126, 252 and 504 days, 104 weeks or 60 months unless given. force: compute again what is there, from
        stored prices. progress is called with how many fits are done, how many of those failed, and how many there
        are. members: as in `heatmap`; a notice says which. Without a cache the heatmap lives as long as this object.

        every: "week" or "month", for the heatmaps of many days: the last session of each finished week or month from
        start to end (to the last session unless given); the status of each day and window.

        Raises UnknownTicker for what is not of the universe, InvalidDate for days that there are not, and Busy.

        Examples:
            >>> status = factor.compute_heatmap(["TCS", "INFY"], windows=[126])[0]
            >>> status.window, status.state, status.computed
            (126, 'partial', 2)
            >>> year = factor.compute_heatmap(["TCS"], windows=[126], every="month", start="2026-01-01")
            >>> len(year), year[-1].as_of
            (10, datetime.date(2026, 10, 30))
        """
        lengths, spec = whole_windows(windows), specification(options, EstimationOptions)
        check_flag("force", force)
        asked = None if tickers is None else tickers_of(tickers)

        def tell(done: int, failed: int, total: int, seconds_left: float | None = None) -> None:  # noqa: ARG001
            if progress is not None:
                progress(done, failed, total)

        check_text("every", every)
        with self._lock:
            if (days := schedule(self._context, every, as_day(start), as_day(end))) is not None:
                history = self._history(members)
                found = history.compute(asked, lengths, spec, days, force=force, progress=tell)
            else:
                context = self._with_members(spec, members)
                one = HeatmapService(context)
                chosen = one.chosen(()) if asked is None else one.members(asked)
                found = noted(context, one.compute(chosen, lengths, spec, force=force, progress=tell))
        return batch_of(found.results, found, STATUS)

    def heatmap_dates(
        self, *, windows: Iterable[int | str] = (), members: str | None = None, **options: Unpack[RegressionOptions]
    ) -> list[date]:
        """The days whose heatmap is kept, of any window or of some; `heatmap` with as_of is that of a day.

        Every run of `compute_heatmap` keeps its day.

        Examples:
            >>> _ = factor.compute_heatmap(["TCS"], windows=[252], every="month", start="2026-09-01")
            >>> [str(day) for day in factor.heatmap_dates(windows=[252])]
            ['2026-09-30', '2026-10-30']
        """
        lengths, spec = whole_windows(windows), specification(options, RegressionOptions)
        with self._lock:
            return list(self._history(members).dates(spec, lengths).results)

    def heatmap_history(
        self, *, windows: Iterable[int | str] = (), members: str | None = None, **options: Unpack[RegressionOptions]
    ) -> "DataFrame":
        """Every kept heatmap as a pandas DataFrame, a row a day, window and stock.

        Columns: as_of, window, ticker, name, sector, market_beta, alpha_annual (a fraction), r_squared, observations
        and, for each factor, CODE (beta), CODE.se, CODE.t and CODE.q. Raises HeatmapNotComputed where none is kept.

        Examples:
            >>> _ = factor.compute_heatmap(["TCS"], windows=[252], every="month", start="2026-09-01")
            >>> frame = factor.heatmap_history(windows=[252])
            >>> beta = frame.set_index(["ticker", "as_of"]).loc[("TCS.NS", "2026-09-30"), "MKT"]
            >>> bool(beta == factor.beta("TCS", as_of="2026-09-30").betas["MKT"].beta)
            True
        """
        lengths, spec = whole_windows(windows), specification(options, RegressionOptions)
        with self._lock:
            return to_frame(table(day) for day in self._history(members).history(spec, lengths))

    def _history(self, members: str | None) -> HistoryService:
        check_text("members", members)
        return HistoryService(self._context, members)

    def heatmap_status(
        self, *, windows: Iterable[int | str] = (), members: str | None = None, **options: Unpack[EstimationOptions]
    ) -> Batch[HeatmapStatus]:
        """How much of the heatmap of each window is computed, and what failed; members: as in `heatmap`.

        Examples:
            >>> [status.window for status in factor.heatmap_status()]
            [126, 252, 504]
        """
        lengths, spec = whole_windows(windows), specification(options, EstimationOptions)
        with self._lock:
            kept = self._kept_members(replace(spec, window=lengths[0] if lengths else 0), members)
            found = HeatmapService(kept).status(lengths, spec)
        return batch_of(found.results, found, STATUS)

    def _with_members(self, spec: Specification, members: str | None) -> Context:
        """The context with the universe's members of the day that is asked for."""
        check_text("members", members)
        return with_members(self._context, spec.as_of, members)

    def _kept_members(self, spec: Specification, members: str | None) -> Context:
        """The context with the members of what is kept of the day that is asked for."""
        check_text("members", members)
        return with_kept_members(self._context, spec, members)
