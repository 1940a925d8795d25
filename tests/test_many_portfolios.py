"""Many portfolios at once: a result a file, the same digits as alone, and what fails said of its file."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from factorcli import Factor, InvalidPortfolio, errors
from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.model.specification import Specification
from factorcli.portfolio.request import Request
from factorcli.service.subjects import SubjectService
from tests.conftest import NOW, Answer, Run
from tests.markets import market, write_wide

pytestmark = pytest.mark.cli
Ask = Callable[..., Answer]

FILES = {
    "b.csv": "ticker,weight\nS0.NS,0.5\nS1.NS,0.4\nS2.NS,-0.2\n",  # a short, and 30 % cash
    "a.csv": "ticker,quantity\nS0.NS,10\nS2.NS,4\nCASH,250\n",
    "c.csv": "ticker,weight\nS3.NS,1.5\nCASH,-0.5\n",  # borrowed; a stock with days that others lack
}


@pytest.fixture
def source(tmp_path: Path) -> str:
    """Prices of S0.NS to S3.NS, of which S3.NS lacks a few."""
    prices = market()
    prices["S3.NS"][[100, 200, 250]] = np.nan
    return str(write_wide(tmp_path / "prices.csv", prices))


@pytest.fixture
def books(home: Path) -> Path:
    """A folder of three files, with what is no file of holdings: a hidden one, and a folder."""
    folder = home / "books"
    (folder / "old").mkdir(parents=True)
    (folder / ".hidden").write_text("nothing")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


def undated(result: dict[str, Any]) -> dict[str, Any]:
    """A result without when it was computed."""
    return {key: value for key, value in result.items() if key != "cache"}


@pytest.mark.parametrize("more", [(), ("--frequency", "weekly", "-w", "40"), ("--rolling", "-w", "126")])
def test_a_folder_is_its_files_in_order_with_the_digits_that_each_has_alone(
    factor: Run, books: Path, source: str, more: tuple[str, ...]
) -> None:
    """Each result is, to the last bit, that of its file alone, whatever other portfolios hold."""
    found = factor("beta", "--portfolio", "books", "--source", source, "--json", *more)
    assert found.status == 0, found.err
    assert [(one["ticker"], one["name"]) for one in found.results] == [("PORTFOLIO", name) for name in sorted(FILES)]
    for result in found.results:
        (alone,) = factor("beta", "--portfolio", f"books/{result['name']}", "--source", source, "--json", *more).results
        assert undated(result) == undated(alone)


@pytest.mark.parametrize(
    "question",
    [
        ("hedge", "--with", "S1", "-w", "126"),
        ("whatif", "--trade", "S3=+5%", "--benchmark", "S1", "-w", "126"),
        ("whatif", "--to", "target.csv", "-w", "126"),
        ("decompose", "--benchmark", "target.csv", "-w", "126"),
        ("compare", "S1", "-w", "126"),
        ("drift", "-w", "126", "--shift", "63"),
        ("stress", "--shock", "MKT=-10%", "-w", "126"),
        ("stress", "--episode", "2026-01-05:2026-02-05", "-w", "126"),
    ],
)
def test_decisions_about_a_folder_have_the_digits_that_each_file_has_alone(
    factor: Run, books: Path, home: Path, source: str, question: tuple[str, ...]
) -> None:
    """Also beside further tickers and against a benchmark; q-values excepted, which are of all results together."""
    (home / "target.csv").write_text("ticker,weight\nS1.NS,0.6\nS2.NS,0.4\n")
    found = factor(*question, "--portfolio", "books", "--source", source, "--json")
    assert found.status == 0, found.err
    assert len(found.results) == len(FILES)
    for name, result in zip(sorted(FILES), found.results, strict=True):
        (alone,) = factor(*question, "--portfolio", f"books/{name}", "--source", source, "--json").results
        assert without_q_values(undated(result)) == without_q_values(undated(alone))


def without_q_values(part: Any) -> Any:
    """A result without q-values at any depth."""
    if isinstance(part, dict):
        return {key: without_q_values(value) for key, value in part.items() if key != "q_value"}
    return part


def test_files_come_in_the_order_given_after_the_tickers_each_once(factor: Run, books: Path, source: str) -> None:
    """--portfolio again and again, and a file that is named twice."""
    named = [word for name in ("c.csv", "a.csv", "c.csv") for word in ("--portfolio", f"books/{name}")]
    for command in ("beta", "decompose"):
        found = factor(command, "S1", *named, "--source", source, "--json")
        assert [one["name"] or one["ticker"] for one in found.results] == ["S1.NS", "c.csv", "a.csv"]


def test_files_of_one_name_are_told_apart(factor: Run, books: Path, source: str) -> None:
    """By the folder that each is in."""
    (books / "old" / "a.csv").write_text(FILES["c.csv"])
    found = factor("beta", "--portfolio", "books/a.csv", "--portfolio", "books/old/a.csv", "--source", source, "--json")
    assert [one["name"] for one in found.results] == ["books/a.csv", "old/a.csv"]


def test_what_fails_is_said_of_its_file_and_the_others_have_results(factor: Run, books: Path, source: str) -> None:
    """A file without a table, one whose lines cancel, one of an unknown stock, and one worth nothing: status 3."""
    (books / "d.csv").write_text("hello")
    (books / "e.csv").write_text("ticker,weight\nS0,1\nS0.NS,-1\n")
    (books / "f.csv").write_text("ticker,weight\nNOPE,1\n")
    (books / "g.csv").write_text("ticker,quantity\nS0.NS,-9\nS1.NS,1\n")
    found = factor("beta", "--portfolio", "books", "--source", source, "--json")
    assert found.status == 3
    assert [one["name"] for one in found.results] == sorted(FILES)
    failed = found.document["errors"]
    assert [one["code"] for one in failed] == [
        "invalid_portfolio", "invalid_portfolio", "unknown_ticker", "worthless_portfolio",
    ]  # fmt: skip
    assert [one["ticker"] for one in failed] == ["PORTFOLIO"] * 4
    for name, one in zip("defg", failed, strict=True):
        assert one["message"].startswith(f"{name}.csv")
    assert found.err.count("\n") == 4
    alone = factor("beta", "--portfolio", "books/d.csv", "--source", source, "--json")
    assert (alone.status, alone.codes, alone.results) == (2, ["invalid_portfolio"], [])
    none = factor("beta", "--portfolio", "books/d.csv", "--portfolio", "books/f.csv", "--source", source)
    assert (none.status, none.out, none.err.count("\n")) == (4, "", 2)


def test_an_empty_folder_and_options_without_a_portfolio_are_refused(factor: Run, home: Path) -> None:
    """One sentence each, status 2."""
    (home / "empty").mkdir()
    for words, said in (
        (("--portfolio", "empty"), "empty has no file"),
        (("TCS", "--fill", "sector"), "--fill is about a portfolio: give --portfolio FILE."),
        (("TCS", "--drop-missing"), "--drop-missing is about a portfolio"),
        (("--portfolio", "empty", "--fill", "zero"), "--fill is 'zero', but can only be sector."),
    ):
        found = factor("beta", *words, "--source", "demo")
        assert (found.status, found.out, found.err.count("\n")) == (2, "", 1)
        assert said in found.err


def test_a_table_of_many_has_a_row_a_file(factor: Run, home: Path, books: Path, source: str) -> None:
    """Called by its file, with its value where that is known; of four or more no holdings, and CSV has none of them."""
    (books / "d.csv").write_text(FILES["b.csv"])
    for command in ("beta", "decompose"):
        found = factor(command, "--portfolio", "books", "--source", source)
        rows = [line.split() for line in found.out.splitlines() if re.match(r"[abcd]\.csv ", line)]
        assert [row[0] for row in rows] == ["a.csv", "b.csv", "c.csv", "d.csv"]
        assert rows[0][1].startswith("₹") and not rows[1][1].startswith("₹")
        assert found.out.splitlines()[0].startswith("portfolio")
        assert "Holdings: shown for up to 3 portfolios" in found.out
        heading = factor(command, "--portfolio", "books", "--source", source, "--csv").out.splitlines()[0].split(",")
        assert {"name", "portfolio.file", "portfolio.value", "portfolio.diversification_ratio"} <= set(heading)
        assert not any(".holdings." in name for name in heading)
    one = factor("beta", "--portfolio", "books/b.csv", "--source", source, "--csv").out
    assert "portfolio.holdings.S0.NS.component_risk" in one


def test_warnings_of_two_portfolios_name_the_file(factor: Run, books: Path, source: str) -> None:
    """Not PORTFOLIO, which both are."""
    found = factor("beta", "--portfolio", "books/b.csv", "--portfolio", "books/a.csv", "--source", source)
    assert "! b.csv weights_sum: " in found.out
    assert [line for line in found.out.splitlines() if line.strip() in ("a.csv", "b.csv")] == ["b.csv", "a.csv"]


def test_pictures_of_two_portfolios_keep_both(books: Path, source: str) -> None:
    """By their files, where a picture has a row or a panel a result."""
    factor = Factor(source=source, cache=False, now=NOW)
    for batch in (factor.betas(portfolios=books), factor.decompositions(portfolios=books)):
        for name in batch.charts:
            text = json.dumps(batch.chart(name).picture.spec)
            assert all(f'"{file}' in text or f"{file}" in text for file in FILES), name
            assert '"PORTFOLIO"' not in text


@pytest.mark.slow
def test_a_report_has_a_page_a_portfolio(factor: Run, home: Path, books: Path, source: str) -> None:
    """Named by its file; one page about all of them has a section each."""
    (home / "pages").mkdir()
    assert factor("report", "--portfolio", "books", "--source", source, "-o", "pages").status == 0
    assert sorted(path.name for path in (home / "pages").iterdir()) == ["a.html", "b.html", "c.html"]
    assert factor("report", "--portfolio", "books", "--source", source, "-o", "all.html").status == 0
    page = (home / "all.html").read_text(encoding="utf-8")
    assert all(f"Portfolio {name}" in page for name in FILES)
    library = Factor(source=source, cache=False, now=NOW)
    made = library.report(portfolio={"S0": 1.0}, portfolios=[books / "a.csv"])
    assert [one.beta.name for one in made.reports if one.beta] == ["portfolio", "a.csv"]


def test_the_library_takes_lists_folders_and_what_it_made(books: Path, source: str) -> None:
    """In the order given; a bad one among several is a failure, alone it is raised."""
    factor = Factor(source=source, cache=False, now=NOW)
    mine = factor.portfolio({"S0": 0.5, "S1": 0.5}, name="mine")
    found = factor.betas(["S1"], portfolios=[mine, books / "c.csv", {"S2": 1.0}, books / "absent.csv"])
    assert [one.name or one.ticker for one in found] == ["S1.NS", "mine", "c.csv", "portfolio"]
    assert [(one.ticker, one.code) for one in found.failures] == [("PORTFOLIO", "invalid_portfolio")]
    assert "absent.csv" in found.failures[0].message
    assert found[1].portfolio == mine.beta().portfolio
    assert [one.name for one in factor.decompositions(portfolios=str(books))] == sorted(FILES)
    with pytest.raises(InvalidPortfolio, match=r"absent\.csv"):
        factor.betas(portfolios=[books / "absent.csv"])
    with pytest.raises(InvalidPortfolio, match="give a list of portfolios"):
        factor.betas(portfolios={"S0": 1.0})  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidOption, match="can only be 'sector'"):
        factor.portfolio({"S0": 1.0}, fill="mean")


@pytest.mark.parametrize("frequency", ["daily", "weekly"])
def test_questions_about_subjects_see_each_portfolio(books: Path, source: str, frequency: str) -> None:
    """Its returns, weights and value are those of its own fit, alone, with others, and beside a further ticker."""
    context = build_context(Settings.from_env({"FACTOR_SOURCE": source, "FACTOR_NOW": NOW}), cached=False)
    (books / "d.csv").write_text("hello")
    request = Request.of(["S1"], [books])
    spec = Specification(40, frequency=frequency)
    for beside in ((), ("S3",)):
        batch = SubjectService(context).each(request, spec, lambda one: [one], beside)
        seen = batch.results
        assert [one.facts()["name"] for one in seen] == [None, *sorted(FILES)]
        assert [failure.message.split(".csv")[0] for failure in batch.failures] == ["d"]
        for one in seen[1:]:
            held = one.held
            expected = (held.stocks.window.excess_returns * held.weights).sum(axis=1)
            np.testing.assert_array_equal(one.returns, expected)
            assert len(held.stocks.tickers) == len(held.weights) == len(held.positions.tickers)
            assert (one.value is None) == (one.facts()["name"] != "a.csv")
            assert one.fitted.tickers[0].ticker == one.ticker == "PORTFOLIO"
            assert (one.beside is None) == (not beside)
