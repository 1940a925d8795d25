"""What every command does around its question: settings, errors in one sentence, output, exit status."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from factorcli.cli.options import Data, Output
from factorcli.errors import FactorError, InvalidOption
from factorcli.results import Batch, Failure
from factorcli.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

INTERRUPTED = 130


def settings(data: Data | None = None) -> Settings:
    """The environment, over `.env` of the working folder, under the options of the command."""
    env: dict[str, str] = {}
    if Path(".env").is_file():
        from dotenv import dotenv_values

        env = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    values = Settings.from_env({**env, **os.environ})
    if data is not None:
        values = replace(values, source=data.source or values.source, model=data.model or values.model)
    return values


def answer(schema: str, output: Output, ask: Callable[[], Batch[Any]]) -> None:
    """Ask, write the answer where and how `output` says, and leave with its exit status.

    A FactorError becomes one sentence on stderr, and with --json also an entry of `errors`.
    """
    with _interruptible():
        try:
            _check(output)
            batch = ask()
        except FactorError as error:
            batch = Batch((), (Failure(None, error.code, str(error)),), error.exit_code)
        for failure in batch.failures:
            say(failure.message)
        _write(schema, batch, output)
    if batch.exit_code:
        raise typer.Exit(batch.exit_code)


def say(message: str) -> None:
    """One line on stderr."""
    sys.stderr.write(f"factor: {message}\n")


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        say("Interrupted.")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


def _check(output: Output) -> None:
    if output.json and output.csv:
        raise InvalidOption("--json and --csv are both given; choose one.")
    if output.output is not None:
        path = Path(output.output)
        if path.is_dir():
            raise InvalidOption(f"--output {path} is a folder; name a file.")
        if not path.parent.is_dir():
            raise InvalidOption(f"--output {path}: there is no folder {path.parent}; create it first.")


def _write(schema: str, batch: Batch[Any], output: Output) -> None:
    form = _format(output)
    if form == "json":
        from factorcli.render.plain import to_json

        text = to_json(schema, batch)
    elif form == "csv":
        from factorcli.render.plain import to_csv

        text = to_csv(batch)
    else:
        if not batch.results:
            return
        from factorcli.render.tables import to_table

        console = _console(plain=output.output is not None)
        with console.capture() as capture:
            console.print(to_table(batch, console), soft_wrap=not console.is_terminal)
        text = capture.get()
        if not console.is_terminal:
            text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    if output.output is None or (batch.exit_code == InvalidOption.exit_code and not batch.results):
        if output.output is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        return
    _write_file(Path(output.output), text)


def _format(output: Output) -> str:
    suffix = Path(output.output).suffix.lower() if output.output else ""
    if output.json or (suffix == ".json" and not output.csv):
        return "json"
    if output.csv or suffix == ".csv":
        return "csv"
    return "table"


def _write_file(path: Path, text: str) -> None:
    """Write all or nothing: a file that was there stays until the new one is whole."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        say(f"--output {path} cannot be written: {error.strerror}.")
        raise typer.Exit(InvalidOption.exit_code) from None


def _console(*, plain: bool) -> "Console":
    """A console for stdout; without a terminal as wide as its content, and without colour."""
    from rich.console import Console

    if plain or not sys.stdout.isatty():
        return Console(width=1000, no_color=True, force_terminal=False, highlight=False)
    return Console(highlight=False)
