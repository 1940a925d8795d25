"""The numbers and texts of a picture of a heatmap."""

from dataclasses import replace
from typing import Any

import pytest

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.heatmap import heatmap
from factorcli.render.charts.picture import MAX_NUMBERS, Picture
from factorcli.results.heatmap import Heatmap, MissingStock
from tests.read.records_decisions import screen
from tests.read.records_heatmaps import CODES, HEATMAP, NAN, TICKERS, stock

pytestmark = pytest.mark.read

SECTORS = ("Oil Gas & Consumable Fuels", "Power", "no sector")


def drawn(shown: Heatmap = HEATMAP, **extras: Any) -> Picture:
    return heatmap([shown], Extras(**extras))


def values(picture: Picture) -> list[dict[str, Any]]:
    """The data of all marks."""
    return [one for view in picture.spec["vconcat"] for layer in view["layer"] for one in layer["data"]["values"]]


def cells(picture: Picture) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["row"], one["column"]): one for one in values(picture) if "row" in one}


def texts(picture: Picture) -> list[str]:
    return [one["text"] for one in values(picture) if "row" not in one and "text" in one]


def subtitle(picture: Picture) -> list[str]:
    return list(picture.spec["title"]["subtitle"])


def universe(stocks: int) -> Heatmap:
    """A heatmap of many stocks, their market betas in the order of their numbers."""
    made = tuple(replace(stock(i % 11), ticker=f"S{i}", market_beta=i / 100) for i in range(stocks))
    return replace(HEATMAP, stocks=made, missing=(), total=stocks)


def test_every_stock_has_its_betas_and_q_values() -> None:
    """Each cell has the numbers of its stock and factor, unrounded, and prints the beta rounded."""
    found = cells(drawn())
    for one in HEATMAP.stocks:
        assert found[one.ticker, "market"]["beta"] == one.market_beta
        for code in CODES:
            cell = found[one.ticker, code]
            assert (cell["beta"], cell["q_value"]) == (one.betas[code], one.q_values[code])
    assert found["ANTE.NS", "MKT"]["text"] == "+1.00"
    assert found["HALO.NS", "SZ"]["text"] == "−0.016"
    assert found["HALO.NS", "VOL"]["text"] == "−2.12"


def test_a_screen_is_a_heatmap_of_what_was_found() -> None:
    """Its title says how many of how many meet what; the subtitle, what is shown and what sectors are of."""
    found = drawn(screen(4, met=9, known=480))
    assert found.title == "9 of 480 stocks meet SZ > 1.25 and sector = Power"
    assert (
        "The first 4 of them · Sector medians are of all stocks of a sector, whether they meet this or not"
        in " ".join(subtitle(found))
    )
    assert not any("sector medians are of all, but" in line for line in subtitle(found))
    assert drawn(screen(1, met=1)).title == "1 of 1,491 stocks meets SZ > 1.25 and sector = Power"
    assert "The first" not in " ".join(subtitle(drawn(screen(5, met=5))))
    assert {row for row, _ in cells(found)} >= {one.ticker for one in HEATMAP.stocks[:4]}


def test_every_sector_has_its_medians_and_count() -> None:
    """The rows of sectors are their median betas, not their means, and their counts stand beside them."""
    found = cells(drawn())
    for sector in HEATMAP.sectors:
        name = sector.sector or "no sector"
        assert {code: found[name, code]["beta"] for code in CODES} == sector.median_betas
        assert not any(found[name, code]["faded"] for code in CODES)
    for name in SECTORS:
        own = sorted(s.market_beta for s in HEATMAP.stocks if (s.sector or "no sector") == name)
        middle = len(own) // 2
        assert found[name, "market"]["beta"] == (own[middle] if len(own) % 2 else (own[middle - 1] + own[middle]) / 2)
    printed = texts(drawn())
    for name, number in (("Power", "6"), ("Oil Gas & Consumable Fuels", "3"), ("no sector", "2")):
        (label,) = [one for one in values(drawn()) if one.get("text") == name and "row" not in one]
        assert any(one.get("text") == number and one["y"] == label["y"] for one in values(drawn()))
    assert [text for text in printed if text in SECTORS] == list(SECTORS)


def test_a_cell_stands_below_the_heading_of_its_factor() -> None:
    """Headings and cells of a factor share their middle, and no two factors do."""
    picture = drawn()
    middles = {one["code"]: one["x"] for one in values(picture) if "code" in one}
    assert len(set(middles.values())) == len(CODES) + 1
    assert all(cell["text_x"] == middles[code] for (_, code), cell in cells(picture).items())
    headings = {one["text"]: one["code"] for one in values(picture) if one.get("code") and "±" not in one["text"]}
    assert headings == {"market β": "market", **{code: code for code in CODES}}


def test_a_beta_that_fails_its_q_value_is_faded() -> None:
    """A q-value above the discovery rate fades; one at the rate and a beta without a test do not."""
    found = cells(drawn())
    assert not found["ANTE.NS", "MKT"]["faded"]  # q = 0.05
    assert found["BETO.NS", "MKT"]["faded"]  # q = 0.0501
    assert not found["BETO.NS", "market"]["faded"]
    full, faded = found["ANTE.NS", "MKT"], found["BETO.NS", "MKT"]
    assert faded["y2"] - faded["y"] < (full["y2"] - full["y"]) / 3
    untested = tuple(replace(s, q_values=dict.fromkeys(CODES, NAN)) for s in HEATMAP.stocks)
    shrunk = drawn(replace(HEATMAP, stocks=untested, model=replace(HEATMAP.model, estimator="vasicek")))
    assert not any(cell["faded"] for cell in cells(shrunk).values())
    assert "not tested: shrunk betas have no q-values" in texts(shrunk)
    assert not any(text.startswith("faded") for text in texts(shrunk))


def test_colours_are_steps_up_to_the_limit_below_the_heading() -> None:
    """The 95th percentile of |beta| is printed below a heading, and colours go by the ratio to it."""
    picture = drawn()
    limits = {one["code"]: one["text"] for one in values(picture) if one.get("text", "").startswith("±")}
    assert limits == {"market": "±1.12", "MKT": "±2.25", "VAL": "±0.56", "MOM": "±1.62", "SZ": "±0.078",
                      "VOL": "±2.16"}  # fmt: skip
    found = cells(picture)
    assert found["JADE.NS", "MKT"]["level"] == 8  # at the limit
    assert found["GILT.NS", "VOL"]["level"] == 0  # below the limit's negative
    assert found["IRIS.NS", "SZ"]["level"] == 4  # zero
    assert found["JADE.NS", "VAL"]["level"] == 0
    assert found["CARO.NS", "VAL"]["level"] == 2  # −0.31 of 0.56


def test_the_subtitle_says_what_is_missing_old_and_synthetic() -> None:
    """Missing stocks are counted by code, and stale and synthetic numbers are called so."""
    gone = (*HEATMAP.missing, MissingStock("OPAL.NS", "pending"))
    picture = drawn(replace(HEATMAP, missing=gone, total=15, stale=True), names={"MKT": "Nifty 50", "SZ": "SZ"})
    lines = " ".join(picture.spec["title"]["subtitle"])
    assert "4 of 15 stocks missing: 2 pending, 1 unknown ticker, 1 x" in lines
    assert "Old numbers: a session has closed since 2026-11-20" in lines
    assert "Synthetic prices" in lines
    assert "252 sessions to 2026-11-20 · model india-5f, basis raw · ordinary least squares" in lines
    assert "MKT Nifty 50" in lines and "SZ SZ" not in lines
    fresh = " ".join(drawn(replace(HEATMAP, source="yahoo", missing=())).spec["title"]["subtitle"])
    assert not any(word in fresh for word in ("Old", "Synthetic", "missing"))


def test_titles_say_whose() -> None:
    """The title counts stocks and sectors, or names the only sector or stock."""
    power = tuple(s for s in HEATMAP.stocks if s.sector == "Power")
    one_sector = replace(HEATMAP, stocks=power, sectors=HEATMAP.sectors[2:])
    assert drawn().title == "Factor betas of 11 stocks in 3 sectors"
    assert drawn(one_sector).title == "Factor betas of 6 stocks, sector Power"
    single = drawn(replace(one_sector, stocks=power[1:2]))
    assert single.title == "Factor betas of DUNE.NS"
    assert single.spec["title"]["subtitle"][0] == "Dune Limited · Power"


def test_a_part_of_the_stocks_keeps_its_order_and_has_no_market_median() -> None:
    """Stocks stay as they are sorted; a median of some of a sector's stocks is not shown as the sector's."""
    some = replace(HEATMAP, stocks=(HEATMAP.stocks[8], HEATMAP.stocks[2], HEATMAP.stocks[5]))
    picture = drawn(some)
    assert [row for row, code in cells(picture) if row.endswith(".NS") and code == "SZ"] == [
        "IRIS.NS", "CARO.NS", "FARO.NS",
    ]  # fmt: skip
    numbers = [one for one in values(picture) if one.get("row") == "Power" and one["column"] == "market"]
    assert [one["text"] for one in numbers] == ["–"]
    assert picture.title == "Factor betas of 3 of 11 stocks in 3 sectors"
    assert "The first 3 of 11 stocks; sector medians are of all" in " ".join(picture.spec["title"]["subtitle"])


def test_many_stocks_are_a_poster_by_sector() -> None:
    """More than 40 stocks have a compact cell each, without numbers, below the names of their sectors."""
    shown = universe(200)
    found = cells(drawn(shown))
    for one in shown.stocks:
        assert {code: found[one.ticker, code]["beta"] for code in CODES} == one.betas
        assert found[one.ticker, "market"]["text"] == ""
    headings = [one["text"] for one in values(drawn(shown)) if one.get("weight") == 600]
    counts = {name: sum((s.sector or "no sector") == name for s in shown.stocks) for name in SECTORS}
    for name, number in counts.items():
        assert any(text.startswith(name[:8]) and text.endswith(f" ({number})") for text in headings)
    places = {(one["x"], one["y"]) for (row, code), one in found.items() if row.startswith("S") and code == "MKT"}
    assert len(places) == len(shown.stocks)


def test_of_very_many_stocks_the_extremes_are_shown() -> None:
    """Beyond 1,500 stocks the 20 with the largest and the 20 with the smallest market beta have a row."""
    picture = drawn(universe(1501))
    rows = [row for row, code in cells(picture) if row.startswith("S") and code == "market"]
    assert rows == [f"S{i}" for i in (*range(1500, 1480, -1), *range(19, -1, -1))]
    assert any("Of 1,501 stocks only the 20" in line for line in picture.spec["title"]["subtitle"])


def test_a_beta_that_is_not_known_is_a_dash() -> None:
    """NaN is null in the data, a dash in the picture, and has no colour."""
    first, *others = HEATMAP.stocks
    cell = [one for one in values(drawn(replace(HEATMAP, stocks=(replace(first, market_beta=NAN), *others))))
            if one.get("row") == "ANTE.NS" and one["column"] == "market"]  # fmt: skip
    assert [(one["beta"], one["level"], one["text"]) for one in cell] == [(None, None, "–")]


def test_the_alternative_text_tells_the_numbers() -> None:
    """Sectors first, then stocks, up to about 60 numbers; the rest is counted."""
    text = drawn().description
    assert ("Power (6), median: market β +0.78, MKT +0.55, VAL −0.48, MOM +0.52, SZ +0.042, "
            "VOL −2.08.") in text  # fmt: skip
    assert "ANTE.NS: market β +0.38, MKT +1.00, VAL −0.44 (not significant)" in text
    assert TICKERS[6] in text and f"{TICKERS[7]}.NS" not in text
    assert f"{(3 + 11) * 6 - MAX_NUMBERS} more numbers are not read out." in text
