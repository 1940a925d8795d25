"""Markets, their calendar, tickers and universe, and NSE's published lists."""
