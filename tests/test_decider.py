"""What a report asks: one scenario, the episodes of the market, the last year, and a hedge with the market's proxy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from factorcli.decisions import report
from factorcli.errors import FactorError, NoHealthyProxy, NoPrices
from factorcli.markets.episodes import Episodes
from factorcli.markets.market import US
from factorcli.model.built_in import INDIA_5F
from factorcli.model.drift import Distance
from factorcli.model.frequency import DAILY, MONTHLY, WEEKLY, Frequency
from factorcli.model.shocks import Scenario
from factorcli.model.specification import Specification
from factorcli.service.decisions import Decider

pytestmark = pytest.mark.cli

DAY = date(2026, 3, 4)


@dataclass
class Prices:
    """A market whose proxies are these; asked: what for."""

    error: FactorError | None = None
    asked: list[tuple[int, date | None, Frequency]] = field(default_factory=list)

    def proxies(self, days: int, as_of: date | None, frequency: Frequency) -> Mapping[str, str]:
        """Of two factors."""
        self.asked.append((days, as_of, frequency))
        if self.error is not None:
            raise self.error
        return {"VAL": "VALUE", "MKT": "INDEX", "SZ": "SMALL"}

    def history(self, columns: Sequence[str], start: date, end: date) -> Any:
        """What an episode asks for."""
        return (columns, start, end)


@dataclass
class Made:
    """A context that tells what it is asked."""

    prices: Prices
    model: Any = INDIA_5F
    opened: int = 0

    def open_market(self) -> Prices:
        """Those prices."""
        self.opened += 1
        return self.prices

    def listed(self) -> str:
        """What the source has."""
        return "list"

    def resolve(self, typed: str, listed: object) -> tuple[str, object]:
        """The ticker that is meant."""
        return (typed, listed)

    def decided(self, tickers: Sequence[Any]) -> list[Any]:
        """As the source knows them."""
        return [*tickers, "decided"]


def decider(made: Made, **options: Any) -> Decider:
    return Decider(made, Specification(**{"window": 77, **options}))  # type: ignore[arg-type]


@pytest.mark.parametrize("frequency", [DAILY, WEEKLY, MONTHLY])
@pytest.mark.parametrize("as_of", [None, DAY])
def test_a_portfolio_is_hedged_with_the_proxy_of_the_market(frequency: Frequency, as_of: date | None) -> None:
    """That of its own window, as of its own day."""
    made = Made(Prices())
    assert decider(made, frequency=frequency.name, as_of=as_of).instruments() == [("INDEX", "list"), "decided"]
    assert made.prices.asked == [(77, as_of, frequency)]


@pytest.mark.parametrize("error", [NoPrices("none."), NoHealthyProxy("none.")])
def test_without_prices_of_the_market_there_is_no_hedge(error: FactorError) -> None:
    """The fit says why; what is no answer of the source is an error still."""
    assert list(decider(Made(Prices(error))).instruments()) == []
    broken = Made(Prices())
    broken.prices.error = KeyError("MKT")  # type: ignore[assignment]
    with pytest.raises(KeyError):
        decider(broken).instruments()


@pytest.mark.parametrize(("frequency", "shift"), [(DAILY, 252), (WEEKLY, 104), (MONTHLY, 60)])
def test_each_subject_is_asked_the_same(monkeypatch: pytest.MonkeyPatch, frequency: Frequency, shift: int) -> None:
    """A fall of the market by a tenth, its episodes, the length of its default window ago; prices read once."""
    asked: list[tuple[Any, report.Questions]] = []
    monkeypatch.setattr(report, "decisions", lambda subject, questions: asked.append((subject, questions)) or "answer")
    made = Made(Prices())
    one = decider(made, frequency=frequency.name, as_of=DAY)
    assert [one.decisions(subject) for subject in ("first", "second")] == ["answer", "answer"]  # type: ignore[arg-type]
    one.instruments()
    assert made.opened == 1
    assert [subject for subject, _ in asked] == ["first", "second"]
    questions = asked[0][1]
    assert questions is asked[1][1]
    assert questions.scenario == Scenario({"MKT": -0.1})
    assert (questions.scenario.others, questions.scenario.horizon) == ("conditional", None)
    assert questions.distance == Distance(shift)
    assert questions.episodes == Episodes.load(INDIA_5F.market).known
    assert questions.history("columns", DAY, DAY) == ("columns", DAY, DAY)
    asked.clear()
    decider(Made(Prices(), model=SimpleNamespace(market=US))).decisions("subject")  # type: ignore[arg-type]
    assert asked[0][1].episodes == ()
