"""Numerical code on arrays: no I/O, no clock, no environment, no other module of factorcli.

Shapes in the docstrings: T days, N tickers, K factors, k = K + 1 coefficients (the intercept
first), W the window, D = T − W + 1 dates of a rolling path.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]
