"""The file of `factor heatmap export`."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from factorcli.cli.files import writing
from factorcli.cli.output import check_file
from factorcli.errors import InvalidOption
from factorcli.render.history import WRITERS, Table, table
from factorcli.results.history import HistoryDay, HistoryFile


def write_history(name: str, history: Iterable[HistoryDay]) -> HistoryFile:
    """Write the days of a history, one after the other. Raises InvalidOption, and HeatmapNotComputed for none."""
    check_file(name, tuple(WRITERS))
    target = Path(name)
    if target.suffix.lower() not in WRITERS:
        raise InvalidOption(f"--output {name} has no ending: name a file that ends in {' or '.join(WRITERS)}.")
    written = _Written()
    try:
        with writing(target) as file:
            WRITERS[target.suffix.lower()](file, written.counted(history))
    except OSError as error:
        raise InvalidOption(f"--output {name[:200]} cannot be written: {error.strerror or error}.") from None
    return HistoryFile(name, written.rows, len(written.days), min(written.days), max(written.days))


class _Written:
    """What goes through to a file."""

    def __init__(self) -> None:
        self.rows = 0
        self.days: set[date] = set()

    def counted(self, history: Iterable[HistoryDay]) -> Iterator[Table]:
        for day in history:
            self.rows += len(day.columns.tickers)
            self.days.add(day.as_of)
            yield table(day)
