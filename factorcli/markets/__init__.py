"""Markets as data: calendar, tickers and universe."""
