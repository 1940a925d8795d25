"""Pictures of answers: specifications in Vega-Lite, which a browser draws; nothing is drawn here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from factorcli.model.specification import Specification
from factorcli.render.json_csv import plain
from factorcli.results.batch import Batch
from factorcli.results.beta import BetaResult
from factorcli.results.overview import Overview
from factorcli.serve.schema import Schema, Schemas
from factorcli.service.comparison import comparisons
from factorcli.service.context import Context

MIN_WIDTH, MAX_WIDTH = 280, 1200  # px
DESCRIPTION = (
    f"Adds `pictures` of this width in px, {MIN_WIDTH} to {MAX_WIDTH}: by name, a specification in Vega-Lite with the "
    "numbers of the answer. Their headings leave out what the answer says: whose, window, model and prices."
)
PICTURE: Schema = {
    "type": "object",
    "description": "A picture: what it shows, its text for who does not see it, its height in px, and its "
    "specification in Vega-Lite 6.",
    "properties": {
        "title": {"type": "string"},
        "description": {"type": "string"},
        "height": {"type": "integer"},
        "spec": {"type": "object"},
    },
    "required": ["title", "description", "height", "spec"],
    "additionalProperties": False,
}
Pictures = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Illustrated:
    """The answer of a use case, a record or a list of records, and its pictures by name."""

    answer: Any
    pictures: Pictures

    def plain(self) -> dict[str, Any]:
        """The keys of the record, or `results` with the list, and `pictures`."""
        found = plain(self.answer)
        return {**(found if isinstance(found, dict) else {"results": found}), "pictures": self.pictures}


def illustrated(
    ask: Callable[[Context], Batch[Any]], spec: Specification, width: int | None, *, many: bool
) -> Callable[[Context], Batch[Any]]:
    """The same use case with pictures of all its results, where a width in px is given; many: as of an answer."""
    if width is None:
        return ask

    def asked(context: Context) -> Batch[Any]:
        found = ask(context)
        if found.failures:
            return found
        drawn = _drawn(context, spec, found.results, width)
        return replace(found, results=(Illustrated(found.results if many else found.results[0], drawn),))

    return asked


def illustrated_overview(context: Context, spec: Specification, overview: Overview, width: int) -> Illustrated:
    """An overview that was asked with its rolling path, which stays in the answer only where `spec` has it."""
    parts = (overview.betas, overview.decompose, overview.stress, overview.drift)
    drawn: Pictures = {}
    for part in parts:
        if part is not None:
            drawn |= _drawn(context, spec, [part], width)
    betas = overview.betas if spec.rolling else replace(overview.betas, rolling=None)
    return Illustrated(replace(overview, betas=betas), drawn)


def _drawn(context: Context, spec: Specification, results: Sequence[Any], width: int) -> Pictures:
    """The pictures of results of one kind."""
    from factorcli.render.charts.catalogue import draw, names  # noqa: PLC0415  (most answers have none)
    from factorcli.render.charts.extras import Extras  # noqa: PLC0415
    from factorcli.render.charts.height import height  # noqa: PLC0415

    compared = comparisons(context, spec, results) if isinstance(results[0], BetaResult) else {}
    extras = Extras(width, context.model.names, compared, alone=False)
    found = [draw(results, name, extras) for name in names(results) if name != "path" or _has_path(results)]
    return {
        one.name: {"title": one.title, "description": one.description, "height": height(one.spec), "spec": one.spec}
        for one in found
    }


def _has_path(results: Sequence[BetaResult]) -> bool:
    return any(one.rolling is not None and one.rolling.dates for one in results)


def with_pictures(schemas: Schemas, kind: type, *, many: bool = False) -> Schema:
    """The schema of an answer that may have pictures; its parts are added to the components."""
    schemas.components["Picture"] = PICTURE
    by_name = {
        "type": "object",
        "description": "By name, where a width is given in `pictures`.",
        "additionalProperties": {"$ref": "#/components/schemas/Picture"},
    }
    reference = schemas.of(kind)
    if many:
        listed = {"type": "array", "items": reference}
        whole = {
            "type": "object",
            "description": "The list, where a width is given in `pictures`.",
            "properties": {"results": listed, "pictures": by_name},
            "required": ["results", "pictures"],
            "additionalProperties": False,
        }
        return {"anyOf": [listed, whole]}
    name = reference["$ref"].rpartition("/")[2]
    record = schemas.components[name]
    schemas.components[f"{name}WithPictures"] = {
        **record, "properties": {**record["properties"], "pictures": by_name},
    }  # fmt: skip
    return {"$ref": f"#/components/schemas/{name}WithPictures"}
