"""Diagnostics of a fit: the number, and what it means in plain words."""

from factorcli.render.layout import Block, Column, Grid, line
from factorcli.render.text import QUIET, number, p_value, percent
from factorcli.results.diagnostics import Diagnostics

LEVEL = 0.05
# Durbin–Watson is near 2(1 − ρ): beyond these, residuals carry over by more than a tenth or so from day to day.
DURBIN_WATSON = (1.75, 2.25)
IDLE = 0.05  # of days without a new price


def diagnostics(found: Diagnostics) -> list[Block]:
    """One line a test, and the days that carry the fit."""
    low, high = DURBIN_WATSON
    statistic = found.durbin_watson
    rows = [
        (
            "autocorrelation",
            f"Durbin–Watson {number(statistic, signed=False)}",
            "residuals carry over to the next day: betas may lag, see the estimator dimson"
            if statistic < low
            else "residuals turn round the next day, as where prices bounce between bid and ask"
            if statistic > high
            else "residuals of one day say little about the next",
        ),
        (
            "even spread",
            f"Breusch–Pagan p {p_value(found.breusch_pagan.p_value)}",
            "errors are larger when factors move: keep hac or hc1 errors"
            if found.breusch_pagan.p_value < LEVEL
            else "errors are as large whatever the factors do",
        ),
        (
            "calm and storm",
            f"ARCH-LM p {p_value(found.arch_lm.p_value)}",
            f"large errors come together within {found.arch_lags} days: keep hac errors"
            if found.arch_lm.p_value < LEVEL
            else "large errors do not come together",
        ),
        (
            "normality",
            f"Jarque–Bera p {p_value(found.jarque_bera.p_value)}",
            f"extreme days are likelier than normal (kurtosis {number(found.kurtosis, 1, signed=False)}, normal 3): "
            "value at risk is too small"
            if found.jarque_bera.p_value < LEVEL
            else "errors look normal",
        ),
        (
            "idle days",
            percent(found.zero_return_share),
            "the price often does not change: thinly traded, see the estimator dimson"
            if found.zero_return_share > IDLE
            else "the price changes nearly every day",
        ),
    ]
    days = ", ".join(f"{day.date} ({number(day.cooks_distance, signed=False)})" for day in found.influential_days)
    return [
        line("Diagnostics", style="bold"),
        Grid(
            [
                Column("residuals", [row[0] for row in rows], left=True),
                Column("test", [row[1] for row in rows], left=True, style=QUIET),
                Column("in plain words", [row[2] for row in rows], left=True),
            ]
        ),
        *([line(f"The days that move the fit most (Cook's distance): {days}")] if days else []),
    ]
