"""A price source that also has published factor returns, each as an index that earns them."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from factorcli.engine import Array
from factorcli.model.factor_model import FactorModel, Returns
from factorcli.model.return_file import read_returns
from factorcli.ports import PricePanel, PriceSource
from factorcli.prices.panel import Dates
from factorcli.results.warnings import ResultWarning


@dataclass(frozen=True)
class WithReturns:
    """Implements `ports.PriceSource`: another source, and an index for each series of returns, by its name.

    An index begins at 1 on the first day and has no level on a day without a return.
    """

    source: PriceSource
    series: Mapping[str, Returns]

    @classmethod
    def around(cls, source: PriceSource, model: FactorModel) -> PriceSource:
        """The source with the returns that a model names; the source itself where it names none."""
        series = {factor.returns.name: factor.returns for factor in model.factors if factor.returns is not None}
        return cls(source, series) if series else source

    @property
    def name(self) -> str:
        """That of the source."""
        return self.source.name

    @property
    def warnings(self) -> tuple[ResultWarning, ...]:
        """Those of the source."""
        return self.source.warnings

    @property
    def left_alone(self) -> Sequence[tuple[str, str]]:
        """Those of the source."""
        return self.source.left_alone

    @property
    def fixed(self) -> bool:
        """Whether the source's prices do not change with time."""
        return self.source.fixed

    @property
    def total_return(self) -> bool:
        """Whether the source's prices of stocks are adjusted for dividends."""
        return self.source.total_return

    def listed(self) -> frozenset[str] | None:
        """The tickers of the source, and the names of the returns."""
        listed = self.source.listed()
        return None if listed is None else listed | self.series.keys()

    def at_hand(self, tickers: Sequence[str]) -> list[str]:
        """Returns need no request."""
        there = {*self.source.at_hand(self._others(tickers)), *self.series}
        return [ticker for ticker in tickers if ticker in there]

    def fetching(self, tickers: Sequence[str]) -> AbstractContextManager[None]:
        """As the source does."""
        return self.source.fetching(self._others(tickers))

    def drawn(self, tickers: Sequence[str]) -> None:
        """None, as prices are read."""

    def prices(self, tickers: Sequence[str]) -> PricePanel:
        """The source's panel with the indices among these tickers, on the days of both."""
        panel = self.source.prices(self._others(tickers))
        own = [ticker for ticker in dict.fromkeys(tickers) if ticker in self.series]
        if not own:
            return panel
        days = [self._indices[ticker][0] for ticker in own]
        if len(panel.dates):  # a library of a hundred years would make a panel of thousands of empty rows
            days = [own_days[(own_days >= panel.dates[0]) & (own_days <= panel.dates[-1])] for own_days in days]
        dates = np.unique(np.concatenate([panel.dates, *days]))
        closes = np.full((len(dates), len(panel.tickers) + len(own)), np.nan)
        rows = np.searchsorted(dates, panel.dates)
        closes[rows, : len(panel.tickers)] = panel.closes
        for column, ticker in enumerate(own, start=len(panel.tickers)):
            index_days, levels = self._indices[ticker]
            kept = np.isin(index_days, dates)
            closes[np.searchsorted(dates, index_days[kept]), column] = levels[kept]
        volumes = None
        if panel.volumes is not None:
            volumes = np.full(closes.shape, np.nan)
            volumes[rows, : len(panel.tickers)] = panel.volumes
        return PricePanel(dates, (*panel.tickers, *own), closes, volumes, panel.failures, panel.stale, panel.foreign)

    def _others(self, tickers: Sequence[str]) -> list[str]:
        return [ticker for ticker in tickers if ticker not in self.series]

    @cached_property
    def _indices(self) -> dict[str, tuple[Dates, Array]]:
        """Days (T,) and levels (T,) of each series. Raises InvalidModel."""
        files = {path: read_returns(path) for path in dict.fromkeys(one.path for one in self.series.values())}
        return {
            name: _index(files[one.path].dates, files[one.path].column(one.column, str(one.path)))
            for name, one in self.series.items()
        }


def _index(days: Sequence[date], returns: Sequence[float]) -> tuple[Dates, Array]:
    values = np.array(returns)
    levels = np.cumprod(1.0 + np.nan_to_num(values))
    return np.array(days, dtype="datetime64[D]"), np.where(np.isfinite(values), levels, np.nan)
