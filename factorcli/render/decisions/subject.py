"""How sentences call what a decision is about."""

PORTFOLIO = "PORTFOLIO"  # the ticker of a portfolio's results


def whose(ticker: str, name: str | None) -> str:
    """A ticker, or `the portfolio book.csv`; `the portfolio` for one that has no name of its own."""
    if ticker != PORTFOLIO:
        return ticker
    return "the portfolio" if (name or PORTFOLIO).casefold() == PORTFOLIO.casefold() else f"the portfolio {name}"
