"""A portfolio before and after trades."""

import math
from dataclasses import dataclass

import numpy as np

from factorcli.analysis.fit import basis, covariance
from factorcli.decisions.benchmark import Benchmark
from factorcli.decisions.estimates import betas_of, clustering
from factorcli.decisions.rebalancing import Rebalancing
from factorcli.decisions.subject import Subject
from factorcli.engine import Array, Mask
from factorcli.engine.active import active_returns, volatility_interval
from factorcli.engine.portfolio import portfolio_returns
from factorcli.engine.tail_risk import sample_variance, tail_risk
from factorcli.engine.whatif import WhatIf as Fitted
from factorcli.engine.whatif import what_if as fit
from factorcli.errors import InsufficientHistory
from factorcli.results.intervals import Interval
from factorcli.results.warnings import ResultWarning
from factorcli.results.whatif import Change, Measures, WhatIf


def what_if(
    subject: Subject, made: Rebalancing, benchmark: Benchmark | None = None, *, total_return: bool = False
) -> WhatIf:
    """The record of a portfolio whose weights change; total_return: as in `Benchmark.warnings_about`.

    Raises InsufficientHistory where all stocks have too few returns in common, and what `Benchmark.check` raises.
    """
    found = _Found.of(subject, made, benchmark)
    facts = subject.facts()
    measures = [found.measures(column) for column in (0, 1)]
    warnings = [*made.warnings, *found.fewer_days()]
    if made.turnover > 0:
        warnings += clustering(found.fitted.returns[found.days, 0], "the change of the volatility")
    if benchmark:
        warnings += benchmark.warnings_about(subject, total_return=total_return)
    return WhatIf(
        portfolio=facts["name"],
        window=facts["window"],
        as_of=facts["as_of"],
        observations=int(found.days.sum()),
        original=measures[0],
        rebalanced=measures[1],
        change=found.change(*measures),
        turnover=made.turnover,
        trades=made.trades(),
        volatility_interval=found.interval(found.fitted.returns),
        benchmark=benchmark.name if benchmark else None,
        tracking_error_interval=found.interval(found.active) if benchmark else None,
        value=made.values[0] if made.values else None,
        value_after=made.values[1] if made.values else None,
        currency=subject.currency,
        **subject.provenance(*warnings),
    )


@dataclass(frozen=True)
class _Found:
    """The fit of both portfolios; active (T, 2): their returns less the benchmark's, NaN without one."""

    subject: Subject
    made: Rebalancing
    fitted: Fitted
    active: Array

    @classmethod
    def of(cls, subject: Subject, made: Rebalancing, benchmark: Benchmark | None) -> "_Found":
        spec, window = subject.fitted.spec, made.stocks.window
        required = subject.fitted.required
        fitted = fit(
            window.excess_returns,
            made.before,
            made.after,
            subject.factors,
            covariance(spec),
            basis(spec, subject.fitted.model),
            required,
        )
        active = np.full_like(fitted.returns, np.nan)
        found = cls(subject, made, fitted, active)
        found._check()
        if benchmark:
            benchmark.check(subject, found.days)
            for column in (0, 1):
                active[:, column] = active_returns(fitted.returns[:, column], benchmark.returns)
        return found

    def _check(self) -> None:
        fitted, common = self.subject.fitted, int(self.days.sum())
        if common < fitted.required:
            dates = fitted.window.dates
            bought = ", ".join(one.ticker for k, one in enumerate(self.made.stocks.tickers) if self.made.before[k] == 0)
            raise InsufficientHistory(
                f"The stocks held before and after the trades have {common} returns in common in the {len(dates)} "
                f"{fitted.period}s up to {dates[-1]}; a window of {fitted.spec.window} needs {fitted.required}. Ask "
                f"for a shorter window, or buy another stock than {bought}."
            )

    @property
    def days(self) -> Mask:
        """Mask (T,) of the days on which all stocks have a return."""
        return np.asarray(np.isfinite(self.fitted.returns[:, 0]))

    def fewer_days(self) -> list[ResultWarning]:
        """That days of the portfolio are left out, as what is bought has no return on them."""
        own, common = int(self.subject.days.sum()), int(self.days.sum())
        if common == own:
            return []
        text = f"{common} of the portfolio's {own} returns: on the other days a stock that is bought has none."
        return [ResultWarning("short_history", text)]

    def measures(self, column: int) -> Measures:
        """The measures of the portfolio before (0) or after (1)."""
        fits, market, year = self.fitted.exposures.fits, self.fitted.exposures.market, self.subject.fitted.year
        weights = (self.made.before, self.made.after)[column]
        genuine = portfolio_returns(self.made.stocks.window.genuine_returns, weights)
        value_at_risk, shortfall = tail_risk(sample_variance(genuine[:, None]))
        active = self.active[:, column][np.isfinite(self.active[:, column])]
        return Measures(
            betas=self.subject.fitted.by_code(fits.coefficients[column, 1:]),
            market_beta=float(market.coefficients[column, 1]),
            volatility=float(np.sqrt(fits.variance[column] * year)),
            value_at_risk=float(value_at_risk[0]),
            expected_shortfall=float(shortfall[0]),
            r_squared=float(fits.r_squared[column]),
            tracking_error=float(active.std(ddof=1) * math.sqrt(year)) if len(active) else math.nan,
        )

    def change(self, before: Measures, after: Measures) -> Change:
        """The change of every measure; of betas the regression of the difference of the returns."""
        difference = self.fitted.exposures.of(np.array([2]))  # alone, as the two portfolios' own betas are not tested
        betas, market = betas_of(difference, 0, self.subject.fitted.model.codes)
        names = ("volatility", "value_at_risk", "expected_shortfall", "r_squared", "tracking_error")
        return Change(betas, market, *(getattr(after, name) - getattr(before, name) for name in names))

    def interval(self, returns: Array) -> Interval:
        """The 95 % interval of the change of the annualised deviation of returns (T, 2)."""
        low, high = volatility_interval(returns[np.isfinite(returns).all(axis=1)])
        a_year = math.sqrt(self.subject.fitted.year)
        return Interval(low * a_year, high * a_year)
