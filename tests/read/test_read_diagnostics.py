"""What people read of a fit's diagnostics: each test with its statistic and its finding."""

from dataclasses import replace
from datetime import date

import pytest

from factorcli.render.diagnostics import diagnostics
from factorcli.results.diagnostics import Significance
from tests.read.cells import Table, grids, headings_at, lines_at, plain, styles, tables
from tests.read.records_betas import DIAGNOSTICS

pytestmark = pytest.mark.read


def table_of(**changes: object) -> Table:
    """The table of the record with some other numbers."""
    (grid,) = grids(diagnostics(replace(DIAGNOSTICS, **changes)))  # type: ignore[arg-type]
    (table,) = tables("\n".join(lines_at(grid, None)))
    return table


def test_each_property_has_its_own_test() -> None:
    """Durbin–Watson, Breusch–Pagan, ARCH-LM, Jarque–Bera and the share of zero returns, each in its row."""
    table = table_of()
    assert table.headings == ("property", "test", "finding")
    assert list(table.rows) == [
        "autocorrelation", "heteroskedasticity", "volatility clustering", "normality", "zero-return days",
    ]  # fmt: skip
    assert table.column("test") == {
        "autocorrelation": "Durbin–Watson 2.04",
        "heteroskedasticity": "Breusch–Pagan p 0.151",
        "volatility clustering": "ARCH-LM p 0.287",
        "normality": "Jarque–Bera p 0.427",
        "zero-return days": "1.2%",
    }
    assert table.column("finding") == {
        "autocorrelation": "little autocorrelation",
        "heteroskedasticity": "not significant at 5%",
        "volatility clustering": "not significant at 5%",
        "normality": "not rejected at 5%",
        "zero-return days": "little thin trading",
    }


POSITIVE = "positive autocorrelation: betas may lag, see the estimator dimson"
NEGATIVE = "negative autocorrelation, as from bid–ask bounce"
HETEROSKEDASTIC = "the error variance depends on the factors: keep hac or hc1 errors"
CLUSTERS = "large errors cluster within 5 days: keep hac errors"
NOT_NORMAL = "not normal, kurtosis 3.3 (normal 3): VaR is too large, but losses beyond it exceed ES"
THIN = "thin trading: see the estimator dimson"


@pytest.mark.parametrize(
    ("row", "changes", "finding"),
    [
        ("autocorrelation", {"durbin_watson": 1.749}, POSITIVE),
        ("autocorrelation", {"durbin_watson": 1.75}, "little autocorrelation"),
        ("autocorrelation", {"durbin_watson": 2.25}, "little autocorrelation"),
        ("autocorrelation", {"durbin_watson": 2.251}, NEGATIVE),
        ("heteroskedasticity", {"breusch_pagan": Significance(9.1, 0.0499)}, HETEROSKEDASTIC),
        ("heteroskedasticity", {"breusch_pagan": Significance(9.1, 0.05)}, "not significant at 5%"),
        ("volatility clustering", {"arch_lm": Significance(9.1, 0.0499)}, CLUSTERS),
        ("volatility clustering", {"arch_lm": Significance(9.1, 0.05)}, "not significant at 5%"),
        ("normality", {"jarque_bera": Significance(9.1, 0.0499)}, NOT_NORMAL),
        ("normality", {"jarque_bera": Significance(9.1, 0.05)}, "not rejected at 5%"),
        (
            "normality",
            {"jarque_bera": Significance(9.1, 0.0499), "kurtosis": 3.0},
            "not normal, kurtosis 3.0 (normal 3)",
        ),
        ("zero-return days", {"zero_return_share": 0.0501}, THIN),
        ("zero-return days", {"zero_return_share": 0.05}, "little thin trading"),
    ],
)
def test_a_finding_turns_at_its_own_limit_and_no_other(row: str, changes: dict[str, object], finding: str) -> None:
    """5 % for p-values and zero returns, 1.75 and 2.25 for Durbin–Watson; the other rows stay as they are."""
    usual, found = table_of().column("finding"), table_of(**changes).column("finding")
    assert found == {**usual, row: finding}


def test_the_most_influential_days_are_named_with_their_distance() -> None:
    """In their order; nothing is said where there are none."""
    *_, days = diagnostics(DIAGNOSTICS)
    assert isinstance(days, tuple)
    assert plain(days) == "Most influential days (Cook's distance): 2026-02-03 (0.29), 2026-05-07 (0.17)"
    heading, _ = diagnostics(replace(DIAGNOSTICS, influential_days=()))
    assert isinstance(heading, tuple)
    assert [(span.text, span.style) for span in heading] == [("Diagnostics", "bold")]
    assert DIAGNOSTICS.influential_days[0].date == date(2026, 2, 3)


def test_the_table_is_left_aligned_with_dim_statistics() -> None:
    """Words begin below their heading, at any width: no column of it can be spared."""
    (grid,) = grids(diagnostics(DIAGNOSTICS))
    assert styles(grid, "test") == ["dim"] * 5
    assert lines_at(grid, 40) == lines_at(grid, None)
    assert headings_at(grid, 40) == ["property", "test", "finding"]
    assert lines_at(grid, None)[2] == "autocorrelation        Durbin–Watson 2.04     little autocorrelation"
