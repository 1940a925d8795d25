"""What trades change: the answer in words, how sure it is, the trades, and every measure before and after."""

import math
from collections.abc import Sequence

from factorcli.render.decisions.active import interval
from factorcli.render.decisions.changes import ONE_FACTOR, digits_of
from factorcli.render.layout import BLANK, Block, Column, Grid, Span, line
from factorcli.render.text import (
    DIM_STYLE,
    MAX_PAGES,
    count,
    day,
    model_line,
    number,
    own_warnings,
    p_value,
    percent,
    period,
    stars,
    warning_codes,
    warning_lines,
)
from factorcli.results.beta import Estimate
from factorcli.results.money import money
from factorcli.results.whatif import TradedWeight, WhatIf

CASH = "CASH"
SMALLEST = 0.5  # an amount of money below it is shown as 0
MAX_TRADES = 20  # of stocks, rows of a table; more are counted
RISK = (
    "VaR 95% is the {loss} loss that is exceeded on one {day} in twenty, for normal returns with a mean of zero; ES "
    "95% is the mean of the losses beyond it. Both portfolios are fitted on the same {day}s, at fixed weights; what a "
    "trade costs, its tax, and whether the market takes it at this price are not in these numbers."
)


def what_ifs(results: Sequence[WhatIf], _: bool) -> list[Block]:
    """A page for each of up to MAX_PAGES portfolios, one table for more; then the method and the warnings."""
    parts: list[Block] = []
    if len(results) > MAX_PAGES:
        parts += [_overview(results), BLANK]
    else:
        for result in results:
            parts += [*_page(result), BLANK]
    first = results[0]
    time = day(first.frequency)
    parts.append(line(RISK.format(loss=f"one-{time}", day=time)))
    model = model_line(first.model, first.data.source, first.as_of, first.frequency)
    parts.append(line(f"{model} *** p < 0.001, ** p < 0.01, * p < 0.05.", style=DIM_STYLE))
    return [*parts, *warning_lines(results)]


def _page(result: WhatIf) -> list[Block]:
    return [
        line(Span(result.portfolio, "bold"), _worth(result)),
        line(
            f"{count(result.window, period(result.frequency))} to {result.as_of} · {result.observations} returns · "
            f"turnover {percent(result.turnover)}"
        ),
        BLANK,
        line(Span(answer(result), "bold")),
        *([line(certainty(result))] if result.trades else []),
        BLANK,
        *([*_trades(result), BLANK] if result.trades else []),
        _measures(result),
    ]


def _worth(result: WhatIf) -> str:
    if result.value is None or result.value_after is None:
        return ""
    before, after = (money(value, result.currency or "") for value in (result.value, result.value_after))
    return f"  worth {before}" + ("" if before == after else f", afterwards {after}")


def answer(result: WhatIf) -> str:
    """What happens to the volatility and to the loss on a bad day, in per cent or in money."""
    before, after, time = result.original, result.rebalanced, day(result.frequency)
    if not result.trades:
        return f"Nothing is traded, so nothing changes: the volatility stays at {percent(before.volatility)} a year."
    subject = "This trade" if len([one for one in result.trades if one.ticker != CASH]) == 1 else "These trades"
    verb = "lower" if after.volatility < before.volatility else "raise"
    verb = f"{verb}s" if subject == "This trade" else verb
    old, new = percent(before.volatility), percent(after.volatility)
    if old == new:
        leave = "leaves" if subject == "This trade" else "leave"
        risk = f"{subject} {leave} the volatility at {new} a year"
    else:
        risk = f"{subject} {verb} the volatility from {old} to {new} a year"
    sizes = before.value_at_risk * (result.value or 1.0), after.value_at_risk * (result.value_after or 1.0)
    losses = [percent(size, 2) if result.value is None else money(size, result.currency or "") for size in sizes]
    if losses[0] == losses[1]:
        return f"{risk}; on a bad {time} (1 in 20) the loss stays at {losses[0]} or more."
    move = "falls" if sizes[1] < sizes[0] else "rises"
    return f"{risk}; on a bad {time} (1 in 20) the loss {move} from at least {losses[0]} to at least {losses[1]}."


def certainty(result: WhatIf) -> str:
    """How sure the change of the volatility and of the market beta is."""
    change, bounds, market = result.change, result.volatility_interval, result.change.market_beta
    sure = "may be" if bounds.low <= 0 <= bounds.high else "is more than"
    text = (
        f"How sure: the volatility changes by {_points(change.volatility)} points, 95% interval "
        f"{_points(bounds.low)} to {_points(bounds.high)}, which {sure} chance"
    )
    if math.isfinite(market.ci_low):
        text += (
            f"; the market β changes by {number(market.estimate, digits_of(market))}, 95% interval {interval(market)}"
        )
    if result.tracking_error_interval is not None:
        against = result.tracking_error_interval
        text += (
            f"; the tracking error against {result.benchmark} by {_points(change.tracking_error)} points, 95% interval "
            f"{_points(against.low)} to {_points(against.high)}"
        )
    return f"{text}."


def _points(value: float) -> str:
    """A difference of two percentages."""
    return number(100 * value)


def _trades(result: WhatIf) -> list[Block]:
    stocks = [one for one in result.trades if one.ticker != CASH]
    shown = [*stocks[:MAX_TRADES], *(one for one in result.trades if one.ticker == CASH)]
    more = len(result.trades) - len(shown)
    rest = [line(f"And {count(more, 'smaller trade')}; the JSON output has them all.")] if more > 0 else []
    return [_traded(shown, result.currency), *rest]


def _traded(trades: Sequence[TradedWeight], currency: str | None) -> Grid:
    shares = ["" if one.shares is None else _shares(one.shares) for one in trades]
    amounts = ["" if one.amount is None else _amount(one.amount, currency or "") for one in trades]
    return Grid(
        [
            Column("trade", [one.ticker for one in trades], left=True, style="bold"),
            Column("", [_side(one) for one in trades], left=True),
            *([Column("shares", shares, need=1)] if any(shares) else []),
            *([Column("amount", amounts)] if any(amounts) else []),
            Column("from", [percent(one.before) for one in trades]),
            Column("to", [percent(one.after) for one in trades]),
            Column("change", [percent(one.after - one.before, signed=True) for one in trades]),
        ]
    )


def _shares(shares: float) -> str:
    whole = round(shares)
    return f"{whole:+,}".replace("-", "−") if whole else "0"


def _amount(amount: float, currency: str) -> str:
    return f"{'+' if amount >= SMALLEST else ''}{money(amount, currency)}"


def _side(one: TradedWeight) -> str:
    if one.ticker == CASH:
        return ""
    if one.amount is not None and abs(one.amount) < SMALLEST:
        return ""  # its weight changes with the value
    return "buy" if (one.after - one.before if one.amount is None else one.amount) > 0 else "sell"


def _measures(result: WhatIf) -> Grid:
    before, after, change = result.original, result.rebalanced, result.change
    betas: list[tuple[str, float, float, Estimate]] = [
        (ONE_FACTOR, before.market_beta, after.market_beta, change.market_beta),
        *((code, before.betas[code], after.betas[code], change.betas[code]) for code in before.betas),
    ]
    risks = [
        ("volatility", before.volatility, after.volatility, 1),
        ("VaR 95%", before.value_at_risk, after.value_at_risk, 2),
        ("ES 95%", before.expected_shortfall, after.expected_shortfall, 2),
    ]
    if result.benchmark is not None:
        risks.append(("tracking error", before.tracking_error, after.tracking_error, 1))
    digits = [min(3, digits_of(change)) for _, _, _, change in betas]
    bounds = {"volatility": result.volatility_interval, "tracking error": result.tracking_error_interval}
    errors = [
        *("" if (b := bounds.get(name)) is None else f"{_points(b.low)} to {_points(b.high)}" for name, *_ in risks),
        "",
        *(interval(found) for _, _, _, found in betas),
    ]
    tests = [found for _, _, _, found in betas]
    blank = [""] * (len(risks) + 1)
    return Grid(
        [
            Column("measure", [*(r[0] for r in risks), "R²", *(b[0] for b in betas)], left=True, style="bold"),
            Column(
                "before",
                [
                    *(percent(r[1], r[3]) for r in risks),
                    number(before.r_squared, signed=False),
                    *(number(b[1], d) for b, d in zip(betas, digits, strict=True)),
                ],
            ),
            Column(
                "after",
                [
                    *(percent(r[2], r[3]) for r in risks),
                    number(after.r_squared, signed=False),
                    *(number(b[2], d) for b, d in zip(betas, digits, strict=True)),
                ],
            ),
            Column(
                "change",
                [
                    *(_points(r[2] - r[1]) for r in risks),
                    number(change.r_squared),
                    *(number(b[3].estimate, d) for b, d in zip(betas, digits, strict=True)),
                ],
            ),
            Column("", [*blank, *(stars(one.p_value) for one in tests)], left=True),
            Column("95% interval", errors, need=1),
            Column("p", [*blank, *(p_value(one.p_value) for one in tests)], need=2),
        ],
        frozenset([len(risks)]),
    )


def _overview(results: Sequence[WhatIf]) -> Grid:
    return Grid(
        [
            Column("portfolio", [r.portfolio for r in results], left=True, style="bold"),
            Column("volatility", [percent(r.original.volatility) for r in results]),
            Column("after", [percent(r.rebalanced.volatility) for r in results]),
            Column("change", [_points(r.change.volatility) for r in results]),
            Column(
                "95% interval",
                [f"{_points(r.volatility_interval.low)} to {_points(r.volatility_interval.high)}" for r in results],
                need=3,
            ),
            Column("market β", [number(r.original.market_beta) for r in results], need=2),
            Column("β after", [number(r.rebalanced.market_beta) for r in results], need=2),
            Column("VaR 95%", [percent(r.original.value_at_risk, 2) for r in results], need=4),
            Column("VaR after", [percent(r.rebalanced.value_at_risk, 2) for r in results], need=4),
            Column("turnover", [percent(r.turnover) for r in results], need=1),
            Column("n", [str(r.observations) for r in results], need=5),
            Column("notes", [warning_codes(w) for w in own_warnings(results)], need=6, left=True),
        ]
    )
