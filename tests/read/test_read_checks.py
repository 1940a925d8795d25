"""Tables of the cache, and the lines of `doctor`."""

from dataclasses import is_dataclass
from importlib import import_module

import pytest

from factorcli.render.tables import _VIEWS
from factorcli.results.cache import CacheTier
from factorcli.results.doctor import Check
from tests.read.printed_tables import WIDTHS, on_terminal, piped, sentences, table

pytestmark = pytest.mark.read

TIERS = (
    CacheTier("disk", "~/cache/factor.db", 12345, 6_789_000, "2026-01-02T03:04:05", "2026-10-11T12:13:14"),
    CacheTier("supabase", "https://x.example", 678, 1_234_567_000, "2026-02-03T04:05:06", "2026-09-08T07:06:05",
              can_read=True, can_write=False),
    CacheTier("locked", "https://y.example", None, None, None, None, can_read=False, can_write=False),
)  # fmt: skip
TITLES = ["tier", "rows", "size", "oldest", "newest", "access", "where"]
CELLS = {
    "disk": ["12,345", "6.8 MB", "2026-01-02T03:04:05", "2026-10-11T12:13:14", "read and write", "~/cache/factor.db"],
    "supabase": ["678", "1,234.6 MB", "2026-02-03T04:05:06", "2026-09-08T07:06:05", "read only", "https://x.example"],
    "locked": ["–", "–", "–", "–", "none", "https://y.example"],
}
SHOWN = {
    40: [0, 1, 2, 5, 6],
    60: [0, 1, 2, 5, 6],
    80: [0, 1, 2, 5, 6],
    100: [0, 1, 2, 4, 5, 6],
    160: list(range(7)),
}


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
def test_each_cell_of_a_tier(width: int, colour: bool) -> None:
    """Rows, size, ages, access and place; the ages go where room lacks."""
    found = table(on_terminal(*TIERS, width=width, colour=colour), "tier", "rows", rows=3)
    titles = [TITLES[i] for i in SHOWN[width]]
    assert found.titles == titles
    for tier, cells in CELLS.items():
        row = dict(zip(TITLES, [tier, *cells], strict=True))
        assert found.rows[tier] == {title: row[title] for title in titles}
        assert found.styles[tier] == {title: "bold" if title == "tier" else "" for title in titles}


def test_every_cell_is_there_without_a_width() -> None:
    """A pipe gets all columns."""
    found = table(piped(*TIERS), "tier", "rows", rows=3)
    assert found.titles == TITLES
    for tier, cells in CELLS.items():
        for title, text in zip(TITLES[1:], cells, strict=True):
            assert (tier, title, found.rows[tier][title]) == (tier, title, text)


def test_text_stands_left_and_numbers_right() -> None:
    """Whole lines, blanks included."""
    assert piped(*TIERS).splitlines()[2:] == [
        "disk      12,345      6.8 MB  2026-01-02T03:04:05  2026-10-11T12:13:14  read and write  ~/cache/factor.db",
        "supabase     678  1,234.6 MB  2026-02-03T04:05:06  2026-09-08T07:06:05  read only       https://x.example",
        "locked         –           –  –                    –                    none            https://y.example",
    ]


def test_every_view_is_of_a_record_and_has_a_function() -> None:
    """By the name of the record's class."""
    records = {
        name
        for module in (
            "beta",
            "cache",
            "check",
            "compare",
            "decompose",
            "doctor",
            "episode",
            "drift",
            "heatmap",
            "hedge",
            "history",
            "model",
            "stress",
            "peers",
            "screen",
            "universe",
            "universe_import",
            "whatif",
        )
        for name, kind in vars(import_module(f"factorcli.results.{module}")).items()
        if is_dataclass(kind)
    }
    assert {kind for kind, _ in _VIEWS} - {"date"} == records & {
        "BetaResult", "CacheTier", "Check", "Decomposition", "Episode", "EpisodeResult", "FileCheck", "Heatmap",
        "HeatmapStatus", "HistoryFile", "ModelResult", "StockInfo", "StressResult", "UniverseImport",
        "PeersResult", "Screen",
        "HedgeResult",
        "WhatIf",
        "CompareResult", "DriftResult",
    }  # fmt: skip
    for module, function in _VIEWS.values():
        assert callable(getattr(import_module(f"factorcli.render.{module}"), function))


CHECKS = (
    Check("settings", True, "all 19 are well", None),
    Check("cache", True, "12 rows in ~/cache.", "Clear it."),
    Check("proxy SZ", False, "it is thin...", "Name SMALL.NS first."),
    Check("a longer name", False, "it failed", None),
)
LINES = [
    "✓ settings  all 19 are well.",
    "✓ cache     12 rows in ~/cache. Clear it.",
    "✗ proxy SZ  it is thin. Name SMALL.NS first.",
    "✗ a longer name it failed.",
]


def test_each_check_is_one_line_with_its_mark() -> None:
    """✓ where it passed and ✗ where not, one full stop, then the advice."""
    assert piped(*CHECKS).splitlines() == LINES


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
def test_checks_at_every_width(width: int, colour: bool) -> None:
    """Green and red marks, names in bold, sentences complete."""
    text = on_terminal(*CHECKS, width=width, colour=colour)
    assert sentences(text) == " ".join(" ".join(LINES).split())
    assert [
        ("\x1b[32m✓ " in line, "\x1b[31m✗ " in line) for line in text.splitlines() if "✓" in line or "✗" in line
    ] == [(colour, False)] * 2 + [(False, colour)] * 2
    assert text.count("\x1b[1m") == len(CHECKS)
