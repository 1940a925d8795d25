"""Blocks for a terminal: coloured, sentences wrapped at its width."""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from factorcli.render.layout import Block, Grid, Line


def show(blocks: Iterable[Block]) -> str:
    """The blocks in the width and colours of stdout's terminal."""
    console = Console(highlight=False)
    if console.legacy_windows:  # which prints colour codes as text
        console = Console(highlight=False, color_system=None)
    with console.capture() as capture:
        for block in blocks:
            if isinstance(block, Grid):
                for row in block.lines(console.width):
                    console.print(_text(row), no_wrap=True, overflow="ignore", crop=False)
            else:
                console.print(_text(block))
    return "".join(f"{row.rstrip()}\n" for row in capture.get().splitlines())


def _text(line: Line) -> Text:
    return Text.assemble(*((span.text, span.style) for span in line))
