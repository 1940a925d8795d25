"""The numbers and texts of a picture of exposures."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from factorcli.render.charts.exposures import exposures
from factorcli.render.charts.extras import Extras
from factorcli.render.charts.picture import Picture
from factorcli.results.beta import BetaResult
from factorcli.results.comparison import Comparison
from factorcli.results.provenance import ExcludedDay
from factorcli.results.warnings import ResultWarning
from tests.read.records_betas import DOWN, FACTORS, PORTFOLIO, beta_result

pytestmark = pytest.mark.read

NAN = float("nan")
CODES = ("market", "down", *FACTORS)
COMPARISON = Comparison(
    as_of=date(2026, 11, 19),
    stocks=497,
    median={code: 0.011 + place / 100 for place, code in enumerate(CODES)},
    sector="Capital Goods",
    sector_stocks=63,
    low={code: -0.912 - place / 100 for place, code in enumerate(CODES)},
    high={code: 0.713 + place / 100 for place, code in enumerate(CODES)},
    total=503,
)


def results(number: int) -> list[BetaResult]:
    """Results whose numbers all differ."""
    return [
        beta_result(
            f"T{i}.NS",
            betas={c: replace(b, beta=b.beta + i, ci_low=b.ci_low + i, ci_high=b.ci_high + i)
                   for c, b in FACTORS.items()},
        )
        for i in range(number)
    ]  # fmt: skip


def drawn(shown: list[BetaResult], **extras: Any) -> Picture:
    return exposures(shown, Extras(comparisons={r.ticker: COMPARISON for r in shown}, **extras))


def views(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The plots of a specification, those within others too."""
    for part in [*spec.get("vconcat", ()), *spec.get("hconcat", ())]:
        yield from views(part)
    if "layer" in spec and "encoding" in spec:
        yield spec


def rows(picture: Picture) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["ticker"], row["code"]): row for view in views(picture.spec) for row in view["data"]["values"]}


@pytest.mark.parametrize("number", [1, 2, 8, 9, 120])
def test_every_row_has_the_numbers_of_its_result(number: int) -> None:
    """However many results, each has each beta with its interval and the median of the universe, unrounded."""
    shown = results(number)
    found = rows(drawn(shown))
    assert len(found) == number * len(CODES)
    for result in shown:
        for code, beta in result.betas.items():
            row = found[result.ticker, code]
            assert (row["beta"], row["ci_low"], row["ci_high"]) == (beta.beta, beta.ci_low, beta.ci_high)
            assert row["universe_median"] == COMPARISON.median[code]
            assert row["significant"] == (beta.p_value < 0.05)
        market, down = found[result.ticker, "market"], found[result.ticker, "down"]
        assert (market["beta"], market["ci_low"], market["ci_high"]) == (1.05, 0.89, 1.21)
        assert (down["beta"], down["ci_low"], down["ci_high"]) == (DOWN.estimate, DOWN.ci_low, DOWN.ci_high)


@pytest.mark.parametrize("number", [1, 3, 8])
def test_few_results_have_their_numbers_and_their_sector_beside(number: int) -> None:
    """Up to eight results print estimate and interval, and have the range of their sector."""
    picture = drawn(results(number))
    row = rows(picture)["T0.NS", "VOL"]
    assert row["text"] == "−0.021 (−0.047 to +0.005)"
    assert (row["sector_low"], row["sector_high"]) == (COMPARISON.low["VOL"], COMPARISON.high["VOL"])
    for view in views(picture.spec):
        fields = [layer["encoding"].get("text", {}).get("field") for layer in view["layer"]]
        assert "text" in fields
    assert "sector Capital Goods (63 stocks); universe, 497 of 503 stocks, heatmap of 2026-11-19" in " ".join(
        picture.spec["title"]["subtitle"]
    )


def test_several_results_have_a_panel_a_factor_on_its_own_scale() -> None:
    """A panel has the label of its factor as title and a row a result, in their order."""
    shown = results(4)
    panels = list(views(drawn(shown, names={"SZ": "Nifty Midcap 150"}).spec))
    titles = ["market β, one factor", "down β, one factor", "MKT", "VAL", "MOM", "Nifty Midcap 150 (SZ)", "VOL"]
    assert [panel["title"]["text"] for panel in panels] == titles
    for panel, code in zip(panels, CODES, strict=True):
        assert {row["code"] for row in panel["data"]["values"]} == {code}
        assert panel["encoding"]["y"]["sort"] == [r.ticker for r in shown]


def test_many_results_have_a_column_a_factor_on_one_scale() -> None:
    """A column's parts have one scale, which holds all its numbers and zero; the rows keep their order."""
    shown = results(120)
    parts = list(views(drawn(shown).spec))
    for code in CODES:
        own = [part for part in parts if part["data"]["values"][0]["code"] == code]
        assert [row["ticker"] for part in own for row in part["data"]["values"]] == [r.ticker for r in shown]
        scales = [layer["encoding"]["x"]["scale"]["domain"] for part in own for layer in part["layer"]
                  if "scale" in layer["encoding"]["x"]]  # fmt: skip
        numbers = [row[name] for part in own for row in part["data"]["values"] for name in ("ci_low", "ci_high")]
        assert all(scale == [min(0, *numbers), max(0, *numbers)] for scale in scales)
    assert "sector_low" not in parts[0]["data"]["values"][0]
    assert not any("text" in layer["encoding"] for part in parts for layer in part["layer"])


def test_twelve_factors_are_two_bands_of_columns() -> None:
    """Columns that do not fit beside each other continue below, none narrower than 60 px."""
    codes = [f"F{i}" for i in range(12)]
    shown = [replace(r, betas=dict.fromkeys(codes, FACTORS["MKT"])) for r in results(9)]
    picture = drawn(shown)
    bands = [part for part in picture.spec["vconcat"] if "hconcat" in part]
    assert [len(band["hconcat"]) for band in bands] == [7, 7]
    assert all(view["width"] >= 60 for view in views(picture.spec))


@pytest.mark.parametrize("number", [1, 3, 9])
def test_of_an_estimate_without_a_test_the_interval_decides(number: int) -> None:
    """A shrunk beta has no p-value: it is hollow where its interval contains zero, as one that fails its test is."""
    first, *others = results(number)
    unsure, sure = replace(FACTORS["SZ"], p_value=NAN), replace(FACTORS["VAL"], p_value=NAN)
    found = rows(drawn([replace(first, betas={**first.betas, "SZ": unsure, "VAL": sure}), *others]))
    assert not found["T0.NS", "SZ"]["significant"]
    assert found["T0.NS", "VAL"]["significant"]
    assert not found["T0.NS", "VOL"]["significant"]


def test_one_result_in_a_narrow_picture_has_panels() -> None:
    """Where labels and numbers would leave no room for tracks, each factor is a title above its own plot."""
    wide, narrow = (list(views(drawn(results(1), width=width, names={"SZ": "Nifty Midcap 150"}).spec))
                    for width in (760, 400))  # fmt: skip
    assert "title" not in wide[0]
    assert [view["title"]["text"] for view in narrow][5] == "Nifty Midcap 150 (SZ)"
    assert all(view["width"] >= 110 for view in [*wide, *narrow])


def test_a_portfolio_is_called_by_its_name() -> None:
    """The title has it instead of the word that stands for a ticker, so that no line below repeats it."""
    picture = drawn([beta_result("PORTFOLIO", name="book.csv", portfolio=PORTFOLIO)])
    assert picture.title == "Factor exposures of book.csv"
    assert "book.csv" not in picture.spec["title"]["subtitle"]


def test_what_is_wrong_with_the_prices_is_said_in_words() -> None:
    """Reasons and warnings stand without the codes by which programs know them."""
    data = replace(beta_result().data, excluded=(ExcludedDay(date(2026, 6, 4), "suspect_proxy", 0.1),))
    young = ResultWarning("short_history", "222 returns in a window of 252.")
    lines = drawn([beta_result(data=data, warnings=(young,))]).spec["title"]["subtitle"]
    assert "1 day left out: 2026-06-04 (suspect proxy)" in lines
    assert "222 returns in a window of 252" in lines


def test_what_a_young_stock_lacks_is_null_and_keeps_its_row() -> None:
    """NaN is null in the data and a dash in the text; the beta of falling days that none has is left out."""
    young, other = results(2)
    nothing = replace(young.market_model, down=replace(DOWN, estimate=NAN, ci_low=NAN, ci_high=NAN, p_value=NAN))
    young = replace(young, market_model=nothing,
                    betas={**young.betas, "MKT": replace(FACTORS["MKT"], ci_low=NAN, ci_high=NAN)})  # fmt: skip
    found = rows(drawn([young, other]))
    assert (found["T0.NS", "down"]["beta"], found["T0.NS", "down"]["text"]) == (None, "–")
    assert (found["T0.NS", "MKT"]["ci_low"], found["T0.NS", "MKT"]["text"]) == (None, "+0.62")
    assert ("T0.NS", "down") not in rows(drawn([young]))


def test_the_alternative_text_tells_about_sixty_numbers() -> None:
    """One result is read out in full; of many as much as one can listen to, and the rest is counted."""
    one, many = drawn(results(1)).description, drawn(results(9)).description
    assert "T0.NS MKT: +0.62 (+0.28 to +0.97). T0.NS VAL: −0.33 (−0.57 to −0.09)." in one
    assert "not read out" not in one
    assert "T0.NS VOL: −0.021 (−0.047 to +0.005)." in many
    assert f"{(9 * 7 - 20) * 3} more numbers are not read out." in many
