"""What a file of holdings is taken for; None for a file of another kind."""

from pathlib import Path

from factorcli.errors import InvalidPortfolio
from factorcli.portfolio.columns import Columns, recognised
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.holdings_file import MAX_FILE_BYTES
from factorcli.results.check import FileCheck
from factorcli.tables.cells import has_bars
from factorcli.tables.reader import table_of


def holdings_check(path: Path) -> FileCheck | None:
    """Holdings, unless the table has days and closes."""
    table = table_of(path, MAX_FILE_BYTES, recognised)
    if table is None or has_bars(table.heading):
        return None
    try:
        found = Holdings.load(path)
    except InvalidPortfolio as error:
        return FileCheck(str(path), "holdings", str(error), form=table.form)
    used, kind = _used(table.meaning)
    return FileCheck(
        str(path),
        f"holdings by {kind}",
        form=table.form,
        rows=len(found.rows),
        used=used,
        left=tuple(cell for cell in table.heading if cell and cell not in used) if used else (),
        tickers=tuple(dict.fromkeys(row.ticker for row in found.rows)),
        suspects=tuple(warning.text for warning in found.warnings if warning.code == "implausible"),
        notes=tuple(warning.text for warning in found.warnings if warning.code != "implausible"),
    )


def _used(columns: Columns) -> tuple[tuple[str, ...], str]:
    """The headings that count, and the kind of amount; none of a statement of sections."""
    if columns.section:
        return (), "quantity"
    names, rest = (columns.ticker, columns.isin, columns.name), (columns.currency, columns.exchange)
    places = (*names, columns.amount, *columns.also, *rest)
    return tuple(columns.heading[place].strip() for place in places if place is not None), columns.kind
