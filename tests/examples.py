"""The sessions, programs and models that README and guides show, and how to run them."""

import contextlib
import io
import os
import re
import shlex
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from unittest.mock import patch

from factorcli.cli.app import main
from tests.conftest import NSE, clean_environment

ROOT = Path(__file__).parents[1]
GUIDES = sorted((ROOT / "factorcli" / "guides").glob("*.md"))
DOCUMENTS = [ROOT / "README.md", *GUIDES]
SKIP = "…"  # a line that stands for any number of lines
PROMPT = "$ "
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A fenced block of a document: its language, its text and the line on which the text begins."""

    path: Path
    line: int
    language: str
    text: str

    @property
    def name(self) -> str:
        """The document and the line."""
        return f"{self.path.name}:{self.line}"

    @property
    def commands(self) -> "list[Command]":
        """What a session types, each with the lines shown below it."""
        found: list[Command] = []
        for line in self.text.splitlines():
            if line.startswith(PROMPT):
                found.append(Command(line.removeprefix(PROMPT), []))
            else:
                found[-1].shown.append(line)
        return found

    @property
    def runs(self) -> bool:
        """Whether it does nothing but call `factor` and show files; a server and its client do more."""
        return all(c.words[0] in ("factor", "cat") and c.words[1] != "serve" for c in self.commands)

    @property
    def needs_nse(self) -> bool:
        """Whether it reads the real prices, in a folder that is called `prices`."""
        return any("prices" in command.words for command in self.commands)


@dataclass(frozen=True)
class Command:
    """A command line and the lines shown below it."""

    line: str
    shown: list[str]

    @property
    def words(self) -> list[str]:
        """As a shell would split it."""
        return shlex.split(self.line)


def blocks(path: Path, language: str) -> list[Block]:
    """The fenced blocks of a document in a language, in order."""
    text = path.read_text(encoding="utf-8")
    return [
        Block(path, text.count("\n", 0, match.start(2)) + 1, match[1], match[2])
        for match in FENCE.finditer(text)
        if match[1] == language
    ]


def run_session(block: Block, folder: Path) -> Iterator[tuple[Command, list[str]]]:
    """Each command of a session with the lines that it prints, in a folder with the files shown before in its document.

    `cat` makes the file it shows.
    """
    for earlier in blocks(block.path, "console"):
        if earlier.line < block.line:
            for command in earlier.commands:
                if command.words[0] == "cat":
                    _write(command, folder)
    if block.needs_nse:
        (folder / "prices").symlink_to(Path(NSE, "nse"), target_is_directory=True)
    for command in block.commands:
        if command.words[0] == "cat":
            _write(command, folder)
            yield command, command.shown
        else:
            yield command, run_command(command.words, folder)


def _write(command: Command, folder: Path) -> None:
    """Make the file that a `cat` shows."""
    (folder / command.words[1]).write_text("\n".join([*command.shown, ""]), encoding="utf-8")


def run_command(words: list[str], folder: Path) -> list[str]:
    """What a command prints, on stdout and stderr in the order written, with this folder as home and working folder."""
    printed = io.BytesIO()
    stream = io.TextIOWrapper(printed, encoding="utf-8", newline="\n", write_through=True)
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with (
            patch.dict(os.environ, clean_environment(folder), clear=True),
            patch.object(sys, "argv", words),
            patch.object(sys, "stdout", stream),
            patch.object(sys, "stderr", stream),
            contextlib.chdir(folder),
            contextlib.suppress(SystemExit),
        ):
            main()
    finally:
        signal.signal(signal.SIGTERM, handler)
    return [line.rstrip() for line in printed.getvalue().decode().splitlines()]


def mismatch(shown: list[str], printed: list[str]) -> list[str] | None:
    """The lines shown that were not printed where they should have been, or None where all fits."""
    first, *others = segments(shown)
    if not others:
        return None if first == printed else first
    if printed[: len(first)] != first:
        return first
    position = len(first)
    for part in others[:-1]:
        found = next((i for i in range(position, len(printed)) if printed[i : i + len(part)] == part), None)
        if found is None:
            return part
        position = found + len(part)
    last = others[-1]
    return None if not last or printed[position:][-len(last) :] == last else last


def segments(shown: list[str]) -> list[list[str]]:
    """The runs of lines between the lines `…`."""
    parts: list[list[str]] = [[]]
    for line in shown:
        if line == SKIP:
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def refreshed(shown: list[str], printed: list[str]) -> list[str]:
    """The printed lines that are to be shown: as many as were shown, those most like them."""
    first, *others = segments(shown)
    if not others:
        return printed
    lines, position = printed[: len(first)], len(first)
    for number, part in enumerate(others):
        lines.append(SKIP)
        last = number == len(others) - 1
        position = len(printed) - len(part) if last and part else _most_alike(part, printed, position)
        lines += printed[position : position + len(part)]
        position += len(part)
    return lines


def _most_alike(part: list[str], printed: list[str], start: int) -> int:
    """Where in `printed`, from `start` on, the lines most like `part` begin."""

    def likeness(at: int) -> float:
        return sum(SequenceMatcher(None, a, b).ratio() for a, b in zip(part, printed[at : at + len(part)], strict=True))

    return max(range(start, len(printed) - len(part) + 1), key=likeness, default=start)
