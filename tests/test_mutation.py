"""The mutation tool: which faults it plants, and that each is one change of a source that still runs."""

import ast

import pytest

from tests.mutation import sites

SOURCE = '''"""Module."""

LIMIT = 0.5
Pair = tuple[str, ...]


def shown(low: float, bounds: "Bounds", names: list[str]) -> str | None:
    """Docstring."""
    if low < LIMIT and not names:
        return f"{bounds.low:.2f} to {bounds.high}"
    print(low, bounds)
    return ", ".join([name for name in names if name])
'''


def test_each_mutant_is_another_source_that_compiles_and_the_tree_is_restored() -> None:
    """No mutant carries the change of another, none is the file itself, and none is planted twice."""
    original = ast.unparse(ast.parse(SOURCE))
    found = list(sites("a.py", SOURCE))
    sources = [site.source() for site in found]
    assert len(set(sources)) == len(found) > 15
    for source in sources:
        compile(source, "a.py", "exec")
        assert source != original
    assert all(ast.unparse(site.tree) == original for site in found)


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("LIMIT = 0.5", "LIMIT = 0.55", 3),
        ("low < LIMIT", "low <= LIMIT", 9),
        ("low < LIMIT", "low >= LIMIT", 9),
        ("< LIMIT and not names", "< LIMIT or not names", 9),
        ("not names", "not not names", 9),
        ("bounds.low", "bounds.high", 10),
        ("bounds.high", "bounds.low", 10),
        (":.2f", ":.3f", 10),
        ("print(low, bounds)", "print(bounds, low)", 11),
        ("print(low, bounds)", "print(low)", 11),
        ("print(low, bounds)", "None", 11),
        (" if name]", "]", 12),
        ('return ", ".join([name for name in names if name])', "return None", 12),
    ],
)
def test_a_fault_of_each_kind_is_planted(before: str, after: str, line: int) -> None:
    """With the line it is on; docstrings and types are left alone."""
    planted = {site.source(): site for site in sites("a.py", SOURCE)}
    assert SOURCE.count(before) == 1
    assert planted[ast.unparse(ast.parse(SOURCE.replace(before, after)))].line == line
    assert not any("Docstring.¤" in source or "Bounds¤" in source or "tuple[str]" in source for source in planted)
