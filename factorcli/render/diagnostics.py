"""Diagnostics of a fit: each test, its statistic and its finding."""

from factorcli.render.layout import Block, Column, Grid, line
from factorcli.render.text import DIM_STYLE, SIGNIFICANCE_LEVEL, number, p_value, percent
from factorcli.results.diagnostics import Diagnostics

# Durbin–Watson is near 2(1 − ρ): outside these bounds |ρ| of successive residuals exceeds an eighth.
DURBIN_WATSON_BOUNDS = (1.75, 2.25)
NORMAL_KURTOSIS = 3.0
MAX_ZERO_RETURN_SHARE = 0.05  # of the days


def diagnostics(found: Diagnostics, day: str = "day") -> list[Block]:
    """A row for each test with its finding at 5 %, and the most influential days; day: what a return is of."""
    low, high = DURBIN_WATSON_BOUNDS
    statistic = found.durbin_watson
    rows = [
        (
            "autocorrelation",
            f"Durbin–Watson {number(statistic, signed=False)}",
            "positive autocorrelation: betas may lag, see the estimator dimson"
            if statistic < low
            else "negative autocorrelation, as from bid–ask bounce"
            if statistic > high
            else "little autocorrelation",
        ),
        (
            "heteroskedasticity",
            f"Breusch–Pagan p {p_value(found.breusch_pagan.p_value)}",
            "the error variance depends on the factors: keep hac or hc1 errors"
            if found.breusch_pagan.p_value < SIGNIFICANCE_LEVEL
            else "not significant at 5%",
        ),
        (
            "volatility clustering",
            f"ARCH-LM p {p_value(found.arch_lm.p_value)}",
            f"large errors cluster within {found.arch_lags} {day}s: keep hac errors"
            if found.arch_lm.p_value < SIGNIFICANCE_LEVEL
            else "not significant at 5%",
        ),
        (
            "normality",
            f"Jarque–Bera p {p_value(found.jarque_bera.p_value)}",
            f"not normal, kurtosis {number(found.kurtosis, 1, signed=False)} (normal 3)" + _tails(found.kurtosis)
            if found.jarque_bera.p_value < SIGNIFICANCE_LEVEL
            else "not rejected at 5%",
        ),
        (
            f"zero-return {day}s",
            percent(found.zero_return_share),
            "thin trading: see the estimator dimson"
            if found.zero_return_share > MAX_ZERO_RETURN_SHARE
            else "little thin trading",
        ),
    ]
    days = ", ".join(f"{one.date} ({number(one.cooks_distance, signed=False)})" for one in found.influential_days)
    return [
        line("Diagnostics", style="bold"),
        Grid(
            [
                Column("property", [row[0] for row in rows], left=True),
                Column("test", [row[1] for row in rows], left=True, style=DIM_STYLE),
                Column("finding", [row[2] for row in rows], left=True),
            ]
        ),
        *([line(f"Most influential {day}s (Cook's distance): {days}")] if days else []),
    ]


def _tails(kurtosis: float) -> str:
    """What fat tails do to the normal value at risk: more days near the mean, and a few far from it."""
    return ": VaR is too large, but losses beyond it exceed ES" if kurtosis > NORMAL_KURTOSIS else ""
