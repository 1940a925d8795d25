"""Hedges: what to buy and sell, and how much less the position then moves."""

import math
from collections.abc import Iterator, Sequence

from factorcli.render.decisions.subject import called, named
from factorcli.render.layout import BLANK, Block, Column, Grid, Line, Span, line
from factorcli.render.text import (
    DIM_STYLE,
    MAX_PAGES,
    about,
    count,
    listed,
    model_line,
    number,
    only_on_pages,
    own_warnings,
    p_value,
    percent,
    period,
    signed,
    warning_codes,
    warning_lines,
)
from factorcli.results.beta import PORTFOLIO
from factorcli.results.hedge import HedgeInstrument, HedgeResult
from factorcli.results.money import money

LIMITS = (
    "What these numbers leave out: a future is rolled when it expires, needs margin, and its price is not that of its "
    "index; a fund has costs; and what moved together may not do so again."
)


def hedges(results: Sequence[HedgeResult], _: bool) -> list[Block]:
    """A page for each of up to MAX_PAGES results, one table for more; then what is left out, and the warnings."""
    parts: list[Block] = []
    if len(results) > MAX_PAGES:
        parts += [_overview(results), only_on_pages(["intervals", "betas"]), BLANK]
    else:
        for result in results:
            parts += _page(result)
    first = results[0]
    model = model_line(first.model, first.data.source, first.as_of, first.frequency)
    return [*parts, line(LIMITS), line(model, style=DIM_STYLE), *warning_lines(results)]


def _page(result: HedgeResult) -> list[Block]:
    return [
        line(Span(result.ticker, "bold"), "  ", about(result.name, result.sector)),
        line(Span(headline(result), "bold")),
        line(later(result)),
        *intervals(result),
        BLANK,
        instruments(result),
        BLANK,
        betas(result),
        BLANK,
        line(of_returns(result)),
        BLANK,
    ]


def headline(result: HedgeResult) -> str:
    """What to buy and sell, and what that does, in one sentence."""
    return f"{_action(result)}{_effect(result)}."


def of_returns(result: HedgeResult) -> str:
    """Which returns the ratios are of, and what a ratio is."""
    window = count(result.window, period(result.frequency))
    return (
        f"{count(result.observations, 'return')} in common in {window} to "
        f"{result.as_of}. A ratio is money in the instrument for one unit of money in {called(result)}, negative "
        "sold; it is the least-squares one, with the errors of its regression."
    )


def _action(result: HedgeResult) -> str:
    """What to buy and sell, up to the colon."""
    held = [one for one in result.instruments if _held(one)]
    if not held:
        return f"Hold none of {listed([one.ticker for one in result.instruments])}: "
    if result.value is None:
        amounts = [f"{_verb(one.ratio.estimate)} {_amount(one.ratio.estimate, result)} of {one.ticker}" for one in held]
        return f"For every {money(100, result.currency)} in {_position(result)}, {listed(amounts)}: "
    text = listed([f"{_verb(one.notional or 0.0)} {_quantity(one, result)}" for one in held])
    return f"{text[:1].upper()}{text[1:]}: "


def _quantity(one: HedgeInstrument, result: HedgeResult) -> str:
    """`₹5,97,000 of ^NSEI`, or `2 lots of 75 ^NSEI (₹37,00,000)`."""
    amount = money(abs(one.notional or 0.0), result.currency)
    if one.lots is None or one.lot_size is None:
        return f"{amount} of {one.ticker}"
    if one.lot_size == 1:
        return f"{abs(one.lots):,} of {one.ticker} ({amount})"
    return f"{count(abs(one.lots), 'lot')} of {one.lot_size:,.10g} {one.ticker} ({amount})"


def _effect(result: HedgeResult) -> str:
    """What the hedge does to the volatility."""
    found = result.volatility
    if not any(_held(one) for one in result.instruments):
        return f"the volatility of {_position(result)} stays {percent(found.before)} a year"
    after = found.after if found.after_lots is None else found.after_lots
    text = f"the volatility of {_position(result)} {_moves(found.before, after)} a year"
    if found.after_lots is None:
        return text
    return f"{text} ({percent(found.after)} if lots could be split)"


def _position(result: HedgeResult) -> str:
    """`TCS.NS`, `₹10,00,000 in TCS.NS` or `mine.csv (₹18,10,700)`."""
    name = called(result)
    if result.value is None:
        return name
    worth = money(result.value, result.currency)
    return f"{name} ({worth})" if result.ticker == PORTFOLIO else f"{worth} in {name}"


def later(result: HedgeResult) -> str:
    """How a hedge that was made earlier did; its ratios are exact, also where contracts are whole."""
    found, of_return = result.out_of_sample, period(result.frequency)
    in_lots = ", had lots been split" if result.volatility.after_lots is not None else ""
    earlier = result.observations - found.sessions
    return (
        f"Tried out: hedged with the ratios of the first {count(earlier, of_return)}{in_lots}, the volatility over the "
        f"last {found.sessions} {_moves(found.before, found.after)}."
    )


def _moves(before: float, after: float) -> str:
    """`falls from 21.1% to 15.0%`; as printed, so that what looks equal is called so."""
    first, second = percent(before), percent(after)
    if first == second:
        return f"stays {first}"
    return f"{'falls' if after < before else 'rises'} from {first} to {second}"


def intervals(result: HedgeResult) -> Iterator[Line]:
    """How sure the amounts are, in words; and what is held at 0 because it cannot be sold."""
    of = f" for every {money(100, result.currency)}" if result.value is None else ""
    of += ", if lots could be split" if result.volatility.after_lots is not None else ""
    known = [one for one in result.instruments if math.isfinite(one.ratio.ci_low)]
    if known:
        bounds = "; ".join(_between(one, result) for one in known)
        yield line(f"How sure: at 95%, {bounds}{of}.")
    if unsold := [one.ticker for one in result.instruments if one.ratio.estimate == 0 and one not in known]:
        yield line(f"Held at 0: {listed(unsold)}, which would have to be sold short, and cannot be.")


def _between(one: HedgeInstrument, result: HedgeResult) -> str:
    """`sell ₹107 to ₹131 of ^NSEI`, or `from selling ₹5 to buying ₹31 of ^NSEI`."""
    low, high = one.ratio.ci_low, one.ratio.ci_high
    first, second = (_amount(ratio, result) for ratio in (low, high))
    if low < 0 < high:
        return f"from selling {first} to buying {second} of {one.ticker}"
    least, most = (second, first) if high <= 0 else (first, second)
    return f"{_verb(low + high)} {least} to {most} of {one.ticker}"


def _amount(ratio: float, result: HedgeResult) -> str:
    """A ratio as money, without its sign."""
    return money(abs(ratio * (100.0 if result.value is None else result.value)), result.currency)


def _verb(amount: float) -> str:
    return "sell" if amount < 0 else "buy"


def _held(one: HedgeInstrument) -> bool:
    return bool(one.ratio.estimate if one.lots is None else one.lots)


def instruments(result: HedgeResult) -> Grid:
    """A row an instrument: its ratio with its errors, its amount, its contracts."""
    found = result.instruments
    amounts = [money(one.notional, result.currency) for one in found if one.notional is not None]
    lots = [f"{one.lots:,}".replace("-", "−") for one in found if one.lots is not None]
    sizes = [f"{one.lot_size:,.10g}" for one in found if one.lot_size is not None]
    return Grid(
        [
            Column("instrument", [one.ticker for one in found], left=True, style="bold"),
            Column("ratio", [signed(one.ratio.estimate, one.ratio.p_value) for one in found]),
            Column("95% interval", [_bounds(one) for one in found], need=1),
            Column("t", [number(one.ratio.t_stat) for one in found], need=2),
            Column("p", [_p(one.ratio.p_value) for one in found], need=3),
            *([Column("lots", lots)] if lots else []),
            *([Column("lot", sizes, need=4)] if sizes else []),
            *([Column("amount", amounts)] if amounts else []),
        ]
    )


def _bounds(one: HedgeInstrument) -> str:
    if not math.isfinite(one.ratio.ci_low):
        return "–"
    return f"{number(one.ratio.ci_low)} to {number(one.ratio.ci_high)}"


def _p(value: float) -> str:
    return p_value(value) if math.isfinite(value) else "–"


def betas(result: HedgeResult) -> Grid:
    """A row a factor: the beta without the hedge and with it."""
    before, after = result.betas.before, result.betas.after
    digits = {code: 3 if code == "VOL" else 2 for code in before}
    return Grid(
        [
            Column("beta", list(before), left=True, style="bold"),
            Column("before", [number(value, digits[code]) for code, value in before.items()]),
            Column("after", [number(value, digits[code]) for code, value in after.items()]),
        ]
    )


def _overview(results: Sequence[HedgeResult]) -> Grid:
    """A row a result: the ratios, and the volatilities."""
    places = range(len(results[0].instruments))
    by_lots = any(result.volatility.after_lots is not None for result in results)
    return Grid(
        [
            *named(results, need=4),
            *(
                Column(
                    results[0].instruments[k].ticker,
                    [signed(r.instruments[k].ratio.estimate, r.instruments[k].ratio.p_value) for r in results],
                )
                for k in places
            ),
            Column("volatility", [percent(r.volatility.before) for r in results]),
            Column("hedged", [percent(r.volatility.after) for r in results]),
            *([Column("in lots", [_known(r.volatility.after_lots) for r in results])] if by_lots else []),
            Column(
                "tried out",
                [f"{percent(r.out_of_sample.before)} → {percent(r.out_of_sample.after)}" for r in results],
                need=2,
            ),
            Column("n", [str(r.observations) for r in results], need=3),
            Column("notes", [warning_codes(w) for w in own_warnings(results)], need=1, left=True),
        ]
    )


def _known(value: float | None) -> str:
    return "–" if value is None else percent(value)
