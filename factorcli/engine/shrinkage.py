"""Vasicek's shrinkage of betas towards the cross-section of a universe."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array


@dataclass(frozen=True, slots=True)
class Prior:
    """The prior from a universe's betas: mean and variance of its true betas by factor, (K,)."""

    mean: Array
    variance: Array

    @classmethod
    def of(cls, betas: Array, std_errors: Array) -> "Prior":
        """From the betas and standard errors (N, K) of a universe without tickers that have a NaN beta.

        Estimates vary more than true betas, by the estimation noise: the variance is max(0, Var(β̂) − mean(e²)), Var
        with ddof 1, as the between-group variance of a random-effects model: Hedges & Olkin (1985), Statistical
        Methods for Meta-Analysis, eq. 9.10. 0 where the estimates vary by no more than their errors. NaN with
        fewer than two tickers.
        """
        whole = np.isfinite(betas).all(axis=1)
        known, noise = betas[whole], std_errors[whole]
        if len(known) < 2:
            return cls(np.full(betas.shape[1], np.nan), np.full(betas.shape[1], np.nan))
        return cls(known.mean(axis=0), np.maximum(known.var(axis=0, ddof=1) - (noise * noise).mean(axis=0), 0.0))


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Posterior betas, their standard deviations, and the weights of the least-squares estimates, all (N, K)."""

    betas: Array
    std_errors: Array
    own_weight: Array


def shrink(betas: Array, std_errors: Array, prior: Prior) -> Shrunk:
    """Shrink betas (N, K) towards the cross-section, more for larger standard errors (N, K).

    With prior variance s² and squared error e²: β = (β̂/e² + mean/s²)/(1/e² + 1/s²), and its variance is
    1/(1/e² + 1/s²). Vasicek (1973), "A note on using cross-sectional information in Bayesian estimation
    of security betas", J. Finance 28, pp. 1233–1239. Each factor separately; α is not shrunk. A prior variance
    of 0 gives every ticker the mean, but for an exact beta.
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
