"""The factor model, its file, the risk-free rate, and the specification of an estimate."""
