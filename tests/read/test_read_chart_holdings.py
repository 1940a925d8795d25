"""What people see in the picture of a portfolio: weights, parts of the risk and market betas."""

import json
import re
from dataclasses import replace
from math import fsum
from typing import Any

import pytest

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.holdings import RISKS, WEIGHTS, holdings
from factorcli.render.charts.picture import Picture
from factorcli.render.charts.theme import BLUE, INK, MEDIAN, NEUTRAL, ORANGE, PALE_BLUE, PALE_ORANGE
from factorcli.results.portfolio import HoldingShare, PortfolioInfo
from tests.read.panels import key_of
from tests.read.records_betas import PORTFOLIO, beta_result, decomposition

pytestmark = pytest.mark.read


def draw(info: PortfolioInfo = PORTFOLIO) -> Picture:
    """The picture of a portfolio's betas."""
    return holdings([beta_result("PORTFOLIO", portfolio=info)], Extras())


def bars(picture: Picture) -> dict[str, Any]:
    """The view of weights and parts of the risk."""
    view: dict[str, Any] = picture.spec["vconcat"][1]["hconcat"][0]
    return view


def rows(picture: Picture) -> list[dict[str, Any]]:
    """Its rows."""
    return list(bars(picture)["data"]["values"])


def betas(picture: Picture) -> dict[str, Any]:
    """The view of the market betas."""
    view: dict[str, Any] = picture.spec["vconcat"][1]["hconcat"][1]
    return view


def many(count: int) -> PortfolioInfo:
    """Holdings of different weights and contributions, every third short, of which some lower the risk."""
    held = tuple(
        HoldingShare(f"T{i}.NS", None, None, (-1 if i % 3 == 0 else 1) * (0.001 + 0.0001 * i), 0.5 + 0.01 * i, {}, {},
                     (-1 if i % 5 == 0 else 1) * 0.0003 * (i + 1))
        for i in range(count)
    )  # fmt: skip
    return PortfolioInfo("mine.csv", 0.0, held)


def test_the_key_says_what_each_colour_is() -> None:
    """Weights, parts of the risk, and the market beta of the portfolio."""
    assert key_of(draw(replace(many(6), cash=0.3)).spec["vconcat"][0]) == {
        **WEIGHTS, **RISKS, "its market beta": INK, "portfolio's market beta, +1.05": MEDIAN,
    }  # fmt: skip


def test_each_holding_has_its_weight_its_risk_and_its_market_beta() -> None:
    """Unrounded in the data, rounded in the texts, in the columns of their headings."""
    picture = draw()
    assert [(r["label"], r["weight"], r["risk_contribution"], r["market_beta"]) for r in rows(picture)] == [
        ("AAA.NS  Alpha Works Ltd.", 0.721, 0.864, 1.12), ("BBB.NS", 0.279, 0.131, 0.87),
    ]  # fmt: skip
    assert [(r["weight_text"], r["risk_text"], r["beta_text"]) for r in rows(picture)] == [
        ("72.1%", "86.4%", "+1.12"), ("27.9%", "13.1%", "+0.87"),
    ]  # fmt: skip
    weight, risk, _, label, weight_text, risk_text, weight_heading, risk_heading = bars(picture)["layer"]
    assert [layer["encoding"]["x"]["field"] for layer in (weight, risk)] == ["weight", "risk_contribution"]
    assert label["encoding"]["text"]["field"] == "label"
    for text, heading, name in ((weight_text, weight_heading, "weight"), (risk_text, risk_heading, "risk")):
        assert text["encoding"]["text"]["field"] == f"{name}_text"
        assert heading["encoding"]["text"]["value"] == name
        assert text["encoding"]["x"] == heading["encoding"]["x"]


def test_the_portfolio_has_its_own_market_beta() -> None:
    """Of a beta result that of its one-factor fit, of a decomposition the sum of weight times beta."""
    picture = draw()
    _, reference, point, text = betas(picture)["layer"]
    assert reference["data"]["values"] == [{"portfolio_beta": 1.05}]
    assert (point["encoding"]["x"]["field"], text["encoding"]["text"]["field"]) == ("market_beta", "beta_text")
    assert betas(picture)["data"]["values"] == rows(picture)
    assert "mine.csv: market beta +1.05." in picture.description
    changed = replace(PORTFOLIO, holdings=(replace(PORTFOLIO.holdings[0], market_beta=1.52), PORTFOLIO.holdings[1]))
    picture = holdings([decomposition("PORTFOLIO", portfolio=changed)], Extras())
    (line,) = betas(picture)["layer"][1]["data"]["values"]
    assert line["portfolio_beta"] == pytest.approx(0.721 * 1.52 + 0.279 * 0.87)
    entries = [entry["label"] for entry in picture.spec["vconcat"][0]["data"]["values"]]
    assert entries == ["weight, held", "part of the risk", "its market beta", "portfolio's market beta, +1.34"]


def test_shorts_hedges_and_cash_have_colours_of_their_own() -> None:
    """A short is pale orange, whether it lowers the risk or not; cash is grey, last, and without risk or beta."""
    first, second = PORTFOLIO.holdings
    info = replace(PORTFOLIO, cash=-0.037, holdings=(
        replace(first, weight=-0.31, risk_contribution=0.021), replace(second, risk_contribution=-0.042)))  # fmt: skip
    found = rows(draw(info))
    assert [row["name"] for row in found] == ["AAA.NS", "BBB.NS", "cash"]
    assert [WEIGHTS[row["kind"]] for row in found] == [PALE_ORANGE, PALE_BLUE, NEUTRAL]
    assert [RISKS[row["effect"]] for row in found[:2]] == [BLUE, ORANGE]
    assert [row["weight_text"] for row in found] == ["−31.0%", "27.9%", "−3.7%"]
    assert found[-1]["weight"] == -0.037
    assert (found[-1]["risk_contribution"], found[-1]["risk_text"]) == (0.0, "0.0%")
    assert (found[-1]["market_beta"], found[-1]["beta_text"]) == (None, "")


def test_the_largest_risk_comes_first() -> None:
    """Whatever the order of the file."""
    info = replace(PORTFOLIO, holdings=tuple(reversed(PORTFOLIO.holdings)))
    assert [row["name"] for row in rows(draw(info))] == ["AAA.NS", "BBB.NS"]
    assert [row["row"] for row in rows(draw(info))] == [0, 1]


def test_the_smallest_of_many_holdings_share_a_row() -> None:
    """39 with the largest contributions of either sign, by contribution; the others' row has their exact sums."""
    info = many(50)
    found = rows(draw(info))
    assert len(found) == 40
    others = [holding for holding in info.holdings if int(holding.ticker[1:-3]) < 11]
    assert found[-1]["name"] == "11 others"
    assert found[-1]["weight"] == fsum(holding.weight for holding in others)
    assert found[-1]["risk_contribution"] == fsum(holding.risk_contribution for holding in others)
    assert found[-1]["market_beta"] is None
    contributions = [row["risk_contribution"] for row in found[:-1]]
    assert contributions == sorted(contributions, reverse=True)
    assert found[38]["name"] == "T45.NS"


def test_forty_holdings_have_a_row_each() -> None:
    """None is put together with another."""
    assert {row["name"] for row in rows(draw(many(40)))} == {f"T{i}.NS" for i in range(40)}


def test_the_alternative_text_has_every_number() -> None:
    """Weight, part of the risk, market beta and return of each holding; the weight of cash."""
    picture = draw(replace(PORTFOLIO, cash=0.053))
    assert picture.title == "Weight, risk and return of the holdings of mine.csv"
    assert "AAA.NS: weight 72.1%, part of the risk 86.4%, market beta +1.12, return +23.8%." in picture.description
    assert "BBB.NS: weight 27.9%, part of the risk 13.1%, market beta +0.87, return −15.7%." in picture.description
    assert "cash: weight 5.3%, part of the risk 0.0%." in picture.description
    assert "Synthetic prices" in " ".join(picture.spec["title"]["subtitle"])


def test_the_alternative_text_has_the_ends_of_many_returns() -> None:
    """The smallest and the largest of the holdings that share a row."""
    info = many(50)
    small = [replace(h, window_return=0.01 * i - 0.04) if i < 11 else h for i, h in enumerate(info.holdings)]
    picture = draw(replace(info, holdings=tuple(small)))
    (found,) = re.findall(r"11 others: [^.]*\.\d%, part of the risk [^,]*, (.*?)%\. ", picture.description)
    assert found == "returns −4.0% to +6.0"


def test_numbers_that_are_missing_are_null() -> None:
    """A portfolio of constant returns has no contributions; a dash stands for each."""
    nan = float("nan")
    first, second = PORTFOLIO.holdings
    info = replace(PORTFOLIO, holdings=(replace(first, risk_contribution=nan, market_beta=nan), second))
    picture = draw(info)
    row = next(row for row in rows(picture) if row["name"] == "AAA.NS")
    assert (row["risk_contribution"], row["risk_text"], row["market_beta"]) == (None, "–", None)
    json.dumps(picture.spec, allow_nan=False)


@pytest.mark.parametrize("width", [320, 760, 1200])
def test_the_width_is_that_asked_for(width: int) -> None:
    """Whatever the names of the holdings; a narrow picture has no room for market betas."""
    held = replace(PORTFOLIO.holdings[0], ticker="<script>alert(1)</script>.NS", name="Long " * 12)
    result = beta_result("PORTFOLIO", portfolio=replace(PORTFOLIO, holdings=(held, PORTFOLIO.holdings[1])))
    line = holdings([result], Extras(width=width)).spec["vconcat"][1]
    views = line["hconcat"]
    assert len(views) == (1 if width == 320 else 2)
    assert sum(view["width"] for view in views) + line["spacing"] * (len(views) - 1) == pytest.approx(width - 32)
