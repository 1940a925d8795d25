"""An amount of money as people write it. Standard library only."""

from factorcli.errors import InvalidOption
from factorcli.tables.numbers import number

MAX_SHOWN = 40  # characters of a text that a message repeats


def amount(text: str) -> float:
    """10,00,000 or 1,000,000, ₹10 lakh, 1 Cr or 1e6 as a number. Raises InvalidOption."""
    found = None if "%" in text else number(text, units=True)
    if found is None:
        shown = repr(text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…")
        raise InvalidOption(f"The value of the position is {shown}, which is no amount: write 1000000 or 10,00,000.")
    return found
