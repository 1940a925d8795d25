"""Tables of a heatmap and of its statuses."""

from dataclasses import replace

import pytest

from tests.read.printed_tables import WIDTHS, on_terminal, piped, plain, sentences, table
from tests.read.records_heatmaps import CODES, HEATMAP, NAN, STATUSES

pytestmark = pytest.mark.read

TITLES = ["", "name", "market β", "down β", *CODES, "R²", "α a year", "n"]
STOCKS = """
ANTE.NS|            |▼+0.38|+1.28 |+1.00* |−0.44 |−0.62 |+0.023 |−2.00 |0.11|+6.5% |201
BETO.NS|Beto Limited|+0.50 |+1.34 |+1.12° |−0.44 |−0.12 |+0.031 |−1.97 |0.22|−7.1% |202
CARO.NS|Caro Limited|+0.56 |+1.38 |+1.13  |−0.31 |+0.12 |+0.040 |−1.91 |0.34|+12.3%|203
DUNE.NS|Dune Limited|+0.56 |+1.44 |+1.38° |−0.25 |+0.39 |+0.054 |−1.88 |0.44|−24.7%|204
ECHO.NS|Echo Limited|+0.69 |▲+1.44|+1.50° |−0.18 |+0.87 |+0.062 |−1.81 |0.55|+31.4%|205
FARO.NS|Faro Limited|+0.75 |▼+1.06|+1.63  |−0.06 |+1.12 |+0.078 |▲−1.81|0.66|−0.5% |206
GILT.NS|Gilt Limited|+0.82 |+1.12 |+1.87* |0.00  |+1.62 |▲+0.078|▼−2.19|0.77|0.0%  |207
HALO.NS|Halo Limited|+0.94 |+1.16 |+2.00  |+0.12 |▲+1.62|▼−0.016|−2.12 |0.88|+27.2%|208
IRIS.NS|Iris Limited|+1.00 |+1.16 |+2.25  |▲+0.12|▼−1.38|0.000  |−2.09 |1.00|−16.2%|209
JADE.NS|Jade Limited|+1.12 |+1.22 |▲+2.25 |▼−0.62|−0.88 |+0.008 |−2.09 |0.10|+57.7%|210
KITE.NS|Kite Limited|▲+1.12|+1.25 |▼+0.75 |−0.50 |−0.62 |+0.008 |−2.03 |0.00|0.0%  |211
"""
SECTORS = """
no sector (2) mean||+0.59|+1.39|+1.01|−0.27|+0.31|+0.021|−2.03|0.39||
median||+0.59|+1.39|+1.02|−0.28|+0.32|+0.022|−2.04|||
Oil Gas & Consumable Fue mean||+0.87|+1.25|+1.31|−0.37|+0.41|+0.031|−2.13|0.44||
median (of Oil Gas & Consumable Fue mean)||+0.94|+1.22|+1.32|−0.38|+0.42|+0.032|−2.14|||
Power (6) mean||+0.77|+1.22|▲+2.45|−0.47|+0.51|+0.041|−2.09|0.50||
median (of Power (6) mean)||+0.78|+1.20|▼+0.55|−0.48|+0.52|+0.042|−2.08|||
"""


def _expected(text: str) -> dict[str, list[str]]:
    rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return {row[0]: row[1:] for row in rows}


def _cells(expected: str) -> list[tuple[str, str, str]]:
    return [
        (row, title, text)
        for row, cells in _expected(expected).items()
        for title, text in zip(TITLES[1:], cells, strict=True)
    ]


BY_SECTOR = table(piped(HEATMAP), "market β", rows=17)
SORTED = table(piped(HEATMAP, view="sorted"), "market β", rows=11)


@pytest.mark.parametrize(("row", "column", "text"), _cells(STOCKS))
def test_each_cell_of_a_stock(row: str, column: str, text: str) -> None:
    """In both forms: its number, ▲ or ▼ from 1.5 robust standard deviations on, * or ° by q and |t|."""
    assert BY_SECTOR.rows[row][column] == SORTED.rows[row][column] == text


@pytest.mark.parametrize(("row", "column", "text"), _cells(SECTORS))
def test_each_cell_of_a_sector(row: str, column: str, text: str) -> None:
    """Means with R², medians without; neither has marks of significance."""
    assert BY_SECTOR.rows[row][column] == text


def test_rows_stand_by_sector_or_in_the_order_of_the_record() -> None:
    """No sector first, then by its name; each sector's mean and median above its stocks, a rule below."""
    assert BY_SECTOR.titles == SORTED.titles == TITLES
    labels = [
        "no sector (2) mean", "median", "BETO.NS", "ECHO.NS",
        "Oil Gas & Consumable Fue mean", "median (of Oil Gas & Consumable Fue mean)", "CARO.NS", "HALO.NS", "JADE.NS",
        "Power (6) mean", "median (of Power (6) mean)", "ANTE.NS", "DUNE.NS", "FARO.NS", "GILT.NS", "IRIS.NS",
        "KITE.NS",
    ]  # fmt: skip
    assert list(BY_SECTOR.rows) == labels
    assert list(SORTED.rows) == [stock.ticker for stock in HEATMAP.stocks]
    lines = piped(HEATMAP).splitlines()
    below = [lines[i - 1].split(" ")[0] for i, line in enumerate(lines) if line.startswith("──")]
    assert below == ["", "ECHO.NS", "JADE.NS"]
    assert piped(HEATMAP, view="sorted").count("\n──") == 1


HIGH, HIGHEST = "color(2)", "bold color(0) on color(2)"
LOW, LOWEST = "color(1)", "bold color(0) on color(1)"


@pytest.mark.parametrize(
    ("row", "column", "style"),
    [
        ("ANTE.NS", "market β", LOWEST), ("BETO.NS", "market β", LOW), ("CARO.NS", "market β", LOW),
        ("DUNE.NS", "market β", ""), ("FARO.NS", "market β", ""), ("HALO.NS", "market β", ""),
        ("IRIS.NS", "market β", HIGH), ("JADE.NS", "market β", HIGH), ("KITE.NS", "market β", HIGHEST),
        ("JADE.NS", "MKT", HIGHEST), ("KITE.NS", "MKT", LOWEST), ("GILT.NS", "MKT", ""), ("HALO.NS", "MKT", HIGH),
        ("IRIS.NS", "VAL", HIGHEST), ("HALO.NS", "VAL", HIGH), ("JADE.NS", "VAL", LOWEST), ("DUNE.NS", "VAL", ""),
        ("HALO.NS", "MOM", HIGHEST), ("IRIS.NS", "MOM", LOWEST), ("KITE.NS", "MOM", LOW),
        ("GILT.NS", "SZ", HIGHEST), ("HALO.NS", "SZ", LOWEST), ("ANTE.NS", "SZ", ""),
        ("FARO.NS", "VOL", HIGHEST), ("GILT.NS", "VOL", LOWEST), ("ANTE.NS", "VOL", ""),
        ("Power (6) mean", "MKT", HIGHEST), ("median (of Power (6) mean)", "MKT", LOWEST),
        ("Power (6) mean", "market β", ""), ("median (of Power (6) mean)", "market β", ""),
        ("Oil Gas & Consumable Fue mean", "VOL", LOW), ("no sector (2) mean", "MKT", LOW),
        ("Power (6) mean", "", "bold"), ("median (of Power (6) mean)", "", "bold"), ("ANTE.NS", "", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("width", [80, 160])
def test_colours_follow_the_distance_from_the_median(row: str, column: str, style: str, width: int) -> None:
    """Green above and red below from 0.75 robust standard deviations on, on a ground of the colour from 1.5 on."""
    coloured = table(on_terminal(HEATMAP, width=width, colour=True), "market β", rows=17)
    assert coloured.styles[row][column] == style


def test_down_betas_are_coloured_by_their_own_column() -> None:
    """At a width that has room for them."""
    coloured = table(on_terminal(HEATMAP, width=160, colour=True), "market β", rows=17)
    styles = {row: cells["down β"] for row, cells in coloured.styles.items()}
    assert [styles[row] for row in ("ECHO.NS", "FARO.NS", "ANTE.NS")] == [HIGHEST, LOWEST, ""]


SHOWN = {
    40: ["", "market β", "down β", *CODES],
    60: ["", "market β", "down β", *CODES],
    80: ["", "market β", "down β", *CODES],
    100: ["", "market β", "down β", *CODES, "R²"],
    160: TITLES,
}


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_width_drops_columns_and_never_a_digit(width: int, colour: bool) -> None:
    """Name first, then alpha, n and R²; the rest keeps its cells; sentences are wrapped and complete."""
    text = on_terminal(HEATMAP, width=width, colour=colour)
    found = table(text, "market β", rows=17)
    assert found.titles == SHOWN[width]
    assert found.rows == {row: {title: cells[title] for title in SHOWN[width]} for row, cells in BY_SECTOR.rows.items()}
    assert ("\x1b[32m" in text) is colour
    assert text.startswith("\x1b[1mHeatmap\x1b[0m  window 252")
    assert "\x1b[2m▲ and ▼" in text and "\x1b[2mModel india-5f" in text
    heading, _, foot = plain(text).split("\n\n")
    assert max(len(line) for line in f"{heading}\n{foot}".splitlines()) <= width
    for sentence in (
        "Heatmap window 252 · as of 2026-11-20 · 11 stocks · 3 of 14 missing",
        "▲ and ▼: at least 1.5 robust standard deviations above or below the median of the stocks shown.",
        "* significant at a false discovery rate of 5% over the universe; "
        "° |t| > 1.96, but not significant at that rate.",
        "market β is the beta of the one-factor market model, down β that of days on which the market falls; the other "
        "betas are estimated jointly.",
        "Model india-5f,",
        "prices from demo to 2026-11-20.",
    ):
        assert sentence in sentences(text)


def test_the_heading_names_what_is_missing_and_what_is_stale() -> None:
    """Neither where nothing is missing or stale; one stock is not many."""
    heading = piped(replace(HEATMAP, missing=(), stale=True), view="sorted").splitlines()[0]
    assert heading == "Heatmap  window 252 · as of 2026-11-20 · 11 stocks · STALE: a later session has closed"
    one = replace(HEATMAP, window=126, stocks=HEATMAP.stocks[:1])
    assert piped(one, view="sorted").splitlines()[0] == (
        "Heatmap  window 126 · as of 2026-11-20 · 1 stock · 3 of 14 missing"
    )
    assert "missing" not in sentences(piped(replace(HEATMAP, missing=()), view="sorted"))


def test_without_spread_nothing_is_marked_and_without_a_number_is_a_dash() -> None:
    """Two stocks have no spread; a market beta that cannot be had takes no part in the scale."""
    first, second = HEATMAP.stocks[:2]
    two = replace(HEATMAP, stocks=(replace(first, market_beta=NAN), replace(second, down_beta=NAN)))
    found = table(on_terminal(two, width=160, view="sorted", colour=True), "market β", rows=2)
    assert [found.rows[row]["market β"] for row in found.rows] == ["–", "+0.50"]
    assert [found.rows[row]["down β"] for row in found.rows] == ["+1.28", "–"]
    assert {found.styles[row][title] for row in found.rows for title in found.titles} == {""}
    three = replace(two, stocks=(*two.stocks, *HEATMAP.stocks[2:4]))
    found = table(piped(three, view="sorted"), "market β", rows=4)
    assert [row["market β"] for row in found.rows.values()] == ["–", "▼+0.50", "+0.56", "+0.56"]
    empty = replace(HEATMAP, stocks=(replace(first, market_beta=NAN),))
    assert table(piped(empty, view="sorted"), "market β", rows=1).rows["ANTE.NS"]["market β"] == "–"


@pytest.mark.parametrize(("largest", "text"), [(0.0999, "+0.050"), (0.1, "+0.05")])
def test_a_column_of_small_betas_has_three_decimals(largest: float, text: str) -> None:
    """Where nine tenths of the sizes are below 0.1, whatever the tenth is."""
    values = [*(0.05 - 0.01 * i for i in range(8)), -largest, 0.001, 7.0]
    stocks = tuple(
        replace(stock, betas={**stock.betas, "VAL": value}) for stock, value in zip(HEATMAP.stocks, values, strict=True)
    )
    found = table(piped(replace(HEATMAP, stocks=stocks), view="sorted"), "market β", rows=11)
    assert found.rows["ANTE.NS"]["VAL"].strip("▲▼") == text
    assert found.rows["KITE.NS"]["VAL"] == f"▲{7.0:+.{len(text) - 3}f}"


def test_the_down_betas_of_a_sector_leave_out_unknown_ones() -> None:
    """Mean and median over those that are known; a dash without any."""
    power = [place for place, stock in enumerate(HEATMAP.stocks) if stock.sector == "Power"]
    values = dict(zip(power, (NAN, 1.1, 1.2, 1.6, 1.9, 2.7), strict=True))
    stocks = tuple(
        replace(stock, down_beta=values.get(place, NAN if stock.sector is None else stock.down_beta))
        for place, stock in enumerate(HEATMAP.stocks)
    )
    found = table(piped(replace(HEATMAP, stocks=stocks)), "market β", rows=17).rows
    labels = ("Power (6) mean", "median (of Power (6) mean)", "no sector (2) mean", "median")
    assert [found[label]["down β"].strip("▲▼") for label in labels] == ["+1.70", "+1.60", "–", "–"]


def test_a_robust_deviation_is_between_the_16th_and_the_84th_percentile() -> None:
    """Over 26 stocks these are the 5th and the 22nd value in order; the median is the 14th."""
    betas = [float(i) for i in range(26)]
    stocks = tuple(replace(HEATMAP.stocks[0], ticker=f"S{i}", market_beta=beta) for i, beta in enumerate(betas))
    found = table(piped(replace(HEATMAP, stocks=stocks), view="sorted"), "market β", rows=26)
    marked = {row: cells["market β"][0] for row, cells in found.rows.items() if cells["market β"][0] in "▲▼"}
    assert marked == {"S0": "▼"}
    coloured = table(on_terminal(replace(HEATMAP, stocks=stocks), width=160, view="sorted", colour=True),
                     "market β", rows=26)  # fmt: skip
    assert [row for row in coloured.rows if coloured.styles[row]["market β"] == LOW] == [f"S{i}" for i in range(1, 7)]
    assert [row for row in coloured.rows if coloured.styles[row]["market β"] == HIGH] == [
        f"S{i}" for i in range(20, 26)
    ]


def test_text_stands_left_and_numbers_right() -> None:
    """Whole lines, blanks included."""
    lines = piped(HEATMAP).splitlines()
    assert [line for line in lines if line.startswith(("  median", "HALO", "JADE"))][1:] == [
        "  median                                        +0.94   +1.22   +1.32    −0.38    +0.42    +0.032    −2.14",
        "HALO.NS                        Halo Limited     +0.94   +1.16   +2.00    +0.12   ▲+1.62   ▼−0.016    −2.12   "
        "0.88    +27.2%  208",
        "JADE.NS                        Jade Limited     +1.12   +1.22  ▲+2.25   ▼−0.62    −0.88    +0.008    −2.09   "
        "0.10    +57.7%  210",
        "  median                                        +0.78   +1.20  ▼+0.55    −0.48    +0.52    +0.042    −2.08",
    ]
    lines = [line.split("2026-11-20  ")[0] for line in piped(*STATUSES).splitlines()[0::2]]
    assert lines == [
        "window  state                           computed  failed  pending  total  as of       updated"
        "                    time left",
        "   126  complete  ████████████████████     1,498       2        0  1,500  ",
        "   504  empty     ░░░░░░░░░░░░░░░░░░░░         0       3    1,697  1,700  –           –",
    ]


STATUS_TITLES = ["window", "state", "", "computed", "failed", "pending", "total", "as of", "updated", "time left"]
STATUS_ROWS = {
    "126": ["complete", "█" * 20, "1,498", "2", "0", "1,500", "2026-11-20", "2026-11-20T11:12:13+00:00", ""],
    "252": ["running", "█" * 16 + "░" * 4, "1,234", "56", "310", "1,600", "2026-11-19", "2026-11-19T01:02:03+00:00",
            "93 s"],
    "504": ["empty", "░" * 20, "0", "3", "1,697", "1,700", "–", "–", ""],
}  # fmt: skip
STATUS_SHOWN = {
    40: [0, 1, 3, 4, 5, 6, 7],
    60: [0, 1, 3, 4, 5, 6, 7],
    80: [0, 1, 3, 4, 5, 6, 7, 9],
    100: [0, 1, 2, 3, 4, 5, 6, 7, 9],
    160: list(range(10)),
}


def test_each_cell_of_a_status() -> None:
    """Computed, failed, pending and total stand below their own headings."""
    found = table(piped(*STATUSES), "window", "state", rows=3)
    assert found.titles == STATUS_TITLES
    for window, cells in STATUS_ROWS.items():
        for title, text in zip(STATUS_TITLES[1:], cells, strict=True):
            assert (window, title, found.rows[window][title]) == (window, title, text)


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_status_keeps_its_counts_at_every_width(width: int, colour: bool) -> None:
    """The time of the update goes first, then the bar, then the time left."""
    found = table(on_terminal(*STATUSES, width=width, colour=colour), "window", "state", rows=3)
    shown = [STATUS_TITLES[i] for i in STATUS_SHOWN[width]]
    assert found.titles == shown
    for window, cells in STATUS_ROWS.items():
        row = dict(zip(STATUS_TITLES, [window, *cells], strict=True))
        assert found.rows[window] == {title: row[title] for title in shown}
    assert found.styles["252"]["window"] == "bold"


@pytest.mark.parametrize("width", WIDTHS)
def test_failures_are_listed_below_the_statuses(width: int) -> None:
    """Each window that failed, how many failures it has, and each with code and message."""
    text = on_terminal(*STATUSES, width=width, view="failed", colour=True)
    assert sentences(text).endswith(
        "Window 252: 56 failures unknown_ticker: yahoo has no ticker AAA.NS. "
        "insufficient_history: BBB.NS has 77 returns in the window, and 404 are needed."
    )
    assert "Window 126" not in text
    assert "\x1b[1mWindow 252: 56 failures\x1b[0m" in text
    assert "\x1b[2munknown_ticker: \x1b[0myahoo" in text
    assert table(text, "window", "state", rows=3).rows["504"]["failed"] == "3"
    assert "Window" not in piped(*STATUSES)
    one = piped(replace(STATUSES[1], failed=1), view="failed")
    assert one.splitlines()[3:5] == ["", "Window 252: 1 failure"]
