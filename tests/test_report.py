"""`factor report` and `Factor.report`: what is asked for, where it goes, and what it says when something fails."""

import html
import json
from datetime import date
from pathlib import Path

import pytest

from factorcli import Factor, HeatmapNotComputed, UnknownTicker
from factorcli.errors import InvalidOption, UpstreamError
from factorcli.model.frequency import OF_PRICES
from factorcli.model.specification import Specification
from factorcli.service import report as service
from factorcli.service.report import ReportService
from tests.conftest import NOW, Run
from tests.loaded import loaded_modules
from tests.read.pages import Document

pytestmark = pytest.mark.cli
DEMO = ("--source", "demo")
COMPARED = ("heatmap", "compute", "TCS", "INFY", "WIPRO", "HCLTECH", "TECHM", "--window", "252", *DEMO)


def test_a_page_goes_to_its_file_and_its_numbers_are_those_of_json(factor: Run, home: Path) -> None:
    """With a heatmap; the market beta of the page is that of `--json`, and of `factor beta`."""
    assert factor(*COMPARED).status == 0
    done = factor("report", "TCS", *DEMO, "-o", "tcs.html")
    assert (done.status, done.out, done.err) == (0, "", "")
    page = Document((home / "tcs.html").read_text(encoding="utf-8"))
    document = factor("report", "TCS", *DEMO, "--json").document
    (shown,) = document["results"]
    assert document["schema"] == "factor.report/1"
    assert shown["comparison"]["sector_stocks"] == 5
    assert shown["beta"]["rolling"]["dates"][-1] == shown["beta"]["as_of"]
    beta = factor("beta", "TCS", *DEMO, "--json").document["results"][0]["market_model"]["beta"]
    assert shown["beta"]["market_model"]["beta"] == beta
    assert page.table("Betas").rows["market β (one factor)"]["beta"] == f"{beta:+.2f}"
    factor("report", "TCS", *DEMO, "-o", "tcs.json")
    assert json.loads((home / "tcs.json").read_text(encoding="utf-8"))["results"][0]["kind"] == "stock"


def test_without_a_file_the_page_goes_to_a_pipe(factor: Run) -> None:
    """As UTF-8; without a heatmap stderr says which command computes one."""
    done = factor("report", "TCS", *DEMO)
    assert done.status == 0
    assert done.out.startswith("<!doctype html>") and "β" in done.out
    assert "`factor heatmap compute --all --window 252 --source demo`" in done.err


@pytest.mark.slow
def test_a_page_is_written_though_a_ticker_failed(factor: Run, home: Path) -> None:
    """Status 3, and the failure is on the page; with no result there is none, and 4."""
    done = factor("report", "TCS", "NOSUCH", *DEMO, "-o", "some.html")
    assert done.status == 3
    page = Document((home / "some.html").read_text(encoding="utf-8"))
    assert any(text.startswith("NOSUCH: demo has no ticker NOSUCH.") for text in page.of("li"))
    assert factor("report", "NOSUCH", *DEMO, "-o", "none.html").status == 4
    assert not (home / "none.html").exists()


@pytest.mark.slow
def test_a_folder_gets_a_page_for_each(factor: Run, home: Path) -> None:
    """Named by its ticker, of a portfolio by its file."""
    (home / "pages").mkdir()
    (home / "mine.csv").write_text("ticker,weight\nTCS,0.6\nCASH,0.4\n", encoding="utf-8")
    assert factor("report", "TCS", "^NSEI", "--portfolio", "mine.csv", *DEMO, "-o", "pages").status == 0
    assert sorted(path.name for path in (home / "pages").iterdir()) == ["TCS.NS.html", "_NSEI.html", "mine.html"]
    titles = [Document(path.read_text(encoding="utf-8")).of("h1") for path in sorted((home / "pages").iterdir())]
    assert titles == [["TCS.NS"], ["^NSEI"], ["Portfolio mine.csv"]]


def test_the_universe_has_a_page_once_its_heatmap_is_computed(factor: Run, home: Path) -> None:
    """Before, status 4 and the command; then the statistics of the factors over the heatmap's window, too."""
    done = factor("report", "--universe", *DEMO, "-o", "all.html")
    assert done.status == 4
    assert "`factor heatmap compute --all --window 252 --source demo`" in done.err
    assert factor(*COMPARED).status == 0
    assert factor("report", "--universe", *DEMO, "-o", "all.html").status == 0
    page = Document((home / "all.html").read_text(encoding="utf-8"))
    assert page.of("h1") == ["The universe: 5 stocks"]
    (shown,) = factor("report", "--universe", *DEMO, "--json").document["results"]
    assert list(shown) == ["kind", "comparison", "heatmap", "model"]
    assert shown["model"]["statistics"]["as_of"] == shown["heatmap"]["as_of"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Say what the report is about: tickers such as RELIANCE.NS, --portfolio or --universe."),
        (("TCS", "--universe"), "--universe is about all stocks: leave out the tickers and the portfolio."),
        (("--universe", "--drop-missing"), "--universe is about all stocks: leave out the tickers and the portfolio."),
        (("TCS", "--csv"), "A report is a page or JSON: name a file for it, such as -o report.html, or give --json."),
        (("TCS", "-o", "x.csv"), "--output x.csv must end in .json or .html."),
        (("--universe", "--intervals"), "--intervals and --method are about shares of risk, which --universe has not."),
        (("TCS", "-o", "x.png"), "--output x.png must end in .json or .html."),
        (("TCS", "--json", "-o", "."), "--output . is a folder; name a file."),
        (("TCS", "--drop-missing"), "--drop-missing is about a portfolio: give --portfolio FILE."),
        (("TCS", "--estimator", "vasicek"), "A decomposition needs the estimator ols, ewma or dimson"),
    ],
)
def test_what_cannot_be_a_report_is_refused_in_a_sentence(factor: Run, words: tuple[str, ...], said: str) -> None:
    """Status 2, before anything is computed."""
    done = factor("report", *words, *DEMO)
    assert done.status == 2
    assert done.err.startswith(f"factor: {said}") and done.err.count("\n") == 1


def test_an_estimator_without_a_path_has_a_page_without_one(factor: Run, home: Path) -> None:
    """And says so."""
    assert factor("report", "TCS", *DEMO, "--estimator", "ewma", "-o", "x.html").status == 0
    texts = Document((home / "x.html").read_text(encoding="utf-8")).of("p")
    assert "No path: it is estimated by ordinary least squares only." in texts


def test_a_cached_report_loads_no_numerical_library(factor: Run, environment: dict[str, str], home: Path) -> None:
    """Read from sys.modules after the page is made."""
    factor(*COMPARED)
    words = ["report", "TCS", *DEMO, "-o", "x.html"]
    factor(*words)
    loaded = loaded_modules(words, home, environment)
    assert {"vl_convert", "jinja2"} <= loaded
    assert not {"numpy", "scipy", "pandas", "statsmodels", "fastapi", "pydantic", "supabase"} & loaded


def test_a_past_day_is_of_its_members(factor: Run) -> None:
    """As `heatmap show` has them, with its notice."""
    of_day = ("--window", "252", "--as-of", "2024-03-28", *DEMO)
    factor("heatmap", "compute", "--all", *of_day)
    answer, shown = factor("report", "--universe", *of_day, "--json"), factor("heatmap", "show", *of_day, "--json")
    assert (answer.status, answer.err) == (0, shown.err)
    assert answer.results[0]["heatmap"] == shown.results[0]
    assert shown.results[0]["members_of"] == "2023-08-31"


def test_one_exposure_makes_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred tickers are one batch: one fit, and the heatmap is read once."""
    factor = Factor(source="demo", now=NOW, cache=False)
    fits, heatmaps = [], []
    context = factor._context
    monkeypatch.setattr(type(context), "fit", _counted(type(context).fit, fits))
    monkeypatch.setattr(
        "factorcli.service.heatmap.HeatmapService.show", _counted(service.HeatmapService.show, heatmaps)
    )
    found = ReportService(context).stocks(["TCS", "INFY", "WIPRO"], Specification(frequency=OF_PRICES))
    assert [one.beta.ticker for one in found.results if one.beta] == ["TCS.NS", "INFY.NS", "WIPRO.NS"]
    assert (len(fits), len(heatmaps)) == (1, 1)


def _counted(function, calls):
    def counted(*arguments, **options):
        calls.append(arguments)
        return function(*arguments, **options)

    return counted


def test_the_universe_without_prices_of_factors_has_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A heatmap from the cache, no statistics, and what failed; the status is that of a part."""
    factor = Factor(source="demo", now=NOW, cache=False)
    factor.compute_heatmap(["TCS", "INFY"], windows=[252])

    def silent(*_: object) -> None:
        raise UpstreamError("Nobody answers.")

    monkeypatch.setattr(service, "with_statistics", silent)
    found = ReportService(factor._context).universe(Specification(frequency=OF_PRICES))
    assert (found.exit_code, [failure.message for failure in found.failures]) == (3, ["Nobody answers."])
    (report,) = found.results
    assert report.model is not None and report.model.statistics is None


@pytest.mark.slow
def test_the_library_hands_out_a_page(tmp_path: Path) -> None:
    """Saved, shown in a notebook as the page itself, as a document, and with errors instead of statuses."""
    factor = Factor(source="demo", now=NOW, cache=False)
    page = factor.report(["TCS", "NOSUCH"], window=126)
    page.save(tmp_path / "tcs.html")
    assert (tmp_path / "tcs.html").read_text(encoding="utf-8") == str(page)
    assert Document(str(page)).of("h1") == ["TCS.NS"]
    assert html.unescape(page._repr_html_().split('srcdoc="')[1].split('">')[0]) == str(page)
    document = page.to_dict()
    assert (document["results"][0]["beta"]["window"], document["errors"][0]["ticker"]) == (126, "NOSUCH")
    book = factor.portfolio({"TCS": 1.0})
    assert [one.kind for one in factor.report(portfolio=book).reports] == ["portfolio"]
    assert [one.kind for one in factor.report(portfolio=[("TCS", 1.0)]).reports] == ["portfolio"]
    with pytest.raises(UnknownTicker):
        factor.report(["NOSUCH"])
    with pytest.raises(HeatmapNotComputed):
        factor.report(universe=True)
    for arguments in ({}, {"tickers": ["TCS"], "universe": True}, {"portfolio": book, "universe": True}):
        with pytest.raises(InvalidOption, match="give one of the two"):
            factor.report(**arguments)
    with pytest.raises(InvalidOption, match=r"must end in \.html"):
        page.save(tmp_path / "tcs.pdf")


@pytest.mark.slow
def test_a_page_compares_within_the_window_of_its_day() -> None:
    """A heatmap of another window is none."""
    factor = Factor(source="demo", now=NOW, cache=False)
    factor.compute_heatmap(["TCS", "INFY"], windows=[252])
    (with_heatmap,) = factor.report(["TCS"]).reports
    assert with_heatmap.comparison is not None
    assert with_heatmap.comparison.as_of == date(2026, 11, 20)
    (without,) = factor.report(["TCS"], window=126).reports
    assert without.comparison is None
