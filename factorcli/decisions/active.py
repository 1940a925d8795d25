"""A subject against its benchmark: active betas, tracking error, and active risk by factor."""

import math

import numpy as np

from factorcli.analysis.fit import basis, covariance, estimator
from factorcli.decisions.benchmark import Benchmark
from factorcli.decisions.estimates import betas_of, clustering
from factorcli.decisions.subject import Subject
from factorcli.engine.active import active as active_fit
from factorcli.engine.active import active_returns
from factorcli.results.beta import Active
from factorcli.results.warnings import ResultWarning


def active(
    subject: Subject, benchmark: Benchmark, *, total_return: bool = False
) -> tuple[Active, tuple[ResultWarning, ...]]:
    """The record of a subject against a benchmark, and what to know about it.

    total_return: as in `Benchmark.warnings_about`. Raises what `Benchmark.check` raises.
    """
    benchmark.check(subject, subject.days)
    fitted = subject.fitted
    difference = active_returns(subject.returns, benchmark.returns)
    found = active_fit(
        difference,
        subject.factors,
        covariance(fitted.spec),
        basis(fitted.spec, fitted.model),
        fitted.required,
        estimator(fitted.spec),
        fitted.window.factors_before,
    )
    betas, market = betas_of(found.exposures, 0, fitted.model.codes)
    a_year = math.sqrt(fitted.year)
    warnings = list(benchmark.warnings_about(subject, total_return=total_return))
    warnings += clustering(difference[np.isfinite(difference)], "the tracking error")
    if found.is_zero:
        text = (
            f"{subject.ticker} is its benchmark {benchmark.name}: every active return is zero, and so are the active "
            "betas and the tracking error."
        )
        warnings = [ResultWarning("own_benchmark", text)]
    record = Active(
        benchmark=benchmark.name,
        betas=betas,
        market_beta=market,
        tracking_error=found.tracking_error * a_year,
        tracking_error_low=found.low * a_year,
        tracking_error_high=found.high * a_year,
        contributions={**fitted.by_code(found.shares), "idiosyncratic": float(1.0 - found.shares.sum())},
    )
    return record, tuple(warnings)
