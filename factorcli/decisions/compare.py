"""How two subjects differ, as a record."""

import numpy as np

from factorcli.analysis.fit import basis, covariance
from factorcli.decisions.estimates import estimates
from factorcli.decisions.subject import Subject
from factorcli.engine import Array
from factorcli.engine.comparison import Compared, compared
from factorcli.errors import CollinearFactors, InsufficientHistory, InvalidSubject
from factorcli.results.beta import Estimate, JointTest
from factorcli.results.compare import CompareResult
from factorcli.results.warnings import ResultWarning

ROUNDING = 1e-10  # a difference of returns, relative to the largest of them, up to which they are the same


def compare_result(first: Subject, second: Subject) -> CompareResult:
    """How the first differs from the second.

    Raises InsufficientHistory where they have too few returns in common, CollinearFactors, and InvalidSubject where
    their returns are the same but for rounding.
    """
    fitted = first.fitted
    mine, other, factors = _in_common(first, second)
    both = np.isfinite(mine - other)
    count, names = int(both.sum()), (_label(first), _label(second))
    if count < fitted.required:
        raise InsufficientHistory(
            f"{names[0]} and {names[1]} have {count} returns in common in the {len(fitted.window.dates)} "
            f"{fitted.period}s up to {fitted.window.dates[-1]}; a window of {fitted.spec.window} needs "
            f"{fitted.required}. Ask for a shorter window, or compare others."
        )
    if np.abs(mine - other)[both].max() <= ROUNDING * np.abs(mine[both]).max():
        raise InvalidSubject(f"{names[0]} and {names[1]} have the same returns, so there is nothing to compare.")
    spec = fitted.spec
    found = compared(
        mine, other, factors, covariance(spec), basis=basis(spec, fitted.model), min_observations=fitted.required
    )
    if not np.isfinite(found.exposures.fits.condition_number[0]):
        raise CollinearFactors(
            f"The factors are linearly dependent on the {count} {fitted.period}s that {names[0]} and {names[1]} have "
            "in common. Use another window or another proxy."
        )
    *differences, market = _differences(found)
    joint = found.joint
    return CompareResult(
        **first.facts(),
        against=names[1],
        observations=count,
        differences=dict(zip(fitted.model.codes, differences, strict=True)),
        market_difference=market,
        joint_test=JointTest(
            float(joint.f_stat[0]),
            float(joint.p_value[0]),
            joint.numerator,
            float(joint.denominator[0]),
            joint.covariance,
        ),
        correlation=found.correlation,
        residual_correlation=found.residual_correlation,
        **first.provenance(*_warnings_of(second, first)),
    )


def _in_common(first: Subject, second: Subject) -> tuple[Array, Array, Array]:
    """The returns of both (T,), NaN where they are not of the same period, and the factors (T, K).

    Weeks and months of two subjects can end at different sessions: their factors then differ.
    """
    if second.fitted.window.dates == first.fitted.window.dates and np.array_equal(second.factors, first.factors):
        return first.returns, second.returns, first.factors
    places = {day: row for row, day in enumerate(second.fitted.window.dates)}
    rows = np.array([places.get(day, -1) for day in first.fitted.window.dates], dtype=np.intp)
    same = (rows >= 0) & (second.factors[rows] == first.factors).all(axis=1)
    return first.returns, np.where(same, second.returns[rows], np.nan), first.factors


def _differences(found: Compared) -> list[Estimate]:
    """The differences of the betas, that of the one-factor beta last."""
    exposures = found.exposures
    whole, market = exposures.fits, exposures.market
    degrees = np.append(np.full(whole.coefficients.shape[1] - 1, whole.test_degrees[0]), market.test_degrees[0])
    return estimates(
        np.append(whole.coefficients[0, 1:], market.coefficients[0, 1]),
        np.append(whole.std_errors[0, 1:], market.std_errors[0, 1]),
        degrees,
    )


def _label(subject: Subject) -> str:
    """The ticker, or the file of a portfolio."""
    return subject.held.positions.holdings.file if subject.held else subject.ticker


def _warnings_of(second: Subject, first: Subject) -> list[ResultWarning]:
    """The warnings of the other subject that the first has not, each with its name."""
    found = [one for one in second.warnings if one not in first.warnings]
    return [ResultWarning(one.code, f"{_label(second)}: {one.text}") for one in found]
