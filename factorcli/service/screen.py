"""The use case of a screen: the rows of a kept heatmap that meet conditions. Standard library only."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from math import isfinite
from typing import Any

from factorcli.errors import InvalidOption
from factorcli.model.built_in import LASTING
from factorcli.model.conditions import Q_VALUE, T_STAT, Column, Condition, Kind, column_of, conditions
from factorcli.model.frequency import DAILY
from factorcli.model.specification import BASES, Specification
from factorcli.results.heatmap import Heatmap, HeatmapStock
from factorcli.results.screen import Screen, ScreenBatch, ScreenedStock
from factorcli.results.warnings import ResultWarning
from factorcli.service.context import Context
from factorcli.service.heatmap import HeatmapService

# The field of a stock that a column without a factor's code shows, where their names differ.
FIELDS = {"market": "market_beta", "down": "down_beta", "alpha": "alpha_annual"}
BY_FACTOR = {"": "betas", T_STAT: "t_stats", Q_VALUE: "q_values"}
MAX_NAMED = 5  # stocks that an error names
Read = Callable[[HeatmapStock], Any]


@dataclass(frozen=True)
class ScreenService:
    """Screens of the heatmaps that are kept: nothing is computed."""

    context: Context

    def screen(
        self,
        spec: Specification,
        where: Iterable[str],
        sort: str | None = None,
        top: int | None = None,
        sector: str | None = None,
    ) -> ScreenBatch:
        """The stocks of a window's heatmap that meet every condition, in its order unless a column to sort by is named.

        where: conditions as `model.conditions` reads them. sort: any of their columns; the largest number first, of
        q-values the smallest, texts from A on, unknown ones last. top: the maximum number of stocks; sector: only its
        stocks. Raises InvalidOption for what is not known, and HeatmapNotComputed.
        """
        codes = self.context.model.codes
        wanted = [self._completed(one) for one in conditions(where, codes)]
        order = None if sort is None else column_of(sort.strip(), codes)
        shown = HeatmapService(self.context).show(spec, sector=sector)
        wanted = [_named(one, shown.stocks) for one in wanted]
        tests = [(one, _reader(one.column)) for one in wanted]
        met = [stock for stock in shown.stocks if all(one.meets(read(stock)) for one, read in tests)]
        if order is not None:
            met = _sorted(met, order)
        screen = _screen(shown, met, tuple(map(str, wanted)), top)
        notices = (_stale(shown),) if shown.stale else ()
        rows = tuple(_row(stock, screen, notices) for stock in screen.stocks)
        return ScreenBatch(rows, notices=notices, screen=self._with_lasting(screen, wanted, order))

    def _completed(self, condition: Condition) -> Condition:
        """The condition with the sector or ticker that its text stands for. Raises InvalidOption, UnknownTicker."""
        text = condition.written
        if condition.column.name == "sector":
            text = self.context.universe.sector(text)
        elif condition.column.name == "ticker":
            (text,) = HeatmapService(self.context).members([text])
        else:
            return condition
        return replace(condition, value=text, written=text)

    def _with_lasting(self, screen: Screen, wanted: Sequence[Condition], order: Column | None) -> Screen:
        """The screen with how lasting its columns are, where that has been measured."""
        measured = LASTING.get(self.context.model.id, {})
        usual = (screen.window, screen.frequency, screen.model.basis) == (DAILY.window, None, BASES[0])
        used = [one.column for one in wanted] + ([order] if order else [])
        names = dict.fromkeys(column.code or column.name for column in used)
        return replace(screen, lasting={name: measured[name] for name in names if usual and name in measured})


def _reader(column: Column) -> Read:
    """What reads a column of a stock."""
    code = column.code
    if code is None:
        name = FIELDS.get(column.name, column.name)
        return lambda stock: getattr(stock, name)
    name = BY_FACTOR[column.name.removeprefix(code).removeprefix(".")]
    return lambda stock: getattr(stock, name)[code]


def _named(condition: Condition, stocks: Sequence[HeatmapStock]) -> Condition:
    """A condition on a name, with the whole name of the stock whose name is or begins with its text.

    Raises InvalidOption where several begin with it; a name that no stock has remains as it is.
    """
    if condition.column.name != "name":
        return condition
    text, names = condition.written.casefold(), [stock.name for stock in stocks if stock.name]
    found = [name for name in names if name.casefold() == text]
    found = found or [name for name in names if name.casefold().startswith(text)]
    if len(found) > 1:
        more = f" and {len(found) - MAX_NAMED} more" if len(found) > MAX_NAMED else ""
        raise InvalidOption(f"name {condition.written!r} means several stocks: {', '.join(found[:MAX_NAMED])}{more}.")
    return replace(condition, value=found[0], written=found[0]) if found else condition


def _sorted(stocks: Sequence[HeatmapStock], column: Column) -> list[HeatmapStock]:
    """The stocks in the order of a column."""
    read = _reader(column)
    if column.kind is Kind.TEXT:
        return sorted(stocks, key=lambda stock: (read(stock) is None, (read(stock) or "").casefold()))
    sign = 1 if column.name.endswith(f".{Q_VALUE}") else -1
    return sorted(stocks, key=lambda stock: (not isfinite(read(stock)), sign * read(stock)))


def _screen(shown: Heatmap, met: Sequence[HeatmapStock], conditions: tuple[str, ...], top: int | None) -> Screen:
    parts = {field.name: getattr(shown, field.name) for field in fields(Heatmap)}
    stocks = tuple(met[:top])
    sectors = {stock.sector for stock in stocks}
    parts |= {"stocks": stocks, "sectors": tuple(one for one in shown.sectors if one.sector in sectors)}
    return Screen(**parts, conditions=conditions, known=len(shown.stocks), met=len(met), every=shown.stocks)


def _row(stock: HeatmapStock, shown: Heatmap, warnings: tuple[ResultWarning, ...]) -> ScreenedStock:
    """The stock, and of which heatmap it is."""
    return ScreenedStock(
        **vars(stock),
        window=shown.window,
        as_of=shown.as_of,
        source=shown.source,
        model=shown.model,
        warnings=warnings,
        frequency=shown.frequency,
    )


def _stale(shown: Heatmap) -> ResultWarning:
    return ResultWarning(
        "stale_heatmap", f"a session has closed since the heatmap of {shown.as_of} was computed: these are its numbers."
    )
