"""Help texts: what each command and option says of itself, against what the code does."""

import os
import re
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from factorcli.cli.app import app
from factorcli.cli.model import STATISTICS_HINT
from factorcli.config.settings import Settings
from factorcli.model.drift import MIN_SHIFT
from factorcli.model.frequency import DAILY, FREQUENCIES, MONTHLY, WEEKLY
from factorcli.model.specification import BASES, COVARIANCES, ESTIMATORS, HALF_LIFE, METHODS, Specification
from factorcli.model.windows import MIN_OBSERVATIONS
from factorcli.service.heatmap import SORTS
from tests.read.printed_tables import WIDTHS

pytestmark = pytest.mark.read

COMMANDS = {
    ("beta",): ("[TICKER...]", "Betas to market, value, momentum, size and volatility, with standard errors"),
    ("decompose",): ("[TICKER...]", "The share of a stock's variance that each factor explains."),
    ("stress",): ("[TICKER...]", "What a stock or portfolio would lose if the market fell, or lost in an episode"),
    ("screen",): ("", "The stocks of the computed heatmap that meet every condition."),
    ("peers",): ("[TICKER...]", "The stocks whose betas are most like those of a ticker, and whether they can be told"),
    ("hedge",): (
        "[TICKER...]",
        "What to buy or sell of some instruments so that a stock or a portfolio moves least.",
    ),
    ("whatif",): ("", "What trades change in a portfolio's betas, volatility and losses, and how sure that is."),
    ("compare",): ("[TICKER...]", "How the exposures of the first differ from those of each other, tickers before"),
    ("drift",): ("[TICKER...]", "Has the exposure changed? Betas of a window now and of one before, with the test"),
    ("report",): ("[TICKER...]", "Write a page about stocks, a portfolio or the universe, to send or print"),
    ("heatmap", "compute"): ("[TICKER]...", "an interrupted run continues where it stopped."),
    ("heatmap", "status"): ("", "how many stocks of each heatmap are computed, failed and pending."),
    ("heatmap", "show"): ("", "Show the computed heatmap of a window, by sector or sorted."),
    ("heatmap", "dates"): ("", "List the days whose heatmap is kept, of any window or of some."),
    ("heatmap", "export"): ("", "Write every kept heatmap to one file, a row a day, window and stock."),
    ("serve",): ("", "Serve the same answers as JSON over HTTP, until Ctrl-C or SIGTERM."),
    ("universe", "list"): ("", "List the stocks of the universe, now or on a past day."),
    ("universe", "search"): (
        "TEXT",
        "Find stocks by ticker, name or ISIN, and the proxies and tickers of a folder of prices.",
    ),
    ("universe", "import"): (
        "FILE",
        "Replace the universe by an index list of NSE, such as ind_nifty500list.csv, or add a",
    ),
    ("model", "show"): ("", "Show the factors, their proxies and the price gate's limits."),
    ("cache", "info"): ("", "Show the cache: where it is, its rows, size and age"),
    ("cache", "clear"): ("", "Remove cached results and prices on this machine, or only the parts that options name."),
    ("cache", "schema"): ("", "Print the SQL that creates the tables of a shared cache"),
    ("doctor",): ("", "Check settings, universe, actions, source, each proxy, cache and Supabase"),
    ("check",): ("FILE...", "Show what files are taken for: format, dates, columns used and left, tickers, gaps"),
    ("guide",): ("[TOPIC]", "Read a guide, or list them"),
}
GROUPS = {
    ("heatmap",): ("Factor exposures of the whole universe.", ["compute", "status", "show", "dates", "export"]),
    ("universe",): ("The stocks of the universe, their names and sectors.", ["list", "search", "import"]),
    ("model",): ("The factor model: factors, proxies, limits, statistics.", ["show"]),
    ("cache",): ("The cache of prices and results.", ["info", "clear", "schema"]),
}
# What an option says wherever it is, but for the commands named below: its metavar and its words.
SHARED = {
    "--json": ("", "Print JSON in full precision."),
    "--csv": ("", "Print CSV in full precision."),
    "--output": ("FILE", "Write to FILE; its ending, .json, .csv or .txt, sets the format."),
    "--source": ("yahoo|demo|PATH", "Source of prices: yahoo, demo (synthetic), or a folder or file."),
    "--model": ("NAME|FILE", "Factor model: a built-in name or a TOML file."),
    "--refresh": ("", "Fetch prices and compute again, whatever is cached."),
    "--no-cache": ("", "Neither read nor write cached results."),
    "--basis": ("raw|spread|residual", "Factors: raw returns, styles minus market, or residuals on the market."),
    "--cov": (
        "hac|hc1|nonrobust",
        "Standard errors: Newey-West (hac), White (hc1) or classical (nonrobust).",
    ),
    "--as-of": ("DATE", "Last day of the window, such as 2025-09-17."),
    "--estimator": (
        "ols|ewma|dimson|vasicek",
        "Least squares (ols), exponential weights (ewma), lead-lag betas (dimson) or shrinkage (vasicek).",
    ),
    "--half-life": ("DAYS", "Half-life of the ewma weights in sessions; default 63."),
    "--frequency": (
        "daily|weekly|monthly",
        "Returns of days, weeks or months; default daily, or as far apart as the prices are.",
    ),
    "--window": (
        "DAYS",
        "Window in trading days, weeks or months, 30 or more; default 252 days, 104 weeks or 60 months.",
    ),
    "--portfolio": (
        "FILE|FOLDER",
        "Add a portfolio, repeatable: a broker's file, or ticker and weight or quantity; a folder of such files.",
    ),
    "--fill": (
        "sector",
        "Use the mean return of its sector before the first price of a holding, from prices at hand.",
    ),
    "--drop-missing": ("", "Leave out stocks of the portfolio that cannot be priced, and say their share."),
    "--benchmark": (
        "TICKER|FILE",
        "Compare with a ticker such as ^NSEI, or with a file of holdings: active betas and tracking error.",
    ),
    "--trade": (
        "TICKER=±N%",
        "A trade in per cent of the value (RELIANCE=-5%), or in shares (TCS=+10sh), repeatable; cash is the "
        "counterpart.",
    ),
    "--rolling": ("", "Add the estimates of each window of a rolling path."),
    "--diagnostics": ("", "Add residual tests and the most influential days."),
    "--intervals": ("", "Add 95 % block-bootstrap intervals of R² and variance shares."),
    "--method": ("euler|lmg", "Variance shares: Euler (β × covariance) or Shapley (LMG)."),
    "--sector": ("NAME", "Only this sector; the beginning of its name is enough."),
    "--members": (
        "dated|current",
        "Members of the universe on that day (dated; default with --as-of, --every) or now (current).",
    ),
    "--all": ("", "All stocks of the universe."),
    "--every": ("week|month", "Compute the last session of each finished week or month from --from to --to."),
    "--from": ("DATE", "First day of --every, such as 2023-09-01."),
    "--to": ("DATE", "Last day of --every; default the last session."),
    "--force": ("", "Recompute what is cached, from stored prices."),
    "--workers": ("N", "Processes that fit; default the cores, or none for a heatmap that is done sooner without."),
    "--executor": ("dask://HOST:PORT", "Fit on a Dask cluster: its scheduler's address."),
    "--failed": ("", "List each failure with its reason."),
    "--sort": ("FACTOR", "Sort by a factor's code, market, down, r_squared, alpha or ticker."),
    "--top": ("N", "Show only the first N stocks."),
    "--host": ("ADDRESS", "Address to listen on; default HOST or 127.0.0.1."),
    "--port": ("PORT", "Port to listen on, 0 for a free one; default PORT or 8000."),
    "--reload": ("", "Restart when the code changes."),
    "--prices": ("", "Remove the prices on this machine."),
    "--results": ("", "Remove the results on this machine."),
    "--remote": ("", "Remove the results in the shared cache."),
    "--yes": ("", "Confirm the removal; required with --remote."),
    "--shift": (
        "DAYS",
        "Trading days, weeks or months between the ends of the two windows, 21 or more; default 252 days, 104 weeks or "
        "60 months.",
    ),
    "--since": ("DATE", "Instead of --shift: the day on which the earlier window ends."),
    "--exit-code": ("", "End with status 1 where something has drifted (joint q-value below 5 %)."),
    "--universe": ("", "Report on every stock of the computed heatmap."),
    "--picture": ("NAME", "Which picture; .html has all, the others the first."),
    "--width": ("PX", "Width of a picture in px; default 760."),
    "--scale": ("N", "Pixels of a .png for each px of its width; default 2."),
    "--shock": ("CODE=MOVE", "A factor and its move, such as MKT=-10%; repeatable."),
    "--others": (
        "conditional|zero",
        "What the other factors do: their mean given the shocks (conditional, default), or nothing (zero).",
    ),
    "--horizon": ("N", "Sessions in which the shock happens, with --frequency weeks or months; default 21, 4 or 1."),
    "--episode": (
        "NAME|FROM:TO",
        "What was lost in an episode such as covid-2020 or 2022-02-24:2022-03-07; repeatable.",
    ),
    "--list": ("", "List the episodes that have a name."),
    "--help": ("", "Show this message and exit."),
}
PORTFOLIOS = (
    "FILE|FOLDER",
    "Add a portfolio, repeatable: a broker's file, or ticker and weight or quantity; a folder of such files.",
)
MODEL_WINDOW = ("DAYS", "Add factor statistics and proxy health over this many trading days, 30 or more.")
HEATMAP_WINDOW = (
    "DAYS",
    "Window in trading days, weeks or months, repeatable; default 126, 252 and 504 days.",
)
KEPT_WINDOW = ("DAYS", "Only this window, repeatable; default every one that is kept.")
OWN = {
    (("model", "show"), "--window"): MODEL_WINDOW,
    (("model", "show"), "--as-of"): ("DATE", "Last day of that window, such as 2025-09-17."),
    (("universe", "list"), "--as-of"): ("DATE", "The members on this day, such as 2024-03-28."),
    (("universe", "import"), "--as-of"): ("DATE", "Add FILE as the members on this day, and keep the universe."),
    (("heatmap", "compute"), "--window"): HEATMAP_WINDOW,
    (("heatmap", "status"), "--window"): HEATMAP_WINDOW,
    (("heatmap", "dates"), "--window"): KEPT_WINDOW,
    (("heatmap", "export"), "--window"): KEPT_WINDOW,
    (("heatmap", "export"), "--output"): ("FILE", "Write to FILE; its ending, .parquet or .csv, sets the format."),
    (("heatmap", "export"), "--json"): ("", "Print JSON of what was written."),
}
PICTURE_OUTPUT = ("FILE", "Write to FILE as its ending says: .json, .csv, .txt, or a picture: .svg, .png, .pdf, .html.")
OWN |= {
    (words, "--output"): PICTURE_OUTPUT
    for words in (("beta",), ("decompose",), ("heatmap", "show"), ("model", "show"), ("screen",))
}
OWN |= {
    (("screen",), "--where"): (
        "CONDITION",
        "A condition, repeatable: 'SZ > 1', 'SZ.q < 0.05', 'alpha > 5%', 'sector = Power'. Columns: the factors' "
        "codes, CODE.t, CODE.q, market, down, r_squared, alpha, observations, sector, ticker, name.",
    ),
    (("screen",), "--sort"): ("COLUMN", "Sort by a column: the largest first, of q-values the smallest."),
    (("peers",), "--all"): ("", "The peers of every stock of the heatmap."),
    (("peers",), "--top"): ("N", "How many peers of each ticker; default 10."),
    (("peers",), "--sector"): ("NAME", "Only peers of this sector; the beginning of its name is enough."),
}
OWN |= {(words, "--output"): PICTURE_OUTPUT for words in (("stress",), ("compare",), ("drift",))}
OWN[("whatif",), "--to"] = ("FILE", "The holdings afterwards, as in --portfolio.")
OWN[("drift",), "--all"] = ("", "All stocks of the universe whose prices are at hand, the surest first.")
OWN[("report",), "--output"] = (
    "FILE|FOLDER",
    "Write to FILE, .html or .json, or a page for each stock and portfolio to an existing FOLDER.",
)
OWN |= {
    (("hedge",), "--with"): ("TICKER", "An instrument to hedge with, such as ^NSEI; repeatable."),
    (("hedge",), "--lots"): (
        "FILE",
        "Whole contracts only: a file with ticker, lot, price (empty: the last close) and short (yes or no).",
    ),
    (("hedge",), "--value"): ("AMOUNT", "What a position is worth, if its file has no quantities."),
}
OUTPUT = ["--json", "--csv", "--output"]
PICTURES = [*OUTPUT, "--picture", "--width", "--scale"]
DATA = ["--source", "--model", "--refresh", "--no-cache"]
REGRESSION = ["--basis", "--cov", "--estimator", "--frequency", "--half-life"]
ESTIMATION = [*REGRESSION, "--as-of"]
LEAST_SQUARES = ["--basis", "--cov", "--frequency", "--as-of"]
HELD = ["--portfolio", "--drop-missing", "--fill"]
COMPUTING = [*DATA, *ESTIMATION, "--workers", "--executor", *OUTPUT]
OPTIONS = {
    ("beta",): [
        "--window",
        "--portfolio",
        "--drop-missing",
        "--fill",
        "--benchmark",
        "--rolling",
        "--diagnostics",
        "--intervals",
        *DATA,
        *ESTIMATION,
        *PICTURES,
    ],
    ("decompose",): [
        "--window",
        "--portfolio",
        "--drop-missing",
        "--fill",
        "--benchmark",
        "--method",
        "--intervals",
        *DATA,
        *ESTIMATION,
        *PICTURES,
    ],
    ("stress",): [
        *(
            "--window",
            "--portfolio",
            "--drop-missing",
            "--fill",
            "--shock",
            "--others",
            "--horizon",
            "--episode",
            "--list",
        ),
        *(*DATA, "--basis", "--cov", "--frequency", "--as-of", *PICTURES),
    ],
    ("screen",): [
        "--where",
        "--window",
        "--sector",
        "--members",
        "--sort",
        "--top",
        *DATA,
        *ESTIMATION,
        *PICTURES,
    ],
    ("peers",): ["--all", "--window", "--top", "--sector", "--frequency", "--as-of", *DATA[:2], *OUTPUT],
    ("hedge",): [
        "--with",
        "--lots",
        "--value",
        "--window",
        "--portfolio",
        "--drop-missing",
        "--fill",
        *DATA,
        *LEAST_SQUARES,
        *OUTPUT,
    ],
    ("whatif",): [
        "--portfolio",
        "--to",
        "--trade",
        "--benchmark",
        "--window",
        "--drop-missing",
        "--fill",
        *DATA,
        *LEAST_SQUARES,
        *OUTPUT,
    ],
    ("compare",): ["--window", *HELD, *DATA, *LEAST_SQUARES, *PICTURES],
    ("drift",): ["--all", "--window", *HELD, "--shift", "--since", "--exit-code", *DATA, *LEAST_SQUARES, *PICTURES],
    ("report",): [
        "--window",
        "--portfolio",
        "--drop-missing",
        "--fill",
        "--universe",
        "--method",
        "--intervals",
        *DATA,
        *ESTIMATION,
        *OUTPUT,
    ],
    ("heatmap", "compute"): [
        "--all",
        "--sector",
        "--members",
        "--window",
        "--force",
        "--every",
        "--from",
        "--to",
        *COMPUTING,
    ],
    ("heatmap", "dates"): ["--members", "--window", *DATA, *REGRESSION, *OUTPUT],
    ("heatmap", "export"): ["--output", "--members", "--window", "--json", *DATA, *REGRESSION],
    ("heatmap", "status"): ["--members", "--window", "--failed", *DATA, *ESTIMATION, *OUTPUT],
    ("heatmap", "show"): ["--window", "--sector", "--members", "--sort", "--top", *DATA, *ESTIMATION, *PICTURES],
    ("serve",): ["--host", "--port", "--reload", *DATA[:2]],
    ("universe", "list"): ["--sector", "--as-of", *OUTPUT],
    ("universe", "search"): [*DATA[:2], *OUTPUT],
    ("universe", "import"): ["--as-of", *OUTPUT],
    ("model", "show"): ["--window", "--as-of", *DATA, *PICTURES],
    ("cache", "info"): OUTPUT,
    ("cache", "clear"): ["--prices", "--results", "--remote", "--yes", *OUTPUT],
    ("cache", "schema"): [],
    ("doctor",): [*DATA, *OUTPUT],
    ("check",): OUTPUT,
    ("guide",): [],
}


def _help(*words: str, width: int = 80) -> str:
    """What `factor WORDS --help` prints in a terminal of this width; it succeeds."""
    with mock.patch.dict(os.environ, {"COLUMNS": str(width), "TERMINAL_WIDTH": str(width)}):
        done = CliRunner().invoke(app, [*words, "--help"], prog_name="factor")
    assert done.exit_code == 0, done.output
    return str(done.output)


def _joined(text: str) -> str:
    return " ".join(text.split())


def _leaves(command: Any = None, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    command = command or get_command(app)
    if not hasattr(command, "commands"):
        yield words, command
        return
    for name, child in command.commands.items():
        yield from _leaves(child, (*words, name))


def _said(text: str) -> dict[str, tuple[str, str]]:
    """Of a help text: long option → metavar and sentence, with its default."""
    body = text.partition("\nOptions:\n")[2]
    found: dict[str, tuple[str, str]] = {}
    for entry in re.split(r"\n(?=  -)", f"\n{body}")[1:]:
        match = re.match(r"\s*(?:-\w, )?(--[\w-]+)(?: (\S+))?(?:\s{2,}|\n\s+)(.*)", entry, re.S)
        assert match, entry
        found[match[1]] = (match[2] or "", _joined(match[3]))
    return found


def test_every_command_is_described() -> None:
    """No command and no option is without an expectation here."""
    assert {words for words, _ in _leaves()} == set(COMMANDS) == set(OPTIONS)


@pytest.mark.parametrize("words", list(COMMANDS), ids=" ".join)
def test_a_help_text_says_how_it_is_typed_what_it_does_and_each_option(words: tuple[str, ...]) -> None:
    """Usage, a sentence, and each option with its metavar and what it does, in order."""
    arguments, sentence = COMMANDS[words]
    text = _help(*words)
    usage = f"Usage: factor {' '.join(words)} [OPTIONS] {arguments}".rstrip()
    # Some versions of click put braces around an argument that is required.
    assert text.splitlines()[0].translate({ord("{"): None, ord("}"): None}) == usage
    assert sentence in _joined(text.partition("\n")[2])
    said = _said(text)
    assert list(said) == [*OPTIONS[words], "--help"]
    for option, (metavar, what) in said.items():
        expected = OWN.get((words, option)) or SHARED[option]
        assert (option, metavar) == (option, expected[0])
        assert re.sub(r" \[.*\]$", "", what) == expected[1], option


DEFAULTS = {
    "--basis": Specification().basis,
    "--cov": Specification().covariance,
    "--estimator": Specification().estimator,
    "--method": Specification().method,
}


@pytest.mark.parametrize("words", list(COMMANDS), ids=" ".join)
def test_a_default_that_is_shown_is_the_one_of_the_code(words: tuple[str, ...]) -> None:
    """`[default: …]` equals the specification's; no other option shows one."""
    for option, (_, what) in _said(_help(*words)).items():
        shown = re.search(r"\[default: (.*?)\]", what)
        expected = None if (words, option) in OWN else DEFAULTS.get(option)
        assert (option, shown[1] if shown else None) == (option, expected)


@pytest.mark.parametrize(
    ("option", "known"),
    [
        ("--basis", BASES),
        ("--cov", COVARIANCES),
        ("--method", METHODS),
        ("--estimator", ESTIMATORS),
        ("--frequency", tuple(FREQUENCIES)),
    ],
)
def test_the_choices_named_are_those_that_the_code_takes(option: str, known: tuple[str, ...]) -> None:
    """The metavar lists them; each is explained where its name alone says too little."""
    metavar, what = _said(_help("decompose" if option == "--method" else "beta"))[option]
    assert tuple(metavar.split("|")) == known
    if option in ("--cov", "--estimator"):
        assert re.findall(r"\((\w+)\)", what) == list(known)


def test_numbers_in_help_texts_are_those_of_the_code() -> None:
    """Half-life, least window, windows of a heatmap, sorts, host and port."""
    said = {words: _said(_help(*words)) for words in OPTIONS}
    assert said["beta",]["--half-life"][1].endswith(f"default {HALF_LIFE:g}.")
    assert f", {MIN_OBSERVATIONS} or more" in said["beta",]["--window"][1]
    assert f", {MIN_OBSERVATIONS} or more" in said["model", "show"]["--window"][1]
    default = f"default {DAILY.window} days, {WEEKLY.window} weeks or {MONTHLY.window} months."
    for words in (("beta",), ("decompose",), ("heatmap", "show")):
        assert said[words]["--window"][1].endswith(default)
    assert said["drift",]["--shift"][1].endswith(f"{MIN_SHIFT} or more; {default}")
    first, second, third = DAILY.windows
    for words in (("heatmap", "compute"), ("heatmap", "status")):
        assert said[words]["--window"][1].endswith(f"default {first}, {second} and {third} days.")
    for name in SORTS:
        assert re.search(rf"\b{name}\b", said["heatmap", "show"]["--sort"][1])
    assert said["serve",]["--host"][1].endswith(f" {Settings().host}.")
    assert f" {Settings().port}." in said["serve",]["--port"][1]
    assert said["serve",]["--port"][1].endswith("[0<=x<=65535]")
    assert said["heatmap", "show"]["--top"][1].endswith("[x>=1]")
    assert STATISTICS_HINT == "--window 252 adds the statistics of the factors and the health of their proxies."


@pytest.mark.parametrize(
    ("words", "argument"),
    [
        (("beta",), "TICKER... Tickers such as RELIANCE.NS, RELIANCE or ^NSEI."),
        (("decompose",), "TICKER... Tickers such as RELIANCE.NS, RELIANCE or ^NSEI."),
        (("heatmap", "compute"), "[TICKER]... Stocks of the universe, such as RELIANCE.NS or RELIANCE."),
        (("universe", "search"), "TEXT Part of a ticker or name, or an ISIN."),
        (("universe", "import"), "FILE Index list of NSE, as downloaded."),
    ],
)
def test_an_argument_says_what_it_takes(words: tuple[str, ...], argument: str) -> None:
    """Below `Arguments`, by its metavar."""
    arguments = _help(*words).partition("Arguments:")[2].partition("Options:")[0]
    assert _joined(arguments).removesuffix(" [required]") == argument


@pytest.mark.parametrize("words", list(GROUPS), ids=" ".join)
def test_a_group_lists_its_commands(words: tuple[str, ...]) -> None:
    """In order, each with the beginning of its sentence."""
    sentence, names = GROUPS[words]
    text = _help(*words)
    assert text.splitlines()[0] == f"Usage: factor {' '.join(words)} [OPTIONS] COMMAND [ARGS]..."
    assert _joined(text.partition("\n")[2]).startswith(sentence)
    listed = text.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == names
    assert all(len(line.split()) > 2 for line in listed)


def test_the_program_lists_everything() -> None:
    """Its sentence, its version and each command."""
    text = _help()
    assert text.startswith("Usage: factor [OPTIONS] COMMAND [ARGS]...\n")
    assert "Factor exposures of Indian stocks: market, value, momentum, size and volatility." in _joined(text)
    listed = [line.split()[0] for line in text.partition("Commands:\n")[2].splitlines()]
    assert set(listed) == {words[0] for words in COMMANDS}
    assert _said(text.partition("Commands:")[0])["--version"] == ("", "Show the version and exit.")


@pytest.mark.parametrize("width", WIDTHS)
def test_help_is_complete_at_every_width(width: int) -> None:
    """The same words, wrapped where there is room, never cut."""
    for words in (("beta",), ("cache", "clear")):
        text = _help(*words, width=width)
        assert _joined(text) == _joined(_help(*words))
        assert max(len(line) for line in text.splitlines()) <= max(width, 80)
