"""JSON Schemas of results, derived from their types, as `render.json_csv.plain` serialises them."""

import re
from dataclasses import fields, is_dataclass
from datetime import date
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from factorcli.results import corrections, diagnostics, intervals, portfolio, rolling, shrinkage
from factorcli.results.warnings import ResultWarning

Schema = dict[str, Any]
# The modules that quoted types refer to.
RECORD_MODULES = {
    "corrections": corrections,
    "diagnostics": diagnostics,
    "intervals": intervals,
    "portfolio": portfolio,
    "rolling": rolling,
    "shrinkage": shrinkage,
}


class Schemas:
    """Schemas of result types; `components` holds every record type met so far, by name."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        self._names: dict[type, str] = {}

    def of(self, kind: Any) -> Schema:
        """The schema of a type used in results."""
        simple: dict[Any, Schema] = {
            str: {"type": "string"},
            bool: {"type": "boolean"},
            int: {"type": "integer"},
            float: {"type": ["number", "null"]},  # NaN is null in JSON
            date: {"type": "string", "format": "date"},
            ResultWarning: {"type": "string"},
        }
        if kind in simple:
            return simple[kind]
        origin, arguments = get_origin(kind), get_args(kind)
        if origin in (Union, UnionType):
            return self._optional([argument for argument in arguments if argument is not NoneType])
        if origin in (tuple, list):
            return {"type": "array", "items": self.of(arguments[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        if is_dataclass(kind) and isinstance(kind, type):
            return self._record(kind)
        raise TypeError(f"{kind} has no schema")

    def _optional(self, arguments: list[Any]) -> Schema:
        (inner,) = map(self.of, arguments)
        if isinstance(inner.get("type"), str):
            return {**inner, "type": [inner["type"], "null"]}
        return inner if "type" in inner else {"anyOf": [inner, {"type": "null"}]}

    def _record(self, kind: type) -> Schema:
        if kind not in self._names:
            name = self._names[kind] = self._free_name(kind)
            self.components[name] = {}  # first, as a record may contain its own type
            hints = get_type_hints(kind, localns=RECORD_MODULES)
            properties, required = {}, []
            for field in fields(kind):
                if field.metadata.get("table_only"):
                    continue
                key, hint = field.metadata.get("json", field.name), hints[field.name]
                if field.metadata.get("omit_none"):
                    hint = Union[tuple(a for a in get_args(hint) if a is not NoneType)]  # noqa: UP007
                else:
                    required.append(key)
                properties[key] = {**self.of(hint), "format": "date-time"} if key.endswith("_at") else self.of(hint)
            self.components[name] = {
                "type": "object",
                "description": _description(kind),
                "properties": properties,
                "required": required,
                "additionalProperties": False,
            }
        return {"$ref": f"#/components/schemas/{self._names[kind]}"}

    def _free_name(self, kind: type) -> str:
        """The name of a type, after that of its module where another type is called the same."""
        name = kind.__name__
        return name if name not in self.components else f"{kind.__module__.rpartition('.')[2].capitalize()}{name}"


def _description(kind: type) -> str:
    """The docstring of a record without its examples, in the words of JSON."""
    text = re.sub(r"\b(NaN|None)\b", "null", " ".join((kind.__doc__ or "").partition("Examples:")[0].split()))
    for field in fields(kind):
        key = field.metadata.get("json", field.name)
        text = re.sub(rf"(`?)\b{field.name}(`|:)", rf"\g<1>{key}\2", text)
    return text
