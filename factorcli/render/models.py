"""The factor model: factors and limits, their statistics and the health of their proxies."""

from collections.abc import Sequence

from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line
from factorcli.render.text import DIM_STYLE, number, percent
from factorcli.results.model import ModelResult, ModelStatistics, ProxyHealth, Tracking

# By the transform of a price or level into a factor's series.
TRANSFORM_LABELS = {"return": "return", "pct": "relative change", "diff": "difference"}
HEALTH_TITLES = (
    "factor", "proxy", "last price", "missing", "stale", "zero volume", "suspect",
    "against", "correlation", "beta", "tracking error",
)  # fmt: skip

HEALTH_MEANING = (
    "Counts are trading days: missing (no close), stale (close repeated while the market moved), zero volume and "
    "suspect (excluded by the price gate); – where there are no volumes or no limits."
)


def models(results: Sequence[ModelResult], _: bool) -> list[Block]:
    """The model: factors, proxies, risk-free rate and limits, then statistics where there are any."""
    (model,) = results
    transforms = [
        TRANSFORM_LABELS[f.transform]
        + (" in excess of the risk-free rate" if f.excess else "")
        + ("" if f.traded else ", not tradable")
        for f in model.factors
    ]

    rate = model.risk_free_source or percent(model.risk_free, 2)
    beyond, large, gap = model.max_daily_return, model.large_move, model.max_gap_to_market
    sessions = [f"sessions with a traded style more than {100 * gap:.0f} points from the market"] if gap else []
    return [
        line(f"Model {model.id}", style="bold"),
        BLANK,
        Grid(
            [
                Column("factor", [f.code for f in model.factors], left=True, style="bold"),
                Column("name", [f.name for f in model.factors], left=True),
                Column("proxies in order of preference", [", ".join(f.proxies) for f in model.factors], left=True),
                Column("transform", transforms, need=1, left=True),
            ]
        ),
        BLANK,
        *([line(f"Market: {model.market}")] if model.market else []),
        line(f"Risk-free rate: {rate} a year of {model.trading_days} sessions"),
        *_dividends(model),
        line(f"Excluded for the ticker: {f'daily returns beyond ±{beyond:.0%}' if beyond else 'nothing'}"),
        line(f"Kept, with a warning: {f'daily returns of at least ±{large:.0%}' if large else 'nothing'}"),
        line(f"Excluded for every ticker: {', '.join([*sessions, *map(str, model.exclude_dates)]) or 'nothing'}"),
        *(_statistics(model.statistics) if model.statistics else [BLANK]),
    ]


def _dividends(model: ModelResult) -> list[Block]:
    """The dividends that are added to factors, and whether prices contain them; nothing where neither is so."""
    added = [f"{f.code} {percent(f.dividend_yield, 2)}" for f in model.factors if f.dividend_yield]
    return [
        *([line(f"Dividends added to the factors: {', '.join(added)} a year")] if added else []),
        *([line("Prices in files contain dividends (total return)")] if model.total_return else []),
    ]


def _statistics(statistics: ModelStatistics) -> list[Block]:
    lines: list[Block] = [
        BLANK,
        line(
            f"{statistics.window} sessions, {statistics.start} to {statistics.as_of}, source {statistics.source}; "
            f"{statistics.observations} returns; condition number "
            f"{number(statistics.condition_number, 1, signed=False)}"
        ),
        BLANK,
        factors(statistics),
        line("Mean and volatility are annualised; the columns headed by factors are correlations.", style=DIM_STYLE),
        *_health(list(statistics.health.values())),
    ]
    suspect = [
        f"{code} on {', '.join(map(str, row.suspect))}" for code, row in statistics.factors.items() if row.suspect
    ]
    if suspect:
        lines.append(line(f"Suspect: {'; '.join(suspect)}."))
    lines.extend(line(Span("! ", "yellow"), str(warning)) for warning in statistics.warnings)
    return lines


def factors(statistics: ModelStatistics) -> Grid:
    """Mean, volatility, VIF and correlations of each factor."""
    rows = list(statistics.factors.values())
    codes = list(statistics.factors)
    correlations = [
        Column(code, [number(row.correlations[code]) for row in rows], need=1 if code == codes[-1] else 0)
        for code in codes
    ]
    return Grid(
        [
            Column("factor", codes, left=True, style="bold"),
            Column("proxy", [row.proxy for row in rows], left=True, need=4),
            Column("mean", [percent(row.mean, signed=True) for row in rows], need=3),
            Column("volatility", [percent(row.volatility) for row in rows]),
            Column("VIF", [number(row.vif, 1, signed=False) for row in rows]),
            *correlations,
        ]
    )


def _health(proxies: Sequence[ProxyHealth]) -> list[Block]:
    """The health of each proxy and its alternatives, then what is wrong with any."""
    return [
        BLANK,
        line(f"Health of the proxies over {proxies[0].days} trading days"),
        BLANK,
        health(proxies),
        line(HEALTH_MEANING, style=DIM_STYLE),
        *(
            line(Span("! ", "yellow"), Span(f"{proxy.factor} {proxy.verdict}", "bold"), f": {proxy.message}")
            for proxy in proxies
            if proxy.verdict != "healthy"
        ),
    ]


def health(proxies: Sequence[ProxyHealth]) -> Grid:
    """A row for each proxy against the market, one below for each alternative."""
    rows = [
        (_counted(proxy) if place == 0 else [""] * 7) + _tracked(name, other)
        for proxy in proxies
        for place, (name, other) in enumerate({"market": proxy.market, **proxy.alternatives}.items())
    ]
    needs = (0, 4, 3, 2, 0, 0, 2, 0, 0, 1, 1)
    left = (0, 1, 2, 7)
    cells = zip(*rows, strict=True)
    return Grid(
        [
            Column(title, column, need, left=place in left, style="bold" if place == 0 else "")
            for place, (title, need, column) in enumerate(zip(HEALTH_TITLES, needs, cells, strict=True))
        ]
    )


def _counted(proxy: ProxyHealth) -> list[str]:
    counts = (proxy.missing, proxy.stale, proxy.zero_volume, proxy.suspect)
    return [proxy.factor, proxy.proxy, str(proxy.last_date), *("–" if days is None else str(days) for days in counts)]


def _tracked(name: str, other: Tracking | None) -> list[str]:
    if other is None:
        return ["–"] * 4
    if not other.observations:
        return [name, "no prices", "", ""]
    return [name, number(other.correlation), number(other.beta), percent(other.tracking_error)]
