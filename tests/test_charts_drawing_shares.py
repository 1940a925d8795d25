"""Pictures of shares, attributions and holdings as drawn: as wide as asked for, and readable."""

import re

import pytest

from factorcli.render.charts.catalogue import draw
from factorcli.render.charts.drawing import svg
from factorcli.render.charts.extras import Extras
from tests.read.records_betas import PORTFOLIO, decomposition


@pytest.mark.parametrize("width", [320, 760])
@pytest.mark.parametrize("count", [1, 2, 30])
@pytest.mark.parametrize("name", ["shares", "attribution", "holdings"])
def test_a_drawn_picture_is_as_wide_as_asked_for(name: str, count: int, width: int) -> None:
    """No label or number widens it, no text is smaller than 11 px, and names are text, not markup."""
    tickers = ["<script>1</script>.NS", *(f"T{i}.NS" for i in range(count - 1))]
    results = [decomposition(ticker, name="A name of many words " * 3) for ticker in tickers]
    if name == "holdings":
        results = [decomposition("PORTFOLIO", portfolio=PORTFOLIO)]
    drawn = svg(draw(results, name, Extras(width=width)))
    found = re.search(r'<svg[^>]* width="([\d.]+)"', drawn)
    assert found is not None
    assert abs(float(found[1]) - width) <= 12
    assert min(float(size) for size in re.findall(r'font-size="([\d.]+)px"', drawn)) >= 11
    assert "<script" not in drawn
