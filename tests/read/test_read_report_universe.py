"""What people read of a report about the universe, from records written by hand."""

from dataclasses import replace
from datetime import date

import pytest

from factorcli.render.json_csv import plain
from factorcli.results.comparison import Comparison
from factorcli.results.heatmap import HeatmapStock, MissingStock
from factorcli.results.report import UNIVERSE, Report
from tests.read.pages import Drawn, drawn, read
from tests.read.records_heatmaps import CODES, FULL_MODEL, HEATMAP

__all__ = ["drawn"]
pytestmark = [pytest.mark.read, pytest.mark.usefixtures("drawn")]

COMPARISON = Comparison(date(2026, 11, 20), 11, {"market": 0.7531, "down": 1.21}, None, 0, {}, {}, 14)
REPORT = Report(UNIVERSE, comparison=COMPARISON, heatmap=HEATMAP, model=FULL_MODEL)


def with_stocks(*stocks: HeatmapStock) -> Report:
    """The universe with these stocks."""
    return replace(REPORT, heatmap=replace(HEATMAP, stocks=stocks))


def test_the_headline_is_about_the_median_stock() -> None:
    """Then the extremes of the market beta and of what the factors explain."""
    page = read(REPORT)
    assert page.of("h1") == ["The universe: 11 stocks"]
    assert "252 sessions to 2026-11-20 · prices from demo" in page.of("p")
    assert "When the Nifty 50 falls 1%, the median stock falls 0.75%." in page.of("p")
    assert (
        "The market beta is largest for KITE.NS, +1.12, and smallest for ANTE.NS, +0.38. The factors explain most of "
        "the sector Power, a mean R² of 0.50, and least of no sector, 0.39."
    ) in page.of("p")


def test_the_headline_of_weeks_says_so() -> None:
    """A fall is one within a week."""
    weekly = replace(REPORT, heatmap=replace(HEATMAP, frequency="weekly"))
    assert "When the Nifty 50 falls 1% in a week, the median stock falls 0.75%." in read(weekly).of("p")


def test_a_part_of_the_universe_is_told_from_all_of_it() -> None:
    """Above the headline, while stocks are pending; not where they have failed."""
    told = "Only 11 of 14 stocks have been computed so far: medians, sectors and extremes are of those alone."
    for code in ("pending", "insufficient_history"):
        missing = tuple(MissingStock(f"M{number}.NS", code) for number in range(3))
        page = read(replace(REPORT, heatmap=replace(HEATMAP, total=14, missing=missing)))
        assert (told in page.of("p")) is (code == "pending")


def test_the_median_of_each_sector_stands_in_its_row_and_column() -> None:
    """Not the mean; three decimals where all of a factor are below 0.1."""
    table = read(REPORT).table("The median beta")
    assert table.rows == {
        "Oil Gas & Consumable Fuels": {
            "sector": "Oil Gas & Consumable Fuels", "stocks": "3", "Nifty 50 (MKT)": "+1.32", "Value 20 (VAL)": "−0.38",
            "Momentum 30 (MOM)": "+0.42", "Midcap 150 (SZ)": "+0.032", "India VIX (VOL)": "−2.14", "mean R²": "0.44",
        },
        "Power": {
            "sector": "Power", "stocks": "6", "Nifty 50 (MKT)": "+0.55", "Value 20 (VAL)": "−0.48",
            "Momentum 30 (MOM)": "+0.52", "Midcap 150 (SZ)": "+0.042", "India VIX (VOL)": "−2.08", "mean R²": "0.50",
        },
        "no sector": {
            "sector": "no sector", "stocks": "2", "Nifty 50 (MKT)": "+1.02", "Value 20 (VAL)": "−0.28",
            "Momentum 30 (MOM)": "+0.32", "Midcap 150 (SZ)": "+0.022", "India VIX (VOL)": "−2.04", "mean R²": "0.39",
        },
    }  # fmt: skip


def test_no_stock_is_at_both_ends() -> None:
    """Of eleven stocks ten are the largest, and one the smallest."""
    table = read(REPORT).table("Market beta (one factor): the 10 largest and the 1 smallest")
    ordered = sorted(HEATMAP.stocks, key=lambda stock: -stock.market_beta)
    assert list(table.rows) == [stock.ticker for stock in ordered]
    assert table.rows["KITE.NS"] == {
        "stock": "KITE.NS", "name": "Kite Limited", "sector": "Power", "market β": "+1.12", "R²": "0.00",
    }  # fmt: skip


def test_the_extremes_of_a_factor_are_significant_ones() -> None:
    """By the q-value; the largest first; a factor without any is a sentence."""
    page = read(REPORT)
    assert page.table("Nifty 50 (MKT): 2 significant betas, the 2 largest").rows == {
        "GILT.NS": {"stock": "GILT.NS", "name": "Gilt Limited", "sector": "Power", "MKT β": "+1.87", "t": "+1.00",
                    "q-value": "0.040", "R²": "0.77"},
        "ANTE.NS": {"stock": "ANTE.NS", "name": "", "sector": "Power", "MKT β": "+1.00", "t": "+2.50",
                    "q-value": "0.050", "R²": "0.11"},
    }  # fmt: skip
    assert "Value 20 (VAL): no beta is significant at a false discovery rate of 5% over the universe." in page.of("p")
    stocks = [replace(stock, q_values=dict.fromkeys(CODES, 0.0004)) for stock in HEATMAP.stocks]
    table = read(with_stocks(*stocks)).table("Value 20 (VAL): 11 significant betas, the 5 largest and the 5 smallest")
    ordered = sorted(stocks, key=lambda stock: -stock.betas["VAL"])
    assert list(table.rows) == [stock.ticker for stock in (*ordered[:5], *ordered[6:])]
    assert set(table.column("q-value")) == {"< 0.001"}


def test_every_stock_is_in_a_table_below_the_picture(drawn: Drawn) -> None:
    """By sector, with its mean and median; folded."""
    page = read(REPORT)
    table = page.table("All 11 stocks by sector")
    assert {stock.ticker for stock in HEATMAP.stocks} <= set(table.rows)
    assert table.rows["BETO.NS"]["market β"].strip("▲▼") == "+0.50"
    assert table.rows["BETO.NS"]["n"] == "202"
    assert (table.rows["Power (6) mean"]["MKT"], table.rows["Power (6) median"]["MKT"]) == ("▲+2.45 ", "▼+0.55 ")
    assert "All 11 stocks by sector" in page.of("summary")
    assert [(name, results) for name, results, _ in drawn.asked] == [("heatmap", [HEATMAP]), ("factors", [FULL_MODEL])]


def test_the_factors_have_their_statistics_and_health() -> None:
    """Each in its row and column, and what is wrong with their prices."""
    page = read(REPORT)
    assert page.table("Mean and volatility").rows["SZ"] == {
        "factor": "SZ", "proxy": "MID150BEES.NS", "mean": "−3.4%", "volatility": "17.1%", "VIF": "2.7", "MKT": "+0.82",
        "SZ": "+1.01", "VIX": "−0.43",
    }  # fmt: skip
    health = page.table("Counts are trading days").rows
    assert health["SZ against market"] == {
        "factor": "SZ against market", "proxy": "MID150BEES.NS", "last price": "2026-11-18", "missing": "21",
        "stale": "22", "zero volume": "23", "suspect": "24", "correlation": "+0.66", "beta": "+0.74",
        "tracking error": "14.6%",
    }  # fmt: skip
    assert health["SZ against SMALL.NS"]["beta"] == "+0.92"
    assert health["MKT"]["missing"] == "11"
    assert (
        "Midcap 150 (SZ): 2 sessions left out for every stock, as its fund was far from the market: 2026-01-02, "
        "2026-03-04."
    ) in page.of("p")
    assert "collinear: MKT and SZ move together." in page.of("li")


def test_what_the_factors_did_may_not_be_known(drawn: Drawn) -> None:
    """Where their prices could not be had the page says so, and has no picture of them."""
    page = read(replace(REPORT, model=replace(FULL_MODEL, statistics=None)))
    assert any(text.startswith("What the factors did over the window is not known") for text in page.of("p"))
    assert [name for name, _, _ in drawn.asked] == ["heatmap"]


def test_what_is_missing_is_listed_by_its_reason() -> None:
    """Or it is said that nothing is."""
    page = read(REPORT)
    assert "3 of 14 stocks are missing:" in page.of("p")
    assert {"pending: LAVA.NS", "unknown ticker: MICA.NS", "x: NOVA.NS"} <= set(page.of("li"))
    whole = replace(HEATMAP, missing=(), total=11)
    assert "None of the 11 stocks is missing." in read(replace(REPORT, heatmap=whole)).of("p")


def test_an_old_heatmap_is_said_to_be_old() -> None:
    """Above the headline, with the time."""
    page = read(replace(REPORT, heatmap=replace(HEATMAP, stale=True, source="yahoo")))
    notices = [text for text in page.of("p") if "later session" in text]
    assert notices == ["A later session has closed since this was computed, at 2026-11-20T13:14:15+00:00."]
    assert not any("Synthetic" in text for text in page.of("p"))
    assert not any("later session" in text for text in read(REPORT).of("p"))


def test_json_of_the_universe_has_what_the_page_shows() -> None:
    """Heatmap, model and medians, and nothing of a single stock."""
    shown = plain(REPORT)
    assert list(shown) == ["kind", "comparison", "heatmap", "model"]
    assert shown["comparison"]["median"]["market"] == 0.7531
