"""Bases: transformations of the factors before a fit."""

from dataclasses import dataclass

import numpy as np

from factorcli.engine import Array, Mask


@dataclass(frozen=True, slots=True)
class Basis:
    """A transformation of the factors to columns with the same span, so that fitted values do not change.

    `raw` leaves the factors as they are; `spread` subtracts the market from the traded styles;
    `residual` replaces every style by its residuals from a regression, with intercept, on the market, so
    that α and the market's beta are those of the one-factor model. Their standard errors are not, as they
    use the residuals of the whole model.

    `market` is a column, traded_styles (K,) a mask (default: every style). The last `timing` columns
    also belong to the market: its lagged and leading returns less that of the day (see `estimators`).
    """

    name: str = "raw"
    market: int = 0
    traded_styles: Mask | None = None
    timing: int = 0

    def styles(self, columns: int) -> Mask:
        """Mask of the columns, `columns` in number, that do not belong to the market."""
        column = np.arange(columns)
        others: Mask = (column != self.market) & (column < columns - self.timing)
        return others

    def of(self, factors: Array, weights: Array | None = None) -> Array:
        """The factor columns in this basis, (n, K) → (n, K); weights (n,) of a weighted fit."""
        if self.name == "raw":
            return factors
        styles = self.styles(factors.shape[1])
        if self.name == "residual":
            return _without_market(factors, styles, weights)
        if self.name != "spread":
            raise ValueError(f"unknown basis {self.name!r}")
        if self.traded_styles is not None:
            styles[: len(self.traded_styles)] &= self.traded_styles
        spread: Array = factors - np.where(styles, factors[:, [self.market]], 0.0)
        return spread


RAW = Basis()


def _without_market(factors: Array, styles: Mask, weights: Array | None) -> Array:
    """The factors (n, K) with the styles replaced by their residuals on the other columns."""
    weight = np.ones((len(factors), 1)) if weights is None else weights[:, None]
    centred = factors - (weight * factors).sum(axis=0) / weight.sum()
    root = np.sqrt(weight)
    q, r = np.linalg.qr(root * centred[:, ~styles])
    slopes = np.linalg.solve(r, q.T @ (root * centred[:, styles]))
    out = factors.copy()
    out[:, styles] = centred[:, styles] - centred[:, ~styles] @ slopes
    return out
