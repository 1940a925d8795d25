"""What files are taken for, as lines of a screen."""

from collections.abc import Sequence

from factorcli.render.layout import BLANK, Block, Line, Span, line
from factorcli.render.text import count
from factorcli.results.check import FileCheck

MAX_NAMES = 8
LABEL_WIDTH = 9


def file_checks(results: Sequence[FileCheck], _: bool) -> list[Block]:
    """A paragraph a file: kind, format, dates, columns, tickers, gaps, suspects and notes."""
    lines: list[Line] = []
    for check in results:
        if lines:
            lines.append(BLANK)
        mark = Span("✗ ", "red") if check.problem else Span("✓ ", "green")
        lines.append(line(mark, Span(check.file, "bold"), f"  {check.kind}"))
        lines.extend(_lines(check))
    return list(lines)


def _lines(check: FileCheck) -> list[Line]:
    if check.problem is not None:
        return [_labelled("problem", check.problem)]
    columns = f"used: {_names(check.used)}" if check.used else ""
    left = f"left: {_names(check.left)}" if check.left else ""
    facts = [
        ("format", [check.form]),
        ("rows" if check.first is None else "dates", [_dates(check)]),
        ("columns", ["; ".join(filter(None, (columns, left)))]),
        ("tickers", [f"{len(check.tickers)}: {_names(check.tickers)}" if check.tickers else ""]),
        ("gaps", check.gaps),
        ("suspects", check.suspects),
        ("notes", check.notes),
    ]
    return [_labelled(label if i == 0 else "", text) for label, texts in facts for i, text in enumerate(texts) if text]


def _labelled(label: str, text: str) -> Line:
    return line(Span(f"  {label:<{LABEL_WIDTH}}", "bold"), text)


def _dates(check: FileCheck) -> str:
    if check.first is None or check.last is None:
        return "" if check.rows is None else count(check.rows, "row")
    order = f", written as {check.date_order}" if check.date_order else ""
    return f"{check.first} to {check.last}, {count(check.rows or 0, 'row')}{order}"


def _names(names: Sequence[str]) -> str:
    more = len(names) - MAX_NAMES
    return ", ".join(names[:MAX_NAMES]) + (f" and {more:,} more" if more > 0 else "")
