"""Bodies of questions about a portfolio: read with a limit, parsed strictly, and turned into what use cases take.

Nothing of a body is logged: an error names the place, and not what was there.
"""

import asyncio
import codecs
import json
import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from factorcli.errors import InvalidOption, InvalidPortfolio
from factorcli.markets.universe import Universe
from factorcli.model.frequency import FREQUENCIES, OF_PRICES
from factorcli.model.specification import BASES, COVARIANCES, Specification, parse_date
from factorcli.model.windows import parse_window
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.lots import Lot, Lots
from factorcli.serve.middleware import MAX_PRIVATE_BYTES
from factorcli.serve.parameters import SYMBOL, WINDOW, ticker_of
from factorcli.serve.pictures import DESCRIPTION as OF_PICTURES
from factorcli.serve.pictures import MAX_WIDTH, MIN_WIDTH
from factorcli.service.hedge import MAX_INSTRUMENTS
from factorcli.service.holdings import MAX_HOLDINGS

BODY_SECONDS = 30.0  # in which a body has to come
MAX_AMOUNT = 1e15
MAX_NAMES = 100  # of episodes and instruments in a body
NAME = "portfolio"  # what results and messages call it
UNION_MEMBERS = frozenset(("int", "str", "float"))  # pydantic adds these to the place of an error

B = TypeVar("B", bound="Question")


def _schema(description: str, **schema: Any) -> Any:
    return Field(description=description, json_schema_extra=schema or None)


class Strict(BaseModel):
    """A part of a body: only what it declares, of exactly these types, and finite."""

    model_config = ConfigDict(
        strict=True, extra="forbid", allow_inf_nan=False, frozen=True, hide_input_in_errors=True, populate_by_name=False
    )


TickerText = Annotated[str, Field(pattern=SYMBOL, description="Such as ^NSEI or MID150BEES.NS.")]


class Holding(Strict):
    """A stock, or CASH, with a weight (a fraction) or a quantity; a negative one is short."""

    ticker: Annotated[str, Field(pattern=SYMBOL, description="Such as RELIANCE.NS, an ISIN, or CASH.")]
    weight: Annotated[
        float | None, Field(ge=-MAX_AMOUNT, le=MAX_AMOUNT, description="A fraction of the value, such as 0.25.")
    ] = None
    quantity: Annotated[
        float | None, Field(ge=-MAX_AMOUNT, le=MAX_AMOUNT, description="Shares; of CASH, an amount of money.")
    ] = None


class Question(Strict):
    """What is asked about a portfolio. Each holding has a weight, or each has a quantity."""

    holdings: Annotated[list[Holding], Field(min_length=1, max_length=MAX_HOLDINGS, description="What is held.")]
    benchmark: Annotated[str | None, Field(pattern=SYMBOL, description="A ticker to compare with.")] = None
    window: Annotated[
        int | str | None,
        _schema(
            "Trading days, weeks or months: 252 or 252D, 30 or more; default 252 days, 104 weeks or 60 months.",
            anyOf=[{"type": "integer", "minimum": 30}, {"type": "string", "pattern": WINDOW}, {"type": "null"}],
        ),
    ] = None
    basis: Annotated[str, _schema("Basis of the factors.", enum=list(BASES))] = "raw"
    cov: Annotated[str, _schema("Standard errors.", enum=list(COVARIANCES))] = "hac"
    as_of: Annotated[str | None, _schema("The last day of the window.", format="date")] = None
    frequency: Annotated[
        str | None, _schema("Returns of days, weeks or months; default as the prices are.", enum=[*FREQUENCIES, None])
    ] = None

    def specification(self) -> Specification:
        """How the portfolio is estimated. Raises UsageError."""
        if self.frequency is not None and self.frequency not in FREQUENCIES:
            raise InvalidOption(f"frequency is {self.frequency[:40]!r}: it can be {', '.join(FREQUENCIES)}.")
        return Specification(
            window=0 if self.window is None else parse_window(str(self.window)),
            basis=self.basis[:80],
            covariance=self.cov[:80],
            as_of=None if self.as_of is None else parse_date(self.as_of),
            frequency=OF_PRICES if self.frequency is None else self.frequency,
        )


class DrawnQuestion(Question):
    """What is asked about a portfolio, and has pictures."""

    pictures: Annotated[int | None, Field(ge=MIN_WIDTH, le=MAX_WIDTH, description=OF_PICTURES)] = None


class StressQuestion(DrawnQuestion):
    """What a portfolio would lose if factors moved."""

    shocks: Annotated[
        dict[str, float], Field(min_length=1, max_length=50, description="Moves by factor code, as fractions.")
    ]
    others: Annotated[str, _schema("What the other factors do.", enum=["conditional", "zero"])] = "conditional"
    horizon: Annotated[
        int | None, Field(ge=1, le=10_000, description="Sessions, weeks or months; default about a month.")
    ] = None


class EpisodesQuestion(DrawnQuestion):
    """What a portfolio would have done in times past."""

    episodes: Annotated[
        list[str] | None,
        Field(
            min_length=1,
            max_length=MAX_NAMES,
            description="Names, as `/model` has them, or FROM:TO, each a day; default every name that has prices.",
        ),
    ] = None


class LotSize(Strict):
    """A contract of an instrument."""

    ticker: TickerText
    lot: Annotated[float, Field(gt=0, le=1e9, description="Units in it.")]
    price: Annotated[float | None, Field(gt=0, le=1e9, description="Of a unit; default the last close.")] = None
    short: Annotated[bool, Field(description="Whether it can be sold short.")] = True


class HedgeQuestion(Question):
    """What to hold of instruments so that a portfolio moves least."""

    instruments: Annotated[
        list[TickerText],
        Field(
            alias="with",
            min_length=1,
            max_length=MAX_NAMES,
            description=f"Tickers to hedge with, {MAX_INSTRUMENTS} different ones at most.",
        ),
    ]
    lots: Annotated[
        list[LotSize] | None, Field(min_length=1, max_length=MAX_NAMES, description="For whole contracts only.")
    ] = None
    value: Annotated[
        float | None, Field(gt=0, le=1e14, description="What the portfolio is worth, where it has weights.")
    ] = None

    def contracts(self) -> Lots | None:
        """The lots, if whole contracts are wanted. Raises InvalidOption."""
        if self.lots is None:
            return None
        return Lots.of([Lot(one.ticker, one.lot, one.price, one.short) for one in self.lots])


class WhatIfQuestion(Question):
    """What trades would change: either the holdings afterwards, or the trades."""

    to: Annotated[
        list[Holding] | None, Field(min_length=1, max_length=MAX_HOLDINGS, description="The holdings afterwards.")
    ] = None
    trades: Annotated[
        dict[str, float | str] | None,
        Field(
            min_length=1,
            max_length=MAX_HOLDINGS,
            description="By ticker, a fraction of the value, or a text such as -5%.",
        ),
    ] = None


class DriftQuestion(DrawnQuestion):
    """Whether a portfolio's betas have changed."""

    shift: Annotated[int | None, Field(ge=1, le=1_000_000, description="Returns between the windows' ends.")] = None
    since: Annotated[str | None, _schema("The day on which the earlier window ends.", format="date")] = None


class BodyTooLarge(Exception):
    """A body that is found to be larger than MAX_PRIVATE_BYTES while it is read."""


class BodyTooSlow(Exception):
    """A body that has not come within BODY_SECONDS."""


async def body_of(request: Request) -> bytes:
    """The body. Raises BodyTooLarge, BodyTooSlow, and ClientDisconnect where the client leaves before its end."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > MAX_PRIVATE_BYTES:
                    raise BodyTooLarge
    except TimeoutError:
        raise BodyTooSlow from None
    return bytes(body)


def parsed(kind: type[B], body: bytes) -> B:
    """A body as a question. Raises InvalidOption, which names the first place that is wrong.

    A byte-order mark is skipped; a key that an object has twice is refused, as one of its values would be lost.
    """
    text = body.removeprefix(codecs.BOM_UTF8)
    try:
        question = kind.model_validate_json(text)
    except ValidationError as error:
        raise InvalidOption(_sentence(error)) from None
    # After that, as it bounds the depth; numbers are left as texts, since Python refuses long ones.
    json.loads(text, object_pairs_hook=_without_twins, parse_int=str, parse_float=str, strict=False)
    return question


def _without_twins(pairs: list[tuple[str, Any]]) -> None:
    """Nothing. Raises InvalidOption where a key of an object is there twice."""
    seen = set[str]()
    for key, _ in pairs:
        if key in seen:
            raise InvalidOption(f"{key[:80]} is there twice in the same object: give it once.")
        seen.add(key)


def holdings_of(found: list[Holding], universe: Universe, name: str = NAME) -> Holdings:
    """Holdings of a body. Raises InvalidPortfolio or InvalidTicker."""
    by = "quantity" if found[0].quantity is not None else "weight"
    pairs = []
    for line, one in enumerate(found, start=1):
        if (one.weight is None) == (one.quantity is None):
            raise InvalidPortfolio(f"Line {line} of {name} must have either a weight or a quantity.")
        amount = one.quantity if by == "quantity" else one.weight
        if amount is None:
            raise InvalidPortfolio(
                f"{name} mixes weights and quantities: line 1 has a {by}, and line {line} has none. Give only one."
            )
        pairs.append((ticker_of(one.ticker, universe), amount))
    return Holdings.of(pairs, by=by, name=name)


PLAIN: dict[str, Callable[[dict[str, Any]], str]] = {
    "extra_forbidden": lambda _: "is not a key of this question",
    "missing": lambda _: "is missing",
    "string_pattern_mismatch": lambda _: "is not a ticker: write letters, digits and . & = _ : -, such as RELIANCE.NS",
    "finite_number": lambda _: "must be a finite number",
    "too_long": lambda context: (
        f"has {context['actual_length']} entries, and at most {context['max_length']} are taken"
    ),
    "too_short": lambda _: "is empty",
}


def _sentence(error: ValidationError) -> str:
    """The first thing that is wrong, without what was given."""
    first = error.errors(include_url=False, include_input=False)[0]
    kind, context = first["type"], first.get("ctx", {})
    if kind == "json_invalid":
        cause = re.sub(r"[^\x20-\x7e]", "?", str(context.get("error", "")))
        return f"The body is not JSON: {cause}."
    place = [str(part) for part in first["loc"] if part not in UNION_MEMBERS]
    if not place:
        return "The body must be an object with holdings."
    what = PLAIN[kind](context) if kind in PLAIN else str(first["msg"]).removeprefix("Input ")
    return f"{'.'.join(place)[:80]} {what}."
