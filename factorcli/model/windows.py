"""Lengths of windows, and the number of returns that they need."""

import re

from factorcli.errors import InvalidWindow

MIN_OBSERVATIONS = 30
# A series whose last price is more than this many sessions before the as-of date is stale.
STALE_SESSIONS = 5


def parse_window(text: str) -> int:
    """`252` or `252D` → 252. Raises InvalidWindow for anything but a whole number from 30 up."""
    match = re.fullmatch(r"0*(\d{1,9})[dD]?", text.strip(), re.ASCII)
    days = int(match[1]) if match else 0
    if days < MIN_OBSERVATIONS:
        raise InvalidWindow(
            f"{text[:80]!r} is not a window: write a whole number of trading days, weeks or months, {MIN_OBSERVATIONS} "
            "or more, such as 126, 252 or 504 days."
        )
    return days


def required_observations(window: int) -> int:
    """Returns that a ticker needs in a window of W: max(30, ⌈0.8·W⌉)."""
    return max(MIN_OBSERVATIONS, -(-4 * window // 5))
