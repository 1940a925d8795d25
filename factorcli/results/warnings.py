"""Warnings: facts about a result that its numbers do not show."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ResultWarning:
    """A code for programs and a sentence for people; README lists the codes.

    `str()` is its form in JSON, in tables and in the cache: `code: sentence`.
    """

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


PROXY_WARNINGS = frozenset(("proxy_fallback", "stale_proxy", "stale_prices"))  # codes of warnings about factor proxies
