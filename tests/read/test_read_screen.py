"""Tables of a screen, and what it says where nothing is found."""

from dataclasses import replace

import pytest

from factorcli.render.json_csv import to_csv, to_json
from factorcli.render.layout import to_text
from factorcli.render.tables import to_blocks
from tests.read.printed_tables import on_terminal, piped, sentences, table
from tests.read.records_decisions import screen, screen_batch
from tests.read.records_heatmaps import HEATMAP

pytestmark = pytest.mark.read

PAGE = piped(screen())


def test_the_answer_comes_first() -> None:
    """How many of how many, of which sectors, whether it lasts, and which heatmap it is."""
    assert PAGE.splitlines()[:6] == [
        "37 of 1,491 stocks meet SZ > 1.25 and sector = Power. The first 5 are shown.",
        "Sectors: Power 2, no sector 2, Oil Gas & Consumable Fuels 1.",
        "Will it last? The rank correlation of a stock's beta with that of a year later was: MOM 0.09, market β 0.68, "
        "SZ 0.69 (NSE, 2021 to 2025). Below 0.5 many of these stocks would not be found again a year later.",
        "Heatmap, window 252 · as of 2026-11-20 · 3 of 14 stocks are missing in it",
        "",
        PAGE.splitlines()[5],
    ]


def test_the_rows_are_those_of_the_sorted_heatmap() -> None:
    """In the order of the record, and marked as there: among all stocks that were looked at, not those shown."""
    printed = table(PAGE, "market β", rows=5)
    assert list(printed.rows) == [stock.ticker for stock in HEATMAP.stocks[:5]]
    whole = table(piped(HEATMAP, view="sorted"), "market β", rows=11)
    for row, cells in printed.rows.items():
        assert cells == whole.rows[row]
    assert "above or below the median of all 1,491 stocks that were looked at." in PAGE
    assert "Model india-5f, ordinary least squares" in PAGE


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (screen(1, met=1), "1 of 1,491 stocks meets SZ > 1.25 and sector = Power. Will it last?"),
        (screen(5, met=5), "5 of 1,491 stocks meet SZ > 1.25 and sector = Power. Sectors"),
        (screen(lasting={"SZ": 0.69}), "was: SZ 0.69 (NSE, 2021 to 2025). Heatmap"),
        (screen(lasting={"SZ": 0.5}), "was: SZ 0.50 (NSE, 2021 to 2025). Heatmap"),
        (screen(lasting={"SZ": 0.499}), "Below 0.5 many"),
        (screen(missing=()), "window 252 · as of 2026-11-20 name"),
        (screen(window=104, frequency="weekly"), "Heatmap, 104 weeks · as of"),
    ],
)
def test_each_sentence(shown, said: str) -> None:
    """One of each kind."""
    assert said in sentences(piped(shown))


def test_many_sectors_are_counted() -> None:
    """Four are named."""
    stocks = tuple(replace(stock, sector=f"S{min(k, 5)}") for k, stock in enumerate(HEATMAP.stocks[:7]))
    assert "Sectors: S5 2, S0 1, S1 1, S2 1, and 2 more." in piped(screen(stocks=stocks, met=7))
    assert "Will it last" not in piped(screen(lasting={}))


@pytest.mark.parametrize("width", [80, 160])
def test_a_terminal_keeps_the_betas(width: int) -> None:
    """Whatever its width."""
    printed = table(on_terminal(screen(), width=width), "market β", rows=5)
    assert {"market β", "down β", "MKT", "VAL", "MOM", "SZ", "VOL"} <= set(printed.titles)


def test_a_batch_is_shown_as_one_table_and_written_as_its_stocks() -> None:
    """JSON has a result a stock; CSV the heatmap's columns with its day; nothing found is no table."""
    batch = screen_batch()
    assert to_text(to_blocks(batch, terminal=False)) == PAGE
    assert to_json("factor.screen/1", batch).count('"ticker"') == 5
    heading, first, *_ = to_csv(batch).splitlines()
    assert heading.split(",")[:3] == ["ticker", "name", "sector"]
    assert heading.split(",")[-3:] == ["window", "as_of", "source"]
    assert first.endswith(",252,2026-11-20,demo")
    none = screen_batch(0, met=0)
    assert to_blocks(none, terminal=False) == []
    assert to_csv(none) == ""
    assert none.screen.nothing == (
        "None of the 1,491 stocks of the heatmap as of 2026-11-20 meets SZ > 1.25 and sector = Power."
    )
