"""The command tree of `factor`."""

import os
import signal
import sys
from typing import Annotated

import typer

from factorcli.cli import (
    beta,
    cache,
    check,
    compare,
    doctor,
    drift,
    guide,
    heatmap,
    hedge,
    model,
    peers,
    report,
    run,
    screen,
    serve,
    stress,
    universe,
    whatif,
)
from factorcli.cli.messages import say
from factorcli.cli.program import program
from factorcli.errors import DataError, UsageError

# The schemas of commands whose first word does not name them.
SCHEMA_NAMES: dict[tuple[str, ...], str] = {
    ("heatmap", "compute"): "heatmap-status",
    ("heatmap", "status"): "heatmap-status",
    ("universe", "import"): "universe-import",
}
app = typer.Typer(
    name="factor",
    help="Factor exposures of Indian stocks: market, value, momentum, size and volatility.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("beta")(beta.beta)
app.command("decompose")(beta.decompose)
app.command("stress")(stress.stress)
app.command("hedge")(hedge.hedge)
app.command("whatif")(whatif.whatif)
app.command("screen")(screen.screen)
app.command("peers")(peers.peers)
app.command("compare")(compare.compare)
app.command("drift")(drift.drift)
app.command("report")(report.report)
app.add_typer(heatmap.app, name="heatmap")
app.command("serve")(serve.serve)
app.add_typer(universe.app, name="universe")
app.add_typer(model.app, name="model")
app.add_typer(cache.app, name="cache")
app.command("doctor")(doctor.doctor)
app.command("check")(check.check)
app.command("guide")(guide.guide)


def _version(wanted: bool) -> None:
    if wanted:
        from factorcli import __version__

        typer.echo(f"{program()} {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Factor exposures of Indian stocks: market, value, momentum, size and volatility."""


def main() -> None:
    """Run `factor` and exit with its status; an unexpected error is one line on stderr, without a traceback."""
    try:
        for name in ("SIGTERM", "SIGBREAK"):  # handled as Ctrl-C: what is done is kept
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.default_int_handler)
        _prepare_streams()
        status = app(standalone_mode=False)
    except KeyboardInterrupt:
        say("Interrupted.")
        status = run.INTERRUPTED_STATUS
    except Exception as error:  # noqa: BLE001  (no traceback for a user)
        status = _explain(error)
    sys.exit(status if isinstance(status, int) else 0)


def _prepare_streams() -> None:
    """Replace closed streams by the null device; characters that an encoding lacks become question marks."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _explain(error: Exception) -> int:
    """Report an error that no command handled in one sentence; returns its exit status."""
    format_message = getattr(error, "format_message", None)
    if type(error).__name__ == "NoArgsIsHelpError" and format_message:
        sys.stdout.write(f"{format_message()}\n")
        return UsageError.exit_code
    if format_message:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else program()
        message = f"{format_message().rstrip('.')}. See `{command} --help`."
        code, status = UsageError.code, UsageError.exit_code
    elif isinstance(error, OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        message, code, status = f"Cannot write: {error.strerror}.", "write", DataError.exit_code
    else:
        import traceback

        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(where.filename)}:{where.lineno}"  # noqa: PTH119
        message = f"This is a bug in factorcli, please report it: {type(error).__name__} at {place}: {error}."
        code, status = "bug", DataError.exit_code
    say(message)
    if "--json" in sys.argv:
        from factorcli.results.batch import Failure

        words = tuple(word for word in sys.argv[1:3] if word.isalpha())
        name = SCHEMA_NAMES.get(words) or (words[0] if words else "usage")
        run.print_failure(f"factor.{name}/1", Failure(None, code, message))
    return status
