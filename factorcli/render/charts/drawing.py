"""Pictures as SVG, PNG and PDF, drawn by vl-convert: no browser, no network."""

import re
from base64 import b64encode
from functools import cache
from importlib.metadata import version
from importlib.resources import as_file, files
from types import ModuleType
from xml.sax.saxutils import escape

from factorcli.render.charts.picture import Picture
from factorcli.render.charts.theme import FONT_FAMILY, SCALE

VEGALITE_VERSION = "6.4"
FONT_FILES = {400: "Inter-Regular", 600: "Inter-SemiBold"}  # by weight


def image(picture: Picture, ending: str, *, scale: float = SCALE) -> bytes:
    """The picture as `.svg`, `.png` or `.pdf`; scale: pixels of a PNG for a px."""
    drawn = svg(picture)
    if ending == ".svg":
        return with_font(drawn).encode()
    converter = _converter()
    data: bytes = converter.svg_to_pdf(drawn) if ending == ".pdf" else converter.svg_to_png(drawn, scale=scale)
    return data


def svg(picture: Picture) -> str:
    """The picture as SVG that names its font; the root has the alternative text, which vl-convert drops."""
    drawn: str = _converter().vegalite_to_svg(picture.spec, vl_version=VEGALITE_VERSION, allowed_base_urls=[])
    label = escape(picture.description, {'"': "&quot;"})
    return re.sub(
        r"<svg\b([^>]*)>",
        lambda found: f'<svg{found[1]} role="img" aria-label="{label}"><title>{escape(picture.title)}</title>',
        drawn,
        count=1,
    )


def with_font(drawn: str) -> str:
    """The SVG with the font inside, so that it looks the same everywhere."""
    return drawn.replace("</title>", f"</title><style>{font_faces()}</style>", 1)


@cache
def font_faces() -> str:
    """CSS that holds the font itself."""
    fonts = files(__package__) / "fonts"
    return "".join(
        f'@font-face{{font-family:"{FONT_FAMILY}";font-weight:{weight};src:url(data:font/woff2;base64,'
        f'{b64encode((fonts / f"{name}.woff2").read_bytes()).decode()}) format("woff2")}}'
        for weight, name in FONT_FILES.items()
    )


@cache
def script() -> str:
    """Vega, Vega-Lite and vega-embed as one script that defines `vegaEmbed`; takes more than a second to make."""
    made: str = _converter().javascript_bundle(vl_version=VEGALITE_VERSION)
    return made


def script_version() -> str:
    """A name that changes with what `script` returns."""
    return f"{version('vl-convert-python')}-{VEGALITE_VERSION}"


@cache
def _converter() -> ModuleType:
    """vl-convert, which knows the pictures' font."""
    import vl_convert  # noqa: PLC0415  (only who draws loads the drawing library)

    with as_file(files(__package__) / "fonts") as folder:
        vl_convert.register_font_directory(str(folder))
    return vl_convert
