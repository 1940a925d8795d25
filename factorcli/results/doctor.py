"""Results of `doctor`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One check of `doctor`: its name, whether it passed, its finding, and advice."""

    check: str
    ok: bool
    message: str
    advice: str | None
