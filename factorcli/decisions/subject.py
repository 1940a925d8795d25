"""The subject of a question: a ticker or a portfolio as one column of a fitted window."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from factorcli.analysis.eligibility import ineligible
from factorcli.analysis.fit import FittedWindow
from factorcli.analysis.provenance import cache_info, data_info, model_info
from factorcli.analysis.warnings import warnings_of
from factorcli.engine import Array, Mask
from factorcli.model.frequency import DAILY
from factorcli.portfolio.exposure import FittedPortfolio
from factorcli.results.warnings import ResultWarning


@dataclass(frozen=True)
class Subject:
    """Column i of a fitted window that is eligible.

    held: of a portfolio, its stocks, weights and positions. beside: a fitted window of the further tickers that
    the question names, in their order, on the same sessions; None where it names none. They need not be eligible:
    `check_beside` says so.
    """

    fitted: FittedWindow
    i: int
    held: FittedPortfolio | None = None
    beside: FittedWindow | None = None

    @classmethod
    def of(cls, fitted: FittedWindow, i: int, beside: FittedWindow | None = None) -> "Subject":
        """A ticker. Raises its FactorError where it is not eligible."""
        if (error := ineligible(fitted, i)) is not None:
            raise error
        return cls(fitted, i, None, beside)

    @classmethod
    def of_portfolio(cls, held: FittedPortfolio, beside: FittedWindow | None = None) -> "Subject":
        """A portfolio."""
        return cls(held.fitted, 0, held, beside)

    def check_beside(self, count: int) -> None:
        """Raise the FactorError of the first of so many further tickers that is not eligible."""
        for k in range(count):
            if self.beside and (error := ineligible(self.beside, k)) is not None:
                raise error

    @property
    def ticker(self) -> str:
        """As results name it: PORTFOLIO for a portfolio."""
        return self.fitted.tickers[self.i].ticker

    @property
    def returns(self) -> Array:
        """Excess returns (T,), NaN where missing or left out."""
        column: Array = self.fitted.window.excess_returns[:, self.i]
        return column

    @property
    def factors(self) -> Array:
        """Factor returns (T, K), as they are, not in the basis of the specification."""
        return np.asarray(self.fitted.window.factors)

    @property
    def days(self) -> Mask:
        """Mask (T,) of the sessions of the fit."""
        return np.isfinite(self.returns)

    @property
    def value(self) -> float | None:
        """What a portfolio is worth, where its file has quantities."""
        return self.held.value if self.held else None

    @property
    def currency(self) -> str | None:
        """The market's currency, where a value is known; else None."""
        return None if self.value is None else self.fitted.model.market.currency

    @cached_property
    def warnings(self) -> tuple[ResultWarning, ...]:
        """Those of the exposure."""
        return tuple(self.held.warnings() if self.held else warnings_of(self.fitted, self.i))

    def facts(self) -> dict[str, Any]:
        """The first fields of every record about a subject: ticker, name, sector, window and as_of."""
        stock = self.fitted.origin.stock(self.ticker)
        name, sector = (stock.name, stock.sector) if stock else (None, None)
        return {
            "ticker": self.ticker,
            "name": self.held.positions.holdings.file if self.held else name,
            "sector": sector,
            "window": self.fitted.spec.window,
            "as_of": self.fitted.window.dates[-1],
        }

    def provenance(self, *warnings: ResultWarning) -> dict[str, Any]:
        """The last fields of every record about a subject: model, data, cache, warnings and frequency.

        warnings: those of the question, which follow those of the exposure.
        """
        return {
            "model": model_info(self.fitted, self.i),
            "data": self.held.data() if self.held else data_info(self.fitted, self.i),
            "cache": cache_info(self.fitted, self.i),
            "warnings": (*self.warnings, *warnings),
            "frequency": None if self.fitted.spec.returns is DAILY else self.fitted.spec.frequency,
        }
