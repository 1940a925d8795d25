"""A portfolio: the file of holdings, the positions, the window of returns, the exposure."""
