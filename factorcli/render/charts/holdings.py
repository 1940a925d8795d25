"""Holdings: the weight of each and its part of the risk, how it moves with the market, and its return."""

from collections.abc import Sequence
from math import fsum, isfinite
from typing import Any

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.heading import Result, heading
from factorcli.render.charts.holdings_scatter import scatter, without_return
from factorcli.render.charts.layout import shortened, text_width, widest
from factorcli.render.charts.picture import (
    KeyEntry,
    Picture,
    Spec,
    bare_axis,
    column_heading,
    key,
    mark,
    picture,
    text_column,
    within,
    zero_line,
)
from factorcli.render.charts.theme import (
    BLUE,
    INK,
    LABEL_SIZE,
    MEDIAN,
    MUTED,
    NEUTRAL,
    ORANGE,
    PADDING,
    PALE_BLUE,
    PALE_ORANGE,
    TEXT_SIZE,
)
from factorcli.render.text import count, number, percent
from factorcli.results.beta import BetaResult
from factorcli.results.portfolio import HoldingShare

NAME = "holdings"
ROW, GAP = 22, 16  # px
MIN_BETAS = 480  # px of a picture's views from which on there is room for market betas
MAX_ROWS = 40  # beyond which the smallest share one
WEIGHTS = {"weight, held": PALE_BLUE, "weight, short": PALE_ORANGE, "cash": NEUTRAL}
RISKS = {"part of the risk": BLUE, "lowers the risk": ORANGE}

_Row = dict[str, Any]


def holdings(results: Sequence[Result], extras: Extras) -> Picture:
    """The holdings of each portfolio, the largest contribution to its variance first."""
    held = [result for result in results if result.portfolio is not None]
    space = extras.width - 2 * PADDING
    files = ", ".join(_file(result) for result in held)
    views: list[Spec] = []
    sentences: list[str] = []
    unknown: list[str] = []
    for result in held:
        rows = _rows(result)
        market = _market_beta(result)
        shares = result.portfolio.holdings if result.portfolio else ()
        views += [key(_key(rows, market if space >= MIN_BETAS else None), space), _bars(rows, market, space)]
        views += scatter(shares, space)
        unknown += without_return(shares)
        sentences += [f"{row['name']}: {row['said']}." for row in rows]
        sentences.append(f"{_file(result)}: market beta {number(market)}.")
    lines = [
        *(heading(held, errors=False) if extras.alone else ()),
        *unknown,
        "Parts of the variance sum to 100%; a weight is a part of the portfolio's value, below zero for a short",
        *(["Market beta: of each holding alone, in a one-factor model"] if space >= MIN_BETAS else []),
    ]
    return picture(
        NAME, f"Weight, risk and return of the holdings of {files}", lines, views, sentences, width=extras.width
    )


def _file(result: Result) -> str:
    return "" if result.portfolio is None else result.portfolio.file


def _market_beta(result: Result) -> float:
    """The portfolio's own; of a result without one the sum of weight × beta, the same by least squares."""
    if isinstance(result, BetaResult):
        return result.market_model.beta
    held = () if result.portfolio is None else result.portfolio.holdings
    return fsum(holding.weight * holding.market_beta for holding in held)


def _rows(result: Result) -> list[_Row]:
    """A row a holding, the largest contribution to the risk first; then the others in one, and cash."""
    info = result.portfolio
    if info is None:
        return []
    shown, others = list(info.holdings), []
    if len(shown) > MAX_ROWS:
        by_size = sorted(shown, key=lambda holding: -abs(holding.risk_contribution))
        shown, others = by_size[: MAX_ROWS - 1], by_size[MAX_ROWS - 1 :]
    rows = [_holding(h) for h in sorted(shown, key=lambda holding: -holding.risk_contribution)]
    if others:
        weight, risk = fsum(h.weight for h in others), fsum(h.risk_contribution for h in others)
        row = _row(count(len(others), "other"), weight, risk, None)
        rows.append({**row, "said": f"{row['said']}{_returns(others)}"})
    if info.cash:
        rows.append({**_row("cash", info.cash, 0.0, None), "kind": "cash"})
    return [{**row, "row": place} for place, row in enumerate(rows)]


def _holding(holding: HoldingShare) -> _Row:
    row = _row(holding.ticker, holding.weight, holding.risk_contribution, holding.market_beta)
    return {**row, "title": holding.name or "", "said": f"{row['said']}{_returns([holding])}"}


def _returns(holdings: Sequence[HoldingShare]) -> str:
    """Of one holding its return, of many the smallest and the largest, as the alternative text tells them."""
    found = [holding.window_return for holding in holdings if isfinite(holding.window_return)]
    ends = [percent(value, signed=True) for value in sorted({min(found), max(found)})] if found else []
    return f", {'return' if len(ends) == 1 else 'returns'} {' to '.join(ends)}" if ends else ""


def _row(name: str, weight: float, risk: float, market_beta: float | None) -> _Row:
    beta = None if market_beta is None or not isfinite(market_beta) else market_beta
    row = {
        "name": name, "title": "", "weight": weight, "risk_contribution": risk if isfinite(risk) else None,
        "market_beta": beta, "kind": "weight, short" if weight < 0 else "weight, held",
        "effect": "lowers the risk" if risk < 0 else "part of the risk", "weight_text": percent(weight),
        "risk_text": percent(risk), "beta_text": "" if beta is None else number(beta),
    }  # fmt: skip
    said = f"weight {row['weight_text']}, part of the risk {row['risk_text']}"
    return {**row, "said": said if beta is None else f"{said}, market beta {row['beta_text']}"}


def _key(rows: Sequence[_Row], market: float | None) -> list[KeyEntry]:
    """What the colours are, and the points and the line where there are any."""
    kinds, effects = {row["kind"] for row in rows}, {row["effect"] for row in rows if row["kind"] != "cash"}
    entries = [KeyEntry(name, colour, "square") for name, colour in WEIGHTS.items() if name in kinds]
    entries += [KeyEntry(name, colour, "M-1,-0.4H1V0.4H-1Z") for name, colour in RISKS.items() if name in effects]
    if market is None:
        return entries
    entries.append(KeyEntry("its market beta", INK))
    if isfinite(market):
        entries.append(KeyEntry(f"portfolio's market beta, {number(market)}", MEDIAN, "M0,-1L0,1"))
    return entries


def _bars(rows: Sequence[_Row], market: float, space: float) -> Spec:
    """Weights and parts of the risk on one scale, their numbers, and the market betas."""
    column = text_width("−100.0%", LABEL_SIZE) + 8
    beta = 0.22 * space if space >= MIN_BETAS else -GAP
    names = min(widest([f"{row['name']}  {row['title']}" for row in rows], TEXT_SIZE), 0.3 * space)
    left = space - beta - GAP
    rows = [{**row, "label": shortened(f"{row['name']}  {row['title']}".strip(), names, TEXT_SIZE)} for row in rows]
    reached = [row[name] for row in rows for name in ("weight", "risk_contribution") if row[name] is not None]
    scale = within(names + 14, left - 2 * column - 8, (min(0.0, *reached), max(0.0, *reached)))
    x = {"type": "quantitative", "scale": scale, "title": "weight; part of the variance",
         "axis": bare_axis(scale)}  # fmt: skip
    tooltip = [{"field": name} for name in ("name", "title", "weight", "risk_contribution", "market_beta")]
    weights = {"x": {**x, "field": "weight"}, "color": _colours("kind", WEIGHTS), "tooltip": tooltip}
    risks = {"x": {**x, "field": "risk_contribution"}, "color": _colours("effect", RISKS), "tooltip": tooltip}
    bars = {
        "width": left,
        "height": ROW * len(rows),
        "data": {"values": rows},
        "encoding": {"y": {"field": "row", "type": "ordinal", "axis": None}},
        "layer": [
            mark("bar", weights, height=15),
            mark("bar", risks, height=6),
            zero_line(),
            text_column("label", 0, fontSize=TEXT_SIZE),
            text_column("weight_text", left - column, align="right", color=MUTED),
            text_column("risk_text", left, align="right"),
            column_heading("weight", left - column),
            column_heading("risk", left),
        ],
        "resolve": {"scale": {"color": "independent"}},
    }
    return {"hconcat": [bars, *([_betas(rows, market, beta)] if beta > 0 else [])], "spacing": GAP}


def _betas(rows: Sequence[_Row], market: float, width: float) -> Spec:
    """The market beta of each holding as a point, and that of the portfolio as a line."""
    found = [row["market_beta"] for row in rows if row["market_beta"] is not None]
    reached = [*found, *([market] if isfinite(market) else [])]
    scale = within(8, width - text_width("−0.00", LABEL_SIZE) - 12, (min(0.0, *reached), max(0.0, *reached)))
    x = {"type": "quantitative", "scale": scale, "title": "market beta",
         "axis": bare_axis(scale, ".1f")}  # fmt: skip
    own = [{"portfolio_beta": market}] if isfinite(market) else []
    reference = mark("rule", {"x": {**x, "field": "portfolio_beta"}, "y": None}, color=MEDIAN, strokeWidth=2)
    return {
        "width": width,
        "height": ROW * len(rows),
        "data": {"values": list(rows)},
        "encoding": {"y": {"field": "row", "type": "ordinal", "axis": None}},
        "layer": [
            zero_line(),
            {"data": {"values": own}, **reference},
            mark("point", {"x": {**x, "field": "market_beta"}}, filled=True, size=55, opacity=1, color=INK),
            text_column("beta_text", width, align="right"),
        ],
    }


def _colours(field: str, colours: dict[str, str]) -> Spec:
    scale = {"domain": list(colours), "range": list(colours.values())}
    return {"field": field, "type": "nominal", "legend": None, "scale": scale}
