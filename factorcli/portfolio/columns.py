"""What each column of a file of holdings is, from the words of its heading. Standard library only."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from factorcli.tables.cells import words

# Patterns of whole headings, by their words; those of an earlier line count before those of a later one.
TICKERS = (
    r"ticker|(?:(?:ticker|nse|stock|scrip|security|yahoo|instrument) )?symbol|trading ?symbol|instrument|nse code",
    r"scrip|stock|security|holding|asset|instrument name",
    r"(?:(?:scrip|stock|bse|security) )?code",
)
NAMES = (
    r"(?:(?:company|stock|scrip|security|issuer|instrument|constituent|holding)(?: s)? )?name|company name .*",
    r"company|companies|constituents?|issuer|unternehmen|wertpapier(?:name|bezeichnung)?|bezeichnung",
)
ISINS = (r"isin(?: code| no| number)?",)
QUANTITIES = (
    r"quantity|qty|shares|units|(?:no|number) of shares|shares held|position|bestand|stück|anzahl",
    r"(?:total|net|holdings?|current|closing) (?:quantity|qty|shares|units)|(?:quantity|qty) (?:total|held|net)",
    r"(?:quantity|qty|shares|units) available|(?:available|free|open|balance|demat) (?:quantity|qty|shares|units)",
    r".*\b(?:quantity|qty)\b.*",
)
NOT_HELD = r".*\b(?:long term|short term|sold|sell|buy|bought|prior|lots?|pledged?|discrepant|t1|t2|blocked|margin)\b.*"
IN_TRANSIT = r"t ?[12]? (?:holdings? )?(?:quantity|qty|shares|units)|(?:quantity|qty|shares|units) t ?[12]"
DELIVERED = r"quantity|qty|shares|units|(?:free|demat|settled) (?:quantity|qty)"  # without what is in transit
ASIDE = r".*\b(?:pledged?|discrepant|t1|t2|blocked|collateral)\b.*"
WEIGHTS = (r"weights?|weightage|wt|allocation", r".*\b(?:weight|weightage|allocation)\b.*")
SHARES_OF = r"|.*\b(?:portfolio|nav|aum|net assets|assets|holdings?|corpus|share|total)\b.*"  # with a percent sign
NOT_WEIGHTS = r".*\b(?:target|change|chg|p l|pnl|return|gain|loss|yield|prev(?:ious)?|days?|avg|average|cost)\b.*"
VALUES = (
    r"(?:market|current|cur|present|closing|mkt|holding) (?:market |mkt )?val(?:ue)?|value at (?:market|current) price|"
    r"market value .*|marktwert|kurswert",
    r"value|valuation|amount|position value",
)
CURRENCIES = (r"(?:trading )?currency(?: ?primary)?|ccy|curr|währung",)
EXCHANGES = (r"(?:listing )?exchange(?: segment)?|exch",)
SIDES = (r"transaction type|side|buy sell|buy or sell",)
STRICT = ("ticker", "symbol", "instrument")  # two of these are one too many
PER_CENT = re.compile(r"%|\bpct\b|per ?cent|prozent", re.IGNORECASE)


@dataclass(frozen=True)
class Columns:
    """Positions of the columns by their meaning, None where there is none.

    also: bought and in transit, added to the quantity; aside: quantities that are pledged or blocked; left: weights
    that do not count, such as a target; clash: two headings of one meaning; section: of a statement whose rows begin
    with the name of their section and what they are, the section of this heading.
    """

    heading: Sequence[str]
    ticker: int | None = None
    isin: int | None = None
    name: int | None = None
    weight: int | None = None
    quantity: int | None = None
    value: int | None = None
    currency: int | None = None
    exchange: int | None = None
    side: int | None = None
    also: Sequence[int] = ()
    aside: Sequence[int] = ()
    left: Sequence[int] = ()
    clash: str = ""
    section: str = ""

    @cached_property
    def kind(self) -> str:
        """weight, quantity or value; empty where there is none of them."""
        return next((kind for kind in ("weight", "quantity", "value") if getattr(self, kind) is not None), "")

    @cached_property
    def amount(self) -> int:
        """Position of the column that counts."""
        return int(getattr(self, self.kind))

    @property
    def in_per_cent(self) -> bool:
        """Whether the heading of the weights has a percent sign, or says so."""
        return self.kind == "weight" and _says_per_cent(self.heading[self.amount])

    @property
    def names_stocks(self) -> bool:
        """Whether some column says which stock a row is; "name" beside "value" or "amount" may be of anything."""
        vague = self.kind == "value" and re.fullmatch(VALUES[-1], words(self.heading[self.amount])) is not None
        named = self.name is not None and not (vague and words(self.heading[self.name]) == "name")
        return self.ticker is not None or self.isin is not None or named

    @property
    def unused(self) -> list[str]:
        """Headings of amounts that do not count, as others come first."""
        kinds = ("weight", "quantity", "value")
        places = [getattr(self, kind) for kind in kinds[kinds.index(self.kind) + 1 :]]
        return [self.heading[place].strip() for place in (*places, *self.left) if place is not None]


def recognised(head: Sequence[Sequence[str]]) -> Columns | None:
    """What the columns are if this row is the heading of a table of holdings, else None."""
    columns = columns_of(head[0])
    return columns if columns.section or (columns.names_stocks and columns.kind) else None


def columns_of(heading: Sequence[str]) -> Columns:
    """What the columns of a heading are."""
    return _columns(tuple(heading))


@lru_cache(maxsize=64)  # files of one broker have the same heading
def _columns(heading: tuple[str, ...]) -> Columns:
    plain = [words(cell) for cell in heading]
    signed = [_says_per_cent(cell) for cell in heading]
    weights = _ranked(WEIGHTS, plain, NOT_WEIGHTS)
    if not weights:
        weights = [i for i in _ranked((SHARES_OF,), plain, NOT_WEIGHTS) if signed[i]]
    tickers = [i for i in _ranked(TICKERS, plain) if not signed[i]]
    strict = [i for i in tickers if plain[i] in STRICT]
    quantities = _ranked(QUANTITIES, plain, NOT_HELD)
    also = _in_transit(plain, quantities, weights)
    first = weights or (quantities if quantities and re.fullmatch(QUANTITIES[0], plain[quantities[0]]) else [])
    clashes = (("ticker", strict), ("weight" if weights else "quantity", first))
    said = (f"{what} ({' and '.join(heading[i].strip() for i in places)})" for what, places in clashes if places[1:])
    return Columns(
        heading,
        ticker=_first(strict or tickers),
        isin=_first(_ranked(ISINS, plain)),
        name=_first(_ranked(NAMES, plain)),
        weight=_first(weights),
        quantity=_first(quantities),
        value=_first([i for i in _ranked(VALUES, plain) if not signed[i]]),
        currency=_first(_ranked(CURRENCIES, plain)),
        exchange=_first(_ranked(EXCHANGES, plain)),
        side=_first(_ranked(SIDES, plain)),
        also=also,
        aside=[i for i, word in enumerate(plain) if re.fullmatch(ASIDE, word) and i not in (*quantities, *also)],
        left=[i for i, word in enumerate(plain) if re.fullmatch(WEIGHTS[-1], word) and i not in weights],
        clash=next(said, ""),
        section=heading[0].strip() if len(plain) > 2 and plain[1] == "header" else "",
    )


def _says_per_cent(heading: str) -> bool:
    """Whether a heading says per cent, by a sign or a word, also in weight_pct."""
    return PER_CENT.search(heading) is not None or PER_CENT.search(words(heading)) is not None


def _in_transit(plain: Sequence[str], quantities: Sequence[int], weights: Sequence[int]) -> list[int]:
    """The columns of shares that are bought and not yet delivered, where the quantity leaves them out."""
    if weights or not quantities or not re.fullmatch(DELIVERED, plain[quantities[0]]):
        return []
    return [i for i, word in enumerate(plain) if re.fullmatch(IN_TRANSIT, word)]


def _ranked(patterns: Sequence[str], plain: Sequence[str], without: str = "(?!)") -> list[int]:
    """The columns of the first pattern that any heading matches."""
    kept = [i for i, word in enumerate(plain) if not re.fullmatch(without, word)]
    found = ([i for i in kept if re.fullmatch(pattern, plain[i])] for pattern in patterns)
    return next((places for places in found if places), [])


def _first(places: Sequence[int]) -> int | None:
    return places[0] if places else None
