"""Parameters of the routes, each declared once with its documentation and parsing."""

import re
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import Depends
from fastapi import Path as InPath
from fastapi import Query as InQuery

from factorcli.errors import InvalidOption, InvalidTicker
from factorcli.markets.universe import Universe
from factorcli.model.frequency import FREQUENCIES, OF_PRICES
from factorcli.model.specification import BASES, COVARIANCES, ESTIMATORS, METHODS, Specification, parse_date
from factorcli.model.windows import parse_window
from factorcli.serve.pictures import DESCRIPTION as OF_PICTURES
from factorcli.serve.pictures import MAX_WIDTH, MIN_WIDTH
from factorcli.service.hedge import MAX_INSTRUMENTS
from factorcli.service.members import MEMBERS

SYMBOL = r"^\^?[A-Za-z0-9][A-Za-z0-9.&=_^:-]{0,31}$"
WINDOW = r"^([3-9][0-9]|[1-9][0-9]{2,8})[Dd]?$"


def _declared(description: str, example: str, **schema: Any) -> Any:
    examples = {"example": {"value": example}}
    return InQuery(description=description, openapi_examples=examples, json_schema_extra=schema)  # type: ignore[arg-type]


Ticker = Annotated[
    str,
    InPath(
        description="Such as RELIANCE.NS, RELIANCE, NSE:RELIANCE, an ISIN, or ^NSEI; case does not matter.",
        openapi_examples={"example": {"value": "RELIANCE.NS"}},
        json_schema_extra={"pattern": SYMBOL},
    ),
]
Window = Annotated[
    str | None,
    _declared(
        "Trading days, weeks or months: 252 or 252D, 30 or more; default 252 days, 104 weeks or 60 months.",
        "252",
        pattern=WINDOW,
    ),
]
WindowSize = Annotated[
    str | None, _declared("Another name for `window`; if both are given, they must agree.", "252D", pattern=WINDOW)
]
Basis = Annotated[
    str,
    _declared(
        "Basis of the factors: as they are, styles minus the market, or styles orthogonal to the market.",
        "raw",
        enum=BASES,
    ),
]
Cov = Annotated[str, _declared("Standard errors: Newey–West, White's HC1 or classical.", "hac", enum=COVARIANCES)]
AsOf = Annotated[str | None, _declared("The last day of the window.", "2026-11-18", format="date")]
Estimator = Annotated[
    str,
    _declared(
        "Least squares; exponentially weighted least squares; Dimson's sum of three market betas, for thin trading; "
        "or Vasicek's shrinkage towards the universe's betas.",
        "ols",
        enum=ESTIMATORS,
    ),
]
FrequencyName = Annotated[
    str | None,
    _declared(
        "Returns of days, weeks or months; default daily, or as far apart as the prices are.",
        "daily",
        enum=list(FREQUENCIES),
    ),
]
HalfLife = Annotated[
    float | None,
    InQuery(ge=1, le=100_000, description="Half-life of the weights of `ewma`, in sessions; default 63."),
]
Method = Annotated[str, _declared("Euler shares, or Shapley (LMG) shares.", "euler", enum=METHODS)]
Rolling = Annotated[bool, InQuery(description="Add the rolling estimates.")]
Intervals = Annotated[bool, InQuery(description="Add 95 % block-bootstrap intervals of R² and of variance shares.")]
Diagnostics = Annotated[bool, InQuery(description="Add tests of the residuals, and the most influential days.")]
MembersName = Annotated[
    str | None,
    _declared(
        "Members of the universe on the day (the default with `as_of`) or now; `members_of` is the day of their list.",
        "dated",
        enum=list(MEMBERS),
    ),
]
BenchmarkName = Annotated[str | None, _declared("A ticker to compare with.", "^NSEI", pattern=SYMBOL)]
Instruments = Annotated[
    list[str],
    InQuery(
        alias="with",
        min_length=1,
        max_length=100,
        description=f"Tickers to hedge with, {MAX_INSTRUMENTS} different ones at most; repeatable.",
        openapi_examples={"example": {"value": ["^NSEI"]}},
    ),
]
PositionValue = Annotated[
    float | None, InQuery(gt=0, le=1e14, allow_inf_nan=False, description="What is held of the stock, in money.")
]
Shocks = Annotated[
    list[str],
    InQuery(
        alias="shock",
        min_length=1,
        max_length=50,
        description="A factor and its move, as a fraction (MKT:-0.1) or in per cent (MKT:-10%); repeatable.",
        openapi_examples={"example": {"value": ["MKT:-0.1"]}},
    ),
]
Others = Annotated[
    str, _declared("What the other factors do: their mean given the shocks, or nothing.", "conditional",
                   enum=["conditional", "zero"]),
]  # fmt: skip
Horizon = Annotated[
    int | None,
    InQuery(ge=1, le=10_000, description="Sessions, weeks or months of the shocks; default about a month."),
]
Episodes = Annotated[
    list[str],
    InQuery(
        alias="episode",
        min_length=1,
        max_length=100,
        description="A name such as covid-2020, or FROM:TO, each a day; repeatable.",
        openapi_examples={"example": {"value": ["2024-06-03:2024-06-04"]}},
    ),
]
Top = Annotated[int, InQuery(ge=1, le=1000, description="Maximum number of stocks.")]
First = Annotated[int | None, InQuery(ge=1, le=1000, description="Only the first stocks; default all.")]
Shift = Annotated[int | None, InQuery(ge=1, le=1_000_000, description="Returns between the ends of the two windows.")]
Since = Annotated[str | None, _declared("The day on which the earlier window ends.", "2025-11-20", format="date")]
Conditions = Annotated[
    list[str],
    InQuery(
        alias="where",
        min_length=1,
        max_length=50,
        description="A condition on a column, such as SZ>1 or SZ.q<0.05; repeatable, and all have to be met.",
        openapi_examples={"example": {"value": ["SZ>1"]}},
    ),
]
SortColumn = Annotated[
    str | None,
    InQuery(max_length=80, description="The column to sort by: the largest first, of q-values the smallest."),
]
SectorName = Annotated[str | None, InQuery(max_length=100, description="Only this sector.")]
Text = Annotated[
    str,
    InQuery(
        max_length=100,
        description="Part of a ticker or of a name, or an ISIN.",
        openapi_examples={"example": {"value": "tata"}},
        json_schema_extra={"pattern": r"\S"},
    ),
]
Pictures = Annotated[int | None, InQuery(ge=MIN_WIDTH, le=MAX_WIDTH, description=OF_PICTURES)]
Limit = Annotated[int, InQuery(ge=1, le=100, description="Maximum number of stocks.")]


async def model_specification(
    basis: Basis = "raw",
    cov: Cov = "hac",
    as_of: AsOf = None,
    estimator: Estimator = "ols",
    half_life: HalfLife = None,
    frequency: FrequencyName = None,
) -> Specification:
    """The specification, without a window. Raises UsageError."""
    if frequency == "":
        raise InvalidOption(f"frequency is empty: it can be {', '.join(FREQUENCIES)}.")
    return Specification(
        basis=basis[:80],
        covariance=cov[:80],
        as_of=None if as_of is None else parse_date(as_of),
        estimator=estimator[:80],
        half_life=half_life,
        frequency=OF_PRICES if frequency is None else frequency[:80],
    )


ModelSpecification = Annotated[Specification, Depends(model_specification)]


async def window(window: Window = None, window_size: WindowSize = None) -> int:
    """The window, given by either name; 0 for the default of the frequency. Raises InvalidWindow or InvalidOption."""
    given = {parse_window(text) for text in (window, window_size) if text is not None}
    if len(given) > 1:
        raise InvalidOption(f"window is {window} and window_size {window_size}: give one, or the same twice.")
    return given.pop() if given else 0


WindowDays = Annotated[int, Depends(window)]


async def least_squares(
    window: WindowDays, basis: Basis = "raw", cov: Cov = "hac", as_of: AsOf = None, frequency: FrequencyName = None
) -> Specification:
    """The specification of a decision, which has no estimator. Raises UsageError."""
    base = await model_specification(basis, cov, as_of, frequency=frequency)
    return replace(base, window=window)


LeastSquares = Annotated[Specification, Depends(least_squares)]


async def dated_window(window: WindowDays, as_of: AsOf = None, frequency: FrequencyName = None) -> Specification:
    """The specification of what has its own basis and standard errors. Raises UsageError."""
    base = await model_specification(as_of=as_of, frequency=frequency)
    return replace(base, window=window)


DatedWindow = Annotated[Specification, Depends(dated_window)]


def parse_day(text: str | None) -> date | None:
    """A day, where one is given. Raises InvalidDate."""
    return None if text is None else parse_date(text)


def ticker_of(text: str, universe: Universe) -> str:
    """A ticker in capitals, if it is in the universe or has a valid form. Raises InvalidTicker."""
    ticker = text.strip().upper()
    if ticker not in universe.by_ticker and not re.fullmatch(SYMBOL, text.strip(), re.ASCII):
        raise InvalidTicker(
            f"{text[:40]!a} is not a ticker: write letters, digits and . & = _ : -, such as RELIANCE.NS or ^NSEI."
        )
    return ticker
