"""Products whose every row has the same digits whatever rows stand beside it."""

import numpy as np

from factorcli.engine import Array


def row_products(rows: Array, matrix: Array) -> Array:
    """`rows @ matrix`, one vector-matrix product a row: (N, n) and (n, m) → (N, m).

    A single matrix product blocks its rows by how many there are, so a ticker's last digits would
    depend on which others were asked for. numpy runs the loop over rows, in C.
    """
    product: Array = np.matmul(np.ascontiguousarray(rows)[:, None, :], matrix)[:, 0, :]
    return product
