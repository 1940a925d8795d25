"""Attribution of returns and of tail risk: parts that add up to their total, in every basis."""

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from factorcli.engine.attribution import attribution
from factorcli.engine.basis import Basis
from factorcli.engine.estimators import Estimator
from factorcli.engine.exposures import estimate
from factorcli.engine.periods import Periods, compounded, periods, runs
from factorcli.engine.tail_risk import historical_risk, sample_variance, tail_risk
from tests.oracles import planted_market

pytestmark = pytest.mark.engine

reproducible = settings(deadline=None, derandomize=True, database=None, max_examples=40)
seeds = st.integers(0, 2**32 - 1)
TRADED_STYLES = np.array([False, True, True, True, False])
BASES = [Basis("raw"), Basis("spread", 0, TRADED_STYLES), Basis("residual", 0, TRADED_STYLES)]
ESTIMATORS = [Estimator(), Estimator("ewma", 30.0), Estimator("dimson")]


@dataclass(frozen=True)
class Lived:
    """Closes (T + 1, N), returns and rates, and what is left out; the last ticker has no price."""

    closes: np.ndarray
    rates: np.ndarray
    left_out: np.ndarray
    alone: np.ndarray  # of the returns that are left out, those for one ticker alone
    factors: np.ndarray

    @property
    def returns(self):
        """Gross returns, NaN where a close is missing."""
        return self.closes[1:] / self.closes[:-1] - 1.0

    @property
    def excess(self):
        """What a fit gets."""
        return np.where(self.left_out, np.nan, self.returns - self.rates[:, None])

    def fit(self, basis=BASES[0], estimator=ESTIMATORS[0]):
        """Exposures of the tickers."""
        return estimate(self.excess, self.factors, basis=basis, estimator=estimator)

    def parts(self, exposures):
        """Arithmetic and linked parts."""
        tiles = periods(self.closes, self.returns, self.rates)
        return attribution(exposures.sample, exposures.whole, tiles, self.alone & np.isfinite(self.returns))


def lived(seed, missing=0.05):
    """Three tickers over 120 days, some without closes or left out, and one without any; rates change daily."""
    draw = np.random.default_rng(seed)
    excess, factors = planted_market(seed, 120, 4)
    rates = draw.uniform(0.0001, 0.0004, 120)
    closes = 100.0 * np.cumprod(np.vstack([np.ones(4), 1.0 + excess + rates[:, None]]), axis=0)
    closes[1:-1][draw.random((119, 4)) < missing] = np.nan
    closes[:, 3] = np.nan
    left_out = draw.random(excess.shape) < 0.05
    return Lived(closes, rates, left_out, left_out & (draw.random(excess.shape) < 0.5), factors)


def periods_by_hand(market, ticker):
    """(position or None, return, benchmark, jump) of each period, by walking through the days in plain Python."""
    found, day, count = [], 0, len(market.rates)
    while day < count:
        end = day + 1
        if math.isnan(market.returns[day, ticker]):
            while end < count and math.isnan(market.returns[end, ticker]):
                end += 1
        benchmark = 1.0
        for rate in market.rates[day:end]:
            benchmark *= 1.0 + rate
        gain = market.closes[end, ticker] / market.closes[day, ticker] - 1.0
        single = not math.isnan(market.returns[day, ticker])
        jump = single and bool(market.alone[day, ticker])
        found.append((day if single else None, gain, benchmark - 1.0, jump))
        day = end
    return found


def carino_by_hand(spans):
    """Weights k_t/k of periods, as Carino (1999) defines them."""
    whole, benchmark = (math.prod(1.0 + span[place] for span in spans) - 1.0 for place in (1, 2))

    def k(r, b):
        return (math.log(1.0 + r) - math.log(1.0 + b)) / (r - b)

    return [k(r, b) / k(whole, benchmark) for _, r, b, _ in spans]


@reproducible
@given(seeds, st.sampled_from(BASES), st.sampled_from(ESTIMATORS))
def test_parts_of_the_return_sum_to_it(seed, basis, estimator):
    """All parts make the sum of the periods' excess returns; linked, last close over first less compounded R_f."""
    market = lived(seed)
    arithmetic, linked = market.parts(market.fit(basis, estimator))
    for parts in (arithmetic, linked):
        summed = parts.alpha + parts.factors.sum(axis=1) + parts.residual + parts.excluded + parts.jumps
        assert_allclose(summed[:3], parts.total[:3], rtol=0, atol=1e-12)
        for part in (parts.alpha, parts.factors, parts.residual, parts.excluded, parts.jumps, parts.total):
            assert np.isnan(part[3]).all()
    earned = market.closes[-1] / market.closes[0] - np.prod(1.0 + market.rates)
    assert_allclose(linked.total[:3], earned[:3], rtol=0, atol=1e-12)
    for ticker in range(3):
        sums = math.fsum(r - b for _, r, b, _ in periods_by_hand(market, ticker))
        assert arithmetic.total[ticker] == pytest.approx(sums, rel=0, abs=1e-12)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: estimator.name)
@pytest.mark.parametrize("basis", BASES, ids=lambda basis: basis.name)
def test_parts_are_those_of_the_definition(basis, estimator):
    """Each part of each period, linked by Carino's formula by hand: residuals, gaps, jumps and days left out too."""
    market = lived(1)
    exposures = market.fit(basis, estimator)
    sample = exposures.sample
    both = market.parts(exposures)
    for ticker in range(3):
        used = np.isfinite(sample.returns[:, ticker])
        weights = None if sample.weights is None else sample.weights[used]
        columns = np.full(sample.columns.shape, np.nan)
        columns[used] = sample.basis.of(sample.columns[used], weights)
        alpha, betas = exposures.whole.coefficients[ticker, 0], exposures.whole.coefficients[ticker, 1:]
        spans = periods_by_hand(market, ticker)
        for found, linking in zip(both, ([1.0] * len(spans), carino_by_hand(spans)), strict=True):
            sums = dict.fromkeys(("alpha", "residual", "excluded", "jumps"), 0.0)
            factors = np.zeros(len(betas))
            for (day, r, b, jump), weight in zip(spans, linking, strict=True):
                if day is None or not used[day]:
                    sums["jumps" if jump else "excluded"] += weight * (r - b)
                    continue
                sums["alpha"] += weight * alpha
                factors += weight * betas * columns[day]
                sums["residual"] += weight * (r - b - alpha - betas @ columns[day])
            for name, value in sums.items():
                assert getattr(found, name)[ticker] == pytest.approx(value, rel=0, abs=1e-12), name
            assert_allclose(found.factors[ticker], sample.of_model(factors), rtol=0, atol=1e-12)
        assert both[1].jumps[ticker] != 0
        assert both[1].excluded[ticker] != 0


def test_styles_add_nothing_arithmetically_in_the_residual_basis():
    """Styles without their market part have no mean, so α and the market's part are those of the one-factor model."""
    market = lived(2)
    exposures = market.fit(BASES[2])
    arithmetic, _ = market.parts(exposures)
    assert_allclose(arithmetic.factors[:3, 1:], 0.0, atol=1e-14)
    days = np.isfinite(market.excess).sum(axis=0)
    assert_allclose(arithmetic.alpha[:3], (days * exposures.market.coefficients[:, 0])[:3], atol=1e-12)


def flat(returns):
    """A market with these gross returns (60, N) and no interest."""
    _, factors = planted_market(3, 60, 1)
    closes = np.cumprod(np.vstack([np.ones(returns.shape[1]), 1.0 + returns]), axis=0)
    nothing = np.zeros(returns.shape, dtype=np.bool_)
    return Lived(closes, np.zeros(60), nothing, nothing, factors)


def test_days_without_a_return_and_windows_that_end_where_they_began():
    """Zero returns have linking coefficients of 1; so has a window whose compounded return is zero."""
    returns = np.zeros((60, 2))
    returns[[10, 11], 0] = 1.0, -0.5
    market = flat(returns)
    arithmetic, linked = market.parts(market.fit())
    assert_allclose(arithmetic.total, [0.5, 0.0])
    assert_allclose(linked.total, [0.0, 0.0], atol=1e-15)
    summed = linked.alpha + linked.factors.sum(axis=1) + linked.residual + linked.excluded + linked.jumps
    assert_allclose(summed, [0.0, 0.0], atol=1e-15)


def test_a_return_equal_to_the_rate_has_the_limit_of_carinos_coefficient():
    """k_t is 1/(1 + r) there; a window that earns the rate every day has parts of zero, not of NaN."""
    _, factors = planted_market(3, 60, 1)
    rates = np.full(60, 0.001)
    closes = 1.001 ** np.arange(61.0)[:, None]
    returns = np.repeat(rates[:, None], 1, axis=1)
    exposures = estimate(returns - rates[:, None], factors)
    nothing = np.zeros((60, 1), dtype=np.bool_)
    _, linked = attribution(exposures.sample, exposures.whole, periods(closes, returns, rates), nothing)
    assert (linked.alpha[0], linked.residual[0], linked.total[0]) == (0.0, 0.0, 0.0)


def test_a_total_loss_cannot_be_linked():
    """A return of −100 % has no logarithm: the linked parts are NaN, the arithmetic ones are there, no warning."""
    returns = planted_market(4, 60, 2)[0]
    returns[7, 0] = -1.0
    market = flat(returns)
    whole = replace_returns(market, returns)
    exposures = estimate(returns, market.factors)
    arithmetic, linked = attribution(exposures.sample, exposures.whole, whole, market.alone)
    assert np.isfinite(arithmetic.factors).all()
    assert_array_equal(np.isnan(linked.total), [True, False])
    assert_array_equal(np.isnan(linked.factors).any(axis=1), [True, False])


def replace_returns(market, returns):
    """Periods of these returns, whatever the closes are."""
    return Periods(returns, np.zeros(returns.shape), np.ones(returns.shape[1], dtype=np.bool_))


@pytest.mark.parametrize("row", [0, -1])
def test_without_the_first_or_the_last_close_nothing_is_linked(row):
    """Every linked part is NaN, zeros included; the arithmetic ones leave out what has no price."""
    market = lived(6)
    whole, _ = market.parts(market.fit())
    closes = market.closes.copy()
    closes[row, 1] = np.nan
    cut = replace(market, closes=closes)
    arithmetic, linked = cut.parts(cut.fit())
    for name in ("alpha", "residual", "excluded", "jumps", "total"):
        assert_array_equal(np.isnan(getattr(linked, name)), [False, True, False, True]), name
    assert np.isnan(linked.factors[1]).all()
    lost = (market.returns - market.rates[:, None])[row, 1]
    assert arithmetic.total[1] == pytest.approx(whole.total[1] - lost, rel=0, abs=1e-12)


def test_parts_do_not_depend_on_company():
    """A ticker's attribution is the same alone and among others, to the last bit."""
    market = lived(5)
    many = market.parts(market.fit())
    for ticker in range(3):
        arrays = {name: getattr(market, name)[:, [ticker]] for name in ("closes", "left_out", "alone")}
        alone = replace(market, **arrays)
        for one, whole in zip(alone.parts(alone.fit()), many, strict=True):
            assert np.array_equal(one.factors[0], whole.factors[ticker])
            for name in ("alpha", "residual", "excluded", "jumps", "total"):
                assert getattr(one, name)[0] == getattr(whole, name)[ticker], name


def test_runs_of_missing_returns_are_found():
    """At both ends, of one position, and next to each other's neighbours."""
    assert runs(np.array([True, False, True, True, False, False, True])) == [(0, 1), (2, 4), (6, 7)]
    assert runs(np.array([True, True])) == [(0, 2)]
    assert runs(np.array([False, False])) == []
    assert compounded(np.array([0.1, -0.5])) == pytest.approx(-0.45, rel=1e-15)


def test_tail_risk_is_that_of_a_normal_distribution():
    """VaR is the 5 % quantile and ES the mean beyond it, as integrated numerically."""
    var, es = tail_risk(np.array([0.0004]))
    normal = NormalDist(0.0, 0.02)
    assert_allclose(var, -normal.inv_cdf(0.05), rtol=1e-12)
    levels = (np.arange(200_000) + 0.5) / 200_000 * 0.05
    assert_allclose(es, -np.mean([normal.inv_cdf(p) for p in levels]), rtol=1e-5)
    assert_allclose(es / var, 2.0627128 / 1.6448536, rtol=1e-7)


@pytest.mark.parametrize("half_life", [None, 20.0])
def test_the_variance_behind_value_at_risk_is_that_of_the_fit_on_the_same_days(half_life):
    """To rounding, with weights and without, for a ticker that lacks days; 0 for a price that never moves."""
    market = lived(7)
    returns = market.excess
    estimator = Estimator("ewma", half_life) if half_life else Estimator()
    exposures = estimate(returns, market.factors, estimator=estimator)
    found = sample_variance(returns, exposures.sample.weights)
    assert_allclose(found[:3], exposures.fits.variance[:3], rtol=1e-12)
    assert np.isnan(found[3])
    if half_life is None:
        assert_allclose(found[:3], np.nanvar(returns[:, :3], axis=0, ddof=1), rtol=1e-12)
    assert sample_variance(np.full((5, 1), 0.1))[0] == 0
    assert np.isnan(sample_variance(np.array([[0.1], [np.nan]]))[0])


def test_historical_risk_by_hand():
    """Of 21 returns the quantile is the second; of 11 it lies halfway from the first to the second; NaN are none."""
    assert historical_risk(np.append(np.arange(-10.0, 11.0) / 100, np.nan)) == (
        pytest.approx(0.09), pytest.approx(0.095), 21, 2,
    )  # fmt: skip
    assert historical_risk(np.arange(5.0, -6.0, -1.0) / 100) == (pytest.approx(0.045), pytest.approx(0.05), 11, 1)
    assert historical_risk(np.array([0.01, 0.01, 0.02])) == (pytest.approx(-0.01), pytest.approx(-0.01), 3, 2)
