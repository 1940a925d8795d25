"""Markdown on a terminal."""

from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Markdown, MarkdownElement
from rich.text import Text

MAX_WIDTH = 100  # columns; longer lines of prose are hard to read


class _Unwrapped(CodeBlock):
    """A code block whose lines keep their length: a wrapped table cannot be read."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in str(self.text).rstrip().splitlines():
            yield Text(f"    {line}", style="cyan", no_wrap=True, overflow="ignore")


class _Guide(Markdown):
    """Markdown with code blocks that are not wrapped."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "fence": _Unwrapped,
        "code_block": _Unwrapped,
    }


def show(markdown: str, *, colour: bool = True) -> str:
    """The text as the terminal of stdout wants it, at most `MAX_WIDTH` columns wide but for code."""
    console = Console(highlight=False)
    if not colour or console.legacy_windows:  # which shows the codes of colours as they are
        console = Console(highlight=False, color_system=None)
    with console.capture() as capture:
        console.print(_Guide(markdown, hyperlinks=False), width=min(console.width, MAX_WIDTH), crop=False)
    return "".join(f"{row.rstrip()}\n" for row in capture.get().splitlines())
