"""Results as bytes and back: the payloads of the cache.

A payload has a format version. One of another version, or one that does not match the record, is a miss, not an error.
VERSION must grow when a field keeps its name but changes its meaning, unit or definition. It need not for a new or
renamed field, which makes older payloads misses by itself, nor for a removed one, which is ignored.
Warnings are stored in their JSON form.
"""

import json
import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from factorcli.results.warnings import ResultWarning

T = TypeVar("T")
VERSION = 3


def encode(result: Any) -> bytes:
    """A result as JSON bytes."""
    kind: Any = type(result)
    body = {"version": VERSION, "result": _writer(kind)(result)}
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode(errors="surrogatepass")


def decode(kind: type[T], payload: bytes) -> T | None:
    """The result of this kind that a payload holds, or None if it does not hold one."""
    wanted: Any = kind
    try:
        body = json.loads(payload)
        if body["version"] != VERSION:
            return None
        result: T = _reader(wanted)(body["result"])
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError):
        return None
    return result


# A heatmap has thousands of values, so the conversion of each type is determined once.


@cache
def _writer(kind: Any) -> Callable[[Any], Any]:
    """The function that turns values of a type into JSON values."""
    if isinstance(kind, str):
        return lambda value: None if value is None else _writer(_named(kind))(value)
    if kind is float:
        return lambda value: value if math.isfinite(value) else None
    if kind in (str, int, bool):
        return lambda value: value
    if kind is date:
        return date.isoformat
    if kind is ResultWarning:
        return str
    inner, origin = _inner(kind), get_origin(kind)
    if origin in (Union, UnionType):
        write = _writer(inner)
        return lambda value: None if value is None else write(value)
    if origin is tuple:
        write = _writer(inner)
        return lambda value: [write(item) for item in value]
    if origin is dict:
        write = _writer(inner)
        return lambda value: {key: write(item) for key, item in value.items()}
    parts = [(name, _writer(hint)) for name, hint in _fields(kind)]
    return lambda value: {name: write(getattr(value, name)) for name, write in parts}


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """The function that turns JSON values into values of a type; it raises for any other value."""
    if isinstance(kind, str):
        return lambda value: None if value is None else _reader(_named(kind))(value)
    if kind is float:
        return lambda value: math.nan if value is None else float(value)
    if kind in (str, int, bool):
        return lambda value: value if type(value) is kind else _refuse(value, kind)
    if kind is date:
        return date.fromisoformat
    if kind is ResultWarning:
        return lambda value: ResultWarning(*value.split(": ", 1))
    inner, origin = _inner(kind), get_origin(kind)
    if origin in (Union, UnionType):
        read = _reader(inner)
        return lambda value: None if value is None else read(value)
    if origin is tuple:
        read = _reader(inner)
        return lambda value: tuple([read(item) for item in value])
    if origin is dict:
        read = _reader(inner)
        return lambda value: {key: read(item) for key, item in value.items()}
    parts = [(name, _reader(hint)) for name, hint in _fields(kind)]
    return lambda value: kind(**{name: read(value[name]) for name, read in parts})


def _refuse(value: Any, kind: type) -> Any:
    raise TypeError(f"{value!r} is not a {kind.__name__}")


def _named(quoted: str) -> Any:
    """The record of a quoted type, `module.Record`; imports its module."""
    module, _, name = quoted.removesuffix(" | None").partition(".")
    return getattr(import_module(f"factorcli.results.{module}"), name)


def _inner(kind: Any) -> Any:
    """The type inside an optional, a tuple or a dictionary; a quoted type unchanged."""
    arguments = [argument for argument in get_args(kind) if argument not in (NoneType, ...)]
    return arguments[-1] if arguments else None


def _fields(kind: Any) -> list[tuple[str, Any]]:
    """Names and types of a record's fields, in order."""
    if not is_dataclass(kind):
        raise TypeError(f"{kind} has no payload")
    return [(field.name, field.type) for field in fields(kind)]
