"""What a frontend developer reads who has the OpenAPI document alone: words of JSON, and every error."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.errors import Busy, FactorError
from factorcli.render.answers import ERRORS
from factorcli.serve import create_app
from factorcli.serve.documented_errors import codes_by_status
from tests.conftest import NOW

pytestmark = pytest.mark.serve


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document of a server of the demo market."""
    settings = replace(Settings(source="demo", now=datetime.fromisoformat(NOW)), rate_limit="7/hour")
    app = create_app(build_context(settings, cached=False), settings)
    return app.openapi()


def test_the_document_speaks_of_json(document: dict[str, Any]) -> None:
    """Not of Python: records have no examples in it, null in place of NaN, and times that are times."""
    schemas = document["components"]["schemas"]
    python = re.compile(r">>>|\bNaN\b|\bNone\b")
    assert [name for name, one in schemas.items() if python.search(one.get("description", ""))] == []
    assert "; return: of the stock's own price" in schemas["HoldingShare"]["description"]
    assert "at the last close before `from`, held to the last by `to`" in schemas["EpisodeResult"]["description"]
    assert schemas["HeatmapStatus"]["properties"]["started_at"] == {"type": ["string", "null"], "format": "date-time"}
    assert schemas["CacheInfo"]["properties"]["computed_at"] == {"type": "string", "format": "date-time"}


def test_every_status_has_its_codes_and_what_to_do(document: dict[str, Any]) -> None:
    """In a table of the description, and as an enumeration; none but that of runs is missing."""
    said, codes = document["info"]["description"], codes_by_status()
    for status, names in codes.items():
        listed = ", ".join(f"`{name}`" for name in names)
        assert re.search(rf"^\| {status} \| {re.escape(listed)} \| \S.* \|$", said, re.MULTILINE)
    known = document["components"]["schemas"]["Error"]["properties"]["code"]["enum"]
    assert set(known) == {name for names in codes.values() for name in names}
    kinds: list[type[FactorError]] = [kind for kind in ERRORS.values() if kind is not Busy]
    assert all(kind.code in codes[kind.http_status] for kind in kinds)
    assert {"bad_request", "not_found", "body_too_slow", "rate_limited", "internal"} < set(known)
    assert "7 requests a hour for heatmaps" in said


def test_what_can_be_asked_is_named(document: dict[str, Any]) -> None:
    """Episodes by their names, how many instruments a hedge takes, and the keys of windows."""
    paths, said = document["paths"], document["info"]["description"]
    assert "`covid-2020`" in said
    assert "15 different ones" in paths["/stock/{ticker}/hedge"]["get"]["parameters"][1]["description"]
    body = paths["/portfolio/hedge"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "15 different ones" in body["properties"]["with"]["description"]
    assert "`252D`" in paths["/heatmap/status/all"]["get"]["description"]


def test_a_route_has_the_errors_that_it_can_have(document: dict[str, Any]) -> None:
    """Bodies can be slow or large; a list of peers is of a heatmap."""
    paths = document["paths"]
    statuses = {path: set(one["responses"]) for path, operations in paths.items() for one in operations.values()}
    assert statuses["/portfolio/read"] == {"200", "404", "408", "413", "415", "422", "429", "500", "503"}
    assert statuses["/portfolio/report"] == statuses["/portfolio/betas"]
    assert statuses["/portfolio/betas"] == {"200", "404", "408", "413", "422", "429", "500", "503"}
    assert statuses["/heatmap"] == {"200", "404", "422", "429", "500", "503"}
    assert statuses["/heatmap/status"] == {"200", "422", "500", "503"}
    assert statuses["/health"] == {"200", "500"}
    missing = paths["/stock/{ticker}/peers"]["get"]["responses"]["404"]["content"]["application/json"]["example"]
    assert missing["code"] == "heatmap_not_computed"
