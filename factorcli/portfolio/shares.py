"""The record of a portfolio's holdings: their weights, and their parts of the betas, the risk and the losses."""

import numpy as np

from factorcli.engine import Array
from factorcli.engine.portfolio import HoldingRisk, holding_risk, shortfall_parts
from factorcli.portfolio.fitted import FittedPortfolios
from factorcli.results.portfolio import HoldingShare, PortfolioInfo

CASH_TOLERANCE = 1e-12  # a cash weight up to this is rounding error and reported as 0


def portfolio_info(together: FittedPortfolios, i: int, value: float | None, value_at_risk: float) -> PortfolioInfo:
    """The holdings of portfolio i, what it is worth, and its parts; value_at_risk: its historical one."""
    mix, genuine = together.mixes[i], together.stocks.window.genuine_returns
    risk, cash = _risk(together, i), float(1.0 - mix.weights.sum())
    losses = shortfall_parts(np.take(genuine, mix.places, axis=1), mix.weights, value_at_risk)
    return PortfolioInfo(
        file=together.positions[i].holdings.file,
        value=value,
        currency=None if value is None else together.stocks.model.market.currency,
        cash=cash if abs(cash) > CASH_TOLERANCE else 0.0,
        diversification_ratio=risk.diversification,
        holdings=_shares(together, i, risk, losses),
    )


def _risk(together: FittedPortfolios, i: int) -> HoldingRisk:
    """The parts of the volatility on the days, and with the weights, of the fit."""
    sample, mix = together.fitted.exposures.sample, together.mixes[i]
    days = np.isfinite(sample.returns[:, i])
    returns = np.take(together.stocks.window.excess_returns, mix.places, axis=1)
    if not days.all():
        returns = returns[days]
    return holding_risk(returns, mix.weights, None if sample.weights is None else sample.weights[days])


def _shares(together: FittedPortfolios, i: int, risk: HoldingRisk, losses: Array) -> tuple[HoldingShare, ...]:
    stocks, mix, positions = together.stocks, together.mixes[i], together.positions[i]
    codes, year, by_weight = stocks.model.codes, np.sqrt(stocks.year), positions.holdings.by_weight
    market, own = together.holding_betas[i]
    columns = zip(
        mix.places.tolist(),
        mix.weights.tolist(),
        market.tolist(),
        own.tolist(),
        (mix.weights[:, None] * own).tolist(),
        (risk.marginal * year).tolist(),
        (risk.component * year).tolist(),
        risk.shares.tolist(),
        (risk.incremental * year).tolist(),
        losses.tolist(),
        positions.amounts,
        strict=True,
    )
    found = []
    for place, weight, market_beta, betas, parts, marginal, component, share, incremental, loss, amount in columns:
        facts = together.facts(place)
        found.append(
            HoldingShare(
                ticker=facts.ticker,
                name=facts.name,
                sector=facts.sector,
                weight=weight,
                market_beta=market_beta,
                betas=dict(zip(codes, betas, strict=True)),
                beta_contributions=dict(zip(codes, parts, strict=True)),
                marginal_risk=marginal,
                component_risk=component,
                risk_contribution=share,
                incremental_risk=incremental,
                es_contribution=loss,
                window_return=facts.window_return,
                filled=facts.filled,
                quantity=None if by_weight else amount,
                price=None if by_weight else facts.last_close,
            )
        )
    return tuple(found)
