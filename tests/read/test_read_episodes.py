"""What people read of episodes: what was lost, what the betas say, what the factors did, and the list of names."""

from dataclasses import replace
from datetime import date

import pytest

from factorcli.render.decisions.episodes import METHOD
from factorcli.results.episode import Episode
from tests.read.cells import blocks, grids, headings_at, styles, tables, text
from tests.read.records_stress import episode_result, second_episode

pytestmark = pytest.mark.read


def test_the_worst_is_told_first() -> None:
    """In a sentence, then every episode in a row; then the factors, the method and the warnings."""
    printed = text([second_episode(), episode_result()])
    lines = printed.splitlines()
    assert lines[:3] == [
        "AAA.NS  Alpha Works Ltd. · Capital Goods",
        "In crash-2020 (2020-02-20 to 2020-03-23) AAA.NS lost 38.1%; today's betas say −35.5%. That is the worst of "
        "these 2 episodes.",
        "",
    ]
    assert lines[8] == "What the factors did (MKT with the risk-free rate; a volatility index is a change of its level)"
    assert lines[14:16] == ["", METHOD]
    assert lines[17].startswith(
        "Model india-5f, ordinary least squares, risk-free rate 6.55%, Newey–West errors, 6 lags"
    )
    assert lines[18:] == ["! synthetic_prices: these prices are made up."]
    assert lines[3:8] == [
        "episode     from        to             own   model  largest fall  worst day  on",
        "─" * 87,
        "rally-2021  2021-04-01  2021-05-05  +17.1%   +9.2%         −2.5%      −1.6%  2021-04-12",
        "crash-2020  2020-02-20  2020-03-23  −38.1%  −35.5%        −40.2%     −13.4%  2020-03-12",
        "",
    ]
    assert lines[9:14] == [
        "",
        "episode        MKT     VAL      VOL",
        "─" * 35,
        "rally-2021   +8.3%       –   −20.5%",
        "crash-2020  −37.2%  −29.2%  +411.4%",
    ]
    own, factors = tables(printed)
    assert own.row("crash-2020") == {
        "from": "2020-02-20", "to": "2020-03-23", "own": "−38.1%", "model": "−35.5%", "largest fall": "−40.2%",
        "worst day": "−13.4%", "on": "2020-03-12",
    }  # fmt: skip
    assert own.row("rally-2021") == {
        "from": "2021-04-01", "to": "2021-05-05", "own": "+17.1%", "model": "+9.2%", "largest fall": "−2.5%",
        "worst day": "−1.6%", "on": "2021-04-12",
    }  # fmt: skip
    assert factors.row("crash-2020") == {"MKT": "−37.2%", "VAL": "−29.2%", "VOL": "+411.4%"}
    assert factors.row("rally-2021") == {"MKT": "+8.3%", "VAL": "–", "VOL": "−20.5%"}
    grid, _ = grids(blocks([second_episode(), episode_result()]))
    assert (styles(grid, "own"), styles(grid, "model")) == (["green", "red"], ["green", "red"])
    assert headings_at(grid, 70) == ["episode", "own", "model", "largest fall", "worst day", "on"]


def test_one_episode_is_not_the_worst() -> None:
    """A gain is one."""
    assert text([second_episode()]).splitlines()[1] == (
        "In rally-2021 (2021-04-01 to 2021-05-05) AAA.NS gained 17.1%; today's betas say +9.2%."
    )
    assert "AAA.NS gained 0.0%; today's" in text([second_episode(own=0.0)])
    first, second, *_ = blocks([second_episode()])
    assert [(span.style, span.text[:6]) for span in (first[0], second[0])] == [("bold", "AAA.NS"), ("bold", "In ral")]


def test_who_was_not_listed_is_said() -> None:
    """Of a ticker in the sentence, of a portfolio as a share; amounts where they are known."""
    absent = episode_result(missing=("AAA.NS",), replaced_weight=1.0)
    assert "AAA.NS was not listed; by its betas it would have lost 38.1%." in text([absent])
    book = replace(
        episode_result("PORTFOLIO", name="book.csv", sector=None),
        **{"missing": ("BBB.NS",), "replaced_weight": 0.153, "value_change": -470_612.0, "currency": "INR"},
    )
    printed = text([book])
    assert printed.splitlines()[1] == (
        "In crash-2020 (2020-02-20 to 2020-03-23) the portfolio book.csv lost 38.1%, ₹4,70,612 of what it is worth "
        "today; today's betas say −35.5%."
    )
    own, _ = tables(printed)
    assert (own.row("crash-2020")["stood in"], own.row("crash-2020")["amount"]) == ("15%", "−₹4,70,612")
    other = replace(book, episode="other-2021", missing=(), replaced_weight=0.0)
    assert "stood in" not in tables(text([book, other]))[0].row("other-2021")


def test_many_subjects_share_one_table_and_the_factors_are_told_once() -> None:
    """From four on, portfolios by their files."""
    results = [episode_result(f"T{i}.NS", own=-0.01 * i) for i in range(1, 4)]
    results.append(episode_result("PORTFOLIO", name="book.csv"))
    own, factors = tables(text(results))
    assert own.headings[:2] == ("whose", "episode")
    assert [(name, row["own"]) for name, row in own.rows.items()] == [
        ("T1.NS", "−1.0%"), ("T2.NS", "−2.0%"), ("T3.NS", "−3.0%"), ("book.csv", "−38.1%"),
    ]  # fmt: skip
    assert list(factors.rows) == ["crash-2020"]
    assert len(grids(blocks(results[:3]))) == 4


def test_the_named_episodes_are_listed() -> None:
    """Name and days, and what happened below them, where any terminal has room for it."""
    found = [Episode("one-2001", date(2001, 1, 2), date(2001, 3, 4), "The first."),
             Episode("two-2002", date(2002, 5, 6), date(2002, 7, 8), "The second.")]  # fmt: skip
    assert text(found).splitlines() == [
        "one-2001  2001-01-02 to 2001-03-04", "  The first.",
        "two-2002  2002-05-06 to 2002-07-08", "  The second.",
    ]  # fmt: skip
