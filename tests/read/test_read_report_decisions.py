"""What people read of the decisions in a report: sentences, tables and what is left out, from records made by hand."""

from dataclasses import replace
from typing import Any

import pytest

from factorcli.render.decisions import episodes as episode_words
from factorcli.render.decisions import hedge as hedge_words
from factorcli.render.decisions import peers as peer_words
from factorcli.render.decisions import stress as stress_words
from factorcli.render.json_csv import plain
from factorcli.render.report.decisions import NO_HEATMAP, NOT_ESTIMATED
from factorcli.render.report.page import MAX_WHOLE
from factorcli.results.report import PORTFOLIO, STOCK, Report
from factorcli.results.warnings import ResultWarning
from tests.read.pages import Drawn, drawn, read
from tests.read.records_betas import PORTFOLIO as HELD
from tests.read.records_betas import beta_result, decomposition, with_quantities
from tests.read.records_decisions import PEERS, peers_of
from tests.read.records_drift import drift_result
from tests.read.records_hedge import NIFTY, worth
from tests.read.records_stress import episode_result, second_episode, stress_result, stressed_portfolio

__all__ = ["drawn"]
pytestmark = [pytest.mark.read, pytest.mark.usefixtures("drawn")]


def stock(ticker: str = "AAA.NS", **changes: Any) -> Report:
    """A stock with every decision."""
    parts: dict[str, Any] = {
        "stress": stress_result(ticker),
        "episodes": (episode_result(ticker), second_episode()),
        "drift": drift_result(ticker),
        "peers": peers_of(ticker, PEERS[:3]),
    }
    beta = beta_result(ticker, name=None)
    return Report(STOCK, beta=beta, decomposition=decomposition(ticker), **{**parts, **changes})


def portfolio(**changes: Any) -> Report:
    """A portfolio with quantities and every decision."""
    info = with_quantities(replace(HELD, file="book.csv"))
    parts: dict[str, Any] = {
        "stress": stressed_portfolio(),
        "episodes": (episode_result("PORTFOLIO", name="book.csv", value_change=-470_617.0, currency="INR"),),
        "drift": drift_result("PORTFOLIO", name="book.csv"),
        "hedge": worth(ticker="PORTFOLIO", name="book.csv"),
    }
    beta = beta_result("PORTFOLIO", name="book.csv", sector=None, portfolio=info)
    parts = {**parts, **changes}
    return Report(PORTFOLIO, beta=beta, decomposition=decomposition("PORTFOLIO", portfolio=info), **parts)


def test_what_a_stock_could_lose() -> None:
    """In a sentence, with its interval in words; then each factor in its row, what is uncertain, and the limits."""
    page = read(stock())
    texts = page.of("p")
    assert (
        "If MKT (Nifty 50) falls 10% over 17 sessions, AAA.NS would be expected to lose 11.9% (95% interval −22.1% to "
        "−1.8%)."
    ) in texts
    assert (
        "The whole interval is a loss: in about 95 of 100 such cases the change is within it. By the beta of the days "
        "on which the market fell (down β), the change would be −13.2%."
    ) in texts
    assert any(text.startswith("Standard error 5.2%; of its square, 84% is what no factor explains") for text in texts)
    assert f"{stress_words.MEANING['conditional']} {stress_words.LIMITS}" in texts
    table = page.table("What each factor would do, and what that would change")
    assert table.headings == ["factor", "move", "which is", "beta", "change"]
    assert table.rows["Value 20 (VAL)"] == {
        "factor": "Value 20 (VAL)", "move": "−7.3%", "which is": "expected", "beta": "−0.20", "change": "+1.4%",
    }  # fmt: skip
    assert table.column("move") == ["−10.0%", "−7.3%", "+41.3%", ""]
    assert table.column("which is") == ["shock", "expected", "expected", ""]
    assert table.column("beta") == ["+1.47", "−0.20", "+0.033", ""]
    assert table.column("change") == ["−14.7%", "+1.4%", "+1.4%", "−11.9%"]
    unmoved = read(stock(stress=replace(stress_result(), ci_high=0.031, down_beta_change=None))).of("p")
    assert "The interval contains zero: a gain is possible, too." in unmoved


def test_what_it_did_in_the_past() -> None:
    """The worst episode in a sentence, and a row each: its own return beside the model's."""
    page = read(stock())
    assert (
        "In crash-2020 (2020-02-20 to 2020-03-23) AAA.NS lost 38.1%; today's betas say −35.5%. That is the worst of "
        "these 2 episodes."
    ) in page.of("p")
    assert f"{episode_words.METHOD[:1].upper()}{episode_words.METHOD[1:]}" in page.of("p")
    rows = page.table("Episodes of the past").rows
    assert rows["crash-2020"] == {
        "episode": "crash-2020", "from": "2020-02-20", "to": "2020-03-23", "own": "−38.1%", "model": "−35.5%",
        "largest fall": "−40.2%", "worst day": "−13.4%", "on": "2020-03-12",
    }  # fmt: skip
    assert rows["rally-2021"] == {
        "episode": "rally-2021", "from": "2021-04-01", "to": "2021-05-05", "own": "+17.1%", "model": "+9.2%",
        "largest fall": "−2.5%", "worst day": "−1.6%", "on": "2021-04-12",
    }  # fmt: skip


def test_whether_it_has_changed() -> None:
    """In sentences, then each beta before and after, the surest change first, and the joint test."""
    page = read(stock())
    (told,) = [text for text in page.of("p") if text.startswith("AAA.NS is now")]
    assert told.startswith("AAA.NS is now less exposed to SZ than a year ago: +0.62 → +0.21, a change of −0.41 (95%")
    assert told.endswith("Together the changes are significant at 5% (joint p 0.014).")
    assert "Joint test of all changes, MKT too: F(4, 494) = 3.14, p 0.014, HC3 errors." in page.of("p")
    table = page.table(
        "What changed: betas of 255 sessions to 2026-11-20 (after), against those to 2025-11-24 (before)"
    )
    assert list(table.rows) == [
        "market β (one factor)", "Midcap 150 (SZ)", "Value 20 (VAL)", "Nifty 50 (MKT)", "India VIX (VOL)",
    ]  # fmt: skip
    assert table.rows["Midcap 150 (SZ)"] == {
        "factor": "Midcap 150 (SZ)", "before": "+0.62", "after": "+0.21", "change": "−0.41",
        "95% interval": "−0.71 to −0.12", "t": "−2.77", "p": "0.006",
    }  # fmt: skip
    assert table.column("before") == ["+1.18", "+0.62", "−0.31", "+0.71", "−0.021"]
    assert table.column("after") == ["+1.27", "+0.21", "+0.14", "+0.93", "−0.034"]
    shared = read(stock(drift=drift_result(shift=126))).of("p")
    assert any(text.endswith("The two windows share 129 sessions, which the errors allow for.") for text in shared)


def test_which_stocks_are_like_it() -> None:
    """The nearest, which of them cannot be told apart, and their numbers under its own."""
    page = read(stock())
    (told,) = [text for text in page.of("p") if text.startswith("Stocks most like AAA.NS")]
    assert told == (
        "Stocks most like AAA.NS: ANTE.NS, BETO.NS, CARO.NS. Of these, ANTE.NS and CARO.NS cannot be told apart from "
        "AAA.NS by its betas (p at least 0.05). The betas of CARO.NS are known less well than stocks differ (noisy): "
        "indistinguishable is not alike."
    )
    assert f"D{peer_words.METHOD[1:]}" in page.of("p")
    table = page.table("The nearest of 463 stocks, 251 sessions to 2026-11-20, betas in the basis residual")
    assert list(table.rows) == ["AAA.NS", "ANTE.NS", "BETO.NS", "CARO.NS"]
    assert table.rows["BETO.NS"] == {
        "stock": "BETO.NS", "name": "Beto Limited", "sector": "Power", "distance": "1.51", "p equal": "0.050",
        "residual corr.": "−0.18", "R²": "0.57", "MKT": "+1.18", "VAL": "−0.04", "VOL": "−0.001", "note": "",
    }  # fmt: skip
    assert table.rows["AAA.NS"]["VAL"] == "+0.12"
    assert table.column("note") == ["", "", "", "noisy"]
    certain = read(stock(peers=peers_of("AAA.NS", PEERS[:2]))).table("The nearest of")
    assert "note" not in certain.headings
    none = read(stock(peers=peers_of("AAA.NS", ()))).of("p")
    assert "There is no stock to compare AAA.NS with." in none


def test_what_a_portfolio_could_lose_is_in_rupees(drawn: Drawn) -> None:
    """Of it and of each holding, and in the episode."""
    page = read(portfolio())
    assert (
        "If MKT (Nifty 50) falls 10% over 17 sessions, the portfolio book.csv would be expected to lose 11.3%, about "
        "₹1,47,284 of ₹12,34,567 (95% interval −22.1% to −1.8%)."
    ) in page.of("p")
    rows = page.table("Holdings in that case").rows
    assert rows["BBB.NS"] == {
        "holding": "BBB.NS", "weight": "38.7%", "own change": "−16.2%", "of portfolio": "−6.3%", "amount": "−₹77,591",
    }  # fmt: skip
    assert rows["total"]["amount"] == "−₹1,47,284"
    assert page.table("Episodes of the past").rows["crash-2020"]["amount"] == "−₹4,70,617"
    assert [name for name, _, _ in drawn.asked][-2:] == ["stress", "drift"]
    assert "Stocks like it" not in page.of("h2")


def test_how_to_hedge_a_portfolio() -> None:
    """What to sell, what that does, also afterwards, how sure, and the betas that remain."""
    only = replace(NIFTY, notional=-1474443.8)
    page = read(portfolio(hedge=replace(worth(ticker="PORTFOLIO", name="book.csv"), instruments=(only,))))
    texts = page.of("p")
    assert (
        "Sell ₹14,74,444 of ^NSEI: the volatility of book.csv (₹12,35,499) falls from 21.1% to 14.3% a year."
    ) in texts
    assert (
        "Tried out: hedged with the ratios of the first 189 sessions, the volatility over the last 62 falls from 17.7% "
        "to 14.6%. How sure: at 95%, sell ₹13,25,196 to ₹16,23,692 of ^NSEI."
    ) in texts
    assert any(
        text.startswith("^NSEI stands for the Nifty 50. 251 returns in common in 255 sessions to 2026-11-20.")
        and text.endswith(hedge_words.LIMITS)
        for text in texts
    )
    assert page.table("The hedge of least variance").rows["^NSEI"] == {
        "instrument": "^NSEI", "ratio": "−1.19", "95% interval": "−1.31 to −1.07", "t": "−19.50", "p": "< 0.001",
        "amount": "−₹14,74,444",
    }  # fmt: skip
    left = page.table("What the hedge changes").rows
    assert (left["Nifty 50 (MKT)"]["before"], left["Nifty 50 (MKT)"]["after"]) == ("+1.47", "+0.28")
    assert (left["Value 20 (VAL)"]["before"], left["Value 20 (VAL)"]["after"]) == ("−0.33", "−0.23")


@pytest.mark.parametrize(
    ("name", "said", "section"),
    [
        ("stress", "What it could lose is not known: none of it.", "What it could lose"),
        ("episodes", "What it did in the past is not known: none of it.", "What it could lose"),
        ("drift", "Whether it has changed is not known: none of it.", "Has it changed"),
        ("peers", "Which stocks are like it is not known: none of it.", "Stocks like it"),
    ],
)
def test_a_part_that_cannot_be_had_is_a_sentence(name: str, said: str, section: str) -> None:
    """The rest is there."""
    page = read(stock(**{name: None}, unavailable={name: "none of it."}))
    assert said in page.of("p")
    assert section in page.of("h2")
    assert sum("not known" in text for text in page.of("p")) == 1
    assert page.of("h2")[-5:-2] == ["What it could lose", "Has it changed", "Stocks like it"]


def test_a_hedge_that_cannot_be_had_is_a_sentence() -> None:
    """As the other parts are."""
    page = read(portfolio(hedge=None, unavailable={"hedge": "no price of it."}))
    assert "How to hedge it is not known: no price of it." in page.of("p")
    assert "How to hedge it" in page.of("h2")
    assert "How to hedge it" not in read(portfolio(hedge=None)).of("h2")


def test_without_a_heatmap_and_by_other_estimators_the_page_says_so(drawn: Drawn) -> None:
    """No peers; no decisions at all."""
    assert NO_HEATMAP in read(stock(peers=None)).of("p")
    drawn.asked.clear()
    page = read(Report(STOCK, beta=beta_result(), decomposition=decomposition()))
    assert NOT_ESTIMATED in page.of("p")
    assert "Has it changed" not in page.of("h2")
    assert not {"stress", "drift"} & {name for name, _, _ in drawn.asked}


def test_what_is_known_of_an_answer_alone_stands_below_it_once() -> None:
    """A warning of the exposures is told with the quality of the prices."""
    beyond, young = ResultWarning("extrapolated", "it is beyond."), ResultWarning("not_listed", "it was young.")
    shared = beta_result().warnings
    page = read(
        stock(
            stress=stress_result(warnings=(*shared, beyond)),
            episodes=(episode_result(warnings=(*shared, young)), second_episode(warnings=(*shared, young))),
            drift=drift_result(warnings=shared),
            peers=peers_of(warnings=shared),
        )
    )
    items = page.of("li")
    assert items.count("extrapolated: It is beyond.") == items.count("not_listed: It was young.") == 1
    noted = worth(ticker="PORTFOLIO", warnings=(*shared, ResultWarning("rough", "it is rough.")))
    assert read(portfolio(hedge=noted)).of("li").count("rough: It is rough.") == 1
    assert all(items.count(f"{one.code}: {one.text[:1].upper()}{one.text[1:]}") == 1 for one in shared)


def test_a_page_of_many_has_their_tables_only(drawn: Drawn) -> None:
    """The pictures of decisions would make it too large to send."""
    page = read(*(stock(f"S{number}.NS") for number in range(MAX_WHOLE + 1)))
    assert not {"stress", "drift"} & {name for name, _, _ in drawn.asked}
    assert sum(table.caption.startswith("Episodes of the past") for table in page.tables) == MAX_WHOLE + 1
    drawn.asked.clear()
    read(stock())
    assert [name for name, _, _ in drawn.asked][-2:] == ["stress", "drift"]


def test_json_has_the_decisions_by_their_names() -> None:
    """Those that are known, as their own commands print them."""
    shown = plain(stock(unavailable=None))
    assert list(shown) == ["kind", "beta", "decomposition", "stress", "episodes", "drift", "peers"]
    assert shown["stress"]["change"] == -0.1193 and shown["episodes"][0]["own"] == -0.3812
    assert list(plain(portfolio()))[-2:] == ["drift", "hedge"]
    less = plain(stock(drift=None, unavailable={"drift": "too short."}))
    assert "drift" not in less and less["unavailable"] == {"drift": "too short."}
