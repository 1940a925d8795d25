"""The use case of a portfolio before and after trades."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from factorcli.errors import InvalidOption
from factorcli.model.specification import Specification
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.request import Request
from factorcli.portfolio.row import CASH
from factorcli.portfolio.trades import Trade
from factorcli.results.batch import Batch
from factorcli.service.active import AskedBenchmark, with_tickers
from factorcli.service.context import Context
from factorcli.service.subjects import SubjectService

if TYPE_CHECKING:
    from factorcli.decisions.benchmark import Benchmark
    from factorcli.decisions.rebalancing import Rebalancing
    from factorcli.decisions.subject import Subject
    from factorcli.results.whatif import WhatIf


@dataclass(frozen=True)
class WhatIfService:
    """What trades change in the exposures and the risk of portfolios, computed now."""

    context: Context

    def whatif(
        self,
        request: Request,
        spec: Specification,
        to: Holdings | None = None,
        trades: Sequence[Trade] | None = None,
        benchmark: str | Holdings | None = None,
    ) -> "Batch[WhatIf]":
        """Each portfolio before and after trades, or before and after it becomes the holdings `to`.

        Raises InvalidOption where neither or both are given, for tickers, another estimator than ols, and for trades
        that cannot be: a ticker twice, shares of a portfolio by weight, cash that does not add up.
        """
        if (to is None) == (trades is None):
            raise InvalidOption("Say what changes: either trades, or the holdings afterwards.")
        if request.tickers:
            raise InvalidOption(f"Trades change a portfolio, and {request.tickers[0]} is a ticker.")
        if spec.estimator != "ols":
            raise InvalidOption(f"The estimator is {spec.estimator}: trades are compared by ols only.")
        asked = None if benchmark is None else AskedBenchmark.of(benchmark, self.context)
        question = _Question.of(to, trades, asked, self.context)
        return SubjectService(self.context).each(request, spec, question.answered, beside=question.tickers)


@dataclass(frozen=True)
class _Question:
    """What is asked of every portfolio; wanted: tickers as typed of trades or holdings, without CASH, each once."""

    to: Holdings | None
    trades: tuple[Trade, ...]
    wanted: tuple[str, ...]
    benchmark: AskedBenchmark | None

    @classmethod
    def of(
        cls,
        to: Holdings | None,
        trades: Sequence[Trade] | None,
        benchmark: AskedBenchmark | None,
        context: Context,
    ) -> "_Question":
        if to is not None:
            known, tickers = with_tickers(to, context)
            return cls(known, (), tickers, benchmark)
        traded = tuple(trades or ())
        for one in traded:
            if one.in_shares and one.ticker.upper() == CASH:
                raise InvalidOption("Cash has no shares: write per cent of the value, such as CASH=+5%.")
        wanted = dict.fromkeys(one.ticker for one in traded if one.ticker.upper() != CASH)
        return cls(None, traded, tuple(wanted), benchmark)

    @property
    def tickers(self) -> tuple[str, ...]:
        """The further tickers that are fitted: of the trades, then of the benchmark."""
        return (*self.wanted, *(self.benchmark.tickers if self.benchmark else ()))

    def answered(self, subject: "Subject") -> "Sequence[WhatIf]":
        """The record of one portfolio."""
        from factorcli.decisions.whatif import what_if

        total_return = self.benchmark is not None and self.benchmark.total_return
        return [what_if(subject, self._rebalancing(subject), self._benchmark(subject), total_return=total_return)]

    def _rebalancing(self, subject: "Subject") -> "Rebalancing":
        from factorcli.decisions.rebalancing import Rebalancing

        if subject.held is None:
            raise InvalidOption(f"Trades change a portfolio, and {subject.ticker} is a ticker.")
        if self.to is not None:
            return Rebalancing.to_holdings(subject, subject.held, self.to, self.wanted)
        return Rebalancing.by_trades(subject, subject.held, self._by_ticker(subject))

    def _by_ticker(self, subject: "Subject") -> dict[str, Trade]:
        """The trades by the tickers of the source. Raises InvalidOption where one is traded twice."""
        columns = subject.beside.tickers if subject.beside else ()
        known = dict(zip(self.wanted, (one.ticker for one in columns), strict=False))
        found: dict[str, Trade] = {}
        for trade in self.trades:
            ticker = known.get(trade.ticker, CASH)
            if ticker in found:
                names = dict.fromkeys([found[ticker].ticker, trade.ticker])
                both = f"{' and '.join(names)} are one and the same" if len(names) > 1 else trade.ticker
                raise InvalidOption(f"{both}, traded twice: write one trade of {ticker}.")
            found[ticker] = trade
        return found

    def _benchmark(self, subject: "Subject") -> "Benchmark | None":
        if self.benchmark is None or subject.beside is None:
            return None
        first = len(self.wanted)
        return self.benchmark.on(subject.beside.of(range(first, first + len(self.benchmark.tickers))))
