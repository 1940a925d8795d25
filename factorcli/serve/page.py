"""The page at /: its files, read once and sent with an ETag; nothing of it comes from another host."""

import html
import json
import re
from functools import cache
from importlib.resources import files
from pathlib import PurePath

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from factorcli import __version__
from factorcli.model.factor_model import FactorModel
from factorcli.serve.backend import Backend
from factorcli.serve.documents import Document, Reply
from factorcli.serve.replies import reply
from factorcli.service.context import Context

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
INDEX, VEGA, THEME = "index.html", "vega.js", "theme.css"  # the latter two are made
FONT_SECONDS = 7 * 24 * 3600  # a browser that has the fonts does not ask again; the rest it asks for each time
FONTS = ("Inter-Regular.woff2", "Inter-SemiBold.woff2")  # those of the pictures


def add_page(app: FastAPI, backend: Backend) -> None:
    """Add the page, which names the last part of the source of prices, and its files."""
    source = backend.context.source
    index = Document(_index(PurePath(source).name or source, backend.context.model), 0, media_type=MEDIA_TYPES[".html"])

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return Reply(index)

    @app.get(f"/web/{VEGA}", include_in_schema=False)
    async def vega(request: Request) -> Response:
        make = lambda: Document(script(backend.context).encode(), 0, media_type=MEDIA_TYPES[".js"])  # noqa: E731
        return await reply(backend, request, (VEGA,), lambda key: backend.once(key, make, slow=True))

    @app.get("/web/{name:path}", include_in_schema=False)
    async def file(name: str) -> Response:
        found = _documents().get(name)
        if found is None:
            raise HTTPException(404)
        return Reply(found)


def _index(source: str, model: FactorModel) -> bytes:
    """The page, which knows the version, the source, the model and its currency before its first request."""
    text = (files(__package__) / "web" / INDEX).read_text(encoding="utf-8")
    factors = json.dumps({factor.code: factor.name for factor in model.factors})
    known = {
        "version": __version__, "source": source, "model": model.id, "factors": factors,
        "currency": model.market.currency,
    }  # fmt: skip
    return re.sub(rf"\{{({'|'.join(known)})\}}", lambda found: html.escape(known[found[1]]), text).encode()


def _theme() -> bytes:
    """The style sheet that exchanges the colours of pictures for those of a dark page."""
    from factorcli.render.report.figures import dark_colours  # noqa: PLC0415  (which no route without pictures needs)

    return f"@media screen and (prefers-color-scheme: dark) {{\n{dark_colours()}\n}}\n".encode()


@cache
def _documents() -> dict[str, Document]:
    """The files of the page by name, without the page itself."""
    folder = files(__package__) / "web"
    parts = {one.name: one for one in folder.iterdir() if one.is_file() and one.name != INDEX}
    parts |= {f"views/{one.name}": one for one in (folder / "views").iterdir()}
    parts |= {f"fonts/{name}": files("factorcli.render.charts") / "fonts" / name for name in FONTS}
    return {THEME: Document(_theme(), 0, media_type=MEDIA_TYPES[".css"])} | {
        name: Document(part.read_bytes(), FONT_SECONDS if name.startswith("fonts/") else 0, media_type=media_type)
        for name, part in parts.items()
        if (media_type := MEDIA_TYPES.get(PurePath(name).suffix))
    }


def script(context: Context) -> str:
    """The script that draws pictures, kept or made by another process. Raises ScriptNotMade."""
    from factorcli.render.report.script import made_apart, page_script  # noqa: PLC0415  (drawing is loaded when needed)

    return page_script(context.cache, made_apart)
