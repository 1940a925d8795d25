"""What people read of a rolling path: a sparkline a factor, its extremes, and the estimates by date."""

import math
from dataclasses import replace

import pytest

from factorcli.render.paths import path, sparkline
from factorcli.results.rolling import RollingPath
from tests.read.cells import Table, grids, headings_at, lines_at, plain, styles, tables
from tests.read.records_betas import rolling

pytestmark = pytest.mark.read


def tables_of(found: RollingPath, *, terminal: bool = False) -> list[Table]:
    """The table of shapes and that of dates."""
    return [tables("\n".join(lines_at(grid, None)))[0] for grid in grids(path(found, "session", terminal))]


def heading_of(found: RollingPath, *, terminal: bool = False) -> str:
    """The sentence above."""
    first = path(found, "session", terminal)[0]
    assert isinstance(first, tuple)
    return plain(first)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], "▁▂▃▄▅▆▇█"),
        ([7.0, 0.0], "█▁"),
        ([-1.0, -3.0, -2.0], "█▁▅"),
        ([2.0, math.nan, 4.0], "▁ █"),
        ([5.0, 5.0], "▁▁"),
        ([math.nan, math.inf], "  "),
        ([], ""),
        ([3.0], "▁"),
    ],
)
def test_a_sparkline_is_lowest_at_its_lowest_value(values: list[float], shown: str) -> None:
    """From ▁ to █; a blank where there is no value; a constant is low."""
    assert sparkline(values) == shown


def test_a_long_series_is_sampled_evenly_with_both_ends() -> None:
    """Forty ticks of any length, or as many as wanted."""
    assert len(sparkline([float(i) for i in range(41)])) == len(sparkline([1.0, 2.0] * 500)) == 40
    assert len(sparkline([0.0] * 39)) == 39
    assert sparkline([0.0, 5.0, 1.0, 5.0, 2.0], 3) == "▁▅█"
    assert sparkline([float(i) for i in range(15)], 8) == "▁▂▃▄▅▆▇█"
    assert sparkline([1.0, 2.0, 3.0], 1) == "▁"


def test_the_shapes_name_lowest_highest_and_latest() -> None:
    """Of the known values; the interval is the latest one's, low to high."""
    shapes, _ = tables_of(rolling())
    assert shapes.headings == ("path", "lowest", "highest", "latest", "95% interval")
    assert shapes.row("MKT") == {
        "path": "▁▅█", "lowest": "+0.81", "highest": "+1.07", "latest": "+1.07", "95% interval": "+0.61 to +1.47",
    }  # fmt: skip
    falling = replace(rolling(), betas={"MKT": (1.31, 0.22, 0.57), "VAL": (-0.1, -0.2, -0.4)})
    shapes, _ = tables_of(falling)
    assert shapes.row("MKT") == {
        "path": "█▁▃", "lowest": "+0.22", "highest": "+1.31", "latest": "+0.57", "95% interval": "+0.61 to +1.47",
    }  # fmt: skip
    assert shapes.row("VAL") == {
        "path": "█▆▁", "lowest": "−0.40", "highest": "−0.10", "latest": "−0.40", "95% interval": "−0.27 to +0.43",
    }  # fmt: skip


def test_unknown_values_are_left_out_of_the_extremes() -> None:
    """A factor without any value has dashes."""
    nan = float("nan")
    shapes = lines_at(grids(path(rolling(), "session", False))[0], None)
    assert shapes[3].split() == ["VAL", "▁█", "−0.13", "+0.09", "+0.09", "−0.27", "to", "+0.43"]
    unknown = replace(rolling(), betas={"MKT": (nan, nan, nan)})
    row = lines_at(grids(path(unknown, "session", False))[0], None)[2]
    assert row.split() == ["MKT", "–", "–", "–", "+0.61", "to", "+1.47"]


def test_the_estimates_of_every_date_stand_in_their_columns() -> None:
    """Betas, R² and residual volatility, and alpha a day in thousandths of a per cent."""
    _, dates = tables_of(rolling())
    assert dates.headings == ("window end", "MKT", "VAL", "R²", "residual volatility", "α a day")
    assert dates.rows == {
        "2026-01-05": {
            "MKT": "+0.81", "VAL": "–", "R²": "0.41", "residual volatility": "15.2%", "α a day": "+0.011%",
        },
        "2026-01-06": {
            "MKT": "+0.94", "VAL": "−0.13", "R²": "0.43", "residual volatility": "16.3%", "α a day": "+0.031%",
        },
        "2026-01-07": {
            "MKT": "+1.07", "VAL": "+0.09", "R²": "0.45", "residual volatility": "17.4%", "α a day": "+0.051%",
        },
    }  # fmt: skip


def test_a_beta_is_coloured_where_its_interval_leaves_zero_out() -> None:
    """Dim where it holds zero or is unknown, or has a bound at it."""
    nan = float("nan")
    found = replace(
        rolling(5),
        betas={"MKT": (0.5, -0.5, 0.5, -0.5, 0.5)},
        betas_low={"MKT": (0.1, -0.9, -0.1, -0.9, nan)},
        betas_high={"MKT": (0.9, -0.1, 0.9, 0.0, nan)},
    )
    shapes, dates = grids(path(found, "session", False))
    assert styles(dates, "MKT") == ["green", "red", "dim", "dim", "dim"]
    assert (styles(shapes, ""), styles(shapes, "lowest"), styles(shapes, "highest")) == (["bold"], ["dim"], ["dim"])


def test_a_terminal_shows_twelve_dates_of_a_long_path_with_both_ends() -> None:
    """Evenly spaced; piped, all of them; twelve or fewer are never thinned."""
    assert heading_of(rolling(100)) == "Rolling path: 100 windows"
    assert len(tables_of(rolling(100))[1].rows) == 100
    assert heading_of(rolling(100), terminal=True) == "Rolling path: 100 windows, 12 of them shown"
    shown = list(tables_of(rolling(100), terminal=True)[1].rows)
    assert (shown[0], shown[1], shown[10], shown[11], len(shown)) == (
        "2026-01-05", "2026-01-14", "2026-04-05", "2026-04-14", 12,
    )  # fmt: skip
    assert heading_of(rolling(12), terminal=True) == "Rolling path: 12 windows"
    assert heading_of(rolling(13), terminal=True) == "Rolling path: 13 windows, 12 of them shown"


def test_the_parts_of_a_path_are_divided_by_a_blank_line() -> None:
    """A bold heading and the shapes; below a blank, the dates."""
    heading, _, blank, _ = path(rolling(), "session", False)
    assert isinstance(heading, tuple)
    assert [(span.text, span.style) for span in heading] == [("Rolling path: 3 windows", "bold")]
    assert blank == ()


def test_a_path_without_a_window_says_so() -> None:
    """One sentence and no table."""
    (only,) = path(rolling(0), "session", True)
    assert isinstance(only, tuple)
    assert plain(only) == "No rolling path: there are fewer sessions than the window needs."


@pytest.mark.parametrize(
    ("width", "shapes", "dates"),
    [
        (160, 5, ["window end", "MKT", "VAL", "R²", "residual volatility", "α a day"]),
        (60, 5, ["window end", "MKT", "VAL", "R²", "residual volatility", "α a day"]),
        (59, 5, ["window end", "MKT", "VAL", "R²", "α a day"]),
        (40, 4, ["window end", "MKT", "VAL", "R²", "α a day"]),
        (38, 4, ["window end", "MKT", "VAL", "R²"]),
    ],
)
def test_a_narrow_path_drops_residual_volatility_then_alpha(width: int, shapes: int, dates: list[str]) -> None:
    """And the interval of the latest beta; no line is longer than the width."""
    first, second = grids(path(rolling(), "session", False))
    assert headings_at(second, width) == dates
    assert headings_at(first, width) == ["path", "lowest", "highest", "latest", "95% interval"][:shapes]
    assert max(map(len, [*lines_at(first, width), *lines_at(second, width)])) <= width


def test_words_begin_and_numbers_end_below_their_headings() -> None:
    """Sparklines and dates are left-aligned, all else right-aligned."""
    shapes, dates = grids(path(rolling(2), "session", False))
    assert lines_at(shapes, None)[::2] == [
        "     path  lowest  highest  latest    95% interval",
        "MKT  ▁█     +0.81    +0.94   +0.94  +0.56 to +1.40",
    ]
    assert lines_at(dates, None)[::2] == [
        "window end    MKT    VAL    R²  residual volatility  α a day",
        "2026-01-05  +0.81      –  0.41                15.2%  +0.011%",
    ]


@pytest.mark.parametrize(("period", "title"), [("session", "α a day"), ("week", "α a week"), ("month", "α a month")])
def test_the_alpha_of_a_path_is_of_its_period(period: str, title: str) -> None:
    """A weekly path has a weekly α."""
    dates = lines_at(grids(path(rolling(), period, False))[1], None)
    assert title in " ".join(dates[:1])
