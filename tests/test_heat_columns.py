"""Columns of a heatmap: the rows that they stand for, their payload, and what is not one."""

import math
import random
import sys
from array import array
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factorcli.results.codec import encode
from factorcli.results.column_codec import LENGTHS, decode_columns, encode_columns
from factorcli.results.heat_columns import HeatColumns, columns_of, joined, no_columns
from factorcli.results.heatmap import HeatRow
from factorcli.results.provenance import ModelInfo

pytestmark = pytest.mark.cli

CODES = ("MKT", "SZ")
MODEL = ModelInfo("m", "raw", "hac", 4, 0.065, {"MKT": "^NSEI", "SZ": "MID.NS"})


def row(ticker: str, number: float = 1.0, **changes: object) -> HeatRow:
    """A row of a ticker of which every number is different."""
    made = HeatRow(
        ticker, None, None, None, {"MKT": number + 0.1, "SZ": number + 0.2}, {"MKT": number + 0.3, "SZ": number + 0.4},
        {"MKT": number + 0.5, "SZ": number + 0.6}, number + 0.7, number + 0.8, number + 0.9, number + 0.11,
        number + 0.12, 200 + len(ticker), MODEL, date(2026, 3, 9), "2026-03-09T12:00:00Z", date(2026, 3, 9), False,
    )  # fmt: skip
    return replace(made, **changes)


def rows_of(columns: HeatColumns) -> list[HeatRow]:
    """The rows as records."""
    return [columns.row(i, None) for i in range(len(columns.tickers))]


ROWS = [
    row("A", 1.0),
    row("B", 2.0, model=replace(MODEL, lags=5), final=True),
    row("C", 3.0, code="stale_series", message="C stops. \ud800 ₹"),
    row("D", 4.0, computed_at="2026-03-10T12:00:00Z", as_of=date(2026, 3, 10), session=date(2026, 3, 10)),
]


def test_columns_are_their_rows() -> None:
    """There and back, in the same order, each kind of origin once."""
    columns = columns_of(ROWS, CODES)
    assert rows_of(columns) == ROWS
    assert len(columns.origins) == 3
    assert rows_of(columns.take([3, 0])) == [ROWS[3], ROWS[0]]
    assert rows_of(columns.without(["B", "C"])) == [ROWS[0], ROWS[3]]
    assert columns.without(["C"]).failures == {}
    assert rows_of(no_columns(CODES)) == []


def test_current_rows_are_of_the_last_session_or_final() -> None:
    """And have a result."""
    columns = columns_of(ROWS, CODES)
    assert columns.current(date(2026, 3, 10)) == {"B", "D"}
    assert columns.current(date(2026, 3, 9)) == {"A", "B"}


def test_the_most_common_day_is_the_later_one_in_a_tie() -> None:
    """Three of four rows; of two days with a row each the later one; of none, none."""
    columns = columns_of(ROWS, CODES)
    assert columns.most_common_day().tickers == ["A", "B", "C"]
    assert columns.take([0, 3]).most_common_day().tickers == ["D"]
    assert columns.take([]).most_common_day().tickers == []


@given(st.lists(st.lists(st.sampled_from("ABCDEFGH"), unique=True), max_size=6), st.randoms())
def test_of_blocks_the_last_one_that_has_a_ticker_counts(blocks: list[list[str]], draw: random.Random) -> None:
    """As a dictionary that is updated with one block after the other, in the order that is asked for."""
    made = [[row(t, draw.random(), code=draw.choice([None, "x"]), message="y") for t in block] for block in blocks]
    made = [[one if one.code else replace(one, message=None) for one in block] for block in made]
    expected = {one.ticker: one for block in made for one in block}
    order = sorted(expected, key=lambda _: draw.random())
    found = joined([columns_of(block, CODES) for block in made], CODES, order)
    assert rows_of(found) == [expected[ticker] for ticker in order]
    assert set(found.failures) == {ticker for ticker, one in expected.items() if one.code}
    assert rows_of(joined([found], CODES, order[:2])) == [expected[ticker] for ticker in order[:2]]


FLOATS = st.floats(allow_nan=False, width=64)


@given(st.lists(FLOATS, min_size=len(ROWS), max_size=len(ROWS)))
def test_a_payload_gives_back_every_bit(numbers: list[float]) -> None:
    """Any number, tiny, huge or unknown, and every text."""
    columns = columns_of(ROWS, CODES)
    column = array("d", numbers)
    columns = replace(columns, reals={**columns.reals, "r_squared": column, "down_beta": array("d", [math.nan] * 4)})
    found = decode_columns(encode_columns(columns))
    assert found is not None
    assert {name: values.tobytes() for name, values in found.reals.items()} == {
        name: values.tobytes() for name, values in columns.reals.items()
    }
    for name in ("codes", "observations", "origin", "origins", "failures", "sectors"):
        assert getattr(found, name) == getattr(columns, name), name
    assert list(found.tickers) == columns.tickers


def test_only_the_named_columns_are_read() -> None:
    """The others are left out; what is not a number is there."""
    found = decode_columns(encode_columns(columns_of(ROWS, CODES)), ["betas.SZ"])
    assert found is not None
    assert list(found.reals) == ["betas.SZ"]
    assert list(found.reals["betas.SZ"]) == [one.betas["SZ"] for one in ROWS]
    assert found.origin_of(3).as_of == date(2026, 3, 10)


def test_a_damaged_payload_is_a_miss() -> None:
    """Each byte changed, each length cut, longer, empty, a result's JSON: never an error, never a number."""
    payload = encode_columns(columns_of(ROWS, CODES))
    for place in range(len(payload)):
        assert decode_columns(payload[:place] + bytes([payload[place] ^ 1]) + payload[place + 1 :]) is None, place
        assert decode_columns(payload[:place]) is None, place
    for foreign in (b"", payload + b"\0", encode(ROWS[0]), b"\x80\x04N.", bytes(1000)):
        assert decode_columns(foreign) is None


def _with_header(payload: bytes, changes: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The payload with texts of its header replaced, and the checksum that belongs to it."""
    end = LENGTHS.size + LENGTHS.unpack_from(payload)[1]
    header = payload[LENGTHS.size : end]
    for old, new in changes:
        assert old in header
        header = header.replace(old, new)
    length = len(header).to_bytes(4, "little")
    return LENGTHS.pack(crc32(length + header + payload[end:]), len(header)) + header + payload[end:]


@pytest.mark.parametrize(
    "changes",
    [
        [(b'"version": 3', b'"version": 99')],
        [(f'"{sys.byteorder}"'.encode(), b'"middle"')],
        [(b'["MKT", "SZ"]', b'["MKT"]')],
        [(b'"betas.SZ"', b'"betas.ZZ"')],
        [(b"A\\u001fB\\u001fC\\u001fD", b"A\\u001fB\\u001fC")],
        [(b"A\\u001fB\\u001fC\\u001fD", b"A\\u001fB\\u001fC\\u001fA")],
        [(b'"A\\u001fB\\u001fC\\u001fD"', b"7")],
        [(b'"count": 4', b'"count": 3')],
        [(b'"as_of": "2026-03-10"', b'"as_of": "a day"')],
        [(b'"sectors": null', b'"sectors": []')],
        [(b'"origins": [', b'"origins": [], "x": [')],
    ],
    ids=["version", "byte order", "codes", "name", "fewer", "twice", "type", "count", "date", "q-values", "origins"],
)
def test_a_header_that_does_not_fit_is_a_miss(changes: list[tuple[bytes, bytes]]) -> None:
    """Whole by its checksum, but of another version, machine or heatmap."""
    payload = encode_columns(columns_of(ROWS, CODES))
    assert decode_columns(_with_header(payload, [])) is not None
    assert decode_columns(_with_header(payload, changes)) is None


def test_columns_have_every_field_of_a_row() -> None:
    """A new field of the shared row needs a column."""
    kept = {"betas", "t_stats", "p_values", *no_columns(CODES).reals, "observations", "ticker", "code", "message"}
    origin = {"model", "as_of", "computed_at", "session", "final"}
    assert {one.name for one in fields(HeatRow)} <= kept | origin | {"sector"}
