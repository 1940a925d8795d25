"""What a heatmap of the demo is held to: numpy alone draws as many histories, and fits them with Newey–West errors.

`python rival.py TICKERS`. Each history has a generator of its own, as those of the demo, which a ticker's
place in a list must not change.
"""

import sys

import numpy as np

WINDOW, HISTORY, FACTORS = 252, 2062, 5
BLOCK = 500


def t_statistics(tickers: int) -> np.ndarray:
    """t statistics (1 + K, N) of a window's regressions."""
    factors = 0.01 * np.random.default_rng(0).standard_normal((HISTORY, FACTORS))
    closes = np.empty((HISTORY, tickers))
    for i in range(tickers):
        draw = np.random.default_rng(i)
        returns = factors @ draw.normal(0.2, 0.2, FACTORS) + 0.012 * draw.standard_normal(HISTORY)
        closes[:, i] = 100.0 * np.cumprod(1.0 + returns)
    returns = closes[-WINDOW:] / closes[-WINDOW - 1 : -1] - 1.0
    design = np.column_stack([np.ones(WINDOW), factors[-WINDOW:]])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ (design.T @ returns)
    residuals, influence = returns - design @ coefficients, design @ inverse
    lags = int(4 * (WINDOW / 100) ** (2 / 9))
    variance = np.zeros_like(coefficients)
    for start in range(0, tickers, BLOCK):
        scores = influence[:, :, None] * residuals[:, None, start : start + BLOCK]
        for lag in range(lags + 1):
            weight = (1.0 if lag == 0 else 2.0) * (1.0 - lag / (lags + 1.0))
            variance[:, start : start + BLOCK] += weight * (scores[lag:] * scores[: WINDOW - lag]).sum(axis=0)
    statistics: np.ndarray = coefficients / np.sqrt(variance * WINDOW / (WINDOW - 1 - FACTORS))
    return statistics


if __name__ == "__main__":
    t_statistics(int(sys.argv[1]))
