"""What the page says of decisions, run by Node, word by word as the command does; and texts as people type them."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from math import nan
from pathlib import Path
from typing import Any

import pytest

from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.model.specification import Specification
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.lots import Lot, Lots
from factorcli.portfolio.request import Request
from factorcli.portfolio.trades import Trade
from factorcli.render.decisions import active, drift, episodes, hedge, whatif
from factorcli.render.json_csv import plain, to_line
from factorcli.results.beta import JointTest
from factorcli.results.drift import DriftTest
from factorcli.service.active import ActiveService
from factorcli.service.context import Context
from factorcli.service.drift import DriftService
from factorcli.service.hedge import HedgeService
from factorcli.service.stress import StressService
from factorcli.service.whatif import WhatIfService
from tests.conftest import NOW
from tests.page_scripts import run

pytestmark = pytest.mark.serve

SPEC = Specification(window=252)
SHARES = [("RELIANCE.NS", 400.0), ("TCS.NS", 30.0), ("ITC.NS", -300.0), ("CASH", 50_000.0)]
WEIGHTS = [("RELIANCE.NS", 0.6), ("TCS.NS", 0.3)]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """The demo market."""
    cache = tmp_path_factory.mktemp("kept")
    return build_context(Settings(source="demo", now=datetime.fromisoformat(NOW), cache_dir=cache))


def held(pairs: list[tuple[str, float]], by: str) -> Request:
    """A question about one portfolio, which is called as the page calls it."""
    return Request((), (Holdings.of(pairs, by=by, name="the portfolio"),))


BY_SHARES, BY_WEIGHT, STOCK = held(SHARES, "quantity"), held(WEIGHTS, "weight"), Request(("ADANIENT",), ())


def said(folder: Path, function: str, results: list[Any]) -> Any:
    """What a function of the page says of each result, as it gets it by HTTP."""
    body = f"return given.map((one) => decision_sentences.{function}(one));"
    return run(folder, ["views/decision-sentences"], body, [json.loads(to_line(one)) for one in results])


def test_hedges_are_told_as_by_the_command(context: Context, tmp_path: Path) -> None:
    """In money, for every 100 rupees, in whole contracts, with one that cannot be sold, of a stock, and of none."""
    service = HedgeService(context)
    lots = Lots.of([Lot("^NSEI", 75.0, 100.5), Lot("MID150BEES.NS", 1.0)])
    unsold = Lots.of([Lot("^NSEI", 75.0, 100.5, short=False), Lot("MID150BEES.NS", 1.0)])
    large = Lots.of({"^NSEI": 5000.0})
    found = [
        *service.hedge(BY_SHARES, SPEC, ["^NSEI"]).results,
        *service.hedge(BY_WEIGHT, SPEC, ["^NSEI", "MID150BEES.NS"]).results,
        *service.hedge(BY_WEIGHT, SPEC, ["^NSEI"], None, 1e6).results,
        *service.hedge(BY_SHARES, SPEC, ["^NSEI", "MID150BEES.NS"], lots).results,
        *service.hedge(BY_SHARES, SPEC, ["^NSEI", "MID150BEES.NS"], unsold).results,
        *service.hedge(BY_SHARES, SPEC, ["^NSEI"], large).results,
        *service.hedge(STOCK, SPEC, ["^NSEI", "TCS"], None, 5e5).results,
    ]
    text: Callable[[Any], str] = lambda one: "".join(span.text for span in one)  # noqa: E731
    expected = [[hedge.headline(one), hedge.later(one), *map(text, hedge.intervals(one))] for one in found]
    assert said(tmp_path, "hedged", found) == expected
    assert any("lots of 75 ^NSEI" in one[0] for one in expected)
    assert any("Held at 0: ^NSEI" in line for one in expected for line in one)
    assert any(one[0].startswith("Hold none of ^NSEI") for one in expected)
    assert said(tmp_path, "ofReturns", found) == [hedge.of_returns(one) for one in found]


def test_trades_are_told_as_by_the_command(context: Context, tmp_path: Path) -> None:
    """One, several, none, shares, the holdings afterwards, against a benchmark."""
    service = WhatIfService(context)
    ask = lambda request, **how: service.whatif(request, SPEC, **how).results  # noqa: E731
    found = [
        *ask(BY_SHARES, trades=[Trade.of("RELIANCE", "-10%")]),
        *ask(BY_SHARES, trades=[Trade.of("RELIANCE", "-10%"), Trade.of("TCS", "+10sh")], benchmark="^NSEI"),
        *ask(BY_WEIGHT, trades=[Trade.of("RELIANCE", "5%"), Trade.of("CASH", "-5%")]),
        *ask(BY_WEIGHT, to=Holdings.of(WEIGHTS, by="weight", name="to")),
        *ask(BY_SHARES, to=Holdings.of([("TCS.NS", 900.0)], by="quantity", name="to")),
    ]
    expected = [[whatif.answer(one), *([whatif.certainty(one)] if one.trades else [])] for one in found]
    assert said(tmp_path, "traded", found) == expected
    assert {line[0].split(maxsplit=2)[1] for line in expected} == {"trade", "trades", "is"}


def test_changes_are_told_as_by_the_command(context: Context, tmp_path: Path) -> None:
    """Sure and unsure ones, alone and together, and without a joint test."""
    found = [
        *DriftService(context).drift(BY_WEIGHT, SPEC, None, None).results,
        *DriftService(context).drift(Request(("TCS", "IDEA", "ADANIENT", "3MINDIA"), ()), SPEC, 126, None).results,
        *DriftService(context).drift(STOCK, SPEC, None, date(2026, 10, 20)).results,
    ]
    first = found[0]
    for joint in (0.01, 0.6, nan):
        for p_values in ((0.9,) * 5, (0.01, 0.9, 0.9, 0.9, 0.9), (0.04, 0.03, 0.02, 0.01, 0.9)):
            changes = {
                code: replace(one, p_value=p) for (code, one), p in zip(first.changes.items(), p_values, strict=True)
            }
            test = replace(first.joint_test, p_value=joint)
            found.append(replace(first, changes=changes, joint_test=test))
    found.append(replace(first, market=replace(first.market, p_value=0.001, before=0.05, after=-0.02, std_error=0.001)))
    expected = [[line[:1].upper() + line[1:] for line in drift.answer(one)] for one in found]
    assert said(tmp_path, "drifted", found) == expected
    assert len({json.dumps(one) for one in expected}) > 10
    assert said(tmp_path, "jointTest", found) == [drift.joint(one) for one in found]
    assert said(tmp_path, "overlap", found) == [drift.overlap(one) for one in found]
    assert isinstance(first.joint_test, DriftTest | JointTest)


def test_the_past_is_told_as_by_the_command(context: Context, tmp_path: Path) -> None:
    """The worst episode, in money where the value is known; own days; a stock that was not listed."""
    service = StressService(context)
    unnamed = [(request, None) for request in (BY_SHARES, BY_WEIGHT)]
    asked = [*unnamed, (BY_SHARES, ["2025-04-01:2025-04-30"]), (STOCK, ["covid-2020"])]
    found = [list(service.episodes(request, SPEC, names).results) for request, names in asked]
    found.append([replace(one, missing=(one.ticker,)) for one in found[-1]])
    called = [[replace(one, name="portfolio") if one.ticker == "PORTFOLIO" else one for one in some] for some in found]
    expected = ["".join(episodes.worst(some)) for some in called]
    body = "return given.map((some) => decision_sentences.worst(some));"
    given = [[plain(one) for one in some] for some in found]
    assert run(tmp_path, ["views/decision-sentences"], body, given) == expected
    assert "was not listed" in expected[-1]
    body = "return decision_sentences.EPISODES_METHOD;"
    assert run(tmp_path, ["views/decision-sentences"], body, None) == episodes.METHOD


def test_the_distance_from_a_benchmark_is_told_as_by_the_command(context: Context, tmp_path: Path) -> None:
    """Its first sentence in the same words; the second with the largest part."""
    found = [
        one.active
        for request in (BY_WEIGHT, Request(("TCS", "^NSEI"), ()))
        for one in ActiveService(context).beta(request, SPEC, "^NSEI").results
        if one.active is not None
    ]
    told = run(tmp_path, ["views/decision-sentences"], "return given.map(decision_sentences.distance);",
               [plain(one) for one in found])  # fmt: skip
    expected = [active.distance(one) for one in found]
    assert [line[0] for line in told] == [f"{text[:1].upper()}{text[1:]}." for text in expected]


@pytest.mark.parametrize(
    ("text", "lots"),
    [
        ("^NSEI, 75", [{"ticker": "^NSEI", "lot": 75}]),
        ("^nsei,75,,no", [{"ticker": "^NSEI", "lot": 75, "short": False}]),
        ("ticker,lot,price,short\n^NSEI,75,,yes\n", [{"ticker": "^NSEI", "lot": 75, "short": True}]),
        ("^NSEI 75 ₹24,500.5\n\nMID150BEES.NS\t1\t\tno",
         [{"ticker": "^NSEI", "lot": 75, "price": 24500.5}, {"ticker": "MID150BEES.NS", "lot": 1, "short": False}]),
        (" \n", []),
        ("^NSEI", "“^NSEI” has no lot: write the ticker and the units in one contract, such as ^NSEI, 75."),
        ("^NSEI, -75", "“^NSEI, -75” has no lot: write the ticker and the units in one contract, such as ^NSEI, 75."),
        ("A, 1, x", "“A, 1, x” has a price that is no number above 0: write ticker, lot and price, such as ^NSEI, 75."),
        ("A,1,2,3", "“A,1,2,3” has too much in it: write ticker, lot and price, such as ^NSEI, 75."),
        ("A 1\na 2", "A has two lots: write it once."),
    ],
)  # fmt: skip
def test_lots_as_people_type_them(tmp_path: Path, text: str, lots: Any) -> None:
    """With or without a heading, by any separator; what is none is said."""
    assert _read(tmp_path, "readLots", [text]) == [lots]


def test_amounts_as_people_type_them(tmp_path: Path) -> None:
    """Lakh and crore, with and without the sign of the rupee."""
    texts = ["12,50,000", "₹10 lakh", "1.5 crore", "Rs. 5,00,000", "2cr", " ", "-5", "0", "ten", "1e9", "9999999999 cr"]
    found = _read(tmp_path, "readMoney", texts)
    assert found[:6] == [1_250_000, 1_000_000, 15_000_000, 500_000, 20_000_000, None]
    assert all(
        isinstance(one, str) and f"“{text}” is not an amount" in one
        for one, text in zip(found[6:], texts[6:], strict=True)
    )


def test_holdings_that_need_no_reading(tmp_path: Path) -> None:
    """Lines of plain tickers, each once; everything else is read as a file is."""
    texts = [
        "RELIANCE, 50%\nm&m.ns, -20 %\nCASH, 70%", "TCS 1,000", "TCS 1\ntcs 2", "INE002A01018, 4", "NSE:TCS 4",
        "BAJAJ-AUTO 3", "Symbol,Qty\nTCS,3",
    ]  # fmt: skip
    assert _read(tmp_path, "asHoldings", texts, "holdings-text") == [
        [
            {"ticker": "RELIANCE", "weight": 0.5},
            {"ticker": "M&M.NS", "weight": -0.2},
            {"ticker": "CASH", "weight": 0.7},
        ],
        [{"ticker": "TCS", "quantity": 1000}],
        *[None] * 5,
    ]


def _read(folder: Path, function: str, texts: list[str], module: str = "trades-text") -> Any:
    """What a function makes of each text, or the sentence that it throws."""
    called = module.replace("-", "_")
    body = (
        f"return given.map((text) => {{ try {{ return {called}.{function}(text); }} "
        "catch (error) { return error.message; } });"
    )
    return run(folder, [f"views/{module}"], body, texts)
