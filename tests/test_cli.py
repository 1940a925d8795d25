"""The command line as a user meets it: contracts, exit statuses, sentences instead of tracebacks."""

import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Run, command
from tests.markets import market, weekdays, write_wide

pytestmark = pytest.mark.cli

ESTIMATE = {"std_error", "t_stat", "p_value", "ci_low", "ci_high"}
BETA = {
    "ticker", "name", "sector", "window", "as_of", "start", "observations", "degrees_of_freedom", "alpha", "betas",
    "r_squared", "adj_r_squared", "volatility", "residual_volatility", "condition_number", "market_model", "style_test",
    "model", "data", "cache", "warnings",
}  # fmt: skip
DECOMPOSITION = {
    "ticker", "name", "sector", "window", "as_of", "observations", "method", "r_squared", "volatility", "systematic",
    "idiosyncratic", "contributions", "volatility_points", "standalone_volatility", "value_at_risk", "historical",
    "expected_shortfall", "attribution", "model", "data", "cache", "warnings",
}  # fmt: skip
CODES = ["MKT", "VAL", "MOM", "SZ", "VOL"]


def test_a_beta_result_has_exactly_the_keys_of_the_contract(factor: Run) -> None:
    """Every key, none more, nested ones included; a failure has its three."""
    document = factor("beta", "TCS", "NOSUCH", "--source", "demo", "--json").document
    assert list(document) == ["schema", "results", "errors"]
    assert document["schema"] == "factor.beta/1"
    (result,) = document["results"]
    assert set(result) == BETA
    assert set(result["alpha"]) == {"daily", "annual", "annual_net", *ESTIMATE}
    assert list(result["betas"]) == CODES
    assert all(set(b) == {"beta", "vif", "factor_volatility", *ESTIMATE} for b in result["betas"].values())
    market = result["market_model"]
    assert set(market) == {"beta", "alpha_annual", "r_squared", "up", "down", "asymmetry", *ESTIMATE}
    assert all(set(market[name]) == {"estimate", *ESTIMATE} for name in ("up", "down", "asymmetry"))
    assert set(result["style_test"]) == {"f_stat", "p_value", "numerator", "denominator", "covariance"}
    assert set(result["model"]) == {"id", "basis", "covariance", "lags", "risk_free", "proxies"}
    assert set(result["data"]) == {"source", "last_date", "sessions", "missing", "excluded", "corrected"}
    assert set(result["cache"]) == {"hit", "computed_at", "stale"}
    (error,) = document["errors"]
    assert set(error) == {"ticker", "code", "message"}
    assert result["window"] == 252


def test_a_decomposition_has_exactly_the_keys_of_the_contract(factor: Run) -> None:
    """And its shares, points and totals agree with each other."""
    for method in ("euler", "lmg"):
        answer = factor("decompose", "TCS", "INFY", "--source", "demo", "--json", "--method", method)
        assert answer.document["schema"] == "factor.decompose/1"
        for result in answer.results:
            assert set(result) == DECOMPOSITION
            assert list(result["contributions"]) == CODES
            assert list(result["volatility_points"]) == [*CODES, "idiosyncratic"]
            shares = sum(result["contributions"].values())
            assert shares + result["idiosyncratic"] == pytest.approx(1, abs=1e-12)
            assert shares == pytest.approx(result["r_squared"], abs=1e-12)
            assert sum(result["volatility_points"].values()) == pytest.approx(result["volatility"], abs=1e-12)


def test_a_rolling_path_ends_in_the_single_fit(factor: Run, tmp_path: Path) -> None:
    """Dates, nulls where the window is too thin, and the last values equal to the result itself."""
    prices = market()
    prices["S0.NS"][120:160] = float("nan")
    source = str(write_wide(tmp_path / "p.csv", prices))
    (result,) = factor("beta", "S0.NS", "-w", "126", "--rolling", "--json", "--source", source).results
    path = result["rolling"]
    assert set(path) == {
        "dates", "alpha", "betas", "r_squared", "residual_volatility", "alpha_low", "alpha_high", "betas_low",
        "betas_high",
    }  # fmt: skip
    assert path["dates"][-1] == result["as_of"]
    assert len(path["dates"]) == 299 - 126 + 1 == len(path["alpha"]) == len(path["betas"]["VOL"])
    assert path["r_squared"][-1] == pytest.approx(result["r_squared"], rel=1e-9)
    assert path["betas"]["MKT"][-1] == pytest.approx(result["betas"]["MKT"]["beta"], rel=1e-9)
    thin = [value is None for value in path["r_squared"]]
    assert any(thin)
    assert thin == [value is None for value in path["betas"]["SZ"]]
    as_of = path["dates"][20]
    earlier = factor("beta", "S0.NS", "-w", "126", "--json", "--source", source, "--as-of", as_of)
    if path["alpha"][20] is None:
        assert earlier.codes in (["insufficient_history"], ["stale_series"])
    else:
        assert path["alpha"][20] == pytest.approx(earlier.results[0]["alpha"]["daily"], rel=1e-9)


def test_csv_and_json_hold_the_same_numbers(factor: Run) -> None:
    """Full precision in both, a row a ticker; with --rolling a row a ticker and date."""
    ask = ("beta", "TCS", "INFY", "--source", "demo")
    rows = list(csv.DictReader(io.StringIO(factor(*ask, "--csv").out)))
    results = factor(*ask, "--json").results
    for row, result in zip(rows, results, strict=True):
        assert row["ticker"] == result["ticker"]
        assert float(row["betas.MKT.beta"]) == result["betas"]["MKT"]["beta"]
        assert float(row["alpha.annual"]) == result["alpha"]["annual"]
        assert row["model.proxies.MKT"] == "^NSEI"
    path = list(csv.DictReader(io.StringIO(factor(*ask, "--csv", "--rolling").out)))
    rolling = factor(*ask, "--json", "--rolling").results[1]["rolling"]
    assert float(path[-1]["betas.VOL"]) == rolling["betas"]["VOL"][-1]
    assert len(path) == 2 * len(rolling["dates"])


def test_output_goes_to_a_file_whose_name_tells_the_form(factor: Run, home: Path) -> None:
    """.json and .csv name the form, anything else is the table; stdout stays empty."""
    ask = ("beta", "TCS", "--source", "demo", "--no-cache")
    for name in ("a.json", "a.csv", "a.txt"):
        answer = factor(*ask, "--output", name)
        assert (answer.status, answer.out) == (0, "")
    assert json.loads((home / "a.json").read_text()) == factor(*ask, "--json").document
    assert (home / "a.csv").read_text() == factor(*ask, "--csv").out
    assert (home / "a.txt").read_text() == factor(*ask).out
    for bad in ("absent/a.json", ".", "a.xlsx", "a", "a.gif"):
        refused = factor(*ask, "--output", bad)
        assert (refused.status, refused.err.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("--window", "5"), 2, "'5'"),
        (("--window", "abc"), 2, "'abc'"),
        (("--window", "9999"), 4, "9999"),
        (("--as-of", "yesterday"), 2, "yesterday"),
        (("--as-of", "2031-01-01"), 2, "future"),
        (("--as-of", "1999-01-01"), 4, "1999-01-01"),
        (("--basis", "sideways"), 2, "sideways"),
        (("--cov", "hc9"), 2, "hc9"),
        (("--json", "--csv"), 2, "choose one"),
        (("--source", "nowhere"), 2, "nowhere"),
        (("--nonsense",), 2, "nonsense"),
    ],
)
def test_bad_input_gets_one_sentence(factor: Run, arguments: tuple[str, ...], status: int, said: str) -> None:
    """The value, what to do, the status of the contract; never a traceback."""
    source = () if "--source" in arguments else ("--source", "demo")
    answer = factor("beta", "TCS", *source, *arguments)
    assert answer.status == status, answer.err
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert answer.out == "" or "--json" in arguments


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CACHE_TTL_HOURS", "0"), ("CACHE_TTL_HOURS", "-1"), ("CACHE_TTL_HOURS", "a day"), ("CACHE_TTL_HOURS", "1e300"),
        ("PORT", "http"),
        ("YAHOO_RATE", "0"), ("YAHOO_BURST", "2.5"), ("YAHOO_WORKERS", "0"), ("FACTOR_WORKERS", "all"),
        ("FACTOR_EXECUTOR", "ray://a:1"), ("LOG_LEVEL", "LOUD"),
        ("FACTOR_NOW", "noon"), ("RISK_FREE_RATE", "6.5"), ("RISK_FREE_RATE", "nothing"), ("FACTOR_MODEL", "x"),
        ("FACTOR_UNIVERSE", "absent.csv"),
    ],
)  # fmt: skip
def test_a_bad_setting_is_named(factor: Run, name: str, value: str) -> None:
    """Variable and value in one sentence; status 2."""
    answer = factor("beta", "TCS", "--source", "demo", **{name: value})
    assert answer.status == 2, answer.err
    assert answer.err.count("\n") == 1
    assert value in answer.err


def test_env_file_and_options_have_their_order(factor: Run, home: Path) -> None:
    """.env is read; the environment wins over it, an option over both."""
    (home / ".env").write_text("FACTOR_SOURCE=nowhere\nRISK_FREE_RATE=0.03\n")
    assert factor("beta", "TCS").status == 2
    (result,) = factor("beta", "TCS", "--json", FACTOR_SOURCE="demo").results
    assert result["model"]["risk_free"] == 0.03
    assert factor("beta", "TCS", "--source", "demo").status == 0


def test_json_errors_are_on_both_streams(factor: Run) -> None:
    """A run that fails whole still prints a document; its error has no ticker."""
    answer = factor("beta", "TCS", "--source", "nowhere", "--json")
    assert answer.status == 2
    assert answer.document["results"] == []
    assert answer.document["errors"][0]["ticker"] is None
    assert answer.codes == ["source_not_found"]


def test_the_default_source_is_yahoo_and_one_sentence_says_that_it_is_out_of_reach(installed: Run) -> None:
    """Behind a proxy that does not answer: status 5, one line for Yahoo, and what works without it."""
    answer = installed("beta", "TCS")
    assert (answer.status, answer.out, answer.err.count("\n")) == (5, "", 1)
    assert all(word in answer.err for word in ("Yahoo", "--source demo"))


def test_a_piped_table_is_plain_and_complete(factor: Run) -> None:
    """No colour, no truncation, no trailing blanks; signs and stars without colour."""
    answer = factor("beta", "TCS", "--source", "demo", FORCE_COLOR="")
    assert "\x1b" not in answer.out
    assert "…" not in answer.out
    assert not any(line != line.rstrip() for line in answer.out.splitlines())
    for part in (
        "market β (one factor)",
        "MKT",
        "+",
        "***",
        "Newey–West",
        "india-5f",
        "2026-11-20",
        "synthetic_prices",
    ):
        assert part in answer.out
    many = factor("beta", "TCS", "INFY", "RELIANCE", "HDFCBANK", "--source", "demo")
    assert "Tata Consultancy Services Ltd." in many.out


@pytest.mark.installed
def test_a_terminal_gets_colour_unless_no_color(environment: dict[str, str], home: Path) -> None:
    """A real pseudo-terminal, 100 columns: colour codes by default, none with NO_COLOR."""
    for extra, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        main, side = pty.openpty()
        run = subprocess.Popen(
            [command(), "beta", "TCS", "--source", "demo"],
            stdout=side, cwd=home, env={**environment, "TERM": "xterm-256color", **extra},
        )  # fmt: skip
        os.close(side)
        shown = b""
        while True:
            try:
                piece = os.read(main, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        os.close(main)
        assert run.wait(60) == 0
        assert (b"\x1b[32m" in shown or b"\x1b[31m" in shown) is coloured
        assert "market β (one factor)" in shown.decode()


@pytest.mark.installed
def test_a_closed_pipe_is_no_traceback(environment: dict[str, str], home: Path) -> None:
    """`| head -1` ends quietly."""
    line = f"{command()} universe list --json | head -1"
    done = subprocess.run(
        ["bash", "-c", line], cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.startswith('{"schema"')
    assert done.stderr == ""


@pytest.mark.installed
def test_ctrl_c_while_modules_are_imported_is_a_word_too() -> None:
    """Status 130 and one line, without a traceback."""
    code = (
        "import runpy, sys\n"
        "class Hasty:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'factorcli.cli.app':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Hasty())\n"
        "runpy.run_module('factorcli', run_name='__main__', alter_sys=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "factorcli: Interrupted.\n")


@pytest.mark.slow  # without coverage, whose own lock a signal can leave held
def test_ctrl_c_ends_with_130_and_a_word(environment: dict[str, str], home: Path, tmp_path: Path) -> None:
    """SIGINT in the middle of reading prices: one line, status 130."""
    fifo = tmp_path / "slow.csv"
    os.mkfifo(fifo)
    run = subprocess.Popen(
        [command(), "beta", "TCS", "--source", str(fifo)],
        cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  (a background shell ignores it)
    )  # fmt: skip
    deadline, writer = time.monotonic() + 60, None
    while writer is None:
        assert time.monotonic() < deadline
        try:
            writer = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)  # possible once factor reads
        except OSError:
            time.sleep(0.05)
    time.sleep(0.2)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=30)
    os.close(writer)
    assert (run.returncode, out) == (130, "")
    assert err == "factor: Interrupted; what was done is kept.\n"


def test_as_of_moves_the_window(factor: Run, tmp_path: Path) -> None:
    """--as-of is the last day used; a weekend means the Friday before."""
    source = str(write_wide(tmp_path / "p.csv", market()))
    friday = str(weekdays(300)[-6])
    for day in (friday, "2026-11-14", "2026-11-15"):
        (result,) = factor("beta", "S0.NS", "-w", "126", "--json", "--source", source, "--as-of", day).results
        assert result["as_of"] == friday == "2026-11-13"


def test_version_and_help_answer(factor: Run) -> None:
    """Every command has a help text with its options."""
    assert factor("--version").out.startswith("factor 0.")
    for words in ((), ("beta",), ("decompose",), ("universe", "list"), ("universe", "import"), ("model", "show")):
        answer = factor(*words, "--help")
        assert answer.status == 0
        assert "Usage: factor" in answer.out
