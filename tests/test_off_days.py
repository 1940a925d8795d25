"""Prices on days without a market: a file shifted by a day names that, and not a shorter window."""

from pathlib import Path

import numpy as np
import pytest

from factorcli.ports import PricePanel
from factorcli.prices.off_days import off_days
from tests.conftest import Run
from tests.markets import PROXIES, market, weekdays, write_wide

pytestmark = pytest.mark.cli


@pytest.mark.parametrize(("shift", "asked"), [(-1, "are the dates a day early?"), (1, "are the dates a day late?")])
def test_a_shifted_file_names_its_days(factor: Run, tmp_path: Path, shift: int, asked: str) -> None:
    """Beside proxies whose dates are right; one on the right days says nothing of the kind."""
    prices = market()
    write_wide(tmp_path / "p" / "proxies.csv", {name: prices[name] for name in PROXIES})
    write_wide(tmp_path / "p" / "s.csv", {"S0.NS": prices["S0.NS"]}, weekdays(300) + np.timedelta64(shift, "D"))
    answer = factor("beta", "S0.NS", "--source", str(tmp_path / "p"))
    assert answer.status == 4
    assert asked in answer.err
    day = "Sunday" if shift < 0 else "Saturday"
    assert f"prices are on days on which the market has none, such as {day} 20" in answer.err
    assert "shorter window" not in answer.err


def _panel(days: np.ndarray, **closes: list[float]) -> PricePanel:
    return PricePanel(days, tuple(closes), np.array(list(closes.values())).T)


def test_off_days_are_those_of_the_ticker_alone() -> None:
    """A day on which a proxy has a price is a hole in the others; days before the first session are no matter."""
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-01-09"))
    nan = np.nan
    panel = _panel(
        days,
        P=[nan, 1, nan, 1, nan, 1, 1, 1],
        Q=[nan, 1, nan, 1, 1, 1, 1, 1],
        A=[1, 1, 1, 1, 1, 1, nan, 1],
        B=[nan, 1, nan, 1, nan, 1, 1, 1],
    )
    sessions = days[[1, 3, 5, 6, 7]]
    is_off = np.isnan(panel.closes[:, :2]).all(axis=1)
    found = off_days(panel, sessions, is_off, ("A", "B", "absent"))
    assert list(found) == ["A"]
    assert [str(day) for day in found["A"].days] == ["2024-01-03"]
    assert found["A"].shift == 0
