"""Amounts of money as text, grouped as a currency's readers group them."""

SIGNS = {"INR": "₹", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


def money(amount: float, currency: str) -> str:
    """An amount in whole units: ₹12,34,567, −$1,234,567, or CHF 1,234 for a currency without a sign here.

    Rupees are grouped by three digits, then by two (lakh and crore).
    """
    whole = round(abs(amount))
    digits = _indian(whole) if currency == "INR" else f"{whole:,}"
    sign = "−" if amount < 0 and whole else ""
    return f"{sign}{SIGNS.get(currency, f'{currency} ')}{digits}"


def _indian(whole: int) -> str:
    """A number with Indian grouping: 12,34,567."""
    digits = str(whole)
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)]
    return ",".join([*reversed(pairs), tail])
