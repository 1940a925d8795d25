"""Matrix products of which each row does not depend, to the last bit, on the other rows."""

import numpy as np

from factorcli.engine import Array


def row_products(rows: Array, matrix: Array) -> Array:
    """`rows @ matrix`, one vector-matrix product a row: (N, n) and (n, m) → (N, m).

    A single matrix product is blocked by the number of rows, so a ticker's last digits would depend on the
    other tickers. The loop over rows runs in numpy, in C.
    """
    product: Array = np.matmul(np.ascontiguousarray(rows)[:, None, :], matrix)[:, 0, :]
    return product
