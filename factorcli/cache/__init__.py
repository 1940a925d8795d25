"""Caches of answers: local and shared."""

from pathlib import Path


def schema() -> str:
    """The SQL that creates the tables of a shared cache."""
    return (Path(__file__).parent / "schema.sql").read_text(encoding="utf-8")
