"""What the price gate did to the prices of a result, and what is wrong with them."""

from collections.abc import Iterator, Sequence

from factorcli.render.layout import Column, Grid
from factorcli.render.report.parts import Facts, Items, Part, Section, Table, Text
from factorcli.render.text import count, day, number, percent, source_name
from factorcli.results.beta import BetaResult
from factorcli.results.corrections import CorrectedDay
from factorcli.results.heatmap import Heatmap
from factorcli.results.provenance import ExcludedDay
from factorcli.results.warnings import ResultWarning

HEADING = "Data quality"
SYNTHETIC = (
    "Synthetic prices: the demo market is made up. Every number on this page is about no real stock and no real market."
)
OLD = "Old numbers of {ticker}: the source of prices did not answer, and these were computed at {time}."
PART = "Only {known:,} of {all} have been computed so far: medians, sectors and extremes are of those alone."
PENDING = "pending"  # the code of a stock that has not been computed yet
BEHIND = "A later session has closed since this was computed, at {time}."


def notices(beta: BetaResult) -> list[str]:
    """What a reader must know before any number: prices that are made up, numbers that are old."""
    old = [OLD.format(ticker=beta.ticker, time=beta.cache.computed_at)] if beta.cache.stale else []
    return [*([SYNTHETIC] if beta.data.source == "demo" else []), *old]


def heatmap_notices(shown: Heatmap) -> list[str]:
    """The same of a heatmap."""
    old = [BEHIND.format(time=shown.computed_at)] if shown.stale else []
    pending = any(stock.code == PENDING for stock in shown.missing)
    part = [PART.format(known=len(shown.stocks), all=count(shown.total, "stock"))] if pending else []
    return [*([SYNTHETIC] if shown.source == "demo" else []), *old, *part]


def quality(beta: BetaResult, anchor: str) -> Section:
    """The sessions of a result, the returns that are missing, left out or corrected, and its warnings."""
    data = beta.data
    parts: list[Part] = [
        Facts(
            [
                ("Source of prices", source_name(data.source)),
                ("Last price", str(data.last_date)),
                ("Sessions in the window", f"{data.sessions:,}"),
                ("Without a price", f"{data.missing:,}"),
                ("Left out", f"{len(data.excluded):,}"),
                ("Corrected", f"{len(data.corrected):,}"),
                ("Returns used", f"{beta.observations:,}"),
            ]
        )
    ]
    if data.excluded:
        parts.append(Table(_excluded(data.excluded), "Returns that the price gate left out"))
    if data.corrected:
        parts.append(Table(_corrected(data.corrected), "Returns corrected for a corporate action"))
    if not data.excluded and not data.corrected:
        parts.append(Text(f"The price gate left out no {day(beta.frequency)} and corrected none."))
    parts += warnings(beta.warnings)
    return Section(anchor, HEADING, parts)


def warnings(found: Sequence[ResultWarning]) -> list[Part]:
    """Each warning as a sentence after its code; a sentence that there are none."""
    if not found:
        return [Text("No warnings.")]
    return [Text(f"{count(len(found), 'warning')}:"), Items([(w.code, sentence(w.text)) for w in found])]


def sentence(text: str) -> str:
    """The text with a capital letter."""
    return text[:1].upper() + text[1:]


def _excluded(days: Sequence[ExcludedDay]) -> Grid:
    return Grid(
        [
            Column("date", [str(one.date) for one in days], left=True),
            Column("reason", [one.reason.replace("_", " ") for one in days], left=True),
            Column("return", [percent(one.value, 2, signed=True) for one in days]),
        ]
    )


def _corrected(days: Sequence[CorrectedDay]) -> Grid:
    tickers = [one.ticker or "" for one in days]
    return Grid(
        [
            Column("date", [str(one.date) for one in days], left=True),
            *([Column("ticker", tickers, left=True)] if any(tickers) else []),
            Column("corporate action", [one.kind for one in days], left=True),
            Column("factor", [number(one.factor, 4, signed=False) for one in days]),
            Column("return before", [percent(one.return_before, 2, signed=True) for one in days]),
            Column("return after", [percent(one.value, 2, signed=True) for one in days]),
        ]
    )


def missing(shown: Heatmap) -> Iterator[Part]:
    """The stocks that a heatmap lacks, by the code of their failure."""
    if not shown.missing:
        yield Text(f"None of the {count(shown.total, 'stock')} is missing.")
        return
    yield Text(f"{len(shown.missing):,} of {count(shown.total, 'stock')} are missing:")
    codes = dict.fromkeys(stock.code for stock in shown.missing)
    by_code = {code: [stock.ticker for stock in shown.missing if stock.code == code] for code in codes}
    yield Items([(code.replace("_", " "), ", ".join(tickers)) for code, tickers in by_code.items()])
