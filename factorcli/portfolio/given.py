"""Holdings and benchmarks as they are given: a file, a mapping, pairs, or a ticker. Standard library only."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from factorcli.errors import InvalidOption, InvalidPortfolio
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.trades import Trade

HoldingsLike = str | Path | Mapping[str, float] | Iterable[tuple[str, float]]
BenchmarkLike = HoldingsLike | Holdings  # a text may be a ticker
FILE_ENDING = re.compile(r".*\.(?:csv|tsv|txt|xlsx|xlsm|xls|ods|json|parquet)", re.IGNORECASE)


def trades_of(trades: object) -> list[Trade]:
    """Trades of a mapping of ticker to amount, or of pairs, an amount as `Trade.of` has it. Raises InvalidOption."""
    items = getattr(trades, "items", None)
    pairs = items() if callable(items) else trades
    if isinstance(pairs, str) or not isinstance(pairs, Iterable):
        raise InvalidOption(f"trades is {trades!r}: give a mapping of ticker to change, such as {{'TCS': -0.05}}.")
    found = []
    for pair in pairs:
        if not (isinstance(pair, tuple | list) and len(pair) == 2):
            raise InvalidOption(f"A trade is {pair!r}: give a pair of a ticker and a change, such as ('TCS', -0.05).")
        found.append(Trade.of(*pair))
    return found


def holdings_of(holdings: object, by: str = "weight", name: str = "portfolio") -> Holdings:
    """The holdings of a path, or of pairs of ticker and number as a mapping or in a list. Raises InvalidPortfolio."""
    own = getattr(holdings, "holdings", holdings)  # of what the library calls a portfolio
    if isinstance(own, Holdings):
        return own
    if isinstance(holdings, str | Path):
        if str(holdings).strip() and Path(holdings).expanduser().is_dir():
            raise InvalidPortfolio(f"{holdings} is a folder: name a file of holdings.")
        return Holdings.load(holdings)
    items = getattr(holdings, "items", None)  # a dictionary or a pandas Series
    pairs = items() if callable(items) else holdings
    if not isinstance(pairs, Iterable):
        raise InvalidPortfolio(f"holdings is {holdings!r}: give a path, a mapping of ticker to weight, or pairs.")
    return Holdings.of(pairs, by=by, name=name)


def benchmark_of(benchmark: object) -> str | Holdings:
    """A ticker as typed, or the holdings of a file, a mapping or pairs. Raises InvalidPortfolio.

    A text is a file where it has a path's separator or a table's ending, or where there is such a file.
    """
    if isinstance(benchmark, str) and not _is_file(benchmark):
        return benchmark
    return holdings_of(benchmark, name="benchmark")


def _is_file(text: str) -> bool:
    has_form = "/" in text or "\\" in text or FILE_ENDING.fullmatch(text.strip()) is not None
    try:
        return has_form or (bool(text.strip()) and Path(text).expanduser().exists())
    except (OSError, ValueError):  # no name of a file
        return False
