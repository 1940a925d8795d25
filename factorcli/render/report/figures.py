"""Pictures in a page: drawn once for who runs no script or prints, and as data for the script that draws them live."""

import json
import re

from factorcli.render.charts import theme
from factorcli.render.charts.drawing import svg
from factorcli.render.charts.picture import Picture

PAPER_HEIGHT = 1100  # px, at the width of a picture

_TAG = re.compile(r"<[^<>]*>")
_NAME = re.compile(r'(\bid="|url\(#|href="#)')
_HEIGHT = re.compile(r'<svg[^>]*\bheight="([\d.]+)"')


def inline_svg(picture: Picture, prefix: str) -> str:
    """The picture as part of a page; prefix: before its ids, which are unique within one picture only."""
    drawn = svg(picture)
    drawn = drawn[drawn.index("<svg") :]
    return _TAG.sub(lambda tag: _NAME.sub(lambda found: f"{found[1]}{prefix}", tag[0]), drawn)


def is_tall(drawn: str) -> bool:
    """Whether a drawn picture is higher than a page of paper, where it would be cut: its table is printed instead."""
    found = _HEIGHT.search(drawn)
    return found is not None and float(found[1]) > PAPER_HEIGHT


def inline_data(picture: Picture) -> str:
    """The specification as JSON in a script element, which no text in it can end."""
    text = json.dumps(picture.spec, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def dark_colours() -> str:
    """Rules that exchange the colours of pictures for those of a dark page."""
    return "".join(
        f'svg [{name}="{light}"]{{{name}:{dark}}}' for light, dark in theme.DARK.items() for name in ("fill", "stroke")
    )


def variables(*, dark: bool) -> str:
    """The colours of a page as variables, those of its pictures."""
    names = {
        "paper": theme.PAPER, "ink": theme.INK, "muted": theme.MUTED, "grid": theme.GRID, "rule": theme.RULE,
        "band": theme.BAND, "above": theme.BLUE, "below": theme.ORANGE, "warning": theme.WARNING,
    }  # fmt: skip
    return "".join(f"--{name}:{theme.DARK[colour] if dark else colour};" for name, colour in names.items())
