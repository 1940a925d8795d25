"""Readers of users' files: delimited text and tables of prices, independent of universe and model."""
