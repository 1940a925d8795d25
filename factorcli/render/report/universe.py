"""The page of the universe."""

from collections.abc import Callable, Iterator, Sequence
from math import isfinite

from factorcli.render import heatmaps, models
from factorcli.render.charts import catalogue
from factorcli.render.charts.extras import Extras
from factorcli.render.layout import Column, Grid, Span
from factorcli.render.report.parts import Figure, Part, Section, Subject, Table, Text
from factorcli.render.report.quality import heatmap_notices, missing, warnings
from factorcli.render.report.sentences import TIMES, market_name
from factorcli.render.text import count, number, period
from factorcli.results.comparison import Comparison
from factorcli.results.heatmap import DISCOVERY_RATE, Heatmap, HeatmapStock, SectorAggregate
from factorcli.results.model import ModelResult, ModelStatistics
from factorcli.results.report import Report

MARKET_EXTREMES, FACTOR_EXTREMES = 10, 5  # stocks at either end
HEATMAP_CAPTION = (
    "Colours compare a beta with those of the other stocks, a factor at a time; faded ones are not significant at a "
    f"false discovery rate of {DISCOVERY_RATE:.0%}. The table below has every stock."
)
FACTORS_CAPTION = "What the factors themselves did over the window, and how much they move together."
NO_STATISTICS = "What the factors did over the window is not known: their prices could not be had."

_Value = Callable[[HeatmapStock], float]


def subject(report: Report, extras: Extras, anchor: str) -> Subject:
    """The sections of the universe."""
    shown, model = report.heatmap, report.model
    if shown is None or model is None:
        raise ValueError("a report of the universe has a heatmap and a model")
    length = count(shown.window, period(shown.frequency))
    return Subject(
        anchor,
        f"The universe: {count(len(shown.stocks), 'stock')}",
        f"{length} to {shown.as_of} · prices from {shown.source}",
        _headline(report.comparison, extras, TIMES[period(shown.frequency)]),
        list(_lead(shown)),
        heatmap_notices(shown),
        [
            Section(f"{anchor}-sectors", "Sectors", _sectors(shown, extras)),
            Section(f"{anchor}-extremes", "The largest and the smallest exposures", list(_extremes(shown, extras))),
            Section(f"{anchor}-heatmap", "Every stock", _every(shown, extras)),
            Section(f"{anchor}-factors", "The factors", list(_factors(model, extras))),
            Section(f"{anchor}-missing", "What is missing", list(missing(shown))),
        ],
    )


def _headline(others: Comparison | None, extras: Extras, time: str) -> str:
    if others is None or "market" not in others.median:
        return "The factor exposures of every stock of the universe."
    middle = others.median["market"]
    verb = "falls" if middle > 0 else "rises"
    return f"When {market_name(extras)} falls 1%{time}, the median stock {verb} {number(abs(middle), signed=False)}%."


def _lead(shown: Heatmap) -> Iterator[str]:
    ordered = _ordered(shown.stocks, lambda stock: stock.market_beta)
    if ordered:
        first, last = ordered[0], ordered[-1]
        yield (
            f"The market beta is largest for {first.ticker}, {number(first.market_beta)}, and smallest for "
            f"{last.ticker}, {number(last.market_beta)}."
        )
    sectors = sorted(shown.sectors, key=lambda sector: -sector.r_squared)
    if len(sectors) > 1:
        yield (
            f"The factors explain most of the sector {_sector(sectors[0])}, a mean R² of "
            f"{number(sectors[0].r_squared, signed=False)}, and least of {_sector(sectors[-1])}, "
            f"{number(sectors[-1].r_squared, signed=False)}."
        )


def _ordered(stocks: Sequence[HeatmapStock], value: _Value) -> list[HeatmapStock]:
    """The stocks whose value is known, the largest first."""
    return sorted((stock for stock in stocks if isfinite(value(stock))), key=lambda stock: -value(stock))


def _sector(sector: SectorAggregate) -> str:
    return sector.sector or "no sector"


def _sectors(shown: Heatmap, extras: Extras) -> list[Part]:
    rows = sorted(shown.sectors, key=_sector)
    codes = list(rows[0].median_betas) if rows else []
    grid = Grid(
        [
            Column("sector", [_sector(row) for row in rows], left=True),
            Column("stocks", [f"{row.count:,}" for row in rows]),
            *(Column(extras.label(code), _numbers([row.median_betas[code] for row in rows])) for code in codes),
            Column("mean R²", [number(row.r_squared, signed=False) for row in rows]),
        ]
    )
    return [Table(grid, "The median beta of each sector's stocks to each factor, estimated jointly")]


def _numbers(values: Sequence[float]) -> list[str]:
    """To three decimals where all are below 0.1."""
    digits = 3 if all(abs(value) < 0.1 for value in values if isfinite(value)) else 2
    return [number(value, digits) for value in values]


def _extremes(shown: Heatmap, extras: Extras) -> Iterator[Part]:
    ordered = _ordered(shown.stocks, lambda stock: stock.market_beta)
    largest, smallest = _ends(ordered, MARKET_EXTREMES)
    yield Table(
        _stocks([*largest, *smallest], "market β", [s.market_beta for s in (*largest, *smallest)], len(largest)),
        f"Market beta (one factor): the {len(largest)} largest and the {len(smallest)} smallest",
    )
    for code in shown.model.proxies:
        known = [stock for stock in shown.stocks if stock.q_values[code] <= DISCOVERY_RATE]
        largest, smallest = _ends(_ordered(known, lambda stock, code=code: stock.betas[code]), FACTOR_EXTREMES)  # type: ignore[misc]
        label = extras.label(code)
        if not largest:
            yield Text(
                f"{label}: no beta is significant at a false discovery rate of {DISCOVERY_RATE:.0%} over the universe."
            )
            continue
        rows = [*largest, *smallest]
        values = [stock.betas[code] for stock in rows]
        q_values = Column("q-value", [_q_value(stock.q_values[code]) for stock in rows])
        t_stats = Column("t", [number(stock.t_stats[code]) for stock in rows])
        title = f"{label}: {len(known):,} significant betas, the {len(largest)} largest"
        yield Table(
            _stocks(rows, f"{code} β", values, len(largest), [t_stats, q_values]),
            title + (f" and the {len(smallest)} smallest" if smallest else ""),
        )


def _ends(ordered: Sequence[HeatmapStock], size: int) -> tuple[list[HeatmapStock], list[HeatmapStock]]:
    """Up to `size` stocks of each end, none of them twice."""
    first = list(ordered[:size])
    return first, list(ordered[max(size, len(ordered) - size) :])


def _stocks(
    stocks: Sequence[HeatmapStock], title: str, values: Sequence[float], rule: int, more: Sequence[Column] = ()
) -> Grid:
    return Grid(
        [
            Column("stock", [stock.ticker for stock in stocks], left=True),
            Column("name", [stock.name or "" for stock in stocks], left=True),
            Column("sector", [stock.sector or "" for stock in stocks], left=True),
            Column(title, _numbers(values)),
            *more,
            Column("R²", [number(stock.r_squared, signed=False) for stock in stocks]),
        ],
        frozenset([rule - 1]),
    )


def _q_value(value: float) -> str:
    return "< 0.001" if value < 0.001 else number(value, 3, signed=False)


def _every(shown: Heatmap, extras: Extras) -> list[Part]:
    grid = heatmaps.by_sector(shown)
    first = Column("sector, stock", _row_headings(grid.columns[0]), left=True)
    return [
        Figure(catalogue.draw([shown], "heatmap", extras), HEATMAP_CAPTION),
        Table(
            Grid([first, *grid.columns[1:]], grid.rules),
            f"All {count(len(shown.stocks), 'stock')} by sector",
            folded=True,
        ),
        Text(heatmaps.legend(shown.frequency), quiet=True),
    ]  # fmt: skip


def _row_headings(column: Column) -> list[str]:
    """The headings of a heatmap's rows, of which a median names its sector too."""
    found: list[str] = []
    for text in map(_plain, column.cells):
        found.append(f"{found[-1].removesuffix('mean')}{text}" if text == "median" else text)
    return found


def _plain(cell: Span | str) -> str:
    return (cell if isinstance(cell, str) else cell.text).strip()


def _health(statistics: ModelStatistics) -> Grid:
    """The health of the proxies, whose rows name the factor and what its proxy is held against."""
    factor, *others = models.health(list(statistics.health.values())).columns
    against = next(column for column in others if column.title == "against")
    headings: list[str] = []
    code = ""
    for own, other in zip(map(_plain, factor.cells), map(_plain, against.cells), strict=True):
        code = own or code
        headings.append(code if other == "–" else f"{code} against {other}")
    return Grid([Column("factor", headings, left=True), *(column for column in others if column is not against)])


def _factors(model: ModelResult, extras: Extras) -> Iterator[Part]:
    found = model.statistics
    if found is None:
        yield Text(NO_STATISTICS)
        return
    yield Figure(catalogue.draw([model], "factors", extras), FACTORS_CAPTION)
    yield Table(models.factors(found), "Mean and volatility a year, variance inflation and correlations of the factors")
    suspect = [(code, days) for code, one in found.factors.items() if (days := one.suspect)]
    for code, days in suspect:
        named = ", ".join(map(str, days))
        left_out = f"{count(len(days), 'session')} left out for every stock"
        yield Text(f"{extras.label(code)}: {left_out}, as its fund was far from the market: {named}.")
    yield Table(_health(found), models.HEALTH_MEANING)
    yield from warnings(found.warnings)
