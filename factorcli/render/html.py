"""Grids as HTML tables, whose headings say which row or column they are of."""

from collections.abc import Sequence
from html import escape

from factorcli.render.layout import Column, Grid, Span

# Classes of a page's style sheet, by style.
CLASSES = {
    "green": "above",
    "red": "below",
    "bold black on green": "far-above",
    "bold black on red": "far-below",
    "dim": "dim",
}


def table(grid: Grid, caption: str = "", *, links: Sequence[str] = (), inline: bool = False) -> str:
    """A table of every column; every text is escaped.

    caption: what it shows; links: where the heading of each row leads, if anywhere; inline: whether a cell says by
    itself how it is aligned, where there is no style sheet.
    """
    columns = grid.shown(None)
    last = len(columns[0].cells) - 1
    heading = "".join(_cell("th", ' scope="col"', column, column.title, inline) for column in columns)
    rows = "".join(
        f"<tr{_rule(number in grid.rules and number < last, inline)}>{_row(columns, number, links, inline)}</tr>\n"
        for number in range(last + 1)
    )
    title = f"<caption>{escape(caption)}</caption>\n" if caption else ""
    return f"<table>\n{title}<thead><tr>{heading}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"


def _row(columns: Sequence[Column], number: int, links: Sequence[str], inline: bool) -> str:
    first, *others = columns
    link = links[number] if links else ""
    return _cell("th", ' scope="row"', first, first.cells[number], inline, link) + "".join(
        _cell("td", "", column, column.cells[number], inline) for column in others
    )


def _rule(ruled: bool, inline: bool) -> str:
    return ' class="rule"' if ruled and not inline else ""


def _cell(tag: str, scope: str, column: Column, content: Span | str, inline: bool, link: str = "") -> str:
    text, style = (content, column.style) if isinstance(content, str) else (content.text, content.style)
    if inline:
        look = f' style="text-align: {"left" if column.left else "right"}"'
    else:
        names = [*(["left"] if column.left else []), *([CLASSES[style]] if style in CLASSES and text else [])]
        look = f' class="{" ".join(names)}"' if names else ""
    shown = f'<a href="{escape(link)}">{escape(text)}</a>' if link else escape(text)
    return f"<{tag}{scope}{look}>{shown}</{tag}>"
