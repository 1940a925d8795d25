"""Whether a file that cannot be read as prices is a table of prices with a defect, or something else."""

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from factorcli.errors import UnreadableTable
from factorcli.tables.cells import is_missing, words
from factorcli.tables.dates import is_date
from factorcli.tables.numbers import number
from factorcli.tables.price_headings import DATES
from factorcli.tables.price_layout import Layout, recognise
from factorcli.tables.reader import TableFile, cell_at

SAMPLED_ROWS = 300
MAX_DEFECTS = 2  # in a short table
MAX_DEFECT_SHARE = 0.2
_NO_PRICE = re.compile(r"\b(?:rates?|yields?|repo|inflation|returns?|weights?)\b")


def why_no_prices(path: Path, max_bytes: int) -> str:
    """Why a file is no table of prices, as a sentence without its subject; empty where it is one.

    A table of prices has dates, with few others among them, and beside them positive numbers, with few others.
    """
    if path.suffix.lower() == ".parquet":
        return ""
    try:
        table = TableFile(path, max_bytes).find(_columns)
    except UnreadableTable:
        return ""
    if table is None:
        return "holds no table of dates and prices."
    day, columns = table.meaning
    if all(_NO_PRICE.search(words(table.heading[i])) for i in columns):
        return f"holds {table.heading[columns[0]]}, which is no price."
    dates, prices = _Count(), _Count()
    try:
        for _, cells in islice(table.rows, SAMPLED_ROWS):
            dates.add(is_date(cell_at(cells, day)))
            for i in columns:
                if not is_missing(cell := cell_at(cells, i)):
                    prices.add((number(cell) or number(cell, ",") or 0.0) > 0)
    except UnreadableTable:
        pass  # what came before counts
    if not dates.total:
        return "holds no table of dates and prices."
    if dates.few:
        return f"is no table of prices: {dates.good} of {dates.total} rows have a date."
    if prices.few:
        return f"is no table of prices: {prices.good} of {prices.total} cells beside its dates are positive numbers."
    return ""


class _Count:
    def __init__(self) -> None:
        self.good = self.total = 0

    def add(self, good: bool) -> None:
        self.good += good
        self.total += 1

    @property
    def few(self) -> bool:
        """Whether there are too few of the right kind."""
        bad = self.total - self.good
        return not self.good or bad > self.good or bad > max(MAX_DEFECTS, MAX_DEFECT_SHARE * self.total)


def _columns(head: Sequence[Sequence[str]]) -> tuple[int, Sequence[int]] | None:
    """The position of the dates and those of the prices; of a heading that is refused, all others."""
    try:
        layout: Layout | None = recognise(head)
    except UnreadableTable:
        day = next((i for i, cell in enumerate(head[0]) if words(cell) in DATES), 0)
        return day, [i for i in range(len(head[0])) if i != day]
    return None if layout is None else (layout.date, layout.closes)
