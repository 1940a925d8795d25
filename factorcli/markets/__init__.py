"""Markets as data: the market itself, its calendar, tickers, universe, and the lists that NSE publishes."""
