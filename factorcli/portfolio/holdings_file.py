"""Read a file of holdings as brokers and portfolio programs write it: its rows, and what was left aside."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from factorcli.errors import InvalidPortfolio, UnreadableTable
from factorcli.markets.market import EXCHANGE_MARKS
from factorcli.portfolio.columns import Columns, columns_of, recognised
from factorcli.portfolio.row import CASH, Row
from factorcli.portfolio.weight_units import Weights
from factorcli.results.warnings import ResultWarning
from factorcli.tables.cells import Cell, is_missing, text_of, words
from factorcli.tables.extent import Limits
from factorcli.tables.numbers import decimal_mark, is_doubtful, number
from factorcli.tables.reader import Table, TableFile, cell_at

MAX_FILE_BYTES = 1_000_000  # a line has about 30
OF_WORKBOOKS = Limits(unpacked=10_000_000, cells=200_000)  # that of 100 MB would take a minute and 400 MB of memory
MAX_QUANTITY = 1e15
TOTALS = re.compile(r"(?:grand |sub ?|portfolio )?totals?\b.*|sum|summe|gesamt(?:summe)?")
PERHAPS_TOTAL = re.compile("total|sum|gesamt", re.IGNORECASE)
CASH_WORDS = frozenset(("cash", "cash balance", "cash and equivalents", "cash equivalents", "cash cash equivalents"))
OPEN_POSITIONS = ("open positions", "positions", "holdings")  # sections of a statement that list what is held
EXAMPLES = {"weight": "0.25 or 25%", "quantity": "120", "value": "150000"}
Line = tuple[int, Sequence[Cell]]


@dataclass(frozen=True)
class HoldingsFile:
    """The rows of a file; kind: weight, quantity or value; in_per_cent: the file has percent signs."""

    rows: list[Row]
    kind: str
    in_per_cent: bool
    warnings: list[ResultWarning]


def read_holdings(path: Path, data: bytes | None = None) -> HoldingsFile:
    """The holdings of a file of text or of a workbook. Raises InvalidPortfolio, naming line and value.

    data: what the file has, where it is not on this disk; the path is then its name in messages, and nothing of it
    stays in memory.
    """
    try:
        return _read(path, data)
    finally:
        if data is not None:
            from factorcli.tables.workbook import forget

            forget()


def _read(path: Path, data: bytes | None) -> HoldingsFile:
    try:
        file = TableFile(path, MAX_FILE_BYTES, data, OF_WORKBOOKS)
        file.file = path.name
        table = file.find(recognised)
        if table is None:
            raise InvalidPortfolio(_no_table(file))
        columns, lines = _open_positions(table) if table.meaning.section else (table.meaning, list(table.rows))
    except UnreadableTable as error:
        text = str(error).replace(f"{path.name}, row ", f"{path.name}, line ").replace(f"{path} is", f"{path.name} is")
        raise InvalidPortfolio(text) from None
    if columns.clash:
        raise InvalidPortfolio(f"{path.name} has more than one column of {columns.clash}: keep one.")
    return _Reader(path.name, table.separator, columns, lines).read()


def _no_table(file: TableFile) -> str:
    """Why a file has no table of holdings."""
    first = [cell for cell in file.first_row() if cell]
    if not first:
        return f"{file.file} is empty: it needs a heading such as ticker,weight and a line a stock."
    table = file.find(lambda head: columns if (columns := columns_of(head[0])).ticker is not None else None)
    heading = first if table is None else [cell for cell in table.heading if cell]
    has = ", ".join(cell[:40] for cell in heading[:6])
    if table is not None:
        return f"{file.file} has neither a column weight nor a column quantity; its columns are {has}."
    return (
        f"{file.file} has no column ticker (or symbol, ISIN, company name) in its first line, which has {has}: begin "
        "it with a heading such as ticker,weight."
    )


def _open_positions(table: Table[Columns]) -> tuple[Columns, list[Line]]:
    """The columns and summary lines of what a statement of many sections says is held."""
    columns, lines = table.meaning, list[Line]()
    for line, cells in [(table.line, table.heading), *table.rows]:
        first, what = (words(cell_at(cells, i)) for i in (0, 1))
        if what == "header" and first in OPEN_POSITIONS:
            columns = columns_of([text_of(cell) for cell in cells])
        elif what == "data" and first in OPEN_POSITIONS and words(cell_at(cells, 2)) != "lot":
            lines.append((line, cells))
    if not (columns.names_stocks and columns.kind):
        raise InvalidPortfolio(
            f"{table.file} is a statement without a section Open Positions, so it lists no holdings."
        )
    return columns, lines


@dataclass(frozen=True)
class _Reader:
    file: str
    separator: str
    columns: Columns
    lines: list[Line]

    def read(self) -> HoldingsFile:
        columns, kind = self.columns, self.columns.kind
        warnings = [*self._not_counted()]
        share = 100.0 if columns.in_per_cent else 1.0
        mark, weights = self._marks[columns.amount], Weights(self.file)
        rows: list[Row] = []
        added: list[int] = []
        doubtful: list[str] = []
        for line, cells in self.lines:
            self._refuse_more_cells(line, cells)
            if self._is_no_holding(cells, rows, mark):
                continue
            cell = cell_at(cells, columns.amount)
            amount = self._amount(line, cells, mark)
            if plus := self._in_transit(line, cells):
                added.append(line)
            if kind == "quantity" and is_doubtful(cell) and abs(amount) < 1000:
                doubtful.append(f"line {line}: {text_of(cell)} is read as {amount:g}")
            amount = (amount if weights.see(line, cell, amount) else amount / share) + plus
            rows.append(self._row(line, cells, -amount if self._is_sale(cells) else amount))
        if doubtful:
            how = "comma" if mark == "," else "point"
            text = f"{'; '.join(doubtful[:3])} shares, with a decimal {how} as in the file."
            warnings.append(ResultWarning("implausible", text))
        if share == 1.0:
            weights.refuse_mixed()
        elif weights.are_fractions:
            text = f"the weights under {columns.heading[columns.amount].strip()} sum to 1 and are read as fractions."
            warnings.append(ResultWarning("implausible", text))
            rows, share = [replace(row, amount=row.amount * share) for row in rows], 1.0
        warnings += self._added_up(added)
        return HoldingsFile(rows, kind, weights.has_signs or share != 1.0, warnings)

    def _amount(self, line: int, cells: Sequence[Cell], mark: str) -> float:
        """The number that counts; 0 for a stock that is only watched, whose quantity is empty."""
        kind, cell = self.columns.kind, cell_at(cells, self.columns.amount)
        if text_of(cell) == "" or (kind != "weight" and is_missing(cell)):
            if kind != "weight":
                return 0.0
            where = f"{self.file}, line {line}: {self._shown(cells)}"
            raise InvalidPortfolio(f"{where} has no weight: give it a number, or remove the line.")
        value = number(cell, mark)
        signed = isinstance(cell, str) and "%" in cell
        if value is None or not abs(value) < MAX_QUANTITY or (signed and kind != "weight"):
            raise InvalidPortfolio(
                f"{self.file}, line {line}: {_quoted(cell)} is not a {kind} of {self._shown(cells)}: write a number "
                f"such as {EXAMPLES[kind]}."
            )
        return value

    def _in_transit(self, line: int, cells: Sequence[Cell]) -> float:
        """The shares of a line that are bought and not yet delivered."""
        total = 0.0
        for place in self.columns.also:
            cell = cell_at(cells, place)
            value = 0.0 if is_missing(cell) else number(cell, self._marks[place])
            if value is None or not abs(value) < MAX_QUANTITY:
                heading = self.columns.heading[place].strip()
                raise InvalidPortfolio(
                    f"{self.file}, line {line}: {_quoted(cell)} in the column {heading} is not a quantity of "
                    f"{self._shown(cells)}: write a number such as {EXAMPLES['quantity']}."
                )
            total += value
        return total

    def _added_up(self, lines: Sequence[int]) -> list[ResultWarning]:
        """That shares in transit are counted, and where."""
        if not lines:
            return []
        heading = self.columns.heading
        names = " and ".join(heading[place].strip() for place in self.columns.also)
        where = ", ".join(map(str, lines[:5])) + (f" and {len(lines) - 5} more" if len(lines) > 5 else "")
        text = (
            f"{names} (bought and not yet delivered) and {heading[self.columns.amount].strip()} are added up; "
            f"{'line' if len(lines) == 1 else 'lines'} {where}."
        )
        return [ResultWarning("added_up", text)]

    def _row(self, line: int, cells: Sequence[Cell], amount: float) -> Row:
        columns = self.columns
        names = self._names(cells)
        ticker, isin, name = names[0], names[1].upper().replace(" ", ""), names[2]
        if not any(names):
            raise InvalidPortfolio(
                f"{self.file}, line {line} has no ticker: name one, or remove the line (no total is needed)."
            )
        if "cash" in (ticker or name).lower() and words(ticker or name) in CASH_WORDS:
            ticker, isin = CASH, ""
        if ticker and ":" not in ticker and columns.exchange is not None:
            exchange = re.split(r"[\s_]", text_of(cell_at(cells, columns.exchange)).upper())[0]
            if any(exchange in marks for marks in EXCHANGE_MARKS.values()):
                ticker = f"{exchange}:{ticker}"
        value = None if columns.value is None else number(cell_at(cells, columns.value), self._marks[columns.value])
        currency = "" if columns.currency is None else text_of(cell_at(cells, columns.currency)).upper()
        by_name = not ticker and not isin
        value = math.nan if value is None else value
        return Row(ticker or isin or name, amount, line, isin, name, currency, value, by_name=by_name)

    def _is_no_holding(self, cells: Sequence[Cell], rows: Sequence[Row], mark: str) -> bool:
        """Whether a line is a total, a note, or has nothing of a holding."""
        name = next(filter(None, self._names(cells)), "")
        filled = [] if name and " " not in name else [text for cell in cells if (text := text_of(cell))]
        amount = cell_at(cells, self.columns.amount)
        if _is_total(name or (filled[0] if filled else "")):
            return True
        if not name:
            value, others = number(amount, mark), [row.amount for row in rows]
            plus = math.fsum(number(cell_at(cells, i), self._marks[i]) or 0.0 for i in self.columns.also)
            is_sum = value is not None and len(rows) > 1 and math.isclose(value + plus, math.fsum(others), rel_tol=1e-3)
            return is_missing(amount) or is_sum
        return len(filled) == 1 and len(self.columns.heading) > 1  # a note below the table, of more than one word

    def _names(self, cells: Sequence[Cell]) -> list[str]:
        """Ticker, ISIN and name of a line, each empty where there is none."""
        columns = self.columns
        places = (columns.ticker, columns.isin, columns.name)
        return ["" if place is None or place >= len(cells) else text_of(cells[place]) for place in places]

    def _is_sale(self, cells: Sequence[Cell]) -> bool:
        side = self.columns.side
        return side is not None and words(cell_at(cells, side)) in ("sell", "sold", "s", "short", "sell short")

    def _refuse_more_cells(self, line: int, cells: Sequence[Cell]) -> None:
        width = len(self.columns.heading)
        if len(cells) > width and any(text_of(cell) for cell in cells[width:]):
            raise InvalidPortfolio(
                f"{self.file}, line {line} has {len(cells)} cells, and the heading has {width}: a number with commas "
                "needs quotes."
            )

    @cached_property
    def _marks(self) -> dict[int, str]:
        """The decimal mark of each column, from its own cells, else from all of the file."""
        every = [[cell_at(cells, i) for _, cells in self.lines] for i in range(len(self.columns.heading))]
        common = decimal_mark(every, self.separator) or "."
        return {i: decimal_mark([cells], "") or common for i, cells in enumerate(every)}

    def _not_counted(self) -> Iterator[ResultWarning]:
        """Columns of other amounts, and quantities that are pledged or in transit."""
        columns = self.columns
        if columns.unused:
            verb = "is" if len(columns.unused) == 1 else "are"
            text = f"the {columns.kind} of each line counts; {' and '.join(columns.unused)} {verb} not used."
            yield ResultWarning("not_counted", text)
        for place in columns.aside:
            if any(number(cell_at(cells, place)) for _, cells in self.lines):
                text = (
                    f"the column {columns.heading[place].strip()} is not counted; add it to the quantity if it is held."
                )
                yield ResultWarning("not_counted", text)

    def _shown(self, cells: Sequence[Cell]) -> str:
        columns = self.columns
        names = (text_of(cell_at(cells, i)) for i in (columns.ticker, columns.name, columns.isin))
        return _quoted(next(filter(None, names), "it"))[1:-1]


def _is_total(text: str) -> bool:
    """Whether the first text of a line calls it a total; most texts lack the letters, which is told faster."""
    return PERHAPS_TOTAL.search(text) is not None and TOTALS.fullmatch(words(text)) is not None


def _quoted(cell: Cell) -> str:
    text = text_of(cell)
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
