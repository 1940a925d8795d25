"""Results as bytes and back: what the cache holds.

A payload carries the version of its form. One of another version, or one that does not fit, is no
answer; it is never an error.
"""

import json
import math
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
VERSION = 2


def encode(result: Any) -> bytes:
    """A result as JSON bytes."""
    body = json.dumps({"version": VERSION, "result": _lower(result)}, ensure_ascii=False, allow_nan=False)
    return body.encode(errors="surrogatepass")


def decode(kind: type[T], payload: bytes) -> T | None:
    """The result of this kind that a payload holds, or None if it does not hold one."""
    try:
        body = json.loads(payload)
        if body["version"] != VERSION:
            return None
        result: T = _raise(kind, body["result"])
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError):
        return None
    return result


def _lower(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _lower(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_lower(item) for item in value]
    return {field.name: _lower(getattr(value, field.name)) for field in fields(value)}


def _raise(kind: Any, value: Any) -> Any:
    if kind is float:
        return math.nan if value is None else float(value)
    if kind in (str, int, bool):
        if type(value) is not kind:
            raise TypeError(f"{value!r} is no {kind.__name__}")
        return value
    if kind is date:
        return date.fromisoformat(value)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if value is None:
            return None
        (inner,) = (argument for argument in arguments if argument is not NoneType)
        return _raise(inner, value)
    if origin is tuple:
        return tuple(_raise(arguments[0], item) for item in value)
    if origin is dict:
        return {key: _raise(arguments[1], item) for key, item in value.items()}
    if is_dataclass(kind) and isinstance(kind, type):
        return kind(**{name: _raise(hint, value[name]) for name, hint in _fields(kind)})
    raise TypeError(f"{kind} cannot be read from a payload")


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in fields(kind))
