"""A heatmap: the median betas of sectors, then the betas of stocks."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite, nan
from statistics import median, quantiles

from factorcli.render.charts.cells import Column, Row, colour_key, poster, tables
from factorcli.render.charts.extras import Extras
from factorcli.render.charts.heading import SYNTHETIC, plain
from factorcli.render.charts.picture import Picture, Spec, picture, read_out
from factorcli.render.charts.theme import PADDING
from factorcli.render.text import ESTIMATORS, about, count, number, percent, period
from factorcli.results.heatmap import DISCOVERY_RATE, Heatmap, HeatmapStock, SectorAggregate
from factorcli.results.screen import Screen

NAME = "heatmap"
MARKET = "market"  # the code of the one-factor beta
MARKET_HEADING = "market β"
NO_SECTOR = "no sector"
LIMIT_PERCENTILE = 95  # of |beta|: where a column's colours end
MAX_NUMBERED = 40  # stocks whose numbers are printed
MAX_POSTER = 1500  # stocks that are shown one by one
EXTREMES = 20  # stocks shown at each end of more than that


def heatmap(results: Sequence[Heatmap], extras: Extras) -> Picture:
    """The betas of a universe's stocks and the medians of its sectors."""
    (shown,) = results
    columns = _columns(shown)
    space = extras.width - 2 * PADDING
    sectors = [_sector_row(sector, shown) for sector in sorted(shown.sectors, key=lambda one: _by_name(one.sector))]
    stocks = {stock.ticker: _stock_row(stock) for stock in shown.stocks}
    views = [colour_key(list(_key(shown)), space), *_tables(shown, sectors, stocks, columns, space)]
    sentences = [_sentence(f"{row.label} ({row.note}), median", row, columns) for row in sectors]
    sentences += [_sentence(row.label, row, columns) for row in stocks.values()]
    return picture(NAME, _title(shown), list(_subtitle(shown, extras)), views, read_out(sentences, len(columns)),
                   width=extras.width, spacing=18)  # fmt: skip


def _columns(shown: Heatmap) -> list[Column]:
    """The one-factor beta, then the factors; the limits are of the stocks shown."""
    headings = {MARKET: MARKET_HEADING, **{code: code for code in shown.model.proxies}}
    columns = []
    for code, heading in headings.items():
        sizes = sorted(abs(beta) for stock in shown.stocks if isfinite(beta := _betas(stock).get(code, nan)))
        limit = quantiles(sizes, n=100, method="inclusive")[LIMIT_PERCENTILE - 1] if len(sizes) > 1 else sum(sizes)
        columns.append(Column(code, heading, limit or 1.0, 3 if 0 < limit < 0.1 else 2))
    return columns


def _betas(stock: HeatmapStock) -> dict[str, float]:
    return {MARKET: stock.market_beta, **stock.betas}


def _stock_row(stock: HeatmapStock) -> Row:
    return Row(stock.ticker, stock.name or "", _betas(stock), stock.q_values, DISCOVERY_RATE)


def _sector_row(sector: SectorAggregate, shown: Heatmap) -> Row:
    """The medians of a sector; that of the one-factor beta only where all its stocks are shown."""
    betas = [stock.market_beta for stock in shown.stocks if stock.sector == sector.sector]
    known = [beta for beta in betas if isfinite(beta)]
    market = median(known) if known and len(betas) == sector.count else nan
    return Row(sector.sector or NO_SECTOR, str(sector.count), {MARKET: market, **sector.median_betas})


def _tables(
    shown: Heatmap, sectors: Sequence[Row], stocks: Mapping[str, Row], columns: Sequence[Column], space: float
) -> list[Spec]:
    """The sectors; then few stocks with their numbers, many as a poster, and of very many those at both ends."""
    parts: dict[str, Sequence[Row]] = {"Sectors, median beta": sectors}
    if len(stocks) <= MAX_NUMBERED:
        parts["Stocks"] = list(stocks.values())
    elif len(stocks) > MAX_POSTER:
        known = [stock for stock in shown.stocks if isfinite(stock.market_beta)]
        ranked = [stocks[stock.ticker] for stock in sorted(known, key=lambda stock: -stock.market_beta)]
        parts |= {f"{EXTREMES} largest market β": ranked[:EXTREMES],
                  f"{EXTREMES} smallest market β": ranked[-EXTREMES:]}  # fmt: skip
    views = tables(parts, columns, space)
    if MAX_NUMBERED < len(stocks) <= MAX_POSTER:
        groups: dict[str, list[Row]] = {}
        for stock in sorted(shown.stocks, key=lambda one: _by_name(one.sector)):
            groups.setdefault(stock.sector or NO_SECTOR, []).append(stocks[stock.ticker])
        views.append(poster("Stocks by sector", groups, columns, space))
    return views


def _by_name(sector: str | None) -> tuple[bool, str]:
    """The order of sectors: by name, the stocks without one last."""
    return sector is None, sector or ""


def _title(shown: Heatmap) -> str:
    if isinstance(shown, Screen):
        return f"{shown.met:,} of {count(shown.known, 'stock')} {'meets' if shown.met == 1 else 'meet'} {shown.asked}"
    if len(shown.stocks) == 1:
        return f"Factor betas of {shown.stocks[0].ticker}"
    known = _known(shown)
    part = f"{len(shown.stocks):,} of " if known > len(shown.stocks) else ""
    stocks = part + count(max(known, len(shown.stocks)), "stock")
    if len(shown.sectors) == 1:
        return f"Factor betas of {stocks}, sector {shown.sectors[0].sector or NO_SECTOR}"
    return f"Factor betas of {stocks} in {len(shown.sectors)} sectors"


def _known(shown: Heatmap) -> int:
    """How many stocks the medians of sectors are of, which are more than those shown where only some are asked for."""
    return sum(sector.count for sector in shown.sectors)


def _subtitle(shown: Heatmap, extras: Extras) -> Iterator[str]:
    model, (first, *others) = shown.model, shown.stocks
    if not others and (described := about(first.name, first.sector)):
        yield described
    estimator = ESTIMATORS[model.estimator].format(half_life=model.half_life, period=period(shown.frequency))
    yield (f"{count(shown.window, period(shown.frequency))} to {shown.as_of} · model {model.id}, basis {model.basis} · "
           f"{estimator}")  # fmt: skip
    if shown.source == "demo":
        yield SYNTHETIC
    if shown.stale:
        yield f"Old numbers: a session has closed since {shown.computed_at[:10]}, when they were computed"
    if shown.missing:
        codes = Counter(stock.code for stock in shown.missing)
        yield (f"{len(shown.missing):,} of {count(shown.total, 'stock')} missing: "
               f"{', '.join(f'{times:,} {plain(code)}' for code, times in codes.most_common())}")  # fmt: skip
    if isinstance(shown, Screen):
        part = "" if shown.met == len(shown.stocks) else f"The first {len(shown.stocks):,} of them · "
        yield f"{part}Sector medians are of all stocks of a sector, whether they meet this or not"
    elif (known := _known(shown)) > len(shown.stocks):
        yield (f"The first {len(shown.stocks)} of {known:,} stocks; sector medians are of all, but of {MARKET_HEADING} "
               "only where all stocks of a sector are shown")  # fmt: skip
    if len(shown.stocks) > MAX_POSTER:
        yield (f"Of {len(shown.stocks):,} stocks only the {EXTREMES} with the largest and the {EXTREMES} with the "
               "smallest market β are shown one by one")  # fmt: skip
    yield f"{MARKET_HEADING}: of a model of the market alone; the other betas are estimated jointly"
    names = [f"{code} {extras.names[code]}" for code in model.proxies if extras.names.get(code, code) != code]
    if names:
        yield " · ".join(names)


def _key(shown: Heatmap) -> Iterator[tuple[str, str]]:
    yield "ramp", f"beta, from − to + the limit below its heading ({LIMIT_PERCENTILE}th percentile of |beta|)"
    if not any(isfinite(q) for stock in shown.stocks for q in stock.q_values.values()):
        why = "shrunk betas have no q-values" if shown.model.estimator == "vasicek" else "there are no q-values"
        yield "full", f"not tested: {why}"
        return
    yield "full", f"q-value at most {percent(DISCOVERY_RATE, 0)}, or not tested (market β, medians)"
    yield "line", f"faded: q-value above {percent(DISCOVERY_RATE, 0)}, may well be zero"


def _sentence(subject: str, row: Row, columns: Sequence[Column]) -> str:
    values = row.values or {}
    texts = [
        f"{column.heading} {number(values.get(column.code, nan), column.digits)}"
        + (" (not significant)" if row.faded(column.code) else "")
        for column in columns
    ]
    return f"{subject}: {', '.join(texts)}."
