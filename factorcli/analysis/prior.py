"""Vasicek's prior: the cross-section of the universe's betas."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from factorcli.engine import Array
from factorcli.engine.exposures import Exposures
from factorcli.engine.shrinkage import Prior, Shrunk, shrink
from factorcli.results.heatmap import HeatRow
from factorcli.results.shrinkage import Shrinkage

MARKET = "market"  # the one-factor beta, beside the model's codes


@dataclass(frozen=True)
class UniversePrior:
    """Mean and variance of the true betas of `stocks` stocks, by factor code and MARKET."""

    stocks: int
    names: tuple[str, ...]
    prior: Prior

    @classmethod
    def of(cls, rows: Iterable[HeatRow], codes: Sequence[str]) -> "UniversePrior":
        """The prior of a heatmap's rows; rows of failures are left out."""
        known = [row for row in rows if row.code is None]
        return cls(len(known), (*codes, MARKET), Prior.of(*_estimates(known, codes)))

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


def _estimates(rows: Sequence[HeatRow], codes: Sequence[str]) -> tuple[Array, Array]:
    """Betas of rows without failures, the one-factor beta last, and their standard errors, both (N, K + 1)."""
    shape = (len(rows), len(codes))
    betas = np.array([[row.betas[code] for code in codes] for row in rows]).reshape(shape)
    t_stats = np.array([[row.t_stats[code] for code in codes] for row in rows]).reshape(shape)
    # A t statistic is NaN where the standard error is 0, as for a ticker that is itself a proxy.
    errors = np.abs(np.divide(betas, t_stats, out=np.zeros_like(betas), where=t_stats != 0))
    errors[np.isnan(errors)] = 0.0
    market = np.array([[row.market_beta, row.market_std_error] for row in rows]).reshape(len(rows), 2)
    return np.column_stack([betas, market[:, 0]]), np.column_stack([errors, market[:, 1]])


def shrunk(rows: Sequence[HeatRow], codes: Sequence[str]) -> list[HeatRow]:
    """Rows of a heatmap without failures, their betas shrunk towards the cross-section of these rows.

    They have no t statistics and no p-values, as a posterior is not a test.
    """
    shrunk_betas = UniversePrior.of(rows, codes).shrink_betas(*_estimates(rows, codes)).betas
    untested = dict.fromkeys(codes, np.nan)
    return [
        replace(
            row,
            betas=dict(zip(codes, values[:-1], strict=True)),
            t_stats=untested,
            p_values=untested,
            market_beta=values[-1],
            model=replace(row.model, estimator="vasicek"),
        )
        for row, values in zip(rows, shrunk_betas.tolist(), strict=True)
    ]
