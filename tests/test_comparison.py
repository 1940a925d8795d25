"""What other stocks are like: ranges of a sector and medians of the universe, against numpy."""

from dataclasses import replace
from math import nan

import numpy as np
import pytest

from factorcli.analysis.comparison import comparison
from factorcli.results.heatmap import Heatmap
from tests.read.records_heatmaps import HEATMAP

pytestmark = pytest.mark.engine

SECTOR = "Power"


def values(found: Heatmap, code: str, sector: str | None = None) -> list[float]:
    """The betas of a code over the stocks, or over those of a sector."""
    stocks = [stock for stock in found.stocks if sector in (None, stock.sector)]
    if code in ("market", "down"):
        return [getattr(stock, f"{code}_beta") for stock in stocks]
    return [stock.betas[code] for stock in stocks]


def test_a_sector_has_its_middle_and_the_universe_its_median() -> None:
    """The 10th and the 90th percentile by linear interpolation, and the median, of each code."""
    whole = HEATMAP
    found = comparison(whole, SECTOR)
    mates = [stock for stock in whole.stocks if stock.sector == SECTOR]
    assert (found.as_of, found.stocks, found.total) == (whole.as_of, len(whole.stocks), whole.total)
    assert (found.sector, found.sector_stocks) == (SECTOR, len(mates))
    assert 5 <= len(mates) < len(whole.stocks)
    codes = ("market", "down", *whole.stocks[0].betas)
    assert tuple(found.median) == tuple(found.low) == tuple(found.high) == codes
    for code in codes:
        low, high = np.quantile(values(whole, code, SECTOR), [0.1, 0.9])
        assert (found.low[code], found.high[code]) == pytest.approx((low, high), abs=1e-12)
        assert found.median[code] == pytest.approx(np.median(values(whole, code)), abs=1e-12)


def test_few_stocks_and_no_sector_have_no_range() -> None:
    """A sector of four, a portfolio's None, though stocks without a sector are there, and a sector that is not."""
    whole = HEATMAP
    four = replace(whole, stocks=tuple(s for s in whole.stocks if s.sector == SECTOR)[:4])
    for one, sector in ((four, SECTOR), (whole, None), (whole, "Textiles")):
        found = comparison(one, sector)
        assert (found.sector, found.sector_stocks, found.low, found.high) == (None, 0, {}, {})
        assert found.median["market"] == pytest.approx(np.median(values(one, "market")), abs=1e-12)
    assert any(stock.sector is None for stock in whole.stocks)
    five = replace(whole, stocks=tuple(s for s in whole.stocks if s.sector == SECTOR)[:5])
    assert comparison(five, SECTOR).sector_stocks == 5


def test_a_beta_that_a_stock_lacks_does_not_count() -> None:
    """Nor is there a median of one stock."""
    whole = HEATMAP
    first, *others = whole.stocks
    holed = replace(whole, stocks=(replace(first, down_beta=nan), *others))
    assert comparison(holed, None).median["down"] == pytest.approx(np.median(values(holed, "down")[1:]), abs=1e-12)
    alone = replace(whole, stocks=(first, *(replace(stock, down_beta=nan) for stock in others)))
    assert "down" not in comparison(alone, None).median
    assert "market" in comparison(alone, None).median
