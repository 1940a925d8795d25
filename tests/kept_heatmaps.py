"""The newest heatmaps that the local cache holds, row by row, whatever blocks they are kept in."""

import sqlite3
from contextlib import closing
from pathlib import Path

from factorcli.results.codec import decode
from factorcli.results.column_codec import decode_columns
from factorcli.results.heatmap import HeatIndex, HeatRow

NEWEST_PARTS = 3  # slashes: heat/DIGEST/WINDOW/#block-0
Row = tuple[str, str]  # the key of a window, and a ticker


def kept_rows(home: Path) -> dict[Row, HeatRow]:
    """The last row of each window and ticker."""
    with closing(sqlite3.connect(home / "cache" / "factorcli" / "cache.db")) as database:
        found = database.execute("SELECT key, value FROM Cache WHERE key LIKE 'heat/%'").fetchall()
    entries = {key: bytes(value) for key, value in found if _is_newest(key)}
    rows = {}
    for key, payload in entries.items():
        window, _, name = key.rpartition("/#")
        index = decode(HeatIndex, payload) if name == "index" else None
        for number in index.blocks if index else ():
            columns = decode_columns(entries[f"{window}/#block-{number}"])
            assert columns is not None, f"block {number} of {window} is not whole"
            for i, ticker in enumerate(columns.tickers):
                rows[window, ticker] = columns.row(i, None)
    return rows


def kept_blocks(home: Path) -> list[str]:
    """The names of the blocks of all windows."""
    with closing(sqlite3.connect(home / "cache" / "factorcli" / "cache.db")) as database:
        found = database.execute("SELECT key FROM Cache WHERE key LIKE 'heat/%/#block-%'").fetchall()
    return [key for (key,) in found if _is_newest(key)]


def _is_newest(key: str) -> bool:
    """Whether a key is not of a past day's heatmap, which is kept under day and state."""
    return key.count("/") == NEWEST_PARTS
