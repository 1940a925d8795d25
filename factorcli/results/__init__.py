"""Results as frozen records, and their codec; standard library only."""
