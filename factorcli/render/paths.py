"""Rolling paths: a sparkline a factor, and the estimates of some or all dates."""

import math
from collections.abc import Sequence

from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line
from factorcli.render.text import DIM_STYLE, interval, number, percent, signed
from factorcli.results.intervals import Interval
from factorcli.results.rolling import RollingPath

MAX_ROWS = 12
TICKS = "▁▂▃▄▅▆▇█"
SPARKLINE_WIDTH = 40


def path(found: RollingPath, period: str, terminal: bool) -> list[Block]:
    """The path of one ticker: a sparkline a factor, then every date, or in a terminal up to MAX_ROWS evenly spaced.

    period: what a return is of.
    """
    dates = len(found.dates)
    if not dates:
        return [line("No rolling path: there are fewer sessions than the window needs.")]
    shown = list(range(dates))
    if terminal and dates > MAX_ROWS:
        shown = [round(i * (dates - 1) / (MAX_ROWS - 1)) for i in range(MAX_ROWS)]
    heading = f"Rolling path: {dates} windows" + (f", {len(shown)} of them shown" if len(shown) < dates else "")
    return [
        line(heading, style="bold"),
        _shapes(found),
        BLANK,
        Grid(
            [
                Column("window end", [str(found.dates[i]) for i in shown], left=True),
                *(Column(code, [_beta(found, code, i) for i in shown]) for code in found.betas),
                Column("R²", [number(found.r_squared[i], signed=False) for i in shown]),
                Column("residual volatility", [percent(found.residual_volatility[i]) for i in shown], need=2),
                Column(
                    f"α a {'day' if period == 'session' else period}",
                    [percent(found.alpha[i], 3, signed=True) for i in shown],
                    need=1,
                ),
            ]
        ),
    ]


def sparkline(values: Sequence[float], width: int = SPARKLINE_WIDTH) -> str:
    """A series as ticks from its lowest value to its highest; a blank where a value is missing."""
    count = min(width, len(values))
    picked = [values[round(i * (len(values) - 1) / max(count - 1, 1))] for i in range(count)]
    known = [value for value in picked if math.isfinite(value)]
    if not known:
        return " " * count
    low, spread = min(known), max(known) - min(known)
    step = (len(TICKS) - 1) / spread if spread > 0 else 0.0
    return "".join(TICKS[round((value - low) * step)] if math.isfinite(value) else " " for value in picked)


def _shapes(found: RollingPath) -> Grid:
    rows = [
        (code, values, found.betas_low[code][-1], found.betas_high[code][-1]) for code, values in found.betas.items()
    ]
    known = [[value for value in values if math.isfinite(value)] or [math.nan] for _, values, _, _ in rows]
    return Grid(
        [
            Column("", [row[0] for row in rows], left=True, style="bold"),
            Column("path", [sparkline(row[1]) for row in rows], left=True),
            Column("lowest", [number(min(values)) for values in known], style=DIM_STYLE),
            Column("highest", [number(max(values)) for values in known], style=DIM_STYLE),
            Column("latest", [number(row[1][-1]) for row in rows]),
            Column("95% interval", [interval(Interval(low, high)) for _, _, low, high in rows], need=1),
        ]
    )


def _beta(found: RollingPath, code: str, i: int) -> Span:
    """A beta, coloured where its interval is on one side of zero."""
    low, high = found.betas_low[code][i], found.betas_high[code][i]
    return signed(found.betas[code][i], 0.0 if low * high > 0 else 1.0)


def year_ends(found: RollingPath) -> Grid:
    """The estimates of the last window of each year, each with its 95 % interval below it."""
    last = len(found.dates) - 1
    shown = [i for i, end in enumerate(found.dates) if i == last or found.dates[i + 1].year != end.year]
    return Grid(
        [
            Column("window end", [str(found.dates[i]) for i in shown], left=True),
            *(Column(code, _with_intervals(found, code, shown)) for code in found.betas),
            Column("R²", [number(found.r_squared[i], signed=False) for i in shown]),
            Column("residual volatility", [percent(found.residual_volatility[i]) for i in shown]),
        ]
    )


def _with_intervals(found: RollingPath, code: str, shown: Sequence[int]) -> list[Span]:
    """Betas above their intervals, to three decimals where all are below 0.1."""
    values = [found.betas[code][i] for i in shown]
    digits = 3 if all(abs(value) < 0.1 for value in values if math.isfinite(value)) else 2
    cells = []
    for i, value in zip(shown, values, strict=True):
        low, high = found.betas_low[code][i], found.betas_high[code][i]
        bounds = f"\n{interval(Interval(low, high), digits)}" if math.isfinite(low) else ""
        cells.append(Span(number(value, digits) + bounds, "" if low * high > 0 else DIM_STYLE))
    return cells
