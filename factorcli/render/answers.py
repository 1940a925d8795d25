"""What the library answers with: the records of `results`, each with its forms as a dictionary, frame and table.

A class has the name of the record that it extends: its fields are the record's.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from factorcli import errors
from factorcli.errors import FactorError, InvalidOption, RateLimited
from factorcli.render.charts.catalogue import draw, names
from factorcli.render.charts.chart import Chart
from factorcli.render.charts.extras import Extras
from factorcli.render.charts.theme import MAX_WIDTH, MIN_WIDTH, WIDTH
from factorcli.render.json_csv import columns_of, flat_rows, plain
from factorcli.render.layout import Block, line, to_text
from factorcli.render.notebook import to_html
from factorcli.render.tables import to_blocks
from factorcli.results import batch, beta, decompose, heatmap, model

if TYPE_CHECKING:
    from pandas import DataFrame

R = TypeVar("R")
A = TypeVar("A", bound="Answer")
MakeExtras = Callable[[Sequence[Any], int], Extras]  # from results, and the width of a picture
DATES = ("date", "start", "as_of", "data.last_date")  # columns of days
ERRORS = {
    kind.code: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, FactorError)
} | {kind.code: kind for kind in (InvalidOption, RateLimited)}


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
    _extras: MakeExtras | None = None  # what pictures show besides

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

    @property
    def charts(self) -> list[str]:
        """The names of the pictures that there are of this answer.

        Examples:
            >>> factor.beta("TCS", rolling=True).charts
            ['exposures', 'path']
        """
        return names(self._records())

    def chart(self, name: str | None = None, *, width: int = WIDTH) -> Chart:
        """A picture of this answer, the first of `charts` unless another is named.

        width: of the picture in px. Raises InvalidOption where there is no such picture.

        Examples:
            >>> factor.decompose("TCS").chart("attribution")
            Chart('attribution', 'Where the return of TCS.NS came from')
        """
        known = self.charts
        if not known:
            raise InvalidOption("There is no picture of this answer.")
        if name is not None and name not in known:
            raise InvalidOption(f"name is {name!r}: there is no such picture of this answer, but {', '.join(known)}.")
        if not isinstance(width, int) or not MIN_WIDTH <= width <= MAX_WIDTH:
            raise InvalidOption(f"width is {width!r}, but must be a whole number from {MIN_WIDTH} to {MAX_WIDTH}.")
        records = self._records()
        extras = self._extras(records, width) if self._extras else Extras(width)
        return Chart(draw(records, name or known[0], extras))

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_extras"}

    def _records(self) -> tuple[Any, ...]:
        return (self,)

    def _chart_html(self) -> str:
        if not self.charts:
            return ""
        from factorcli.render.charts.drawing import svg  # noqa: PLC0415  (only who draws needs it)

        return f"<figure>{svg(self.chart().picture)}</figure>\n"

    def _blocks(self) -> list[Block]:
        return to_blocks(batch.Batch(self._records()), self._view, terminal=False)

    def __str__(self) -> str:
        return to_text(self._blocks())

    def _repr_html_(self) -> str:
        return to_html(self._blocks()) + self._chart_html()


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
        return to_html([*self._blocks(), *failed]) + self._chart_html()


def answer(kind: Callable[..., A], record: Any, view: str | None = None, extras: MakeExtras | None = None) -> A:
    """A record as an answer of the class that extends it; extras: what its pictures show besides."""
    made = kind(**{field.name: getattr(record, field.name) for field in fields(record)})
    return _with(made, _view=view, _extras=extras)


def batch_of(results: Iterable[R], found: batch.Batch[Any], schema: str, extras: MakeExtras | None = None) -> Batch[R]:
    """A batch of these results, with the failures and notices of what was found."""
    made = Batch(tuple(results), found.failures, found.exit_code, found.notices)
    return _with(made, _schema=schema, _extras=extras)


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
