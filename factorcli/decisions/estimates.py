"""Estimates with their tests, as records."""

import numpy as np

from factorcli.engine import Array
from factorcli.engine.inference import t_inference
from factorcli.results.beta import Estimate


def estimates(values: Array, std_errors: Array, degrees_of_freedom: Array) -> list[Estimate]:
    """A record each of values, standard errors and degrees of freedom, (m,)."""
    tests = t_inference(values[:, None], std_errors[:, None], degrees_of_freedom)
    parts = (tests.t_stats, tests.p_values, tests.ci_low, tests.ci_high)
    rows = np.column_stack([values, std_errors, *(part[:, 0] for part in parts)])
    return [Estimate(*row) for row in rows.tolist()]
