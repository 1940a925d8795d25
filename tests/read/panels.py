"""What small panels of a picture show, read back from its specification."""

from collections.abc import Iterator
from typing import Any

from factorcli.render.charts.picture import Picture

Spec = dict[str, Any]


def views(spec: Spec) -> Iterator[Spec]:
    """A specification and all that it consists of, in their order."""
    yield spec
    for part in ("vconcat", "hconcat", "layer"):
        for view in spec.get(part, []):
            yield from views(view)


def panels(spec: Spec) -> list[Spec]:
    """The panels of lines over time, in their order."""
    return [view for view in views(spec) if any("date" in row for row in rows(view)) and "height" in view]


def rows(view: Spec) -> list[Spec]:
    """The rows of data of this view itself."""
    found: list[Spec] = view.get("data", {}).get("values", [])
    return found


def below_key(picture: Picture) -> list[Spec]:
    """The views of a picture below its key."""
    return list(picture.spec["vconcat"][1:])


def key_of(view: Spec) -> dict[str, str]:
    """What a key explains: the colour of each label's symbol."""
    colours = [layer["mark"]["color"] for layer in view["layer"] if layer["mark"]["type"] == "point"]
    return dict(zip([row["label"] for row in rows(view)], colours, strict=True))


def subtitle(picture: Picture) -> str:
    """The lines below a picture's title, as one text."""
    return " ".join(picture.spec["title"]["subtitle"])


def texts(view: Spec) -> list[str]:
    """The texts that a view writes, in the order of its layers."""
    found = []

    def walk(spec: Spec, data: list[Spec]) -> None:
        data = rows(spec) or data
        field = spec.get("encoding", {}).get("text", {}).get("field")
        if field:
            found.extend(row[field] for row in data if field in row)
        for part in ("vconcat", "hconcat", "layer"):
            for inner in spec.get(part, []):
                walk(inner, data)

    walk(view, [])
    return [text for text in found if text]


def titles(spec: Spec) -> list[str]:
    """The titles of the parts of a picture, in their order."""
    found = [view["title"]["text"] for view in views(spec) if view is not spec and "title" in view]
    return [" ".join(text) if isinstance(text, list) else text for text in found]


def shaded(panel: Spec) -> list[tuple[str, str]]:
    """First and last date of each shaded stretch."""
    return [(row["date"], row["to"]) for view in views(panel) for row in rows(view) if "to" in row]


def scale(panel: Spec) -> list[float]:
    """The domain of a panel's y axis."""
    found = [
        v["encoding"]["y"]["scale"]["domain"] for v in views(panel) if "scale" in v.get("encoding", {}).get("y", {})
    ]
    assert all(each == found[0] for each in found)
    domain: list[float] = found[0]
    return domain


def shown_fields(panel: Spec) -> list[tuple[str, dict[str, str]]]:
    """Each mark of a panel, with the field that each of its channels shows."""
    found = []
    for view in views(panel):
        if "mark" in view:
            channels = {
                name: channel["field"] for name, channel in view["encoding"].items() if channel and "field" in channel
            }
            found.append((view["mark"]["type"], channels))
    return found
