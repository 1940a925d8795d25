"""The names of a price file's columns, as exchanges, websites and programs write them. Standard library only."""

import re

from factorcli.tables.cells import words

# Headings without blanks and punctuation; the first of a list is taken before the others.
DATES = (
    *("date", "datetime", "timestamp", "day", "index", "", "time", "date1", "traddt", "historicaldate", "dt"),
    *("datum", "data", "fecha"),
)
TICKERS = (
    *("ticker", "symbol", "tckrsymb", "tradingsymbol", "scrip", "scripcode", "sccode", "schemecode", "instrument"),
    *("isin", "security", "stock", "indexname", "name"),
)
NUMBERED = ("schemecode", "sccode", "scripcode")  # tickers that few know, so that an ISIN beside them is one too
NAMES = ("security", "stock", "indexname", "name")
ADJUSTED_CLOSES = (
    *("adjclose", "adjustedclose", "adjcloseprice", "adjustedcloseprice", "closeadj", "adjustedclosingprice"),
    *("closeadjusted", "splitadjustedclose"),
    "adjcloseadjustedclosepriceadjustedforsplitsanddividendandorcapitalgaindistributions",
)
CLOSES = (
    *("close", "closeprice", "closingprice", "clspric", "closelast", "closingindexvalue", "closevalue", "zamkniecie"),
    *("closingvalue", "indexclose", "netassetvalue", "totalreturnsindex", "closeclosepriceadjustedforsplits"),
    *("unadjustedclose", "pxlast", "schlusskurs", "cierre", "chiusura", "clôture", "cloture", "fechamento"),
)
# Closes only where nothing speaks against it, as a ticker may be called so.
WEAK_CLOSES = (
    *("price", "nav", "lastprice", "last", "latest", "ltp", "lasttradedprice", "value", "zuletzt", "schluss"),
    *("dernier", "ultimo", "último", "settleprice", "settlementprice"),
)
VOLUMES = (
    *("volume", "vol", "sharestraded", "totaltradedquantity", "ttltrdqnty", "tottrdqty", "ttltradgvol", "noofshares"),
    *("tradedvolume", "tradedquantity", "volumetraded", "totalvolume", "noofshrs", "wolumen"),
    *("pxvolume", "stuecke", "stück", "volumen", "volumes"),
)
SERIES = ("series", "sctysrs", "scgroup")
INSTRUMENTS = ("fininstrmtp", "instrument", "instrumenttype", "insttype")
EXPIRIES = ("xprydt", "expirydt", "expirydate", "expiry", "expdate", "expdt")
RANGE = frozenset(("open", "high", "low"))
BARS = RANGE | frozenset(
    (
        *("openprice", "highprice", "lowprice", "change", "changep", "vwap", "wap", "oi", "prevclose", "per", "chg"),
        *("previousclose", "dividends", "stocksplits", "capitalgains", "turnover", "trades", "openint", "openinterest"),
        *("dividendamount", "splitcoefficient", "averageprice", "repurchaseprice", "saleprice", "unnamed0", "currency"),
        *("pxopen", "pxhigh", "pxlow"),
        *("eröffn", "eröffnung", "hoch", "tief", "tageshoch", "tagestief", "ouv", "ouverture"),
        *("plushaut", "plusbas", "variation", "apertura", "abertura", "massimo", "minimo", "máximo", "mínimo"),
        *("máxima", "mínima", "maximo", "maxima", "minima", "max", "min", "máx", "mín", "var", "varp"),
        *("exchange", *SERIES, *DATES, *ADJUSTED_CLOSES, *CLOSES, *VOLUMES, *WEAK_CLOSES),
    )
)
UNITS = frozenset(
    ("inr", "rs", "rupees", "usd", "eur", "gbp", "chf", "dollars", "euro", "in", "shares", "nos", "per", "unit")
)
TRADES = frozenset(("side", "tradetype", "transactiontype", "buysell", "orderid", "tradeid", "qty", "quantity"))
FIELDS = RANGE | {"close", "volume", "dividends", "stocksplits", "capitalgains", "repaired", *ADJUSTED_CLOSES}
_EVENTS = r"dividends|stock[ _]?splits|capital[ _]?gains|repaired\??"
_FIELD = rf"(adj(?:usted)?(?:[ _]?close)?|close|open|high|low|volume|{_EVENTS})"
FIELD_LAST = re.compile(rf"(\S.*?)[ _|/:.-]+{_FIELD}", re.IGNORECASE)  # after a ticker
FIELD_FIRST = re.compile(rf"{_FIELD}[ _|/:.-]+(\S+)", re.IGNORECASE)
QUALIFIERS = frozenset(  # what is no ticker before or after the name of a bar
    (
        *(
            "adj",
            "adjusted",
            "unadjusted",
            "split",
            "split adjusted",
            "prev",
            "previous",
            "prior",
            "last",
            "day",
            "today",
        ),
        *("total", "average", "avg", "price", "prices", "value", "change", "chg", "return", "market", "time", "date"),
        *("52 week", "52w", "index"),
    )
)
DATE_HEADING = re.compile(r"^(?!observation).*\bdate\b")  # FRED's observation_date stands beside rates
ISIN_HEADING = re.compile(r"isin.*")


def heading_key(cell: str) -> str:
    """A heading in lower case without blanks and punctuation, and without a unit beside a known name."""
    parts = words(cell).split()
    name = "".join(parts)
    if not UNITS.isdisjoint(parts) and name not in BARS:
        start, end = 0, len(parts)
        while end > start and parts[end - 1] in UNITS:
            end -= 1
        while start < end and parts[start] in UNITS:
            start += 1
        bare = "".join(parts[start:end])
        return bare if bare in BARS and bare else name
    return name
