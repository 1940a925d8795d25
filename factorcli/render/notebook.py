"""Blocks as plain HTML, as a notebook shows them."""

from collections.abc import Iterable
from html import escape

from factorcli.render.html import table
from factorcli.render.layout import Block, Grid


def to_html(blocks: Iterable[Block]) -> str:
    """Lines as paragraphs and grids as tables; every text is escaped."""
    return "".join(
        table(block, inline=True) if isinstance(block, Grid) else _paragraph(block) for block in blocks if block
    )


def _paragraph(block: Block) -> str:
    return "" if isinstance(block, Grid) else f"<p>{escape(''.join(span.text for span in block))}</p>\n"
