"""What a shock to factors would change of a subject."""

from collections.abc import Iterator, Mapping

import numpy as np

from factorcli.analysis.fit import covariance
from factorcli.decisions.subject import Subject
from factorcli.engine import Array
from factorcli.engine.stress import Response, largest_moves, response, stressed
from factorcli.model.factor_model import MARKET
from factorcli.model.shocks import CONDITIONAL, Scenario
from factorcli.results.stress import StressedHolding, StressResponse, StressResult, StressVariance
from factorcli.results.warnings import ResultWarning

WHOLE = 1e-9  # by which weights may exceed 1 without being borrowed


def stress(subject: Subject, scenario: Scenario) -> StressResult:
    """The answer to a scenario. Raises InvalidOption for shocks that the model cannot have."""
    fitted, model = subject.fitted, subject.fitted.model
    horizon = scenario.periods(fitted.spec.returns)
    shocks = scenario.sizes(model)
    found = response(fitted.exposures.sample, subject.i, covariance(fitted.spec))
    shocked = np.array([model.codes.index(code) for code in shocks])
    sizes = np.array(list(shocks.values()))
    answer = stressed(found, shocked, sizes, horizon, conditional=scenario.others == CONDITIONAL)
    value = subject.value
    return StressResult(
        **subject.facts(),
        horizon=horizon,
        others=scenario.others,
        shocks=shocks,
        factor_moves=fitted.by_code(answer.moves),
        change=answer.change,
        ci_low=answer.ci_low,
        ci_high=answer.ci_high,
        by_factor=fitted.by_code(answer.by_factor),
        variance=StressVariance(answer.variance_of_factors, answer.variance_of_betas, answer.variance_of_residuals),
        down_beta_change=_by_down_beta(subject, shocks),
        value_change=None if value is None else value * answer.change,
        response=_response(subject, found),
        **subject.provenance(*_extrapolated(subject, found, shocks, horizon), *_impossible(subject, answer.ci_low)),
        holdings=_holdings(subject, answer.moves),
        value=value,
        currency=subject.currency,
        factor_names=model.names,
        in_points=tuple(factor.code for factor in model.factors if factor.transform == "diff"),
    )


def _by_down_beta(subject: Subject, shocks: Mapping[str, float]) -> float | None:
    """The change by the down beta, where the market alone falls."""
    if list(shocks) != [MARKET] or not shocks[MARKET] < 0:
        return None
    return float(subject.fitted.down_betas[subject.i]) * shocks[MARKET]


def _response(subject: Subject, found: Response) -> StressResponse:
    return StressResponse(
        betas=subject.fitted.by_code(found.betas),
        beta_covariance=tuple(map(tuple, found.beta_covariance.tolist())),
        factor_covariance=tuple(map(tuple, found.factor_covariance.tolist())),
        residual_variance=found.residual_variance,
        degrees_of_freedom=found.degrees_of_freedom,
    )


def _holdings(subject: Subject, moves: Array) -> tuple[StressedHolding, ...] | None:
    """The change of each stock of a portfolio, by its betas on the portfolio's days."""
    if subject.held is None:
        return None
    changes = subject.held.holding_betas @ moves
    rows = zip(subject.held.stocks.tickers, subject.held.weights.tolist(), changes.tolist(), strict=True)
    return tuple(StressedHolding(one.ticker, weight, change) for one, weight, change in rows)


def _extrapolated(
    subject: Subject, found: Response, shocks: Mapping[str, float], horizon: int
) -> Iterator[ResultWarning]:
    """A warning where a shock is beyond the largest move of its kind in the sample."""
    fitted, days = subject.fitted, len(found.columns)
    period = fitted.period
    if days < horizon:
        text = f"the window has {days} returns, fewer than the {horizon:,} {period}s of the scenario."
        yield ResultWarning("extrapolated", text)
        return
    added = np.array([transform == "diff" for transform in fitted.model.transforms])
    falls, rises = largest_moves(found.columns, horizon, added)
    for code, size in shocks.items():
        k = fitted.model.codes.index(code)
        largest = float(falls[k] if size < 0 else rises[k])
        if abs(size) > abs(largest):
            over = f"{horizon:,} {period}{'' if horizon == 1 else 's'}"
            text = (
                f"{code} {_move(size, added[k])} is beyond its largest {'fall' if size < 0 else 'rise'} over {over} of "
                f"the window, {_move(largest, added[k])}: the betas were not measured there."
            )
            yield ResultWarning("extrapolated", text)


def _impossible(subject: Subject, worst: float) -> Iterator[ResultWarning]:
    """A warning where shares that are held without borrowing would lose more than they are worth."""
    weights = subject.held.weights if subject.held else np.ones(1)
    if worst < -1 and (weights >= 0).all() and weights.sum() <= 1 + WHOLE:
        text = (
            "more than 100% cannot be lost of shares that are held without borrowing: the answer is linear, and the "
            "shock or the horizon is too large for it."
        )
        yield ResultWarning("extrapolated", text)


def _move(size: float, points: object) -> str:
    return (f"{size:+.3g}" if points else f"{size:+.1%}").replace("-", "−")
