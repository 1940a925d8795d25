"""Answers to what an exposure means: records of what is asked about one subject, a ticker or a portfolio."""
