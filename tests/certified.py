"""Published regression results, and the data they belong to.

Coefficients are listed intercept first. A number stands here as its source prints it.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
GOLDEN = Path(__file__).parent / "data" / "golden"


def columns(name: str, labels: bool = False) -> dict[str, Array]:
    """Columns of a CSV of the golden folder, by their heading; `labels` names the rows in a first column."""
    header, *lines = (GOLDEN / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    headings, *rows = (line.split(",")[int(labels) :] for line in (header, *lines))
    return dict(zip(headings, np.array(rows, dtype=np.float64).T, strict=True))


def powers(x: Array, degree: int) -> Array:
    """x, x², … x^degree side by side."""
    return np.column_stack([x**power for power in range(1, degree + 1)])


# NIST StRD, linear regression, "Longley" (multicollinear, 16 observations): certified values.
# https://www.itl.nist.gov/div898/strd/lls/data/Longley.shtml
LONGLEY_COEFFICIENTS = [
    -3482258.63459582,
    15.0618722713733,
    -0.358191792925910e-01,
    -2.02022980381683,
    -1.03322686717359,
    -0.511041056535807e-01,
    1829.15146461355,
]
LONGLEY_STD_ERRORS = [
    890420.383607373,
    84.9149257747669,
    0.334910077722432e-01,
    0.488399681651699,
    0.214274163161675,
    0.226073200069370,
    455.478499142212,
]
LONGLEY_RESIDUAL_SD = 304.854073561965
LONGLEY_R_SQUARED = 0.995479004577296
# SAS, White's errors with n/(n−k), five decimals.
LONGLEY_HC1 = [1109615.0, 68.29380, 0.03277, 0.51099, 0.19499, 0.21094, 571.17917]

# NIST StRD, linear regression, "Filip" (polynomial of degree 10, 82 observations): certified values.
# https://www.itl.nist.gov/div898/strd/lls/data/Filip.shtml
FILIP_COEFFICIENTS = [
    -1467.48961422980,
    -2772.17959193342,
    -2316.37108160893,
    -1127.97394098372,
    -354.478233703349,
    -75.1242017393757,
    -10.8753180355343,
    -1.06221498588947,
    -0.670191154593408e-01,
    -0.246781078275479e-02,
    -0.402962525080404e-04,
]
FILIP_STD_ERRORS = [
    298.084530995537,
    559.779865474950,
    466.477572127796,
    227.204274477751,
    71.6478660875927,
    15.2897178747400,
    2.23691159816033,
    0.221624321934227,
    0.142363763154724e-01,
    0.535617408889821e-03,
    0.896632837373868e-05,
]
FILIP_RESIDUAL_SD = 0.334801051324544e-02
FILIP_R_SQUARED = 0.996727416185620

# NIST StRD, linear regression, "Wampler1" and "Wampler4" (polynomials of degree 5, 21 observations):
# certified values. Wampler1 is an exact fit.
# https://www.itl.nist.gov/div898/strd/lls/data/Wampler1.shtml, …/Wampler4.shtml
WAMPLER_COEFFICIENTS = [1.0] * 6
WAMPLER4_STD_ERRORS = [
    215232.624678170,
    236355.173469681,
    77934.3524331583,
    10147.5507550350,
    564.566512170752,
    11.2324854679312,
]
WAMPLER4_RESIDUAL_SD = 236014.502379268
WAMPLER4_R_SQUARED = 0.957478440825662

# Stata, `newey g_realinv g_realgdp L_realint, lag(4)` on US macro data, 1959–2009 (202 quarters), as
# printed in the tests of statsmodels; here the constant comes first.
NEWEY_LAGS = 4
NEWEY_COEFFICIENTS = [-9.4816727746549, 4.3742216647032, -0.61399696947899]
NEWEY_STD_ERRORS = [1.1859338087713, 0.33125644884286, 0.29582347593197]
NEWEY_T_STATS = [-7.9951112823729, 13.204940401864, -2.0755518727668]
NEWEY_P_VALUES = [1.036821797e-13, 5.282334606e-29, 0.03922090940364]
NEWEY_CI_LOW = [-11.820282709911, 3.7209983425819, -1.1973480087863]
NEWEY_CI_HIGH = [-7.1430628393989, 5.0274449868245, -0.03064593017165]
# Stata, the same model with `vce(robust)`.
MACRO_HC1 = [1.3690593206013, 0.32355452428856, 0.32772840315987]

# R, data set `swiss` (Mosteller & Tukey 1977), fertility on the five columns below: LMG as of package
# relaimpo (Grömping 2006), `calc.relimp(lm(Fertility ~ ., swiss), type = "lmg")`, and Pratt's β·r.
SWISS_FACTORS = ["Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality"]
SWISS_LMG = [0.0570912207681, 0.1711730289002, 0.2601346786244, 0.1055701503735, 0.1127659229265]
SWISS_PRATT = [-0.11048599, 0.10642740, 0.44500457, 0.16117681, 0.10461221]
SWISS_R_SQUARED = 0.7067350015927
