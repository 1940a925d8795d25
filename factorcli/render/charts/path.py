"""Rolling betas: a panel a factor with the estimate of each window, its interval, and where it is not significant."""

from collections.abc import Iterator, Sequence
from datetime import date
from math import ceil, isfinite
from typing import Any

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.heading import heading, whose
from factorcli.render.charts.layout import shortened, widest
from factorcli.render.charts.panel import AXIS, TOO_FEW, Frame, Series, domain, panel
from factorcli.render.charts.picture import KeyEntry, Picture, Spec, key, mark, picture
from factorcli.render.charts.theme import BAND, BLUE, LABEL_SIZE, MUTED, PADDING, TEXT_SIZE, WARNING
from factorcli.render.charts.timeline import HATCHED, step_between
from factorcli.render.text import count, period
from factorcli.results.beta import BetaResult
from factorcli.results.rolling import RollingPath

NAME = "path"
MAX_DATES = 300  # drawn across the width of a picture
MAX_COLUMNS, MIN_PLOT = 4, 140  # stocks beside each other, and px of a plot of theirs
SMALL_PANEL = 130  # px of a panel of one of many stocks
MAX_STOCKS = 60
HEIGHT, LOW_HEIGHT = 76, 44  # px of a plot: of few stocks, of many
GAP = 12  # px between plots

_Stock = tuple[BetaResult, RollingPath]


def path(results: Sequence[BetaResult], extras: Extras) -> Picture:
    """The rolling path of each result that has one."""
    found = [(result, result.rolling) for result in results if result.rolling is not None]
    stocks = [(result, way) for result, way in found if way.dates][:MAX_STOCKS]
    asked = [result for result, _ in found]
    space = extras.width - 2 * PADDING
    beside = len(stocks) <= min(MAX_COLUMNS, (space - AXIS + GAP) // (MIN_PLOT + GAP))
    columns = len(stocks) if beside else int(space // SMALL_PANEL)
    limit = MAX_DATES // max(columns, 1)
    if not stocks:
        views = [{"width": space, "height": 1, **mark("text", {}, text="")}]
    elif len(stocks) == 1:
        views = _one(stocks[0], extras, space, limit)
    else:
        views = _side_by_side(stocks, extras, space, limit) if beside else _many(stocks, extras, space, limit)
    return picture(
        NAME,
        f"Rolling betas of {whose(asked)}",
        [*(heading(asked) if extras.alone else ()), *_windows(found, stocks, limit)],
        [*([key(_key(stocks), space, AXIS)] if stocks else []), *views],
        [text for stock in stocks for text in _numbers(stock, extras)],
        width=extras.width,
        spacing=14,
    )


def _one(stock: _Stock, extras: Extras, space: float, limit: int) -> list[Spec]:
    """Panels one below the other, as wide as the picture."""
    series = [*_betas(stock, extras), *_fit(stock)]
    labels = widest([text for one in series for text in (one.text, one.interval)], LABEL_SIZE)
    frame = _frame([stock], space - AXIS - labels - 8, HEIGHT, limit, beside=True)
    return [{"title": _title(one.title), **_panel(stock, one, frame, domain([one]))} for one in series]


def _side_by_side(stocks: Sequence[_Stock], extras: Extras, space: float, limit: int) -> list[Spec]:
    """A row a factor, with one scale; a column a stock."""
    plot = (space - AXIS + GAP) / len(stocks) - GAP
    frame = _frame(stocks, plot, HEIGHT, limit)
    series = [{one.code: one for one in [*_betas(stock, extras), *_fit(stock)]} for stock in stocks]
    views = []
    for code in dict.fromkeys(code for each in series for code in each):
        row = [each[code] for each in series]
        panels = [
            _panel(stock, one, frame, domain(row), numbers=place == 0,
                   caption=shortened(stock[0].ticker, plot, TEXT_SIZE))
            for place, (stock, one) in enumerate(zip(stocks, row, strict=True))
        ]  # fmt: skip
        views.append({"title": _title(row[0].title), **_row(panels, GAP)})
    return views


def _many(stocks: Sequence[_Stock], extras: Extras, space: float, limit: int) -> list[Spec]:
    """A block a stock, with a small panel a factor; a factor has one scale."""
    series = [_betas(stock, extras) for stock in stocks]
    most = max(map(len, series))
    columns = ceil(most / ceil(most / (space // SMALL_PANEL)))
    frame = _frame(stocks, (space + GAP) / columns - AXIS - GAP, LOW_HEIGHT, limit)
    by_code: dict[str, list[Series]] = {}
    for one in (one for each in series for one in each):
        by_code.setdefault(one.code, []).append(one)
    scales = {code: domain(alike) for code, alike in by_code.items()}
    views = []
    for stock, each in zip(stocks, series, strict=True):
        panels = [_panel(stock, one, frame, scales[one.code], caption=one.code, indent=AXIS) for one in each]
        rows = [_row(panels[at : at + columns], AXIS + GAP) for at in range(0, len(panels), columns)]
        name = shortened(f"{stock[0].ticker}  {stock[0].name or ''}".strip(), space - AXIS, TEXT_SIZE)
        views.append({"title": {**_title(name), "dx": -AXIS}, "vconcat": rows, "spacing": 8})
    return views


def _betas(stock: _Stock, extras: Extras) -> list[Series]:
    way = stock[1]
    return [
        Series(code, extras.label(code), values, way.betas_low[code], way.betas_high[code])
        for code, values in way.betas.items()
    ]


def _fit(stock: _Stock) -> list[Series]:
    way = stock[1]
    return [
        Series("r_squared", "R²", way.r_squared, unit="share"),
        Series("residual_volatility", "Residual volatility, annual", way.residual_volatility, unit="percent"),
    ]


def _frame(stocks: Sequence[_Stock], plot: float, height: float, limit: int, *, beside: bool = False) -> Frame:
    first, last = min(way.dates[0] for _, way in stocks), max(way.dates[-1] for _, way in stocks)
    return Frame(first, last, plot, height, limit, beside)


def _panel(stock: _Stock, one: Series, frame: Frame, scale: Sequence[float], **how: Any) -> Spec:
    return panel(one, stock[1].dates, _unusual(stock), frame, scale, **how)


def _unusual(stock: _Stock) -> list[date]:
    """Days within the path that the latest window leaves out or corrects."""
    data, dates = stock[0].data, stock[1].dates
    days = sorted({*(day.date for day in data.excluded), *(day.date for day in data.corrected)})
    return [day for day in days if dates[0] <= day <= dates[-1]]


def _row(panels: Sequence[Spec], spacing: float) -> Spec:
    """Plots of one row, their tops and bottoms aligned whatever stands above them."""
    return {"hconcat": list(panels), "bounds": "flush", "spacing": spacing}


def _title(text: str) -> Spec:
    return {"text": text, "fontSize": TEXT_SIZE, "anchor": "start", "frame": "group", "offset": 6}


def _windows(found: Sequence[_Stock], stocks: Sequence[_Stock], limit: int) -> Iterator[str]:
    """How many windows there are, how many are drawn, and which stocks have none."""
    if stocks:
        first, last = min(way.dates[0] for _, way in stocks), max(way.dates[-1] for _, way in stocks)
        most = max(len(way.dates) for _, way in stocks)
        step = step_between(most, limit)
        thinned = f"; every {_ordinal(step)} window drawn" if step > 1 else ""
        yield f"{'Up to ' if len(stocks) > 1 else ''}{count(most, 'window')} that end from {first} to {last}{thinned}"
    none = [result.ticker for result, way in found if not way.dates]
    if none:
        unit = period(found[0][0].frequency)
        yield f"No path, as there are fewer {unit}s than the window needs: {', '.join(none[:10])}" + (
            f" and {len(none) - 10} more" if len(none) > 10 else ""
        )
    if len(found) - len(none) > len(stocks):
        yield f"The first {len(stocks)} of {len(found) - len(none)} stocks are drawn; the JSON output has all"


def _ordinal(value: int) -> str:
    ending = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{ending}"


def _key(stocks: Sequence[_Stock]) -> list[KeyEntry]:
    entries = [KeyEntry("beta, with its 95% interval", BLUE, "stroke")]
    series = [(way, code, values) for _, way in stocks for code, values in way.betas.items()]
    if any(low * high <= 0 for way, code, _ in series
           for low, high in zip(way.betas_low[code], way.betas_high[code], strict=True)):  # fmt: skip
        entries.append(KeyEntry("not significant at 5%", MUTED, "stroke"))
    if any(not isfinite(value) for _, _, values in series for value in values):
        entries.append(KeyEntry(TOO_FEW, BAND, HATCHED))
    if any(map(_unusual, stocks)):
        entries.append(KeyEntry("return left out or corrected", WARNING, "triangle-down"))
    return entries


def _numbers(stock: _Stock, extras: Extras) -> Iterator[str]:
    """The last values, as sentences of the alternative text."""
    for one in [*_betas(stock, extras), *_fit(stock)]:
        missing = sum(not isfinite(value) for value in one.values)
        gap = f", {TOO_FEW} in {count(missing, 'window')}" if missing else ""
        yield f"{stock[0].ticker} {one.name} on {stock[1].dates[-1]}: {one.last}{gap}."
