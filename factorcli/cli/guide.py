"""`factor guide [TOPIC]`."""

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from factorcli.cli.messages import print_text, say
from factorcli.cli.program import program
from factorcli.config.environment import pager_setting
from factorcli.errors import InvalidOption

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

SUFFIX = ".md"
LESS_OPTIONS = "-RF"  # show colours; end at once where the text fits the screen


def complete_topic(incomplete: str) -> list[tuple[str, str]]:
    """Topics that begin so, with what each tells."""
    return [(topic, _sentence(file)) for topic, file in _guides().items() if topic.startswith(incomplete.lower())]


def guide(
    topic: Annotated[
        str | None,
        typer.Argument(metavar="[TOPIC]", help="A guide; without it, the list.", autocompletion=complete_topic),
    ] = None,
) -> None:
    """Read a guide, or list them: the numbers, portfolios, price files, models, Yahoo, the API.

    On a terminal a guide is shown in a pager (PAGER, less); elsewhere it is printed as Markdown.
    """
    guides = _guides()
    try:
        if topic is None:
            width = max(map(len, guides), default=0)
            print_text("".join(f"{name:{width}}  {_sentence(file)}\n" for name, file in guides.items()))
        else:
            _show(_find(topic, guides).read_text(encoding="utf-8"))
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except InvalidOption as error:
        say(str(error))
        raise typer.Exit(error.exit_code) from None


def _guides() -> "dict[str, Traversable]":
    """The guides that the package ships, by topic, in alphabetical order."""
    from importlib.resources import files

    found = (file for file in (files("factorcli") / "guides").iterdir() if file.name.endswith(SUFFIX))
    return {file.name.removesuffix(SUFFIX): file for file in sorted(found, key=lambda file: file.name)}


def _find(topic: str, guides: "dict[str, Traversable]") -> "Traversable":
    """The guide of a topic. Raises InvalidOption, which lists the topics."""
    name = topic.lower().removesuffix(SUFFIX)
    if name in guides:
        return guides[name]
    import difflib

    near = difflib.get_close_matches(name, guides, n=1) or [other for other in guides if name and name in other][:1]
    suggestion = f" Did you mean {near[0]}?" if near else ""
    raise InvalidOption(
        f"There is no guide {topic[:200]!r}.{suggestion} The topics are {', '.join(guides)}; "
        f"`{program()} guide` says what each tells."
    )


def _sentence(file: "Traversable") -> str:
    """What a guide tells: the first sentence of its second paragraph, in one line."""
    first, stop, _ = " ".join(file.read_text(encoding="utf-8").split("\n\n")[1].split()).partition(". ")
    return first + stop.rstrip()


def _show(markdown: str) -> None:
    """Formatted and in a pager on a terminal; the Markdown itself elsewhere."""
    if not sys.stdout.isatty():
        print_text(markdown)
        return
    from factorcli.render.markdown import show

    pager = _pager()
    colour = pager is None or pager[-1] == LESS_OPTIONS
    text = show(markdown, colour=colour)
    if pager is None:
        print_text(text)
    else:
        _page(pager, text)


def _pager() -> list[str] | None:
    """The command of PAGER, else `less`; None where there is neither."""
    import shlex
    import shutil

    words = shlex.split(pager_setting() or "less")
    path = shutil.which(words[0]) if words else None
    if path is None:
        return None
    return [path, *words[1:], *([LESS_OPTIONS] if Path(path).stem == "less" else [])]


def _page(pager: list[str], text: str) -> None:
    """Hand the text to a pager and wait until it ends; Ctrl-C is the pager's."""
    import subprocess

    with subprocess.Popen(pager, stdin=subprocess.PIPE) as process:  # noqa: S603  (the user's own PAGER)
        with contextlib.suppress(OSError):  # it was left before the end
            process.communicate(text.encode(sys.stdout.encoding or "utf-8", "replace"))
        while process.poll() is None:
            with contextlib.suppress(KeyboardInterrupt):
                process.wait()
