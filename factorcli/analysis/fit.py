"""The fitted window: the arrays from which all results of its tickers are made, each computed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import compress
from typing import Any, NamedTuple, cast

import numpy as np

from factorcli.analysis.known import Known
from factorcli.analysis.origin import Origin
from factorcli.analysis.prior import UniversePrior
from factorcli.analysis.unusual_days import UnusualDay, unusual_days
from factorcli.engine import Array
from factorcli.engine.asymmetry import asymmetry, down_betas
from factorcli.engine.attribution import Attribution, attribution
from factorcli.engine.basis import Basis
from factorcli.engine.distributions import t_p_values
from factorcli.engine.estimators import Estimator
from factorcli.engine.exposures import Exposures, estimate
from factorcli.engine.inference import Covariance, Inference, t_inference
from factorcli.engine.outliers import r_squared_with
from factorcli.engine.periods import Periods, periods
from factorcli.engine.regression import Fits
from factorcli.engine.rolling_errors import RollingErrors, rolling_errors
from factorcli.engine.shrinkage import Shrunk
from factorcli.engine.tail_risk import historical_risk, sample_variance, tail_risk
from factorcli.engine.wald import JointTest, styles_test
from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.factor_model import FactorModel
from factorcli.model.specification import HALF_LIFE, MAX_LMG_FACTORS, METHODS, Specification
from factorcli.model.windows import required_observations
from factorcli.ports import MarketWindow, TickerReport
from factorcli.results.corrections import BadPrint
from factorcli.results.provenance import ModelInfo


class Estimates(NamedTuple):
    """Coefficients of N tickers, intercept first, with their errors and tests, all (N, k)."""

    coefficients: Array
    std_errors: Array
    tests: Inference


@dataclass(frozen=True)
class FittedWindow:
    """One window of N tickers, fitted together; other arrays are computed on first use and kept.

    exposures: the fits; all_sessions: every session of the source, if a rolling path is asked for; prior: the
    cross-section of Vasicek's estimator, if that is used; known: what was found of the tickers before, if anything;
    methods: of the variance shares.
    """

    tickers: Sequence[ResolvedTicker]
    spec: Specification
    model: FactorModel
    origin: Origin
    window: MarketWindow
    exposures: Exposures
    all_sessions: MarketWindow | None = None
    prior: UniversePrior | None = None
    known: Known | None = None
    methods: Sequence[str] = METHODS

    def of(self, columns: Sequence[int]) -> "FittedWindow":
        """The window of some tickers, by column, in this order; nothing is fitted again."""
        return replace(
            self,
            tickers=[self.tickers[k] for k in columns],
            window=self.window.of(columns),
            exposures=self.exposures.of(np.array(columns, dtype=np.int64)),
            all_sessions=None if self.all_sessions is None else self.all_sessions.of(columns),
            known=None if self.known is None else self.known.chosen(columns),
        )

    @property
    def fits(self) -> Fits:
        """The model's fits."""
        return self.exposures.fits

    @property
    def period(self) -> str:
        """What a return is of: a session, week or month."""
        return self.window.frequency.period

    @cached_property
    def models(self) -> dict[tuple[int | None, float], ModelInfo]:
        """The records of `analysis.provenance.model_info`, by lags and rate."""
        return {}

    @cached_property
    def year(self) -> float:
        """Returns a year."""
        return float(self.window.periods_a_year)

    @property
    def required(self) -> int:
        """Minimum number of returns of a ticker."""
        return required_observations(self.spec.window)

    @cached_property
    def _made_reports(self) -> dict[int, TickerReport]:
        return dict(self.known.reports) if self.known else {}

    def report(self, i: int) -> TickerReport:
        """The price gate's report of ticker i."""
        if i not in self._made_reports:
            self._made_reports[i] = self.window.report(i)
        return self._made_reports[i]

    @cached_property
    def reports(self) -> list[TickerReport]:
        """The price gate's report of each ticker."""
        return [self.report(i) for i in range(len(self.tickers))]

    @cached_property
    def shrunk(self) -> Shrunk | None:
        """Betas shrunk towards the prior, (N, K + 1), the one-factor beta last; None without a prior."""
        return self.prior.shrink(self.exposures) if self.prior else None

    @cached_property
    def estimates(self) -> tuple[Estimates, Estimates]:
        """Reported estimates of the model and of the market model."""
        fits, market = self.exposures.fits, self.exposures.market
        if self.shrunk is None:
            return (
                Estimates(fits.coefficients, fits.std_errors, self.exposures.inference),
                Estimates(market.coefficients, market.std_errors, self.exposures.market_inference),
            )
        count = len(self.model.codes)
        return (
            _with_betas(fits, self.shrunk.betas[:, :count], self.shrunk.std_errors[:, :count]),
            _with_betas(market, self.shrunk.betas[:, count:], self.shrunk.std_errors[:, count:]),
        )

    @cached_property
    def asymmetry(self) -> Estimates:
        """Up and down market betas and their difference, (N, 3)."""
        found = asymmetry(self.exposures.sample, covariance(self.spec), self.required)
        tests = t_inference(found.coefficients, found.std_errors, found.degrees_of_freedom)
        return Estimates(found.coefficients, found.std_errors, tests)

    @cached_property
    def down_betas(self) -> Array:
        """Down market betas (N,), as in `asymmetry` but without errors; needs no scipy."""
        return down_betas(self.exposures.sample, self.required)

    @cached_property
    def beta_tests(self) -> tuple[Array, Array]:
        """t statistics and p-values of the least-squares betas, (N, K); needs no scipy."""
        with np.errstate(invalid="ignore", divide="ignore"):
            t_stats = self.fits.coefficients[:, 1:] / self.fits.std_errors[:, 1:]
        t_stats = np.where(np.isfinite(t_stats), t_stats, np.nan)
        return t_stats, t_p_values(t_stats, self.fits.test_degrees)

    @cached_property
    def shares(self) -> dict[str, Array]:
        """Variance shares (N, K) by method."""
        return {
            method: self.exposures.shares(method)
            for method in self.methods
            if method == "euler" or len(self.model.factors) <= MAX_LMG_FACTORS
        }

    @cached_property
    def share_bounds(self) -> tuple[Array, Array]:
        """Interval bounds of the shares, R² and the idiosyncratic share, (N, K + 2), by the specified method."""
        from factorcli.engine.bootstrap import share_intervals

        found = share_intervals(self.exposures.sample, self.shares[self.spec.method], self.spec.method)
        return (
            np.column_stack([found.shares_low, found.r_squared_low, found.idiosyncratic_low]),
            np.column_stack([found.shares_high, found.r_squared_high, found.idiosyncratic_high]),
        )

    @cached_property
    def standalone_volatility(self) -> Array:
        """Annualised volatility of each factor's part alone, (N, K)."""
        annualised: Array = self.exposures.standalone_volatility * np.sqrt(self.year)
        return annualised

    @cached_property
    def style_tests(self) -> JointTest:
        """The joint test of each ticker's style betas."""
        return styles_test(self.exposures.sample, self.required)

    @cached_property
    def attributions(self) -> dict[str, Attribution]:
        """Return attribution of the tickers, `arithmetic` and `linked`."""
        jumps = np.isfinite(self.window.gross_returns) & self.window.own_exclusions
        arithmetic, linked = attribution(self.exposures.sample, self.exposures.whole, self._periods, jumps)
        return {"arithmetic": arithmetic, "linked": linked}

    @cached_property
    def _periods(self) -> Periods:
        """Periods of the tickers; those of corrected prices do not have the return of the closes."""
        found = periods(self.window.closes, self.window.gross_returns, self.window.risk_free)
        corrected = np.array([_corrected(report) for report in self.reports], dtype=np.bool_)
        return replace(found, complete=found.complete & ~corrected)

    @cached_property
    def price_returns(self) -> Array:
        """Last close / first close − 1 of each ticker, (N,); NaN where one is missing or a return was corrected."""
        if self.known:
            return self.known.price_returns
        first, last = self.window.closes[0], self.window.closes[-1]
        return np.where(self._periods.complete, last / first - 1.0, np.nan)

    @cached_property
    def unlinked(self) -> list[tuple[str, ...]]:
        """Why the linked attribution of each ticker is NaN, by the names of `results.exposure`; empty if it is not."""
        reasons = {
            "first_close": np.isnan(self.window.closes[0]),
            "last_close": np.isnan(self.window.closes[-1]),
            "corrected": [_corrected(report) for report in self.reports],
            "total_loss": np.asarray(self._periods.returns <= -1.0).any(axis=0),
        }
        return [tuple(compress(reasons, of_ticker)) for of_ticker in zip(*reasons.values(), strict=True)]

    @cached_property
    def tails(self) -> tuple[Array, Array]:
        """Value at risk and expected shortfall of each ticker, from all of its genuine returns."""
        return tail_risk(sample_variance(self.window.genuine_returns, self.exposures.sample.weights))

    def historical(self, i: int) -> tuple[float, float, int, int]:
        """Value at risk and expected shortfall of ticker i's genuine returns themselves, their number, those worse."""
        if i not in self._historical:
            self._historical[i] = historical_risk(self.window.genuine_returns[:, i])
        return self._historical[i]

    @cached_property
    def _historical(self) -> dict[int, tuple[float, float, int, int]]:
        return {}

    @cached_property
    def unusual_days(self) -> Mapping[tuple[int, int], UnusualDay]:
        """Large moves and outliers, by ticker and position in the window."""
        if self.known:
            return self.known.unusual_days
        levels = {i for i, one in enumerate(self.tickers) if one.column in self.model.untraded_proxies}
        return unusual_days(
            self.exposures.sample, self.window, self.reports, levels, self.model.large_move, self.required
        )

    def r_squared_with(self, i: int, found: BadPrint) -> tuple[tuple[date, ...], float]:
        """The days of a bad print that ticker i could have, and the R² of its fit with them; NaN without any."""
        sizes = {
            self.window.dates[day]: (day, value - float(self.window.risk_free[day]))
            for day, reason, value in self.reports[i].excluded
            if reason == "bad_print" and np.isfinite(value)
        }
        days = tuple(day for day in found.dates if day in sizes)
        if not days:
            return (), float("nan")
        return days, r_squared_with(self.exposures.sample, i, [sizes[day] for day in days], self.required)

    @cached_property
    def path(self) -> RollingErrors | None:
        """Rolling fits over `all_sessions`; None where these are fewer than one window."""
        if self.all_sessions is None or len(self.all_sessions.dates) < self.spec.window:
            return None
        return rolling_errors(
            self.all_sessions.excess_returns,
            self.all_sessions.factors,
            self.spec.window,
            covariance(self.spec),
            min_observations=self.required,
            basis=basis(self.spec, self.model),
        )

    @cached_property
    def path_intervals(self) -> tuple[Array, Array]:
        """Interval bounds of α and betas on each date of the path, (D, N, K + 1)."""
        return cast(RollingErrors, self.path).intervals()

    def used(self, i: int) -> Any:
        """Mask (T,) of the sessions on which ticker i has a return."""
        return np.isfinite(self.window.excess_returns[:, i])

    def by_code(self, values: Array) -> dict[str, float]:
        """Values (K,) by factor code."""
        return dict(zip(self.model.codes, values.tolist(), strict=True))


def fit(
    tickers: Sequence[ResolvedTicker],
    spec: Specification,
    model: FactorModel,
    origin: Origin,
    window: MarketWindow,
    all_sessions: MarketWindow | None = None,
) -> FittedWindow:
    """Fit the tickers, which are the window's columns in this order."""
    exposures = estimate(
        window.excess_returns,
        window.factors,
        covariance(spec),
        basis(spec, model),
        required_observations(spec.window),
        estimator(spec),
        window.factors_before,
    )
    return FittedWindow(tickers, spec, model, origin, window, exposures, all_sessions)


def basis(spec: Specification, model: FactorModel) -> Basis:
    """The basis in which the factors enter the regression."""
    return Basis(spec.basis, model.market_column, np.array(model.traded_styles))


def covariance(spec: Specification) -> Covariance:
    """The covariance estimator of the coefficients."""
    return cast(Covariance, spec.covariance)


def estimator(spec: Specification) -> Estimator:
    """The regression estimator."""
    return Estimator(cast(Any, spec.fit_estimator), spec.half_life or HALF_LIFE)


def _corrected(report: TickerReport) -> bool:
    """Whether the gate corrected a return of the ticker."""
    return any(not one.problem for one in report.actions)


def _with_betas(fits: Fits, betas: Array, std_errors: Array) -> Estimates:
    """Estimates with the α of a fit, and these shrunk betas and posterior standard deviations (N, K), without tests.

    A posterior is not a test of zero: its t and p are NaN. Its 95 % interval is of t with n − k degrees of freedom.
    """
    coefficients = np.column_stack([fits.coefficients[:, :1], betas])
    errors = np.column_stack([fits.std_errors[:, :1], std_errors])
    tests = t_inference(coefficients, errors, fits.test_degrees)
    untested = np.full_like(betas, np.nan)
    t_stats, p_values = (np.column_stack([of[:, :1], untested]) for of in (tests.t_stats, tests.p_values))
    return Estimates(coefficients, errors, replace(tests, t_stats=t_stats, p_values=p_values))
