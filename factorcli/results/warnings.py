"""Warnings: what a reader of a result must know and could not see in its numbers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ResultWarning:
    """A code for programs and a sentence for people; README lists the codes.

    `str()` is its form in JSON, in tables and in what is kept: `code: sentence`.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> factor.beta("TCS").warnings[0].code
        'synthetic_prices'
    """

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"
