"""What files of factor returns and of rates are taken for; None for a file of another kind."""

import math
from pathlib import Path

from factorcli.errors import InvalidModel
from factorcli.model.rate_file import heading_of_rates, is_rates, is_titled_rates, read_rates
from factorcli.model.return_file import MAX_FILE_BYTES, is_published, read_returns
from factorcli.model.risk_free import MAX_RATE
from factorcli.results.check import FileCheck
from factorcli.tables.reader import table_of


def returns_check(path: Path) -> FileCheck | None:
    """Published factor returns."""
    table = table_of(path, MAX_FILE_BYTES, lambda head: True if head[1:] and is_published(head[0]) else None)
    if table is None:
        return None
    kind = "daily factor returns"
    try:
        found = read_returns(path)
    except InvalidModel as error:
        return FileCheck(str(path), kind, str(error), form=table.form)
    missing = {name: sum(map(math.isnan, values)) for name, values in found.columns.items()}
    return FileCheck(
        str(path),
        kind,
        form=table.form,
        rows=len(found.dates),
        first=found.dates[0],
        last=found.dates[-1],
        used=tuple(found.columns),
        gaps=tuple(f"{name} has no return on {count} days" for name, count in missing.items() if count),
    )


def rates_check(path: Path) -> FileCheck | None:
    """Rates that are called so, by their heading or by a title above it, or a series of FRED's."""
    table = table_of(path, MAX_FILE_BYTES, lambda head: heading_of_rates(head) if is_rates(head) else None)
    if table is None:
        table = table_of(path, MAX_FILE_BYTES, heading_of_rates)
        if table is None or not is_titled_rates(table):
            return None
    try:
        found = read_rates(path, None, MAX_RATE)
    except InvalidModel as error:
        return FileCheck(str(path), "rates", str(error), form=table.form)
    note = f"the rates run from {min(found.rates):.2%} to {max(found.rates):.2%} a year"
    return FileCheck(
        str(path),
        "rates",
        form=table.form,
        rows=len(found.dates),
        first=found.dates[0],
        last=found.dates[-1],
        used=tuple(cell for cell in table.heading if cell),
        notes=(note,),
    )
