"""The use cases: which ticker is meant, and the answer for each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, TypeVar

from factorcli.errors import FactorError, InvalidDate, InvalidOption
from factorcli.model import FactorModel
from factorcli.ports import Clock, Market
from factorcli.query import Asked, Query
from factorcli.results import (
    Batch,
    BetaResult,
    Decomposition,
    FactorInfo,
    Failure,
    ModelResult,
)
from factorcli.universe import Universe

if TYPE_CHECKING:
    from factorcli.answers import Answers

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class FactorService:
    """Answers questions about tickers from a market, a model and a universe."""

    market: Market
    model: FactorModel
    universe: Universe
    clock: Clock

    def beta(self, tickers: Sequence[str], query: Query) -> Batch[BetaResult]:
        """Exposures of tickers, in the order asked for; each failure with its code and sentence."""
        return self._answer(tickers, query, lambda answers, i: answers.beta(i))

    def decompose(self, tickers: Sequence[str], query: Query) -> Batch[Decomposition]:
        """Variance shares of tickers, in the order asked for."""
        return self._answer(tickers, query, lambda answers, i: answers.decomposition(i))

    def resolve(self, typed: str) -> Asked:
        """Which ticker is meant, and which column of the source it is read from.

        With a suffix or a ^, as typed; a bare symbol is the source's column of that name, else the
        universe's .NS ticker, else as typed. A ticker that the source lacks is looked for under its
        present name, and the present name under the old ones.
        """
        listed = self.market.source.listed()
        ticker = typed.strip()
        if not ticker:
            raise InvalidOption("A ticker is empty; write one such as RELIANCE.NS.")
        if listed is None or ticker not in listed:
            ticker = ticker.upper()
        has = listed is not None and ticker in listed
        if not has and "." not in ticker and not ticker.startswith("^"):
            suffixed = f"{ticker}.NS"
            if suffixed in self.universe.by_ticker or suffixed in self.universe.renames:
                ticker = suffixed
                has = listed is not None and ticker in listed
        new = self.universe.current(ticker)
        renamed = new if new != ticker else None
        if has:
            return Asked(typed, ticker, ticker, renamed)
        column = new
        if listed is not None and new not in listed:
            column = next((old for old in self.universe.old_names.get(new, ()) if old in listed), new)
        return Asked(typed, column, new, renamed)

    def _answer(self, tickers: Sequence[str], query: Query, build: Callable[["Answers", int], R]) -> Batch[R]:
        from factorcli.answers import Answers

        now = self.clock.now()
        if query.as_of is not None and query.as_of > now.date():
            raise InvalidDate(f"--as-of {query.as_of} is in the future; today is {now.date()}.")
        asked = list({one.ticker: one for one in map(self.resolve, tickers)}.values())
        columns = [one.column for one in asked]
        window = self.market.window(columns, query.window, query.as_of)
        whole = None
        if query.rolling:
            whole = self.market.window(columns, query.window, query.as_of, whole=True)
        answers = Answers.of(
            asked=asked,
            query=query,
            model=self.model,
            universe=self.universe,
            source=self.market.source.name,
            computed_at=now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            window=window,
            whole=whole,
        )
        results: list[R] = []
        errors: list[tuple[str, FactorError]] = []
        for i, one in enumerate(asked):
            try:
                if (reason := self.market.failure(one.column)) is not None:
                    raise reason
                answers.check(i)
                results.append(build(answers, i))
            except FactorError as error:
                errors.append((one.ticker, error))
        return Batch(
            tuple(results),
            tuple(Failure(ticker, error.code, str(error)) for ticker, error in errors),
            exit_status(len(results), [error for _, error in errors]),
        )


def describe(model: FactorModel) -> ModelResult:
    """A model as a result."""
    return ModelResult(
        id=model.id,
        factors=tuple(FactorInfo(f.code, f.name, f.proxies, f.transform, f.excess, f.traded) for f in model.factors),
        risk_free=model.risk_free.rates[-1],
        risk_free_source=model.risk_free.source,
        trading_days=model.trading_days,
        max_daily_return=model.max_daily_return,
        large_move=model.large_move,
        max_gap_to_market=model.max_gap_to_market,
        exclude_dates=model.exclude_dates,
    )


def exit_status(results: int, errors: Iterable[FactorError]) -> int:
    """0 all done, 3 some of each, 5 nothing because of upstream, 4 nothing for another reason."""
    codes = {error.exit_code for error in errors}
    if not codes:
        return 0
    if results:
        return 3
    return 5 if codes == {5} else 4
