"""Betas drawn towards the cross-section of a universe."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array


@dataclass(frozen=True, slots=True)
class Prior:
    """The cross-section of a universe's betas: mean and variance (ddof 1) of each factor's, (K,)."""

    mean: Array
    variance: Array

    @classmethod
    def of(cls, betas: Array) -> "Prior":
        """From the betas (N, K) of a universe; tickers with a NaN are left out, and it takes two of them."""
        known = betas[np.isfinite(betas).all(axis=1)]
        if len(known) < 2:
            return cls(np.full(betas.shape[1], np.nan), np.full(betas.shape[1], np.nan))
        return cls(known.mean(axis=0), known.var(axis=0, ddof=1))


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Posterior betas and their standard errors, and the weight each beta's own estimate has, all (N, K)."""

    betas: Array
    std_errors: Array
    own_weight: Array


def shrink(betas: Array, std_errors: Array, prior: Prior) -> Shrunk:
    """Betas (N, K) drawn towards the cross-section, the more the larger their standard errors (N, K).

    With prior variance s² and squared error e²: β = (β̂/e² + mean/s²)/(1/e² + 1/s²), and its variance is
    1/(1/e² + 1/s²). Vasicek (1973), "A note on using cross-sectional information in Bayesian estimation
    of security betas", J. Finance 28, pp. 1233–1239. Each factor by itself; α is not shrunk.
    """
    squared = std_errors * std_errors
    total = prior.variance + squared
    weight = np.where(np.isnan(total), np.nan, 1.0)  # an exact beta needs no prior
    np.divide(prior.variance, total, out=weight, where=total > 0)
    return Shrunk(
        betas=weight * betas + (1.0 - weight) * prior.mean,
        std_errors=np.sqrt(weight * squared),
        own_weight=weight,
    )
