"""The page at /docs: Swagger UI, served from this server alone."""

from functools import cache
from importlib.resources import files

from starlette.responses import Response

# `fastapi_offline` carries the files of Swagger UI; nothing else of it is used.
ASSETS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css", "favicon.png": "image/png"}
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>factorcli: the API</title>
<link rel="icon" href="docs/favicon.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="api"></div>
<noscript>The API is described in <a href="openapi.json">openapi.json</a>.</noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
START_SCRIPT = (
    'SwaggerUIBundle({url: "openapi.json", dom_id: "#api", deepLinking: true, defaultModelsExpandDepth: 0});\n'
)


def page() -> Response:
    """The page."""
    return Response(PAGE, media_type="text/html")


def asset(name: str) -> Response | None:
    """One of the page's files, or None."""
    if name == "start.js":
        return Response(START_SCRIPT, media_type="text/javascript")
    if name not in ASSETS:
        return None
    return Response(_read(name), headers={"cache-control": "public, max-age=86400"}, media_type=ASSETS[name])


@cache
def _read(name: str) -> bytes:
    return files("fastapi_offline").joinpath("static", name).read_bytes()
