"""Each field of a result is the right element of the right array: fitted windows by hand, every number different."""

import math
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import t as student

from factorcli.analysis import diagnostics as of_residuals
from factorcli.analysis.beta import beta_result
from factorcli.analysis.decomposition import decomposition
from factorcli.analysis.exposure import exposure, exposure_with
from factorcli.analysis.false_discovery import q_values
from factorcli.analysis.fit import basis, covariance, estimator, fit
from factorcli.analysis.heat_columns import heat_columns
from factorcli.analysis.heatmap import heatmap_stocks, sectors, summarised
from factorcli.analysis.prior import UniversePrior, shrunk
from factorcli.analysis.provenance import cache_info, data_info, model_info
from factorcli.engine.diagnostics import ARCH_LAGS
from factorcli.engine.diagnostics import Diagnostics as EngineDiagnostics
from factorcli.engine.rolling import RollingFits
from factorcli.engine.rolling_errors import RollingErrors
from factorcli.errors import StaleSeries
from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.factor_model import Factor
from factorcli.model.risk_free import RiskFree
from factorcli.model.specification import Specification
from factorcli.portfolio.exposure import portfolio_exposure
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.positions import Positions
from factorcli.portfolio.window import Mix, PortfolioWindow
from factorcli.results.batch import Failure
from factorcli.results.beta import Alpha, Estimate, FactorBeta, JointTest, MarketModel
from factorcli.results.corrections import ActionDay
from factorcli.results.diagnostics import Diagnostics, InfluentialDay, Significance
from factorcli.results.exposure import Attribution, HistoricalRisk
from factorcli.results.heat_columns import columns_of
from factorcli.results.heatmap import HeatmapStock, HeatRow, SectorAggregate
from factorcli.results.intervals import Interval
from factorcli.results.provenance import CacheInfo, DataInfo, ExcludedDay, ModelInfo
from factorcli.results.universe import StockInfo
from factorcli.results.warnings import ResultWarning
from tests.windows import (
    DATES,
    MODEL,
    NAN,
    REPORT,
    TICKERS,
    UNIVERSE,
    HandWindow,
    MemorySource,
    closes,
    days,
    factor_prices,
    gated,
    grid,
    hand_fitted,
    line,
    wavy,
)

pytestmark = pytest.mark.engine

YEAR = 250  # sessions
SPEC = Specification(window=40)
GAP = np.zeros((6, 3))
GAP[[0, 5], 1] = NAN  # BBB.NS has the sessions 1 to 4: rates of 0.002 to 0.005, mean 0.0035


def test_the_head_of_a_beta_result_is_that_of_its_ticker() -> None:
    """Name and sector, dates, counts, and the annualised volatilities."""
    found = beta_result(hand_fitted(), 1, [ResultWarning("a", "b.")])
    assert (found.ticker, found.name, found.sector) == ("BBB.NS", "Beta Ltd.", "Banks")
    assert (found.window, found.start, found.as_of) == (40, date(2026, 3, 2), date(2026, 3, 9))
    assert (found.observations, found.degrees_of_freedom) == (35, 2001)
    assert (found.r_squared, found.adj_r_squared, found.condition_number) == (4001, 5001, 8001)
    assert found.volatility == pytest.approx(math.sqrt(6001 * YEAR), rel=1e-15)
    assert found.residual_volatility == pytest.approx(7001 * math.sqrt(YEAR), rel=1e-15)
    assert found.warnings == (ResultWarning("a", "b."),)
    assert found.style_test == JointTest(27001, 27101, 2, 27201, "hc3")
    for extra in ("rolling", "r_squared_interval", "dimson", "shrinkage", "diagnostics", "portfolio"):
        assert getattr(found, extra) is None, extra


def test_a_stock_is_named_by_its_present_name() -> None:
    """Asked for under an old name it keeps that as its ticker; outside the universe there is no name."""
    tickers = (ResolvedTicker("OLD", "OLD.NS", "OLD.NS", "BBB.NS"), ResolvedTicker("X", "X", "X"),
               ResolvedTicker("C", "CCC.NS", "CCC.NS"))  # fmt: skip
    fitted = hand_fitted(tickers=tickers)
    found = [beta_result(fitted, i, []) for i in range(3)]
    assert [(one.ticker, one.name, one.sector) for one in found] == [
        ("OLD.NS", "Beta Ltd.", "Banks"), ("X", None, None), ("CCC.NS", "Gamma Ltd.", "Cars"),
    ]  # fmt: skip


def test_alpha_is_the_intercept_and_net_alpha_adds_the_financing_of_traded_styles() -> None:
    """β_VAL · R_f is added, and not of the market, whose excess is net, nor of a level; R_f is of the own days."""
    found = beta_result(hand_fitted(HandWindow(excess_returns=GAP)), 1, []).alpha
    assert found == Alpha(110, YEAR * 110, found.annual_net, 210, 310, 410, 510, 610)
    assert found.annual_net == pytest.approx(YEAR * (110 + 0.0035 * 112), rel=1e-14)
    assert found.annual_net > found.annual
    residual = hand_fitted(HandWindow(excess_returns=GAP), spec=replace(SPEC, basis="residual"))
    assert beta_result(residual, 1, []).alpha.annual_net == YEAR * 110
    spread = hand_fitted(HandWindow(excess_returns=GAP), spec=replace(SPEC, basis="spread"))
    assert beta_result(spread, 1, []).alpha.annual_net == found.annual_net


def test_each_beta_has_the_tests_of_its_own_factor() -> None:
    """Estimate, error, t, p, interval, VIF and annualised volatility of each factor of ticker 1."""
    found = beta_result(hand_fitted(), 1, []).betas
    assert list(found) == ["MKT", "VAL", "VOL"]
    for c, code in enumerate(found, start=1):
        volatility = (809 + c) * math.sqrt(YEAR)
        assert found[code] == FactorBeta(
            110 + c, 210 + c, 310 + c, 410 + c, 510 + c, 610 + c, 709 + c, pytest.approx(volatility, rel=1e-15)
        ), code


def test_the_market_model_is_not_the_model() -> None:
    """Its beta, tests, α a year and R² are of the fit on the market alone; up, down and their difference in order."""
    up, down, difference = (
        Estimate(30110 + k, 30210 + k, 30310 + k, 30410 + k, 30510 + k, 30610 + k) for k in range(3)
    )
    assert beta_result(hand_fitted(), 1, []).market_model == MarketModel(
        10111, 10211, 10311, 10411, 10511, 10611, YEAR * 10110, 14001, up, down, difference
    )


def test_model_info_is_of_the_ticker() -> None:
    """Lags where the errors have them, the rate, proxies in use, and the estimator where it is not least squares."""
    proxies = {"MKT": "MKT1", "VAL": "VAL2", "VOL": "VOL1"}
    assert model_info(hand_fitted(), 1) == ModelInfo("hand", "raw", "hac", 3001, 0.05, proxies)
    for spec, said in (
        (replace(SPEC, covariance="hc1", basis="spread"), ("spread", "hc1", None, None, None)),
        (replace(SPEC, estimator="ewma"), ("raw", "hac", 3001, "ewma", 63.0)),
        (replace(SPEC, estimator="ewma", half_life=21.0), ("raw", "hac", 3001, "ewma", 21.0)),
        (replace(SPEC, estimator="dimson"), ("raw", "hac", 3001, "dimson", None)),
        (replace(SPEC, estimator="vasicek"), ("raw", "hac", 3001, "vasicek", None)),
    ):
        one = model_info(hand_fitted(spec=spec), 1)
        assert (one.basis, one.covariance, one.lags, one.estimator, one.half_life) == said
    dated = replace(MODEL, risk_free=RiskFree((0.03, 0.07), (date(2020, 1, 1), date(2026, 3, 5))))
    one = model_info(hand_fitted(HandWindow(excess_returns=GAP), model=dated), 1)
    assert one.risk_free == pytest.approx(0.0035 * YEAR, rel=1e-15)


def test_data_and_cache_info_are_of_the_ticker() -> None:
    """Source, last price, sessions, missing, what the gate left out; new, and stale of its own column."""
    report = replace(
        REPORT,
        last_price=date(2026, 3, 6),
        missing=17,
        excluded=((2, "suspect_jump", 0.51), (4, "suspect_proxy", 0.02)),
    )
    fitted = hand_fitted(HandWindow(reports=(REPORT, report, REPORT), stale_columns=(1,)))
    assert data_info(fitted, 1) == DataInfo("hand.csv", date(2026, 3, 6), 6, 17, (
        ExcludedDay(date(2026, 3, 4), "suspect_jump", 0.51), ExcludedDay(date(2026, 3, 6), "suspect_proxy", 0.02),
    ))  # fmt: skip
    assert cache_info(fitted, 1) == CacheInfo(None, "2026-03-10T04:05:06+00:00", stale=True)
    assert cache_info(fitted, 0).stale is False
    found = beta_result(fitted, 1, [])
    assert (found.model, found.data, found.cache) == (
        model_info(fitted, 1),
        data_info(fitted, 1),
        cache_info(fitted, 1),
    )


def codes(base: float) -> dict[str, float]:
    """Row 1 of a grid by factor code."""
    return {"MKT": base + 10, "VAL": base + 11, "VOL": base + 12}


def test_historical_risk_is_of_the_genuine_returns_of_the_ticker() -> None:
    """Of six returns the 5 % quantile lies a quarter of the way from the worst to the next; NaN are left out."""
    returns = np.column_stack([np.arange(6.0), [0.04, -0.08, NAN, 0.01, -0.02, 0.03], np.arange(6.0)])
    window = HandWindow(genuine_returns=np.vstack([returns, [[9.0, 0.02, 9.0]]]))
    found = exposure(hand_fitted(window), 1).historical
    assert found == HistoricalRisk(pytest.approx(0.08 - 0.25 * 0.06), pytest.approx(0.08), 6, 1)
    assert decomposition(exposure(hand_fitted(window), 1), "lmg").historical == found


def test_an_exposure_has_the_shares_tails_and_attribution_of_its_ticker() -> None:
    """VaR is not ES, arithmetic not linked, euler not lmg; without intervals there are none."""
    found = exposure(hand_fitted(), 1)
    assert found.shares == {"euler": codes(21000), "lmg": codes(22000)}
    assert (found.value_at_risk, found.expected_shortfall) == (23001, 24001)
    assert found.attribution == {
        "arithmetic": Attribution(25001, codes(25100), 25201, 25301, 25401, 25501),
        "linked": Attribution(26001, codes(26100), 26201, 26301, 26401, 26501),
    }
    assert found.intervals == {}
    assert found.computed_at == "2026-03-10T04:05:06+00:00"


@pytest.mark.parametrize("method", ["euler", "lmg"])
def test_intervals_are_of_the_ticker_under_the_method_asked_for(method: str) -> None:
    """Low and high of each factor, of R² and of the idiosyncratic share; R²'s are in the beta result too."""
    found = exposure_with(hand_fitted(spec=replace(SPEC, intervals=True, method=method)), 1, [])
    (name,) = found.intervals
    one = found.intervals[method]
    assert name == method
    assert one.contributions == {code: Interval(28010 + k, 29010 + k) for k, code in enumerate(("MKT", "VAL", "VOL"))}
    assert (one.r_squared, one.idiosyncratic) == (Interval(28013, 29013), Interval(28014, 29014))
    assert found.beta.r_squared_interval == Interval(28013, 29013)
    assert decomposition(found, method).intervals == one
    assert decomposition(found, {"euler": "lmg", "lmg": "euler"}[method]).intervals is None


def test_a_decomposition_multiplies_its_own_shares() -> None:
    """Shares of the method; points of volatility; the volatility of each factor alone; parts of VaR and of ES."""
    kept = exposure(hand_fitted(), 1)
    shares = {"euler": {"MKT": 0.5, "VAL": -0.125, "VOL": 0.25}, "lmg": {"MKT": 0.3, "VAL": 0.1, "VOL": 0.2}}
    betas = {code: replace(one, beta=value, factor_volatility=size) for (code, one), value, size in zip(
        kept.beta.betas.items(), (1.5, -0.5, 0.25), (0.16, 0.24, 0.8), strict=True)}  # fmt: skip
    beta = replace(kept.beta, volatility=0.32, betas=betas, r_squared=0.625, warnings=(ResultWarning("a", "b."),))
    kept = replace(kept, beta=beta, shares=shares, value_at_risk=0.032, expected_shortfall=0.048)
    found = decomposition(kept, "euler")
    for name in ("ticker", "name", "sector", "window", "as_of", "observations", "r_squared", "volatility", "model",
                 "data", "cache", "warnings", "portfolio"):  # fmt: skip
        assert getattr(found, name) == getattr(beta, name), name
    assert (found.method, found.systematic, found.idiosyncratic) == ("euler", 0.625, 0.375)
    assert found.contributions == shares["euler"]
    assert found.volatility_points == pytest.approx({"MKT": 0.16, "VAL": -0.04, "VOL": 0.08, "idiosyncratic": 0.12})
    size = math.sqrt(YEAR)
    assert found.standalone_volatility == pytest.approx(
        {"MKT": 111 * 810 * size, "VAL": 112 * 811 * size, "VOL": 113 * 812 * size}
    )
    assert found.value_at_risk.total == 0.032
    assert found.value_at_risk.contributions == pytest.approx(
        {"MKT": 0.016, "VAL": -0.004, "VOL": 0.008, "idiosyncratic": 0.012}
    )
    assert found.expected_shortfall.total == 0.048
    assert found.expected_shortfall.contributions == pytest.approx(
        {"MKT": 0.024, "VAL": -0.006, "VOL": 0.012, "idiosyncratic": 0.018}
    )
    assert found.attribution == kept.attribution
    other = decomposition(kept, "lmg")
    assert (other.method, other.systematic) == ("lmg", pytest.approx(0.6))
    assert other.contributions == shares["lmg"]


def test_a_return_is_linked_only_where_both_closes_are_there_and_none_was_corrected() -> None:
    """Each reason is of its own ticker, and every part of its linked attribution is NaN."""
    prices = np.ones((7, 3))
    prices[0, 0] = prices[-1, 1] = NAN
    actions = (ActionDay(DATES[1], "demerger", 0.9, -0.1, 0.0), ActionDay(DATES[2], "rights", NAN, -0.2, NAN, "why"))
    reports = (replace(REPORT, actions=actions[1:]), replace(REPORT, actions=actions), REPORT)
    fitted = hand_fitted(HandWindow(closes=prices, reports=reports))
    del fitted.__dict__["unlinked"], fitted.__dict__["attributions"]
    assert fitted.unlinked == [("first_close",), ("last_close", "corrected"), ()]
    linked = fitted.attributions["linked"]
    for name in ("alpha", "residual", "excluded", "jumps", "total"):
        assert np.isnan(getattr(linked, name)).tolist() == [True, True, False], name
    assert np.isnan(linked.factors).all(axis=1).tolist() == [True, True, False]
    assert np.isfinite(fitted.attributions["arithmetic"].total).all()
    lost = hand_fitted(HandWindow(gross_returns=np.array([[0.0, -1.0, -0.9]] * 6)))
    del lost.__dict__["unlinked"]
    assert lost.unlinked == [(), ("total_loss",), ()]


@pytest.mark.parametrize(
    ("unlinked", "said"),
    [
        (("first_close",), "the close before the first return, of 2026-03-02, is missing"),
        (("last_close",), "the close on 2026-03-09 is missing"),
        (("corrected",), "a return was corrected for a corporate action, so it is not that of the prices"),
        (("total_loss",), "a return is −100% or less"),
        (
            ("first_close", "last_close"),
            "the close before the first return, of 2026-03-02, is missing and the close on 2026-03-09 is missing",
        ),
    ],
)
def test_a_decomposition_says_why_its_return_is_not_linked(unlinked: tuple[str, ...], said: str) -> None:
    """As its last warning; the beta result of the same record does not."""
    kept = replace(exposure(hand_fitted(), 1), unlinked=unlinked)
    warning = ResultWarning("attribution", f"the return cannot be linked: {said}. The arithmetic parts hold.")
    assert decomposition(kept, "euler").warnings == (*kept.beta.warnings, warning)
    assert warning not in kept.beta.warnings
    linked = replace(kept, unlinked=())
    assert decomposition(linked, "euler").warnings == kept.beta.warnings


def test_columns_have_the_numbers_of_their_tickers() -> None:
    """Betas, their t and p, the market model's beta and error, the model's own α and R²; errors, and stale prices."""
    fitted = hand_fitted(HandWindow(final=True, stale_columns=(2,)))
    session = date(2026, 3, 12)
    columns = heat_columns(fitted, {2: StaleSeries("no price.")}, session)
    assert columns.row(1, "Banks") == HeatRow(
        "BBB.NS", "Banks", None, None, codes(101), codes(20300), codes(20400), 10111, 10211, 31001, YEAR * 110, 4001,
        35, model_info(fitted, 1), date(2026, 3, 9), "2026-03-10T04:05:06+00:00", session, True,
    )  # fmt: skip
    failed = columns.row(2, None)
    assert (failed.code, failed.message, failed.session) == ("stale_series", "no price.", date(2026, 3, 9))
    assert columns.failures == {"CCC.NS": Failure("CCC.NS", "stale_series", "no price.")}
    early = heat_columns(fitted, {}, date(2026, 3, 5))
    assert [early.origin_of(i).session for i in range(3)] == [date(2026, 3, 5)] * 3
    assert not any(origin.final for origin in heat_columns(hand_fitted(), {}, session).origins)


def test_columns_have_each_ticker_s_lags_and_rate() -> None:
    """As the record of one ticker: rates are the mean of its own days, and infinite numbers are unknown ones."""
    model = replace(hand_fitted().model, risk_free=RiskFree((0.01, 0.02), (date(2026, 1, 1), date(2026, 3, 4))))
    fitted = hand_fitted(HandWindow(excess_returns=GAP), model=model, fits={"lags": np.array([4, 4, 5])})
    fitted.__dict__["down_betas"] = np.array([np.inf, 1.0, -np.inf])
    columns = heat_columns(fitted, {}, date(2026, 3, 9))
    assert [columns.origin_of(i).model for i in range(3)] == [model_info(fitted, i) for i in range(3)]
    assert len(columns.origins) == 3
    assert np.isnan(columns.reals["down_beta"]).tolist() == [True, False, True]


def row(k: int, **changes: object) -> HeatRow:
    """A row of which every number is different."""
    model = model_info(hand_fitted(), 0)
    made = HeatRow(
        f"S{k}", "Banks", None, None, {"MKT": 1.0 + k, "VAL": 0.3 - k / 7}, {"MKT": 4.0 + k, "VAL": -1.5 + k / 3},
        {"MKT": 0.01 * k, "VAL": 0.2 / k}, 0.9 + k / 5, 0.1 + k / 50, 1.9 + k / 3, 0.02 * k, 0.4 + k / 100,
        200 + k, model, DATES[5], "t", DATES[5], False,
    )  # fmt: skip
    return replace(made, **changes)


def test_q_values_follow_benjamini_and_hochberg() -> None:
    """As R's p.adjust(p, "BH"): in the order given, monotone, never above 1; NaN is no test."""
    assert q_values([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.02, 0.04, 0.04, 0.02], rel=1e-15)
    assert q_values([0.8, 0.9]) == pytest.approx([0.9, 0.9], rel=1e-15)
    found = q_values([0.02, math.nan, 0.5])
    assert math.isnan(found[1])
    assert [found[0], found[2]] == pytest.approx([0.04, 0.5], rel=1e-15)
    assert q_values([]) == []
    assert q_values([1.0, 1.5]) == [1.0, 1.0]


def stocks(*sectors: str) -> list[StockInfo]:
    """S1, S2 and so on, of these sectors."""
    return [StockInfo(f"S{k}", f"{k} Ltd.", sector, f"I{k}") for k, sector in enumerate(sectors, 1)]


def test_q_values_are_of_one_factor_over_all_stocks() -> None:
    """Each factor is adjusted over the stocks of the common day, and not a stock over its factors."""
    rows = [row(9, as_of=DATES[4]), *map(row, (1, 2, 3)), row(8, code="stale_series", message="no price.")]
    found = summarised(columns_of(rows, ("MKT", "VAL")), stocks("a", "b", "c"))
    assert list(found.reals["q_values.MKT"]) == pytest.approx([NAN, 0.03, 0.03, 0.03, NAN], nan_ok=True)
    assert list(found.reals["q_values.VAL"]) == pytest.approx([NAN, 0.2, 0.15, 0.15, NAN], nan_ok=True)
    assert [one.count for one in found.sectors or ()] == [1, 1, 1]


def test_a_stock_of_a_heatmap_is_its_row_under_the_universe_s_name() -> None:
    """Every field from its own place."""
    one = row(4)
    columns = summarised(columns_of([row(1), one, row(2)], ("MKT", "VAL")), ())
    adjusted = {code: column[1] for code, column in columns.by_code("q_values").items()}
    (found,) = heatmap_stocks(columns, [(UNIVERSE.stocks[1], 1)])
    assert found == HeatmapStock(
        "BBB.NS", "Beta Ltd.", "Banks", one.betas, one.t_stats, adjusted, one.market_beta,
        one.down_beta, one.alpha_annual, one.r_squared, 204,
    )  # fmt: skip


def test_sectors_have_means_and_medians_of_their_stocks() -> None:
    """Mean and median differ; alphabetical, with those without a sector first."""
    numbers = [(1.0, 10.0, 0.1), (5.0, 6.0, 0.9), (2.0, 40.0, 0.2), (3.0, 4.0, 0.7), (6.0, 10.0, 0.6)]
    rows = [row(k, betas={"MKT": m, "VAL": v}, r_squared=r) for k, (m, v, r) in enumerate(numbers, 1)]
    universe = stocks("Cars", "Banks", "Cars", "", "Cars", "Absent")
    assert sectors(columns_of(rows, ("MKT", "VAL")), universe) == (
        SectorAggregate("", 1, {"MKT": 3, "VAL": 4}, {"MKT": 3, "VAL": 4}, 0.7),
        SectorAggregate("Banks", 1, {"MKT": 5, "VAL": 6}, {"MKT": 5, "VAL": 6}, 0.9),
        SectorAggregate("Cars", 3, {"MKT": 3, "VAL": 20}, {"MKT": 2, "VAL": 10}, pytest.approx(0.3)),
    )


def test_a_prior_is_the_cross_section_and_shrinks_each_beta_by_itself() -> None:
    """Mean, and variance (ddof 1) less the mean squared error, of each factor and the market model; no failures."""
    rows = [row(1), row(2), row(4), replace(row(9), code="stale_series")]
    codes = ("MKT", "VAL")
    prior = UniversePrior.of(columns_of(rows, codes))
    table = np.array([[one.betas["MKT"], one.betas["VAL"], one.market_beta] for one in rows[:3]])
    assert (prior.stocks, prior.names) == (3, ("MKT", "VAL", "market"))
    assert prior.prior.mean == pytest.approx(table.mean(axis=0))
    shrunk_columns = shrunk(columns_of(rows[:3], codes))
    found = [shrunk_columns.row(i, "Banks") for i in range(3)]
    errors = np.array([
        [one.betas["MKT"] / one.t_stats["MKT"], one.betas["VAL"] / one.t_stats["VAL"], one.market_std_error]
        for one in rows[:3]
    ])  # fmt: skip
    variance = np.maximum(table.var(axis=0, ddof=1) - (errors**2).mean(axis=0), 0)
    assert prior.prior.variance == pytest.approx(variance)
    assert prior.without_dispersion == ("VAL",)
    weight = variance / (variance + errors**2)
    expected = weight * table + (1 - weight) * table.mean(axis=0)
    for one, before, values in zip(found, rows, expected, strict=False):
        assert list(one.betas.values()) == pytest.approx(values[:2])
        assert one.market_beta == pytest.approx(values[2])
        assert one.model == replace(before.model, estimator="vasicek")
        assert all(map(math.isnan, [*one.t_stats.values(), *one.p_values.values()]))
        kept = {name: getattr(before, name) for name in ("betas", "t_stats", "p_values", "market_beta", "model")}
        assert replace(one, **kept) == before
    exact = [row(1, t_stats={"MKT": NAN, "VAL": 0.0}), *rows[1:3]]
    assert shrunk(columns_of(exact, codes)).row(0, None).betas == pytest.approx(exact[0].betas)


def hand_prior() -> UniversePrior:
    """Of three stocks, on the model's three factors."""
    t_stats = {"MKT": 111.0, "VAL": 123.0, "VOL": 13.0}
    rows = [
        row(
            k,
            betas={"MKT": 100.0 + k * k, "VAL": 90 - 3 * k, "VOL": 7.0 * k},
            t_stats=t_stats,
            p_values=t_stats,
            market_beta=8000.0 + 11 * k,
        )
        for k in (1, 2, 4)
    ]
    return UniversePrior.of(columns_of(rows, ("MKT", "VAL", "VOL")))


def test_with_a_prior_the_betas_are_shrunk_and_alpha_is_not() -> None:
    """Betas, errors and the market model's are the posterior's, without tests; shrinkage tells what was before."""
    prior = hand_prior()
    fitted = replace(hand_fitted(), prior=prior)
    kept = hand_fitted()
    fitted.__dict__.update(
        {name: value for name, value in kept.__dict__.items() if name in ("style_tests", "asymmetry")}
    )
    own = np.array([111.0, 112, 113, 10111])
    errors = np.array([211.0, 212, 213, 10211])
    mean, variance = prior.prior.mean, prior.prior.variance
    weight = variance / (variance + errors**2)
    found = beta_result(fitted, 1, [])
    posterior, sure = weight * own + (1 - weight) * mean, np.sqrt(weight) * errors
    for k, one in enumerate(found.betas.values()):
        assert (one.beta, one.std_error, one.vif) == (pytest.approx(posterior[k]), pytest.approx(sure[k]), 710 + k)
        assert math.isnan(one.t_stat)
        assert math.isnan(one.p_value)
        half = student.ppf(0.975, fitted.fits.test_degrees[1]) * sure[k]
        assert (one.ci_low, one.ci_high) == pytest.approx((posterior[k] - half, posterior[k] + half))
    assert (found.market_model.beta, found.market_model.std_error) == (
        pytest.approx(posterior[3]), pytest.approx(sure[3]))  # fmt: skip
    assert math.isnan(found.market_model.t_stat)
    assert math.isnan(found.market_model.p_value)
    assert found.market_model.down == beta_result(kept, 1, []).market_model.down
    assert (found.market_model.alpha_annual, found.alpha.daily, found.alpha.std_error) == (YEAR * 10110, 110, 210)
    assert found.alpha.t_stat == pytest.approx(110 / 210)
    said = found.shrinkage
    names = ["MKT", "VAL", "VOL", "market"]
    assert said.stocks == 3
    assert said.mean == pytest.approx(dict(zip(names, mean, strict=True)))
    assert said.std_dev == pytest.approx(dict(zip(names, np.sqrt(variance), strict=True)))
    assert said.least_squares == dict(zip(names, own, strict=True))
    assert said.own_weight == pytest.approx(dict(zip(names, weight, strict=True)))


def test_a_rolling_path_has_the_dates_and_the_column_of_its_ticker() -> None:
    """α, betas, R², annualised residual volatility and bounds, for each date of the path."""
    sessions = HandWindow(dates=tuple(date.fromordinal(700000 + k) for k in range(41)))
    fitted = replace(hand_fitted(), all_sessions=sessions)
    cube = np.arange(2 * 3 * 4, dtype=np.float64).reshape(2, 3, 4)  # 12 · date + 4 · ticker + column
    path = RollingFits(cube[:, :, 0] + 100, cube[:, :, 1:] + 200, cube[:, :, 0] + 300, np.zeros((2, 3), dtype=bool))
    fitted.__dict__["path"] = RollingErrors(path, np.zeros((2, 3)), cube[:, :, 0] + 400, cube)
    fitted.__dict__["path_intervals"] = (cube + 500, cube + 600)
    fitted.__dict__.update(style_tests=hand_fitted().style_tests, asymmetry=hand_fitted().asymmetry)
    found = beta_result(fitted, 1, []).rolling
    assert found.dates == (date.fromordinal(700039), date.fromordinal(700040))
    assert (found.alpha, found.r_squared) == ((104, 116), (304, 316))
    assert found.betas == {"MKT": (205, 217), "VAL": (206, 218), "VOL": (207, 219)}
    assert found.residual_volatility == pytest.approx((404 * YEAR**0.5, 416 * YEAR**0.5))
    assert (found.alpha_low, found.alpha_high) == ((504, 516), (604, 616))
    assert found.betas_low == {"MKT": (505, 517), "VAL": (506, 518), "VOL": (507, 519)}
    assert found.betas_high == {"MKT": (605, 617), "VAL": (606, 618), "VOL": (607, 619)}


# Small windows that are really fitted.

T, W = 61, 40
NAMES = ("AAA.NS", "BBB.NS", "CCC.NS")


def real(spec: Specification = SPEC, model=MODEL, *, gap: bool = True, whole: bool = False):
    """Three tickers of different prices; BBB.NS lacks two days."""
    prices = {**factor_prices(T), "BBB.NS": closes(wavy(T - 1, 0.02, 1.3)), "CCC.NS": closes(wavy(T - 1, 0.03, 2.1, 1))}
    if gap:
        prices["BBB.NS"][35] = NAN
    market = gated(MemorySource(days(T), prices), model)
    tickers = [ResolvedTicker(name, name, name) for name in NAMES]
    everything = market.window(NAMES, spec.window, None, whole=True) if whole else None
    origin = hand_fitted().origin
    return fit(tickers, spec, model, origin, market.window(NAMES, spec.window, None), everything)


def test_a_real_fit_is_least_squares_on_the_ticker_s_own_days() -> None:
    """α, betas, R² and both models' numbers by numpy; so are the days that a ticker has."""
    fitted = real()
    used = fitted.used(1)
    assert (used.sum(), len(used), fitted.required) == (38, 40, 32)
    y, x = fitted.window.excess_returns[used, 1], fitted.window.factors[used]
    for columns, found in ((x, fitted.exposures.fits), (x[:, :1], fitted.exposures.market)):
        design = np.column_stack([np.ones(38), columns])
        solved = np.linalg.lstsq(design, y, rcond=None)[0]
        assert found.coefficients[1] == pytest.approx(solved, rel=1e-9)
        assert found.r_squared[1] == pytest.approx(1 - ((y - design @ solved) ** 2).sum() / ((y - y.mean()) ** 2).sum())
    kept = exposure(fitted, 1)
    assert sum(kept.shares["euler"].values()) == pytest.approx(kept.beta.r_squared)
    assert sum(kept.shares["lmg"].values()) == pytest.approx(kept.beta.r_squared)
    assert kept.value_at_risk == pytest.approx(1.6448536269514722 * y.std(ddof=1))
    assert kept.expected_shortfall == pytest.approx(2.062713 * y.std(ddof=1), rel=1e-6)
    arithmetic, linked = kept.attribution["arithmetic"], kept.attribution["linked"]
    prices, rates = fitted.window.closes[:, 1], fitted.window.risk_free
    bridged = prices[16] / prices[14] - (1 + rates[14]) * (1 + rates[15])  # over the day without a price
    assert np.isnan(prices[15])
    assert arithmetic.excluded == pytest.approx(bridged)
    assert arithmetic.total == pytest.approx(y.sum() + bridged)
    assert linked.total == pytest.approx(prices[-1] / prices[0] - np.prod(1 + rates))
    assert (arithmetic.jumps, linked.jumps, kept.unlinked) == (0, 0, ())
    assert arithmetic.alpha == pytest.approx(38 * kept.beta.alpha.daily)
    for parts in (arithmetic, linked):
        whole = parts.alpha + sum(parts.factors.values()) + parts.residual + parts.excluded + parts.jumps
        assert whole == pytest.approx(parts.total)


def test_t_and_p_of_the_betas_need_no_scipy_and_agree_with_it() -> None:
    """As the results have them; NaN where an error is 0."""
    fitted = real()
    t_stats, p_values = fitted.beta_tests
    assert t_stats == pytest.approx(fitted.exposures.inference.t_stats[:, 1:], rel=1e-12)
    assert p_values == pytest.approx(fitted.exposures.inference.p_values[:, 1:], rel=1e-9)
    fits = replace(fitted.exposures.fits, std_errors=np.zeros((3, 4)))
    none = hand_fitted(fits={"std_errors": fits.std_errors, "degrees_of_freedom": np.array([30, 31, 32])})
    del none.__dict__["beta_tests"]
    assert np.isnan(none.beta_tests[0]).all()
    assert np.isnan(none.beta_tests[1]).all()


def test_the_specification_reaches_the_engine() -> None:
    """Basis with the traded styles, covariance, estimator with its half-life, and vasicek as least squares."""
    one = basis(replace(SPEC, basis="spread"), MODEL)
    assert (one.name, one.market, np.asarray(one.traded_styles).tolist()) == ("spread", 0, [False, True, False])
    assert covariance(replace(SPEC, covariance="hc1")) == "hc1"
    for spec, name, half_life in (
        (SPEC, "ols", 63.0),
        (replace(SPEC, estimator="ewma", half_life=20.0), "ewma", 20.0),
        (replace(SPEC, estimator="ewma"), "ewma", 63.0),
        (replace(SPEC, estimator="dimson"), "dimson", 63.0),
        (replace(SPEC, estimator="vasicek"), "ols", 63.0),
    ):
        found = estimator(spec)
        assert (found.name, found.half_life) == (name, half_life)
    spread = real(replace(SPEC, basis="spread", covariance="nonrobust"))
    x, y = spread.window.factors.copy(), spread.window.excess_returns[:, 0]
    x[:, 1] -= x[:, 0]
    design = np.column_stack([np.ones(40), x])
    solved = np.linalg.lstsq(design, y, rcond=None)[0]
    assert spread.fits.coefficients[0] == pytest.approx(solved, rel=1e-9)
    errors = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * ((y - design @ solved) ** 2).sum() / 36)
    assert spread.fits.std_errors[0] == pytest.approx(errors, rel=1e-9)


def test_lmg_shares_are_left_out_beyond_twelve_factors() -> None:
    """Twelve factors have them, thirteen do not."""
    for count, methods in ((12, ["euler", "lmg"]), (13, ["euler"])):
        fitted = hand_fitted(
            model=replace(MODEL, factors=tuple(Factor(f"F{k}", "f", (f"P{k}",)) for k in range(count)))
        )
        del fitted.__dict__["shares"]
        object.__setattr__(fitted, "exposures", _Shares())
        assert list(fitted.shares) == methods
        assert fitted.shares["euler"] == "shares by euler"


class _Shares:
    """Exposures that say which method they are asked for."""

    def shares(self, method: str) -> str:
        """The method."""
        return f"shares by {method}"


def test_dimson_s_three_betas_sum_to_the_market_s() -> None:
    """Before, day and after, of the ticker."""
    fitted = real(replace(SPEC, estimator="dimson"), gap=False)
    found = beta_result(fitted, 2, [])
    assert list(found.dimson) == ["before", "day", "after"]
    assert list(found.dimson.values()) == fitted.exposures.dimson_betas[2].tolist()
    assert sum(found.dimson.values()) == pytest.approx(found.betas["MKT"].beta)
    assert len(set(found.dimson.values())) == 3


def test_a_real_rolling_path_ends_with_the_fit_of_the_window() -> None:
    """Its last window is the fitted one, intervals too; a market shorter than the window has an empty path."""
    fitted = real(gap=False, whole=True)
    found = beta_result(fitted, 0, [])
    path = found.rolling
    assert (len(path.dates), path.dates[-1], path.dates[0]) == (21, date(2026, 11, 20), date(2026, 10, 31))
    assert path.alpha[-1] == pytest.approx(found.alpha.daily, rel=1e-6)
    assert path.r_squared[-1] == pytest.approx(found.r_squared, rel=1e-6)
    assert path.residual_volatility[-1] == pytest.approx(found.residual_volatility, rel=1e-6)
    assert (path.alpha_low[-1], path.alpha_high[-1]) == (
        pytest.approx(found.alpha.ci_low, rel=1e-6), pytest.approx(found.alpha.ci_high, rel=1e-6))  # fmt: skip
    for code, one in found.betas.items():
        assert path.betas[code][-1] == pytest.approx(one.beta, rel=1e-6)
        assert path.betas_low[code][-1] == pytest.approx(one.ci_low, rel=1e-6)
        assert path.betas_high[code][-1] == pytest.approx(one.ci_high, rel=1e-6)
    exactly = replace(fitted, all_sessions=fitted.window)
    assert len(beta_result(exactly, 0, []).rolling.dates) == 1
    short = replace(fitted, spec=replace(SPEC, window=41), all_sessions=fitted.window)
    empty = beta_result(short, 0, []).rolling
    for one in fields(empty):
        value = getattr(empty, one.name)
        assert value in ((), {"MKT": (), "VAL": (), "VOL": ()}), one.name
    assert list(empty.betas) == ["MKT", "VAL", "VOL"]
    assert beta_result(real(), 0, []).rolling is None
    assert real().path is None


def test_style_tests_and_intervals_of_a_real_fit_are_of_its_shares() -> None:
    """Two styles are tested; bounds hold the shares, R² and the idiosyncratic share, in this order."""
    fitted = real(replace(SPEC, intervals=True), gap=False)
    found = exposure(fitted, 0)
    assert (found.beta.style_test.numerator, found.beta.style_test.denominator) == (2, 36)
    one = found.intervals["euler"]
    for code, share in found.shares["euler"].items():
        assert one.contributions[code].low < share < one.contributions[code].high
    r_squared = found.beta.r_squared
    assert one.r_squared.low < r_squared < one.r_squared.high
    assert one.idiosyncratic.low == pytest.approx(1 - one.r_squared.high)
    assert one.idiosyncratic.high == pytest.approx(1 - one.r_squared.low)


def test_r_squared_without_a_large_move_is_of_its_ticker_and_day() -> None:
    """One more fit, without that day."""
    fitted = real(gap=False)
    report = replace(fitted.reports[1], large_moves=(7, 20))
    fitted.__dict__["reports"] = [fitted.reports[0], report, fitted.reports[2]]
    assert list(fitted.unusual_days) == [(1, 7), (1, 20)]
    for day in (7, 20):
        kept = np.arange(40) != day
        y = fitted.window.excess_returns[kept, 1]
        x = np.column_stack([np.ones(39), fitted.window.factors[kept]])
        residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
        expected = 1 - residual @ residual / ((y - y.mean()) ** 2).sum()
        assert fitted.unusual_days[1, day].r_squared == pytest.approx(expected)


def test_diagnostics_are_of_the_ticker_each_under_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every number of the engine's record in its place, days as dates; only where they are asked for."""
    asked = []

    def by_hand(*given: object) -> EngineDiagnostics:
        asked.append(given)
        return EngineDiagnostics(1.9, 11.0, 0.21, 12.0, 0.22, -0.3, 3.7, 13.0, 0.23, ((4, 0.9), (1, 0.6)), 0.07)

    monkeypatch.setattr(of_residuals, "diagnose", by_hand)
    fitted = hand_fitted(spec=replace(SPEC, diagnostics=True))
    found = beta_result(fitted, 1, []).diagnostics
    assert found == Diagnostics(
        durbin_watson=1.9,
        breusch_pagan=Significance(11.0, 0.21),
        jarque_bera=Significance(12.0, 0.22),
        skewness=-0.3,
        kurtosis=3.7,
        arch_lm=Significance(13.0, 0.23),
        arch_lags=ARCH_LAGS,
        influential_days=(InfluentialDay(date(2026, 3, 6), 0.9), InfluentialDay(date(2026, 3, 3), 0.6)),
        zero_return_share=0.07,
    )
    ((sample, ticker, rates),) = asked
    assert ticker == 1
    assert sample is fitted.exposures.sample
    assert rates is fitted.window.risk_free
    assert beta_result(hand_fitted(), 1, []).diagnostics is None


# A portfolio.


def portfolio(folder: Path, text: str, **more: object):
    """Positions, their fitted stocks and their exposure."""
    path = folder / "mine.csv"
    path.write_text(text)
    positions = Positions.of(Holdings.load(path), lambda name: ResolvedTicker(name, name, name))
    stocks = real(**more)
    assert tuple(one.ticker for one in positions.tickers) == NAMES
    return stocks, portfolio_exposure(positions, stocks)


def test_a_portfolio_is_the_weighted_sum_and_each_holding_has_its_own_part(tmp_path: Path) -> None:
    """Betas, contributions, risk and cash of each stock on the common days; names; no quantities among weights."""
    stocks, found = portfolio(tmp_path, "ticker,weight\nAAA.NS,0.5\nBBB.NS,0.4\nCCC.NS,-0.2\n")
    w = np.array([0.5, 0.4, -0.2])
    returns = stocks.window.excess_returns
    both = np.isfinite(returns).all(axis=1)
    y, x = returns[both] @ w, np.column_stack([np.ones(38), stocks.window.factors[both]])
    solved = np.linalg.lstsq(x, y, rcond=None)[0]
    each = np.linalg.lstsq(x, returns[both], rcond=None)[0]
    alone = np.linalg.lstsq(x[:, :2], returns[both], rcond=None)[0]
    beta, info = found.beta, found.beta.portfolio
    assert (beta.ticker, beta.name, beta.observations, info.file) == ("PORTFOLIO", "mine.csv", 38, "mine.csv")
    assert [one.beta for one in beta.betas.values()] == pytest.approx(solved[1:], rel=1e-8)
    assert info.cash == pytest.approx(0.3)
    covariance = np.cov(np.column_stack([y, returns[both]]).T)[0]
    alone_risk = np.std(returns[both], axis=0, ddof=1)
    assert info.diversification_ratio == pytest.approx(np.abs(w) @ alone_risk / np.sqrt(covariance[0]))
    assert (info.value, info.currency) == (None, None)
    for k, one in enumerate(info.holdings):
        assert (one.ticker, one.weight, one.quantity, one.price) == (NAMES[k], w[k], None, None)
        assert (one.name, one.sector) == (UNIVERSE.stocks[k].name, UNIVERSE.stocks[k].sector)
        assert one.market_beta == pytest.approx(alone[1, k], rel=1e-8)
        assert list(one.betas.values()) == pytest.approx(each[1:, k], rel=1e-7)
        assert one.window_return == pytest.approx(stocks.window.closes[-1, k] / stocks.window.closes[0, k] - 1)
        assert list(one.beta_contributions.values()) == pytest.approx(w[k] * each[1:, k], rel=1e-7)
        assert one.risk_contribution == pytest.approx(w[k] * covariance[k + 1] / covariance[0])
        marginal = covariance[k + 1] / np.sqrt(covariance[0]) * np.sqrt(stocks.year)
        assert (one.marginal_risk, one.component_risk) == pytest.approx((marginal, w[k] * marginal))
        without = np.std(y - w[k] * returns[both][:, k], ddof=1) * np.sqrt(stocks.year)
        assert one.incremental_risk == pytest.approx(beta.volatility - without)
        genuine = stocks.window.genuine_returns
        whole = genuine @ w
        worst = whole <= np.quantile(whole[np.isfinite(whole)], 0.05)
        assert one.es_contribution == pytest.approx(-w[k] * genuine[worst, k].mean())
        assert one.filled == 0
        assert list(one.betas) == list(one.beta_contributions) == ["MKT", "VAL", "VOL"]


def test_a_portfolio_of_quantities_has_amounts_and_last_prices(tmp_path: Path) -> None:
    """Weights from the last closes and the cash; weights that sum to 1 leave no cash at all."""
    stocks, found = portfolio(tmp_path, "ticker,qty\nAAA.NS,10\nBBB.NS,3\nCCC.NS,-2\nCASH,77\n", gap=False, whole=True)
    prices = [stocks.reports[k].last_close for k in range(3)]
    values = np.array([10, 3, -2]) * prices
    total = values.sum() + 77
    info = found.beta.portfolio
    assert [(one.quantity, one.price) for one in info.holdings] == list(zip((10, 3, -2), prices, strict=True))
    assert [one.weight for one in info.holdings] == pytest.approx(values / total)
    assert info.cash == pytest.approx(77 / total)
    assert (info.value, info.currency) == (pytest.approx(total), stocks.model.market.currency)
    assert found.beta.rolling.r_squared[-1] == pytest.approx(found.beta.r_squared, rel=1e-6)
    assert portfolio(tmp_path, "ticker,weight\nAAA.NS,0.1\nBBB.NS,0.2\nCCC.NS,0.7\n")[1].beta.portfolio.cash == 0.0


def test_a_portfolio_is_fitted_by_the_estimator_asked_for(tmp_path: Path) -> None:
    """Exponential weights reach the portfolio and its holdings: by numpy with half-lives of 20 sessions."""
    text = "ticker,weight\nAAA.NS,0.5\nBBB.NS,0.4\nCCC.NS,0.1\n"
    stocks, found = portfolio(tmp_path, text, spec=replace(SPEC, estimator="ewma", half_life=20.0), gap=False)
    root = np.sqrt(0.5 ** (np.arange(39, -1, -1) / 20))
    x = np.column_stack([np.ones(40), stocks.window.factors]) * root[:, None]
    y = stocks.window.excess_returns @ np.array([0.5, 0.4, 0.1]) * root
    solved = np.linalg.lstsq(x, y, rcond=None)[0]
    assert [one.beta for one in found.beta.betas.values()] == pytest.approx(solved[1:], rel=1e-8)


def test_the_report_of_a_portfolio_is_that_of_all_stocks() -> None:
    """The latest first price, the earliest last one, days lost to any stock, and excluded returns as its own."""
    returns = grid(0.01, 2, 6) / 10
    returns[[1, 2, 4], [0, 1, 0]] = NAN
    reports = (
        replace(REPORT, first_price=date(2020, 5, 5), last_price=date(2026, 3, 6), sessions_since_last_price=1,
                excluded=((1, "suspect_jump", 0.5),), large_moves=(0, 2), missing=1),
        replace(REPORT, first_price=date(2021, 6, 6), last_price=date(2026, 3, 5), sessions_since_last_price=2,
                excluded=((1, "filler_bar", 0.25),), large_moves=(5, 3), missing=1, stale="old."),
    )  # fmt: skip
    weights = np.array([0.75, -0.5])
    stocks = HandWindow(excess_returns=returns, reports=reports, stale_columns=(1,), final=True,
                        warnings=(ResultWarning("a", "b."),), missing_days={"MKT": 3}, suspect_days={"VAL": (2,)},
                        kept_sessions=np.array([True] * 5 + [False]))  # fmt: skip
    window = PortfolioWindow(stocks, (Mix(np.arange(2), weights),))
    one = window.report(0)
    assert (one.first_price, one.last_price, one.sessions_since_last_price) == (date(2021, 6, 6), date(2026, 3, 5), 2)
    assert (one.missing, one.large_moves, one.stale, one.failure) == (2, (0, 3, 5), "old.", None)
    ((day, reason, size),) = one.excluded
    expected = 0.75 * (0.5 - 0.002) - 0.5 * (0.25 - 0.002) + 0.002
    assert (day, reason, size) == (1, "suspect_jump", pytest.approx(expected))
    assert np.allclose(window.excess_returns[:, 0], returns @ weights, equal_nan=True)
    for name in (
        "dates",
        "proxies",
        "final",
        "frequency",
        "periods_a_year",
        "warnings",
        "missing_days",
        "suspect_days",
    ):
        assert getattr(window, name) == getattr(stocks, name), name
    for name in ("factors", "risk_free", "kept_sessions"):
        assert np.array_equal(getattr(window, name), getattr(stocks, name)), name
    assert window.stale(0) is True
    assert PortfolioWindow(replace(stocks, stale_columns=(2,)), window.mixes).stale(0) is False


def test_the_hand_made_arrays_have_no_number_twice() -> None:
    """What the tests here rest on."""
    fitted = hand_fitted()
    arrays = [getattr(fits, one.name) for fits in (fitted.exposures.whole, fitted.exposures.market) for one in
              fields(fits) if one.name != "observations"]  # fmt: skip
    arrays += [getattr(fitted.exposures.inference, name) for name in ("t_stats", "p_values", "ci_low", "ci_high")]
    numbers = np.concatenate([np.ravel(array) for array in arrays])
    assert len(set(numbers.tolist())) == len(numbers)
    assert line(1).tolist() == [1, 2, 3]
    assert list(TICKERS) == [one.ticker for one in fitted.tickers]
