"""What a report asks about each stock and portfolio besides its exposures. Standard library only until it is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from factorcli.errors import FactorError
from factorcli.markets.episodes import Episodes
from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.drift import Distance
from factorcli.model.factor_model import MARKET
from factorcli.model.shocks import Scenario
from factorcli.model.specification import Specification
from factorcli.service.context import Context

if TYPE_CHECKING:
    from factorcli.decisions.report import Questions
    from factorcli.decisions.subject import Subject
    from factorcli.ports import MarketData
    from factorcli.results.decisions import Decisions

SCENARIO = Scenario({MARKET: -0.1})  # the market falls by a tenth within a month, and the other factors as they then do


@dataclass(frozen=True)
class Decider:
    """Answers the questions of a report about subjects of one specification, from prices that are read once."""

    context: Context
    spec: Specification

    def decisions(self, subject: "Subject") -> "Decisions":
        """The answers about a subject whose window was fitted with all sessions."""
        from factorcli.decisions.report import decisions

        return decisions(subject, self._questions)

    def instruments(self) -> Sequence[ResolvedTicker]:
        """The market's proxy, which a portfolio is hedged with; none where it has no prices that a fit could have."""
        spec = self.spec
        try:
            proxy = self._market.proxies(spec.window, spec.as_of, spec.returns)[MARKET]
        except FactorError:  # the fit raises the same
            return ()
        return self.context.decided([self.context.resolve(proxy, self.context.listed())])

    @cached_property
    def _market(self) -> "MarketData":
        return self.context.open_market()

    @cached_property
    def _questions(self) -> "Questions":
        from factorcli.decisions.report import Questions

        distance = Distance(self.spec.returns.window)
        return Questions(SCENARIO, Episodes.load(self.context.model.market).known, distance, self._market.history)
