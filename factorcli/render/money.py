"""Amounts of money as text."""

from factorcli.results.money import money

__all__ = ["money"]
