"""What goes to stderr: progress, warnings, errors, hints."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer

from factorcli.cli import app as cli
from factorcli.cli import heatmap, messages, run
from factorcli.cli.hints import HINTS, explained, hint, to_compute_heatmap
from factorcli.cli.options import Data, Estimation, Output
from factorcli.errors import InvalidOption, MissingTables, UnknownTicker, UsageError
from factorcli.model.frequency import OF_PRICES
from factorcli.model.specification import Specification
from factorcli.results.batch import Batch, Failure
from factorcli.results.universe import StockInfo
from factorcli.results.warnings import ResultWarning
from tests.read.records_heatmaps import STATUSES

pytestmark = pytest.mark.read


class Stream(io.StringIO):
    """A stream that is a terminal or not, with an encoding."""

    def __init__(self, *, terminal: bool = True, encoding: str = "utf-8") -> None:
        super().__init__()
        self._terminal, self._encoding = terminal, encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What it can show."""
        return self._encoding

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._terminal


class Clock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the progress line."""
    clock = Clock()
    monkeypatch.setattr(messages.time, "monotonic", clock)
    return clock


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Stream]:
    """Put a stream in place of stderr."""

    def put(**more: Any) -> Stream:
        stream = Stream(**more)
        monkeypatch.setattr(messages.sys, "stderr", stream)
        monkeypatch.setattr(run.sys, "argv", ["factor"])
        return stream

    return put


def test_the_progress_line_says_how_many_failed_how_fast_and_how_long(
    clock: Clock, stderr: Callable[..., Stream]
) -> None:
    """Done of total, failures, done a second, and what is left at that rate."""
    shown = stderr()
    progress = messages.Progress("Fitting:")
    clock.now += 4.0
    progress(1200, 34, 4500)
    assert shown.getvalue() == "\rFitting: 1,200 of 4,500 · 34 failed · 300/s · 11 s left"


def test_the_time_left_is_the_callers_where_it_knows(clock: Clock, stderr: Callable[..., Stream]) -> None:
    """As a throttled run does."""
    shown = stderr()
    progress = messages.Progress("Prices:")
    clock.now += 8.0
    progress(20, 1, 50, 97.4)
    assert shown.getvalue() == "\rPrices: 20 of 50 · 1 failed · 2/s · 97 s left"


def test_a_shorter_line_covers_the_longer_one_before(clock: Clock, stderr: Callable[..., Stream]) -> None:
    """By blanks, as at the end, when the line goes."""
    shown = stderr()
    progress = messages.Progress("Fitting:")
    clock.now += 2.0
    progress(10, 1234, 20_000, 12345.0)
    clock.now += 0.2
    progress(12, 0, 20, 3.0)
    first, second = shown.getvalue().split("\r")[1:]
    assert first == "Fitting: 10 of 20,000 · 1,234 failed · 5/s · 12345 s left"
    assert second == "Fitting: 12 of 20 · 0 failed · 5/s · 3 s left".ljust(len(first))
    shown.truncate(0)
    shown.seek(0)
    progress(20, 0, 20)
    assert shown.getvalue() == f"\r{' ' * len(second.rstrip())}\r"
    progress.clear()
    assert shown.getvalue() == f"\r{' ' * len(second.rstrip())}\r"


def test_the_line_comes_after_a_second_and_ten_times_a_second(clock: Clock, stderr: Callable[..., Stream]) -> None:
    """A short run shows nothing; nor does one that has done nothing."""
    shown = stderr()
    progress = messages.Progress("Fitting:")
    for elapsed, done in ((0.99, 5), (1.5, 0), (2.0, 6), (2.09, 7), (2.11, 8)):
        clock.now = 1000.0 + elapsed
        progress(done, 0, 10)
    assert [line.split()[1] for line in shown.getvalue().split("\r")[1:]] == ["6", "8"]


def test_the_first_line_comes_at_one_second(clock: Clock, stderr: Callable[..., Stream]) -> None:
    """Not after it."""
    shown = stderr()
    progress = messages.Progress("Fitting:")
    clock.now += 1.0
    progress(1, 0, 3)
    assert shown.getvalue() == "\rFitting: 1 of 3 · 0 failed · 1/s · 2 s left"
    clock.now += 0.1
    progress(2, 0, 3)
    assert shown.getvalue().count("\r") == 2


def test_nothing_is_shown_where_stderr_is_no_terminal(clock: Clock, stderr: Callable[..., Stream]) -> None:
    """Logs stay free of it."""
    shown = stderr(terminal=False)
    progress = messages.Progress("Fitting:")
    clock.now += 5.0
    progress(5, 0, 10)
    progress(10, 0, 10)
    assert shown.getvalue() == ""


def test_characters_that_a_terminal_lacks_are_replaced(clock: Clock, stderr: Callable[..., Stream]) -> None:
    """· becomes | in ASCII, in the progress line and in messages."""
    shown = stderr(encoding="ascii")
    progress = messages.Progress("Fitting:")
    clock.now += 2.0
    progress(5, 2, 10)
    assert shown.getvalue() == "\rFitting: 5 of 10 | 2 failed | 2/s | 2 s left"
    messages.say("β −0.5 – R² ≤ 1")
    assert shown.getvalue().endswith("factor: beta -0.5 - R2 <= 1\n")


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("RELIANC.NS is not known.", "RELIANC.NS is not known."),
        ("one\ntwo\x1b[31m", "one\\ntwo\\x1b[31m"),
        ("β is −1 in “Größe”", "β is −1 in “Größe”"),
        ("x" * 2000, "x" * 2000),
        ("y" * 2001, "y" * 2000 + " …"),
    ],
)
def test_a_message_is_one_printable_line(message: str, line: str, stderr: Callable[..., Stream]) -> None:
    """After the program's name; control characters are escaped, what is too long is cut."""
    shown = stderr()
    messages.say(message)
    assert shown.getvalue() == f"factor: {line}\n"


def test_a_closed_stderr_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does none at all."""

    class Closed(Stream):
        def write(self, text: str) -> int:
            raise OSError("closed")

    for stream in (None, Closed()):
        monkeypatch.setattr(messages.sys, "stderr", stream)
        messages.say("Nobody reads this.")


def _answer(capsys: pytest.CaptureFixture[str], batch: Batch[Any], **more: Any) -> tuple[int, list[str], str]:
    """Exit status, lines of stderr and stdout of a command with this answer."""
    output = more.pop("output", Output())
    status = 0
    try:
        run.answer("factor.universe/1", output, lambda: batch, **more)
    except typer.Exit as left:
        status = left.exit_code
    shown = capsys.readouterr()
    lines = shown.err.splitlines()
    assert all(line.startswith("factor: ") for line in lines)
    return status, [line.removeprefix("factor: ") for line in lines], shown.out


@pytest.fixture(autouse=True)
def _called_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["factor"])


STOCK = StockInfo("AAA.NS", "Alpha", "Power", "INE001A01036")
FAILED = tuple(Failure(f"S{i}.NS", "no_prices", f"S{i}.NS has no price.") for i in range(4))


def test_warnings_come_before_failures_each_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A warning with its code, each failure once, with what to type where that helps; status 3."""
    failures = (*FAILED[:2], FAILED[0], Failure(None, "busy", "Another run is on."))
    batch = Batch((STOCK,), failures, 3, (ResultWarning("two_lists", "Both are old."),))
    status, lines, out = _answer(capsys, batch)
    assert (status, lines) == (
        3,
        [
            "two_lists: Both are old.",
            "S0.NS has no price.",
            "S1.NS has no price.",
            "Another run is on. `factor heatmap status` shows how far it is.",
        ],
    )
    assert out.startswith("ticker") and out.endswith("1 stock\n")


def test_more_than_three_failures_are_counted_where_a_command_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    """Three are written out; those of the whole question always."""
    listing = "heatmap status --failed"
    assert _answer(capsys, Batch((STOCK,), FAILED[:3], 3), failures=listing)[1] == [
        f"S{i}.NS has no price." for i in range(3)
    ]
    stopped = Failure(None, "rate_limited", "Yahoo refuses.")
    assert _answer(capsys, Batch((STOCK,), (*FAILED, stopped), 5), failures=listing)[:2] == (
        5,
        ["Yahoo refuses.", "5 failures; `factor heatmap status --failed` lists them."],
    )
    assert len(_answer(capsys, Batch((STOCK,), FAILED, 3))[1]) == 4


def test_an_error_is_one_sentence_and_an_entry_of_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Its exit status is the error's; a hint of the command comes before the general one."""

    def ask() -> Batch[Any]:
        raise UnknownTicker("demo has no ticker ZZZ.")

    for output, document in ((Output(), ""), (Output(json=True), "factor.beta/1")):
        with pytest.raises(typer.Exit) as left:
            run.answer("factor.beta/1", output, ask, hints={"unknown_ticker": lambda: "Search for it."})
        shown = capsys.readouterr()
        assert (left.value.exit_code, shown.err) == (4, "factor: demo has no ticker ZZZ. Search for it.\n")
        if document:
            assert json.loads(shown.out) == {
                "schema": document,
                "results": [],
                "errors": [{"ticker": None, "code": "unknown_ticker", "message": "demo has no ticker ZZZ."}],
            }
        else:
            assert shown.out == ""


def test_a_footnote_stands_below_the_table_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Not in JSON or CSV; nor where there is none."""
    note: Any = lambda _: "More with --window."  # noqa: E731
    assert _answer(capsys, Batch((STOCK,)), footnote=note)[2].splitlines()[-1] == "More with --window."
    assert _answer(capsys, Batch((STOCK,)), footnote=lambda _: None)[2].splitlines()[-1] == "1 stock"
    for output in (Output(json=True), Output(csv=True)):
        status, lines, out = _answer(capsys, Batch((STOCK,)), footnote=note, output=output)
        assert (status, lines) == (0, []) and "More" not in out
    assert out.splitlines() == ["ticker,name,sector,isin", "AAA.NS,Alpha,Power,INE001A01036"]


def test_an_interrupted_run_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Status 130."""

    def ask() -> Batch[Any]:
        raise KeyboardInterrupt

    with pytest.raises(typer.Exit) as left:
        run.answer("factor.beta/1", Output(), ask)
    assert (left.value.exit_code, capsys.readouterr().err) == (130, "factor: Interrupted; what was done is kept.\n")


def test_faulty_outputs_are_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Two formats, no name, a folder, no folder: each in a sentence, status 2."""
    nowhere = tmp_path / "no" / "x.json"
    for output, line in (
        (Output(json=True, csv=True), "--json and --csv are both given; choose one."),
        (Output(output=" "), "--output is empty; name a file."),
        (Output(output=str(tmp_path)), f"--output {tmp_path} is a folder; name a file."),
        (Output(output=str(nowhere)),
         f"--output {nowhere}: there is no folder {nowhere.parent}; create it first."),
    ):  # fmt: skip
        assert _answer(capsys, Batch((STOCK,)), output=output)[:2] == (2, [line])


@pytest.mark.parametrize(
    ("name", "flags", "first"),
    [
        ("x.json", {}, '{"schema": "factor.universe/1", "results": ['),
        ("x.JSON", {}, '{"schema": "factor.universe/1", "results": ['),
        ("x.csv", {}, "ticker,name,sector,isin"),
        ("x.csv", {"json": True}, '{"schema": "factor.universe/1", "results": ['),
        ("x.json", {"csv": True}, "ticker,name,sector,isin"),
        ("x.txt", {}, "ticker  name   sector  ISIN"),
    ],
)
def test_the_ending_of_a_file_sets_its_format(
    name: str, flags: dict[str, bool], first: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Unless an option does."""
    output = Output(output=str(tmp_path / name), **flags)
    assert _answer(capsys, Batch((STOCK,)), output=output) == (0, [], "")
    assert (tmp_path / name).read_text(encoding="utf-8").splitlines()[0] == first


def test_hints_name_the_command_to_type() -> None:
    """By code; others have none."""
    assert {code: hint(code) for code in HINTS} == {
        "missing_tables": "`factor cache schema` prints it.",
        "busy": "`factor heatmap status` shows how far it is.",
        "malformed_prices": "`factor check FILE` shows how a file is read.",
        "unreachable": "That is --source demo, or --source PATH; `factor doctor` checks the rest.",
    }
    assert hint("no_prices") is None
    assert (
        explained(MissingTables("There are no tables.", "Run the SQL."))
        == "There are no tables. Run the SQL. `factor cache schema` prints it."
    )
    assert explained(InvalidOption("It is odd.")) == "It is odd."


@pytest.mark.parametrize(
    ("window", "data", "estimation", "command"),
    [
        ("252D", Data(), Estimation(), "--window 252 --source demo"),
        ("126", Data(model="us 3f"), Estimation(basis="spread"),
         "--window 126 --source demo --model 'us 3f' --basis spread"),
        ("504", Data(), Estimation(cov="hc1", estimator="ewma", half_life=42.0, as_of="2026-01-02"),
         "--window 504 --source demo --cov hc1 --estimator ewma --half-life 42 --as-of 2026-01-02"),
        ("60", Data(), Estimation(estimator="vasicek"), "--window 60 --source demo"),
        ("60", Data(), Estimation(estimator="ewma", half_life=42.5),
         "--window 60 --source demo --estimator ewma --half-life 42.5"),
    ],
)  # fmt: skip
def test_the_command_that_computes_a_heatmap(window: str, data: Data, estimation: Estimation, command: str) -> None:
    """With the options that differ from their defaults; vasicek is of a heatmap by least squares."""
    assert to_compute_heatmap(window, data, estimation, "demo") == f"Run `factor heatmap compute --all {command}`."


def _main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[Any, str, str]:
    """Exit status, stderr and stdout of `factor WORDS`, run in this process."""
    monkeypatch.setattr("sys.argv", ["factor", *words])
    monkeypatch.setattr(sys.modules["__main__"], "__package__", None)  # started as a script, not by `python -m`
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as left:
        cli.main()
    shown = capsys.readouterr()
    return left.value.code, shown.err, shown.out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("beta", "--covv", "hac"), "No such option: --covv"),
        (("heatmap", "show", "--top", "0"), "Invalid value for '--top': 0 is not in the range x>=1"),
        (("universe", "search"), "Missing argument"),
        (("nothing",), "No such command 'nothing'"),
    ],
)
def test_a_usage_error_names_the_help_to_read(
    words: tuple[str, ...], line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, status 2."""
    status, err, out = _main(monkeypatch, capsys, *words)
    assert (status, out) == (2, "")
    assert err.startswith(f"factor: {line}") and err.count("\n") == 1
    command = " ".join(["factor", *(word for word in words if word.isalpha() and word not in ("hac", "nothing"))])
    assert err.endswith(f". See `{command} --help`.\n")


def test_a_bug_and_an_interruption_are_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bug with its place and status 4, and an entry of the JSON; Ctrl-C with status 130."""
    raised: list[BaseException] = [ZeroDivisionError("by 7"), KeyboardInterrupt()]

    def fail(**_: Any) -> None:
        raise raised.pop(0)

    monkeypatch.setattr(cli, "app", fail)
    status, err, out = _main(monkeypatch, capsys, "heatmap", "status", "--json")
    assert status == 4
    place = "ZeroDivisionError at test_read_progress.py:"
    assert err.startswith(f"factor: This is a bug in factorcli, please report it: {place}")
    assert err.endswith(": by 7.\n")
    document = json.loads(out)
    assert (document["schema"], document["errors"][0]["code"]) == ("factor.heatmap-status/1", "bug")
    assert _main(monkeypatch, capsys, "beta") == (130, "factor: Interrupted.\n", "")


def test_the_command_that_lists_failures_is_named_below_the_statuses() -> None:
    """Where there are any."""
    footnote = heatmap._about_failures(Data(), Estimation())
    said = footnote(Batch(STATUSES))
    assert said == "`factor heatmap status --failed` lists each failure with its reason."
    assert footnote(Batch((replace(STATUSES[0], failed=0),))) is None
    of_a_folder = heatmap._about_failures(Data(source="my prices", model="m.toml"), Estimation(frequency="weekly"))(
        Batch(STATUSES)
    )
    assert of_a_folder is not None
    assert of_a_folder.startswith(
        "`factor heatmap status --failed --source 'my prices' --model m.toml --frequency weekly` lists"
    )
    of_a_day = heatmap._about_failures(Data(), Estimation(as_of="2024-03-28"), "current")(Batch(STATUSES))
    assert of_a_day == (
        "`factor heatmap status --failed --as-of 2024-03-28 --members current` lists each failure with its reason."
    )


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: run.holdings(None, None),
         "No ticker is given: name one such as RELIANCE.NS, or give --portfolio FILE."),
        (lambda: run.specification("29", Estimation()),
         "'29' is not a window: write a whole number of trading days, weeks or months, 30 or more, such as 126, 252 or "
         "504 days."),
        (lambda: run.specification("252", Estimation(as_of="soon")), "'soon' is not a date: write it as 2025-09-17."),
        (lambda: run.specification("252", Estimation(cov="hc9")),
         "cov 'hc9' is not known: it can be hac, hc1, nonrobust."),
    ],
)  # fmt: skip
def test_faulty_options_are_named(call: Callable[[], Any], line: str) -> None:
    """With the value, and what it can be."""
    with pytest.raises(UsageError) as error:
        call()
    assert str(error.value) == line


def test_options_become_the_specification() -> None:
    """Each in its own place."""
    estimation = Estimation(basis="residual", cov="hc1", as_of="2026-01-02", estimator="ewma", half_life=42.0)
    assert run.specification("126D", estimation, intervals=True) == Specification(
        window=126, basis="residual", covariance="hc1", as_of=date(2026, 1, 2), estimator="ewma", half_life=42.0,
        intervals=True, frequency=OF_PRICES,
    )  # fmt: skip
    weekly = run.specification(None, Estimation(frequency="weekly"))
    assert (weekly, weekly.window) == (Specification(frequency="weekly"), 104)
