"""What a subject of today did in an episode, and what its betas say of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from factorcli.decisions.subject import Subject
from factorcli.engine import Array, Mask
from factorcli.engine.episode import compounded, growth, held, model_growth
from factorcli.engine.regression import cross_section
from factorcli.engine.returns import simple_returns
from factorcli.ports import PriceHistory
from factorcli.results.episode import Episode, EpisodeResult, WorstDay
from factorcli.results.warnings import ResultWarning

LARGE_RETURN = 0.40  # of one session, which is listed
MAX_NAMED = 5  # stocks or days that a warning lists
SLACK = timedelta(days=7)  # between the last session and the end of an episode that is not cut short


@dataclass(frozen=True)
class Stocks:
    """The stocks of a subject, itself where it is one: their names, columns of prices, weights and excess returns."""

    tickers: tuple[str, ...]
    columns: tuple[str, ...]
    weights: Array
    returns: Array  # (T, N), of the window

    @classmethod
    def of(cls, subject: Subject) -> "Stocks":
        """Of a portfolio, only days on which all of them have a return, as its own betas are of these."""
        if subject.held is None:
            one = subject.fitted.tickers[subject.i]
            return cls((one.ticker,), (one.column,), np.ones(1), subject.returns[:, None])
        stocks = subject.held.stocks
        returns = np.where(subject.days[:, None], stocks.window.excess_returns, np.nan)
        tickers = stocks.tickers
        return cls(
            tuple(one.ticker for one in tickers), tuple(one.column for one in tickers), subject.held.weights, returns
        )


def episode(subject: Subject, stocks: Stocks, what: Episode, history: PriceHistory) -> EpisodeResult:
    """The answer for one episode, from the prices of its days, whose columns are the stocks.

    The betas are of factors as they are, whatever the basis: without α, other columns would leave out other returns.
    Where factors lack prices of the episode, they are those of the factors that have them, on the same window.
    """
    priced = np.isfinite(history.factors).all(axis=0)
    betas = _betas(subject, stocks, priced)
    modelled = model_growth(betas, history.factors[:, priced], history.risk_free)
    grown = growth(history.closes)
    absent = ~np.isfinite(grown[0])
    path = held(stocks.weights, np.where(absent, modelled[:, 1:], grown))
    added = np.array([transform == "diff" for transform in subject.fitted.model.transforms])
    missing = tuple(ticker for ticker, is_absent in zip(stocks.tickers, absent, strict=True) if is_absent)
    value = subject.value
    provenance = subject.provenance(
        *_data_warnings(subject, what, history),
        *_large_returns(stocks, what, history),
        *_replaced(what, missing),
    )
    return EpisodeResult(
        **subject.facts(),
        episode=what.name,
        start=what.start,
        end=history.last_date if _is_cut(what, history) else what.end,
        own=path.total,
        model=float(modelled[-1, 0]) - 1.0,
        replaced_weight=float(np.abs(stocks.weights[absent]).sum()),
        max_drawdown=path.max_drawdown,
        worst_day=WorstDay(history.dates[path.worst], path.worst_return),
        factor_returns=subject.fitted.by_code(compounded(history.gross_factors, added)),
        missing=missing,
        value_change=None if value is None else value * path.total,
        currency=subject.currency,
        factor_model=provenance.pop("model"),
        **provenance,
    )


def _betas(subject: Subject, stocks: Stocks, priced: Mask) -> Array:
    """Betas on the factors that have prices, of the subject and then of each stock: (1 + N, K)."""
    returns = np.column_stack([subject.returns, stocks.returns])
    fits = cross_section(returns, subject.factors[:, priced], min_observations=subject.fitted.required)
    betas: Array = fits.coefficients[:, 1:]
    return betas


def _is_cut(what: Episode, history: PriceHistory) -> bool:
    """Whether the prices end before the episode."""
    return what.end - history.last_date > SLACK


def _data_warnings(subject: Subject, what: Episode, history: PriceHistory) -> Iterator[ResultWarning]:
    codes = subject.fitted.model.codes
    if lacking := [code for code in codes if code not in history.proxies]:
        kept = [code for code in codes if code in history.proxies]
        text = (
            f"{what.name}: no prices of {_listed(lacking)} then; the model's return is by the betas of a fit of the "
            f"same window on {_listed(kept)} alone."
        )
        yield ResultWarning("fewer_factors", text)
    used = subject.fitted.window.proxies
    if others := [f"{code} by {proxy}" for code, proxy in history.proxies.items() if used[code] != proxy]:
        yield ResultWarning("proxy_fallback", f"{what.name}: measured then is {_listed(others)}.")
    if _is_cut(what, history):
        text = f"{what.name} ends on {what.end}, the prices on {history.last_date}: the returns are up to that day."
        yield ResultWarning("cut_episode", text)


def _large_returns(stocks: Stocks, what: Episode, history: PriceHistory) -> Iterator[ResultWarning]:
    """A warning that lists returns beyond LARGE_RETURN, none of which is left out."""
    returns = simple_returns(history.closes)
    found = [
        f"{stocks.tickers[i]} {returns[day, i]:+.1%} on {history.dates[day]}"
        for day, i in np.argwhere(np.abs(np.nan_to_num(returns)) > LARGE_RETURN).tolist()
    ]
    if found:
        text = f"{what.name} holds {_listed(found, MAX_NAMED)}: a split or demerger that the prices lack?"
        yield ResultWarning("large_return", text)


def _replaced(what: Episode, missing: Sequence[str]) -> Iterator[ResultWarning]:
    if missing:
        text = f"{what.name}: no price before it of {_listed(missing, MAX_NAMED)}; the model's return stands in."
        yield ResultWarning("not_listed", text)


def _listed(names: Sequence[str], most: int = 99) -> str:
    """Names in a sentence."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
