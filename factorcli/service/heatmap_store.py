"""What is kept of the universe's heatmaps: blocks of columns in the local cache, a row a ticker in the shared one.

Of each window the local cache has an index, the blocks that it names, and a block of rows from the shared cache. A
run adds blocks, each with its index in one transaction, and merges them into one when it ends, so that it can be
interrupted at any moment; of a ticker the last block that has it counts. Whoever adds or merges holds the run's lock.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from factorcli.analysis.heatmap import summarised
from factorcli.errors import Busy
from factorcli.model.specification import Specification
from factorcli.ports import SharedRow
from factorcli.results.codec import decode, encode
from factorcli.results.column_codec import decode_columns, encode_columns
from factorcli.results.heat_columns import HeatColumns, HeatOrigin, columns_of, joined
from factorcli.results.heatmap import HeatIndex, HeatRow, HeatRun
from factorcli.service.context import Context

MAX_READS = 3  # of blocks that another process merges meanwhile


@dataclass(frozen=True)
class _Kept:
    """The local entries of a window: index, the run's blocks joined, and the block of shared rows."""

    index: HeatIndex
    own: HeatColumns
    team: HeatColumns | None
    keys: tuple[str, ...]  # of all entries but the index

    def columns(self, order: Sequence[str]) -> HeatColumns:
        """All rows: of a ticker those computed last, in this order of tickers."""
        return _with_newer(self.own, self.team, order)


@dataclass(frozen=True)
class HeatmapStore:
    """Reads and writes what is kept; place: the prefix of its keys, where it is not that of the prices as they are."""

    context: Context
    place: str | None = None

    def read(self, spec: Specification) -> HeatColumns:
        """The kept rows of the universe, without those dated after the last closed day."""
        order, kept = self.context.universe.tickers, self._kept(spec)
        columns = self._valid(kept.columns(order), spec)
        newer = self._shared(columns, spec)
        if newer is None:
            return columns
        self.context.cache.put({self._key(spec, "shared"): encode_columns(_with_newer(newer, kept.team, order))})
        return _with_newer(columns, newer, order)

    def run(self, spec: Specification) -> HeatRun | None:
        """The last run of a window on this machine."""
        keys = self._key(spec, "index"), self._old_run_key(spec)
        kept = self.context.cache.get(keys)
        index = decode(HeatIndex, kept[keys[0]]) if keys[0] in kept else None
        return index.run if index else decode(HeatRun, kept[keys[1]]) if keys[1] in kept else None

    def adopt(self, spec: Specification) -> None:
        """Keep as columns what an earlier version kept as a row a ticker, before anything is added to it."""
        index, run = self._key(spec, "index"), self._old_run_key(spec)
        found = self.context.cache.get([index, run])
        if index not in found and run in found:
            self.merge([spec])

    def add(self, parts: Mapping[int, HeatColumns], run: HeatRun, spec: Specification) -> None:
        """Keep a block a window, and the progress of the run, in one transaction; a whole universe as if merged."""
        entries: dict[str, bytes] = {}
        gone, everything = [], len(self.context.universe.stocks)
        for window, columns in parts.items():
            asked = replace(spec, window=window)
            index = replace(self._index(asked), run=run)
            if len(columns.tickers) == everything:
                gone += [self._block_key(asked, number) for number in index.blocks]
                entries |= self._whole(index, columns, asked)
                continue
            if columns.tickers:
                number = _next(index)
                entries[self._block_key(asked, number)] = encode_columns(columns)
                index = replace(index, blocks=(*index.blocks, number))
            entries[self._key(asked, "index")] = encode(index)
        self.context.cache.put(entries, instead_of=gone, lasting=True)

    def merge(self, specs: Sequence[Specification]) -> None:
        """Replace what is kept of each window by one block, all in one transaction."""
        entries: dict[str, bytes] = {}
        gone: list[str] = []
        for spec in specs:
            if self._is_whole(spec):
                continue
            kept = self._kept(spec)
            columns = kept.columns(self.context.universe.tickers)
            if columns.tickers and (len(kept.keys) > 1 or kept.own.sectors is None):
                entries |= self._whole(kept.index, columns, spec)
                gone += kept.keys
        if entries:
            self.context.cache.put(entries, instead_of=gone, lasting=True)

    def _is_whole(self, spec: Specification) -> bool:
        """Whether a window is kept as one block, as `add` keeps a whole universe."""
        index = self._index(spec)
        return (
            index.as_of is not None
            and len(index.blocks) == 1
            and not self.context.cache.get([self._key(spec, "shared")])
        )

    def keep_day(self, spec: Specification) -> None:
        """Keep the day of a window's rows as a day's heatmap of its own, unless it is the one that was asked for."""
        if (own := self._index(spec)).as_of in (None, spec.as_of) or self._joined_since(own.as_of, spec):
            return
        kept, asked = self._kept(spec), replace(spec, as_of=own.as_of)
        with suppress(Busy), self.context.cache.lock(self.context.policy.heat_prefix(asked)):
            there = self._kept(asked)
            order = self.context.universe.tickers
            day = kept.columns(order).most_common_day()
            replaced = len(day.tickers) == len(order) or not there.own.tickers
            columns = day if replaced else joined([there.columns(order), day], day.codes, order)
            whole = self._whole(replace(there.index, run=kept.index.run), columns, asked)
            self.context.cache.put(whole, instead_of=there.keys, lasting=True)

    def _joined_since(self, day: date | None, spec: Specification) -> bool:
        """Whether the members are of a list of the day that is asked for and were not yet known on its last session."""
        used, listed = self.context.members_of, spec.as_of and self.context.lists.on(spec.as_of)
        return bool(used and day and listed and used == listed.list_day and used > day)

    def columns(self, spec: Specification) -> HeatColumns:
        """The kept rows, whatever the universe is now."""
        return self._valid(self._kept(spec).own, spec)

    def _whole(self, index: HeatIndex, columns: HeatColumns, spec: Specification) -> dict[str, bytes]:
        """The entries of one block in place of those of an index."""
        day = columns.most_common_day()
        index = HeatIndex(
            blocks=(_next(index),),
            run=index.run,
            as_of=day.origin_of(0).as_of if len(day.tickers) > len(day.failures) else None,
            members_of=self.context.members_of,
        )
        table = columns if columns.sectors is not None else summarised(columns, self.context.universe.stocks)
        return {self._block_key(spec, *index.blocks): encode_columns(table), self._key(spec, "index"): encode(index)}

    def shared_rows(self, columns: HeatColumns, spec: Specification) -> dict[SharedRow, bytes]:
        """The columns as rows of the shared cache; of a day's heatmap, those that are of this very day."""
        stocks, columns = self.context.universe.by_ticker, _of_day(columns, spec)
        return {
            row: encode(columns.row(columns.positions[ticker], stocks[ticker].sector if ticker in stocks else None))
            for row, ticker in self.context.policy.shared_heat_rows(columns.tickers, spec).items()
        }

    def _kept(self, spec: Specification) -> _Kept:
        """The local entries of a window; read again where another process merges the blocks meanwhile."""
        cache, codes = self.context.cache, self.context.model.codes
        index_key, team_key, run_key = self._key(spec, "index"), self._key(spec, "shared"), self._old_run_key(spec)
        for _ in range(MAX_READS):
            found = cache.get([index_key, team_key, run_key])
            if index_key not in found and run_key in found:
                return self._outdated(spec, found[run_key])
            index = (decode(HeatIndex, found[index_key]) if index_key in found else None) or HeatIndex()
            keys = [self._block_key(spec, number) for number in index.blocks]
            blocks = cache.get(keys)
            if len(blocks) == len(keys):
                break
        decoded = (self._decoded(blocks[key]) for key in keys if key in blocks)
        team = self._decoded(found[team_key]) if team_key in found else None
        own = joined([block for block in decoded if block is not None], codes)
        return _Kept(index, own, team, (*keys, *([team_key] if team_key in found else [])))

    def _outdated(self, spec: Specification, run: bytes) -> _Kept:
        """The entries of an earlier version, a row a ticker."""
        keys = {f"{self._prefix(spec)}/{ticker}": ticker for ticker in self.context.universe.tickers}
        found = self.context.cache.get(list(keys))
        rows = [row for key, payload in found.items() if (row := self._row(payload, keys[key])) is not None]
        own = columns_of(rows, self.context.model.codes)
        return _Kept(HeatIndex(run=decode(HeatRun, run)), own, None, (*found, self._old_run_key(spec)))

    def _shared(self, columns: HeatColumns, spec: Specification) -> HeatColumns | None:
        """Shared rows of what is missing or was computed before the last close, where they are newer."""
        policy = self.context.policy
        if spec.as_of is not None and not self._team_has(spec):
            return None
        since = policy.since if spec.as_of is None else ""  # what is kept of a past day is not outdated
        old = columns.of_origins(lambda origin: origin.computed_at < since).positions
        asked = [ticker for ticker in self.context.universe.tickers if ticker in old or ticker not in columns.positions]
        wanted = policy.shared_heat_rows(asked, spec)
        rows = [
            row
            for key, payload in self.context.answers.look_up(list(wanted)).items()
            if (row := self._row(payload, wanted[key])) is not None
        ]
        found = _newer(_of_day(self._valid(columns_of(rows, columns.codes), spec), spec), columns)
        return found if found.tickers else None

    def _team_has(self, spec: Specification) -> bool:
        """Whether the shared history has rows of a day and window."""
        policy = self.context.policy
        return policy.shared and (spec.window, spec.as_of) in self.context.answers.days(policy.model_key(spec))

    def _row(self, payload: bytes, ticker: str) -> HeatRow | None:
        """The row of a ticker that a payload holds, if it has this model's factors."""
        row = decode(HeatRow, payload)
        if row is None or row.ticker != ticker:
            return None
        return (
            row if tuple(row.betas) == tuple(row.t_stats) == tuple(row.p_values) == self.context.model.codes else None
        )

    def _valid(self, columns: HeatColumns, spec: Specification) -> HeatColumns:
        """The rows of this model up to the last closed day."""
        today, asked = self.context.policy.today, (self.context.model.id, spec.basis, spec.covariance)

        def is_valid(origin: HeatOrigin) -> bool:
            return origin.as_of <= today and (origin.model.id, origin.model.basis, origin.model.covariance) == asked

        return columns.of_origins(is_valid)

    def _decoded(self, payload: bytes) -> HeatColumns | None:
        columns = decode_columns(payload)
        return columns if columns is not None and columns.codes == self.context.model.codes else None

    def _index(self, spec: Specification) -> HeatIndex:
        key = self._key(spec, "index")
        found = self.context.cache.get([key])
        return (decode(HeatIndex, found[key]) if found else None) or HeatIndex()

    def _prefix(self, spec: Specification) -> str:
        return f"{self.place or self.context.policy.heat_prefix(spec)}/{spec.window}"

    def _key(self, spec: Specification, name: str) -> str:
        return f"{self._prefix(spec)}/#{name}"

    def _block_key(self, spec: Specification, number: int) -> str:
        return self._key(spec, f"block-{number}")

    def _old_run_key(self, spec: Specification) -> str:
        """The key of the run's progress in an earlier version, which no index came with."""
        return self._key(spec, "run")


def _next(index: HeatIndex) -> int:
    """The number of the next block."""
    return max(index.blocks, default=-1) + 1


def _of_day(columns: HeatColumns, spec: Specification) -> HeatColumns:
    """The rows of the day that is asked for, if one is; it may have no session."""
    return columns if spec.as_of is None else columns.of_origins(lambda origin: origin.as_of == spec.as_of)


def _newer(found: HeatColumns, than: HeatColumns) -> HeatColumns:
    """The rows that the others lack or that were computed later."""

    def is_newer(i: int) -> bool:
        k = than.positions.get(found.tickers[i])
        return k is None or found.origin_of(i).computed_at > than.origin_of(k).computed_at

    return found.take([i for i in range(len(found.tickers)) if is_newer(i)])


def _with_newer(columns: HeatColumns, other: HeatColumns | None, order: Sequence[str]) -> HeatColumns:
    """The columns with the rows of another block that are newer."""
    newer = None if other is None else _newer(other, columns)
    blocks = [columns] if newer is None or not newer.tickers else [columns, newer]
    return joined(blocks, columns.codes, order)
