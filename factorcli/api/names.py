"""Tickers as the library is given them."""

from collections.abc import Iterable

from factorcli.errors import InvalidTicker


def ticker_of(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidTicker(f"{value!r} is not a ticker: give a text such as 'TCS.NS'.")
    return value


def tickers_of(values: Iterable[str]) -> list[str]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidTicker(f"{values!r} is not a list of tickers: give one, such as ['TCS', 'INFY'].")
    return [ticker_of(value) for value in values]
