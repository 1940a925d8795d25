"""How sentences and tables call what a decision is about."""

from collections.abc import Sequence
from typing import Any

from factorcli.render.layout import Column
from factorcli.render.text import FileName
from factorcli.results.beta import PORTFOLIO


def whose(ticker: str, name: str | None) -> str:
    """A ticker, or `the portfolio book.csv`; `the portfolio` for one that has no name of its own."""
    if ticker != PORTFOLIO:
        return ticker
    return "the portfolio" if (name or PORTFOLIO).casefold() == PORTFOLIO.casefold() else f"the portfolio {name}"


def called(result: Any) -> str:
    """The ticker of a result, or the file of a portfolio."""
    return str(result.name if result.ticker == PORTFOLIO and result.name else result.ticker)


def named(results: Sequence[Any], need: int) -> list[Column]:
    """Ticker and name of each result, or the file of a portfolio; the names, of this need, where there are any."""
    of_files = [one.ticker == PORTFOLIO or isinstance(one.ticker, FileName) for one in results]
    first = [called(one) for one in results]
    names = ["" if is_file else one.name or "" for one, is_file in zip(results, of_files, strict=True)]
    return [
        Column("portfolio" if all(of_files) else "ticker", first, left=True, style="bold"),
        *([Column("name", names, need=need, left=True)] if any(names) else []),
    ]
