"""Dividends that a price index lacks beside stocks whose prices contain them."""

from collections.abc import Mapping

from factorcli.model.factor_model import MARKET, FactorModel
from factorcli.results.warnings import ResultWarning

INDEX_PREFIX = "^"  # of Yahoo's tickers of indices, whose closes are without dividends


def price_index_warning(
    model: FactorModel, proxies: Mapping[str, str], *, total_return: bool
) -> tuple[ResultWarning, ...]:
    """A warning where stocks' prices contain dividends and those of the market do not.

    total_return: whether the source's prices contain them, other than those of indices. Where only the model says so,
    the market's proxy is taken for a price index, whatever its name.
    """
    market, proxy = model.factors[model.market_column], proxies[MARKET]
    is_price_index = proxy.startswith(INDEX_PREFIX) if total_return else model.total_return
    if not is_price_index or market.dividend_yield or market.transform != "return" or market.returns is not None:
        return ()
    text = (
        f"stocks' prices contain dividends and the index {proxy} does not, so alpha contains the index's dividend "
        "yield (1 to 2% a year for the Nifty 50). A model file adds it: dividend_yield = 0.013 below the factor "
        f"{MARKET}."
    )
    return (ResultWarning("price_index", text),)
