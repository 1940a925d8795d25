"""What every command does around its question: settings, errors in a sentence, output, exit status."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from factorcli.cli.options import Data, Estimation, Output
from factorcli.config.environment import load_settings
from factorcli.errors import FactorError, InvalidOption

if TYPE_CHECKING:
    from factorcli.config.settings import Settings
    from factorcli.model.specification import Query
    from factorcli.results.beta import Batch, Failure
    from factorcli.service.exposures import FactorService

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


def service(data: Data) -> "FactorService":
    """The service of these options; trouble with its cache is told on stderr. Raises FactorError."""
    from factorcli.compose import build_service

    progress = Progress("Prices:")
    return build_service(settings(data), cached=not data.no_cache, refresh=data.refresh, warn=say, progress=progress)


def query(window: str, estimation: Estimation, **more: Any) -> "Query":
    """The question that options ask. Raises UsageError."""
    from factorcli.model.factor_model import parse_window
    from factorcli.model.specification import Query, parse_date

    as_of = None if estimation.as_of is None else parse_date(estimation.as_of)
    return Query(
        window=parse_window(window),
        basis=estimation.basis,
        covariance=estimation.cov,
        as_of=as_of,
        estimator=estimation.estimator,
        half_life=estimation.half_life,
        **more,
    )


def answer(
    schema: str,
    output: Output,
    ask: "Callable[[], Batch[Any]]",
    *,
    view: str | None = None,
    failures: str | None = None,
) -> None:
    """Ask, write the answer where and how `output` says, and leave with its exit status.

    A FactorError becomes one sentence on stderr, and with --json also an entry of `errors`. `view`
    picks one of a table's forms; `failures` is the command that lists failures too many to be said.
    """
    try:
        batch = _asked(output, ask)
        status = batch.exit_code
        for notice in batch.notices:
            say(notice)
        if failures is not None and len(batch.failures) > MANY:
            for failure in batch.failures:
                if failure.ticker is None:
                    say(failure.message)
            say(f"{len(batch.failures)} failures; `{failures}` lists them.")
        else:
            for message in dict.fromkeys(failure.message for failure in batch.failures):
                say(message)
        _write(schema, batch, output, view)
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


def say(message: str) -> None:
    """One printable line on stderr."""
    line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in message)
    if len(line) > LONGEST_LINE:
        line = f"{line[:LONGEST_LINE]} …"
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"factor: {line}\n")
            sys.stderr.flush()
        except OSError:
            pass  # nobody can be told


class Progress:
    """How far work is, on one line of stderr: from its second second on, and only on a terminal."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = False
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
        sys.stderr.write(f"\r{line}\x1b[K")
        sys.stderr.flush()
        self._shown = True

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False


def print_failure(schema: str, failure: "Failure") -> None:
    """The JSON document of a run that failed before it could ask."""
    from factorcli.render.json_csv import to_json
    from factorcli.results.beta import Batch

    sys.stdout.write(to_json(schema, Batch((), (failure,))))


def _asked(output: Output, ask: "Callable[[], Batch[Any]]") -> "Batch[Any]":
    from factorcli.results.beta import Batch, Failure

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


def _write(schema: str, batch: "Batch[Any]", output: Output, view: str | None) -> None:
    form = _format(output)
    if form == "json":
        from factorcli.render.json_csv import to_json

        text = to_json(schema, batch)
    elif form == "csv":
        from factorcli.render.json_csv import to_csv

        text = to_csv(batch)
    elif batch.results:
        text = _table(batch, view, plain=output.output is not None)
    else:
        return
    if output.output is None or output.output == "-":
        _print(text)
    else:
        _write_file(output.output, text)


def _format(output: Output) -> str:
    suffix = Path(output.output).suffix.lower() if output.output else ""
    if output.json or (suffix == ".json" and not output.csv):
        return "json"
    if output.csv or suffix == ".csv":
        return "csv"
    return "table"


def _table(batch: "Batch[Any]", view: str | None, *, plain: bool) -> str:
    from factorcli.render.layout import to_text
    from factorcli.render.tables import to_blocks

    if plain or not sys.stdout.isatty():
        return to_text(to_blocks(batch, view, terminal=False))
    from factorcli.render.terminal import show

    return show(to_blocks(batch, view, terminal=True))


def _print(text: str) -> None:
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = text.translate(PLAIN_CHARACTERS)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise InvalidOption(f"The answer cannot be written: {error.strerror}.") from None


def _write_file(name: str, text: str) -> None:
    """Write all or nothing: a file that was there stays until the new one is whole.

    A link keeps pointing where it points, and what is no regular file is written to as it is.
    """
    try:
        target = Path(name).resolve()
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8", errors="replace")
            return
        part = target.with_name(f".{target.name[:40]}.{os.getpid()}.part")
        try:
            part.write_text(text, encoding="utf-8", errors="replace")
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidOption(f"--output {name[:200]} cannot be written: {reason}.") from None
