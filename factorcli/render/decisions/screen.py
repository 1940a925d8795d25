"""The stocks of a heatmap that meet conditions: how many, of which sectors, then each with its betas."""

from collections import Counter
from collections.abc import Iterator, Sequence

from factorcli.render.heatmaps import foot, in_order, length
from factorcli.render.layout import BLANK, Block, Line, Span, line
from factorcli.render.text import count, number
from factorcli.results.screen import Screen

MAX_SECTORS = 4  # that are named
LASTING = 0.5  # a rank correlation with a year later from which a beta is said to last
MARKET = "market"
YEARS = "2021 to 2025"


def screen(results: Sequence[Screen], _: bool) -> list[Block]:
    """The answer in a sentence, the stocks in their order, and what the marks mean."""
    (shown,) = results
    among = f"all {count(shown.known, 'stock')} that were looked at"
    return [*_answer(shown), BLANK, in_order(shown, shown.every), *foot(shown, among)]


def _answer(shown: Screen) -> Iterator[Line]:
    verb = "meets" if shown.met == 1 else "meet"
    first = "" if shown.met == len(shown.stocks) else f" The first {len(shown.stocks):,} are shown."
    yield line(Span(f"{shown.met:,} of {shown.known:,} stocks", "bold"), f" {verb} {shown.asked}.{first}")
    sectors = Counter(stock.sector or "no sector" for stock in shown.stocks).most_common()
    if len(sectors) > 1:
        named = ", ".join(f"{sector} {times}" for sector, times in sectors[:MAX_SECTORS])
        more = f", and {len(sectors) - MAX_SECTORS} more" if len(sectors) > MAX_SECTORS else ""
        yield line(f"Sectors: {named}{more}.")
    yield from _lasting(shown)
    parts = [f"Heatmap, {length(shown)}", f"as of {shown.as_of}"]
    if shown.missing:
        parts.append(f"{len(shown.missing)} of {shown.total} stocks are missing in it")
    yield line(" · ".join(parts))


def _lasting(shown: Screen) -> Iterator[Line]:
    """How far the columns that were asked about last, those first that do not."""
    if not shown.lasting:
        return
    ordered = sorted(shown.lasting.items(), key=lambda pair: pair[1])
    listed = ", ".join(
        f"{'market β' if name == MARKET else name} {number(value, signed=False)}" for name, value in ordered
    )
    weak = [name for name, value in ordered if value < LASTING]
    text = (
        f"Will it last? The rank correlation of a stock's beta with that of a year later was: {listed} (NSE, {YEARS})."
    )
    if weak:
        text += f" Below {LASTING} many of these stocks would not be found again a year later."
    yield line(text)
