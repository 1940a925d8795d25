"""Where answers are kept between runs."""

from pathlib import Path


def schema() -> str:
    """The SQL that makes the tables of a team's cache."""
    return (Path(__file__).parent / "schema.sql").read_text(encoding="utf-8")
