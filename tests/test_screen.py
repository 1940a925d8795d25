"""`factor screen`: the rows of a kept heatmap that meet conditions, and what is said where there are none."""

import csv
import io
from pathlib import Path

import pytest

from tests.conftest import Answer, InProcess, Run, clean_environment

pytestmark = pytest.mark.cli

DEMO = ("--source", "demo")
MONDAY = {"FACTOR_NOW": "2026-11-23T18:00:00+05:30"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A home with the heatmap of two sectors."""
    home = tmp_path_factory.mktemp("screen")
    run = InProcess(home, clean_environment(home))
    for sector in ("Power", "Realty"):
        assert run("heatmap", "compute", "--sector", sector, "--window", "252", *DEMO).status == 0
    return run


def _screen(run: Run, *where: str, more: tuple[str, ...] = (), **env: str) -> Answer:
    conditions = (word for one in where for word in ("--where", one))
    return run("screen", *conditions, *more, *DEMO, **env)


def _json(run: Run, *where: str, more: tuple[str, ...] = ()) -> list[dict]:
    done = _screen(run, *where, more=(*more, "--json"))
    assert done.status == 0, done.err
    assert done.document["schema"] == "factor.screen/1"
    return done.results


def test_the_answer_is_the_rows_of_the_heatmap(kept: Run) -> None:
    """The same objects, in the same order, of the stocks that meet every condition; CSV as that of the heatmap."""
    (heatmap,) = kept("heatmap", "show", *DEMO, "--json").results
    stocks = heatmap["stocks"]
    found = _json(kept, "SZ > 0.4", "SZ.q < 5%", "market >= 1", "sector = pow")
    expected = [
        stock for stock in stocks
        if stock["betas"]["SZ"] > 0.4 and stock["q_values"]["SZ"] < 0.05 and stock["market_beta"] >= 1
        and stock["sector"] == "Power"
    ]  # fmt: skip
    assert found == expected
    assert 0 < len(found) < 17
    rows = list(csv.DictReader(io.StringIO(kept("heatmap", "show", *DEMO, "--csv").out)))
    chosen = {stock["ticker"] for stock in found}
    csv_rows = list(csv.DictReader(io.StringIO(_screen(kept, "SZ > 0.4", "SZ.q < 5%", "market >= 1", "sector = pow",
                                                       more=("--csv",)).out)))  # fmt: skip
    assert csv_rows == [row for row in rows if row["ticker"] in chosen]


@pytest.mark.parametrize(
    ("column", "read", "falling"),
    [
        ("SZ", lambda s: s["betas"]["SZ"], True),
        ("vol.t", lambda s: s["t_stats"]["VOL"], True),
        ("MOM.q", lambda s: s["q_values"]["MOM"], False),
        ("market", lambda s: s["market_beta"], True),
        ("down", lambda s: s["down_beta"], True),
        ("r_squared", lambda s: s["r_squared"], True),
        ("alpha", lambda s: s["alpha_annual"], True),
        ("ticker", lambda s: s["ticker"], False),
        ("name", lambda s: s["name"].casefold(), False),
        ("sector", lambda s: s["sector"].casefold(), False),
    ],
)
def test_every_column_sorts_and_compares(kept: Run, column: str, read, falling: bool) -> None:
    """The largest first, of q-values and texts the smallest; its median splits the stocks."""
    every = _json(kept, "observations > 0", more=("--sort", column))
    values = [read(stock) for stock in every]
    assert values == sorted(values, reverse=falling)
    assert [s["ticker"] for s in _json(kept, "observations > 0", more=("--sort", column, "--top", "3"))] == [
        s["ticker"] for s in every[:3]
    ]
    if isinstance(values[0], float):
        middle = sorted(values)[len(values) // 2]
        assert len(_json(kept, f"{column} < {middle!r}")) == sum(value < middle for value in values)
        assert len(_json(kept, f"{column} = {middle!r}")) == values.count(middle)


def test_texts_are_those_of_people(kept: Run) -> None:
    """A ticker however it is written, the beginning of a sector or of a name."""
    assert [s["ticker"] for s in _json(kept, "ticker = ntpc")] == ["NTPC.NS"]
    assert [s["ticker"] for s in _json(kept, "name = tata po")] == ["TATAPOWER.NS"]
    assert {s["sector"] for s in _json(kept, "sector != power")} == {"Realty"}
    assert len(_json(kept, "ticker != NTPC.NS", more=("--sector", "pow"))) == 16


def test_nothing_found_is_an_answer(kept: Run) -> None:
    """Status 0, an empty list, and one sentence; no picture is written."""
    done = _screen(kept, "SZ > 9", "sector = Power", more=("--json",))
    assert (done.status, done.document["results"], done.document["errors"]) == (0, [], [])
    assert done.err == (
        "factor: None of the 28 stocks of the heatmap as of 2026-11-20 meets SZ > 9 and sector = Power.\n"
    )
    done = _screen(kept, "SZ > 9", more=("-o", "none.svg"))
    assert (done.status, done.out) == (0, "")
    assert _screen(kept, "SZ > 9", more=("--csv",)).out == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "No condition is given: add one such as --where 'SZ > 1', or see every stock with `factor heatmap show`."),
        (("--where", "SIZE > 1"), "column 'SIZE' is not known: it can be MKT, VAL, MOM, SZ, VOL, each also"),
        (("--where", "SZ ~ 1"), "Operators are"),
        (("--where", "SZ > much"), "'much' is not a number"),
        (("--where", "sector = Banking"), "sector 'Banking' is not one of the sectors: Automobile"),
        (("--where", "ticker = NTPCC"), "NTPCC.NS is not in the universe"),
        (("--where", "name = adani"), "name 'adani' means several stocks: Adani"),
        (("--where", "SZ > 1", "--sort", "size"), "column 'size' is not known"),
        (("--where", "SZ > 1", "--top", "0"), "'--top'"),
        (("--where", "SZ > 1", "--sector", "Banking"), "sector 'Banking' is not one"),
        (("--where", "SZ > 1", "--members", "old"), "members 'old' is not known"),
        (("--where", "SZ > 1", "--as-of", "2030-01-01"), "in the future"),
        (("--where", "SZ > 1", "-o", "x.gif"), "must end in"),
        (("--where", "SZ > 1", "--picture", "path", "-o", "x.svg"), "--picture path is not known: it can be heatmap."),
    ],
)
def test_what_is_wrong_is_one_sentence(kept: Run, words: tuple[str, ...], said: str) -> None:
    """Status 2, or 4 for a stock that there is not; with what there is."""
    done = kept("screen", *words, *DEMO)
    assert done.status == (4 if "not in the universe" in said else 2)
    assert said in done.err
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err


def test_without_a_heatmap_the_command_that_computes_it_is_named(factor: Run) -> None:
    """Status 4; with the options that it is about."""
    done = factor("screen", "--where", "SZ > 1", "--window", "126", "--basis", "spread", *DEMO, "--json")
    assert (done.status, done.codes) == (4, ["heatmap_not_computed"])
    assert "Run `factor heatmap compute --all --window 126 --source demo --basis spread`." in done.err


def test_an_old_heatmap_says_so(kept: Run) -> None:
    """On stderr in every form, as the rows do not have a date."""
    done = _screen(kept, "SZ > 0", more=("--json",), **MONDAY)
    assert done.status == 0
    assert done.err.startswith(
        "factor: stale_heatmap: a session has closed since the heatmap of 2026-11-20 was computed"
    )


def test_shrunk_betas_meet_conditions_and_have_no_q(kept: Run) -> None:
    """The heatmap is the one of the estimator; what is not known meets nothing."""
    vasicek = ("--estimator", "vasicek")
    assert len(_json(kept, "SZ > -9", more=vasicek)) == 28
    assert _json(kept, "SZ.q <= 1", more=vasicek) == []


def test_a_past_day_is_that_of_its_heatmap(factor: Run) -> None:
    """Of the members of that day, which a notice names."""
    day = ("--as-of", "2026-10-01")
    assert factor("heatmap", "compute", "--sector", "Power", "--window", "252", *day, *DEMO).status == 0
    done = _screen(factor, "market > 0", more=(*day, "--json"))
    assert len(done.results) > 10
    assert "dated_members" in done.err


def test_a_past_day_is_screened_with_the_members_that_are_kept_of_it(factor: Run) -> None:
    """The present ones, where it was computed with these; `dated` asks for others."""
    day = ("--as-of", "2026-06-30")
    compute = ("heatmap", "compute", "TCS", "DLF", "--window", "252", *day, *DEMO, "--members", "current")
    assert factor(*compute).status == 0
    done = _screen(factor, "observations > 0", more=(*day, "--json"))
    assert ([one["ticker"] for one in done.results], "present_members" in done.err) == (["DLF.NS", "TCS.NS"], True)
    assert _screen(factor, "observations > 0", more=(*day, "--members", "dated")).status == 4
    (found,) = factor("peers", "TCS", *day, *DEMO, "--json").results
    assert [peer["ticker"] for peer in found["peers"]] == ["DLF.NS"]


def test_the_picture_shows_what_was_found(kept: Run) -> None:
    """Its title says how many of how many and what was asked; sectors without a stock found are left out."""
    home = Path(kept.home)  # type: ignore[attr-defined]
    assert _screen(kept, "sector = Power", "SZ > 0.4", more=("-o", "found.svg", "--top", "4")).status == 0
    text = (home / "found.svg").read_text(encoding="utf-8")
    many = len(_json(kept, "sector = Power", "SZ > 0.4"))
    assert f"{many} of 28 stocks meet sector = Power and SZ &gt; 0.4" in text
    assert "The first 4 of them" in text
    assert "Power (17), median" in text
    assert "Realty" not in text
