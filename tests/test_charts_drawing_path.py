"""Rolling betas and the factors of a model as drawn."""

import re
from dataclasses import replace
from datetime import date, timedelta
from math import nan

import pytest
from vl_convert import vegalite_to_vega

from factorcli.render.charts.drawing import svg
from factorcli.render.charts.extras import Extras
from factorcli.render.charts.factors import factors
from factorcli.render.charts.path import path
from factorcli.render.charts.picture import Picture
from factorcli.render.charts.theme import BLUE, MUTED
from factorcli.results.model import FactorPath
from factorcli.results.rolling import RollingPath
from tests.read.records_betas import beta_result
from tests.read.records_heatmaps import FULL_MODEL, STATISTICS

pytestmark = pytest.mark.read

GAP, GREY = (8, 9), (14, 15, 16)
VALUES = tuple(nan if i in GAP else 0.5 + i / 100 for i in range(30))
LOW = tuple(value - (0.7 if i in GREY else 0.2) for i, value in enumerate(VALUES))
WAY = RollingPath(
    dates=tuple(date(2026, 1, 1) + timedelta(i) for i in range(30)), alpha=VALUES, betas={"MKT": VALUES},
    r_squared=VALUES, residual_volatility=VALUES, alpha_low=VALUES, alpha_high=VALUES,
    betas_low={"MKT": LOW}, betas_high={"MKT": tuple(value + 0.3 for value in VALUES)},
)  # fmt: skip


def width(drawn: str) -> float:
    found = re.search(r'<svg[^>]* width="([\d.]+)"', drawn)
    assert found
    return float(found[1])


def lines(drawn: str, colour: str) -> list[int]:
    """Number of pieces of each line of this colour."""
    paths = re.findall(rf'd="([^"]+)" stroke="{colour}" stroke-width="1.6"', drawn)
    return [path.count("M") for path in paths]


def test_lines_break_at_gaps_and_where_they_are_not_significant() -> None:
    """The grey line has two pieces, the coloured one three; R² and residual volatility have two."""
    drawn = svg(path([beta_result(rolling=WAY)], Extras()))
    assert lines(drawn, MUTED) == [2]
    assert lines(drawn, BLUE) == [3, 2, 2]


def test_gaps_leave_the_scale_of_the_days_alone() -> None:
    """Where a stock is young, each scale of days has one domain, so that Vega has nothing to warn of."""
    young = replace(WAY, betas={"MKT": tuple(nan if i < 12 else value for i, value in enumerate(VALUES))})
    drawn = vegalite_to_vega(path([beta_result(rolling=young)], Extras()).spec)
    domains = [scale["domain"]["fields"] for scale in drawn["scales"] if scale["type"] == "utc"]
    assert [["signal" in end for end in domain] for domain in domains] == [[True, True]] * 3


@pytest.mark.parametrize("size", [320, 760, 1200])
@pytest.mark.parametrize("stocks", [1, 3, 6])
def test_paths_are_as_wide_as_asked(stocks: int, size: int) -> None:
    """Panels, labels and axes take the width that was asked for, for one stock, some and many."""
    results = [beta_result(f"STOCK{i}.NS", rolling=WAY) for i in range(stocks)]
    assert abs(width(svg(path(results, Extras(width=size)))) - size) <= 12


@pytest.mark.parametrize("size", [320, 760, 1200])
def test_factors_are_drawn_as_wide_as_asked(size: int) -> None:
    """Panels and the table with its correlations take the width that was asked for, and a NaN breaks a line."""
    way = FactorPath(WAY.dates, dict.fromkeys(STATISTICS.factors, VALUES))
    picture: Picture = factors([replace(FULL_MODEL, statistics=replace(STATISTICS, path=way))], Extras(width=size))
    drawn = svg(picture)
    assert abs(width(drawn) - size) <= 12
    assert lines(drawn, BLUE) == [2, 2, 2]
