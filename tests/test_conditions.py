"""Conditions on the columns of a heatmap: what they mean, and one sentence for what they cannot mean."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factorcli.errors import InvalidOption
from factorcli.model.conditions import OPERATORS, column_of, columns, condition, conditions

pytestmark = pytest.mark.cli

CODES = ("MKT", "VAL", "SZ")
NAN = math.nan


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("SZ > 1", [1.01, 5], [1, 0.99, -2, NAN, math.inf]),
        ("SZ >= 1", [1, 1.01], [0.99, NAN]),
        ("SZ<-0.5", [-0.51], [-0.5, 0, NAN]),
        ("sz<=−.5", [-0.5, -3], [-0.49, NAN]),
        ("MKT = 2e-1", [0.2], [0.21, NAN]),
        ("MKT != 0.2", [0.21, -0.2], [0.2, NAN, math.inf]),
        ("alpha > 5%", [0.051], [0.05, 0.04, NAN]),
        ("alpha > 500%", [5.1], [4.9]),
        ("alpha > -0.5", [-0.4], [-0.5]),
        ("Sz.Q < 5 %", [0.049], [0.05, NAN]),
        ("r_squared >= 0.6", [0.6], [0.59]),
        ("r_squared <= 1", [1.0], []),
        ("VAL.t <-1.96", [-1.97], [-1.96, 2.0]),
        ("market > 1", [1.1], [0.9]),
        ("DOWN > 1", [1.1], [0.9]),
        ("observations >= 250", [250], [249]),
        ("sector = Power", ["Power", "POWER"], ["Realty", None, "Power and Light"]),
        ("sector != 'Power'", ["Realty"], ["power", None]),
        ('name = "A = B Ltd."', ["a = b ltd."], ["A"]),
    ],
)
def test_a_condition_is_met_or_not(text: str, yes: list[float | str], no: list[float | str | None]) -> None:
    """Numbers, per cent and texts; what is not known meets nothing."""
    one = condition(text, CODES)
    assert [value for value in yes if not one.meets(value)] == []
    assert [value for value in no if one.meets(value)] == []


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.sampled_from(sorted(OPERATORS)))
def test_a_number_as_python_writes_it_is_that_number(limit: float, value: float, sign: str) -> None:
    """Whatever its size: the condition is what Python's operator says."""
    same = {"=": "==", "!=": "!="}.get(sign, sign)
    assert condition(f"SZ {sign} {limit!r}", CODES).meets(value) == eval(f"{value!r} {same} {limit!r}")


def test_the_columns_are_those_of_the_contract() -> None:
    """Codes, their t and q, and eight others; a code is known in any case, and wins over another column."""
    assert set(columns(CODES)) == {
        *CODES, "MKT.t", "VAL.t", "SZ.t", "MKT.q", "VAL.q", "SZ.q",
        "market", "down", "r_squared", "alpha", "observations", "sector", "ticker", "name",
    }  # fmt: skip
    assert (column_of("sz.T", CODES).name, column_of("sz.T", CODES).code) == ("SZ.t", "SZ")
    assert column_of("down", ("down", "MKT")).code == "down"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SIZE > 1", "column 'SIZE' is not known: it can be MKT, VAL, SZ, each also with .t or .q (such as SZ.q), "
         "market, down, r_squared, alpha, observations, sector, ticker, name."),
        ("SZ.p < 0.05", "column 'SZ.p' is not known"),
        ("SZ", "condition 'SZ' is not complete: write a column, an operator and a value, such as SZ > 1. Operators are "
         "> >= < <= = !=."),
        ("", "condition '' is not complete"),
        ("> 1", "condition '> 1' is not complete"),
        ("SZ == 1", "condition 'SZ == 1' has the operator ==, which is not known. Operators are > >= < <= = !=."),
        ("SZ ≥ 1", "the operator ≥"),
        ("SZ >", "condition 'SZ >' has no value"),
        ("SZ > big", "condition 'SZ > big': 'big' is not a number. Give each condition by itself."),
        ("SZ > 1 and MOM > 0", "'1 and MOM > 0' is not a number"),
        ("SZ > nan", "'nan' is not a number"),
        ("SZ > inf", "'inf' is not a number"),
        ("SZ > 1e999", "'1e999' is not a number"),
        ("SZ > 1,5", "'1,5' is not a number"),
        ("SZ > 50%", "SZ is not a percentage: write SZ > 0.5."),
        ("observations > 5%", "observations is not a percentage"),
        ("alpha > 5", "alpha > 5 would be 500%, as alpha is a fraction: write alpha > 5% or alpha > 500%."),
        ("alpha < -1", "alpha < -1% or alpha < -100%"),
        ("SZ.q < 5", "SZ.q < 5 would be 500%, as SZ.q is a fraction: write SZ.q < 5% or SZ.q < 500%."),
        ("SZ.q < 1.05", "write SZ.q < 1.05% or SZ.q < 105%."),
        ("r_squared > 60", "r_squared > 60% or r_squared > 6000%"),
        ("sector > Power", "sector is a text, and is compared with = or != only, not with >."),
        ("name <= B", "name is a text"),
        ("SZ > " + "9" * 200 + "x", "…' is not a number"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_sentence(text: str, words: str) -> None:
    """With what there is instead."""
    with pytest.raises(InvalidOption) as caught:
        condition(text, CODES)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_screen_needs_a_condition() -> None:
    """All conditions are read, in their order."""
    assert [str(one) for one in conditions(["SZ>1", "sector= Power"], CODES)] == ["SZ > 1", "sector = Power"]
    with pytest.raises(InvalidOption, match="No condition is given"):
        conditions([], CODES)
