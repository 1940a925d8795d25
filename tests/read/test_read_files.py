"""The screen of `factor check`: each field under its own label."""

from datetime import date

import pytest

from factorcli.render.layout import to_text
from factorcli.render.tables import to_blocks
from factorcli.results.batch import Batch
from factorcli.results.check import FileCheck

pytestmark = pytest.mark.read

CHECK = FileCheck(
    "p.csv", "prices of a kind", None, "a format", 41, "an order", date(2024, 3, 4), date(2025, 6, 7),
    ("U1", "U2"), ("L1", "L2", "L3"), tuple(f"T{i}" for i in range(13)),
    ("gap 5", "gap 6"), ("suspect 7",), ("note 8",),
)  # fmt: skip


def _text(*checks: FileCheck) -> list[str]:
    return [line.rstrip() for line in to_text(to_blocks(Batch(checks), terminal=False)).splitlines()]


def test_each_fact_is_in_a_line_of_its_own() -> None:
    """In the order of reading; a second gap has no label; more than eight names are counted."""
    assert _text(CHECK) == [
        "✓ p.csv  prices of a kind",
        "  format   a format",
        "  dates    2024-03-04 to 2025-06-07, 41 rows, written as an order",
        "  columns  used: U1, U2; left: L1, L2, L3",
        "  tickers  13: T0, T1, T2, T3, T4, T5, T6, T7 and 5 more",
        "  gaps     gap 5",
        "           gap 6",
        "  suspects suspect 7",
        "  notes    note 8",
    ]


def test_a_problem_stands_alone_and_files_are_apart() -> None:
    """No line for what is not known; a file without dates has its rows."""
    assert _text(FileCheck("x", "unknown", "It is odd."), FileCheck("h", "holdings", rows=1)) == [
        "✗ x  unknown",
        "  problem  It is odd.",
        "",
        "✓ h  holdings",
        "  rows     1 row",
    ]
