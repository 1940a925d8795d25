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


BOOK = replace(
    episode_result("PORTFOLIO", name="book.csv", sector=None),
    **{"missing": ("BBB.NS",), "replaced_weight": 0.153, "value_change": -470_612.0, "currency": "INR"},
)


@pytest.mark.parametrize(
    ("width", "gone"),
    [
        (120, set()), (108, {"from"}), (96, {"from", "to"}), (84, {"from", "to", "on"}),
        (72, {"from", "to", "on", "stood in"}), (62, {"from", "to", "on", "stood in", "amount"}),
    ],
)  # fmt: skip
def test_a_narrow_table_drops_its_dates_first(width: int, gone: set[str]) -> None:
    """Then what was replaced and the amounts; what it did, the model, the fall and the worst day stay."""
    grid, _ = grids(blocks([BOOK]))
    everything = headings_at(grid, None)
    assert everything == [
        "episode", "from", "to", "own", "amount", "model", "stood in", "largest fall", "worst day", "on",
    ]  # fmt: skip
    assert headings_at(grid, width) == [heading for heading in everything if heading not in gone]


def test_many_subjects_are_aligned_and_their_names_stand_out() -> None:
    """Words flush left, numbers flush right; blank lines around the table."""
    results = [episode_result(f"T{i}.NS", own=-0.01 * i) for i in range(1, 4)] + [BOOK]
    lines = text(results).splitlines()
    assert [lines[0], lines[2], lines[5], lines[6], lines[7][:21]] == [
        "whose     episode     from        to             own      amount   model  stood in  largest fall  worst day"
        "  on",
        "T1.NS     crash-2020  2020-02-20  2020-03-23   −1.0%              −35.5%                  −40.2%     −13.4%"
        "  2020-03-12",
        "book.csv  crash-2020  2020-02-20  2020-03-23  −38.1%  −₹4,70,612  −35.5%       15%        −40.2%     −13.4%"
        "  2020-03-12",
        "",
        "What the factors did ",
    ]  # fmt: skip
    grid, factors = grids(blocks(results))
    assert styles(grid, "whose") == styles(grid, "episode") == ["bold"] * 4
    assert styles(factors, "episode") == ["bold"]
    assert styles(grid, "own") == ["red"] * 4
    unnamed = replace(BOOK, name=None)
    assert tables(text([*results[:3], episode_result("D.NS"), unnamed]))[0].headings[0] == "whose"


def test_days_without_a_name_are_told_as_days() -> None:
    """And a subject that was not listed, too."""
    days = {"episode": "2020-02-20:2020-03-23"}
    assert text([episode_result(**days)]).splitlines()[1] == (
        "From 2020-02-20 to 2020-03-23 AAA.NS lost 38.1%; today's betas say −35.5%."
    )
    absent = episode_result(**days, missing=("AAA.NS",), replaced_weight=1.0)
    assert text([absent]).splitlines()[1] == (
        "From 2020-02-20 to 2020-03-23 AAA.NS was not listed; by its betas it would have lost 38.1%."
    )
    one_of_many = replace(BOOK, value_change=None)
    assert "the portfolio book.csv lost 38.1%; today's betas say −35.5%." in text([one_of_many])
    assert "amount" not in tables(text([one_of_many]))[0].headings
    assert "amount" not in tables(text([replace(BOOK, currency=None)]))[0].headings


def test_a_gain_of_a_portfolio_has_its_amount() -> None:
    """Without a sign in the sentence, with one in colour in the table; the method and the model at the end."""
    gain = replace(BOOK, own=0.1713, model=0.0, value_change=21_147.0)
    printed = text([gain]).splitlines()
    assert printed[1] == (
        "In crash-2020 (2020-02-20 to 2020-03-23) the portfolio book.csv gained 17.1%, ₹21,147 of what it is worth "
        "today; today's betas say 0.0%."
    )
    grid, _ = grids(blocks([gain]))
    assert (styles(grid, "own"), styles(grid, "model"), styles(grid, "amount")) == (["green"], ["green"], [""])
    model = next(line for line in printed if line.startswith("Model "))
    assert "prices from demo to 2026-11-20. Basis raw" in model
    last = next(part for part in reversed(blocks([gain])) if isinstance(part, tuple) and part[0].text == model)
    assert last[0].style == "dim"


def test_pages_of_subjects_are_a_blank_line_apart_and_each_has_its_worst() -> None:
    """What they are, in their order."""
    results = [episode_result(), second_episode(), BOOK]
    lines = text(results).splitlines()
    assert [number for number, line in enumerate(lines) if line.startswith(("AAA.NS  ", "PORTFOLIO  "))] == [0, 8]
    assert lines[7] == ""
    assert lines[1].endswith("That is the worst of these 2 episodes.")
    assert "worst of" not in lines[9]
    assert styles(grids(blocks(results))[-1], "MKT") == ["", ""]
