"""From a clean window to results: fits, the numbers of one ticker, and the warnings they need."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple, cast

import numpy as np

from factorcli.analysis import warnings as remarks
from factorcli.analysis.prior import UniversePrior
from factorcli.engine import Array
from factorcli.engine.attribution import Attribution as Parts
from factorcli.engine.attribution import attribution
from factorcli.engine.distributions import t_p_values
from factorcli.engine.estimators import Estimator
from factorcli.engine.exposures import Exposures, estimate, r_squared_without
from factorcli.engine.inference import Covariance, Inference, t_inference
from factorcli.engine.joint_test import JointTest as StylesTest
from factorcli.engine.joint_test import styles_test
from factorcli.engine.regression import Basis, Fits, dependent_columns
from factorcli.engine.rolling_errors import RollingErrors, rolling_errors
from factorcli.engine.shrinkage import Shrunk
from factorcli.engine.tail_risk import TailRisk, tail_risk
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
from factorcli.markets.universe import Universe
from factorcli.model.factor_model import MIN_OBSERVATIONS, STALE_SESSIONS, FactorModel, required_observations
from factorcli.model.specification import HALF_LIFE, METHODS, Asked, Query
from factorcli.ports import Market, MarketWindow, TickerReport
from factorcli.results.beta import (
    Alpha,
    Attribution,
    BetaResult,
    CacheInfo,
    DataInfo,
    ExcludedDay,
    Exposure,
    FactorBeta,
    JointTest,
    MarketModel,
    ModelInfo,
    RollingPath,
)
from factorcli.results.diagnostics import Diagnostics, InfluentialDay, Interval, ShareIntervals, Shrinkage, Significance
from factorcli.results.heatmap import HeatRow


class Estimates(NamedTuple):
    """Coefficients of N tickers, intercept first, with their errors and tests, all (N, k)."""

    coefficients: Array
    std_errors: Array
    tests: Inference


@dataclass(frozen=True)
class Answers:
    """One window of several tickers; makes each ticker's result.

    All tickers are fitted at once, and each kind of number only when something asks for it. `whole` is
    every session there is, where a rolling path is wanted; `prior` what betas are drawn towards, if they are.
    """

    asked: Sequence[Asked]
    query: Query
    model: FactorModel
    universe: Universe
    source: str
    computed_at: str
    window: MarketWindow
    whole: MarketWindow | None = None
    prior: UniversePrior | None = None

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
        returns, factors = self.window.excess_returns, self.window.factors
        return estimate(returns, factors, self.covariance, self.basis, self.required, self.estimator)

    @property
    def covariance(self) -> Covariance:
        """How errors are estimated."""
        return cast(Covariance, self.query.covariance)

    @property
    def estimator(self) -> Estimator:
        """How the window is fitted."""
        return Estimator(cast(Any, self.query.fitted), self.query.half_life or HALF_LIFE)

    @cached_property
    def shrunk(self) -> Shrunk | None:
        """The betas drawn towards the prior, (N, K + 1), the one-factor beta last."""
        return self.prior.shrink(self.exposures) if self.prior else None

    @cached_property
    def estimates(self) -> tuple[Estimates, Estimates]:
        """What is reported of the model, and of the market model."""
        fits, alone = self.exposures.fits, self.exposures.market
        if self.shrunk is None:
            return (
                Estimates(fits.coefficients, fits.std_errors, self.exposures.inference),
                Estimates(alone.coefficients, alone.std_errors, self.exposures.market_inference),
            )
        count = len(self.model.codes)
        return (
            _with_betas(fits, self.shrunk.betas[:, :count], self.shrunk.std_errors[:, :count]),
            _with_betas(alone, self.shrunk.betas[:, count:], self.shrunk.std_errors[:, count:]),
        )

    @cached_property
    def shares(self) -> dict[str, Array]:
        """Variance shares (N, K) by method."""
        return {
            method: self.exposures.shares(method)
            for method in METHODS
            if method == "euler" or len(self.model.factors) <= MAX_LMG_FACTORS
        }

    @cached_property
    def style_tests(self) -> StylesTest:
        """The joint test of each ticker's style betas."""
        return styles_test(self.exposures.sample, self.covariance, self.required)

    @cached_property
    def attributions(self) -> dict[str, Parts]:
        """What added to each ticker's return, by the way of summing."""
        arithmetic, linked = attribution(self.exposures.sample, self.exposures.whole)
        return {"arithmetic": arithmetic, "linked": linked}

    @cached_property
    def tails(self) -> tuple[TailRisk, TailRisk]:
        """Value at risk and expected shortfall of each ticker."""
        return tail_risk(self.exposures.fits.variance, self.shares["euler"])

    @cached_property
    def r_squared_without(self) -> dict[tuple[int, int], float]:
        """R² without each large move, by ticker and position."""
        large = [(i, day) for i, report in enumerate(self.reports) for day in report.large_moves]
        without = r_squared_without(self.exposures.sample, large, self.required - 1)
        return dict(zip(large, without, strict=True))

    @cached_property
    def path(self) -> RollingErrors | None:
        """Fits of every window of `whole`, or None where it is shorter than one."""
        if self.whole is None or len(self.whole.dates) < self.query.window:
            return None
        return rolling_errors(
            self.whole.excess_returns,
            self.whole.factors,
            self.query.window,
            self.covariance,
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
        if self.query.fitted == "dimson" and n + 2 >= self.required:
            return "Dimson's estimator does without the first and the last: ask for a window of 32 or more."
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
        fits, alone = self.exposures.fits, self.exposures.market
        model, market = self.estimates
        tests, joint = model.tests, self.style_tests
        year = float(self.model.trading_days)
        one = self.asked[i]
        stock = self.universe.by_ticker.get(self.universe.current(one.ticker))
        daily = float(fits.coefficients[i, 0])
        used = np.isfinite(self.window.excess_returns[:, i])
        # In the residual basis α is the market model's, whatever constant is taken from the styles.
        styles = [f.traded and not f.excess and self.query.basis != "residual" for f in self.model.factors]
        net_styles = np.array(styles, dtype=np.float64)
        financing = float(self.window.risk_free[used].mean() * (fits.coefficients[i, 1:] @ net_styles))

        def factor(k: int) -> FactorBeta:
            c = k + 1
            return FactorBeta(
                beta=float(model.coefficients[i, c]),
                std_error=float(model.std_errors[i, c]),
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
                beta=float(market.coefficients[i, 1]),
                std_error=float(market.std_errors[i, 1]),
                t_stat=float(market.tests.t_stats[i, 1]),
                p_value=float(market.tests.p_values[i, 1]),
                ci_low=float(market.tests.ci_low[i, 1]),
                ci_high=float(market.tests.ci_high[i, 1]),
                alpha_annual=float(year * alone.coefficients[i, 0]),
                r_squared=float(alone.r_squared[i]),
            ),
            style_test=JointTest(
                f_stat=float(joint.f_stat[i]),
                p_value=float(joint.p_value[i]),
                numerator=joint.numerator,
                denominator=int(joint.denominator[i]),
            ),
            model=self._model_info(i),
            data=self._data_info(i),
            cache=CacheInfo(None, self.computed_at, stale=self.window.stale(i)),
            warnings=tuple(self._remarks(i)),
            rolling=self._rolling(i),
            dimson=self._dimson(i),
            shrinkage=self._shrinkage(i),
            diagnostics=self._diagnostics(i) if self.query.diagnostics else None,
        )

    def exposure(self, i: int) -> Exposure:
        """All that is kept of ticker i. Raises the DataError that keeps it from having a result."""
        self.check(i)
        beta = self.beta(i)
        value_at_risk, shortfall = self.tails
        intervals = self._intervals(i) if self.query.intervals else None
        if intervals is not None:
            beta = replace(beta, r_squared_interval=intervals.r_squared)
        return Exposure(
            beta=beta,
            shares={method: self._by_code(values[i]) for method, values in self.shares.items()},
            value_at_risk=float(value_at_risk.total[i]),
            expected_shortfall=float(shortfall.total[i]),
            attribution={
                name: Attribution(
                    alpha=float(parts.alpha[i]),
                    factors=self._by_code(parts.factors[i]),
                    residual=float(parts.residual[i]),
                    total=float(parts.total[i]),
                )
                for name, parts in self.attributions.items()
            },
            intervals={} if intervals is None else {self.query.method: intervals},
        )

    def heat_row(self, i: int, market: Market, session: date) -> HeatRow:
        """What a heatmap keeps of ticker i, or of its failure."""
        one = self.asked[i]
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
        return HeatRow(
            ticker=one.ticker,
            sector=stock.sector if stock else None,
            code=failure.code if failure else None,
            message=str(failure) if failure else None,
            betas=self._by_code(fits.coefficients[i, 1:]),
            t_stats=self._by_code(self.heat_tests[0][i]),
            p_values=self._by_code(self.heat_tests[1][i]),
            market_beta=float(alone.coefficients[i, 1]),
            market_std_error=float(alone.std_errors[i, 1]),
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

    @cached_property
    def heat_tests(self) -> tuple[Array, Array]:
        """t statistics and p-values of the betas, (N, K), without the import of scipy."""
        fits = self.exposures.fits
        with np.errstate(invalid="ignore", divide="ignore"):
            t_stats = fits.coefficients[:, 1:] / fits.std_errors[:, 1:]
        t_stats = np.where(np.isfinite(t_stats), t_stats, np.nan)
        return t_stats, t_p_values(t_stats, fits.degrees_of_freedom)

    def _by_code(self, values: Array) -> dict[str, float]:
        """Values (K,) under the factors' codes."""
        return dict(zip(self.model.codes, values.tolist(), strict=True))

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
            estimator=None if self.query.estimator == "ols" else self.query.estimator,
            half_life=self.estimator.half_life if self.query.estimator == "ewma" else None,
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
            empty: dict[str, tuple[float, ...]] = dict.fromkeys(self.model.codes, ())
            return RollingPath((), (), empty, (), (), (), (), empty, empty)
        low, high = self.path_intervals

        def by_code(values: Array) -> dict[str, tuple[float, ...]]:
            return {code: tuple(values[:, i, k].tolist()) for k, code in enumerate(self.model.codes)}

        return RollingPath(
            dates=tuple(self.whole.dates[self.query.window - 1 :]),
            alpha=tuple(fits.path.alpha[:, i].tolist()),
            betas=by_code(fits.path.betas),
            r_squared=tuple(fits.path.r_squared[:, i].tolist()),
            residual_volatility=tuple((fits.residual_volatility[:, i] * self.model.trading_days**0.5).tolist()),
            alpha_low=tuple(low[:, i, 0].tolist()),
            alpha_high=tuple(high[:, i, 0].tolist()),
            betas_low=by_code(low[:, :, 1:]),
            betas_high=by_code(high[:, :, 1:]),
        )

    def _dimson(self, i: int) -> dict[str, float] | None:
        if (betas := self.exposures.dimson_betas) is None:
            return None
        return dict(zip(("before", "day", "after"), betas[i].tolist(), strict=True))

    def _shrinkage(self, i: int) -> Shrinkage | None:
        if self.prior is None or self.shrunk is None:
            return None
        by_name, prior = self.prior.by_name, self.prior.prior
        fits, alone = self.exposures.fits, self.exposures.market
        return Shrinkage(
            stocks=self.prior.stocks,
            mean=by_name(prior.mean),
            std_dev=by_name(np.sqrt(prior.variance)),
            least_squares=by_name(np.append(fits.coefficients[i, 1:], alone.coefficients[i, 1])),
            own_weight=by_name(self.shrunk.own_weight[i]),
        )

    def _diagnostics(self, i: int) -> Diagnostics:
        from factorcli.engine.diagnostics import ARCH_LAGS, diagnose

        found = diagnose(self.exposures.sample, i, self.window.risk_free)
        return Diagnostics(
            durbin_watson=found.durbin_watson,
            breusch_pagan=Significance(found.breusch_pagan, found.breusch_pagan_p),
            jarque_bera=Significance(found.jarque_bera, found.jarque_bera_p),
            skewness=found.skewness,
            kurtosis=found.kurtosis,
            arch_lm=Significance(found.arch, found.arch_p),
            arch_lags=ARCH_LAGS,
            influential_days=tuple(InfluentialDay(self.window.dates[day], size) for day, size in found.influential),
            zero_return_share=found.zero_return_share,
        )

    def _intervals(self, i: int) -> ShareIntervals:
        low, high = self.share_bounds
        intervals = [Interval(*bounds) for bounds in zip(low[i].tolist(), high[i].tolist(), strict=True)]
        *factors, r_squared, idiosyncratic = intervals
        return ShareIntervals(r_squared, dict(zip(self.model.codes, factors, strict=True)), idiosyncratic)

    @cached_property
    def share_bounds(self) -> tuple[Array, Array]:
        """Low and high of the shares, of R² and of the idiosyncratic share, (N, K + 2)."""
        from factorcli.engine.bootstrap import share_intervals

        method = self.query.method
        found = share_intervals(self.exposures.sample, self.shares[method], method)
        return (
            np.column_stack([found.shares_low, found.r_squared_low, found.idiosyncratic_low]),
            np.column_stack([found.shares_high, found.r_squared_high, found.idiosyncratic_high]),
        )

    @cached_property
    def path_intervals(self) -> tuple[Array, Array]:
        """Low and high of α and betas on each date of the path, (D, N, K + 1)."""
        return cast(RollingErrors, self.path).intervals()

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


def _with_betas(fits: Fits, betas: Array, std_errors: Array) -> Estimates:
    """A fit's α beside other betas (N, K) and their errors."""
    coefficients = np.column_stack([fits.coefficients[:, :1], betas])
    errors = np.column_stack([fits.std_errors[:, :1], std_errors])
    return Estimates(coefficients, errors, t_inference(coefficients, errors, fits.degrees_of_freedom))
