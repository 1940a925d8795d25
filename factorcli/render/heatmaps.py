"""Heatmaps and their statuses: betas of many stocks by sector or as one list, with the extremes marked."""

import math
from collections.abc import Iterable, Sequence
from itertools import groupby

from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line
from factorcli.render.text import DIM_STYLE, count, day, model_line, number, percent, period
from factorcli.results.heatmap import DISCOVERY_RATE, Heatmap, HeatmapStatus, HeatmapStock, SectorAggregate

# Limits of |z|, where z counts robust standard deviations of a column from its median over the stocks compared.
COLOUR_Z = 0.75
EXTREME_Z = 1.5
SIGNIFICANT_T = 1.96  # of a two-sided test at 5 %
DISCOVERY_MARK = "*"  # q-value at most DISCOVERY_RATE
UNADJUSTED_MARK = "°"  # |t| above SIGNIFICANT_T, q-value above DISCOVERY_RATE
BAR_WIDTH = 20
LABEL_WIDTH = 24
# Above the median and below it: coloured, extreme. All are of the sixteen colours that every terminal has, and that
# themes adapt to light and dark backgrounds.
HIGH_STYLES = ("green", "bold black on green")
LOW_STYLES = ("red", "bold black on red")
HIGH_MARK, LOW_MARK = "▲", "▼"
SHOWN = "the stocks shown"  # to which these marks refer


def heatmap(results: Sequence[Heatmap], _: bool) -> list[Block]:
    """A heatmap by sector: the sector's mean and median, then its stocks."""
    (shown,) = results
    return [*_heading(shown), by_sector(shown), *foot(shown)]


def by_sector(shown: Heatmap) -> Grid:
    """Each sector's mean and median, then its stocks."""
    scale = _scales(shown)
    sectors = {aggregate.sector: aggregate for aggregate in shown.sectors}
    ordered = sorted(shown.stocks, key=lambda stock: stock.sector or "")
    lines: list[_Line] = []
    rules = set()
    for sector, members in groupby(ordered, key=lambda stock: stock.sector):
        lines += [*_sector_lines(sectors[sector], shown, scale), *(_stock_line(stock, scale) for stock in members)]
        rules.add(len(lines) - 1)
    return _grid(lines, shown, rules)


def ranking(results: Sequence[Heatmap], _: bool) -> list[Block]:
    """A heatmap as one list, in the order of `stocks`."""
    (shown,) = results
    return [*_heading(shown), in_order(shown), *foot(shown)]


def in_order(shown: Heatmap, among: Sequence[HeatmapStock] = ()) -> Grid:
    """The stocks as one list, in their order, marked among these stocks or else among themselves."""
    scale = _scales(shown, among)
    return _grid([_stock_line(stock, scale) for stock in shown.stocks], shown, set())


def statuses(results: Sequence[HeatmapStatus], _: bool) -> list[Block]:
    """The state of each window: stocks computed, failed and pending."""
    return [
        Grid(
            [
                Column("window", [str(s.window) for s in results], style="bold"),
                Column("state", [s.state for s in results], left=True),
                Column("", [_bar(s) for s in results], left=True, need=2),
                Column("computed", [f"{s.computed:,}" for s in results]),
                Column("failed", [f"{s.failed:,}" for s in results]),
                Column("pending", [f"{s.pending:,}" for s in results]),
                Column("total", [f"{s.total:,}" for s in results]),
                Column("as of", [str(s.as_of or "–") for s in results], left=True),
                Column("updated", [s.updated_at or "–" for s in results], left=True, need=3),
                Column(
                    "time left", ["" if s.eta_seconds is None else f"{s.eta_seconds:.0f} s" for s in results], need=1
                ),
            ]
        )
    ]


def failures(results: Sequence[HeatmapStatus], terminal: bool) -> list[Block]:
    """The statuses, then each failure: code and message."""
    parts: list[Block] = [*statuses(results, terminal)]
    for status in results:
        if status.failures:
            parts += [BLANK, line(f"Window {status.window}: {count(status.failed, 'failure')}", style="bold")]
            parts += [line(Span(f"{f.code}: ", DIM_STYLE), f.message) for f in status.failures]
    return list(parts)


class _Line:
    """One row of the grid: label, name, a styled cell for each beta, alpha, R² and n."""

    def __init__(self, label: Span, name: str, cells: Sequence[Span], alpha: str, r_squared: str, n: str) -> None:
        self.label, self.name, self.cells = label, name, cells
        self.alpha, self.r_squared, self.n = alpha, r_squared, n


def _heading(shown: Heatmap) -> list[Block]:
    parts = [length(shown), f"as of {shown.as_of}", count(len(shown.stocks), "stock")]
    if shown.missing:
        parts.append(f"{len(shown.missing)} of {shown.total} missing")
    stale = " · STALE: a later session has closed" if shown.stale else ""
    return [line(Span("Heatmap", "bold"), f"  {' · '.join(parts)}{stale}"), BLANK]


def length(shown: Heatmap) -> str:
    """The window, in sessions, weeks or months."""
    return f"window {shown.window}" if shown.frequency is None else count(shown.window, period(shown.frequency))


def foot(shown: Heatmap, among: str = SHOWN) -> Iterable[Block]:
    """What the marks mean, and the model; among: the stocks whose median the marks refer to."""
    yield BLANK
    yield line(legend(shown.frequency, among), style=DIM_STYLE)
    yield line(model_line(shown.model, shown.source, shown.as_of, shown.frequency), style=DIM_STYLE)


def legend(frequency: str | None, among: str = SHOWN) -> str:
    """What the marks and the betas of a heatmap mean."""
    return (
        f"{HIGH_MARK} and {LOW_MARK}: at least {EXTREME_Z} robust standard deviations above or below the median of "
        f"{among}. {DISCOVERY_MARK} significant at a false discovery rate of {DISCOVERY_RATE:.0%} over the "
        f"universe; {UNADJUSTED_MARK} |t| > {SIGNIFICANT_T}, but not significant at that rate. market β is the beta of "
        f"the one-factor market model, down β that of {day(frequency)}s on which the market falls; the other "
        "betas are estimated jointly."
    )


def _grid(lines: Sequence[_Line], shown: Heatmap, rules: set[int]) -> Grid:
    titles = ["market β", "down β", *shown.model.proxies]
    return Grid(
        [
            Column("", [line.label for line in lines], left=True),
            Column("name", [line.name for line in lines], left=True, need=4),
            *(Column(title, [line.cells[k] for line in lines]) for k, title in enumerate(titles)),
            Column("R²", [line.r_squared for line in lines], need=1),
            Column("α a year", [line.alpha for line in lines], need=3),
            Column("n", [line.n for line in lines], need=2),
        ],
        frozenset(rules),
    )


class _Scale:
    """Of one column: its median, its robust standard deviation and the decimals of its numbers.

    The robust standard deviation is half the distance between the 16th and the 84th percentile.
    """

    def __init__(self, values: Iterable[float]) -> None:
        ordered = sorted(value for value in values if math.isfinite(value))
        last = len(ordered) - 1
        self._middle = ordered[len(ordered) // 2] if ordered else 0.0
        self._spread = (ordered[int(0.84 * last)] - ordered[int(0.16 * last)]) / 2 if last > 1 else 0.0
        sizes = sorted(map(abs, ordered))
        self.digits = 3 if sizes and sizes[int(0.9 * last)] < 0.1 else 2

    def distance(self, value: float) -> float:
        """Robust standard deviations from the median, signed; 0 where the column has no spread."""
        return (value - self._middle) / self._spread if self._spread else 0.0


def _scales(shown: Heatmap, among: Sequence[HeatmapStock] = ()) -> list[_Scale]:
    """One scale for the one-factor market beta, one for the down beta, then one a factor, over the stocks shown.

    among: over these stocks instead.
    """
    stocks = among or shown.stocks
    betas = [_Scale(stock.betas[code] for stock in stocks) for code in shown.model.proxies]
    return [_Scale(stock.market_beta for stock in stocks), _Scale(stock.down_beta for stock in stocks), *betas]


def _stock_line(stock: HeatmapStock, scale: Sequence[_Scale]) -> _Line:
    cells = [_cell(stock.market_beta, scale[0]), _cell(stock.down_beta, scale[1])]
    for (code, beta), z in zip(stock.betas.items(), scale[2:], strict=True):
        unadjusted = UNADJUSTED_MARK if abs(stock.t_stats[code]) > SIGNIFICANT_T else " "
        cells.append(_cell(beta, z, DISCOVERY_MARK if stock.q_values[code] <= DISCOVERY_RATE else unadjusted))
    return _Line(
        Span(stock.ticker),
        stock.name or "",
        cells,
        percent(stock.alpha_annual, signed=True),
        number(stock.r_squared, signed=False),
        str(stock.observations),
    )


def _sector_lines(aggregate: SectorAggregate, shown: Heatmap, scale: Sequence[_Scale]) -> Iterable[_Line]:
    title = aggregate.sector or "no sector"
    label = f"{title} ({aggregate.count})"
    stocks = [stock for stock in shown.stocks if stock.sector == aggregate.sector]
    market, down = (_middles(values) for values in zip(*((s.market_beta, s.down_beta) for s in stocks), strict=True))
    r_squared = number(aggregate.r_squared, signed=False)

    def cells(one_factor: Sequence[float], betas: Iterable[float]) -> list[Span]:
        plain = [_cell(value, z) for value, z in zip(one_factor, scale, strict=False)]
        return [*plain, *(_cell(beta, z, " ") for beta, z in zip(betas, scale[2:], strict=True))]

    means = cells([market[0], down[0]], aggregate.betas.values())
    medians = cells([market[1], down[1]], aggregate.median_betas.values())
    yield _Line(Span(f"{label[:LABEL_WIDTH]} mean", "bold"), "", means, "", r_squared, "")
    yield _Line(Span("  median", "bold"), "", medians, "", "", "")


def _middles(values: Iterable[float]) -> tuple[float, float]:
    """Mean and median of the values that are known."""
    known = sorted(value for value in values if math.isfinite(value))
    if not known:
        return math.nan, math.nan
    return sum(known) / len(known), (known[len(known) // 2] + known[(len(known) - 1) // 2]) / 2


def _cell(value: float, scale: _Scale, mark: str = "") -> Span:
    if not math.isfinite(value):
        return Span("–")
    z = scale.distance(value)
    extreme = "" if abs(z) < EXTREME_Z else HIGH_MARK if z > 0 else LOW_MARK
    text = f"{extreme}{number(value, scale.digits)}{mark}"
    if abs(z) < COLOUR_Z:
        return Span(text)
    return Span(text, (HIGH_STYLES if z > 0 else LOW_STYLES)[bool(extreme)])


def _bar(status: HeatmapStatus) -> str:
    filled = round(BAR_WIDTH * status.percent / 100)
    return "█" * filled + "░" * (BAR_WIDTH - filled)
