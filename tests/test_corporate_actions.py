"""Corporate actions: the file, whose prices they concern, and what becomes of their returns."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.errors import InvalidSetting
from factorcli.markets.corporate_actions import CorporateAction, CorporateActions, read
from factorcli.markets.market import INDIA, US
from factorcli.markets.universe import Universe, shipped
from factorcli.model.built_in import INDIA_5F
from factorcli.model.frequency import WEEKLY
from factorcli.model.specification import Specification
from factorcli.prices.gate import GatedMarket
from factorcli.results.corrections import ActionDay
from tests.conftest import Run
from tests.markets import market, weekdays, write_wide
from tests.windows import MODEL, NAN, FixedClock, MemorySource, closes, days, factor_prices

pytestmark = pytest.mark.cli

HEADING = "ticker,date,kind,factor,source\n"
ROW = "S0.NS,2026-05-04,split,0.5,somewhere\n"
RENAMES = {"OLD.NS": "MID.NS", "MID.NS": "NEW.NS"}


def write(folder: Path, text: str) -> Path:
    """A file of actions."""
    path = folder / "actions.csv"
    path.write_text(text, encoding="utf-8")
    return path


# The file.


def test_every_shipped_action_has_a_source_and_none_is_there_twice() -> None:
    """The known ones are among them; factors are below 1, as these actions lower a price; no ticker has an old name."""
    actions = read(shipped("corporate_actions.csv"))
    universe = Universe.load()
    assert all(row.source and row.kind in ("demerger", "split", "bonus", "rights") for row in actions)
    assert all(row.factor is None or 0 < row.factor < 1 for row in actions)
    known = {(row.ticker, row.date.isoformat()): row.factor for row in actions}
    assert known["RELIANCE.NS", "2023-07-20"] == pytest.approx(2580 / 2841.85, abs=1e-6)
    for key in (("ITC.NS", "2025-01-06"), ("TMPV.NS", "2025-10-14"), ("ABFRL.NS", "2025-05-22"),
                ("SIEMENS.NS", "2025-04-07")):  # fmt: skip
        assert known[key] is not None, key
    every = CorporateActions.load(None, INDIA, universe.renames)
    assert len(every.rows) == len(actions)
    assert {universe.current(row.ticker) for row in actions} == {row.ticker for row in actions}


def test_columns_come_in_any_order_and_a_factor_may_be_missing(tmp_path: Path) -> None:
    """Capitals and blanks do not matter, blank rows and other columns are passed over."""
    text = "\ufeffNote, KIND ,Ticker,factor,DATE\nx,Demerger, s0.ns ,,2026-05-04\n,,,,\n,rights,S1.NS,0.97,2026-05-05\n"
    assert read(write(tmp_path, text)) == (
        CorporateAction("S0.NS", date(2026, 5, 4), "demerger", None),
        CorporateAction("S1.NS", date(2026, 5, 5), "rights", 0.97),
    )
    assert read(write(tmp_path, HEADING + ROW))[0].source == "somewhere"
    assert read(write(tmp_path, HEADING)) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ticker,date,kind\nA,2026-01-01,split\n", ["lacks the column factor", "ticker, date, kind, factor"]),
        ("", ["lacks the column ticker"]),
        (HEADING + ",2026-01-01,split,0.5,\n", ["row 2", "no ticker", "RELIANCE.NS"]),
        (HEADING + ROW + "A.NS,2026-01-01,,0.5,\n", ["row 3", "A.NS has no kind", "demerger"]),
        (HEADING + "A.NS,01/02/2026,split,0.5,\n", ["row 2", "'01/02/2026'", "2023-07-20"]),
        (HEADING + "A.NS\n", ["row 2", "no kind"]),
        (HEADING + "A.NS,2026-01-01,split,half,\n", ["row 2", "'half'", "above 0"]),
        (HEADING + "A.NS,2026-01-01,split,0,\n", ["row 2", "'0'", "above 0"]),
        (HEADING + "A.NS,2026-01-01,split,-0.5,\n", ["row 2", "'-0.5'"]),
        (HEADING + "A.NS,2026-01-01,split,nan,\n", ["row 2", "'nan'"]),
        (HEADING + "A.NS,2026-01-01,split,inf,\n", ["row 2", "'inf'"]),
        (HEADING + ROW + "\n" + ROW.replace("split", "bonus").lower(), ["row 4", "S0.NS", "2026-05-04", "row 2"]),
        (HEADING + 'A.NS,2026-01-01,split,0.5,"x' + "y" * 200_000, ["not CSV"]),
    ],
)
def test_a_bad_file_is_refused_with_row_value_and_what_to_write(
    factor: Run, tmp_path: Path, text: str, said: list[str]
) -> None:
    """A bad setting, status 2, in one sentence that names the file."""
    path = write(tmp_path, text)
    with pytest.raises(InvalidSetting) as caught:
        read(path)
    assert all(part in str(caught.value) for part in [str(path), *said])
    answer = factor("beta", "S0.NS", "--source", "demo", FACTOR_ACTIONS=str(path))
    assert (answer.status, answer.out) == (2, "")
    assert said[0] in answer.err


def test_a_file_that_cannot_be_read_is_refused(factor: Run, tmp_path: Path) -> None:
    """Missing, a folder, or not text: status 2, and doctor says what to do."""
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01")
    for path, said in ((tmp_path / "none.csv", "which is not there"), (tmp_path, "cannot be read"),
                       (tmp_path / "binary.csv", "not UTF-8 text")):  # fmt: skip
        answer = factor("beta", "TCS", "--source", "demo", FACTOR_ACTIONS=str(path))
        assert answer.status == 2
        assert said in " ".join(answer.err.split())
        checks = factor("doctor", "--source", "demo", "--json", FACTOR_ACTIONS=str(path)).results
        (found,) = (row for row in checks if row["check"] == "actions")
        assert not found["ok"] and said in found["message"]
        assert found["advice"] == "Correct the file of FACTOR_ACTIONS, or unset it."
        assert "cache" in [row["check"] for row in checks]


def test_doctor_says_how_many_are_known_and_up_to_when(factor: Run, tmp_path: Path) -> None:
    """The shipped ones, and one's own beside them."""
    shipped_ones = read(shipped("corporate_actions.csv"))
    last = max(row.date for row in shipped_ones)

    def line(**env: str) -> dict:
        (found,) = (row for row in factor("doctor", "--source", "demo", "--json", **env).results
                    if row["check"] == "actions")  # fmt: skip
        return found

    plain = line()
    assert (plain["ok"], plain["message"]) == (True, f"{len(shipped_ones)} corporate actions, the last on {last}")
    assert "FACTOR_ACTIONS" in plain["advice"]
    path = write(tmp_path, HEADING + "S0.NS,2035-01-05,split,0.5,\nRELIANCE,2023-07-20,demerger,0.9,\n")
    own = line(FACTOR_ACTIONS=str(path))
    assert own["message"] == f"{len(shipped_ones) + 1} corporate actions, the last on 2035-01-05, with those of {path}"
    assert own["advice"] is None


# Whose actions they are.


def test_an_action_holds_for_every_name_of_its_stock(tmp_path: Path) -> None:
    """With a suffix of the market, without one, in any case, and under each of its old names; of no other stock."""
    path = write(tmp_path, HEADING + "MID.NS,2026-05-05,split,0.5,\nnew,2026-05-04,bonus,0.8,\n")
    actions = CorporateActions.load(path, INDIA, RENAMES)
    for column in ("NEW.NS", "NEW", "new.bo", " New.ns ", "MID", "MID.BO", "OLD.NS", "old"):
        found = [(row.date.day, row.kind) for row in actions.of(column)]
        assert found == [(4, "bonus"), (5, "split")], column
    for column in ("NEWS.NS", "NEW.L", "", "^NEW"):
        assert actions.of(column) == (), column
    circle = CorporateActions.load(path, INDIA, {"NEW.NS": "MID.NS", "MID.NS": "NEW.NS"})
    assert {len(circle.of(name)) for name in ("MID.NS", "NEW.NS")} <= {1, 2}
    assert CorporateActions().of("NEW.NS") == ()


def test_shipped_actions_speak_in_their_own_market_only(tmp_path: Path) -> None:
    """In another market there are those of one's own file, by the symbol as it stands."""
    assert CorporateActions.load(None, US).rows == ()
    own = CorporateActions.load(write(tmp_path, HEADING + "ITC,2026-05-05,split,0.5,\n"), US)
    assert (len(own.rows), len(own.of("itc")), own.of("ITC.NS")) == (1, 1, ())


def test_a_row_of_ones_own_replaces_the_shipped_one_of_its_stock_and_day(tmp_path: Path) -> None:
    """Under whatever name it is written; other days stay."""
    universe = Universe.load()
    before = CorporateActions.load(None, INDIA, universe.renames)
    path = write(tmp_path, HEADING + "tatamotors,2025-10-14,demerger,0.61,\nITC,2025-01-07,demerger,0.9,\n")
    after = CorporateActions.load(path, INDIA, universe.renames)
    assert [row.factor for row in after.of("TMPV.NS")] == [0.61]
    assert [row.date.day for row in after.of("ITC")] == [6, 7]
    assert len(after.rows) == len(before.rows) + 1


# What becomes of their returns.

T, DAY, PHI = 121, 80, 0.85  # prices, position of the close on the day of the action, its factor
WHEN = days(T).tolist()[DAY]


def judged(
    factor: float | None = PHI, size: float = 0.0, *, change=lambda column: None, when: date = WHEN, model=MODEL
):
    """The window of AAA.NS, whose return on the day is the market's share of it, plus `size`, at a deviation of 1 %."""
    draw = np.random.default_rng(11)
    prices = factor_prices(T)
    move = prices["MKT1"][1:] / prices["MKT1"][:-1] - 1
    noise = 0.01 * draw.standard_normal(T - 1)
    noise[DAY - 1] = 0
    own = 1.2 * move + noise
    own[DAY - 1] = (1 + own[DAY - 1]) * (1 + size) - 1
    column = closes(own)
    change(column)
    actions = () if factor is NAN else (CorporateAction("AAA.NS", when, "demerger", factor),)
    source = MemorySource(days(T), prices | {"AAA.NS": column})
    gate = GatedMarket(source, model, FixedClock(), CorporateActions(actions))
    return gate.window(["AAA.NS"], 100, None), column


def test_a_return_that_is_not_adjusted_is_corrected_and_so_are_the_closes_before_it() -> None:
    """(1 + r) / φ − 1; no other return changes, closes and returns agree, and the last close is untouched."""
    found, column = judged(size=PHI - 1)
    plain, _ = judged(NAN, size=PHI - 1)
    (day,) = found.report(0).actions
    raw = column[DAY] / column[DAY - 1] - 1
    assert day == ActionDay(WHEN, "demerger", PHI, pytest.approx(raw), pytest.approx((1 + raw) / PHI - 1))
    at = found.dates.index(WHEN)
    others = np.arange(100) != at
    assert found.screened.returns[at, 0] == pytest.approx(day.after)
    assert np.allclose(found.excess_returns[others], plain.excess_returns[others], rtol=0, atol=1e-14)
    returns = found.screened.closes[1:] / found.screened.closes[:-1] - 1
    assert np.array_equal(returns, found.screened.returns)
    assert (found.report(0).excluded, found.report(0).last_close) == ((), column[-1])
    assert found.screened.closes[-1, 0] == column[-1]


def test_an_adjusted_return_stays_as_it_is() -> None:
    """Nothing is said and nothing changes."""
    found, _ = judged(size=0.0)
    plain, _ = judged(NAN, size=0.0)
    assert (found.report(0).actions, found.report(0).excluded) == ((), ())
    assert np.array_equal(found.excess_returns, plain.excess_returns)


def test_a_move_of_its_own_does_not_make_the_nearer_reading_right() -> None:
    """Nearer to unadjusted, yet beyond two deviations of it, a return that is neither is left out."""
    found, _ = judged(size=PHI - 1 + 0.04)
    (day,) = found.report(0).actions
    assert np.isnan(day.after)
    assert day.problem == "with its factor of 0.850 the return fits neither adjusted nor unadjusted prices"
    ((at, reason, size),) = found.report(0).excluded
    assert (found.dates[at], reason, size) == (WHEN, "corporate_action", day.before)
    assert np.isnan(found.excess_returns[at, 0]) and np.isnan(found.genuine_returns[at, 0])


@pytest.mark.parametrize(
    ("factor", "size", "outcome"),
    [
        (PHI, 0.017, "adjusted"),
        (PHI, 0.024, "neither"),
        (PHI, -0.013, "adjusted"),
        (PHI, PHI * 1.017 - 1, "corrected"),
        (PHI, PHI * 1.03 - 1, "neither"),
        (0.99, 0.0, "both"),
        (0.99, -0.01, "both"),
        (0.97, -0.03, "corrected"),
        (0.2, -0.8, "corrected"),  # also where it is a jump as it stands
        (2.0, 1.0, "corrected"),
        (None, 0.0, "adjusted"),
        (None, 0.025, "adjusted"),
        (None, -0.034, "its factor is not known"),
        (None, -0.6, "its factor is not known"),
        (1.0, -0.15, "adjusted"),  # changes no price
    ],
)
def test_one_reading_within_two_deviations_holds(factor: float | None, size: float, outcome: str) -> None:
    """Only where the other is not; without a factor a return beyond three deviations is left out."""
    found, _ = judged(factor, size)
    actions = found.report(0).actions
    if outcome == "adjusted":
        assert actions == ()
    elif outcome == "corrected":
        assert actions[0].after == pytest.approx((1 + actions[0].before) / factor - 1)
        assert found.report(0).excluded == ()
    else:
        assert outcome in actions[0].problem
        assert [reason for _, reason, _ in found.report(0).excluded] == ["corporate_action"]


def test_the_deviation_is_that_of_the_one_factor_fit_of_the_neighbours() -> None:
    """Without the day itself: equal to numpy's least squares, as the number in the sentence shows."""
    found, column = judged(None, -0.12)
    whole, _ = judged(NAN, -0.12)
    prices, rate = factor_prices(T), 0.05 / 250
    x = prices["MKT1"][1:] / prices["MKT1"][:-1] - 1 - rate
    y = column[1:] / column[:-1] - 1 - rate
    kept = np.arange(T - 1) != DAY - 1
    beta, alpha = np.polyfit(x[kept], y[kept], 1)
    residual = y[kept] - alpha - beta * x[kept]
    deviation = np.sqrt(residual @ residual / (len(residual) - 2))
    gap = abs(y[DAY - 1] - beta * x[DAY - 1]) / deviation
    assert f"the return is {gap:.1f} deviations from what the market explains" in found.report(0).actions[0].problem
    assert whole.report(0).actions == ()


def test_defects_among_the_neighbours_do_not_blur_the_judgement() -> None:
    """A jump, a bad print and a session left out for everybody are no part of the deviation."""

    def spoil(column: np.ndarray) -> None:
        column[60:] *= 3.0
        column[70] *= 1.5

    clean, _ = judged(None, -0.12)
    spoilt, _ = judged(None, -0.12, change=spoil)
    numbers = [float(one.report(0).actions[0].problem.split("is ")[-1].split()[0]) for one in (clean, spoilt)]
    assert numbers[1] == pytest.approx(numbers[0], abs=0.6)


def test_too_few_neighbours_leave_the_day_out() -> None:
    """29 returns cannot tell; 30 can."""
    for known, problem in ((29, True), (30, False)):

        def spoil(column: np.ndarray, first: int = T - 1 - (known + 1)) -> None:
            column[:first] = NAN

        when = days(T).tolist()[100]
        found, _ = judged(PHI, change=spoil, when=when)
        actions = found.report(0).actions
        assert bool(actions) == problem
        if problem:
            assert actions[0].problem.startswith("29 other returns within a year of it are too few to tell")


def test_a_missing_price_on_the_day_is_bridged_to_the_next() -> None:
    """From the last close before to the first after, of prices and market alike; the days stay missing."""
    found, column = judged(size=PHI - 1, change=lambda column: column.__setitem__(DAY, NAN))
    (day,) = found.report(0).actions
    raw = column[DAY + 1] / column[DAY - 1] - 1
    assert day == ActionDay(WHEN, "demerger", PHI, pytest.approx(raw), pytest.approx((1 + raw) / PHI - 1))
    assert (found.report(0).excluded, found.report(0).missing) == ((), 2)
    row = found.dates.index(WHEN)
    assert found.screened.closes[row, 0] == pytest.approx(PHI * column[DAY - 1])
    out, _ = judged(None, PHI - 1.3, change=lambda column: column.__setitem__(DAY, NAN))
    assert out.report(0).actions[0].problem.startswith("its factor is not known")


def test_two_actions_within_one_return_are_one() -> None:
    """With the product of their factors; unknown where one of them is."""
    prices = factor_prices(T)
    prices["VAL1"][DAY] = NAN
    prices["AAA.NS"][DAY:] *= PHI * 0.8
    next_day = days(T).tolist()[DAY + 1]
    for second, factor in ((0.8, PHI * 0.8), (None, NAN)):
        actions = (CorporateAction("AAA", WHEN, "demerger", PHI), CorporateAction("AAA", next_day, "bonus", second))
        gate = GatedMarket(MemorySource(days(T), prices), MODEL, FixedClock(), CorporateActions(actions))
        (day,) = gate.window(["AAA.NS"], 100, None).report(0).actions
        assert (day.date, day.kind) == (next_day, "demerger and bonus")
        assert day.factor == pytest.approx(factor, nan_ok=True)
        assert bool(day.problem) == (second is None)


def test_an_action_is_in_the_bar_of_its_week_whichever_day_that_is_dated() -> None:
    """Weekly prices dated by their Monday: an action on a Wednesday belongs to that week's bar."""
    prices = factor_prices(T)
    mondays = np.datetime64("2026-11-16") - 7 * np.arange(T)[::-1]
    prices["AAA.NS"][DAY:] *= PHI
    wednesday = (mondays[DAY] + 2).item()
    actions = CorporateActions((CorporateAction("AAA", wednesday, "demerger", PHI),))
    gate = GatedMarket(MemorySource(mondays, prices), MODEL, FixedClock(), actions)
    (day,) = gate.window(["AAA.NS"], 100, None, frequency=WEEKLY).report(0).actions
    assert (day.date, day.problem) == (mondays[DAY].item(), "")
    assert abs(day.after) < 0.06


def test_an_action_outside_the_prices_changes_nothing() -> None:
    """A day before the first session, one after the last."""
    for when in (days(T).tolist()[0], date(2000, 1, 1), date(2026, 11, 21), date(2030, 1, 1)):
        found, _ = judged(size=PHI - 1, when=when)
        assert (found.report(0).actions, found.report(0).excluded) == ((), ())


def test_an_action_between_two_sessions_is_in_the_return_that_spans_it() -> None:
    """A date on which a proxy has no price counts on the next session."""
    prices = factor_prices(T)
    prices["VAL1"][DAY] = NAN
    prices["AAA.NS"][DAY:] *= PHI
    actions = CorporateActions((CorporateAction("AAA", WHEN, "demerger", PHI),))
    gate = GatedMarket(MemorySource(days(T), prices), MODEL, FixedClock(), actions)
    (day,) = gate.window(["AAA.NS"], 100, None).report(0).actions
    assert (day.date, day.problem) == (days(T).tolist()[DAY + 1], "")
    assert abs(day.after) < 0.06


def test_a_correction_comes_before_jumps_bad_prints_and_large_moves() -> None:
    """The corrected return is judged: a split of 1 to 5 is no jump, and a bad print after it is still found."""

    def spoil(column: np.ndarray) -> None:
        column[DAY + 1] *= 1.5

    found, _ = judged(0.2, -0.8, change=spoil)
    report = found.report(0)
    assert [reason for _, reason, _ in report.excluded] == ["bad_print", "bad_print"]
    assert (len(report.actions), report.large_moves) == (1, ())


def test_a_level_that_nobody_can_hold_has_no_actions() -> None:
    """VOL1 as a ticker keeps its returns, whatever a file says."""
    prices = factor_prices(T)
    prices["VOL1"][DAY:] *= 0.5
    actions = CorporateActions((CorporateAction("VOL1", WHEN, "split", 0.5),))
    found = GatedMarket(MemorySource(days(T), prices), MODEL, FixedClock(), actions).window(["VOL1"], 100, None)
    assert found.report(0).actions == ()


# Through commands.


def split_market(folder: Path) -> tuple[Path, Path, str]:
    """Prices whose S0.NS was split 1 to 2 without adjustment, a file that says so, and the day."""
    prices = market()
    prices["S0.NS"][250:] *= 0.5
    day = str(weekdays(300)[250])
    return write_wide(folder / "p.csv", prices), write(folder, f"{HEADING}s0,{day},split,0.5,\n"), day


def test_a_correction_is_in_the_data_the_warnings_and_the_fit(factor: Run, tmp_path: Path) -> None:
    """The result is that of adjusted prices; without the file the day is a jump."""
    source, actions, day = split_market(tmp_path)
    adjusted = write_wide(tmp_path / "a.csv", market())
    (right,) = factor("beta", "S0.NS", "--json", "--source", str(adjusted)).results
    (left_out,) = factor("beta", "S0.NS", "--json", "--source", str(source)).results
    (found,) = factor("beta", "S0.NS", "--json", "--source", str(source), FACTOR_ACTIONS=str(actions)).results
    assert right["data"]["corrected"] == left_out["data"]["corrected"] == []
    assert left_out["observations"] == 251
    (row,) = found["data"]["corrected"]
    assert (row["date"], row["kind"], row["factor"]) == (day, "split", 0.5)
    assert 2 * (1 + row["return_before"]) == pytest.approx(1 + row["return"])
    assert list(row) == ["date", "kind", "factor", "return_before", "return"]
    assert found["observations"] == 252
    assert found["data"]["excluded"] == []
    for code, beta in right["betas"].items():
        assert found["betas"][code]["beta"] == pytest.approx(beta["beta"], rel=1e-9)
    (said,) = (text for text in found["warnings"] if text.startswith("corporate_action"))
    assert said == (
        f"corporate_action: {day}, {row['return_before']:+.1%}, is a split that these prices are not adjusted for "
        f"(factor 0.500): the return becomes {row['return']:+.1%}."
    )
    text = factor("beta", "S0.NS", "--csv", "--source", str(source), FACTOR_ACTIONS=str(actions)).out
    assert '""kind"": ""split""' in text
    (shares,) = factor("decompose", "S0.NS", "--json", "--source", str(source), FACTOR_ACTIONS=str(actions)).results
    assert shares["data"] == found["data"]


def test_a_portfolio_names_the_stock_whose_return_was_corrected(factor: Run, home: Path, tmp_path: Path) -> None:
    """In data.corrected and in the warning."""
    source, actions, day = split_market(tmp_path)
    (home / "h.csv").write_text("ticker,weight\nS1.NS,0.5\nS0.NS,0.5\n")
    ask = ("beta", "--portfolio", "h.csv", "--json", "--source", str(source))
    (found,) = factor(*ask, FACTOR_ACTIONS=str(actions)).results
    ((row),) = found["data"]["corrected"]
    assert (row["ticker"], row["date"]) == ("S0.NS", day)
    assert any(text.startswith(f"corporate_action: S0.NS: {day}, ") for text in found["warnings"])


def test_a_holding_whose_return_was_corrected_has_no_return_over_the_window(
    factor: Run, home: Path, tmp_path: Path
) -> None:
    """Its closes halve with the split; the other holding has the return of its closes."""
    source, actions, _ = split_market(tmp_path)
    (home / "h.csv").write_text("ticker,weight\nS1.NS,0.5\nS0.NS,0.5\n")
    ask = ("beta", "--portfolio", "h.csv", "--json", "--source", str(source))
    (found,) = factor(*ask, FACTOR_ACTIONS=str(actions)).results
    closes = market()["S1.NS"]
    assert [holding["return"] for holding in found["portfolio"]["holdings"]] == [
        pytest.approx(closes[-1] / closes[-253] - 1), None,
    ]  # fmt: skip


def test_actions_are_part_of_the_key_of_an_answer(factor: Run, tmp_path: Path) -> None:
    """A cached answer is not taken for one with other actions; the same actions in another file are the same."""
    source, actions, _ = split_market(tmp_path)
    ask = ("beta", "S0.NS", "--json", "--source", str(source))
    assert factor(*ask).results[0]["cache"]["hit"] is None
    assert factor(*ask, FACTOR_ACTIONS=str(actions)).results[0]["cache"]["hit"] is None
    other = tmp_path / "other.csv"
    other.write_text(actions.read_text().replace("source", "note"))
    for env in ({}, {"FACTOR_ACTIONS": str(actions)}, {"FACTOR_ACTIONS": str(other)}):
        assert factor(*ask, **env).results[0]["cache"]["hit"] == "disk"


def test_the_key_of_a_model_holds_the_rules_of_the_gate_and_the_actions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six hex digits at the end, others for other rules and for other actions, also where these are none."""
    spec = Specification(window=252)
    own = write(tmp_path, HEADING + ROW)
    us = str(Path(__file__).parent / "data" / "us" / "us-5f.toml")

    def key(**settings: object) -> str:
        return build_context(Settings(source="yahoo", **settings), cached=False).policy.model_key(spec)

    keys = [key(), key(actions=own), key(model=us), key(model=us, actions=own)]
    monkeypatch.setattr("factorcli.service.cache_keys.GATE_RULES", 3)
    keys += [key(), key(model=us)]
    assert len(set(keys)) == 6
    for text in keys:
        assert len(text.rsplit(".", 1)[1]) == 6
        assert int(text.rsplit(".", 1)[1], 16) >= 0
    assert keys[0].startswith("india-5f.raw.hac.")
    assert not keys[0].endswith(INDIA_5F.digest())


def test_the_demo_market_has_no_actions(factor: Run, tmp_path: Path) -> None:
    """Its prices are made up: a file changes no number and says nothing."""
    path = write(tmp_path, HEADING + "TCS.NS,2026-05-04,split,0.5,\n")
    plain, found = (
        json.loads(factor("beta", "TCS", "--json", "--source", "demo", **env).out)["results"][0]
        for env in ({}, {"FACTOR_ACTIONS": str(path)})
    )
    for one in (plain, found):
        del one["cache"]
    assert plain == found
