"""The factor model: factors, ordered proxies, gate limits, market and the risk-free rate."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from factorcli.markets.market import DEFAULT, Market
from factorcli.model.risk_free import RiskFree
from factorcli.results.warnings import ResultWarning

VOLATILITY_INDEX = re.compile(r"VIX$|^\^.*VIX")
MARKET = "MKT"  # the code of the market factor
GATE_RULES = 2  # version of the price gate's rules; grows when the same prices and limits would give other returns


@dataclass(frozen=True)
class Returns:
    """A column of a file of daily returns; name: as the model writes both; content: a digest of the file."""

    name: str
    path: Path
    column: str
    content: str


@dataclass(frozen=True)
class Factor:
    """A factor and its proxies, in order of preference.

    excess: net of the risk-free rate. traded: the return of an asset that can be held, so that the basis
    `spread`, `annual_net` and the gate apply to it. dividend_yield: annual, added to the return of a price index.
    returns: published returns, whose name is then the only proxy.
    """

    code: str
    name: str
    proxies: tuple[str, ...]
    transform: str = "return"
    excess: bool = False
    traded: bool = True
    dividend_yield: float = 0.0
    returns: Returns | None = None


@dataclass(frozen=True)
class FactorModel:
    """A linear factor model and the limits of its price gate.

    Limits are fractions a day: a ticker's return beyond max_daily_return is excluded (0: never), one from
    large_move up gives a warning, and a session on which a traded style differs from the market by more than
    max_gap_to_market is excluded for all tickers (0: never). total_return: the prices of files contain dividends.
    """

    id: str
    factors: tuple[Factor, ...]
    risk_free: RiskFree = field(default_factory=lambda: RiskFree((0.065,)))
    trading_days: int = DEFAULT.sessions
    max_daily_return: float = 0.40
    large_move: float = 0.20
    max_gap_to_market: float = 0.05
    exclude_dates: tuple[date, ...] = ()
    market: Market = DEFAULT
    total_return: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """Factor codes, in the model's order."""
        return tuple(factor.code for factor in self.factors)

    @property
    def names(self) -> dict[str, str]:
        """The names of the factors, by code."""
        return {factor.code: factor.name for factor in self.factors}

    @property
    def transforms(self) -> tuple[str, ...]:
        """How each factor's returns are made of its proxy's closes."""
        return tuple(factor.transform for factor in self.factors)

    @property
    def market_column(self) -> int:
        """Index of the market factor."""
        return self.codes.index(MARKET)

    @property
    def traded_styles(self) -> tuple[bool, ...]:
        """Which factors are traded and not the market."""
        return tuple(factor.traded and factor.code != MARKET for factor in self.factors)

    @property
    def untraded_proxies(self) -> frozenset[str]:
        """Proxies that cannot be held, such as a volatility index, whose large moves are genuine."""
        return frozenset(p for factor in self.factors if not factor.traded for p in factor.proxies)

    def cannot_be_held(self, column: str) -> bool:
        """Whether what the source calls so is such a proxy, or a volatility index."""
        return column in self.untraded_proxies or VOLATILITY_INDEX.search(column.upper()) is not None

    @property
    def warnings(self) -> tuple[ResultWarning, ...]:
        """What is odd about the model: a volatility index that it takes for an asset, so that the gate judges it."""
        return tuple(
            ResultWarning(
                "traded_index",
                f"{factor.code} is measured by {factor.proxies[0]}, a volatility index, which nobody can hold: write "
                "traded = false for it in the model, or the gate leaves out every session on which it is far from the "
                "market.",
            )
            for factor in self.factors
            if factor.traded and any(VOLATILITY_INDEX.search(proxy.upper()) for proxy in factor.proxies)
        )

    def dividends(self, periods: int) -> tuple[float, ...]:
        """Dividends of each factor in one of so many periods a year, a fraction."""
        return tuple(factor.dividend_yield / periods for factor in self.factors)

    def digest(self, *more: str) -> str:
        """Six hex digits of every field of the model except the rate's source and some defaults, and of `more`."""
        text = "\n".join((self._content, *more))
        return hashlib.sha256(text.encode()).hexdigest()[:6]

    @cached_property
    def _content(self) -> str:
        """Every field that the digest covers, as text."""
        content = asdict(self)
        # The same rates from another file give the same numbers.
        del content["risk_free"]["source"], content["risk_free"]["per_day"]
        if self.market == DEFAULT:
            del content["market"]
        if not self.total_return:
            del content["total_return"]
        for factor in content["factors"]:
            if not factor["dividend_yield"]:
                del factor["dividend_yield"]
            if factor["returns"] is None:
                del factor["returns"]
            else:
                del factor["returns"]["path"]
        return json.dumps(content, sort_keys=True, default=str)
