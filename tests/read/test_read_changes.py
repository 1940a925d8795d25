"""The words and roundings that comparisons of betas share."""

from dataclasses import replace

import pytest

from factorcli.render.decisions.changes import bounds, digits_of, is_significant, joint_line, starred, surest
from factorcli.render.text import listed
from factorcli.results.beta import Estimate, JointTest
from tests.read.records_drift import DIFFERENCES

pytestmark = pytest.mark.read

NAN = float("nan")
SMALL = Estimate(0.016, 0.0213, 0.75, 0.454, -0.026, 0.058)


def test_small_and_precise_numbers_have_three_decimals() -> None:
    """All of them must be small, and the error too: that of the estimate where no others are given."""
    assert digits_of(SMALL) == digits_of(replace(SMALL, estimate=-0.099)) == 3
    assert digits_of(replace(SMALL, estimate=0.1)) == digits_of(replace(SMALL, estimate=-0.4)) == 2
    assert digits_of(replace(SMALL, std_error=0.05)) == digits_of(replace(SMALL, std_error=NAN)) == 2
    assert digits_of(replace(SMALL, estimate=0.4), 0.01, -0.02) == 3
    assert digits_of(SMALL, 0.3, -0.02) == digits_of(SMALL, 0.03, -0.2) == 2


def test_bounds_lists_and_joint_tests_are_written_alike() -> None:
    """A dash, or nothing, for what is not known."""
    assert bounds(SMALL, 3) == "−0.026 to +0.058"
    assert bounds(replace(SMALL, ci_low=NAN, ci_high=NAN), 3) == bounds(replace(SMALL, ci_low=NAN), 3) == "–"
    assert [listed(list("ABC")[:count]) for count in range(4)] == ["", "A", "A and B", "A, B and C"]
    test = JointTest(2.345, 0.0312, 3, 101.0, "hc3")
    assert joint_line("all of it", test) == "Joint test of all of it, MKT too: F(3, 101) = 2.35, p 0.031, HC3 errors"
    assert joint_line("all of it", replace(test, f_stat=NAN)) == ""


def test_the_surest_come_first_and_what_has_no_test_is_left_out() -> None:
    """By p-value; 5 % itself is not significant, and neither is nothing."""
    assert surest(DIFFERENCES) == ["VAL", "SZ", "MKT", "VOL"]
    assert surest({**DIFFERENCES, "VAL": replace(DIFFERENCES["VAL"], p_value=NAN)}) == ["SZ", "MKT", "VOL"]
    assert [is_significant(p) for p in (0.0, 0.0499, 0.05, NAN)] == [True, True, False, False]


def test_an_estimate_among_many_has_its_stars_and_its_colour() -> None:
    """Two decimals, and three of betas to volatility; aligned by three places for stars."""
    fall, rise = DIFFERENCES["VAL"], replace(DIFFERENCES["SZ"], p_value=0.0004)
    found = [starred(fall, "VAL"), starred(rise), starred(DIFFERENCES["VOL"], "VOL"), starred(DIFFERENCES["VOL"], "SZ")]
    assert [(span.text, span.style) for span in found] == [
        ("−0.36** ", "red"), ("+0.47***", "green"), ("+0.016   ", "dim"), ("+0.02   ", "dim"),
    ]  # fmt: skip


def test_a_joint_test_has_its_numbers_in_their_places() -> None:
    """F with two decimals and degrees of freedom with none, also large ones."""
    test = JointTest(12.345, 0.00004, 5, 1234.6, "hc3")
    assert joint_line("changes", test) == "Joint test of changes, MKT too: F(5, 1235) = 12.35, p < 0.001, HC3 errors"
