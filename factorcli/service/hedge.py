"""The use case `hedge`: what to hold of some instruments so that a position moves least."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from factorcli.errors import InvalidOption
from factorcli.model.specification import Specification
from factorcli.portfolio.request import Request
from factorcli.results.batch import Batch
from factorcli.service.context import Context
from factorcli.service.subjects import SubjectService

if TYPE_CHECKING:
    from factorcli.decisions.subject import Subject
    from factorcli.portfolio.lots import Lot, Lots
    from factorcli.results.hedge import HedgeResult

MAX_INSTRUMENTS = 15  # whose 2¹⁵ ways to round are all tried
MAX_VALUE = 1e15


@dataclass(frozen=True)
class HedgeService:
    """Hedges of tickers and portfolios, computed now."""

    context: Context

    def hedge(
        self,
        request: Request,
        spec: Specification,
        instruments: Sequence[str],
        lots: "Lots | None" = None,
        value: float | None = None,
    ) -> "Batch[HedgeResult]":
        """The hedge of each ticker, then of each portfolio, with these instruments.

        lots: the contracts of the instruments, where whole ones are wanted; value: of a position, in the market's
        currency, where its file has no quantities. Raises UsageError.
        """
        from factorcli.decisions.hedge import Hedging, hedge

        names = list(dict.fromkeys(instruments))
        if not names:
            raise InvalidOption("No instrument is given: name one to hedge with, such as an index.")
        if len(names) > MAX_INSTRUMENTS:
            raise InvalidOption(f"{len(names)} instruments are given; a hedge takes {MAX_INSTRUMENTS} at most.")
        if value is not None and not 0 < value < MAX_VALUE:
            raise InvalidOption(
                f"The value of the position is {value:g}, but must be an amount above 0 and below {MAX_VALUE:g}."
            )
        how = Hedging(len(names), None if lots is None else self._by_ticker(lots), value)

        def view(subject: "Subject") -> "list[HedgeResult]":
            return [hedge(subject, how)]

        return SubjectService(self.context).each(request, spec, view, names)

    def _by_ticker(self, lots: "Lots") -> "dict[str, Lot]":
        """The contracts by the tickers that results name. Raises InvalidOption for one that comes twice."""
        listed, found = self.context.listed(), dict[str, "Lot"]()
        for lot in lots.lots:
            for one in self.context.resolve(lot.ticker, listed).variants:
                if one.ticker in found:
                    raise InvalidOption(f"{lots.name} has {one.ticker} twice: keep one line.")
                found[one.ticker] = lot
        return found
