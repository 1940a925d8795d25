"""Vasicek's prior: the cross-section of the universe's betas."""

from array import array
from dataclasses import dataclass, replace

import numpy as np

from factorcli.engine import Array
from factorcli.engine.exposures import Exposures
from factorcli.engine.shrinkage import Prior, Shrunk, shrink
from factorcli.results.heat_columns import HeatColumns
from factorcli.results.shrinkage import Shrinkage

MARKET = "market"  # the one-factor beta, beside the model's codes


@dataclass(frozen=True)
class UniversePrior:
    """Mean and variance of the true betas of `stocks` stocks, by factor code and MARKET."""

    stocks: int
    names: tuple[str, ...]
    prior: Prior

    @classmethod
    def of(cls, columns: HeatColumns) -> "UniversePrior":
        """The prior of a heatmap's columns; failures are left out."""
        known = columns.without(columns.failures.keys())
        return cls(len(known.tickers), (*known.codes, MARKET), Prior.of(*_estimates(known)))

    @property
    def without_dispersion(self) -> tuple[str, ...]:
        """The names whose estimates vary by no more than their errors, so that every stock has the mean."""
        return tuple(name for name, variance in zip(self.names, self.prior.variance, strict=True) if variance == 0)

    def shrink(self, exposures: Exposures) -> Shrunk:
        """The model's betas and the one-factor beta of N tickers, shrunk towards the prior: (N, K + 1)."""
        return self.shrink_betas(_with_market(exposures, "coefficients"), _with_market(exposures, "std_errors"))

    def shrink_betas(self, betas: Array, std_errors: Array) -> Shrunk:
        """Shrink betas with their standard errors (N, K + 1), in the order of `names`."""
        return shrink(betas, std_errors, self.prior)

    def shrinkage(self, exposures: Exposures, shrunk: Shrunk, i: int) -> Shrinkage:
        """The shrinkage of ticker i of these fits."""
        fits, market = exposures.fits, exposures.market
        return Shrinkage(
            stocks=self.stocks,
            mean=self._by_name(self.prior.mean),
            std_dev=self._by_name(np.sqrt(self.prior.variance)),
            least_squares=self._by_name(np.append(fits.coefficients[i, 1:], market.coefficients[i, 1])),
            own_weight=self._by_name(shrunk.own_weight[i]),
        )

    def _by_name(self, values: Array) -> dict[str, float]:
        """Values (K + 1,) by name."""
        return dict(zip(self.names, values.tolist(), strict=True))


def _with_market(exposures: Exposures, name: str) -> Array:
    model, market = getattr(exposures.fits, name), getattr(exposures.market, name)
    return np.column_stack([model[:, 1:], market[:, 1]])


def _estimates(columns: HeatColumns) -> tuple[Array, Array]:
    """Betas of columns without failures, the one-factor beta last, and their standard errors, both (N, K + 1)."""
    betas, t_stats = _by_code(columns, "betas"), _by_code(columns, "t_stats")
    # A t statistic is NaN where the standard error is 0, as for a ticker that is itself a proxy.
    errors = np.abs(np.divide(betas, t_stats, out=np.zeros_like(betas), where=t_stats != 0))
    errors[np.isnan(errors)] = 0.0
    market, error = (np.asarray(columns.reals[name]) for name in ("market_beta", "market_std_error"))
    return np.column_stack([betas, market]), np.column_stack([errors, error])


def _by_code(columns: HeatColumns, kind: str) -> Array:
    """Values (N, K) of a kind."""
    return np.column_stack([np.asarray(column) for column in columns.by_code(kind).values()])


def shrunk(columns: HeatColumns) -> HeatColumns:
    """Columns of a heatmap without failures, their betas shrunk towards the cross-section of these rows.

    They have no t statistics and no p-values, as a posterior is not a test.
    """
    values = UniversePrior.of(columns).shrink_betas(*_estimates(columns)).betas
    names = [*(f"betas.{code}" for code in columns.codes), "market_beta"]
    reals = {name: array("d", column.tobytes()) for name, column in zip(names, values.T, strict=True)}
    untested = array("d", [np.nan]) * len(columns.tickers)
    reals |= {f"{kind}.{code}": untested for kind in ("t_stats", "p_values") for code in columns.codes}
    origins = (replace(one, model=replace(one.model, estimator="vasicek")) for one in columns.origins)
    return replace(columns, reals={**columns.reals, **reals}, origins=tuple(origins), sectors=None)
