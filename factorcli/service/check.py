"""What files are taken for: each is shown to the readers of every kind of table."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from factorcli.markets.list_check import stock_list_check
from factorcli.model.file_checks import rates_check, returns_check
from factorcli.portfolio.holdings_check import holdings_check
from factorcli.results.batch import Batch
from factorcli.results.check import FileCheck

Reader = Callable[[Path], FileCheck | None]  # None: the file is of another kind
# Readers of other kinds, in this order, which are asked before the one of prices.
OTHERS: tuple[Reader, ...] = (returns_check, rates_check, holdings_check, stock_list_check)
SOME_FAILED, NONE_READ = 3, 4  # exit status


def check_files(paths: Iterable[Path], prices: Callable[[Path], FileCheck]) -> Batch[FileCheck]:
    """What each file is taken for; `prices` reads what no other reader takes, and says why it is of no kind."""
    found = tuple(next((f for read in OTHERS if (f := read(path)) is not None), None) or prices(path) for path in paths)
    return Batch(found, exit_code=_status(found))


def _status(found: Sequence[FileCheck]) -> int:
    bad = [check for check in found if check.problem is not None]
    if not bad:
        return 0
    return NONE_READ if len(bad) == len(found) else SOME_FAILED
