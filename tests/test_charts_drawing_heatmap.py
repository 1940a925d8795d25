"""Heatmaps and comparisons of exposures as drawn: their width, and nothing in them is interpreted."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from factorcli.render.charts.drawing import svg
from factorcli.render.charts.exposures import exposures
from factorcli.render.charts.extras import Extras
from factorcli.render.charts.heatmap import heatmap
from factorcli.render.charts.picture import Picture
from tests.read.records_betas import beta_result
from tests.read.records_heatmaps import HEATMAP, stock

TICKER = "<script>alert('\"')"


def few_stocks(extras: Extras) -> Picture:
    return heatmap([replace(HEATMAP, stocks=(replace(stock(1), ticker=TICKER), *HEATMAP.stocks[2:]))], extras)


def poster(extras: Extras) -> Picture:
    stocks = tuple(replace(stock(i % 11), ticker=f"S{i}" if i else TICKER) for i in range(60))
    return heatmap([replace(HEATMAP, stocks=stocks)], extras)


def panels(extras: Extras) -> Picture:
    return exposures([beta_result(TICKER), beta_result("B.NS")], extras)


def columns(extras: Extras) -> Picture:
    return exposures([beta_result(TICKER), *(beta_result(f"B{i}.NS") for i in range(8))], extras)


@pytest.mark.parametrize("made", [few_stocks, poster, panels, columns])
def test_a_picture_has_its_width_and_shows_names_as_text(made: Callable[[Extras], Picture]) -> None:
    """The SVG is as wide as asked for, and a ticker that looks like a tag is text in it."""
    drawn = svg(made(Extras(width=760)))
    found = re.search(r'<svg[^>]* width="([\d.]+)"', drawn)
    assert found is not None
    assert abs(float(found[1]) - 760) <= 12
    assert "<script" not in drawn
    assert drawn.count("&lt;script&gt;") > 1
