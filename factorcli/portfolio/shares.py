"""The record of a portfolio's holdings: their weights, and their parts of the betas, the risk and the losses."""

from typing import TYPE_CHECKING

import numpy as np

from factorcli.engine import Array
from factorcli.engine.portfolio import HoldingRisk, holding_risk, shortfall_parts
from factorcli.results.portfolio import HoldingShare, PortfolioInfo

if TYPE_CHECKING:
    from factorcli.portfolio.exposure import FittedPortfolio

CASH_TOLERANCE = 1e-12  # a cash weight up to this is rounding error and reported as 0


def portfolio_info(held: "FittedPortfolio", value_at_risk: float) -> PortfolioInfo:
    """The holdings of a fitted portfolio with this historical value at risk."""
    risk, value, cash = _risk(held), held.value, float(1.0 - held.weights.sum())
    losses = shortfall_parts(_of_stocks(held, held.together.stocks.window.genuine_returns), held.weights, value_at_risk)
    return PortfolioInfo(
        file=held.positions.holdings.file,
        value=value,
        currency=None if value is None else held.together.stocks.model.market.currency,
        cash=cash if abs(cash) > CASH_TOLERANCE else 0.0,
        diversification_ratio=risk.diversification,
        holdings=_shares(held, risk, losses),
    )


def _of_stocks(held: "FittedPortfolio", values: Array) -> Array:
    return np.take(values, held.places, axis=1)


def _risk(held: "FittedPortfolio") -> HoldingRisk:
    """The parts of the volatility on the days, and with the weights, of the fit."""
    sample = held.together.fitted.exposures.sample
    days = np.isfinite(sample.returns[:, held.column])
    returns = _of_stocks(held, held.together.stocks.window.excess_returns)[days]
    return holding_risk(returns, held.weights, None if sample.weights is None else sample.weights[days])


def _shares(held: "FittedPortfolio", risk: HoldingRisk, losses: Array) -> tuple[HoldingShare, ...]:
    stocks, by_weight = held.together.stocks, held.positions.holdings.by_weight
    codes, year = stocks.model.codes, np.sqrt(stocks.year)
    market, own = held.holding_betas
    contributions = (held.weights[:, None] * own).tolist()
    columns = zip(
        held.places,
        held.weights.tolist(),
        market.tolist(),
        own.tolist(),
        contributions,
        (risk.marginal * year).tolist(),
        (risk.component * year).tolist(),
        risk.shares.tolist(),
        (risk.incremental * year).tolist(),
        losses.tolist(),
        strict=True,
    )
    found = []
    for k, (place, weight, market_beta, betas, parts, marginal, component, share, incremental, loss) in enumerate(
        columns
    ):
        ticker, report = held.tickers[k], held.reports[k]
        stock = stocks.origin.stock(ticker)
        found.append(
            HoldingShare(
                ticker=ticker,
                name=stock.name if stock else None,
                sector=stock.sector if stock else None,
                weight=weight,
                market_beta=market_beta,
                betas=dict(zip(codes, betas, strict=True)),
                beta_contributions=dict(zip(codes, parts, strict=True)),
                marginal_risk=marginal,
                component_risk=component,
                risk_contribution=share,
                incremental_risk=incremental,
                es_contribution=loss,
                window_return=float("nan") if report.filled else float(stocks.price_returns[place]),
                filled=report.filled,
                quantity=None if by_weight else held.positions.amounts[k],
                price=None if by_weight else report.last_close,
            )
        )
    return tuple(found)
