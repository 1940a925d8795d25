"""The decisions of a report: those of the commands, of one fit, kept with it, and left out with a reason."""

from dataclasses import replace

import pytest

from factorcli import Factor
from factorcli.decisions.report import Questions, decisions
from factorcli.decisions.subject import Subject
from factorcli.errors import NoPrices
from factorcli.model.drift import Distance
from factorcli.model.frequency import OF_PRICES
from factorcli.model.specification import Specification
from factorcli.results.report import Report
from factorcli.service.context import Context
from factorcli.service.report import ReportService
from factorcli.service.report_peers import TOP
from tests.conftest import NOW

STOCKS = ["TCS", "INFY", "WIPRO", "HCLTECH", "TECHM", "LTIM", "RELIANCE", "ITC"]
BOOK = {"TCS": 12.0, "INFY": 7.0, "RELIANCE": 5.0}


def demo() -> Factor:
    """The demo, answers in memory."""
    return Factor(source="demo", now=NOW, cache=False)


def reports(factor: Factor, tickers: list[str], **options: object) -> tuple[Report, ...]:
    """Reports by the service, without a page, which takes time."""
    spec = Specification(**{"frequency": OF_PRICES, **options})
    found = ReportService(factor._context).stocks(tickers, spec)
    assert found.exit_code == 0
    return found.results


def of_book(factor: Factor, **options: object) -> Report:
    """The report of a portfolio with quantities."""
    spec = Specification(**{"frequency": OF_PRICES, **options})
    held = factor.portfolio(BOOK, by="quantity").holdings
    (found,) = ReportService(factor._context).stocks((), spec, [held]).results
    return found


def record(answer: object) -> dict:
    """A record or an answer that extends it, as values by name, without what says when and how it was computed."""
    return {name: value for name, value in vars(answer).items() if name not in ("cache", "_tables", "warnings")}


def same(found: object, expected: object) -> None:
    """Equal to twelve digits, whatever columns were fitted beside."""
    assert numbers(found) == pytest.approx(numbers(expected), rel=1e-9, abs=1e-12, nan_ok=True)


def numbers(value: object) -> list[float]:
    """Every number of a record, in order."""
    if isinstance(value, float | int):
        return [float(value)]
    if isinstance(value, dict):
        return [number for item in value.values() for number in numbers(item)]
    if isinstance(value, list | tuple):
        return [number for item in value for number in numbers(item)]
    return numbers(record(value)) if hasattr(value, "__dataclass_fields__") else []


@pytest.mark.parametrize("basis", ["raw", "residual"])
def test_the_decisions_about_a_stock_are_those_of_the_commands(basis: str) -> None:
    """A fall of the market by a tenth in a month, every known episode with prices, the last year, the nearest five."""
    factor = demo()
    factor.compute_heatmap(STOCKS, windows=[252], basis=basis)
    (found,) = reports(factor, ["TCS"], basis=basis)
    assert found.unavailable is None and found.hedge is None
    same(found.stress, factor.stress("TCS", shocks={"MKT": "-10%"}, basis=basis))
    assert found.episodes and found.stress
    same(found.episodes, list(factor.episodes("TCS", [one.episode for one in found.episodes], basis=basis)))
    assert {one.name for one in factor.known_episodes()} >= {one.episode for one in found.episodes}
    same(found.drift, factor.drift("TCS", basis=basis))
    peers = factor.peers("TCS", top=TOP)
    assert found.peers and len(found.peers.peers) == TOP
    same(found.peers, peers)
    assert [one.ticker for one in found.peers.peers] == [one.ticker for one in peers.peers]
    assert "few_stocks" in {warning.code for warning in found.peers.warnings}


@pytest.mark.parametrize("frequency", ["daily", "weekly"])
def test_the_decisions_about_a_portfolio_are_those_of_the_commands(frequency: str) -> None:
    """Its exposure, too; the hedge is with the proxy of the market, in money where quantities are known."""
    factor = demo()
    found = of_book(factor, frequency=frequency)
    book = factor.portfolio(BOOK, by="quantity")
    assert found.beta and found.stress and found.hedge and found.peers is None and found.unavailable is None
    same(replace(found.beta, rolling=None), book.beta(frequency=frequency))
    same(found.stress, book.stress(shocks={"MKT": "-10%"}, frequency=frequency))
    same(found.drift, book.drift(frequency=frequency))
    hedge = book.hedge([found.beta.model.proxies["MKT"]], frequency=frequency)
    assert [one.ticker for one in found.hedge.instruments] == [one.ticker for one in hedge.instruments]
    same(found.hedge, hedge)
    assert found.stress.value_change == pytest.approx(found.stress.change * found.hedge.value)


def test_all_of_it_is_of_one_fit_for_stocks_one_for_portfolios_and_one_for_peers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many there are."""
    factor, fits, fit = demo(), list[int](), Context.fit
    factor.compute_heatmap(STOCKS, windows=[252])
    monkeypatch.setattr(
        Context, "fit", lambda self, tickers, spec: fits.append(len(tickers)) or fit(self, tickers, spec)
    )
    books = [factor.portfolio(BOOK, by="quantity").holdings, factor.portfolio({"ITC": 0.5, "TCS": 0.5}).holdings]
    spec = Specification(frequency=OF_PRICES)
    found = ReportService(factor._context).stocks(["TCS", "INFY", "WIPRO"], spec, books)
    assert [one.stress is not None for one in found.results] == [True] * 5
    assert fits == [3, len({*BOOK, "ITC", "market"}), len(STOCKS)]
    fits.clear()
    assert reports(factor, ["TCS", "INFY", "WIPRO"])[0].peers is not None
    assert fits == []


def test_peers_are_those_of_the_heatmap_as_it_is_now() -> None:
    """None before it is computed, though the rest is kept; others once it has further stocks."""
    factor = demo()
    (before,) = reports(factor, ["TCS"])
    assert before.peers is None and before.stress is not None and before.unavailable is None
    factor.compute_heatmap(STOCKS[:3], windows=[252])
    (few,) = reports(factor, ["TCS"])
    factor.compute_heatmap(STOCKS, windows=[252])
    (more,) = reports(factor, ["TCS"])
    assert few.peers and more.peers and (few.peers.compared, more.peers.compared) == (2, len(STOCKS) - 1)
    assert more.beta and more.beta.cache.hit is not None


def test_an_answer_of_decisions_is_not_one_without() -> None:
    """Nor the other way round: `beta` with a path has its own."""
    factor = demo()
    factor.beta("TCS", rolling=True)
    (found,) = reports(factor, ["TCS"])
    assert found.stress is not None
    (again,) = reports(factor, ["TCS"])
    assert (again.stress, again.episodes, again.drift) == (found.stress, found.episodes, found.drift)


def test_what_cannot_be_had_is_left_out_and_said() -> None:
    """Too few sessions for an earlier window, classical errors, other estimators; the rest is there."""
    factor = demo()
    (long,) = reports(factor, ["TCS"], window=2400)
    assert long.stress and long.drift is None and long.unavailable
    assert list(long.unavailable) == ["drift"] and "two windows of 2400 sessions" in long.unavailable["drift"]
    (classical,) = reports(factor, ["TCS"], covariance="nonrobust")
    assert classical.stress and classical.unavailable and list(classical.unavailable) == ["drift"]
    (weighted,) = reports(factor, ["TCS"], estimator="ewma")
    assert (weighted.stress, weighted.drift, weighted.peers, weighted.unavailable) == (None, None, None, None)


def test_peers_that_cannot_be_had_have_a_reason() -> None:
    """A heatmap of one stock."""
    factor = demo()
    factor.compute_heatmap(["TCS"], windows=[252])
    (found,) = reports(factor, ["TCS"])
    assert found.peers is None and found.unavailable
    assert found.unavailable["peers"].startswith("The heatmap of window 252 has 1 stock only, which has no peers")


def test_without_prices_of_any_episode_that_is_said() -> None:
    """One without is left out alone."""
    factor = demo()
    context = factor._context
    spec = Specification(rolling=True)
    fitted = context.fit([context.resolve("TCS", context.listed())], spec)
    known = [one for one in factor.known_episodes() if one.name in ("covid-2020", "rates-2022")]
    asked = Questions(
        scenario=_scenario(), episodes=known, distance=Distance(252), history=context.open_market().history
    )
    both = decisions(Subject.of(fitted, 0), asked).episodes
    assert both and [one.episode for one in both] == ["covid-2020", "rates-2022"]

    def only_later(columns, start, end):
        if start.year < 2022:
            raise NoPrices("there are none.")
        return context.open_market().history(columns, start, end)

    later = decisions(Subject.of(fitted, 0), replace(asked, history=only_later))
    assert later.episodes == both[1:] and later.unavailable == {}
    none = decisions(Subject.of(fitted, 0), replace(asked, episodes=known[:1], history=only_later))
    assert none.episodes is None
    assert none.unavailable == {"episodes": "demo has prices of none of the 1 episodes of the past."}
    elsewhere = decisions(Subject.of(fitted, 0), replace(asked, episodes=()))
    assert elsewhere.unavailable == {"episodes": "There is no episode of the past of the market india."}


def _scenario():
    from factorcli.service.decisions import SCENARIO  # noqa: PLC0415

    return SCENARIO
