"""What people read of a report about stocks and portfolios: its sentences and tables, from records written by hand."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import date
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest

from factorcli.render.json_csv import plain
from factorcli.render.portfolios import MEANING, RISK_MEANING
from factorcli.render.report.page import MAX_WHOLE, file_name, file_names
from factorcli.results.batch import Failure
from factorcli.results.comparison import Comparison
from factorcli.results.corrections import CorrectedDay
from factorcli.results.provenance import CacheInfo, ExcludedDay
from factorcli.results.report import PORTFOLIO as OF_PORTFOLIO
from factorcli.results.report import STOCK, Report
from factorcli.results.warnings import ResultWarning
from tests.read.pages import Document, Drawn, drawn, read
from tests.read.records_betas import (
    DATA,
    PORTFOLIO,
    SHARE_INTERVALS,
    beta_result,
    decomposition,
    rolling,
    with_quantities,
)

__all__ = ["drawn"]
pytestmark = [pytest.mark.read, pytest.mark.usefixtures("drawn")]

CODES = ("market", "down", "MKT", "VAL", "MOM", "SZ", "VOL")
COMPARISON = Comparison(
    as_of=date(2026, 11, 19),
    stocks=487,
    median=dict(zip(CODES, (0.91, 0.92, 0.13, 0.14, 0.15, 0.16, -0.0017), strict=True)),
    sector="Capital Goods",
    sector_stocks=23,
    low=dict(zip(CODES, (0.71, 0.72, -0.23, -0.24, -0.25, -0.26, -0.0271), strict=True)),
    high=dict(zip(CODES, (1.31, 1.32, 0.53, 0.54, 0.55, 0.56, 0.0571), strict=True)),
    total=509,
)


def report(ticker: str = "AAA.NS", *, comparison: Comparison | None = COMPARISON, **changes: Any) -> Report:
    """A stock with everything; the changes are of its beta result."""
    beta = beta_result(ticker, **{"rolling": rolling(), **changes})
    return Report(STOCK, beta=beta, decomposition=decomposition(ticker), comparison=comparison)


def headline(**changes: Any) -> str:
    """The headline of a stock whose market model has these numbers."""
    model = replace(beta_result().market_model, **changes)
    return next(text for kind, text in read(report(market_model=model)).texts if kind == "p" and "Nifty" in text)


def test_the_headline_says_what_a_falling_market_does() -> None:
    """The one-factor market beta and half its interval, to as many decimals as the interval leaves."""
    assert headline() == "When the Nifty 50 falls 1%, AAA.NS falls 1.1%, give or take 0.2."
    assert headline(beta=1.236, ci_low=1.2, ci_high=1.27) == (
        "When the Nifty 50 falls 1%, AAA.NS falls 1.24%, give or take 0.04."
    )
    assert headline(beta=-0.43, ci_low=-0.7, ci_high=-0.2) == (
        "When the Nifty 50 falls 1%, AAA.NS rises 0.4%, give or take 0.2."
    )
    assert headline(p_value=0.05) == "AAA.NS does not move with the Nifty 50 in a way that can be told from chance."
    assert headline(p_value=float("nan")).startswith("AAA.NS does not move")


def test_the_headline_of_the_market_itself() -> None:
    """Its beta is one without an error, so without a test; prices that never move have none either, and do not fall."""
    exact = {"std_error": 0.0, "t_stat": float("nan"), "p_value": float("nan")}
    assert headline(beta=1.0, ci_low=1.0, ci_high=1.0, **exact) == "When the Nifty 50 falls 1%, AAA.NS falls 1.00%."
    assert headline(beta=0.0, ci_low=0.0, ci_high=0.0, **exact).startswith("AAA.NS does not move")


def test_the_headline_of_weeks_and_of_a_market_without_a_name() -> None:
    """A fall is one within a week; the market is called so."""
    weekly = Report(
        STOCK, beta=beta_result(frequency="weekly", window=104), decomposition=decomposition(frequency="weekly")
    )
    texts = read(weekly, names={}).of("p")
    assert "When the market falls 1% in a week, AAA.NS falls 1.1%, give or take 0.2." in texts
    assert any("On the worst 13 of 254 weeks it lost 2.2% or more, and 3.3% on average." in text for text in texts)


def test_the_lead_compares_and_says_what_is_its_own() -> None:
    """Sector and median, both sides of the market, own risk, and the worst days."""
    (lead,) = [text for text in read(report()).of("p") if text.startswith("That is the average")]
    assert lead == (
        "That is the average of all days: it moves more with a falling market, +1.29% per 1%, than with a rising one, "
        "+0.81%. A market beta of +1.05 is usual in its sector, Capital Goods: eight in ten of its 23 stocks lie "
        "between +0.71 and +1.31; the median of 487 of 509 stocks is +0.91. Of its risk, the variance of its returns, "
        "55.7% is its own; the factors explain 44.3%. On the worst 13 of 254 days it lost 2.2% or more, and 3.3% on "
        "average."
    )


@pytest.mark.parametrize(
    ("low", "high", "place"),
    [(0.3, 0.9, "above that of most stocks"), (1.2, 1.9, "below that of most stocks"), (1.05, 1.05, "usual")],
)
def test_a_beta_outside_the_range_of_its_sector_is_said_to_be(low: float, high: float, place: str) -> None:
    """Above the 90th and below the 10th percentile."""
    others = replace(COMPARISON, low={"market": low}, high={"market": high})
    assert any(f"A market beta of +1.05 is {place} in its sector" in t for t in read(report(comparison=others)).of("p"))


def test_without_a_sector_only_the_median_is_told() -> None:
    """As of a portfolio, and of a stock outside the universe."""
    others = replace(COMPARISON, sector=None, sector_stocks=0, low={}, high={})
    page = read(report(comparison=others))
    assert any("Its market beta is +1.05; the median of 487 of 509 stocks is +0.91." in text for text in page.of("p"))
    assert "its sector, 10% to 90%" not in page.table("Betas").headings
    assert page.table("Betas").column("median of all")[0] == "+0.91"


def test_without_a_heatmap_the_page_says_so(drawn: Drawn) -> None:
    """And its pictures compare with nothing."""
    page = read(report(comparison=None))
    assert any(text.startswith("Its sector and the universe are not shown") for text in page.of("p"))
    assert "median of all" not in page.table("Betas").headings
    assert all(not extras.comparisons for _, _, extras in drawn.asked)


def test_every_key_fact_is_that_of_the_record() -> None:
    """Each next to its name."""
    facts = read(report()).facts()
    assert dict(list(facts.items())[:9]) == {
        "Market beta": "+1.05 (95% interval +0.89 to +1.21)",
        "Explained by the factors (R²)": "0.47, adjusted 0.45",
        "Volatility": "23.1% a year",
        "Residual volatility": "16.8% a year",
        "Alpha": "+10.3% a year (t +1.79)",
        "Historical one-day VaR 95%": "2.18%",
        "Historical one-day ES 95%": "3.27%",
        "Window": "2025-11-14 to 2026-11-20",
        "Length": "255 sessions, 253 returns",
    }


def test_every_beta_stands_in_its_row_and_column() -> None:
    """Own estimates, tests and those of others, and what is not significant is dim."""
    table = read(report()).table("Betas")
    assert list(table.rows) == [
        "market β (one factor)", "up β (one factor)", "down β (one factor)", "Nifty 50 (MKT)", "Value 20 (VAL)",
        "Momentum 30 (MOM)", "Midcap 150 (SZ)", "India VIX (VOL)",
    ]  # fmt: skip
    columns = {
        "beta": ["+1.05", "+0.81", "+1.29", "+0.62", "−0.33", "+0.26", "+0.18", "−0.021"],
        "95% interval": ["+0.89 to +1.21", "+0.52 to +1.13", "+0.98 to +1.61", "+0.28 to +0.97", "−0.57 to −0.09",
                         "+0.04 to +0.48", "−0.21 to +0.56", "−0.047 to +0.005"],
        "its sector, 10% to 90%": ["+0.71 to +1.31", "", "+0.72 to +1.32", "−0.23 to +0.53", "−0.24 to +0.54",
                                   "−0.25 to +0.55", "−0.26 to +0.56", "−0.027 to +0.057"],
        "median of all": ["+0.91", "", "+0.92", "+0.13", "+0.14", "+0.15", "+0.16", "−0.002"],
        "t": ["+12.81", "+5.47", "+8.22", "+3.64", "−2.73", "+2.31", "+0.93", "−1.58"],
        "p": ["< 0.001", "< 0.001", "0.012", "< 0.001", "0.007", "0.022", "0.353", "0.115"],
        "VIF": ["", "", "", "13.4", "4.2", "5.7", "3.9", "1.6"],
    }  # fmt: skip
    assert table.headings == ["factor", *columns]
    for heading, cells in columns.items():
        assert table.column(heading) == cells, heading
    looks = ["above", "above", "above", "above", "below", "above", "dim", "dim"]
    assert [row["beta"] for row in table.looks.values()] == looks


def test_what_the_betas_mean_together_is_in_sentences() -> None:
    """Asymmetry, alpha, the joint test and the two market betas."""
    texts = read(report()).of("p")
    assert (
        "Asymmetry, down β minus up β: +0.46, 95% interval +0.02 to +0.94, p 0.041: significant at 5%, the beta is "
        "higher when the market falls."
    ) in texts
    assert "Alpha +10.3% a year (t +1.79); +8.8% with the styles in excess of the risk-free rate too." in texts
    assert any("F(4, 246) = 2.87, p 0.024" in text for text in texts)
    assert any("+1.05 in a one-factor model" in text and "+0.62 beside" in text for text in texts)


def test_every_share_and_loss_stands_in_its_row_and_column() -> None:
    """And the historical losses in a sentence."""
    page = read(replace(report(), decomposition=decomposition(intervals=SHARE_INTERVALS)))
    table = page.table("Shares")
    assert list(table.rows) == ["Nifty 50 (MKT)", "Value 20 (VAL)", "Momentum 30 (MOM)", "idiosyncratic", "total"]
    columns = {
        "share of variance": ["+39.2%", "−11.8%", "+16.9%", "+55.7%", "100.0%"],
        "95% interval": ["+24.1% to +55.3%", "−20.1% to −2.2%", "−3.1% to +28.4%", "+48.8% to +66.6%", ""],
        "volatility": ["+9.2%", "−2.8%", "+4.0%", "+13.0%", "23.4%"],
        "standalone": ["14.7%", "4.8%", "6.5%", "", ""],
        "VaR 95%": ["+0.95%", "−0.29%", "+0.41%", "+1.36%", "2.43%"],
        "ES 95%": ["+1.19%", "−0.36%", "+0.52%", "+1.70%", "3.05%"],
    }
    assert table.headings == ["source of risk", *columns]
    for heading, cells in columns.items():
        assert table.column(heading) == cells, heading
    assert (
        "One-day loss: VaR 95% 2.43% normal, 2.18% historical; ES 95% 3.05% normal, 3.27% historical (254 days, 13 of "
        "them at or below the historical VaR)."
    ) in page.of("p")


def test_every_part_of_the_return_stands_in_its_row_and_column() -> None:
    """Both methods; the sentence has the linked total, or the sum where there is none."""
    page = read(report())
    table = page.table("Parts of the return")
    assert list(table.rows) == [
        "alpha", "Nifty 50 (MKT)", "Value 20 (VAL)", "Momentum 30 (MOM)", "residual", "days left out",
        "jumps left out", "total",
    ]  # fmt: skip
    assert table.column("arithmetic (sum)") == [
        "+10.21%", "+7.33%", "−2.15%", "+3.47%", "+0.62%", "−1.39%", "+4.15%", "+22.24%"]  # fmt: skip
    assert table.column("linked (compounded)") == [
        "+11.12%", "+7.98%", "−2.34%", "+3.78%", "−0.53%", "−1.47%", "+4.36%", "+22.90%"]  # fmt: skip
    assert "Over the window the return was 22.90% above the risk-free rate, linked (compounded)." in page.of("p")
    parts = decomposition()
    unlinked = replace(parts.attribution["linked"], total=float("nan"))
    summed = replace(parts.attribution["arithmetic"], total=-0.0777)
    lost = replace(parts, attribution={"arithmetic": summed, "linked": unlinked})
    texts = read(replace(report(), decomposition=lost)).of("p")
    assert "Over the window the return was 7.77% below the risk-free rate, arithmetic (sum)." in texts


def test_the_path_has_the_last_window_of_each_year() -> None:
    """With intervals below the betas; three decimals where all betas of a factor are small."""
    path = rolling(3)
    path = replace(path, dates=(date(2024, 12, 30), date(2024, 12, 31), date(2025, 2, 3)),
                   betas={**path.betas, "VOL": (0.011, -0.022, 0.033)},
                   betas_low={**path.betas_low, "VOL": (0.001, -0.042, 0.013)},
                   betas_high={**path.betas_high, "VOL": (0.021, 0.012, 0.053)})  # fmt: skip
    table = read(report(rolling=path)).table("The last window of each year, of 3 windows of 255 sessions")
    assert list(table.rows) == ["2024-12-31", "2025-02-03"]
    assert table.column("MKT") == ["+0.94\n+0.56 to +1.40", "+1.07\n+0.61 to +1.47"]
    assert table.column("VAL") == ["−0.13\n−0.51 to +0.09", "+0.09\n−0.27 to +0.43"]
    assert table.column("VOL") == ["−0.022\n−0.042 to +0.012", "+0.033\n+0.013 to +0.053"]
    assert table.column("R²") == ["0.43", "0.45"]
    assert table.column("residual volatility") == ["16.3%", "17.4%"]
    assert [row["VOL"] for row in table.looks.values()] == ["dim", ""]


def test_a_window_without_a_path_says_why(drawn: Drawn) -> None:
    """An estimator without one, and too few sessions; neither has a picture."""
    assert "No path: it is estimated by ordinary least squares only." in read(report(rolling=None)).of("p")
    empty = rolling(0)
    empty = replace(empty, betas={"MKT": ()}, betas_low={"MKT": ()}, betas_high={"MKT": ()})
    assert "No path: there are fewer sessions than the window needs." in read(report(rolling=empty)).of("p")
    assert "path" not in [name for name, _, _ in drawn.asked]


def test_a_portfolio_has_its_holdings(drawn: Drawn) -> None:
    """Each number in its row and column; the page is called by its file."""
    info = with_quantities(replace(PORTFOLIO, file="mine & <yours>.csv"))
    beta = beta_result("PORTFOLIO", name=info.file, sector=None, portfolio=info)
    page = read(Report(OF_PORTFOLIO, beta=beta, decomposition=decomposition("PORTFOLIO", portfolio=info)))
    assert page.of("h1") == ["Portfolio mine & <yours>.csv"]
    assert "When the Nifty 50 falls 1%, the portfolio falls 1.1%, give or take 0.2." in page.of("p")
    table = page.table("Holdings of mine & <yours>.csv and what each adds to the betas")
    risk = page.table("Holdings of mine & <yours>.csv and what each adds to the risk")
    assert (risk.rows["AAA.NS"]["volatility"], risk.rows["BBB.NS"]["sold"]) == ("20.4%", "+2.3%")
    assert "Holdings of mine & <yours>.csv, worth ₹12,34,567." in page.of("p")
    meanings = (MEANING, RISK_MEANING.format(days="day"))
    assert all(f"{meaning[:1].upper()}{meaning[1:]}." in page.of("p") for meaning in meanings)
    assert "The largest part of its risk is AAA.NS: 86.4% of it, with 72.1% of the value." in page.of("p")
    assert table.rows["AAA.NS"] == {
        "holding": "AAA.NS", "name": "Alpha Works Ltd.", "shares": "1,250.5", "price": "3,456.78", "weight": "72.1%",
        "market β": "+1.12", "β (1F)": "+0.81", "MKT": "+0.53", "VOL": "−0.014", "risk": "86.4%", "return": "+23.8%",
    }  # fmt: skip
    assert table.rows["BBB.NS"]["shares"] == "−40"
    assert table.rows["cash"]["weight"] == "−3.7%"
    assert table.rows["total"]["MKT"] == "+0.72"
    assert [name for name, _, _ in drawn.asked] == ["exposures", "shares", "attribution", "holdings"]


def test_what_the_gate_did_is_told() -> None:
    """Counts, days left out and corrected, and each warning as a sentence with its code."""
    data = replace(
        DATA,
        missing=7,
        excluded=(
            ExcludedDay(date(2026, 2, 3), "suspect_jump", -0.5234),
            ExcludedDay(date(2026, 3, 4), "proxy", 0.011),
        ),
        corrected=(CorrectedDay(date(2026, 4, 5), "a split", 0.2, -0.7987, 0.0065),),
    )
    warnings = (ResultWarning("short_history", "it began late."), ResultWarning("large_move", "up 31% on one day."))
    page = read(report(data=data, warnings=warnings))
    facts = page.facts()
    assert [facts[name] for name in ("Source of prices", "Last price", "Sessions in the window", "Without a price",
                                     "Left out", "Corrected", "Returns used")] == [
        "demo", "2026-11-20", "254", "7", "2", "1", "253"]  # fmt: skip
    left_out = page.table("Returns that the price gate left out").rows
    assert left_out["2026-02-03"] == {"date": "2026-02-03", "reason": "suspect jump", "return": "−52.34%"}
    assert left_out["2026-03-04"]["return"] == "+1.10%"
    assert page.table("Returns corrected").rows["2026-04-05"] == {
        "date": "2026-04-05", "corporate action": "a split", "factor": "0.2000", "return before": "−79.87%",
        "return after": "+0.65%",
    }  # fmt: skip
    assert page.of("li")[-2:] == ["short_history: It began late.", "large_move: Up 31% on one day."]
    of_holding = CorrectedDay(date(2026, 5, 6), "a bonus", 0.5, -0.4321, 0.0123, "AAA.NS")
    table = read(report(data=replace(DATA, corrected=(of_holding,)))).table("Returns corrected")
    assert table.rows["2026-05-06"]["ticker"] == "AAA.NS"
    clean = read(report(warnings=()))
    assert "The price gate left out no day and corrected none." in clean.of("p")
    assert "No warnings." in clean.of("p")


def test_made_up_and_old_numbers_are_said_to_be_before_any_number() -> None:
    """In the head of the page, above the headline; not for other prices."""
    old = CacheInfo("disk", "2026-11-18T10:11:12Z", stale=True)
    texts = [text for kind, text in read(report(cache=old)).texts if kind == "p"]
    assert texts[2].startswith("Synthetic prices: ")
    assert texts[3].startswith("Old numbers of AAA.NS: ") and "2026-11-18T10:11:12Z" in texts[3]
    assert texts[4].startswith("When the")
    real = read(report(data=replace(DATA, source="yahoo")))
    assert not any("Synthetic" in text for text in real.of("p"))


def test_several_stocks_have_a_summary_that_leads_to_each(drawn: Drawn) -> None:
    """A row each with its numbers, then its section; what failed is listed."""
    model = replace(beta_result().market_model, beta=0.07, ci_low=-0.21, ci_high=0.35, p_value=0.62)
    other = report("BBB.NS", name=None, market_model=model, r_squared=0.13, volatility=0.412)
    failures = (Failure("<CCC>", "unknown_ticker", "nobody knows <CCC>."), Failure(None, "upstream", "no answer."))
    page = read(report(), other, failures=failures)
    summary = page.table("Summary")
    assert summary.rows["AAA.NS"] == {
        "stock": "AAA.NS", "name": "Alpha Works Ltd.", "market β": "+1.05", "95% interval": "+0.89 to +1.21",
        "down β": "+1.29", "R²": "0.47", "volatility": "23.1%", "own risk": "55.7%",
    }  # fmt: skip
    assert summary.rows["BBB.NS"] == {
        "stock": "BBB.NS", "name": "", "market β": "+0.07", "95% interval": "−0.21 to +0.35", "down β": "+1.29",
        "R²": "0.13", "volatility": "41.2%", "own risk": "55.7%",
    }  # fmt: skip
    assert [row["market β"] for row in summary.looks.values()] == ["", "dim"]
    assert page.of("h1") == ["Factor exposures of AAA.NS and BBB.NS"]
    assert {"#s1", "#s2"} <= set(page.links)
    assert page.of("h2") == ["Without a result", "Summary", "AAA.NS", "BBB.NS", "Method"]
    assert page.of("li")[:2] == ["<CCC>: nobody knows <CCC>.", "All: no answer."]
    assert [name for name, _, _ in drawn.asked] == ["exposures", "shares", "attribution", "path"] * 2
    assert drawn.asked[4][2].comparisons == {"AAA.NS": COMPARISON, "BBB.NS": COMPARISON}


def test_of_many_stocks_the_first_picture_is_drawn_and_the_script_draws_the_rest(drawn: Drawn) -> None:
    """Without the paths, so that the page can be sent, which it says; one page of many has them."""
    page = read(*(report(f"S{number}.NS") for number in range(MAX_WHOLE + 1)))
    assert [name for name, _, _ in drawn.asked] == ["exposures", "shares", "attribution"] * (MAX_WHOLE + 1)
    assert _stills(page) == [True, False, False] * (MAX_WHOLE + 1)
    said = f"A report of up to {MAX_WHOLE} stocks also has the paths of their betas."
    assert any(said in text for text in page.of("p"))
    few = read(report(), report("BBB.NS"))
    assert not any(said in text for text in few.of("p"))
    assert _stills(few) == [True] * 8
    assert _stills(read(report(), of=MAX_WHOLE)) == [True] * 4
    assert _stills(read(report(), of=MAX_WHOLE + 1)) == [True, False, False, False]


def _stills(page: Document) -> list[bool]:
    """Whether each figure is drawn already; of others it says that a script draws it."""
    figures = [attributes for tag, attributes in page.elements if tag == "figure"]
    stills = [tag for tag, _ in page.elements if tag == "svg"]
    found = [attributes.get("class") != "scripted" for attributes in figures]
    assert found.count(True) == len(stills)
    return found


def test_links_lead_somewhere_and_headings_are_in_order() -> None:
    """No id twice; no level is skipped; the language is English."""
    page = read(report(), report("BBB.NS"))
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    levels = [int(kind[1]) for kind, _ in page.texts if kind in ("h1", "h2", "h3")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert ("html", {"lang": "en"}) in page.elements


def test_the_method_names_what_was_done() -> None:
    """Model, errors, rate, and whose prices stand for each factor; when and with what it was made."""
    from factorcli import __version__  # noqa: PLC0415

    page = read(report())
    model = "Model india-5f, ordinary least squares, risk-free rate 6.55%, Newey–West errors, 6 lags"
    assert any(text.startswith(model) for text in page.of("p"))
    assert page.facts()["Factor VAL"] == "Value 20, prices of VALUE.NS"
    made = "as of 2026-11-20, computed 2026-11-20T12:34:56Z"
    assert f"Factor report, {made}" in page.of("p")
    assert any(text.startswith(f"Made by factorcli {__version__}, {made}.") for text in page.of("p"))


def test_names_and_messages_are_text() -> None:
    """A ticker, name or warning with a script in it is shown, never run; no picture's data ends its element."""
    evil = "<script>alert('x')</script>"
    warning = ResultWarning("odd", f'{evil} & "more".')
    page = read(report(evil, name=f"{evil} Ltd.", sector=evil, warnings=(warning,)), names={"MKT": evil})
    assert page.of("h1") == [evil]
    assert any(text.startswith(f"When the {evil} falls 1%, {evil} falls") for text in page.of("p"))
    assert f'odd: {evil} & "more".' in page.of("li")
    kinds = [attributes.get("type") for attributes, _ in page.scripts]
    assert kinds == ["application/json"] * 4 + [None, None]
    for _, content in page.scripts[:4]:
        assert json.loads(content) == {"data": "</script><script>alert(1)</script>"}


def test_the_policy_runs_the_two_scripts_and_loads_nothing() -> None:
    """Their hashes are in it, and no word that would let others run; no element has a source elsewhere."""
    page = read(report())
    (policy,) = [attributes["content"] for tag, attributes in page.elements
                 if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"]  # fmt: skip
    assert policy is not None
    running = [content for attributes, content in page.scripts if "type" not in attributes]
    hashes = [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in running]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules == {
        "default-src": "'none'", "img-src": "data:", "font-src": "data:", "style-src": "'unsafe-inline'",
        "script-src": " ".join(hashes), "base-uri": "'none'", "form-action": "'none'",
    }  # fmt: skip
    assert running[0] == "vega = 1 < 2"
    assert not any({"src", "srcset", "action"} & set(attributes) for _, attributes in page.elements)
    assert all(link.startswith("#") for link in page.links)


def test_json_has_what_the_page_shows() -> None:
    """Each part by its name; what a kind of report lacks is left out."""
    shown = plain(report())
    assert list(shown) == ["kind", "beta", "decomposition", "comparison"]
    assert (shown["kind"], shown["beta"]["ticker"]) == ("stock", "AAA.NS")
    assert shown["beta"]["rolling"]["r_squared"] == list(rolling().r_squared)
    assert shown["comparison"]["median"]["VOL"] == -0.0017
    assert shown["decomposition"]["historical"]["value_at_risk"] == 0.0218


@pytest.mark.parametrize(
    ("ticker", "name"),
    [
        ("RELIANCE.NS", "RELIANCE.NS.html"),
        ("M&M.NS", "M&M.NS.html"),
        ("^NSEI", "_NSEI.html"),
        ("../../etc", "_.._etc.html"),
        ("...", "_.html"),
        ("a/b\\c:d", "a_b_c_d.html"),
    ],
)
def test_the_name_of_a_file_stays_in_its_folder(ticker: str, name: str) -> None:
    """Whatever a ticker is, on every system."""
    assert file_name(report(ticker)) == name


def test_no_page_takes_the_name_of_another() -> None:
    """Tickers whose letters no file name has are told apart by a number."""
    tickers = ("ÄB", "ÖB", "_B", "_B-2", "_b")
    names = file_names([report(one) for one in tickers])
    assert names == ["_B.html", "_B-2.html", "_B-3.html", "_B-2-2.html", "_b-4.html"]


def test_the_document_of_a_page_is_one() -> None:
    """The reader of these tests refuses what is not nested; the page is not."""
    with pytest.raises(AssertionError):
        Document("<p><b></p></b>")
