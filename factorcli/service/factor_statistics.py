"""The model as a result, and statistics of its factors over a window."""

from dataclasses import replace

from factorcli.markets.episodes import Episodes
from factorcli.markets.market import DEFAULT
from factorcli.model.factor_model import FactorModel
from factorcli.model.specification import Specification
from factorcli.ports import MarketWindow
from factorcli.results.model import FactorInfo, FactorPath, FactorStatistics, ModelResult, ModelStatistics
from factorcli.service.context import Context


def describe(model: FactorModel) -> ModelResult:
    """A model as a result."""
    return ModelResult(
        id=model.id,
        factors=tuple(
            FactorInfo(f.code, f.name, f.proxies, f.transform, f.excess, f.traded, f.dividend_yield)
            for f in model.factors
        ),
        risk_free=model.risk_free.rates[-1],
        risk_free_source=model.risk_free.source,
        trading_days=model.trading_days,
        max_daily_return=model.max_daily_return,
        large_move=model.large_move,
        max_gap_to_market=model.max_gap_to_market,
        exclude_dates=model.exclude_dates,
        total_return=model.total_return,
        market=None if model.market == DEFAULT else model.market.id,
        episodes=Episodes.load(model.market).known,
    )


def with_statistics(context: Context, spec: Specification) -> ModelResult:
    """The model as a result, with statistics of its factors over one window of the source."""
    from factorcli.engine.statistics import factor_statistics

    context.check_date(spec)
    model = context.model
    market = context.open_market()
    window = market.window([], spec.window, spec.as_of)
    kept = window.kept_sessions
    numbers = factor_statistics(window.factors[kept], model.trading_days)
    suspect = {code: tuple(window.dates[i] for i in days) for code, days in window.suspect_days.items()}
    codes = model.codes
    statistics = ModelStatistics(
        source=context.source,
        window=spec.window,
        start=window.dates[0],
        as_of=window.dates[-1],
        sessions=len(window.dates),
        observations=int(kept.sum()),
        condition_number=numbers.condition_number,
        factors={
            code: FactorStatistics(
                proxy=window.proxies[code],
                mean=float(numbers.means[k]),
                volatility=float(numbers.volatilities[k]),
                correlations={other: float(numbers.correlations[k, j]) for j, other in enumerate(codes)},
                vif=float(numbers.vif[k]),
                missing=window.missing_days[code],
                suspect=suspect[code],
            )
            for k, code in enumerate(codes)
        },
        health=market.health(spec.window, spec.as_of, fetch=True),
        warnings=window.warnings,
        path=_path(window, model),
    )
    return replace(describe(model), statistics=statistics)


def _path(window: MarketWindow, model: FactorModel) -> FactorPath:
    from factorcli.engine.statistics import cumulative_returns

    differences = [factor.transform == "diff" for factor in model.factors]
    paths = cumulative_returns(window.factors, window.kept_sessions, differences)
    return FactorPath(
        dates=tuple(window.dates),
        cumulative={code: tuple(paths[:, k].tolist()) for k, code in enumerate(model.codes)},
    )
