"""Peers: which stocks are most like a ticker, which of them cannot be told apart from it, and their betas."""

from collections.abc import Iterator, Sequence

from factorcli.render.layout import BLANK, Block, Column, Grid, Line, Span, line
from factorcli.render.text import (
    DIM_STYLE,
    MAX_PAGES,
    about,
    count,
    listed,
    model_line,
    number,
    p_value,
    period,
    warning_lines,
)
from factorcli.results.peers import Peer, PeersResult

TOLD_APART = 0.05  # p-value below which betas are said to differ
MAX_NAMED = 5  # peers that a sentence names
NEAREST = 3  # peers of each ticker in a table of many
NOISY = "noisy"
METHOD = (
    "distance: how far the betas are apart, in standard deviations of what lies between any two stocks, the errors "
    "of both and what they share included. p equal: of the test that the true betas are the same; a large p says "
    "that the data cannot tell, not that they are. residual corr., where there is room for it: of what the factors do "
    "not explain, on the same days."
)
SMALL = 0.1  # betas, which need three decimals


def peers(results: Sequence[PeersResult], _: bool) -> list[Block]:
    """A page for each of a few tickers; for more, one table with the nearest stocks of each."""
    if len(results) > MAX_PAGES:
        return [*_overview(results), BLANK, *_foot(results)]
    parts: list[Block] = []
    for result in results:
        parts += [*_page(result), BLANK]
    return [*parts, *_foot(results)]


def _page(result: PeersResult) -> Iterator[Block]:
    described = about(result.name, result.sector)
    yield line(Span(result.ticker, "bold"), f"  {described}" if described else "")
    yield line(
        f"{count(result.window, period(result.frequency))} to {result.as_of} · "
        f"compared with {count(result.compared, 'stock')}"
    )
    yield BLANK
    yield from answer(result)
    if result.peers:
        yield BLANK
        yield table(result)


def answer(result: PeersResult) -> Iterator[Line]:
    """Which stocks are nearest, whether they can be told apart, and whether that says anything."""
    if not result.peers:
        yield line(f"There is no stock to compare {result.ticker} with.")
        return
    names = [peer.ticker for peer in result.peers]
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    yield line(Span(f"Stocks most like {result.ticker}: ", "bold"), f"{', '.join(names[:MAX_NAMED])}{more}.")
    equal = [peer for peer in result.peers if not peer.p_equal < TOLD_APART]
    if not equal:
        yield line(f"The betas of each of these differ from those of {result.ticker} by more than chance.")
    elif len(equal) == len(names):
        yield line(f"Of these, none can be told apart from {result.ticker} by its betas (p at least {TOLD_APART}).")
    else:
        yield line(
            f"Of these, {_listed(equal)} cannot be told apart from {result.ticker} by its betas (p at least "
            f"{TOLD_APART})."
        )
    if result.noisy:
        yield line(
            f"But the betas of {result.ticker} are known less well than stocks differ ({NOISY}): many stocks cannot be "
            "told apart from it, and indistinguishable is not alike."
        )
    elif noisy := [peer for peer in result.peers if peer.noisy]:
        yield line(
            f"The betas of {_listed(noisy)} are known less well than stocks differ ({NOISY}): indistinguishable is not "
            "alike."
        )


def _listed(some: Sequence[Peer]) -> str:
    """Up to MAX_NAMED tickers, and how many more."""
    names = [peer.ticker for peer in some]
    if len(names) > MAX_NAMED:
        return f"{', '.join(names[:MAX_NAMED])} and {len(names) - MAX_NAMED} more"
    return listed(names)


def table(result: PeersResult) -> Grid:
    """The ticker itself above a rule, then its peers."""
    rows = result.peers
    every: list[Peer | PeersResult] = [result, *rows]
    return Grid(
        [
            Column("", [Span(result.ticker, "bold"), *(peer.ticker for peer in rows)], left=True),
            Column("name", [result.name or "", *(peer.name or "" for peer in rows)], left=True, need=5),
            Column("sector", [result.sector or "", *(peer.sector or "" for peer in rows)], left=True, need=4),
            Column("distance", ["", *(number(peer.distance, signed=False) for peer in rows)]),
            Column("p equal", ["", *(p_value(peer.p_equal) for peer in rows)]),
            Column("residual corr.", ["", *(number(peer.residual_correlation) for peer in rows)], need=2),
            Column("R²", [number(one.r_squared, signed=False) for one in every], need=1),
            *(_betas(code, [one.betas[code] for one in every]) for code in result.betas),
            Column("", [NOISY if one.noisy else "" for one in every], left=True, style=DIM_STYLE),
        ],
        frozenset({0}),
    )


def _betas(code: str, betas: Sequence[float]) -> Column:
    """The betas to a factor, with three decimals where all of them are small."""
    digits = 3 if all(abs(beta) < SMALL for beta in betas) else 2
    return Column(code, [number(beta, digits) for beta in betas])


def _overview(results: Sequence[PeersResult]) -> Iterator[Block]:
    first = results[0]
    noisy = sum(result.noisy for result in results)
    yield line(
        Span(f"Peers of {count(len(results), 'stock')}", "bold"),
        f"  {count(first.window, period(first.frequency))} to {first.as_of} · "
        f"compared with {count(max(result.compared for result in results), 'stock')}",
    )
    if noisy:
        yield line(
            f"{noisy:,} of them have betas that are known less well than stocks differ ({NOISY}): indistinguishable is "
            "not alike."
        )
    yield BLANK
    yield Grid(
        [
            Column("", [result.ticker for result in results], left=True, style="bold"),
            Column("name", [result.name or "" for result in results], left=True, need=4),
            *(
                Column(f"{k + 1}", [_cell(result, k) for result in results], left=True, need=k and k + 1)
                for k in range(NEAREST)
            ),
            Column("not told apart", [_not_apart(result) for result in results], need=1),
            Column("", [NOISY if result.noisy else "" for result in results], left=True, style=DIM_STYLE),
        ]
    )


def _cell(result: PeersResult, k: int) -> str:
    """The k-th nearest stock and its distance."""
    if k >= len(result.peers):
        return "–"
    peer = result.peers[k]
    return f"{peer.ticker} {number(peer.distance, signed=False)}"


def _not_apart(result: PeersResult) -> str:
    equal = sum(not peer.p_equal < TOLD_APART for peer in result.peers)
    return f"{equal} of {len(result.peers)}"


def _foot(results: Sequence[PeersResult]) -> Iterator[Line]:
    first = results[0]
    yield line(METHOD, style=DIM_STYLE)
    yield line(model_line(first.model, first.data.source, first.as_of, first.frequency), style=DIM_STYLE)
    yield from warning_lines(results)
