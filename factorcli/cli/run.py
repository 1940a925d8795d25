"""What commands share: settings, context, progress, messages on stderr, output and exit status."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import typer

from factorcli.cli.hints import explained, hint, to_compute_heatmap
from factorcli.cli.options import Data, Estimation, Origin, Output
from factorcli.cli.program import program
from factorcli.config.environment import load_settings
from factorcli.errors import FactorError, InvalidOption

if TYPE_CHECKING:
    from factorcli.config.settings import Settings
    from factorcli.model.specification import Specification
    from factorcli.results.batch import Batch, Failure
    from factorcli.service.context import Context

INTERRUPTED_STATUS = 130
OUTPUT_ENDINGS = (".json", ".csv", ".txt")
MAX_LINE_CHARACTERS = 2000
MAX_LISTED_FAILURES = 3  # more are counted, where a command lists them
PROGRESS_DELAY_SECONDS = 1.0
PROGRESS_INTERVAL_SECONDS = 0.1
# Replacements in an encoding that lacks these characters.
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


def settings(data: Origin | None = None) -> "Settings":
    """The settings, with the options of the command over the environment. Raises InvalidSetting."""
    return load_settings(source=data.source, model=data.model) if data else load_settings()


def context(data: Data) -> "Context":
    """The context of these options; errors of its cache go to stderr. Raises FactorError."""
    from factorcli.compose import build_context

    progress = Progress("Prices:")
    return build_context(
        settings(data), cached=not data.no_cache, refresh=data.refresh, warn=say, explain=explained, progress=progress
    )


def specification(window: str | None, estimation: Estimation, **more: Any) -> "Specification":
    """The specification of these options, still without what depends on the prices' frequency. Raises UsageError."""
    from factorcli.model.frequency import OF_PRICES
    from factorcli.model.specification import Specification, parse_date
    from factorcli.model.windows import parse_window

    as_of = None if estimation.as_of is None else parse_date(estimation.as_of)
    return Specification(
        window=0 if window is None else parse_window(window),
        basis=estimation.basis,
        covariance=estimation.cov,
        as_of=as_of,
        estimator=estimation.estimator,
        half_life=estimation.half_life,
        frequency=OF_PRICES if estimation.frequency is None else estimation.frequency,
        **more,
    )


def to_compute(window: str | None, data: Data, estimation: Estimation) -> str:
    """The command that computes the heatmap of these options, as a sentence."""
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
    """Call `ask`, write its answer as `output` says, and exit with its status.

    A FactorError becomes one sentence on stderr, and with --json also an entry of `errors`. `view` selects a form of
    the table; `failures` is the command that lists more than MAX_LISTED_FAILURES failures; `hints` are sentences
    that follow a failure, by its code; `footnote` is a line below the table.
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
        status = INTERRUPTED_STATUS
    except BrokenPipeError:  # the reader of the pipe has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except FactorError as error:  # in writing the answer
        say(str(error))
        status = error.exit_code
    if status:
        raise typer.Exit(status)


def _say_failures(failed: "Sequence[Failure]", listing: str | None, hints: Mapping[str, Callable[[], str]]) -> None:
    """Each failure's message once, with its hint; too many are counted, where `listing` lists them."""
    if listing is not None and len(failed) > MAX_LISTED_FAILURES:
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
    """Write one line to stderr: control characters escaped, at most MAX_LINE_CHARACTERS of the message."""
    line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in message)
    if len(line) > MAX_LINE_CHARACTERS:
        line = f"{line[:MAX_LINE_CHARACTERS]} …"
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"{program()}: {_shown(line, sys.stderr)}\n")
            sys.stderr.flush()
        except OSError:
            pass  # stderr is closed


class Progress:
    """Progress of a run on one line of stderr, on a terminal only, after PROGRESS_DELAY_SECONDS."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._width = 0
        self._start = time.monotonic()
        self._next = 0.0

    def __call__(self, done: int, failed: int, total: int, seconds_left: float | None = None) -> None:
        """Show how many are done and failed, the rate and the time left; clear the line at the end."""
        if done >= total:
            self.clear()
            return
        now = time.monotonic()
        elapsed = now - self._start
        if (
            elapsed < PROGRESS_DELAY_SECONDS
            or not done
            or now < self._next
            or sys.stderr is None
            or not sys.stderr.isatty()
        ):
            return
        self._next = now + PROGRESS_INTERVAL_SECONDS
        rate = done / elapsed
        left = (total - done) / rate if seconds_left is None else seconds_left
        line = f"{self._label} {done:,} of {total:,} · {failed:,} failed · {rate:,.0f}/s · {left:.0f} s left"
        self._write(_shown(line, sys.stderr))

    def clear(self) -> None:
        """Clear the line."""
        if self._width:
            self._write("")
            sys.stderr.write("\r")
            sys.stderr.flush()

    def _write(self, line: str) -> None:
        """Overwrite the line; blanks cover a longer one before it, without terminal codes."""
        sys.stderr.write(f"\r{line.ljust(self._width)}")
        sys.stderr.flush()
        self._width = len(line)


def print_failure(schema: str, failure: "Failure") -> None:
    """Print the JSON document of a run that failed before its command."""
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
    is_device = output.output == "-" or (os.path.exists(target) and not os.path.isfile(target))  # noqa: PTH110, PTH113
    if target.suffix.lower() not in OUTPUT_ENDINGS and not is_device:
        raise InvalidOption(f"--output {target.name} must end in {', '.join(OUTPUT_ENDINGS[:-1])} or .txt.")


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
    from factorcli.render.text import DIM_STYLE

    terminal = not plain and sys.stdout.isatty()
    blocks = to_blocks(batch, view, terminal=terminal)
    if footnote is not None:
        blocks = [*blocks, line(footnote, style=DIM_STYLE)]
    if not terminal:
        return to_text(blocks)
    from factorcli.render.terminal import show

    return show(blocks)


def _prepare_for_data() -> None:
    """Write JSON and CSV in UTF-8 with line feeds, except to a terminal, which has its own encoding."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None and not sys.stdout.isatty():
        reconfigure(encoding="utf-8", errors="replace", newline="\n")


def _shown(text: str, stream: TextIO) -> str:
    """The text, with PLAIN_CHARACTERS where the stream's encoding lacks one of its characters."""
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
