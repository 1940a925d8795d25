"""What commands share: settings, context, progress, messages on stderr, output and exit status."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from factorcli.cli.hints import explained, hint, to_compute_heatmap
from factorcli.cli.messages import Progress, say
from factorcli.cli.options import Data, Estimation, LeastSquares, Machines, Origin, Output, Regression
from factorcli.cli.output import Documents, check, write
from factorcli.cli.program import program
from factorcli.config.environment import load_settings
from factorcli.errors import FactorError, InvalidOption

if TYPE_CHECKING:
    from factorcli.config.settings import Settings
    from factorcli.model.specification import Specification
    from factorcli.portfolio.holdings import Holdings
    from factorcli.portfolio.request import Request, Unread
    from factorcli.results.batch import Batch, Failure
    from factorcli.service.context import Context

INTERRUPTED_STATUS = 130
SECTOR = "sector"  # what --fill can be
MAX_LISTED_FAILURES = 3  # more are counted, where a command lists them


def settings(data: Origin | None = None, machines: Machines | None = None) -> "Settings":
    """The settings, with the options of the command over the environment. Raises InvalidSetting."""
    options: dict[str, Any] = {"source": data.source, "model": data.model} if data else {}
    if machines:
        options |= vars(machines)
        if machines.workers and machines.executor is None:
            options["executor"] = ""  # the option counts more than FACTOR_EXECUTOR
    return load_settings(**options)


def context(data: Data, machines: Machines | None = None) -> "Context":
    """The context of these options; errors of its cache go to stderr. Raises FactorError."""
    from factorcli.compose import build_context

    progress = Progress("Prices:")
    return build_context(
        settings(data, machines),
        cached=not data.no_cache,
        refresh=data.refresh,
        warn=say,
        explain=explained,
        progress=progress,
    )


def specification(window: str | None, estimation: Regression | LeastSquares, **more: Any) -> "Specification":
    """The specification of these options, still without what depends on the prices' frequency. Raises UsageError."""
    from factorcli.model.frequency import OF_PRICES
    from factorcli.model.specification import Specification, parse_date
    from factorcli.model.windows import parse_window

    as_of: str | None = getattr(estimation, "as_of", None)
    if isinstance(estimation, Regression):
        more |= {"estimator": estimation.estimator, "half_life": estimation.half_life}
    return Specification(
        window=0 if window is None else parse_window(window),
        basis=estimation.basis,
        covariance=estimation.cov,
        as_of=None if as_of is None else parse_date(as_of),
        frequency=OF_PRICES if estimation.frequency is None else estimation.frequency,
        **more,
    )


def request(
    tickers: list[str] | None, portfolios: list[str] | None, *, drop_missing: bool = False, fill: str | None = None
) -> "Request":
    """What a command is about. Raises InvalidOption where it is about nothing, and InvalidPortfolio."""
    from factorcli.portfolio.request import Request

    _check_subjects(tickers, portfolios, drop_missing=drop_missing, fill=fill)
    return Request.of(tickers or (), portfolios or (), drop_missing=drop_missing, fill_sector=fill is not None)


def holdings(
    tickers: list[str] | None, portfolios: list[str] | None, *, drop_missing: bool = False, fill: str | None = None
) -> "Sequence[Holdings | Unread]":
    """The portfolios of a command; without any, no module of portfolios is loaded. Raises as `request`."""
    _check_subjects(tickers, portfolios, drop_missing=drop_missing, fill=fill)
    return request(None, portfolios, drop_missing=drop_missing, fill=fill).portfolios if portfolios else ()


def _check_subjects(
    tickers: list[str] | None, portfolios: list[str] | None, *, drop_missing: bool, fill: str | None
) -> None:
    """Raise InvalidOption for a command about nothing, and for options of portfolios without one."""
    if fill not in (None, SECTOR):
        raise InvalidOption(f"--fill is {fill!r}, but can only be {SECTOR}.")
    if not tickers and not portfolios:
        raise InvalidOption("No ticker is given: name one such as RELIANCE.NS, or give --portfolio FILE.")
    if not portfolios:
        for option, given in (("--drop-missing", drop_missing), ("--fill", fill is not None)):
            if given:
                raise InvalidOption(f"{option} is about a portfolio: give --portfolio FILE.")


def to_compute(window: str | None, data: Data, estimation: Estimation, members: str | None = None) -> str:
    """The command that computes the heatmap of these options, as a sentence."""
    return to_compute_heatmap(window, data, estimation, settings(data).source, members)


def answer(
    schema: str,
    output: Output,
    ask: "Callable[[], Batch[Any]]",
    *,
    view: str | None = None,
    failures: str | None = None,
    hints: Mapping[str, Callable[[], str]] | None = None,
    footnote: "Callable[[Batch[Any]], str | None] | None" = None,
    documents: Documents | None = None,
) -> None:
    """Call `ask`, write its answer as `output` says, and exit with its status.

    A FactorError becomes one sentence on stderr, and with --json also an entry of `errors`. `view` selects a form of
    the table; `failures` is the command that lists more than MAX_LISTED_FAILURES failures; `hints` are sentences
    that follow a failure, by its code; `footnote` is a line below the table; `documents` are further forms of a file,
    such as pictures.
    """
    try:
        check(output, documents)
        batch = _asked(ask)
        status = batch.exit_code
        for notice in batch.notices:
            say(str(notice))
        _say_failures(batch.failures, failures, hints or {})
        write(schema, batch, output, view=view, footnote=footnote, documents=documents)
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


def print_failure(schema: str, failure: "Failure") -> None:
    """Print the JSON document of a run that failed before its command."""
    from factorcli.render.json_csv import to_json
    from factorcli.results.batch import Batch

    sys.stdout.write(to_json(schema, Batch((), (failure,))))


def _asked(ask: "Callable[[], Batch[Any]]") -> "Batch[Any]":
    from factorcli.results.batch import Batch, Failure

    try:
        return ask()
    except FactorError as error:
        return Batch((), (Failure(None, error.code, str(error)),), error.exit_code)
