"""The kept form of a heatmap: an array a number, in which row i is that of ticker i.

Standard library only, so that a kept heatmap is shown without numpy.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from factorcli.results.batch import Failure
from factorcli.results.heatmap import HeatRow, SectorAggregate
from factorcli.results.provenance import ModelInfo

BY_CODE = ("betas", "t_stats", "p_values")  # a column for each factor
ONE_EACH = ("market_beta", "market_std_error", "down_beta", "alpha_annual", "r_squared")
Reals = Mapping[str, "array[float]"]


@dataclass(frozen=True)
class HeatOrigin:
    """What many rows of a heatmap have in common: model, dates and time.

    session: last closed session when computed; final: the source cannot add a later one.
    """

    model: ModelInfo
    as_of: date
    computed_at: str
    session: date
    final: bool

    def is_current(self, session: date, day: date | None = None) -> bool:
        """Whether the prices cannot have gained a session since, the last closed one being `session`.

        day: the past day that was asked for, if any, which no session after it concerns.
        """
        return self.final or self.session == session or (day is not None and self.session >= day)


@dataclass(frozen=True)
class HeatColumns:
    """Rows of a heatmap of one window, each ticker once.

    reals: float64 columns by name, `betas.CODE` and so on as in `real_names`, NaN where unknown. origins[origin[i]] is
    the origin of row i; failures: of the tickers without a result, whose numbers do not count.

    sectors: aggregates of the stocks of the most common day, and with them `q_values.CODE` in `reals`; None where they
    have not been computed of exactly these rows.
    """

    codes: tuple[str, ...]
    tickers: list[str]
    reals: Reals
    observations: "array[int]"
    origin: "array[int]"
    origins: tuple[HeatOrigin, ...]
    failures: Mapping[str, Failure]
    sectors: tuple[SectorAggregate, ...] | None = None

    @cached_property
    def positions(self) -> dict[str, int]:
        """The row of each ticker."""
        return {ticker: i for i, ticker in enumerate(self.tickers)}

    def by_code(self, kind: str) -> "dict[str, array[float]]":
        """The columns of `betas`, `t_stats`, `p_values` or `q_values` by factor code."""
        return {code: self.reals[f"{kind}.{code}"] for code in self.codes}

    def origin_of(self, i: int) -> HeatOrigin:
        """The origin of row i."""
        return self.origins[self.origin[i]]

    def origins_of(self, rows: Iterable[int]) -> list[HeatOrigin]:
        """The distinct origins of these rows."""
        return [self.origins[k] for k in sorted(set(map(self.origin.__getitem__, rows)))]

    def current(self, session: date, day: date | None = None) -> set[str]:
        """Tickers with a result that is current, as `HeatOrigin.is_current` has it."""
        now = [origin.is_current(session, day) for origin in self.origins]
        rows = zip(self.tickers, self.origin, strict=True)
        return {ticker for ticker, k in rows if now[k] and ticker not in self.failures}

    def of_origins(self, wanted: Callable[[HeatOrigin], bool]) -> "HeatColumns":
        """The rows whose origin meets a condition."""
        kept = [wanted(origin) for origin in self.origins]
        return self if all(kept) else self.take([i for i, k in enumerate(self.origin) if kept[k]])

    def without(self, tickers: Collection[str]) -> "HeatColumns":
        """The rows of other tickers."""
        if not tickers:
            return self
        return self.take([i for i, ticker in enumerate(self.tickers) if ticker not in tickers])

    def most_common_day(self) -> "HeatColumns":
        """Rows of the most frequent as-of date, the later one in a tie, so that a heatmap has a single date."""
        days: Counter[date] = Counter()
        for k, count in Counter(self.origin).items():
            days[self.origins[k].as_of] += count
        day = max(days, key=lambda day: (days[day], day), default=None)
        return self.of_origins(lambda origin: origin.as_of == day)

    def take(self, rows: Sequence[int]) -> "HeatColumns":
        """These rows, in this order."""
        tickers = [self.tickers[i] for i in rows]
        chosen = self.failures.keys() & set(tickers)
        return replace(
            self,
            tickers=tickers,
            reals={name: array("d", [column[i] for i in rows]) for name, column in self.reals.items()},
            observations=array("q", [self.observations[i] for i in rows]),
            origin=array("q", [self.origin[i] for i in rows]),
            failures={ticker: one for ticker, one in self.failures.items() if ticker in chosen},
            sectors=None,
        )

    def row(self, i: int, sector: str | None) -> HeatRow:
        """Row i as a record; the sector is the universe's."""
        ticker, origin = self.tickers[i], self.origin_of(i)
        failure = self.failures.get(ticker)
        betas, t_stats, p_values = (
            {code: column[i] for code, column in self.by_code(kind).items()} for kind in BY_CODE
        )
        return HeatRow(
            ticker=ticker,
            sector=sector,
            code=failure.code if failure else None,
            message=failure.message if failure else None,
            betas=betas,
            t_stats=t_stats,
            p_values=p_values,
            market_beta=self.reals["market_beta"][i],
            market_std_error=self.reals["market_std_error"][i],
            down_beta=self.reals["down_beta"][i],
            alpha_annual=self.reals["alpha_annual"][i],
            r_squared=self.reals["r_squared"][i],
            observations=self.observations[i],
            model=origin.model,
            as_of=origin.as_of,
            computed_at=origin.computed_at,
            session=origin.session,
            final=origin.final,
        )


def real_names(codes: Sequence[str]) -> list[str]:
    """Names of the float64 columns that every heatmap has, in order."""
    return [*(f"{kind}.{code}" for kind in BY_CODE for code in codes), *ONE_EACH]


def no_columns(codes: tuple[str, ...]) -> HeatColumns:
    """No rows."""
    return HeatColumns(codes, [], {name: array("d") for name in real_names(codes)}, array("q"), array("q"), (), {})


def columns_of(rows: Sequence[HeatRow], codes: tuple[str, ...]) -> HeatColumns:
    """Records as columns."""
    reals = {f"{kind}.{code}": array("d", [getattr(r, kind)[code] for r in rows]) for kind in BY_CODE for code in codes}
    reals |= {name: array("d", [getattr(row, name) for row in rows]) for name in ONE_EACH}
    origins = [HeatOrigin(row.model, row.as_of, row.computed_at, row.session, row.final) for row in rows]
    places, distinct = _numbered(origins, {}, [])
    return HeatColumns(
        codes=codes,
        tickers=[row.ticker for row in rows],
        reals=reals,
        observations=array("q", [row.observations for row in rows]),
        origin=array("q", places),
        origins=tuple(distinct),
        failures={row.ticker: Failure(row.ticker, row.code, row.message or "") for row in rows if row.code is not None},
    )


def joined(blocks: Sequence[HeatColumns], codes: tuple[str, ...], order: Sequence[str] | None = None) -> HeatColumns:
    """Rows of several blocks, of a ticker those of the last block that has it; `order`: of the tickers."""
    if not blocks:
        return no_columns(codes)
    if len(blocks) == 1:
        return _ordered(blocks[0], order)
    reals = {name: array("d") for name in real_names(codes)}
    observations, origin = array("q"), array("q")
    tickers: list[str] = []
    failures: dict[str, Failure] = {}
    numbers: dict[str, int] = {}
    origins: list[HeatOrigin] = []
    for block in blocks:
        for name, column in reals.items():
            column.extend(block.reals[name])
        observations.extend(block.observations)
        places, origins = _numbered(block.origins, numbers, origins)
        origin.extend(array("q", [places[k] for k in block.origin]))
        tickers += block.tickers
        for ticker in failures.keys() & set(block.tickers):
            del failures[ticker]
        failures |= block.failures
    every = HeatColumns(codes, tickers, reals, observations, origin, tuple(origins), failures)
    # `positions` has the last row of each ticker.
    last = every if len(every.positions) == len(tickers) else every.take(list(every.positions.values()))
    return _ordered(last, order)


def _ordered(columns: HeatColumns, order: Sequence[str] | None) -> HeatColumns:
    """The rows in the order of these tickers, without others."""
    if order is None or list(order) == columns.tickers:
        return columns
    rows = [i for ticker in order if (i := columns.positions.get(ticker)) is not None]
    return columns if rows == list(range(len(columns.tickers))) else columns.take(rows)


def _numbered(
    found: Iterable[HeatOrigin], numbers: dict[str, int], origins: list[HeatOrigin]
) -> tuple[list[int], list[HeatOrigin]]:
    """The place of each origin in `origins`, which the new ones are appended to."""
    places = []
    for one in found:
        name = repr(one)
        if name not in numbers:
            numbers[name] = len(origins)
            origins.append(one)
        places.append(numbers[name])
    return places, origins
