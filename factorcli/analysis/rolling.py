"""The rolling path of one ticker."""

from factorcli.analysis.fit import FittedWindow
from factorcli.engine import Array
from factorcli.ports import MarketWindow
from factorcli.results.rolling import RollingPath


def rolling_path(fitted: FittedWindow, all_sessions: MarketWindow, i: int) -> RollingPath:
    """Estimates of ticker i over each window of `all_sessions`; empty where these are fewer than one window."""
    codes = fitted.model.codes
    if (fits := fitted.path) is None:
        empty: dict[str, tuple[float, ...]] = dict.fromkeys(codes, ())
        return RollingPath((), (), empty, (), (), (), (), empty, empty)
    low, high = fitted.path_intervals

    def by_code(values: Array) -> dict[str, tuple[float, ...]]:
        return {code: tuple(values[:, i, k].tolist()) for k, code in enumerate(codes)}

    return RollingPath(
        dates=tuple(all_sessions.dates[fitted.spec.window - 1 :]),
        alpha=tuple(fits.path.alpha[:, i].tolist()),
        betas=by_code(fits.path.betas),
        r_squared=tuple(fits.path.r_squared[:, i].tolist()),
        residual_volatility=tuple((fits.residual_volatility[:, i] * fitted.year**0.5).tolist()),
        alpha_low=tuple(low[:, i, 0].tolist()),
        alpha_high=tuple(high[:, i, 0].tolist()),
        betas_low=by_code(low[:, :, 1:]),
        betas_high=by_code(high[:, :, 1:]),
    )
