"""Columns of a heatmap as bytes and back: a block of the local cache.

A payload is a checksum, the length of the header, the header, and the columns one after the other as raw 64-bit
numbers of this machine's byte order. The header is a record in the form of `results.codec`, whose version holds here,
too: a payload of another version or machine, or one that is damaged or cut short, is a miss, not an error.
"""

import struct
import sys
from array import array
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar
from zlib import crc32

from factorcli.results.batch import Failure
from factorcli.results.codec import decode, encode
from factorcli.results.heat_columns import HeatColumns, HeatOrigin, real_names
from factorcli.results.heatmap import SectorAggregate

N = TypeVar("N", int, float)
LENGTHS = struct.Struct("<II")  # checksum of all that follows it, and the length of the header
CHECKED_FROM = 4
BYTES = 8  # of a number
SEPARATOR = "\x1f"  # of tickers, which have no such character


@dataclass(frozen=True)
class _Header:
    """What is not a number; `reals` names the float64 columns, which the observations and the origins follow."""

    byte_order: str
    codes: tuple[str, ...]
    count: int
    tickers: str  # one text, as a tuple takes long to read
    reals: tuple[str, ...]
    origins: tuple[HeatOrigin, ...]
    failures: tuple[Failure, ...]
    sectors: tuple[SectorAggregate, ...] | None


def encode_columns(columns: HeatColumns) -> bytes:
    """The payload of columns."""
    header = encode(
        _Header(
            byte_order=sys.byteorder,
            codes=columns.codes,
            count=len(columns.tickers),
            tickers=SEPARATOR.join(columns.tickers),
            reals=tuple(columns.reals),
            origins=columns.origins,
            failures=tuple(columns.failures.values()),
            sectors=columns.sectors,
        )
    )
    reals = (column.tobytes() for column in columns.reals.values())
    body = b"".join([header, *reals, columns.observations.tobytes(), columns.origin.tobytes()])
    length = len(header).to_bytes(4, "little")
    return LENGTHS.pack(crc32(body, crc32(length)), len(header)) + body


def decode_columns(payload: bytes, wanted: Collection[str] | None = None) -> HeatColumns | None:
    """The columns that a payload holds, or None if it does not hold any.

    wanted: names of the float64 columns to read; the others are left out. None: all.
    """
    if len(payload) < LENGTHS.size:
        return None
    checksum, length = LENGTHS.unpack_from(payload)
    view = memoryview(payload)
    if crc32(view[CHECKED_FROM:]) != checksum:
        return None
    start = LENGTHS.size + length
    header = decode(_Header, bytes(view[LENGTHS.size : start]))
    if header is None or header.byte_order != sys.byteorder or not _is_whole(header, len(payload) - start):
        return None
    size = BYTES * header.count
    places = {name: start + k * size for k, name in enumerate((*header.reals, "observations", "origin"))}

    def read(column: "array[N]", name: str) -> "array[N]":
        column.frombytes(view[places[name] : places[name] + size])
        return column

    origin: array[int] = read(array("q"), "origin")
    if len(origin) and not 0 <= min(origin) <= max(origin) < len(header.origins):
        return None
    columns = HeatColumns(
        codes=header.codes,
        tickers=header.tickers.split(SEPARATOR) if header.count else [],
        reals={name: read(array("d"), name) for name in header.reals if wanted is None or name in wanted},
        observations=read(array("q"), "observations"),
        origin=origin,
        origins=header.origins,
        failures={one.ticker: one for one in header.failures if one.ticker is not None},
        sectors=header.sectors,
    )
    return columns if len(columns.tickers) == len(columns.positions) == header.count else None


def _is_whole(header: _Header, size: int) -> bool:
    """Whether the header names the columns of a heatmap, and a body of this size has room for exactly these."""
    base = real_names(header.codes)
    adjusted = [f"q_values.{code}" for code in header.codes]
    names = base if header.sectors is None else [*base, *adjusted]
    if list(header.reals) != names:
        return False
    return size == BYTES * header.count * (len(names) + 2)
