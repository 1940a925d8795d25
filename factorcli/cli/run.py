"""What every command does around its question: settings, errors in a sentence, output, exit status."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import typer

from factorcli.cli.hints import explained, hint, to_compute_heatmap
from factorcli.cli.options import Data, Estimation, Output
from factorcli.cli.program import program
from factorcli.config.environment import load_settings
from factorcli.errors import FactorError, InvalidOption

if TYPE_CHECKING:
    from factorcli.config.settings import Settings
    from factorcli.model.specification import Specification
    from factorcli.results.batch import Batch, Failure
    from factorcli.service.context import Context

INTERRUPTED = 130
LONGEST_LINE = 2000
MANY = 3  # failures that are written out
# For terminals that cannot show them.
PLAIN_CHARACTERS = str.maketrans(
    dict(zip("▁▂▃▄▅▆▇", "_.,-=+*", strict=True))
    | {
        "−": "-",
        "–": "-",
        "·": "|",
        "±": "+/-",
        "▲": "^",
        "▼": "v",
        "°": "o",
        "α": "alpha",
        "…": "...",
        "≤": "<=",
        "≥": ">=",
        "→": "->",
        "×": "x",
        "✓": "+",
        "✗": "x",
        "Σ": "sum",
        "ε": "e",
        "₹": "Rs ",
        "²": "2",
        "β": "beta",
        "█": "#",
        "░": ".",
        "“": '"',
        "”": '"',
        "─": "-",
    }
)


def settings(data: Data | None = None) -> "Settings":
    """The settings under the options of the command. Raises InvalidSetting."""
    return load_settings(source=data.source, model=data.model) if data else load_settings()


def context(data: Data) -> "Context":
    """The context of these options; trouble with its cache is told on stderr. Raises FactorError."""
    from factorcli.compose import build_context

    progress = Progress("Prices:")
    return build_context(
        settings(data), cached=not data.no_cache, refresh=data.refresh, warn=say, explain=explained, progress=progress
    )


def specification(window: str, estimation: Estimation, **more: Any) -> "Specification":
    """What the options specify. Raises UsageError."""
    from factorcli.model.specification import Specification, parse_date
    from factorcli.model.windows import parse_window

    as_of = None if estimation.as_of is None else parse_date(estimation.as_of)
    return Specification(
        window=parse_window(window),
        basis=estimation.basis,
        covariance=estimation.cov,
        as_of=as_of,
        estimator=estimation.estimator,
        half_life=estimation.half_life,
        **more,
    )


def to_compute(window: str, data: Data, estimation: Estimation) -> str:
    """What to type where the heatmap of these options was never computed."""
    return to_compute_heatmap(window, data, estimation, settings(data).source)


def answer(
    schema: str,
    output: Output,
    ask: "Callable[[], Batch[Any]]",
    *,
    view: str | None = None,
    failures: str | None = None,
    hints: Mapping[str, Callable[[], str]] | None = None,
    footnote: "Callable[[Batch[Any]], str | None] | None" = None,
) -> None:
    """Ask, write the answer where and how `output` says, and leave with its exit status.

    A FactorError becomes one sentence on stderr, and with --json also an entry of `errors`. `view` picks one of a
    table's forms; `failures` is the command that lists failures too many to be said; `hints` are what to type after
    a failure, by its code; `footnote` is a line below the table.
    """
    try:
        batch = _asked(output, ask)
        status = batch.exit_code
        for notice in batch.notices:
            say(str(notice))
        _say_failures(batch.failures, failures, hints or {})
        _write(schema, batch, output, view, footnote)
    except KeyboardInterrupt:
        say("Interrupted; what was done is kept.")
        status = INTERRUPTED
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except FactorError as error:  # the answer is there, but cannot be written
        say(str(error))
        status = error.exit_code
    if status:
        raise typer.Exit(status)


def _say_failures(failed: "Sequence[Failure]", listing: str | None, hints: Mapping[str, Callable[[], str]]) -> None:
    """Each sentence once, with what to type where that helps; of many how many they are."""
    if listing is not None and len(failed) > MANY:
        for failure in failed:
            if failure.ticker is None:
                say(_with_hint(failure, hints))
        say(f"{len(failed)} failures; `{program()} {listing}` lists them.")
        return
    for message in dict.fromkeys(_with_hint(failure, hints) for failure in failed):
        say(message)


def _with_hint(failure: "Failure", hints: Mapping[str, Callable[[], str]]) -> str:
    text = hints[failure.code]() if failure.code in hints else hint(failure.code)
    return failure.message if text is None else f"{failure.message} {text}"


def say(message: str) -> None:
    """One printable line on stderr."""
    line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in message)
    if len(line) > LONGEST_LINE:
        line = f"{line[:LONGEST_LINE]} …"
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"{program()}: {_shown(line, sys.stderr)}\n")
            sys.stderr.flush()
        except OSError:
            pass  # nobody can be told


class Progress:
    """How far work is, on one line of stderr: from its second second on, and only on a terminal."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._width = 0
        self._start = time.monotonic()
        self._next = 0.0

    def __call__(self, done: int, failed: int, total: int, seconds_left: float | None = None) -> None:
        """Show how many are done, how many of them failed, the rate and the time left; at the end, nothing."""
        if done >= total:
            self.clear()
            return
        now = time.monotonic()
        spent = now - self._start
        if spent < 1.0 or not done or now < self._next or sys.stderr is None or not sys.stderr.isatty():
            return
        self._next = now + 0.1
        rate = done / spent
        left = (total - done) / rate if seconds_left is None else seconds_left
        line = f"{self._what} {done:,} of {total:,} · {failed:,} failed · {rate:,.0f}/s · {left:.0f} s left"
        self._write(_shown(line, sys.stderr))

    def clear(self) -> None:
        """Take the line away."""
        if self._width:
            self._write("")
            sys.stderr.write("\r")
            sys.stderr.flush()

    def _write(self, line: str) -> None:
        """The line in place of the one before; blanks wipe out what that had more, where no terminal code would."""
        sys.stderr.write(f"\r{line.ljust(self._width)}")
        sys.stderr.flush()
        self._width = len(line)


def print_failure(schema: str, failure: "Failure") -> None:
    """The JSON document of a run that failed before it could ask."""
    from factorcli.render.json_csv import to_json
    from factorcli.results.batch import Batch

    sys.stdout.write(to_json(schema, Batch((), (failure,))))


def _asked(output: Output, ask: "Callable[[], Batch[Any]]") -> "Batch[Any]":
    from factorcli.results.batch import Batch, Failure

    _check(output)
    try:
        return ask()
    except FactorError as error:
        return Batch((), (Failure(None, error.code, str(error)),), error.exit_code)


def _check(output: Output) -> None:
    if output.json and output.csv:
        raise InvalidOption("--json and --csv are both given; choose one.")
    if output.output is None:
        return
    if not output.output.strip():
        raise InvalidOption("--output is empty; name a file.")
    target = Path(output.output)
    # os.path says False, and does not fail, for a name that no file can have.
    if os.path.isdir(target):  # noqa: PTH112
        raise InvalidOption(f"--output {target} is a folder; name a file.")
    if not os.path.isdir(target.parent):  # noqa: PTH112
        raise InvalidOption(f"--output {target}: there is no folder {target.parent}; create it first.")


def _write(
    schema: str,
    batch: "Batch[Any]",
    output: Output,
    view: str | None,
    footnote: "Callable[[Batch[Any]], str | None] | None",
) -> None:
    form = _format(output)
    if form == "json":
        from factorcli.render.json_csv import to_json

        text = to_json(schema, batch)
    elif form == "csv":
        from factorcli.render.json_csv import to_csv

        text = to_csv(batch)
    elif batch.results:
        text = _table(batch, view, footnote(batch) if footnote else None, plain=output.output is not None)
    else:
        return
    if output.output is None or output.output == "-":
        if form != "table":
            _prepare_for_data()
        print_text(text)
    else:
        _write_file(output.output, text)


def _format(output: Output) -> str:
    suffix = Path(output.output).suffix.lower() if output.output else ""
    if output.json or (suffix == ".json" and not output.csv):
        return "json"
    if output.csv or suffix == ".csv":
        return "csv"
    return "table"


def _table(batch: "Batch[Any]", view: str | None, footnote: str | None, *, plain: bool) -> str:
    from factorcli.render.layout import line, to_text
    from factorcli.render.tables import to_blocks
    from factorcli.render.text import QUIET

    terminal = not plain and sys.stdout.isatty()
    blocks = to_blocks(batch, view, terminal=terminal)
    if footnote is not None:
        blocks = [*blocks, line(footnote, style=QUIET)]
    if not terminal:
        return to_text(blocks)
    from factorcli.render.terminal import show

    return show(blocks)


def _prepare_for_data() -> None:
    """JSON and CSV are UTF-8 with plain line ends wherever they go, but on a terminal, which has its own."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None and not sys.stdout.isatty():
        reconfigure(encoding="utf-8", errors="replace", newline="\n")


def _shown(text: str, stream: TextIO) -> str:
    """The text in characters that the stream's encoding has, where a plain one says the same."""
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return text.translate(PLAIN_CHARACTERS)
    return text


def print_text(text: str) -> None:
    """Write the text to stdout. Raises BrokenPipeError, and InvalidOption where it cannot be written."""
    try:
        sys.stdout.write(_shown(text, sys.stdout))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise InvalidOption(f"The answer cannot be written: {error.strerror}.") from None


def _write_file(name: str, text: str) -> None:
    from factorcli.cli.files import write_whole

    try:
        write_whole(Path(name), text)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidOption(f"--output {name[:200]} cannot be written: {reason}.") from None
