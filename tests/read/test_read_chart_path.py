"""The numbers in the picture of rolling betas are those of its record."""

from dataclasses import replace
from datetime import date, timedelta
from math import nan

import pytest

from factorcli.render.charts.extras import Extras
from factorcli.render.charts.path import MAX_STOCKS, path
from factorcli.results.beta import BetaResult
from factorcli.results.corrections import CorrectedDay
from factorcli.results.provenance import ExcludedDay
from factorcli.results.rolling import RollingPath
from tests.read.panels import panels, rows, scale, shaded, shown_fields, texts, titles, views
from tests.read.records_betas import DATA, beta_result, rolling

pytestmark = pytest.mark.read

EXTRAS = Extras(names={"MKT": "Market", "VAL": "Value"})
DAYS = ["2026-01-05", "2026-01-06", "2026-01-07"]


def one(**changes: object) -> BetaResult:
    return beta_result(rolling=replace(rolling(), **changes))


def subtitle(results: list[BetaResult]) -> list[str]:
    found: list[str] = path(results, EXTRAS).spec["title"]["subtitle"]
    return found


def long(count: int, gap: range, start: date = date(2018, 1, 1), factor: float = 1.0) -> RollingPath:
    """A path of one factor whose values all differ, without values in a gap."""
    values = tuple(nan if i in gap else factor * (0.5 + i / 1000) for i in range(count))

    def moved(by: float) -> tuple[float, ...]:
        return tuple(value + by for value in values)

    return RollingPath(
        dates=tuple(start + timedelta(i) for i in range(count)), alpha=values, betas={"MKT": values},
        r_squared=values, residual_volatility=values, alpha_low=values, alpha_high=values,
        betas_low={"MKT": moved(-0.7)}, betas_high={"MKT": moved(0.9)},
    )  # fmt: skip


def test_panels_hold_the_numbers_of_the_record_and_null_for_none() -> None:
    """A panel a factor, then R² and residual volatility, each with the record's own numbers for each date."""
    way = rolling()
    spec = path([one()], EXTRAS).spec
    assert titles(spec) == ["Market (MKT), beta", "Value (VAL), beta", "R²", "Residual volatility, annual"]
    betas = [
        [
            {"date": day, "value": way.betas[code][i], "low": way.betas_low[code][i], "high": way.betas_high[code][i]}
            for i, day in enumerate(DAYS)
        ]
        for code in ("MKT", "VAL")
    ]
    betas[1][0] = {"date": DAYS[0], "value": None, "low": None, "high": None}
    fit = [
        [{"date": day, "value": part[i]} for i, day in enumerate(DAYS)]
        for part in (way.r_squared, way.residual_volatility)
    ]
    assert [rows(panel) for panel in panels(spec)] == [*betas, *fit]


def test_the_last_values_are_written_with_their_intervals() -> None:
    """What stands at the right end of each line, and in the alternative text, is the last number of each series."""
    picture = path([one()], EXTRAS)
    assert [texts(panel) for panel in panels(picture.spec)] == [
        ["+1.07", "+0.61 to +1.47"], ["+0.09", "−0.27 to +0.43"], ["0.45"], ["17.4%"],
    ]  # fmt: skip
    assert picture.title == "Rolling betas of AAA.NS"
    assert picture.description.endswith(
        "AAA.NS Market (MKT) on 2026-01-07: +1.07 (+0.61 to +1.47). "
        "AAA.NS Value (VAL) on 2026-01-07: +0.09 (−0.27 to +0.43), too few returns in 1 window. "
        "AAA.NS R² on 2026-01-07: 0.45. AAA.NS Residual volatility, annual on 2026-01-07: 17.4%."
    )


def test_small_betas_have_three_digits() -> None:
    """A beta below 0.1 with a narrow interval is told to three digits."""
    way = rolling()
    tiny = one(
        betas={"VOL": (0.011, 0.012, -0.0213)},
        betas_low={"VOL": (0.0, 0.0, -0.0471)},
        betas_high={"VOL": (0.0, 0.0, 0.0049)},
    )
    assert texts(panels(path([tiny], EXTRAS).spec)[0]) == ["−0.021", "−0.047 to +0.005"]
    wide = one(betas={"VOL": way.betas["VAL"]}, betas_low={"VOL": (0, 0, -0.17)}, betas_high={"VOL": (0, 0, 0.23)})
    assert texts(panels(path([wide], EXTRAS).spec)[0]) == ["+0.09", "−0.17 to +0.23"]


def test_a_path_without_a_last_value_says_so() -> None:
    """The label of a line that does not reach the end is `too few returns`, not its last number."""
    cut = long(9, range(7, 9))
    panel = panels(path([beta_result(rolling=cut)], EXTRAS).spec)[0]
    assert texts(panel) == ["too few returns"]
    assert shaded(panel) == [("2018-01-07", "2018-01-09")]


def test_gaps_are_shaded_from_the_date_before_to_the_one_after() -> None:
    """Stretches without enough returns at the beginning and within; only the panels that have them."""
    first, second, *_ = panels(path([one()], EXTRAS).spec)
    assert shaded(first) == []
    assert shaded(second) == [("2026-01-05", "2026-01-06")]
    middle = panels(path([beta_result(rolling=long(20, range(8, 11)))], EXTRAS).spec)[0]
    assert shaded(middle) == [("2018-01-08", "2018-01-12")]


def test_a_stock_that_began_later_or_ended_earlier_is_shaded_there() -> None:
    """Of two stocks, the time in which only the other has windows."""
    other = beta_result("BBB.NS", rolling=long(10, range(0), date(2018, 1, 6)))
    found = panels(path([beta_result(rolling=long(10, range(0))), other], EXTRAS).spec)
    assert [shaded(panel) for panel in found[:2]] == [[("2018-01-10", "2018-01-15")], [("2018-01-01", "2018-01-06")]]


def test_what_contains_zero_is_grey_and_the_key_says_so() -> None:
    """The coloured line is of the windows whose interval is on one side of zero; the point of the last one as well."""
    spec = path([one()], EXTRAS).spec
    market, value, *_ = panels(spec)
    assert {c["as"]: c["calculate"] for c in market["transform"]} == {
        f"significant_{name}": f"datum.low * datum.high > 0 ? datum.{name} : null" for name in ("value", "low", "high")
    }
    lines = [view for view in market["layer"] if view.get("mark", {}).get("type") == "line"]
    assert [(v["encoding"]["y"]["field"], v["mark"]["color"]) for v in lines] == [
        ("value", "#57606a"), ("significant_value", "#0065a3"),
    ]  # fmt: skip
    points = [v["mark"]["color"] for panel in (market, value) for v in views(panel)
              if v.get("mark", {}).get("type") == "point"]  # fmt: skip
    assert points == ["#0065a3", "#57606a"]
    assert texts(spec["vconcat"][0]) == ["beta, with its 95% interval", "not significant at 5%", "too few returns"]
    sure = one(betas={"MKT": (1.0, 1.1, 1.2)}, betas_low={"MKT": (0.5, 0.6, 0.7)}, betas_high={"MKT": (1.5, 1.6, 1.7)})
    assert texts(path([sure], EXTRAS).spec["vconcat"][0]) == ["beta, with its 95% interval"]


def test_a_long_path_is_thinned_and_says_so() -> None:
    """Of 750 windows every third, the last one, and both ends of a gap; the numbers are those of the record."""
    way = long(750, range(350, 352))
    result = beta_result(rolling=way)
    drawn = rows(panels(path([result], EXTRAS).spec)[0])
    at = {day.isoformat(): i for i, day in enumerate(way.dates)}
    positions = [at[row["date"]] for row in drawn]
    assert positions == sorted({0, *range(2, 750, 3), 349, 350, 351, 352})
    for row, i in zip(drawn, positions, strict=True):
        expected = [way.betas["MKT"][i], way.betas_low["MKT"][i], way.betas_high["MKT"][i]]
        assert [row["value"], row["low"], row["high"]] == (expected if i not in (350, 351) else [None] * 3)
    assert "750 windows that end from 2018-01-01 to 2020-01-20; every 3rd window drawn" in subtitle([result])
    assert len(rows(panels(path([beta_result(rolling=long(300, range(0)))], EXTRAS).spec)[0])) == 300
    assert "3 windows that end from 2026-01-05 to 2026-01-07" in subtitle([one()])


@pytest.mark.parametrize(
    ("count", "said"), [(301, "2nd"), (1200, "4th"), (3301, "12th"), (6001, "21st"), (6500, "22nd")]
)
def test_ordinal_numbers(count: int, said: str) -> None:
    """How the subtitle writes every which window is drawn."""
    assert subtitle([beta_result(rolling=long(count, range(0)))])[-1].endswith(f"every {said} window drawn")


def test_several_stocks_are_beside_each_other_with_one_scale_a_factor() -> None:
    """A row a factor, a column a stock; above each panel its ticker, last value and interval."""
    far = long(12, range(0), date(2018, 1, 1), 3.0)
    both = [beta_result(rolling=long(12, range(0))), beta_result("BBB.NS", rolling=far)]
    spec = path(both, EXTRAS).spec
    assert titles(spec) == ["Market (MKT), beta", "R²", "Residual volatility, annual"]
    found = panels(spec)
    assert [texts(panel) for panel in found] == [
        ["AAA.NS", "+0.51 (−0.19 to +1.41)"], ["BBB.NS", "+1.53 (+0.83 to +2.43)"],
        ["AAA.NS", "0.51"], ["BBB.NS", "1.53"], ["AAA.NS", "51.1%"], ["BBB.NS", "153.3%"],
    ]  # fmt: skip
    assert [row["value"] for row in rows(found[1])] == list(far.betas["MKT"])
    assert [row["value"] for row in rows(found[0])] == list(both[0].rolling.betas["MKT"])  # type: ignore[union-attr]
    low, high = scale(found[0])
    assert scale(found[1]) == [low, high]
    assert low < -0.2 and high > far.betas_high["MKT"][-1]
    assert all(len(v["hconcat"]) == 2 for v in views(spec) if "hconcat" in v)
    assert "Up to 12 windows that end from 2018-01-01 to 2018-01-12" in subtitle(both)


def test_many_stocks_have_a_block_each() -> None:
    """Six stocks: a block each headed by ticker and name, with a small panel a factor on the factor's scale."""
    results = [beta_result(f"S{i}.NS", rolling=long(12, range(0), factor=1.0 + i)) for i in range(6)]
    spec = path(results, EXTRAS).spec
    assert titles(spec) == [f"S{i}.NS  Alpha Works Ltd." for i in range(6)]
    found = panels(spec)
    assert [texts(panel) for panel in found[:2]] == [
        ["MKT", "+0.51 (−0.19 to +1.41)"],
        ["MKT", "+1.02 (+0.32 to +1.92)"],
    ]
    assert len({tuple(scale(panel)) for panel in found}) == 1
    assert [[row["value"] for row in rows(panel)] for panel in found] == [
        list(result.rolling.betas["MKT"]) for result in results if result.rolling
    ]


def test_more_stocks_than_a_picture_holds_are_counted() -> None:
    """The first are drawn, and the subtitle says of how many."""
    results = [beta_result(f"S{i}.NS", rolling=rolling()) for i in range(MAX_STOCKS + 7)]
    assert len(titles(path(results, EXTRAS).spec)) == MAX_STOCKS
    assert "The first 60 of 67 stocks are drawn; the JSON output has all" in subtitle(results)


def test_unusual_days_within_the_path_are_marked() -> None:
    """Days left out or corrected in the latest window; not those before the first window's end."""
    excluded = (ExcludedDay(date(2026, 1, 6), "outlier", 0.5), ExcludedDay(date(2025, 12, 1), "outlier", 0.6))
    corrected = (CorrectedDay(date(2026, 1, 7), "split", 2.0, -0.4, 0.1),)
    result = replace(one(), data=replace(DATA, excluded=excluded, corrected=corrected))
    spec = path([result], EXTRAS).spec
    for panel in panels(spec):
        marked = [row["date"] for view in views(panel) if view.get("mark", {}).get("shape") == "triangle-down"
                  for row in rows(view)]  # fmt: skip
        assert marked == ["2026-01-06", "2026-01-07"]
    assert texts(spec["vconcat"][0])[-1] == "return left out or corrected"


def test_results_without_a_path_are_left_out_or_named() -> None:
    """One that was not asked for a path is not drawn; one with too few sessions for any window is named."""
    empty = long(0, range(0))
    results = [one(), beta_result("BBB.NS"), beta_result("CCC.NS", rolling=empty)]
    assert "No path, as there are fewer sessions than the window needs: CCC.NS" in subtitle(results)
    assert path(results, EXTRAS).title == "Rolling betas of AAA.NS and CCC.NS"
    assert len(panels(path(results, EXTRAS).spec)) == 4
    assert panels(path(results[2:], EXTRAS).spec) == []


def test_time_is_shared_by_all_panels() -> None:
    """Every x axis goes from the first to the last date of all stocks, whatever the zone of the page is."""
    other = beta_result("BBB.NS", rolling=long(10, range(0), date(2018, 1, 6)))
    spec = path([beta_result(rolling=long(10, range(0))), other], EXTRAS).spec
    scales = [v["encoding"]["x"]["scale"] for v in views(spec) if v.get("mark", {}).get("type") == "line"]
    first = {"year": 2018, "month": 1, "date": 1, "utc": True}
    assert scales
    assert all(s == {"type": "utc", "domain": [first, {**first, "date": 15}], "nice": False} for s in scales)


def test_each_mark_shows_its_own_numbers() -> None:
    """The bands are from low to high, the lines the values, the point and its label the last one; zero has a rule."""
    market, _, fit, _ = panels(path([one()], EXTRAS).spec)
    assert shown_fields(market) == [
        ("area", {"x": "date", "y": "low", "y2": "high"}),
        ("area", {"x": "date", "y": "significant_low", "y2": "significant_high"}),
        ("rule", {}),
        ("line", {"x": "date", "y": "value"}),
        ("line", {"x": "date", "y": "significant_value"}),
        ("point", {"x": "date", "y": "value"}),
        ("text", {"y": "value", "text": "text"}),
        ("text", {"y": "value", "text": "interval"}),
    ]
    assert shown_fields(fit)[:3] == [
        ("rule", {}), ("line", {"x": "date", "y": "value"}), ("point", {"x": "date", "y": "value"}),
    ]  # fmt: skip
    assert next(v["encoding"]["y"]["datum"] for v in views(market) if v.get("mark", {}).get("type") == "rule") == 0
    (end,) = [row for view in market["layer"] for row in rows(view)]
    assert (end["date"], end["value"]) == (DAYS[2], rolling().betas["MKT"][2])
    assert scale(fit) == [0.0, 1.0]


def test_each_scale_has_zero_and_every_bound() -> None:
    """Nothing drawn is outside of its panel."""
    market, value, *_ = map(scale, panels(path([one()], EXTRAS).spec))
    assert market[0] == 0.0
    assert 1.47 < market[1] < 1.6
    assert -0.6 < value[0] < -0.51
    assert 0.43 < value[1] < 0.5


def test_the_key_tells_only_of_intervals_that_contain_zero() -> None:
    """A negative beta whose interval reaches above zero is not significant, one whose interval does not is."""
    unsure = one(betas={"MKT": (-0.5,) * 3}, betas_low={"MKT": (-0.9,) * 3}, betas_high={"MKT": (0.1,) * 3})
    sure = one(betas={"MKT": (-0.5,) * 3}, betas_low={"MKT": (-0.9,) * 3}, betas_high={"MKT": (-0.2,) * 3})
    assert "not significant at 5%" in texts(path([unsure], EXTRAS).spec["vconcat"][0])
    assert "not significant at 5%" not in texts(path([sure], EXTRAS).spec["vconcat"][0])


@pytest.mark.parametrize(
    ("count", "style", "ticks"),
    [(3, "%-d %b %Y", {"interval": "day", "step": 1}), (100, "%-d %b %Y", {"interval": "day", "step": 17}),
     (400, "%b %Y", {"interval": "month", "step": 2}), (2100, "%Y", {"interval": "year", "step": 1})],
)  # fmt: skip
def test_dates_are_written_as_the_length_needs(count: int, style: str, ticks: object) -> None:
    """Days below four months, then months, then years; as many as fit, and no day twice."""
    spec = path([beta_result(rolling=long(count, range(0)))], EXTRAS).spec
    axis = next(v["encoding"]["x"]["axis"] for v in views(spec) if v.get("mark", {}).get("type") == "line")
    assert (axis["format"], axis["tickCount"], axis["labels"]) == (style, ticks, True)


def test_of_many_stocks_without_a_path_ten_are_named() -> None:
    """The rest is counted."""
    empty = [beta_result(f"S{i}.NS", rolling=long(0, range(0))) for i in range(13)]
    assert (
        "No path, as there are fewer sessions than the window needs: "
        + ", ".join(f"S{i}.NS" for i in range(10))
        + " and 3 more."
        in path([one(), *empty], EXTRAS).description
    )
    assert " and " not in path([one(), *empty[:10]], EXTRAS).description.split("window needs: ")[1]
