"""Paths of the factors against pandas."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from factorcli.engine.statistics import cumulative_returns

pytestmark = pytest.mark.engine

DAYS = 60
RETURNS = np.random.default_rng(5).normal(0.0, 0.02, (DAYS, 3))
KEPT = np.arange(DAYS) % 7 != 3


def test_cumulative_returns_are_those_of_pandas_without_the_days_left_out() -> None:
    """Returns are compounded and changes of a level added, over the kept days; a day left out is NaN."""
    found = cumulative_returns(RETURNS, KEPT, [False, True, False])
    frame = pd.DataFrame(RETURNS[KEPT])
    wanted = (1 + frame).cumprod() - 1
    wanted[1] = frame[1].cumsum()
    assert_allclose(found[KEPT], wanted, rtol=1e-12, atol=1e-15)
    assert np.isnan(found[~KEPT]).all()


def test_a_day_left_out_without_a_return_does_not_end_the_path() -> None:
    """A NaN on a day that is not kept changes no other day."""
    holed = np.where(KEPT[:, None], RETURNS, np.nan)
    levels = [False, True, False]
    assert_array_equal(cumulative_returns(holed, KEPT, levels), cumulative_returns(RETURNS, KEPT, levels))
