"""From a clean window to results: fits, the numbers of one ticker, and the warnings they need."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import cast

import numpy as np

from factorcli import remarks
from factorcli.engine import Array
from factorcli.engine.exposures import Exposures, estimate, r_squared_without, variance_shares
from factorcli.engine.inference import Covariance
from factorcli.engine.regression import Basis, dependent_columns
from factorcli.engine.rolling import RollingFits, rolling
from factorcli.engine.variance import MAX_LMG_FACTORS
from factorcli.errors import (
    CollinearFactors,
    DataError,
    FactorError,
    InsufficientHistory,
    StaleSeries,
    UnknownTicker,
    UpstreamError,
)
from factorcli.model import MIN_OBSERVATIONS, STALE_SESSIONS, FactorModel, required_observations
from factorcli.overviews import HeatRow
from factorcli.ports import Market, MarketWindow, TickerReport
from factorcli.query import METHODS, Asked, Query
from factorcli.results import (
    Alpha,
    BetaResult,
    CacheInfo,
    DataInfo,
    ExcludedDay,
    Exposure,
    FactorBeta,
    MarketModel,
    ModelInfo,
    RollingPath,
)
from factorcli.universe import Universe


@dataclass(frozen=True)
class Answers:
    """One window of several tickers; makes each ticker's result.

    All tickers are fitted at once, and each kind of number only when something asks for it. `whole` is
    every session there is, where a rolling path is wanted.
    """

    asked: Sequence[Asked]
    query: Query
    model: FactorModel
    universe: Universe
    source: str
    computed_at: str
    window: MarketWindow
    whole: MarketWindow | None = None

    @cached_property
    def basis(self) -> Basis:
        """How the factors enter."""
        return Basis(self.query.basis, self.model.market, np.array(self.model.traded_styles))

    @property
    def required(self) -> int:
        """How many returns a ticker needs."""
        return required_observations(self.query.window)

    @cached_property
    def reports(self) -> list[TickerReport]:
        """What the gate did to each ticker."""
        return [self.window.report(i) for i in range(len(self.asked))]

    @cached_property
    def exposures(self) -> Exposures:
        """The fits of the window."""
        covariance = cast(Covariance, self.query.covariance)
        return estimate(self.window.excess_returns, self.window.factors, covariance, self.basis, self.required)

    @cached_property
    def shares(self) -> dict[str, Array]:
        """Variance shares (N, K) by method."""
        returns, factors = self.window.excess_returns, self.window.factors
        return {
            method: variance_shares(self.exposures.fits, returns, factors, self.basis, method)
            for method in METHODS
            if method == "euler" or len(self.model.factors) <= MAX_LMG_FACTORS
        }

    @cached_property
    def r_squared_without(self) -> dict[tuple[int, int], float]:
        """R² without each large move, by ticker and position."""
        large = [(i, day) for i, report in enumerate(self.reports) for day in report.large_moves]
        returns, factors = self.window.excess_returns, self.window.factors
        without = r_squared_without(returns, factors, large, self.required - 1)
        return dict(zip(large, without, strict=True))

    @cached_property
    def path(self) -> RollingFits | None:
        """Fits of every window of `whole`, or None where it is shorter than one."""
        if self.whole is None or len(self.whole.dates) < self.query.window:
            return None
        return rolling(
            self.whole.excess_returns,
            self.whole.factors,
            self.query.window,
            min_observations=self.required,
            basis=self.basis,
        )

    def check(self, i: int) -> None:
        """Raise the DataError that keeps ticker i from having a result."""
        report, ticker = self.reports[i], self.asked[i].ticker
        as_of = self.window.dates[-1]
        if report.last_price is None:
            raise self._unknown(i)
        if report.sessions_since_last_price > STALE_SESSIONS:
            new = self.asked[i].renamed
            advice = f"It is called {new} now: ask for that." if new else "It may be delisted, suspended or renamed."
            raise StaleSeries(
                f"{ticker} has no price after {report.last_price}, {report.sessions_since_last_price} sessions "
                f"before {as_of}. {advice}"
            )
        n = int(self.exposures.fits.observations[i])
        if n < self.required:
            sessions = len(self.window.dates)
            raise InsufficientHistory(
                f"{ticker} has {n} returns in the {sessions} sessions up to {as_of}; a window of {self.query.window} "
                f"needs {self.required}. {self._shortage(report, n)}"
            )
        if not np.isfinite(self.exposures.fits.condition_number[i]):
            rows = np.isfinite(self.window.excess_returns[:, i])
            names = ("the intercept", *self.model.codes)
            columns = [names[k] for k in dependent_columns(self.window.factors[rows])]
            raise CollinearFactors(
                f"{ticker}: {' and '.join(columns)} are linearly dependent over these {n} returns, so their "
                "betas cannot be told apart. Use another window or another proxy."
            )

    def _shortage(self, report: TickerReport, n: int) -> str:
        """Why there are too few returns, and what to do."""
        if len(self.window.dates) < self.query.window:
            cause = "The source has no more sessions with prices of all factors."
        elif len(report.excluded) > report.missing:
            cause = f"The price gate left out {len(report.excluded)}; `factor model show` tells its limits."
        elif report.first_price and report.first_price >= self.window.dates[0]:
            cause = f"Its prices begin on {report.first_price}."
        else:
            cause = f"{report.missing} are missing."
        return f"{cause} Ask for a shorter window." if n >= MIN_OBSERVATIONS else cause

    def beta(self, i: int) -> BetaResult:
        """The exposures of ticker i."""
        fits, tests = self.exposures.fits, self.exposures.inference
        alone, market = self.exposures.market, self.exposures.market_inference
        year = float(self.model.trading_days)
        one = self.asked[i]
        stock = self.universe.by_ticker.get(self.universe.current(one.ticker))
        daily = float(fits.coefficients[i, 0])
        used = np.isfinite(self.window.excess_returns[:, i])
        net_styles = np.array([f.traded and not f.excess for f in self.model.factors], dtype=np.float64)
        financing = float(self.window.risk_free[used].mean() * (fits.coefficients[i, 1:] @ net_styles))

        def factor(k: int) -> FactorBeta:
            c = k + 1
            return FactorBeta(
                beta=float(fits.coefficients[i, c]),
                std_error=float(fits.std_errors[i, c]),
                t_stat=float(tests.t_stats[i, c]),
                p_value=float(tests.p_values[i, c]),
                ci_low=float(tests.ci_low[i, c]),
                ci_high=float(tests.ci_high[i, c]),
                vif=float(fits.vif[i, k]),
                factor_volatility=float(fits.factor_volatility[i, k] * np.sqrt(year)),
            )

        return BetaResult(
            ticker=one.ticker,
            name=stock.name if stock else None,
            sector=stock.sector if stock else None,
            window=self.query.window,
            as_of=self.window.dates[-1],
            start=self.window.dates[0],
            observations=int(fits.observations[i]),
            degrees_of_freedom=int(fits.degrees_of_freedom[i]),
            alpha=Alpha(
                daily=daily,
                annual=year * daily,
                annual_net=year * (daily + financing),
                std_error=float(fits.std_errors[i, 0]),
                t_stat=float(tests.t_stats[i, 0]),
                p_value=float(tests.p_values[i, 0]),
                ci_low=float(tests.ci_low[i, 0]),
                ci_high=float(tests.ci_high[i, 0]),
            ),
            betas={code: factor(k) for k, code in enumerate(self.model.codes)},
            r_squared=float(fits.r_squared[i]),
            adj_r_squared=float(fits.adj_r_squared[i]),
            volatility=float(np.sqrt(fits.variance[i] * year)),
            residual_volatility=float(fits.residual_volatility[i] * np.sqrt(year)),
            condition_number=float(fits.condition_number[i]),
            market_model=MarketModel(
                beta=float(alone.coefficients[i, 1]),
                std_error=float(alone.std_errors[i, 1]),
                t_stat=float(market.t_stats[i, 1]),
                p_value=float(market.p_values[i, 1]),
                ci_low=float(market.ci_low[i, 1]),
                ci_high=float(market.ci_high[i, 1]),
                alpha_annual=float(year * alone.coefficients[i, 0]),
                r_squared=float(alone.r_squared[i]),
            ),
            model=self._model_info(i),
            data=self._data_info(i),
            cache=CacheInfo(None, self.computed_at, stale=self.window.stale(i)),
            warnings=tuple(self._remarks(i)),
            rolling=self._rolling(i),
        )

    def exposure(self, i: int) -> Exposure:
        """All that is kept of ticker i. Raises the DataError that keeps it from having a result."""
        self.check(i)
        shares = {
            method: {code: float(values[i, k]) for k, code in enumerate(self.model.codes)}
            for method, values in self.shares.items()
        }
        return Exposure(self.beta(i), shares)

    def heat_row(self, i: int, market: Market, session: date) -> HeatRow:
        """What a heatmap keeps of ticker i, or of its failure."""
        one, codes = self.asked[i], self.model.codes
        fits, alone = self.exposures.fits, self.exposures.market
        failure: FactorError | None = None
        try:
            if (reason := market.failure(one.column)) is not None:
                raise reason
            self.check(i)
        except (DataError, UpstreamError) as error:
            failure = error
        stock = self.universe.by_ticker.get(one.ticker)
        year = self.model.trading_days
        with np.errstate(invalid="ignore", divide="ignore"):
            t_stats = fits.coefficients[i] / fits.std_errors[i]
        return HeatRow(
            ticker=one.ticker,
            sector=stock.sector if stock else None,
            code=failure.code if failure else None,
            message=str(failure) if failure else None,
            betas={code: float(fits.coefficients[i, k + 1]) for k, code in enumerate(codes)},
            t_stats={code: float(t_stats[k + 1]) for k, code in enumerate(codes)},
            market_beta=float(alone.coefficients[i, 1]),
            alpha_annual=float(year * float(fits.coefficients[i, 0])),
            r_squared=float(fits.r_squared[i]),
            observations=int(fits.observations[i]),
            model=self._model_info(i),
            as_of=self.window.dates[-1],
            computed_at=self.computed_at,
            # of stale prices, a row is not that of the last session
            session=min(session, self.window.dates[-1]) if self.window.stale(i) else session,
            final=self.window.final,
        )

    def _unknown(self, i: int) -> UnknownTicker:
        ticker = self.asked[i].ticker
        near = self.universe.suggestions(ticker)
        hint = (
            f" Did you mean {' or '.join(near)}?" if near else " `factor universe search TEXT` finds a ticker by name."
        )
        if ticker in self.universe.by_ticker:
            hint = " It is in the universe, but this source has no prices of it."
        shown = ticker if len(ticker) <= 40 else f"{ticker[:40]}…"
        return UnknownTicker(f"{self.source} has no ticker {shown}.{hint}")

    def _model_info(self, i: int) -> ModelInfo:
        used = np.isfinite(self.window.excess_returns[:, i])
        return ModelInfo(
            id=self.model.id,
            basis=self.query.basis,
            covariance=self.query.covariance,
            lags=int(self.exposures.fits.lags[i]) if self.query.covariance == "hac" else None,
            risk_free=self._mean_rate(used),
            proxies=dict(self.window.proxies),
        )

    def _mean_rate(self, used: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
        rates = self.model.risk_free
        if not rates.dates:
            return rates.rates[0]
        return float(self.window.risk_free[used].mean() * self.model.trading_days)

    def _data_info(self, i: int) -> DataInfo:
        report = self.reports[i]
        return DataInfo(
            source=self.source,
            last_date=cast(date, report.last_price),
            sessions=len(self.window.dates),
            missing=report.missing,
            excluded=tuple(
                ExcludedDay(self.window.dates[day], reason, value) for day, reason, value in report.excluded
            ),
        )

    def _rolling(self, i: int) -> RollingPath | None:
        if self.whole is None:
            return None
        if (fits := self.path) is None:
            return RollingPath((), (), dict.fromkeys(self.model.codes, ()), ())
        return RollingPath(
            dates=tuple(self.whole.dates[self.query.window - 1 :]),
            alpha=tuple(fits.alpha[:, i].tolist()),
            betas={code: tuple(fits.betas[:, i, k].tolist()) for k, code in enumerate(self.model.codes)},
            r_squared=tuple(fits.r_squared[:, i].tolist()),
        )

    def _remarks(self, i: int) -> Iterator[str]:
        """Everything that must be said with ticker i."""
        fits = self.exposures.fits
        vif = {code: float(fits.vif[i, k]) for k, code in enumerate(self.model.codes)}
        yield from self.window.warnings
        yield from self.about_prices(i)
        yield from remarks.about_the_fit(float(fits.r_squared[i]), float(fits.variance[i]), vif, self.query.basis)

    def about_prices(self, i: int) -> Iterator[str]:
        """What must be said about the name and the prices of ticker i."""
        report, window, fits = self.reports[i], self.window, self.exposures.fits
        r_squared = float(fits.r_squared[i])
        returns = window.excess_returns[:, i] + window.risk_free
        moves = [(day, float(returns[day]), self.r_squared_without[i, day]) for day in report.large_moves]
        yield from remarks.about_the_name(self.asked[i])
        yield from remarks.about_stale_prices(report)
        yield from remarks.about_left_out_returns(report, window.dates, self.model.max_daily_return)
        yield from remarks.about_large_moves(moves, window.dates, r_squared)
        yield from remarks.about_missing_returns(report, window.dates, self.query.window, int(fits.observations[i]))
