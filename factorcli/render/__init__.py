"""Results as JSON, CSV and tables: the one place for rounding and for NaN → null."""
