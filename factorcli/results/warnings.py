"""Warnings: what a reader of a result must know and could not see in its numbers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ResultWarning:
    """A code for programs and a sentence for people; README lists the codes.

    `str()` is its form in JSON, in tables and in what is kept: `code: sentence`.
    """

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"
