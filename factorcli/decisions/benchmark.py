"""What a subject is compared with: a ticker or holdings, on the subject's sessions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from factorcli.analysis.eligibility import ineligible
from factorcli.analysis.fit import FittedWindow
from factorcli.analysis.warnings import action_warnings, exclusion_warnings, name_warnings, stale_price_warnings
from factorcli.decisions.subject import Subject
from factorcli.engine import Array, Mask
from factorcli.errors import ForeignListing, InsufficientHistory
from factorcli.model.factor_model import MARKET
from factorcli.portfolio.exposure import fitted_portfolio, without_missing
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.positions import Positions
from factorcli.results.warnings import ResultWarning

INDEX_PREFIX = "^"  # of tickers of indices, whose closes are without dividends


@dataclass(frozen=True)
class Benchmark:
    """Excess returns (T,) of a benchmark, NaN where missing or left out; tickers: of which it is made."""

    name: str
    returns: Array
    tickers: tuple[str, ...]
    warnings: tuple[ResultWarning, ...]

    @classmethod
    def of(cls, asked: str | Holdings, typed: Sequence[str], columns: FittedWindow) -> "Benchmark":
        """The benchmark that was asked for, whose tickers, as typed, are the columns of a fitted window.

        Raises the FactorError of a ticker that is not eligible, and ForeignListing, which portfolios raise too.
        """
        if isinstance(asked, Holdings):
            return cls._of_holdings(asked, typed, columns)
        if (error := ineligible(columns, 0)) is not None:
            raise error
        one, report = columns.tickers[0], columns.report(0)
        if report.foreign:
            raise ForeignListing(f"{one.ticker} is quoted {report.foreign}: a benchmark is of the market's currency.")
        warnings = _named(one.ticker, price_warnings(columns, 0))
        return cls(one.ticker, np.asarray(columns.window.excess_returns[:, 0]), (one.ticker,), warnings)

    @classmethod
    def _of_holdings(cls, asked: Holdings, typed: Sequence[str], columns: FittedWindow) -> "Benchmark":
        resolved = dict(zip(typed, columns.tickers, strict=True))
        positions = Positions.of(asked, resolved.__getitem__)
        places = {one.ticker: place for place, one in enumerate(columns.tickers)}
        stocks = columns.of([places[one.ticker] for one in positions.tickers])
        if asked.drop_missing and (kept := without_missing(positions, stocks)) is not positions:
            positions, stocks = kept, columns.of([places[one.ticker] for one in kept.tickers])
        held = fitted_portfolio(positions, stocks)
        found = [warning for k in range(len(stocks.tickers)) for warning in price_warnings(stocks, k, named=True)]
        return cls(
            asked.file,
            np.asarray(held.fitted.window.excess_returns[:, 0]),
            tuple(one.ticker for one in stocks.tickers),
            _named(asked.file, [*positions.warnings, *found]),
        )

    def check(self, subject: Subject, days: Mask) -> None:
        """Raise ForeignListing for a subject of another currency, InsufficientHistory where few days are common.

        days (T,): those of the subject.
        """
        fitted, ticker = subject.fitted, subject.ticker
        if foreign := fitted.report(subject.i).foreign:
            raise ForeignListing(f"{ticker} is quoted {foreign}: its returns cannot be compared with {self.name}'s.")
        common = int((np.isfinite(self.returns) & days).sum())
        if common < fitted.required:
            dates = fitted.window.dates
            raise InsufficientHistory(
                f"{ticker} and its benchmark {self.name} have {common} returns in common in the {len(dates)} "
                f"{fitted.period}s up to {dates[-1]}; a window of {fitted.spec.window} needs {fitted.required}. Ask "
                "for a shorter window, or another benchmark."
            )

    def warnings_about(self, subject: Subject, *, total_return: bool) -> Iterator[ResultWarning]:
        """Its own warnings, days that only one of the two has, and dividends that it lacks.

        total_return: whether the source's prices contain dividends, other than those of indices.
        """
        yield from self.warnings
        days, known = int(subject.days.sum()), np.isfinite(self.returns)
        if (common := int((known & subject.days).sum())) < days:
            text = f"active returns are of {common} of {days} days, as {self.name} has no return on the others."
            yield ResultWarning("short_history", text)
        indices = self._price_indices(subject, total_return=total_return)
        if indices and not subject.ticker.startswith(INDEX_PREFIX):
            lacking = (
                "is a price index" if self.tickers == indices else f"holds the price index {' and '.join(indices)}"
            )
            text = (
                f"the benchmark {self.name} {lacking} without dividends, which the prices of {subject.ticker} contain: "
                "the active return is too large by its dividend yield (1 to 2% a year for the Nifty 50); active betas "
                "and the tracking error hardly change."
            )
            yield ResultWarning("price_index", text)

    def _price_indices(self, subject: Subject, *, total_return: bool) -> tuple[str, ...]:
        """Those of its tickers that lack dividends where other prices have them."""
        fitted = subject.fitted
        if not (total_return or fitted.model.total_return):
            return ()
        proxy = "" if total_return else fitted.window.proxies[MARKET]
        return tuple(one for one in self.tickers if one.startswith(INDEX_PREFIX) or one == proxy)


def price_warnings(columns: FittedWindow, k: int, *, named: bool = False) -> list[ResultWarning]:
    """Warnings about the name and the prices of column k; named: whether they say of which ticker."""
    report, one = columns.report(k), columns.tickers[k]
    prices = [
        *action_warnings(report),
        *exclusion_warnings(report, columns.window.dates, columns.model.max_daily_return),
    ]
    if named:
        prices = [replace(warning, text=f"{one.ticker}: {warning.text}") for warning in prices]
    return [*name_warnings(one), *stale_price_warnings(report), *prices]


def _named(name: str, warnings: Sequence[ResultWarning]) -> tuple[ResultWarning, ...]:
    return tuple(replace(warning, text=f"benchmark {name}: {warning.text}") for warning in warnings)
