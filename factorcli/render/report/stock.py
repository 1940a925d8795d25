"""The page of a stock or portfolio."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from math import isfinite

from factorcli.render import betas, decompositions, paths, portfolios
from factorcli.render.charts import catalogue
from factorcli.render.charts.extras import Extras
from factorcli.render.layout import Column, Grid, Span
from factorcli.render.report import decisions, sentences
from factorcli.render.report.parts import Facts, Figure, Part, Section, Subject, Table, Text, texts
from factorcli.render.report.quality import notices, quality
from factorcli.render.text import SIGNIFICANCE_LEVEL, about, count, day, interval, number, percent, period
from factorcli.results.beta import BetaResult
from factorcli.results.comparison import Comparison
from factorcli.results.decompose import Decomposition
from factorcli.results.intervals import Interval
from factorcli.results.report import Report

PICTURES = ("exposures", "shares", "attribution", "path", "holdings", "stress", "drift")
CAPTIONS = {
    "exposures": "Each point is an estimate, the line through it its 95% interval. A hollow grey point cannot be told "
    "from zero. Grey bands and ticks, where there are any, show what other stocks are like.",
    "shares": "Bars to the right add to the risk, bars to the left are hedges. All of them sum to the whole variance.",
    "attribution": "What each factor added to or took from the return in excess of the risk-free rate; the last bar is "
    "the total.",
    "path": "Each point in time is the estimate of the window that ends there, the band its 95% interval.",
    "holdings": "What each holding adds to the betas and to the risk of the portfolio.",
    "stress": "The point is the change to expect, the line through it its 95% interval; the bars are its parts.",
    "drift": "A hollow point is a beta before, a full one that of now. Where the shaded interval of the change holds "
    "the hollow point, the change cannot be told from none.",
}
NOT_COMPARED = "Its sector and the universe are not shown beside it: there is no heatmap of this window and model."
NO_PATH = "No path: it is estimated by ordinary least squares only."
FACTOR = "factor"

_Drawn = Callable[[Sequence[object], str], list[Part]]


def subject(
    report: Report,
    extras: Extras,
    anchor: str,
    pictures: Collection[str] = PICTURES,
    stills: Collection[str] = PICTURES,
) -> Subject:
    """The sections of one stock or portfolio; pictures: those that it has, stills: those drawn already, of PICTURES."""
    beta, parts = report.beta, report.decomposition
    if beta is None or parts is None:
        raise ValueError("a report of a stock or portfolio has a beta result and a decomposition")

    def drawn(results: Sequence[object], name: str) -> list[Part]:
        if name not in pictures:
            return []
        return [Figure(catalogue.draw(results, name, extras), CAPTIONS[name], name in stills)]

    sections = [
        Section(f"{anchor}-facts", "Key facts", [_facts(beta, parts)]),
        Section(f"{anchor}-exposures", "What it is exposed to", [
            *drawn([beta], "exposures"), *_exposures(beta, report.comparison, extras)]),
        Section(f"{anchor}-risk", "What its risk is made of", [*drawn([parts], "shares"), *_shares(parts, extras)]),
        Section(f"{anchor}-return", "Where its return came from", [
            *map(Text, sentences.returned(parts)), *drawn([parts], "attribution"), *_returns(parts, extras)]),
        Section(f"{anchor}-path", "How it has moved over the years", list(_path(beta, drawn))),
        *_holdings(beta, anchor, drawn),
        *decisions.sections(report, extras, anchor, drawn),
        quality(beta, f"{anchor}-quality"),
    ]  # fmt: skip
    return Subject(
        anchor,
        title(beta),
        about(beta.name if beta.portfolio is None else None, beta.sector),
        sentences.headline(beta, extras),
        sentences.lead(beta, parts, report.comparison),
        notices(beta),
        sections,
    )


def title(beta: BetaResult) -> str:
    """The ticker, or the file of a portfolio."""
    return beta.ticker if beta.portfolio is None else f"Portfolio {beta.portfolio.file}"


def summary(reports: Sequence[Report]) -> Grid:
    """A row a stock: market beta, down beta, R², volatility and the share of the risk that is its own."""
    found = [(r.beta, r.decomposition) for r in reports if r.beta and r.decomposition]
    fits = [beta.market_model for beta, _ in found]
    return Grid(
        [
            Column("stock", [title(beta) for beta, _ in found], left=True),
            Column("name", [(beta.name or "") if beta.portfolio is None else "" for beta, _ in found], left=True),
            Column("market β", [_significant(fit.beta, fit.p_value) for fit in fits]),
            Column("95% interval", [_range(fit.ci_low, fit.ci_high) for fit in fits]),
            Column("down β", [_significant(fit.down.estimate, fit.down.p_value) for fit in fits]),
            Column("R²", [number(beta.r_squared, signed=False) for beta, _ in found]),
            Column("volatility", [percent(beta.volatility) for beta, _ in found]),
            Column("own risk", [percent(parts.idiosyncratic) for _, parts in found]),
        ]
    )


def _significant(value: float, p_value: float) -> Span:
    return Span(number(value), "" if p_value < SIGNIFICANCE_LEVEL else "dim")


def _range(low: float, high: float) -> str:
    return interval(Interval(low, high)) if isfinite(low) else "–"


def _facts(beta: BetaResult, parts: Decomposition) -> Facts:
    fit, risk = beta.market_model, parts.historical
    loss = decompositions.LOSSES[period(beta.frequency)]
    return Facts(
        [
            ("Market beta", f"{number(fit.beta)} (95% interval {_range(fit.ci_low, fit.ci_high)})"),
            ("Explained by the factors (R²)", f"{number(beta.r_squared, signed=False)}, adjusted "
                                              f"{number(beta.adj_r_squared, signed=False)}"),
            ("Volatility", f"{percent(beta.volatility)} a year"),
            ("Residual volatility", f"{percent(beta.residual_volatility)} a year"),
            ("Alpha", f"{percent(beta.alpha.annual, signed=True)} a year (t {number(beta.alpha.t_stat)})"),
            (f"Historical {loss} VaR 95%", percent(risk.value_at_risk, 2)),
            (f"Historical {loss} ES 95%", percent(risk.expected_shortfall, 2)),
            ("Window", f"{beta.start} to {beta.as_of}"),
            ("Length", f"{count(beta.window, period(beta.frequency))}, {count(beta.observations, 'return')}"),
        ]
    )  # fmt: skip


def _exposures(beta: BetaResult, others: Comparison | None, extras: Extras) -> Iterator[Part]:
    found = {column.title: column for column in betas.estimates(beta).columns}
    codes = ["market", "up", "down", *beta.betas]
    names = [
        extras.label(code) if code in beta.betas else cell
        for code, cell in zip(codes, found[FACTOR].cells, strict=True)
    ]
    columns = [
        Column(FACTOR, names, left=True),
        found["beta"],
        found["95% interval"],
        *(_others(others, codes) if others else []),
        *(found[name] for name in ("t", "p", "VIF")),
    ]
    yield Table(Grid(columns, frozenset([2])), "Betas with their intervals and tests, and those of other stocks")
    if others is None:
        yield Text(NOT_COMPARED, quiet=True)
    yield from texts(betas.notes(beta))
    if (why := betas.two_market_betas([beta])) is not None:
        yield Text(why)


def _others(others: Comparison, codes: Sequence[str]) -> Iterator[Column]:
    """The range of the sector, where it is known, and the median of the universe."""
    digits = [3 if abs(others.median.get(code, 1.0)) < 0.01 else 2 for code in codes]
    if others.sector is not None:
        bounds = [(others.low.get(code), others.high.get(code)) for code in codes]
        ranges = [
            "" if low is None or high is None else interval(Interval(low, high), places)
            for (low, high), places in zip(bounds, digits, strict=True)
        ]
        yield Column("its sector, 10% to 90%", ranges)
    medians = [others.median.get(code) for code in codes]
    yield Column(
        "median of all",
        ["" if value is None else number(value, places) for value, places in zip(medians, digits, strict=True)],
    )


def _labelled(grid: Grid, extras: Extras) -> Grid:
    """The grid without its bars, the factors of its first column by their names."""
    first, *others = grid.columns
    names = [extras.label(cell if isinstance(cell, str) else cell.text) for cell in first.cells]
    return Grid([replace(first, cells=names), *(column for column in others if column.title)], grid.rules)


def _shares(parts: Decomposition, extras: Extras) -> Iterator[Part]:
    yield Table(
        _labelled(decompositions.shares(parts), extras), "Shares of the variance, the volatility and the losses"
    )
    yield Text(f"{decompositions.losses(parts)}.")
    yield Text(f"{decompositions.METHODS[parts.method]}.", quiet=True)


def _returns(parts: Decomposition, extras: Extras) -> Iterator[Part]:
    yield Table(_labelled(decompositions.returns(parts), extras), "Parts of the return above the risk-free rate")
    days = f"{day(parts.frequency)}s".capitalize()
    yield Text(decompositions.OUTSIDE.format(days=days), quiet=True)


def _path(beta: BetaResult, drawn: _Drawn) -> Iterator[Part]:
    if beta.rolling is None:
        yield Text(NO_PATH)
    elif not beta.rolling.dates:
        yield Text(f"No path: there are fewer {period(beta.frequency)}s than the window needs.")
    else:
        yield from drawn([beta], "path")
        windows = f"{count(len(beta.rolling.dates), 'window')} of {count(beta.window, period(beta.frequency))}"
        yield Table(paths.year_ends(beta.rolling), f"The last window of each year, of {windows}")


def _holdings(beta: BetaResult, anchor: str, drawn: _Drawn) -> Iterator[Section]:
    if beta.portfolio is not None:
        held, file = beta.portfolio, beta.portfolio.file
        yield Section(
            f"{anchor}-holdings",
            "Its holdings and their risk",
            [
                *texts([portfolios.heading(held)]),
                *map(Text, portfolios.sentences(held, beta.volatility)),
                *drawn([beta], "holdings"),
                Table(portfolios.grid(held), f"Holdings of {file} and what each adds to the betas"),
                *texts([portfolios.note(portfolios.MEANING)], quiet=True),
                Table(portfolios.risk_grid(held), f"Holdings of {file} and what each adds to the risk"),
                *texts([portfolios.note(portfolios.RISK_MEANING.format(days=day(beta.frequency)))], quiet=True),
            ],
        )
