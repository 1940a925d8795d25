"""What the library answers with: the records of `results`, each with its forms as a dictionary, frame and table.

A class has the name of the record that it extends: its fields are the record's.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from factorcli import errors
from factorcli.errors import FactorError, RateLimited
from factorcli.render.json_csv import columns_of, flat_rows, plain
from factorcli.render.layout import Block, line, to_text
from factorcli.render.notebook import to_html
from factorcli.render.tables import to_blocks
from factorcli.results import batch, beta, decompose, heatmap, model

if TYPE_CHECKING:
    from pandas import DataFrame

R = TypeVar("R")
A = TypeVar("A", bound="Answer")
DATES = ("date", "start", "as_of", "data.last_date")  # columns of days
ERRORS = {
    kind.code: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, FactorError)
} | {RateLimited.code: RateLimited}


class Answer:
    """The forms of an answer: a dictionary, a DataFrame, a table.

    Examples:
        >>> from factorcli import Answer, Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> result = factor.beta("TCS")
        >>> isinstance(result, Answer)
        True
        >>> result.to_dict()["ticker"]
        'TCS.NS'
        >>> result.to_frame()["observations"].item()
        252
    """

    _view: ClassVar[str | None] = None  # the form of table wanted, if not the usual one

    def to_dict(self) -> dict[str, Any]:
        """The object that the command prints as JSON: no number is NaN, dates are ISO texts.

        Examples:
            >>> factor.model().to_dict()["id"]
            'india-5f'
        """
        return dict(plain(self))

    def to_frame(self) -> "DataFrame":
        """A pandas DataFrame with the columns of the command's CSV.

        One row a result; a rolling path has one row a date, a heatmap one row a stock. Nested names are joined by
        dots. Null is NaN, and days are datetime64.

        Examples:
            >>> frame = factor.betas(["TCS", "INFY"]).to_frame().set_index("ticker")
            >>> frame.loc["INFY.NS", "observations"].item()
            252
        """
        return _frame(flat_rows(self._records()))

    def _records(self) -> tuple[Any, ...]:
        return (self,)

    def _blocks(self) -> list[Block]:
        return to_blocks(batch.Batch(self._records()), self._view, terminal=False)

    def __str__(self) -> str:
        return to_text(self._blocks())

    def _repr_html_(self) -> str:
        return to_html(self._blocks())


@dataclass(frozen=True, repr=False)
class BetaResult(Answer, beta.BetaResult):
    """Exposures of a stock or portfolio over a window, with their errors; volatilities are annualised.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> result = factor.beta("RELIANCE", window=252)
        >>> result
        BetaResult('RELIANCE.NS', window=252, as_of=2026-11-20)
        >>> market = result.betas["MKT"]
        >>> market.ci_low < market.beta < market.ci_high
        True
        >>> [warning.code for warning in result.warnings]
        ['synthetic_prices', 'collinear']
    """

    def __repr__(self) -> str:
        return f"BetaResult({self.ticker!r}, window={self.window}, as_of={self.as_of})"


@dataclass(frozen=True, repr=False)
class Decomposition(Answer, decompose.Decomposition):
    """Where the variance of a stock's or a portfolio's excess return comes from; shares are fractions.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> shares = factor.decompose("RELIANCE")
        >>> shares
        Decomposition('RELIANCE.NS', window=252, as_of=2026-11-20)
        >>> round(sum(shares.contributions.values()) + shares.idiosyncratic, 12)
        1.0
    """

    def __repr__(self) -> str:
        return f"Decomposition({self.ticker!r}, window={self.window}, as_of={self.as_of})"


@dataclass(frozen=True, repr=False)
class Heatmap(Answer, heatmap.Heatmap):
    """Exposures of every stock of the universe over one window, with means and medians by sector.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> _ = factor.compute_heatmap(["TCS", "INFY"], windows=[252])
        >>> heatmap = factor.heatmap(window=252, sort="market")
        >>> heatmap
        Heatmap(window=252, as_of=2026-11-20, stocks=2 of 500)
        >>> heatmap.stocks[0].market_beta >= heatmap.stocks[1].market_beta
        True
    """

    def __repr__(self) -> str:
        return f"Heatmap(window={self.window}, as_of={self.as_of}, stocks={len(self.stocks)} of {self.total})"


@dataclass(frozen=True, repr=False)
class ModelResult(Answer, model.ModelResult):
    """A factor model: its factors and their proxies, the limits of the price gate, and statistics where asked for.

    Examples:
        >>> from factorcli import Factor
        >>> model = Factor(source="demo").model()
        >>> model
        ModelResult('india-5f', factors=MKT VAL MOM SZ VOL)
        >>> model.factors[0].proxies
        ('^NSEI',)
    """

    def __repr__(self) -> str:
        return f"ModelResult({self.id!r}, factors={' '.join(factor.code for factor in self.factors)})"


@dataclass(frozen=True, repr=False)
class Batch(Answer, batch.Batch[R]):
    """Results in the order asked for, and the failures: a record with ticker, code and message for each.

    A batch is a sequence of its results.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> batch = factor.betas(["TCS", "INFY", "NOSUCH"])
        >>> batch
        Batch(results=2, failures=1)
        >>> [result.ticker for result in batch]
        ['TCS.NS', 'INFY.NS']
        >>> batch.failures[0].ticker, batch.failures[0].code
        ('NOSUCH', 'unknown_ticker')
    """

    _schema: ClassVar[str] = ""

    def __iter__(self) -> Iterator[R]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def __getitem__(self, place: int) -> R:
        return self.results[place]

    def __repr__(self) -> str:
        return f"Batch(results={len(self.results)}, failures={len(self.failures)})"

    def to_dict(self) -> dict[str, Any]:
        """The document that the command prints as JSON: schema, results and errors.

        Examples:
            >>> list(factor.betas(["TCS"]).to_dict())
            ['schema', 'results', 'errors']
        """
        return {"schema": self._schema, "results": plain(self.results), "errors": plain(self.failures)}

    def raise_failures(self) -> None:
        """Raise the first failure as the FactorError that it is; notes name the others.

        Examples:
            >>> factor.betas(["TCS"]).raise_failures()
            >>> from factorcli import UnknownTicker
            >>> try:
            ...     factor.betas(["TCS", "NOSUCH"]).raise_failures()
            ... except UnknownTicker as error:
            ...     print(error.code)
            unknown_ticker
        """
        if not self.failures:
            return
        first, *others = self.failures
        error = ERRORS.get(first.code, FactorError)(first.message)
        for other in others:
            error.add_note(f"{other.ticker}: {other.message}")
        raise error

    def _records(self) -> tuple[Any, ...]:
        return self.results

    def _repr_html_(self) -> str:
        failed = [line(f"{failure.ticker or 'All'}: {failure.message}") for failure in self.failures]
        return to_html([*self._blocks(), *failed])


def answer(kind: Callable[..., A], record: Any, view: str | None = None) -> A:
    """A record as an answer of the class that extends it."""
    return _with(kind(**{field.name: getattr(record, field.name) for field in fields(record)}), _view=view)


def batch_of(results: Iterable[R], found: batch.Batch[Any], schema: str) -> Batch[R]:
    """A batch of these results, with the failures and notices of what was found."""
    return _with(Batch(tuple(results), found.failures, found.exit_code, found.notices), _schema=schema)


def _with(made: A, **attributes: object) -> A:
    """Set what is no field: how an answer is shown is no part of it."""
    for name, value in attributes.items():
        object.__setattr__(made, name, value)
    return made


def _frame(rows: list[dict[str, Any]]) -> "DataFrame":
    import pandas as pd  # noqa: PLC0415  (only who asks for a frame pays for it)

    columns = columns_of(rows)
    filled: list[Mapping[str, Any]] = [
        {name: math.nan if value is None else value for name, value in row.items()} for row in rows
    ]
    frame = pd.DataFrame(filled, columns=columns)
    for name in DATES:
        if name in columns:
            frame[name] = pd.to_datetime(frame[name])
    return frame
