"""A file of holdings: tickers with weights or quantities, and cash. Standard library only.

    ticker,weight          Symbol;Qty.
    RELIANCE,0.5           TCS;120
    TCS.NS,0.3             INFY;-50
    CASH,0.2               cash;250000

A weight is a fraction (0.25) or has a percent sign (25%); weights that sum to 100 are per cent. What they
lack to 1 is cash at R_f, what they exceed it by is borrowed at R_f. Negative is short. CASH is a weight
too, or among quantities an amount of money. Other columns are passed over. Spreadsheets write commas,
semicolons or tabs, a byte order mark, `sep=;`, decimal commas between semicolons, and 1,23,456: all are read.
"""

import codecs
import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from factorcli.errors import InvalidPortfolio

CASH = "CASH"
LARGEST_FILE = 1_000_000  # bytes; a line a stock needs 30
LARGEST_NUMBER = 1e15  # of shares, or of money
WHOLE = 1e-6  # weights this near to 1 are taken to sum to it
PER_CENT = 0.5  # weights this near to 100 are per cent
MOST_GROSS = 10.0  # what is beyond, as a sum of |weight|, are hardly fractions
COLUMNS = {
    "ticker": ("ticker", "symbol", "instrument"),
    "weight": ("weight", "weights"),
    "quantity": ("quantity", "qty", "shares"),
}
SHOWN = 40  # characters of what a file says that an error repeats

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{2,3})*,\d{3}(\.\d*)?", re.ASCII)


@dataclass(frozen=True)
class Row:
    """A line of the file: a ticker as it is written, and its weight (a fraction) or number of shares."""

    ticker: str
    amount: float
    line: int


@dataclass(frozen=True)
class Holdings:
    """Stocks and cash as a file lists them, in its order; a ticker may come twice.

    by_weight: amounts are weights, else quantities; cash: the sum of the CASH lines, a weight or an amount of
    money; notices: what every result must say about the file.
    """

    file: str
    by_weight: bool
    rows: tuple[Row, ...]
    cash: float
    notices: tuple[str, ...] = ()

    @classmethod
    def load(cls, path: str | Path) -> "Holdings":
        """The holdings of a CSV file. Raises InvalidPortfolio, naming file, line and value."""
        if not str(path).strip():
            raise InvalidPortfolio("--portfolio is empty; name a CSV file of holdings.")
        name = Path(path).name
        table = _table(_text(Path(path)), name)
        if not table:
            raise InvalidPortfolio(f"{name} is empty: it needs a heading such as ticker,weight and a line a stock.")
        columns = _columns(table[0][1], name)
        kind = "weight" if "weight" in columns else "quantity"
        rows = list(_rows(table, columns, kind, name))
        if not any(row.ticker.upper() != CASH and row.amount for row in rows):
            what = "is nothing but zeros" if rows and not any(row.amount for row in rows) else "holds no stock"
            raise InvalidPortfolio(f"{name} {what}, so there is nothing to estimate: give a stock a {kind}.")
        notices: tuple[str, ...] = ()
        if kind == "weight":
            in_per_cent = any("%" in cells[columns[kind]] for _, cells in table if len(cells) > columns[kind])
            rows, notices = _as_fractions(rows, name, in_per_cent=in_per_cent)
        stocks = tuple(row for row in rows if row.ticker.upper() != CASH)
        cash = math.fsum(row.amount for row in rows if row.ticker.upper() == CASH)
        return cls(name, kind == "weight", stocks, cash, notices)


Table = list[tuple[int, list[str]]]  # the number of each line, and its cells


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise InvalidPortfolio(f"--portfolio {path}: there is no such file; check the path.") from None
    except IsADirectoryError:
        raise InvalidPortfolio(f"--portfolio {path} is a folder; name a CSV file of holdings.") from None
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidPortfolio(f"--portfolio {path} cannot be read: {reason}.") from None
    if len(data) > LARGEST_FILE:
        raise InvalidPortfolio(f"{path.name} is larger than {LARGEST_FILE:,} bytes: that is no list of holdings.")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InvalidPortfolio(f"{path.name} is a workbook: save the sheet as CSV and give that.")
    try:
        wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")  # an older spreadsheet; tickers and numbers are ASCII
    if "\0" in text:
        raise InvalidPortfolio(f"{path.name} is not a text file: give a CSV file of holdings.")
    return text


def _table(text: str, name: str) -> Table:
    """The lines that are not blank, without the line `sep=;` that tells a spreadsheet what separates cells."""
    first = next((line.strip(" \r\n") for line in text.splitlines() if line.strip()), "")
    told = len(first) == 5 and first.lower().startswith("sep=")
    separator = first[4] if told else max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        table = [(reader.line_num, [_clean(cell, separator) for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise InvalidPortfolio(f"{name}, line {reader.line_num}: not CSV ({error}); check its quotes.") from None
    return [line for line in table if any(line[1])][1 if told else 0 :]


def _clean(cell: str, separator: str) -> str:
    """A cell without blanks around it; a decimal comma, which semicolons allow, becomes a point."""
    cell = cell.strip()
    if separator == ";" and re.fullmatch(r"[^,A-Za-z]*\d,\d+\s*%?", cell):
        return cell.replace(".", "").replace(",", ".")
    return cell


def _columns(heading: Sequence[str], name: str) -> dict[str, int]:
    """Which column has the tickers, and which the weights or the quantities."""
    plain = [re.sub(r"[\s()%._-]+", " ", cell).strip().lower() for cell in heading]
    columns: dict[str, int] = {}
    for meaning, words in COLUMNS.items():
        found = [i for i, word in enumerate(plain) if word in words]
        if len(found) > 1:
            twice = " and ".join(heading[i] for i in found)
            raise InvalidPortfolio(f"{name} has more than one column of {meaning} ({twice}): keep one.")
        columns |= dict.fromkeys([meaning], found[0]) if found else {}
    has = ", ".join(_shown(cell) for cell in heading[:6] if cell)
    if "ticker" not in columns:
        raise InvalidPortfolio(
            f"{name} has no column ticker (or symbol) in its first line, which has {has}: begin it with a heading such "
            "as ticker,weight."
        )
    if "weight" in columns and "quantity" in columns:
        raise InvalidPortfolio(f"{name} has both weights and quantities ({has}): keep the column that counts.")
    if len(columns) == 1:
        raise InvalidPortfolio(f"{name} has neither a column weight nor a column quantity; its columns are {has}.")
    return columns


def _rows(table: Table, columns: dict[str, int], kind: str, name: str) -> Iterator[Row]:
    width = len(table[0][1])
    share = 100.0 if "%" in table[0][1][columns[kind]] else 1.0
    for line, cells in table[1:]:
        where = f"{name}, line {line}"
        if any(cells[width:]):
            raise InvalidPortfolio(
                f"{where} has {len(cells)} cells, and the heading has {width}: a number with commas needs quotes."
            )
        ticker, amount = (cells[columns[what]] if columns[what] < len(cells) else "" for what in ("ticker", kind))
        if not ticker:
            raise InvalidPortfolio(f"{where} has no ticker: name one, or remove the line (no total is needed).")
        if not amount:
            raise InvalidPortfolio(f"{where}: {_shown(ticker)} has no {kind}: give it a number, or remove the line.")
        value = _number(amount)
        if value is None or ("%" in amount and kind == "quantity"):
            example = "0.25 or 25%" if kind == "weight" else "120"
            raise InvalidPortfolio(
                f"{where}: {_shown(amount)!r} is not a {kind} of {_shown(ticker)}: write a number such as {example}."
            )
        yield Row(ticker, value / (1.0 if "%" in amount else share), line)


def _number(cell: str) -> float | None:
    """The number in a cell (25% is 0.25), or None where there is none that can be meant."""
    text = cell.replace("\N{MINUS SIGN}", "-").replace("\N{INDIAN RUPEE SIGN}", "").strip()
    percent = text.endswith("%")
    text = text.removesuffix("%").strip()
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text) or not abs(float(text)) < LARGEST_NUMBER:
        return None
    return float(text) / 100.0 if percent else float(text)


def _as_fractions(rows: Sequence[Row], name: str, *, in_per_cent: bool) -> tuple[list[Row], tuple[str, ...]]:
    """Weights as fractions, and what must be said about their sum. `in_per_cent`: percent signs say what they are."""
    total = math.fsum(row.amount for row in rows)
    notices: list[str] = []
    if not in_per_cent and abs(total - 100.0) <= PER_CENT:
        notices.append(f"percent_weights: the weights of {name} sum to {total:g} and are read as per cent.")
        rows = [replace(row, amount=row.amount / 100.0) for row in rows]
        total = math.fsum(row.amount for row in rows)
    if (gross := math.fsum(abs(row.amount) for row in rows)) > MOST_GROSS:
        raise InvalidPortfolio(
            f"The weights of {name} sum to {total:g} ({gross:g} without their signs), which neither fractions nor per "
            "cent do: write fractions (0.25) or percent signs (25%), or call the column quantity if they are shares."
        )
    rest = 1.0 - total
    if abs(rest) > WHOLE:
        what = "the rest, {}, is cash at R_f" if rest > 0 else "the excess, {}, is borrowed at R_f"
        share = what.format(f"{100.0 * abs(rest):.4g}%")
        notices.append(f"weights_sum: the weights of {name} sum to {total:.6g}, not 1; {share}. None is rescaled.")
    return list(rows), tuple(notices)


def _shown(cell: str) -> str:
    return cell if len(cell) <= SHOWN else f"{cell[:SHOWN]}…"
