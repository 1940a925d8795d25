"""The columns of a heatmap from the arrays of a fitted window, without a record a ticker."""

from array import array
from collections.abc import Mapping
from datetime import date

import numpy as np

from factorcli.analysis.fit import FittedWindow
from factorcli.analysis.provenance import model_info
from factorcli.errors import FactorError
from factorcli.results.batch import Failure
from factorcli.results.heat_columns import HeatColumns, HeatOrigin, real_names


def heat_columns(fitted: FittedWindow, errors: Mapping[int, FactorError], session: date) -> HeatColumns:
    """The columns of a window's tickers; `errors`: by position, of those without a result.

    session: the last closed session at the time of computing.
    """
    fits, market, codes = fitted.exposures.fits, fitted.exposures.market, fitted.model.codes
    t_stats, p_values = fitted.beta_tests
    tickers = [resolved.ticker for resolved in fitted.tickers]
    by_code = (fits.coefficients[:, 1:], t_stats, p_values)
    one_factor = (market.coefficients[:, 1], market.std_errors[:, 1], fitted.down_betas)
    table = np.column_stack([*by_code, *one_factor, fitted.year * fits.coefficients[:, 0], fits.r_squared])
    table[~np.isfinite(table)] = np.nan
    origin, origins = _origins(fitted, session)
    return HeatColumns(
        codes=codes,
        tickers=tickers,
        reals={name: array("d", column.tobytes()) for name, column in zip(real_names(codes), table.T, strict=True)},
        observations=array("q", fits.observations.astype(np.int64).tobytes()),
        origin=array("q", origin),
        origins=origins,
        failures={tickers[i]: Failure(tickers[i], error.code, str(error)) for i, error in errors.items()},
    )


def _origins(fitted: FittedWindow, session: date) -> tuple[list[int], tuple[HeatOrigin, ...]]:
    """The origin of each ticker as a position, and the distinct origins."""
    window, count = fitted.window, len(fitted.tickers)
    stale = [window.stale(i) for i in range(count)]
    # The rate of a model is the mean over a ticker's own days where rates are dated: an origin for each set of days.
    dated = fitted.model.risk_free.dates
    days = [fitted.used(i).tobytes() for i in range(count)] if dated else [b""] * count
    first: dict[tuple[int, bool, bytes], int] = {}
    keys = list(zip(fitted.exposures.fits.lags.tolist(), stale, days, strict=True))
    for i, key in enumerate(keys):
        first.setdefault(key, i)
    places = {key: k for k, key in enumerate(first)}
    as_of = window.dates[-1]
    return [places[key] for key in keys], tuple(
        HeatOrigin(
            model=model_info(fitted, i),
            as_of=as_of,
            computed_at=fitted.origin.computed_at,
            # With stale prices a row is not of the last session.
            session=min(session, as_of) if stale[i] else session,
            final=window.final,
        )
        for i in first.values()
    )
