"""The universe and the model."""

from collections.abc import Sequence

from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line
from factorcli.render.text import DIM_STYLE, count, number, percent
from factorcli.results.cache import CacheTier
from factorcli.results.doctor import Check
from factorcli.results.model import ModelResult, ModelStatistics, ProxyHealth, Tracking
from factorcli.results.universe import StockInfo, UniverseImport

ENTERS = {"return": "return", "pct": "change in %", "diff": "change of level"}


def stocks(results: Sequence[StockInfo], _: bool) -> list[Block]:
    """Stocks of the universe."""
    return [
        Grid(
            [
                Column("ticker", [s.ticker for s in results], left=True, style="bold"),
                Column("name", [s.name for s in results], left=True),
                Column("sector", [s.sector for s in results], need=1, left=True),
                Column("isin", [s.isin for s in results], need=2, left=True, style=DIM_STYLE),
            ]
        ),
        line(count(len(results), "stock"), style=DIM_STYLE),
    ]


def imports(results: Sequence[UniverseImport], _: bool) -> list[Block]:
    """What an import wrote and left out."""
    lines = []
    for result in results:
        lines.append(line(f"Wrote {count(result.stocks, 'stock')} to {result.path}."))
        lines.extend(line(f"Left out {symbol}: {why}.") for symbol, why in result.dropped.items())
    return list(lines)


def models(results: Sequence[ModelResult], _: bool) -> list[Block]:
    """The model: factors, proxies, rate and limits."""
    (model,) = results
    enters = [
        ENTERS[f.transform]
        + (", net of the risk-free rate" if f.excess else "")
        + ("" if f.traded else ", nobody can hold it")
        for f in model.factors
    ]

    def limit(value: float, sign: str = "") -> str:
        return f"{sign}{value:.0%}" if value else "no limit"

    rate = model.risk_free_source or percent(model.risk_free, 2)
    excluded = "".join(f", {day}" for day in model.exclude_dates)
    return [
        line(f"Model {model.id}", style="bold"),
        BLANK,
        Grid(
            [
                Column("factor", [f.code for f in model.factors], left=True, style="bold"),
                Column("name", [f.name for f in model.factors], left=True),
                Column(
                    "proxies, the first healthy one is used", [", ".join(f.proxies) for f in model.factors], left=True
                ),
                Column("enters as", enters, need=1, left=True),
            ]
        ),
        BLANK,
        *([line(f"Market: {model.market}")] if model.market else []),
        line(f"Risk-free rate: {rate} a year of {model.trading_days} days"),
        line(f"Left out of a ticker: returns beyond {limit(model.max_daily_return, '±')}"),
        line(f"Named, but kept: returns from {limit(model.large_move, '±')}"),
        line(
            "Left out for everybody: sessions with a traded style further from the market than "
            f"{limit(model.max_gap_to_market).replace('%', ' points')}{excluded}"
        ),
        *(_statistics(model.statistics) if model.statistics else [BLANK]),
    ]


def _statistics(statistics: ModelStatistics) -> list[Block]:
    factors = statistics.factors
    rows = list(factors.values())
    codes = list(factors)
    correlations = [
        Column(code, [number(row.correlations[code]) for row in rows], need=1 if code == codes[-1] else 0)
        for code in codes
    ]
    lines: list[Block] = [
        BLANK,
        line(
            f"{statistics.window} sessions, {statistics.start} to {statistics.as_of}, of {statistics.source}; "
            f"{statistics.observations} returns; condition number "
            f"{number(statistics.condition_number, 1, signed=False)}"
        ),
        BLANK,
        Grid(
            [
                Column("factor", codes, left=True, style="bold"),
                Column("measured by", [row.proxy for row in rows], left=True, need=4),
                Column("mean a year", [percent(row.mean, signed=True) for row in rows], need=3),
                Column("volatility", [percent(row.volatility) for row in rows]),
                Column("VIF", [number(row.vif, 1, signed=False) for row in rows]),
                *correlations,
            ]
        ),
        line("The last columns are correlations.", style=DIM_STYLE),
        *_health(list(statistics.health.values())),
    ]
    suspect = [f"{code} on {', '.join(map(str, row.suspect))}" for code, row in factors.items() if row.suspect]
    if suspect:
        lines.append(line(f"Suspect: {'; '.join(suspect)}."))
    lines.extend(line(Span("! ", "yellow"), str(warning)) for warning in statistics.warnings)
    return lines


def _health(proxies: Sequence[ProxyHealth]) -> list[Block]:
    """A row for each proxy against the market, one below for each alternative, and what is wrong in words."""
    rows = [
        (_counted(proxy) if place == 0 else [""] * 7) + _tracked(name, other)
        for proxy in proxies
        for place, (name, other) in enumerate({"market": proxy.market, **proxy.alternatives}.items())
    ]
    titles = ("factor", "measured by", "last price", "missing", "stale", "untraded", "suspect",
              "against", "correlation", "beta", "tracking error")  # fmt: skip
    needs = (0, 4, 3, 2, 0, 0, 2, 0, 0, 1, 1)
    left = (0, 1, 2, 7)
    cells = zip(*rows, strict=True)
    return [
        BLANK,
        line(f"Health of the proxies over {proxies[0].days} trading days"),
        BLANK,
        Grid(
            [
                Column(title, column, need, left=place in left, style="bold" if place == 0 else "")
                for place, (title, need, column) in enumerate(zip(titles, needs, cells, strict=True))
            ]
        ),
        line(
            "missing, stale (the close repeated while the market moved), untraded (no volume) and suspect count days; "
            "– where there are no volumes or limits.",
            style=DIM_STYLE,
        ),
        *(
            line(Span("! ", "yellow"), Span(f"{proxy.factor} {proxy.verdict}", "bold"), f": {proxy.message}")
            for proxy in proxies
            if proxy.verdict != "healthy"
        ),
    ]


def _counted(proxy: ProxyHealth) -> list[str]:
    counts = (proxy.missing, proxy.stale, proxy.zero_volume, proxy.suspect)
    return [proxy.factor, proxy.proxy, str(proxy.last_date), *("–" if days is None else str(days) for days in counts)]


def _tracked(name: str, other: Tracking | None) -> list[str]:
    if other is None:
        return ["–"] * 4
    if not other.observations:
        return [name, "no prices", "", ""]
    return [name, number(other.correlation), number(other.beta), percent(other.tracking_error)]


def tiers(results: Sequence[CacheTier], _: bool) -> list[Block]:
    """What the cache holds."""
    access = ["read and write" if t.can_write else "read only" if t.can_read else "none" for t in results]
    table = Grid(
        [
            Column("tier", [t.tier for t in results], left=True, style="bold"),
            Column("rows", ["–" if t.rows is None else f"{t.rows:,}" for t in results]),
            Column("size", ["–" if t.bytes is None else f"{t.bytes / 1e6:,.1f} MB" for t in results]),
            Column("oldest", [t.oldest or "–" for t in results], need=1, left=True),
            Column("newest", [t.newest or "–" for t in results], need=1, left=True),
            Column("access", access, left=True),
            Column("where", [t.location for t in results], left=True),
        ]
    )
    return [table]


def checks(results: Sequence[Check], _: bool) -> list[Block]:
    """The lines of `doctor`."""
    lines = []
    for check in results:
        mark = Span("✓ ", "green") if check.ok else Span("✗ ", "red")
        advice = f" {check.advice}" if check.advice else ""
        lines.append(line(mark, Span(f"{check.check:<9} ", "bold"), f"{check.message.rstrip('.')}.{advice}"))
    return list(lines)
