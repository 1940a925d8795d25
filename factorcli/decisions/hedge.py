"""The hedge of one subject, in whole contracts where lots are given."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from factorcli.analysis.fit import basis, covariance
from factorcli.decisions.subject import Subject
from factorcli.engine import Array, Ints, Mask
from factorcli.engine.hedge import (
    CollinearError,
    HedgeRatios,
    hedge_ratios,
    hedged,
    out_of_sample,
    volatility,
    whole_contracts,
)
from factorcli.engine.regression import cross_section
from factorcli.errors import CollinearFactors, ForeignListing, InsufficientHistory, InvalidOption, InvalidSubject
from factorcli.portfolio.lots import Lot
from factorcli.results.beta import Estimate
from factorcli.results.hedge import HedgedBetas, HedgeInstrument, HedgeResult, HedgeVolatility, OutOfSample
from factorcli.results.warnings import ResultWarning


@dataclass(frozen=True)
class Hedging:
    """What a subject is hedged with: the first instruments of what is beside it.

    lots: the contract of each, by ticker, where it is traded in whole contracts; value: of the position, where its
    subject has none of its own.
    """

    instruments: int
    lots: Mapping[str, Lot] | None = None
    value: float | None = None


def hedge(subject: Subject, how: Hedging) -> HedgeResult:
    """The hedge of least variance of a subject.

    Raises InvalidOption for an instrument that cannot be one, InvalidSubject for one that is the position itself, and
    for lots of a position whose value is not known;
    CollinearFactors, ForeignListing, InsufficientHistory, or the error of an instrument without a result.
    """
    return _Hedge(subject, how).result()


@dataclass(frozen=True)
class _Hedge:
    subject: Subject
    how: Hedging

    def result(self) -> HedgeResult:
        self._check()
        days, before, after = self._later
        held = self._ratios.ratios if self._contracts is None else self._contracts * self._contract
        year = math.sqrt(self.subject.fitted.year)
        return HedgeResult(
            **self.subject.facts(),
            observations=len(self._position),
            value=self._value,
            currency=self.subject.fitted.model.market.currency,
            instruments=tuple(self._instrument(k) for k in range(self.how.instruments)),
            volatility=HedgeVolatility(
                before=volatility(self._position) * year,
                after=self._left(self._ratios.ratios) * year,
                after_lots=None if self._contracts is None else self._left(held) * year,
            ),
            out_of_sample=OutOfSample(days, before * year, after * year),
            betas=HedgedBetas(*self._betas(np.zeros_like(held), held)),
            **self.subject.provenance(*self._warnings()),
        )

    @cached_property
    def _tickers(self) -> list[str]:
        beside = self.subject.beside
        return [one.ticker for one in beside.tickers[: self.how.instruments]] if beside else []

    @cached_property
    def _days(self) -> Mask:
        """Mask (T,) of the days with a return of the position and of every instrument."""
        days: Mask = self.subject.days & np.isfinite(self._beside).all(axis=1)
        return days

    @property
    def _beside(self) -> Array:
        """Excess returns (T, M) of the instruments."""
        beside = self.subject.beside
        assert beside is not None  # noqa: S101  (for the type checker)
        return np.asarray(beside.window.excess_returns[:, : self.how.instruments])

    @cached_property
    def _position(self) -> Array:
        return np.asarray(self.subject.returns[self._days])

    @cached_property
    def _instruments(self) -> Array:
        return np.asarray(self._beside[self._days])

    @cached_property
    def _ratios(self) -> HedgeRatios:
        try:
            return hedge_ratios(self._position, self._instruments, self._unsold, covariance(self.subject.fitted.spec))
        except CollinearError as error:
            raise self._collinear(error) from None

    @cached_property
    def _later(self) -> tuple[int, float, float]:
        try:
            return out_of_sample(self._position, self._instruments, self._unsold)
        except CollinearError as error:
            raise self._collinear(error) from None

    def _collinear(self, error: CollinearError) -> CollinearFactors:
        names = [self._tickers[k] for k in error.columns]
        what = "has the same return every day" if len(names) == 1 else "all but move together"
        return CollinearFactors(
            f"{self.subject.ticker}: {' and '.join(names)} {what} over these {len(self._position)} returns, so how "
            "much to hold of each cannot be told. Leave one out."
        )

    @cached_property
    def _unsold(self) -> Mask:
        """Mask (M,) of the instruments that cannot be sold short."""
        lots = self.how.lots or {}
        return np.array([ticker in lots and not lots[ticker].short for ticker in self._tickers], dtype=np.bool_)

    @property
    def _value(self) -> float | None:
        return self.how.value if self.subject.value is None else self.subject.value

    @cached_property
    def _prices(self) -> Array:
        """The money in one contract of each instrument, (M,)."""
        beside, lots = self.subject.beside, self.how.lots
        assert beside is not None and lots is not None  # noqa: S101  (for the type checker)
        prices = [lots[t].price or beside.report(k).last_close for k, t in enumerate(self._tickers)]
        return np.array([lots[t].size * price for t, price in zip(self._tickers, prices, strict=True)])

    @cached_property
    def _contract(self) -> Array:
        """The money in one contract for one unit in the position, (M,)."""
        return np.asarray(self._prices / (math.nan if self._value is None else self._value))

    @cached_property
    def _contracts(self) -> Ints | None:
        """Whole contracts (M,), None without lots."""
        if self.how.lots is None:
            return None
        exact = self._ratios.ratios / self._contract
        return whole_contracts(self._position, self._instruments, exact, self._contract)

    def _left(self, ratios: Array) -> float:
        return volatility(hedged(self._position, self._instruments, ratios))

    def _betas(self, *ratios: Array) -> list[dict[str, float]]:
        """Betas of the position with each of these ratios of the instruments."""
        fitted = self.subject.fitted
        returns = np.column_stack([hedged(self._position, self._instruments, one) for one in ratios])
        factors = self.subject.factors[self._days]
        fits = cross_section(returns, factors, "nonrobust", basis=basis(fitted.spec, fitted.model))
        return [fitted.by_code(betas) for betas in fits.coefficients[:, 1:]]

    def _instrument(self, k: int) -> HedgeInstrument:
        found, value, lots = self._ratios, self._value, self.how.lots
        tests, ratio = found.tests, float(found.ratios[k])
        contracts = None if self._contracts is None else int(self._contracts[k])
        notional = None if value is None else ratio * value
        return HedgeInstrument(
            ticker=self._tickers[k],
            ratio=Estimate(
                ratio,
                float(found.std_errors[k]),
                float(tests.t_stats[k]),
                float(tests.p_values[k]),
                float(tests.ci_low[k]),
                float(tests.ci_high[k]),
            ),
            notional=notional if contracts is None else contracts * float(self._prices[k]),
            lots=contracts,
            lot_size=None if lots is None else lots[self._tickers[k]].size,
        )

    def _warnings(self) -> list[ResultWarning]:
        """A value that the file has itself; instruments of which half a contract is more than what is to be hedged."""
        unused = [] if self.how.value is None or self.subject.value is None else [self._unused_value()]
        return [*unused, *self._small()]

    def _unused_value(self) -> ResultWarning:
        file = self.subject.facts()["name"]
        text = f"the value given is not used: {file} has quantities, and is worth what they are at the last prices."
        return ResultWarning("value_not_used", text)

    def _small(self) -> list[ResultWarning]:
        if self._contracts is None:
            return []
        exact = self._ratios.ratios / self._contract
        small = [k for k in range(len(exact)) if 0 < abs(exact[k]) < 0.5 and self._contracts[k] == 0]
        return [ResultWarning("too_small", self._too_small(k, abs(float(exact[k])))) for k in small]

    def _too_small(self, k: int, share: float) -> str:
        return (
            f"what would be hedged with {self._tickers[k]} is {share:.0%} of one contract, less than half: none of it "
            "is held."
        )

    def _check(self) -> None:
        """Raise the error of an instrument that cannot be one, or of a position without the value that lots need."""
        subject, beside, model = self.subject, self.subject.beside, self.subject.fitted.model
        if beside is None or not self._tickers:
            raise InvalidOption("No instrument is given: name one to hedge with, such as an index.")
        columns = [one.column for one in beside.tickers[: self.how.instruments]]
        for ticker, column in zip(self._tickers, columns, strict=True):
            if model.cannot_be_held(column):
                raise InvalidOption(
                    f"{ticker} cannot be an instrument: nobody can hold it. Name a fund or a future's index."
                )
            if ticker == subject.ticker:
                raise InvalidSubject(f"{ticker} cannot hedge itself: name another instrument, such as an index.")
            if subject.held and subject.held.tickers == [ticker]:
                raise InvalidSubject(
                    f"{subject.facts()['name']} holds nothing but {ticker}, which cannot hedge itself: name another"
                    " instrument, such as an index."
                )
        _refuse_repeated(self._tickers)
        for ticker in self._tickers if self.how.lots is not None else ():
            if ticker not in (self.how.lots or {}):
                raise InvalidOption(f"The lots do not have {ticker}: add it with the size of its lot.")
        if self.how.lots is not None and self._value is None:
            raise InvalidSubject(
                f"Whole lots need the value of {subject.facts()['name'] if subject.held else subject.ticker}: give the "
                "value of the position in money, such as 1000000."
            )
        subject.check_beside(self.how.instruments)
        for k, ticker in enumerate(self._tickers):
            if foreign := beside.report(k).foreign:
                raise ForeignListing(f"{ticker} is quoted {foreign}: a hedge is of one currency.")
        count, required = int(self._days.sum()), subject.fitted.required
        if count < required:
            raise InsufficientHistory(
                f"{subject.ticker} and {' and '.join(self._tickers)} have {count} returns in common up to "
                f"{subject.fitted.window.dates[-1]}; a window of {subject.fitted.spec.window} needs {required}. Ask "
                "for a shorter window, or leave an instrument out."
            )


def _refuse_repeated(tickers: Sequence[str]) -> None:
    for k, ticker in enumerate(tickers):
        if ticker in tickers[:k]:
            raise InvalidOption(f"{ticker} is named twice among the instruments: name it once.")
