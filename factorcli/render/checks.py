"""What the cache holds, and the checks of `doctor`."""

from collections.abc import Sequence

from factorcli.render.layout import Block, Column, Grid, Span, line
from factorcli.results.cache import CacheTier
from factorcli.results.doctor import Check


def tiers(results: Sequence[CacheTier], _: bool) -> list[Block]:
    """Each tier of the cache: rows, size, ages, access and place."""
    access = ["read and write" if t.can_write else "read only" if t.can_read else "none" for t in results]
    table = Grid(
        [
            Column("tier", [t.tier for t in results], left=True, style="bold"),
            Column("rows", ["–" if t.rows is None else f"{t.rows:,}" for t in results]),
            Column("size", ["–" if t.bytes is None else f"{t.bytes / 1e6:,.1f} MB" for t in results]),
            Column("oldest", [t.oldest or "–" for t in results], need=1, left=True),
            Column("newest", [t.newest or "–" for t in results], need=1, left=True),
            Column("access", access, left=True),
            Column("where", [t.location for t in results], left=True),
        ]
    )
    return [table]


def checks(results: Sequence[Check], _: bool) -> list[Block]:
    """One line a check: whether it passed, what was found and what to do."""
    lines = []
    for check in results:
        mark = Span("✓ ", "green") if check.ok else Span("✗ ", "red")
        advice = f" {check.advice}" if check.advice else ""
        lines.append(line(mark, Span(f"{check.check:<9} ", "bold"), f"{check.message.rstrip('.')}.{advice}"))
    return list(lines)
