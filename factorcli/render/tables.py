"""Results as tables for people: Rich renderables, rounded, readable without colour."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from factorcli.results import (
    Batch,
    BetaResult,
    Decomposition,
    ModelResult,
    RollingPath,
    StockInfo,
    UniverseImport,
)

STARS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))
LEGEND = "*** p < 0.001, ** p < 0.01, * p < 0.05."
DETAILED = 3  # as many tickers get a table each; more share one
ERRORS = {"hac": "Newey–West, {lags} lags", "hc1": "White's HC1", "nonrobust": "classical"}
BASES = {
    "raw": "raw basis",
    "spread": "spread basis (styles minus the market)",
    "residual": "residual basis (factors cleared of the market)",
}
POSITIVE, NEGATIVE, QUIET = "green", "red", "dim"


def to_table(batch: Batch[Any], console: Console) -> RenderableType:
    """What the terminal shows of a batch; `console` tells how wide it is."""
    if not batch.results:
        return Group()
    kind = type(batch.results[0])
    return _VIEWS[kind](batch.results, console)


def number(value: float, digits: int = 2, *, signed: bool = True) -> str:
    """A rounded number with its sign and a real minus; a dash where there is none."""
    if not math.isfinite(value):
        return "–"
    text = f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("+-")
    return text.replace("-", "−")


def percent(value: float, digits: int = 1, *, signed: bool = False) -> str:
    """A fraction in per cent."""
    return f"{number(100 * value, digits, signed=signed)} %" if math.isfinite(value) else "–"


def stars(p_value: float) -> str:
    """One to three asterisks for significance at 5 %, 1 % and 0.1 %."""
    return next((mark for limit, mark in STARS if p_value < limit), "")


def _signed(value: float, p_value: float = 0.0, digits: int = 2) -> Text:
    """A number whose sign is written and coloured; quiet where it is not significant."""
    style = QUIET if not p_value < 0.05 else POSITIVE if value > 0 else NEGATIVE
    return Text(number(value, digits), style=style)


def _grid(**options: Any) -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", **options)


def _betas(results: Sequence[BetaResult], console: Console) -> RenderableType:
    if len(results) > DETAILED:
        body: list[RenderableType] = [_beta_overview(results, console)]
    else:
        body = [part for result in results for part in (_beta_detail(result, console), "")]
    return Group(*body, _beta_notes(results), *_warnings(results))


def _title(result: BetaResult | Decomposition) -> Text:
    title = Text(result.ticker, style="bold")
    about = " · ".join(part for part in (result.name, result.sector) if part)
    if about:
        title.append(f"  {about}", style="not bold")
    return title


def _beta_detail(result: BetaResult, console: Console) -> RenderableType:
    lines: list[RenderableType] = [
        _title(result),
        Text(
            f"{result.window} sessions, {result.start} to {result.as_of} · {result.observations} returns · "
            f"R² {number(result.r_squared, signed=False)} (adjusted {number(result.adj_r_squared, signed=False)})"
        ),
        Text(
            f"Volatility {percent(result.volatility)} a year, {percent(result.residual_volatility)} of the stock's own"
        ),
    ]
    table = _grid()
    table.add_column("factor", no_wrap=True)
    table.add_column("beta", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("95 % interval", justify="right", no_wrap=True)
    table.add_column("t", justify="right", no_wrap=True)
    table.add_column("p", justify="right", no_wrap=True)
    table.add_column("VIF", justify="right", no_wrap=True)
    table.add_column("measured by", no_wrap=True, style=QUIET)
    alone = result.market_model
    table.add_row(*_row("market alone", alone, 2), "", "one-factor model", end_section=True)
    for code, beta in result.betas.items():
        digits = 3 if abs(beta.beta) < 0.1 and beta.std_error < 0.05 else 2
        row = _row(code, beta, digits)
        table.add_row(*row, number(beta.vif, 1, signed=False), result.model.proxies[code])
    lines.append(Padding(table, (1, 0, 1, 0)))
    alpha = result.alpha
    lines.append(
        Text(
            f"Alpha {percent(alpha.annual, signed=True)} a year{stars(alpha.p_value)} (t "
            f"{number(alpha.t_stat)}); {percent(alpha.annual_net, signed=True)} with the styles net of the "
            f"risk-free rate"
        )
    )
    if result.rolling is not None:
        lines.append(_path_table(result.rolling, console))
    return Group(*lines)


def _row(label: str, estimate: Any, digits: int) -> tuple[RenderableType, ...]:
    interval = f"{number(estimate.ci_low, digits)} to {number(estimate.ci_high, digits)}"
    p = "< 0.001" if estimate.p_value < 0.001 else number(estimate.p_value, 3, signed=False)
    return (
        label,
        _signed(estimate.beta, estimate.p_value, digits),
        stars(estimate.p_value),
        interval,
        number(estimate.t_stat),
        p,
    )


def _path_table(path: RollingPath, console: Console) -> RenderableType:
    """The rolling path: everything when piped, twelve dates over the whole span in a terminal."""
    count = len(path.dates)
    if not count:
        return Text("No rolling path: there are fewer sessions than the window needs.", style=QUIET)
    wanted = range(count)
    if console.is_terminal and count > 12:
        wanted = [round(i * (count - 1) / 11) for i in range(12)]  # type: ignore[assignment]
    table = _grid(title=f"Rolling path, {count} dates" + (", 12 shown" if len(wanted) < count else ""))
    table.title_justify = "left"
    table.add_column("to", no_wrap=True)
    for name in ("alpha/year", *path.betas, "R²"):
        table.add_column(name, justify="right", no_wrap=True)
    for i in wanted:
        table.add_row(
            str(path.dates[i]),
            percent(252 * path.alpha[i], signed=True),
            *(_signed(values[i]) for values in path.betas.values()),
            number(path.r_squared[i], signed=False),
        )
    return Padding(table, (1, 0, 0, 0))


def _beta_overview(results: Sequence[BetaResult], console: Console) -> RenderableType:
    codes = tuple(results[0].betas)
    wide = not console.is_terminal or console.width >= 110
    table = _grid()
    table.add_column("ticker", no_wrap=True, style="bold")
    if wide:
        table.add_column("name", no_wrap=True, overflow="ellipsis", max_width=28 if console.is_terminal else None)
    for name in ("market alone", *codes, "α a year", "R²", "n"):
        table.add_column(name, justify="right", no_wrap=name != "market alone")
    table.add_column("notes", no_wrap=True)
    for result in results:
        table.add_row(
            result.ticker,
            *([result.name or ""] if wide else []),
            _starred(result.market_model.beta, result.market_model.p_value),
            *(_starred(beta.beta, beta.p_value, 3 if code == "VOL" else 2) for code, beta in result.betas.items()),
            percent(result.alpha.annual, signed=True) + stars(result.alpha.p_value).ljust(3),
            number(result.r_squared, signed=False),
            str(result.observations),
            " ".join(dict.fromkeys(w.partition(":")[0] for w in _own(result, results))),
        )
    return table


def _starred(value: float, p_value: float, digits: int = 2) -> Text:
    return _signed(value, p_value, digits).append(stars(p_value).ljust(3), style="default")


def _beta_notes(results: Sequence[BetaResult]) -> RenderableType:
    first = results[0]
    lines = [Text(_model_line(first) + f" {LEGEND}", style=QUIET)]
    if len(results) == 1 and len(first.betas) > 1 and first.model.basis != "residual":
        alone, together = first.market_model.beta, first.betas["MKT"].beta
        lines.append(
            Text(
                f"Two market betas: on its own the market explains {number(alone)} (a market move of 1 % came "
                f"with {number(alone)} %). Beside the style funds, which hold the same market, MKT keeps "
                f"{number(together)}: what moves with the market but with none of them. The rest of the market "
                "exposure sits in their betas."
            )
        )
    elif len(first.betas) > 1 and first.model.basis != "residual":
        lines.append(
            Text(
                "“market alone” is the beta to the market by itself. MKT is what is left of it beside the style "
                "funds, which hold the same market; the rest sits in their betas."
            )
        )
    return Group(*lines)


def _model_line(result: BetaResult | Decomposition) -> str:
    model = result.model
    errors = ERRORS[model.covariance].format(lags=model.lags)
    return (
        f"Model {model.id}, {BASES[model.basis]}, risk-free rate {percent(model.risk_free, 2)}, errors {errors}; "
        f"prices from {result.data.source} to {result.as_of}."
    )


def _decompositions(results: Sequence[Decomposition], console: Console) -> RenderableType:
    if len(results) > DETAILED:
        body: list[RenderableType] = [_decomposition_overview(results, console)]
    else:
        body = [part for result in results for part in (_decomposition_detail(result), "")]
    method = {
        "euler": "β·Cov(factor, stock)/Var(stock); below zero is a hedge",
        "lmg": "Shapley shares of R², averaged over all orderings; never negative",
    }[results[0].method]
    return Group(
        *body,
        Text(f"{_model_line(results[0])} Shares: {method}.", style=QUIET),
        *_warnings(results),
    )


def _decomposition_detail(result: Decomposition) -> RenderableType:
    table = _grid()
    table.add_column("source of risk", no_wrap=True)
    table.add_column("share of variance", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("volatility", justify="right", no_wrap=True)
    table.add_column("alone", justify="right", no_wrap=True, style=QUIET)
    shares = {**result.contributions, "idiosyncratic": result.idiosyncratic}
    largest = max((abs(share) for share in shares.values()), default=1.0) or 1.0
    for code, share in shares.items():
        alone = result.standalone_volatility.get(code)
        table.add_row(
            code,
            Text(percent(share, signed=True), style=NEGATIVE if share < 0 else POSITIVE),
            _bar(share / largest),
            percent(result.volatility_points[code], signed=True),
            "" if alone is None else percent(alone),
            end_section=code == list(result.contributions)[-1],
        )
    table.add_row("total", "100.0 %", "", percent(result.volatility), "", style="bold")
    return Group(
        _title(result),
        Text(
            f"{result.window} sessions to {result.as_of} · {result.observations} returns · the factors explain "
            f"{percent(result.systematic)} of the variance of its excess return"
        ),
        Padding(table, (1, 0, 0, 0)),
    )


def _bar(size: float, width: int = 20) -> Text:
    """A bar of |size| ≤ 1; a hedge is hollow, so that it shows without colour."""
    length = round(abs(size) * width)
    return Text(("░" if size < 0 else "█") * length, style=NEGATIVE if size < 0 else POSITIVE)


def _decomposition_overview(results: Sequence[Decomposition], console: Console) -> RenderableType:
    table = _grid()
    table.add_column("ticker", no_wrap=True, style="bold")
    wide = not console.is_terminal or console.width >= 110
    if wide:
        table.add_column("name", no_wrap=True, overflow="ellipsis", max_width=28 if console.is_terminal else None)
    for name in (*results[0].contributions, "own", "volatility", "n"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("notes", no_wrap=True)
    for result in results:
        table.add_row(
            result.ticker,
            *([result.name or ""] if wide else []),
            *(
                Text(percent(share, signed=True), style=NEGATIVE if share < 0 else "default")
                for share in result.contributions.values()
            ),
            percent(result.idiosyncratic),
            percent(result.volatility),
            str(result.observations),
            " ".join(dict.fromkeys(w.partition(":")[0] for w in _own(result, results))),
        )
    return table


def _own(result: Any, results: Sequence[Any]) -> tuple[str, ...]:
    """Warnings of one result that not all results share."""
    if len(results) == 1:
        return tuple(result.warnings)
    shared = set(results[0].warnings)
    if len(results) <= DETAILED:
        shared = shared.intersection(*(other.warnings for other in results))
    else:
        shared &= set(results[-1].warnings)
    return tuple(warning for warning in result.warnings if warning not in shared)


def _warnings(results: Sequence[Any]) -> Iterable[RenderableType]:
    """Warnings, those of all results once; of many tickers only how often each was raised."""
    shared = [w for w in results[0].warnings if w not in _own(results[0], results)]
    if len(results) == 1:
        shared = list(results[0].warnings)
    for warning in shared:
        yield _warning(warning)
    if len(results) == 1:
        return
    if len(results) <= 10:
        for result in results:
            for warning in _own(result, results):
                yield _warning(warning, result.ticker)
        return
    counts = Counter(code for r in results for code in {w.partition(":")[0] for w in _own(r, results)})
    for code, count in counts.most_common():
        yield Text.assemble(("! ", "yellow"), (code, "bold"), f": {count} tickers; --json has every sentence.")


def _warning(warning: str, ticker: str = "") -> Text:
    code, _, sentence = warning.partition(": ")
    name = f"{ticker} " if ticker else ""
    return Text.assemble(("! ", "yellow"), name, (code, "bold"), f": {sentence}")


def _stocks(results: Sequence[StockInfo], console: Console) -> RenderableType:
    table = _grid()
    for name in ("ticker", "name", "sector", "isin"):
        if name == "isin" and console.is_terminal and console.width < 100:
            continue
        table.add_column(name, no_wrap=True, overflow="ellipsis", style="bold" if name == "ticker" else "")
    shown = len(table.columns)
    for stock in results:
        table.add_row(*(stock.ticker, stock.name, stock.sector, stock.isin)[:shown])
    return Group(table, Text(f"{len(results)} stocks", style=QUIET))


def _imports(results: Sequence[UniverseImport], _: Console) -> RenderableType:
    lines = []
    for result in results:
        lines.append(Text(f"Wrote {result.stocks} stocks to {result.path}."))
        lines.extend(Text(f"Left out {symbol}: {why}.") for symbol, why in result.dropped.items())
    return Group(*lines)


def _models(results: Sequence[ModelResult], _: Console) -> RenderableType:
    (model,) = results
    table = _grid()
    for name in ("factor", "name", "proxies, in order", "enters as"):
        table.add_column(name, overflow="fold")
    for factor in model.factors:
        enters = {"return": "return", "pct": "change in %", "diff": "change of level"}[factor.transform]
        if factor.excess:
            enters += ", net of the risk-free rate"
        if not factor.traded:
            enters += ", not traded"
        table.add_row(Text(factor.code, style="bold"), factor.name, ", ".join(factor.proxies), enters)

    def limit(value: float, text: str) -> str:
        return text.format(f"{value:.0%}") if value else "no limit"

    rate = model.risk_free_source or percent(model.risk_free, 2)
    return Group(
        Text(f"Model {model.id}", style="bold"),
        Padding(table, (1, 0, 1, 0)),
        Text(f"Risk-free rate: {rate} a year, {model.trading_days} trading days."),
        Text(f"Left out of a ticker: returns beyond {limit(model.max_daily_return, '±{}')}."),
        Text(f"Named but kept: returns from {limit(model.large_move, '±{}')}."),
        Text(
            "Left out for everybody: sessions with a traded style further from the market than "
            f"{limit(model.max_gap_to_market, '{}')}"
            + (f"; {', '.join(map(str, model.exclude_dates))}." if model.exclude_dates else ".")
        ),
    )


_VIEWS: dict[type, Callable[[Any, Console], RenderableType]] = {
    BetaResult: _betas,
    Decomposition: _decompositions,
    StockInfo: _stocks,
    UniverseImport: _imports,
    ModelResult: _models,
}
