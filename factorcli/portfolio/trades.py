"""Trades of a portfolio, as people write them. Standard library only.

RELIANCE=-5%    sell RELIANCE for 5 % of the portfolio's value
TCS=+10sh       buy 10 shares of TCS, where the file has quantities
CASH=+5%        what the sales bring
"""

import math
import re
from dataclasses import dataclass

from factorcli.errors import InvalidOption

UNITS = {"%": "percent", "sh": "shares", "share": "shares", "shares": "shares"}
NUMBER = re.compile(r"([+\-−]?[0-9]*\.?[0-9]+(?:e[+\-]?[0-9]+)?)\s*(%|[a-z]*)", re.IGNORECASE)
MAX_SHOWN = 40  # characters of a text that a message repeats


@dataclass(frozen=True)
class Trade:
    """A change of a position: a fraction of the portfolio's value or a number of shares, negative for a sale."""

    ticker: str
    change: float
    in_shares: bool = False

    @classmethod
    def parse(cls, text: str) -> "Trade":
        """RELIANCE=-5% or TCS=+10sh as a trade. Raises InvalidOption."""
        ticker, equals, amount = text.rpartition("=")
        if not equals or not ticker.strip():
            raise InvalidOption(f"The trade {_shown(text)} has no ticker and amount: write it as RELIANCE=-5%.")
        return cls.of(ticker, amount)

    @classmethod
    def of(cls, ticker: str, amount: object) -> "Trade":
        """A trade of a ticker: a fraction below 1 in size, or a text with its unit. Raises InvalidOption."""
        if not isinstance(ticker, str) or not ticker.strip():
            raise InvalidOption(f"A trade is of {ticker!r}: name a ticker such as RELIANCE.")
        ticker = ticker.strip()
        if isinstance(amount, str):
            return _written(ticker, amount)
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not math.isfinite(amount):
            raise InvalidOption(f"The trade of {ticker} is {amount!r}: give a fraction of the value, such as -0.05.")
        if abs(amount) >= 1:
            raise InvalidOption(
                f"The trade of {ticker} is {amount:g}, a fraction of the value: {amount:+.0%}, or {amount:+g}%? Write "
                f"'{amount:+g}%', {amount / 100:+g}, or a number of shares as '{amount:+g}sh'."
            )
        return cls(ticker, float(amount))


def _written(ticker: str, text: str) -> Trade:
    """A trade whose amount is a text with its unit."""
    found = NUMBER.fullmatch(text.strip().replace(",", ""))
    value = float(found[1].replace("−", "-")) if found else math.nan
    unit = UNITS.get(found[2].lower()) if found else None
    if found is None or not math.isfinite(value) or (found[2] and unit is None):
        raise InvalidOption(
            f"The trade of {ticker} is {_shown(text)}: write per cent of the portfolio's value, such as -5%, or a "
            "number of shares, such as -10sh."
        )
    if unit is None and value:
        other = (
            f"{value:+g}%, or {100 * value:+g}%"
            if abs(value) < 1
            else f"{value:+g}% of the value, or {value:+g} shares"
        )
        write = f"{value:+g}% or {100 * value:+g}%" if abs(value) < 1 else f"{value:+g}% or {value:+g}sh"
        raise InvalidOption(f"The trade of {ticker} is {_shown(text)} without a unit: {other}? Write {write}.")
    return Trade(ticker, value / 100 if unit == "percent" else value, in_shares=unit == "shares")


def _shown(text: str) -> str:
    return repr(text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…")
