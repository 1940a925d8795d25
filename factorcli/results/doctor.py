"""What `doctor` answers with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One line of `doctor`: what was looked at, whether it is well, and what to do if not."""

    check: str
    ok: bool
    message: str
    advice: str | None
