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


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("SIZE > 1", "column 'SIZE' is not known: it can be MKT, VAL, SZ, each also with .t or .q (such as SZ.q), "
         "market, down, r_squared, alpha, observations, sector, ticker, name."),
        ("SZ", "condition 'SZ' is not complete: write a column, an operator and a value, such as SZ > 1. Operators are "
         "> >= < <= = !=."),
        ("SZ == 1", "condition 'SZ == 1' has the operator ==, which is not known. Operators are > >= < <= = !=."),
        ("SZ >", "condition 'SZ >' has no value: write a column, an operator and a value, such as SZ > 1."),
        ("SZ > 1\n2", "condition 'SZ > 1 2': '1 2' is not a number. Give each condition by itself."),
        ("SZ > ٢", "condition 'SZ > ٢': '٢' is not a number. Give each condition by itself."),
        ("SZ > 55 %", "SZ is not a percentage: write SZ > 0.55."),
        ("alpha >= -5.5", "alpha >= -5.5 would be -550%, as alpha is a fraction: write alpha >= -5.5% or alpha >= "
         "-550%."),
        ("alpha < 1", "alpha < 1 would be 100%, as alpha is a fraction: write alpha < 1% or alpha < 100%."),
        ("ticker >= TCS", "ticker is a text, and is compared with = or != only, not with >=."),
        (f"{'S' * 60} > 1", f"column {'S' * 60!r} is not known: it can be MKT, VAL, SZ, each also with .t or .q (such "
         "as SZ.q), market, down, r_squared, alpha, observations, sector, ticker, name."),
        (f"{'S' * 61} > 1", f"column '{'S' * 60}…' is not known: it can be MKT, VAL, SZ, each also with .t or .q (such "
         "as SZ.q), market, down, r_squared, alpha, observations, sector, ticker, name."),
    ],
)  # fmt: skip
def test_each_sentence_is_whole(text: str, sentence: str) -> None:
    """To its full stop."""
    with pytest.raises(InvalidOption) as caught:
        condition(text, CODES)
    assert str(caught.value) == sentence


def test_a_screen_without_a_condition_is_told_how_to_write_one() -> None:
    """To the full stop, too."""
    with pytest.raises(InvalidOption) as caught:
        conditions([], CODES)
    assert str(caught.value) == ("No condition is given: write a column, an operator and a value, such as SZ > 1.")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("market > 1.5", 1.5), ("down > 1.5", 1.5), ("MKT > 1.5", 1.5), ("MKT.t > 2.5", 2.5),
        ("observations > 249", 249),
        ("r_squared > 60%", 0.6), ("alpha > 150%", 1.5), ("alpha > -0.25", -0.25), ("MKT.q < 0.05", 0.05),
        ("r_squared = 1", 1.0), ("SZ > .5", 0.5), ("SZ > 5.", 5.0), ("SZ > +2", 2.0), ("SZ > 1E2", 100.0),
        ("alpha > -12.5 %", -0.125), ("sector = Power", "Power"), ("name = 'A \"B\" C'", 'A "B" C'),
        ('name = " A "', "A"), ("name = 'A\"", "'A\""), ("name = '", "'"), ("name = A'", "A'"), ("name = ''", ""),
        ("name = +A+", "+A+"), ("ticker != TCS.NS", "TCS.NS"),
    ],
)  # fmt: skip
def test_the_value_is_that_which_was_written(text: str, value: float | str) -> None:
    """In the unit of its column; a text without the quotation marks around it, and with those within it."""
    assert condition(text, CODES).value == value


def test_a_condition_is_told_as_it_was_written() -> None:
    """The column by its own name, the value with its per cent and without its quotation marks."""
    told = [str(condition(text, CODES)) for text in ("sz.Q<5 %", "MARKET>=−1.50", "name = 'A B'")]
    assert told == ["SZ.q < 5 %", "market >= −1.50", "name = A B"]
    assert [column_of(name, CODES).code for name in ("VAL", "VAL.t", "val.q", "market", "sector")] == [
        "VAL", "VAL", "VAL", None, None,
    ]  # fmt: skip


def test_the_case_of_a_name_decides_only_where_two_are_alike() -> None:
    """A code wins by its own spelling; what is spelt otherwise is the first that is alike."""
    assert column_of("DOWN", ("DOWN", "MKT")).code == "DOWN"
    assert column_of("down", ("DOWN", "MKT")).code is None
    assert column_of("Down", ("DOWN", "MKT")).code is None


def test_a_number_is_not_compared_with_a_text() -> None:
    """Neither way."""
    assert not condition("SZ > 1", CODES).meets("2")
    assert not condition("SZ != 1", CODES).meets("Power")
    assert not condition("sector != Power", CODES).meets(1.0)
    assert not condition("sector != Power", CODES).meets(NAN)
    assert not condition("SZ > 1", CODES).meets(None)
