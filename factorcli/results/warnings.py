"""Warnings: facts about a result that its numbers do not show."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ResultWarning:
    """A code for programs and a sentence for people; README lists the codes.

    `str()` is its form in JSON, in tables and in the cache: `code: sentence`.

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


PROXY_WARNINGS = frozenset(("proxy_fallback", "stale_proxy", "stale_prices"))  # codes of warnings about factor proxies
