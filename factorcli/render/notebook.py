"""Blocks as plain HTML, as a notebook shows them."""

from collections.abc import Iterable
from html import escape

from factorcli.render.layout import Block, Column, Grid


def to_html(blocks: Iterable[Block]) -> str:
    """Lines as paragraphs and grids as tables; every text is escaped."""
    return "".join(_table(block) if isinstance(block, Grid) else _paragraph(block) for block in blocks if block)


def _paragraph(block: Block) -> str:
    return "" if isinstance(block, Grid) else f"<p>{escape(''.join(span.text for span in block))}</p>\n"


def _table(grid: Grid) -> str:
    columns = grid.shown(None)
    heading = "".join(_cell("th", column, column.title) for column in columns)
    rows = "".join(
        f"<tr>{''.join(_cell('td', column, _text(column, number)) for column in columns)}</tr>\n"
        for number in range(len(columns[0].cells))
    )
    return f"<table>\n<thead><tr>{heading}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"


def _cell(tag: str, column: Column, text: str) -> str:
    return f'<{tag} style="text-align: {"left" if column.left else "right"}">{escape(text)}</{tag}>'


def _text(column: Column, number: int) -> str:
    cell = column.cells[number]
    return cell if isinstance(cell, str) else cell.text
