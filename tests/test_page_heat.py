"""What the page computes of a heatmap by itself, run by Node, against the commands and the pictures."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pytest

from factorcli.errors import InvalidOption
from factorcli.model.conditions import conditions
from factorcli.render import text
from factorcli.render.charts.cells import Column
from factorcli.results.money import money
from tests.conftest import InProcess, clean_environment
from tests.page_scripts import run

pytestmark = pytest.mark.serve

CODES = ["MKT", "VAL", "MOM", "SZ", "VOL"]
WHERE = [
    "sz >= .5",
    "SZ.q < 5%",
    "MKT.t <= −2",
    "market != 1",
    "down > 1.2e0",
    "r_squared < 0.3",
    "alpha<-5%",
    "observations = 252",
    "sector != power",
    'sector = "Metals & Mining"',
    "ticker = TCS.NS",
    "name = tata power co. ltd.",
]
WRONG = [
    "", "SZ", "> 1", "SZ 1", "SZ >", "XX > 1", "SZ.x > 1", "SZ == 1", "SZ ≥ 1", "sector > Power", "SZ > a", "SZ > 1,0",
    "SZ > 5%", "r_squared > 50", "alpha > 5", "alpha > 1", "SZ > 1 and VAL > 1", "SZ > nan", "SZ > 1e999",
    "observations > 12.5%", f"{'A' * 90} > 1",
]  # fmt: skip


@dataclass(frozen=True)
class Market:
    """The heatmap of the demo market, as the route has it, its CSV, and a folder for scripts."""

    heatmap: dict[str, Any]
    csv: str
    factor: InProcess
    folder: Path

    def run(self, modules: list[str], body: str, **given: Any) -> Any:
        """What a script makes of the heatmap and what else is given."""
        return run(self.folder, modules, body, {"heatmap": self.heatmap, "codes": CODES, **given})

    def screened(self, *options: str) -> list[str]:
        """The tickers that a screen finds, in its order."""
        return [stock["ticker"] for stock in self.factor("screen", *options, "--json").results]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """Computed once."""
    home = tmp_path_factory.mktemp("market")
    factor = InProcess(home, {**clean_environment(home), "FACTOR_SOURCE": "demo"})
    assert factor("heatmap", "compute", "--all", "--window", "252").status == 0
    (heatmap,) = factor("heatmap", "show", "--json").document["results"]
    return Market(heatmap, factor("heatmap", "show", "--csv").out, factor, tmp_path_factory.mktemp("scripts"))


def test_conditions_leave_the_stocks_of_the_screen(market: Market) -> None:
    """Each condition by itself, in the browser and by the command."""
    found = market.run(
        ["conditions"],
        "return given.where.map((text) => { const one = conditions.condition(text, given.codes, given.heatmap.stocks);"
        " return given.heatmap.stocks.filter((stock) => one.meets(stock)).map((stock) => stock.ticker); });",
        where=WHERE,
    )
    assert dict(zip(WHERE, found, strict=True)) == {where: market.screened("--where", where) for where in WHERE}
    assert sum(map(len, found)) > 1000


def test_what_a_condition_has_wrong_is_said_in_the_same_sentence(market: Market) -> None:
    """As the command says it."""
    found = market.run(
        ["conditions"],
        "return given.where.map((text) => { try { conditions.condition(text, given.codes, given.heatmap.stocks); "
        "return null; } catch (error) { return error.message; } });",
        where=WRONG,
    )
    assert dict(zip(WRONG, found, strict=True)) == {where: _problem(where) for where in WRONG}


def _problem(where: str) -> str:
    with pytest.raises(InvalidOption) as caught:
        conditions([where], CODES)
    return str(caught.value)


def test_shortened_tickers_and_sectors_are_completed(market: Market) -> None:
    """As the screen does; one that means nothing or several is named."""
    found = market.run(
        ["conditions"],
        "return given.where.map((text) => { try { return conditions.condition(text, given.codes, given.heatmap.stocks)"
        ".text; } catch (error) { return error.message; } });",
        where=["ticker = tcs", "sector = textil", "name = Tata Power", "sector = c", "ticker = NOSUCH", "name = Tata"],
    )
    assert found[:3] == ["ticker = TCS.NS", "sector = Textiles", "name = Tata Power Co. Ltd."]
    assert found[3].startswith("sector 'c' means several of the sectors: Capital Goods, Chemicals, ")
    assert found[4] == "'NOSUCH' is no ticker of this heatmap."
    assert found[5].startswith("name 'Tata' means several stocks: ")


def test_columns_sort_as_the_screen_does(market: Market) -> None:
    """The largest first, of q-values the smallest, texts from A on."""
    names = ["SZ", "VAL.q", "MKT.t", "name", "sector", "alpha"]
    found = market.run(
        ["conditions", "heat"],
        "return given.names.map((name) => { const column = conditions.columnOf(name, given.codes); "
        "return heat.sorted(given.heatmap.stocks, column, column.ascending).map((stock) => stock.ticker); });",
        names=names,
    )
    for name, tickers in zip(names, found, strict=True):
        assert tickers == market.screened("--where", "observations > 0", "--sort", name), name


def test_unknown_values_come_last_in_both_directions(market: Market) -> None:
    """Of numbers and of texts."""
    stocks = [{"ticker": name, "sector": sector, "r_squared": value}
              for name, sector, value in (("A", None, None), ("B", "x", 0.1), ("C", "y", 0.2))]  # fmt: skip
    found = market.run(
        ["conditions", "heat"],
        "return ['r_squared', 'sector'].flatMap((name) => [true, false].map((up) => "
        "heat.sorted(given.stocks, conditions.columnOf(name, given.codes), up).map((one) => one.ticker).join('')));",
        stocks=stocks,
    )
    assert found == ["BCA", "CBA", "BCA", "CBA"]


def test_the_csv_is_that_of_the_command(market: Market) -> None:
    """The same headings, texts and numbers, in the same order."""
    made = market.run(["heat"], "return heat.csv(given.heatmap, given.heatmap.stocks);")
    ours, theirs = (list(csv.reader(io.StringIO(one, newline=""))) for one in (made, market.csv))
    assert ours[0] == theirs[0]
    assert [[_value(cell) for cell in row] for row in ours] == [[_value(cell) for cell in row] for row in theirs]
    assert len(ours) == 501


def _value(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell


def test_a_text_that_a_spreadsheet_would_run_is_marked(market: Market) -> None:
    """Names with commas and quotes are whole, and a missing number is an empty cell."""
    stock = {**market.heatmap["stocks"][0], "name": '=HYPERLINK("http://x"),1', "sector": "+1", "down_beta": None}
    made = market.run(["heat"], "return heat.csv(given.heatmap, [given.stock]);", stock=stock)
    (row,) = csv.DictReader(io.StringIO(made, newline=""))
    assert (row["name"], row["sector"], row["down_beta"]) == ('\'=HYPERLINK("http://x"),1', "+1", "")


def test_sectors_have_their_median_and_interquartile_range(market: Market) -> None:
    """Of every coloured column, against the standard library."""
    found = market.run(
        ["heat"],
        "const columns = heat.shownColumns(given.heatmap).filter((column) => column.limit !== null);"
        "return heat.sectorSummary(given.heatmap, columns);",
    )
    assert [one["sector"] for one in found] == [one["sector"] for one in market.heatmap["sectors"]]
    for one in found:
        stocks = [stock for stock in market.heatmap["stocks"] if stock["sector"] == one["sector"]]
        assert one["count"] == len(stocks)
        for name, part in one["by"].items():
            values = [stock["betas"].get(name, stock.get(f"{name}_beta")) for stock in stocks]
            assert part["middle"] == pytest.approx(median(values), abs=1e-12)
            first, _, third = quantiles(values, method="inclusive") if len(values) > 1 else values * 3
            assert part["spread"] == pytest.approx(third - first, abs=1e-12)


def test_colours_are_those_of_the_picture(market: Market) -> None:
    """The same limit of each column, and the same colour of each number."""
    found = market.run(
        ["heat"],
        "return heat.shownColumns(given.heatmap).filter((column) => column.limit !== null).map((column) => ({"
        "name: column.name, limit: column.limit, levels: given.heatmap.stocks.map((stock) => "
        "heat.level(column.read(stock), column.limit)), texts: given.heatmap.stocks.map((stock) => "
        "column.text(column.read(stock))) }));",
    )
    assert [column["name"] for column in found] == ["market", "down", *CODES]
    for column in found:
        name = column["name"]
        values = [stock["betas"].get(name, stock.get(f"{name}_beta")) for stock in market.heatmap["stocks"]]
        limit = quantiles(sorted(map(abs, values)), n=100, method="inclusive")[94]
        assert column["limit"] == pytest.approx(limit, rel=1e-12)
        expected = Column(name, name, limit, 3 if limit < 0.1 else 2)
        assert column["levels"] == [expected.level(value) for value in values]
        assert column["texts"] == [text.number(value, expected.digits) for value in values]


def test_numbers_are_written_as_in_the_tables(market: Market) -> None:
    """Signs, dashes, per cent, rupees in lakh and crore."""
    values = [0.0, -0.0, -0.004, 0.005001, 1.2345, -12.5, 1234567.0, 99999.5, -1e9, 0.9996]
    found = market.run(
        ["format"],
        "return given.values.map((value) => [format.number(value), format.number(value, 3, false), "
        "format.percent(value), format.percent(value, 2, true), format.pValue(Math.abs(value)), format.money(value), "
        "format.money(value, 'USD'), format.money(value, 'CHF')]);",
        values=values,
    )
    assert found == [
        [text.number(value), text.number(value, 3, signed=False), text.percent(value),
         text.percent(value, 2, signed=True), text.p_value(abs(value)), money(value, "INR"), money(value, "USD"),
         money(value, "CHF")]
        for value in values
    ]  # fmt: skip
    assert market.run(["format"], "return [format.number(null), format.percent(NaN), format.money(null)];") == ["–"] * 3


def test_addresses_say_what_is_shown_and_are_read_back(market: Market) -> None:
    """Whatever a ticker or a condition has in it."""
    found = market.run(
        ["router"],
        "return given.asked.map(([path, query]) => { const made = router.address(path, query);"
        "const read = router.parse(made); return [made, read.view, read.ticker, [...read.query]]; });",
        asked=[
            [[], {"sector": "Metals & Mining", "where": ["SZ > 1", "SZ.q < 0.05"], "q": ""}],
            [["stock", "M&M.NS"], {}],
            [["stress", "^NSEI"], {"window": "126"}],
            [["portfolio"], {}],
            [["stock", "A/B"], {}],
            [["nothing"], {}],
        ],
    )
    assert found == [
        ["#/?sector=Metals+%26+Mining&where=SZ+%3E+1&where=SZ.q+%3C+0.05", "heatmap", "",
         [["sector", "Metals & Mining"], ["where", "SZ > 1"], ["where", "SZ.q < 0.05"]]],
        ["#/stock/M%26M.NS", "stock", "M&M.NS", []],
        ["#/stress/%5ENSEI?window=126", "stress", "^NSEI", [["window", "126"]]],
        ["#/portfolio", "portfolio", "", []],
        ["#/stock/A%2FB", "stock", "A/B", []],
        ["#/nothing", "unknown", "", []],
    ]  # fmt: skip
    wrong = market.run(
        ["router"],
        "return ['', '#', '#/', '#/stock', '#/stock/', '#/stock/%E0%A4', '#/stock/A/B', '#/portfolio/X', '#x']"
        ".map((hash) => router.parse(hash).view);",
    )
    assert wrong == ["heatmap", "heatmap", "heatmap", "unknown", "unknown", "stock", "unknown", "unknown", "unknown"]
