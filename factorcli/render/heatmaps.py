"""The heatmap: a grid by sector whose colours and marks lead the eye to the extremes."""

import math
from collections.abc import Iterable, Sequence
from itertools import groupby

from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line
from factorcli.render.text import DIM_STYLE, count, model_line, number, percent
from factorcli.results.heatmap import DISCOVERY_RATE, Heatmap, HeatmapStatus, HeatmapStock, SectorAggregate

# Of a factor's spread over the stocks shown: past these |z| a cell is tinted, and tinted and marked.
TINTED, MARKED = 0.75, 1.5
SIGNIFICANT = 1.96
SURVIVES, ALONE = "*", "°"
BAR = 20
# The sixteen colours that every terminal has, and themes have tuned: they read on light and on dark.
HIGH = ("green", "bold black on green")
LOW = ("red", "bold black on red")
UP, DOWN = "▲", "▼"


def heatmap(results: Sequence[Heatmap], _: bool) -> list[Block]:
    """A heatmap by sector: each sector's mean and median, then its stocks."""
    (shown,) = results
    scale = _scales(shown)
    sectors = {aggregate.sector: aggregate for aggregate in shown.sectors}
    ordered = sorted(shown.stocks, key=lambda stock: stock.sector or "")
    lines: list[_Line] = []
    rules = set()
    for sector, members in groupby(ordered, key=lambda stock: stock.sector):
        lines += [*_sector_lines(sectors[sector], shown, scale), *(_stock_line(stock, scale) for stock in members)]
        rules.add(len(lines) - 1)
    return [*_heading(shown), _grid(lines, shown, rules), *_foot(shown)]


def ranking(results: Sequence[Heatmap], _: bool) -> list[Block]:
    """A heatmap as one list, in the order of its stocks."""
    (shown,) = results
    scale = _scales(shown)
    lines = [_stock_line(stock, scale) for stock in shown.stocks]
    return [*_heading(shown), _grid(lines, shown, set()), *_foot(shown)]


def statuses(results: Sequence[HeatmapStatus], _: bool) -> list[Block]:
    """How far each window is."""
    return [
        Grid(
            [
                Column("window", [str(s.window) for s in results], style="bold"),
                Column("state", [s.state for s in results], left=True),
                Column("", [_bar(s) for s in results], left=True, need=2),
                Column("computed", [f"{s.computed:,}" for s in results]),
                Column("failed", [f"{s.failed:,}" for s in results]),
                Column("pending", [f"{s.pending:,}" for s in results]),
                Column("of", [f"{s.total:,}" for s in results]),
                Column("as of", [str(s.as_of or "–") for s in results], left=True),
                Column("updated", [s.updated_at or "–" for s in results], left=True, need=3),
                Column("left", ["" if s.eta_seconds is None else f"{s.eta_seconds:.0f} s" for s in results], need=1),
            ]
        )
    ]


def failures(results: Sequence[HeatmapStatus], terminal: bool) -> list[Block]:
    """The statuses, and every failure with its sentence."""
    parts: list[Block] = [*statuses(results, terminal)]
    for status in results:
        if status.failures:
            parts += [BLANK, line(f"Window {status.window}: {count(status.failed, 'failure')}", style="bold")]
            parts += [line(Span(f"{f.code}: ", DIM_STYLE), f.message) for f in status.failures]
    return list(parts)


class _Line:
    """One row of the grid: a label, numbers and how they are to be drawn."""

    def __init__(self, label: Span, name: str, cells: Sequence[Span], alpha: str, r_squared: str, n: str) -> None:
        self.label, self.name, self.cells = label, name, cells
        self.alpha, self.r_squared, self.n = alpha, r_squared, n


def _heading(shown: Heatmap) -> list[Block]:
    parts = [f"window {shown.window}", f"as of {shown.as_of}", count(len(shown.stocks), "stock")]
    if shown.missing:
        parts.append(f"{len(shown.missing)} of {shown.total} missing")
    stale = " · STALE: a session has closed since" if shown.stale else ""
    return [line(Span("Heatmap", "bold"), f"  {' · '.join(parts)}{stale}"), BLANK]


def _foot(shown: Heatmap) -> Iterable[Block]:
    yield BLANK
    yield line(
        f"{UP} and {DOWN} mark the extremes of a column among the stocks shown. {SURVIVES} marks a beta that "
        f"survives a false discovery rate of 5% over the universe, {ALONE} one with |t| > {SIGNIFICANT} that does not. "
        "alone is the beta to the market by itself, MKT what the market adds to the other factors.",
        style=DIM_STYLE,
    )
    yield line(model_line(shown.model, shown.source, shown.as_of), style=DIM_STYLE)


def _grid(lines: Sequence[_Line], shown: Heatmap, rules: set[int]) -> Grid:
    titles = ["alone", *shown.model.proxies]
    return Grid(
        [
            Column("", [line.label for line in lines], left=True),
            Column("name", [line.name for line in lines], left=True, need=3),
            *(Column(title, [line.cells[k] for line in lines]) for k, title in enumerate(titles)),
            Column("R²", [line.r_squared for line in lines]),
            Column("α a year", [line.alpha for line in lines], need=2),
            Column("n", [line.n for line in lines], need=1),
        ],
        frozenset(rules),
    )


class _Scale:
    """Of one column: how far a value is from the median, in robust deviations, and how many digits it needs."""

    def __init__(self, values: Iterable[float]) -> None:
        ordered = sorted(value for value in values if math.isfinite(value))
        last = len(ordered) - 1
        self._middle = ordered[len(ordered) // 2] if ordered else 0.0
        self._spread = (ordered[int(0.84 * last)] - ordered[int(0.16 * last)]) / 2 if last > 1 else 0.0
        sizes = sorted(map(abs, ordered))
        self.digits = 3 if sizes and sizes[int(0.9 * last)] < 0.1 else 2

    def distance(self, value: float) -> float:
        """Signed; 0 where the column has no spread."""
        return (value - self._middle) / self._spread if self._spread else 0.0


def _scales(shown: Heatmap) -> list[_Scale]:
    """Of the market beta and of each factor, over the stocks shown."""
    stocks = shown.stocks
    betas = [_Scale(stock.betas[code] for stock in stocks) for code in shown.model.proxies]
    return [_Scale(stock.market_beta for stock in stocks), *betas]


def _stock_line(stock: HeatmapStock, scale: Sequence[_Scale]) -> _Line:
    cells = [_cell(stock.market_beta, scale[0])]
    for (code, beta), z in zip(stock.betas.items(), scale[1:], strict=True):
        alone = ALONE if abs(stock.t_stats[code]) > SIGNIFICANT else " "
        cells.append(_cell(beta, z, SURVIVES if stock.q_values[code] <= DISCOVERY_RATE else alone))
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
    members = [stock.market_beta for stock in shown.stocks if stock.sector == aggregate.sector]
    alone = sorted(members)
    middle = (alone[len(alone) // 2] + alone[(len(alone) - 1) // 2]) / 2
    label = f"{title} ({aggregate.count})"
    for name, market, betas in (
        ("mean", sum(members) / len(members), aggregate.betas),
        ("median", middle, aggregate.median_betas),
    ):
        cells = [_cell(market, scale[0])]
        cells += [_cell(beta, z, " ") for beta, z in zip(betas.values(), scale[1:], strict=True)]
        r_squared = number(aggregate.r_squared, signed=False) if name == "mean" else ""
        yield _Line(
            Span(f"{label[:24]} {name}" if name == "mean" else "  median", "bold"), "", cells, "", r_squared, ""
        )


def _cell(value: float, z: _Scale, star: str = "") -> Span:
    if not math.isfinite(value):
        return Span("–")
    distance = z.distance(value)
    mark = "" if abs(distance) < MARKED else UP if distance > 0 else DOWN
    text = f"{mark}{number(value, z.digits)}{star}"
    if abs(distance) < TINTED:
        return Span(text)
    return Span(text, (HIGH if distance > 0 else LOW)[bool(mark)])


def _bar(status: HeatmapStatus) -> str:
    filled = round(BAR * status.percent / 100)
    return "█" * filled + "░" * (BAR - filled)
