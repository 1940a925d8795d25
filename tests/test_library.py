"""The Python library: `from factorcli import Factor`."""

import csv
import doctest
import html
import importlib
import inspect
import io
import json
import logging
import math
import os
import pickle
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import factorcli
from factorcli import Factor, errors
from factorcli.cli.app import app
from factorcli.config.keywords import TYPES, SettingKeywords
from factorcli.render.answers import batch_of
from factorcli.results.batch import Batch, Failure
from factorcli.results.warnings import ResultWarning
from tests.conftest import NOW
from tests.markets import market, write_wide

PUBLIC = [
    "Alpha", "Answer", "Batch", "BetaResult", "Change", "Chart", "CompareResult", "DataError", "Decomposition",
    "DriftResult", "Episode", "EpisodeResult", "Estimate", "Factor", "FactorBeta", "FactorError", "Failure",
    "Heatmap", "HeatmapNotComputed", "HeatmapStatus", "HeatmapStock", "HedgeInstrument", "HedgeResult",
    "HoldingShare", "InsufficientHistory", "InvalidPortfolio", "InvalidSetting", "MarketModel", "ModelResult",
    "Peer", "PeersResult", "Portfolio", "RateLimited", "ReportPage", "ResultWarning", "Screen", "StockInfo",
    "StressResult", "UnknownTicker", "UpstreamError", "UsageError", "WhatIf", "__version__",
]  # fmt: skip
CLASSES = [name for name in PUBLIC if name != "__version__"]
GUIDE = Path(factorcli.__file__).parent / "guides" / "library.md"
DEMO = ("--source", "demo")


@pytest.fixture
def demo() -> Factor:
    """The demo market at a fixed time, nothing of it on disk."""
    return Factor(source="demo", now=NOW, cache=False)


def test_public_names_are_these() -> None:
    """`__all__` is sorted and complete, and each name of it is there."""
    assert factorcli.__all__ == PUBLIC == sorted(PUBLIC)
    assert set(PUBLIC) <= set(dir(factorcli))
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", factorcli.__version__)
    for name in CLASSES:
        assert getattr(factorcli, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Fcator'"):
        _ = factorcli.Fcator  # type: ignore[attr-defined]


def _callables() -> list[Any]:
    """The public classes, and the public methods that they define or inherit from a class of ours."""
    found: dict[str, Any] = {}
    for name in CLASSES:
        kind = getattr(factorcli, name)
        found[name] = kind
        for attribute in dir(kind):
            method = inspect.unwrap(getattr(kind, attribute))
            if not attribute.startswith("_") and inspect.isroutine(method) and _is_ours(method):
                found[method.__qualname__] = method
    return [pytest.param(value, id=key) for key, value in found.items()]


def _is_ours(method: Any) -> bool:
    return (getattr(method, "__module__", None) or "").startswith("factorcli")


@pytest.mark.parametrize("public", _callables())
def test_every_public_callable_has_an_example_that_runs(
    public: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its docstring has a block Examples, which does what it shows; methods use the `factor` of the class Factor."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("FACTOR_", "SUPABASE_", "RISK_FREE_")):
            monkeypatch.delenv(name)
    said = inspect.getdoc(public) or ""
    assert "Examples:\n" in said
    known = {"Factor": Factor, "factor": Factor(source="demo", now=NOW, cache=False)}
    example = doctest.DocTestParser().get_doctest(said, known, public.__qualname__, None, 0)
    assert example.examples
    problems = io.StringIO()
    assert doctest.DocTestRunner().run(example, out=problems.write).failed == 0, problems.getvalue()


IMPORT = """
import os, sys, zoneinfo  # which reads PYTHONTZPATH itself

class Guarded(dict):
    def refuse(self, *names):
        raise AssertionError(f"the environment was read: {names}")
    __getitem__ = get = __contains__ = __iter__ = keys = items = values = copy = refuse

os.environ = Guarded()
os.getenv = os.environ.refuse
before = set(sys.modules)
import factorcli
assert "Factor" in factorcli.__all__ and "Factor" in dir(factorcli)
print(*set(sys.modules) - before)
from factorcli import Factor, FactorError
print(*sys.modules)
"""


def test_importing_the_library_loads_nothing_and_reads_no_environment() -> None:
    """The package alone is one module; Factor itself needs neither numpy nor pandas nor a command line."""
    done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)
    package, face = (set(line.split()) for line in done.stdout.splitlines())
    assert {name for name in package if name.startswith("factorcli")} == {"factorcli"}
    assert "factorcli.api" in face
    heavy = {"numpy", "scipy", "pandas", "typer", "rich", "diskcache", "dotenv", "platformdirs", "factorcli.cli"}
    assert not heavy & (package | face)


def test_the_command_does_not_load_the_library() -> None:
    """Which would cost every command its time."""
    code = "import sys, factorcli.cli.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"factorcli.api", "factorcli.render.answers"} & set(done.stdout.split())


SCRIPT = """
from datetime import date
from pathlib import Path

import factorcli
from factorcli import Batch, BetaResult, Factor, FactorBeta, FactorError, StockInfo, UnknownTicker

factor = Factor(source=Path("prices"), model="india-5f", cache=False, cache_ttl_hours=2)
result: BetaResult = factor.beta("RELIANCE", window=252, as_of=date(2026, 11, 20), rolling=True)
market: FactorBeta = result.betas["MKT"]
number: float = market.beta + result.r_squared + result.market_model.beta + result.alpha.annual
codes: list[str] = [warning.code for warning in result.warnings]
if result.rolling is not None:
    path: tuple[float, ...] = result.rolling.betas["MKT"]
batch: Batch[BetaResult] = factor.betas(["TCS", "INFY"], basis="spread")
every: list[float] = [one.betas["MKT"].beta for one in batch]
failed: list[str] = [failure.message for failure in batch.failures]
share: float = factor.decompose("TCS", method="lmg").contributions["MKT"]
book = factor.portfolio({"RELIANCE": 0.5, "TCS": 0.5})
held = book.beta(window=126).portfolio
weights: list[float] = [holding.weight for holding in held.holdings] if held else []
pairs = factor.portfolio([("TCS", 10), ("INFY", 5)], by="quantity").decompose(intervals=True)


def shown(done: int, failed: int, total: int) -> None:
    print(done, failed, total)


percent: float = factor.compute_heatmap(windows=[252], progress=shown)[0].percent
betas: dict[str, float] = factor.heatmap(sort="market").stocks[0].betas
stocks: list[StockInfo] = list(factor.search("tata"))
document: dict[str, object] = batch.to_dict()
frame = batch.to_frame()
try:
    Factor.from_env(source="demo").model(252)
except UnknownTicker as error:
    text: str = str(error)
except FactorError as error:
    text = error.code

factor.beta("TCS", windo=126)  # type: ignore[call-arg]
factor.beta("TCS", rolling=True).beta  # type: ignore[attr-defined]
factor.decompose("TCS", rolling=True)  # type: ignore[call-arg]
Factor(sourc="demo")  # type: ignore[call-arg]
Factor(yahoo_rate="fast")  # type: ignore[arg-type]
result.r_squared = 1.0  # type: ignore[misc]
factorcli.Fcator  # type: ignore[attr-defined]
"""


def test_a_users_script_passes_strict_types(tmp_path: Path) -> None:
    """And each mistake in it is seen: strict types report an `ignore` that is not needed."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(tmp_path), script.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Success"), done.stdout + done.stderr
    assert (Path(factorcli.__file__).parent / "py.typed").is_file()


HOLDINGS = "ticker,weight\nRELIANCE,0.5\nTCS.NS,0.3\nCASH,0.2\n"


FOOTNOTES: dict[tuple[str, ...], str] = {}


def _answers(factor: Factor, kept: Factor, folder: Path) -> dict[tuple[str, ...], Any]:
    """What the library says where a command says the same; of a heatmap, what is kept."""
    (folder / "book.csv").write_text(HOLDINGS, encoding="utf-8")
    book = factor.portfolio(folder / "book.csv")
    return {
        ("beta", "TCS"): factor.beta("TCS"),
        ("beta", "TCS", "NOSUCH", "INFY", "--window", "126"): factor.betas(["TCS", "NOSUCH", "INFY"], window=126),
        ("beta", "TCS", "--rolling"): factor.beta("TCS", rolling=True),
        ("beta", "INFY", "--diagnostics", "--intervals", "--cov", "hc1"): factor.beta(
            "INFY", diagnostics=True, intervals=True, cov="hc1"
        ),
        ("beta", "TCS", "--estimator", "ewma", "--half-life", "42", "--as-of", "2026-10-01"): factor.beta(
            "TCS", estimator="ewma", half_life=42, as_of="2026-10-01"
        ),
        ("decompose", "TCS", "INFY", "--basis", "spread"): factor.decompositions(["TCS", "INFY"], basis="spread"),
        ("decompose", "TCS", "--method", "lmg"): factor.decompose("TCS", method="lmg"),
        ("beta", "--portfolio", "book.csv"): book.beta(),
        ("decompose", "--portfolio", "book.csv", "--window", "504"): book.decompose(window="504D"),
        ("heatmap", "status"): kept.heatmap_status(),
        ("heatmap", "show", "--sort", "market"): kept.heatmap(sort="market"),
        ("heatmap", "show"): kept.heatmap(),
        ("screen", "--where", "market > 0", "--sort", "SZ.q"): kept.screen("market > 0", sort="SZ.q"),
        ("peers", "TCS", "--top", "5"): kept.peers("TCS", top=5),
        ("model", "show", "--window", "252"): factor.model(252),
        ("universe", "search", "tata"): factor.search("tata"),
        ("universe", "list", "--sector", "Healthcare"): factor.universe("health"),
    }


def test_answers_are_those_of_the_commands(
    home: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """to_dict is the JSON, to_frame has the columns and values of the CSV, and str is the table."""
    monkeypatch.chdir(home)

    def printed(*words: str) -> str:
        return CliRunner(env=environment).invoke(app, words).stdout

    assert printed("heatmap", "compute", "TCS", "INFY", "--window", "252", *DEMO)
    library = Factor(source="demo", now=NOW, cache_dir=home / "library")
    library.compute_heatmap(["TCS", "INFY"], windows=[252])
    fresh = Factor(source="demo", now=NOW, cache_dir=home / "library", refresh=True)
    for words, answer in _answers(fresh, library, home).items():
        own = () if words[0] == "universe" else DEMO
        kept = ("--no-cache",) if words[0] in ("beta", "decompose") else ()
        document = json.loads(printed(*words, *own, *kept, "--json"))
        single = not isinstance(answer, factorcli.Batch)
        assert _plain(answer.to_dict()) == (document["results"][0] if single else document), words
        _assert_same(answer.to_frame(), list(csv.DictReader(io.StringIO(printed(*words, *own, *kept, "--csv")))))
        assert printed(*words, *own, *kept).removesuffix(FOOTNOTES.get(words, "")) == str(answer), words


def _plain(value: Any) -> Any:
    """Through JSON, which has no tuples."""
    return json.loads(json.dumps(value, allow_nan=False))


def _assert_same(frame: pd.DataFrame, rows: list[dict[str, str]]) -> None:
    """A frame has the columns, in their order, and the values of a CSV."""
    assert list(frame.columns) == (list(rows[0]) if rows else [])
    assert len(frame) == len(rows)
    for name in frame.columns:
        for value, text in zip(frame[name], (row[name] for row in rows), strict=True):
            if text == "":
                assert pd.isna(value) or value == "", name
            elif isinstance(value, pd.Timestamp):
                assert value.date().isoformat() == text, name
            elif isinstance(value, str | bool):
                assert str(value) == text, name
            else:
                assert value == float(text), name


def test_a_frame_has_numbers_and_days(demo: Factor) -> None:
    """A ticker without a name, and a lag that there is none of, are NaN; days can be computed with."""
    frame = demo.betas(["TCS", "^NSEI"], cov="hc1").to_frame()
    assert frame["betas.MKT.beta"].dtype == float
    assert frame["observations"].dtype == int
    assert frame["model.lags"].isna().all()
    assert pd.isna(frame["name"][1])
    assert frame["as_of"].dt.year.tolist() == [2026, 2026]
    assert demo.betas([]).to_frame().empty


def test_a_notebook_shows_a_table_whose_texts_are_escaped(tmp_path: Path) -> None:
    """A name from a universe is text, not HTML."""
    universe = tmp_path / "universe.csv"
    universe.write_text("ticker,name,sector,isin\nTCS.NS,<b>Tata & Sons</b>,IT,INE467B01029\n", encoding="utf-8")
    factor = Factor(source="demo", now=NOW, cache=False, universe=universe)
    shown = factor.beta("TCS")._repr_html_()
    assert "&lt;b&gt;Tata &amp; Sons&lt;/b&gt;" in shown
    many = factor.betas(["TCS", "^NSEI", "NV20BEES.NS", "MID150BEES.NS", "^INDIAVIX"])._repr_html_()
    assert ">&lt;b&gt;Tata &amp; Sons&lt;/b&gt;</td>" in many  # as a cell
    assert "<b>" not in shown + many
    rows = re.findall(r"<tr>(.*?)</tr>", shown)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]
    assert cells[0][:2] == ["factor", "beta"]
    by_factor = {row[0]: row for row in cells}
    beta = factor.beta("TCS").betas["MKT"].beta
    assert by_factor["MKT"][1] == f"{beta:.2f}".replace("-", "−")


def test_a_notebook_shows_what_failed(demo: Factor) -> None:
    """Below the table; `str` is the table alone, as the command prints it."""
    batch = demo.betas(["TCS", "NO<SUCH"])
    assert f"<p>NO&lt;SUCH: {html.escape(batch.failures[0].message)}</p>" in batch._repr_html_()
    assert batch._repr_html_().startswith(demo.beta("TCS")._repr_html_()[:40])
    assert "NO<SUCH" not in str(batch)


def test_days_of_a_frame_are_datetime64(demo: Factor) -> None:
    names = ("date", "start", "as_of", "data.last_date")
    path, plain = (demo.beta("TCS", rolling=rolling).to_frame() for rolling in (True, False))
    kinds = {name: kind.kind for frame in (path, plain) for name, kind in frame.dtypes.items()}
    assert [kinds[name] for name in names] == ["M"] * len(names)


def test_a_batch_keeps_notices_and_what_failed_for_all() -> None:
    """A failure of the whole request has no ticker."""
    notices = (ResultWarning("market_unavailable", "The market is not to be had."),)
    found = Batch[Any]((), (Failure(None, "upstream", "Nobody answers."),), 5, notices)
    batch = batch_of((), found, "factor.beta/1")
    assert (batch.notices, batch.exit_code) == (notices, 5)
    assert "<p>All: Nobody answers.</p>" in batch._repr_html_()


def test_answers_can_be_copied_and_pickled(demo: Factor) -> None:
    """As a pool of processes needs it."""
    batch = demo.betas(["TCS", "NOSUCH"], rolling=True)
    again = pickle.loads(pickle.dumps(batch))
    assert again.to_dict() == batch.to_dict()
    assert again[0].betas == batch[0].betas


def test_two_models_do_not_interfere(tmp_path: Path) -> None:
    """Two objects with one cache folder answer each by its own model, in whatever order they are asked."""
    first = Factor(source="demo", now=NOW, cache_dir=tmp_path)
    second = Factor(source="demo", now=NOW, cache_dir=tmp_path, risk_free_rate=0.01)
    rates = [one.beta("TCS").model.risk_free for one in (first, second, first, second)]
    assert [round(rate, 12) for rate in rates] == [0.065, 0.01, 0.065, 0.01]
    assert first.beta("TCS").alpha.annual != second.beta("TCS").alpha.annual
    assert first.beta("TCS").cache.hit == "disk"


def test_threads_share_one_factor(demo: Factor) -> None:
    """Questions at the same time have the answers that they have one after another."""
    tickers = [stock.ticker for stock in demo.universe()][:24]
    alone = Factor(source="demo", now=NOW, cache=False)
    expected = [alone.beta(ticker).betas["MKT"].beta for ticker in tickers]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda ticker: demo.beta(ticker).betas["MKT"].beta, tickers))
        again = list(pool.map(lambda ticker: demo.betas([ticker])[0].betas["MKT"].beta, tickers))
    assert found == again == expected


def test_questions_of_threads_do_not_overlap(demo: Factor) -> None:
    """Markets are not made for several threads: while one question opens its market, no other does."""
    inside, most, second = [0], [0], threading.Event()
    context = demo._context

    def opened() -> Any:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        if inside[0] > 1:
            second.set()
        second.wait(0.1)  # for another, which must not come
        inside[0] -= 1
        return context.open_market()

    demo._context = replace(context, open_market=opened)
    with ThreadPoolExecutor(2) as pool:
        assert [one.ticker for one in pool.map(demo.beta, ["TCS", "INFY"])] == ["TCS.NS", "INFY.NS"]
    assert most == [1]


def test_without_a_cache_no_file_is_written(tmp_path: Path) -> None:
    """And with one, it is where cache_dir says."""
    folder = tmp_path / "cache"
    Factor(source="demo", now=NOW, cache=False, cache_dir=folder).beta("TCS")
    assert not folder.exists()
    Factor(source="demo", now=NOW, cache_dir=folder).beta("TCS")
    assert folder.exists()


def test_a_cache_that_cannot_be_used_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """To the logger `factorcli`, with the answer there; nothing is printed."""
    folder = tmp_path / "cache"
    folder.write_text("a file", encoding="utf-8")
    with caplog.at_level(logging.WARNING, "factorcli"):
        assert Factor(source="demo", now=NOW, cache_dir=folder).beta("TCS").observations == 252
    assert str(folder) in caplog.text
    assert capfd.readouterr() == ("", "")


def test_the_environment_is_read_by_from_env_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Variables and `.env` of the working folder, under keywords."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FACTOR_SOURCE", "demo")
    monkeypatch.setenv("FACTOR_NOW", NOW)
    Path(".env").write_text("RISK_FREE_RATE=0.02\n", encoding="utf-8")
    assert repr(Factor(cache=False)) == "Factor(source='yahoo', model='india-5f')"
    factor = Factor.from_env(cache=False)
    assert repr(factor) == "Factor(source='demo', model='india-5f')"
    assert factor.model().risk_free == 0.02
    assert factor.beta("TCS").as_of == date(2026, 11, 20)
    assert Factor.from_env(cache=False, risk_free_rate=0.03).model().risk_free == 0.03


def test_keywords_are_those_that_are_typed() -> None:
    """What a type checker allows is what is checked."""
    assert set(SettingKeywords.__annotations__) == set(TYPES)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"sourc": "demo"}, "sourc is not a setting: it can be source, model"),
        ({"port": 80}, "port is not a setting"),
        ({"source": 5}, "source is 5, but must be yahoo, demo or a path"),
        ({"source": " "}, "source is empty"),
        ({"now": "noon"}, "now is 'noon', but must be an ISO time"),
        ({"yahoo_rate": "fast"}, "yahoo_rate is 'fast', but must be a number above 0"),
        ({"yahoo_rate": -1.0}, "yahoo_rate is '-1.0', but must be a number above 0"),
        ({"yahoo_burst": True}, "yahoo_burst is True, but must be a whole number"),
        ({"cache_ttl_hours": math.nan}, "cache_ttl_hours is 'nan', but must be a number of hours above 0"),
        ({"risk_free_rate": "none.csv"}, "none.csv"),
        ({"supabase_key": 12345}, "supabase_key is what was given, but must be a text"),
    ],
)
def test_a_wrong_setting_is_an_invalid_setting(settings: dict[str, Any], says: str) -> None:
    """One sentence that names the keyword and its value, but for a key."""
    with pytest.raises(errors.InvalidSetting, match=re.escape(says)):
        Factor(**settings)


def test_wrong_source_model_and_flag() -> None:
    """Each is the error of its kind when the object is made, or when it is first asked."""
    with pytest.raises(errors.SourceNotFound):
        Factor(source="nowhere")
    with pytest.raises(errors.InvalidModel):
        Factor(source="demo", model="nowhere.toml")
    with pytest.raises(errors.InvalidOption, match="cache is 'no', but must be True or False"):
        Factor(source="demo", cache="no")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ask", "kind", "says"),
    [
        (lambda f: f.beta("NOSUCH"), errors.UnknownTicker, "NOSUCH"),
        (lambda f: f.decompose("NOSUCH"), errors.UnknownTicker, "NOSUCH"),
        (lambda f: f.beta(5), errors.InvalidTicker, "5 is not a ticker"),
        (lambda f: f.beta(" "), errors.UsageError, "empty"),
        (lambda f: f.betas("TCS"), errors.InvalidTicker, "'TCS' is not a list of tickers"),
        (lambda f: f.betas([math.nan]), errors.InvalidTicker, "nan is not a ticker"),
        (lambda f: f.beta("TCS", windo=5), errors.InvalidOption, "windo is not a keyword of this question"),
        (lambda f: f.decompose("TCS", rolling=True), errors.InvalidOption, "rolling is not a keyword"),
        (lambda f: f.beta("TCS", window=12), errors.InvalidWindow, "12"),
        (lambda f: f.beta("TCS", window=252.5), errors.InvalidWindow, "252.5"),
        (lambda f: f.beta("TCS", window=True), errors.InvalidWindow, "window is True"),
        (lambda f: f.beta("TCS", window=5000), errors.InsufficientHistory, "5000"),
        (lambda f: f.beta("TCS", as_of=20261120), errors.InvalidDate, "as_of is 20261120"),
        (lambda f: f.beta("TCS", as_of=date(2027, 1, 1)), errors.InvalidDate, "2027-01-01 is in the future"),
        (lambda f: f.beta("TCS", rolling=1), errors.InvalidOption, "rolling is 1, but must be True or False"),
        (lambda f: f.beta("TCS", cov=None), errors.InvalidOption, "cov None is not known"),
        (lambda f: f.beta("TCS", estimator="ewma", half_life="x"), errors.InvalidOption, "half_life is 'x'"),
        (lambda f: f.heatmap(), errors.HeatmapNotComputed, "252"),
        (lambda f: f.heatmap(top=0), errors.InvalidOption, "top is 0"),
        (lambda f: f.heatmap(sort=1), errors.InvalidOption, "sort is 1, but must be a text"),
        (lambda f: f.compute_heatmap(["NOSUCH"]), errors.UnknownTicker, "NOSUCH"),
        (lambda f: f.compute_heatmap(windows=252), errors.InvalidWindow, "windows is 252"),
        (lambda f: f.universe("Nothing"), errors.InvalidOption, "Nothing"),
        (lambda f: f.universe(5), errors.InvalidOption, "sector is 5, but must be a text"),
        (lambda f: f.search(""), errors.InvalidOption, "text is ''"),
        (lambda f: f.portfolio("nowhere.csv"), errors.InvalidPortfolio, "nowhere.csv"),
        (lambda f: f.portfolio({}), errors.InvalidPortfolio, "holds no stock"),
        (lambda f: f.portfolio(5), errors.InvalidPortfolio, "holdings is 5"),
        (lambda f: f.portfolio(["TCS"]), errors.InvalidPortfolio, "portfolio, line 1 is 'TCS'"),
        (lambda f: f.portfolio({"TCS": "much"}), errors.InvalidPortfolio, "'much' is not a weight of TCS"),
        (lambda f: f.portfolio({"TCS": 1}, by="value"), errors.InvalidPortfolio, "by is 'value'"),
        (lambda f: f.portfolio({"NOSUCH": 1}).beta(), errors.FactorError, "NOSUCH"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_or_answered_is_one_error(demo: Factor, ask: Any, kind: type, says: str) -> None:
    """Of its kind, with the value in its sentence."""
    with pytest.raises(kind, match=re.escape(says)):
        ask(demo)


def test_a_malformed_folder_of_prices_is_one_error(tmp_path: Path) -> None:
    """Raised for one ticker and for many: nothing can be answered from it."""
    (tmp_path / "prices.csv").write_text("Date,^NSEI,TCS.NS\n2026-01-01,1,2\nno date,3,4\n", encoding="utf-8")
    factor = Factor(source=tmp_path, now=NOW, cache=False)
    for ask in (lambda: factor.beta("TCS"), lambda: factor.betas(["TCS", "INFY"])):
        with pytest.raises(errors.MalformedPrices, match=r"prices\.csv"):
            ask()


def test_failures_of_a_batch_can_be_raised(demo: Factor) -> None:
    """The first as the error that it is, the others as its notes."""
    batch = demo.betas(["TCS", "NOSUCH", "NONE"])
    assert [(failure.ticker, failure.code) for failure in batch.failures] == [
        ("NOSUCH", "unknown_ticker"), ("NONE", "unknown_ticker"),
    ]  # fmt: skip
    with pytest.raises(errors.UnknownTicker, match="NOSUCH") as raised:
        batch.raise_failures()
    assert raised.value.__notes__ == [f"NONE: {batch.failures[1].message}"]
    demo.betas(["TCS"]).raise_failures()


def test_a_portfolio_is_the_same_however_its_holdings_are_given(demo: Factor, tmp_path: Path) -> None:
    """A file, a dictionary, a Series and pairs; and quantities at their prices."""
    (tmp_path / "holdings").write_text(HOLDINGS, encoding="utf-8")
    weights = {"RELIANCE": 0.5, "TCS.NS": 0.3, "CASH": 0.2}
    ways: list[Any] = [tmp_path / "holdings", weights, pd.Series(weights), list(weights.items())]
    found = [demo.portfolio(way, name="holdings").beta().to_dict() for way in ways]
    assert all(one == found[0] for one in found)
    assert found[0]["portfolio"]["cash"] == pytest.approx(0.2)
    held = demo.portfolio([("TCS", 10), ("INFY", 25)], by="quantity").beta().portfolio
    assert held is not None
    assert [holding.quantity for holding in held.holdings] == [10, 25]
    assert sum(holding.weight for holding in held.holdings) == pytest.approx(1)


def test_a_factor_sees_prices_that_are_replaced(tmp_path: Path) -> None:
    """One that lives long does not answer from what it has read before."""
    prices = market(300)
    factor = Factor(source=write_wide(tmp_path / "prices.csv", prices), now=NOW, cache=False)
    before, again = (factor.beta("S0.NS").betas["MKT"].beta for _ in range(2))
    write_wide(tmp_path / "prices.csv", {**prices, "S0.NS": prices["S1.NS"], "S4.NS": prices["S2.NS"]})
    assert before == again
    assert factor.beta("S0.NS").betas["MKT"].beta == factor.beta("S1.NS").betas["MKT"].beta != before
    assert factor.beta("S4.NS").betas["MKT"].beta == factor.beta("S2.NS").betas["MKT"].beta


def test_progress_is_told(demo: Factor) -> None:
    """From none to all of the fits, and a heatmap can then be shown."""
    told: list[tuple[int, int, int]] = []
    demo.compute_heatmap(["TCS", "INFY"], windows=[126, 252], progress=lambda *numbers: told.append(numbers))
    assert told == [(0, 0, 4), (4, 0, 4)]
    assert [stock.ticker for stock in demo.heatmap(window=126).stocks] == ["INFY.NS", "TCS.NS"]


def test_days_can_be_dates_texts_and_timestamps(demo: Factor) -> None:
    """All three mean the same day."""
    days: list[Any] = [date(2026, 10, 1), "2026-10-01", datetime(2026, 10, 1, 12), pd.Timestamp("2026-10-01")]
    assert {demo.beta("TCS", as_of=day).as_of for day in days} == {date(2026, 10, 1)}


def test_the_guides_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its blocks of Python, in order, in one namespace."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", {})
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S)
    assert len(blocks) >= 5
    known: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, str(GUIDE), "exec"), known)
    assert len(known["table"]) == 10


def test_every_error_has_the_class_of_its_code() -> None:
    """What a failure is raised as."""
    from factorcli.render.answers import ERRORS  # noqa: PLC0415  (an inner table)

    assert ERRORS["rate_limited"] is errors.RateLimited
    assert all(kind.code == code for code, kind in ERRORS.items())
    importlib.import_module("factorcli.api")
