"""Executors of blocks of work."""
