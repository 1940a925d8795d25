"""What is printed of a batch, and a reader of printed tables by the headings of their rows and columns."""

import os
import re
from dataclasses import dataclass
from typing import Any
from unittest import mock

from rich.text import Text

from factorcli.render.layout import to_text
from factorcli.render.tables import to_blocks
from factorcli.render.terminal import show
from factorcli.results.batch import Batch

WIDTHS = (40, 60, 80, 100, 160)
_RULE = re.compile("─+")
_TERMINAL = {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLORTERM": ""}


def piped(*results: Any, view: str | None = None) -> str:
    """The table as a pipe or a file gets it."""
    return to_text(to_blocks(Batch(results), view, terminal=False))


def on_terminal(*results: Any, width: int, view: str | None = None, colour: bool = False) -> str:
    """The table as a terminal of this width gets it, with its codes."""
    variables = {**_TERMINAL, "COLUMNS": str(width), "LINES": "50"} | ({} if colour else {"NO_COLOR": "1"})
    unset = {"TTY_COMPATIBLE", "TTY_INTERACTIVE", *(() if not colour else ("NO_COLOR",))}
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    with mock.patch.dict(os.environ, {**kept, **variables}, clear=True):
        return show(to_blocks(Batch(results), view, terminal=True))


def plain(text: str) -> str:
    """A terminal's text without its codes."""
    return "\n".join(Text.from_ansi(line).plain.rstrip() for line in text.split("\n"))


def sentences(text: str) -> str:
    """The text in one line: a sentence is found in it wherever a terminal has wrapped it."""
    return " ".join(plain(text).split())


@dataclass(frozen=True)
class Table:
    """A printed table. A row of no label, or of one that is taken, is `label (of LABEL BEFORE)`, then `… 2`."""

    titles: list[str]
    rows: dict[str, dict[str, str]]
    styles: dict[str, dict[str, str]]


def table(text: str, *titles: str, rows: int) -> Table:
    """The table whose heading has these titles in this order, with so many rows."""
    coloured = [Text.from_ansi(line) for line in text.split("\n")]
    pattern = re.compile(r"\s{2,}".join(rf"(?<!\S){re.escape(title)}(?!\S)" for title in titles))
    start = next(i for i, line in enumerate(coloured) if pattern.search(line.plain) and _is_rule(coloured[i + 1]))
    lines = [coloured[start]]
    for line in coloured[start + 1 :]:
        if len(lines) > rows:
            break
        if not _is_rule(line):
            lines.append(line)
    width = max(len(line.plain) for line in lines)
    padded = [line.plain.ljust(width) for line in lines]
    blank = "".join(" " if all(row[i] == " " for row in padded) else "x" for i in range(width))
    extents = [match.span() for match in re.finditer(r"x+(?: x+)*", blank)]
    heading = [padded[0][low:high].strip() for low, high in extents]
    found: dict[str, dict[str, str]] = {}
    styles: dict[str, dict[str, str]] = {}
    before = ""
    for line, row in zip(lines[1:], padded[1:], strict=True):
        cells = [row[low:high].strip() for low, high in extents]
        label = cells[0] if cells[0] and cells[0] not in found else f"{cells[0]} (of {before})".strip()
        label = label if label not in found else f"{label} 2"
        assert label not in found
        found[label] = dict(zip(heading, cells, strict=True))
        styles[label] = {
            title: _style(line, row, low, high) for title, (low, high) in zip(heading, extents, strict=True)
        }
        before = cells[0] or before
    return Table(heading, found, styles)


def _is_rule(line: Text) -> bool:
    return _RULE.fullmatch(line.plain.strip()) is not None


def _style(line: Text, row: str, low: int, high: int) -> str:
    """The style of the first character of a cell, as rich names it."""
    first = next((i for i in range(low, high) if row[i] != " "), None)
    if first is None:
        return ""
    return next((str(span.style) for span in line.spans if span.start <= first < span.end), "")
