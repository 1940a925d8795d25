"""The terminal: parse → service → render. Heavy imports stay inside the commands."""
