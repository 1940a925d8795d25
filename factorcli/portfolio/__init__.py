"""A portfolio: its file of holdings, its positions, and its window of returns."""
