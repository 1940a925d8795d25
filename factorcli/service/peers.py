"""The use case of peers: which stocks of a kept heatmap are most like a ticker. Standard library only until it fits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from factorcli.errors import DataError, FactorError, HeatmapNotComputed, InvalidOption, UpstreamError
from factorcli.markets.tickers import ResolvedTicker
from factorcli.model.specification import Specification
from factorcli.results.batch import Batch, Failure
from factorcli.results.heatmap import Heatmap
from factorcli.results.warnings import ResultWarning
from factorcli.service.context import Context, Listing
from factorcli.service.exposures import exit_status
from factorcli.service.heatmap import HeatmapService
from factorcli.service.members import with_kept_members

if TYPE_CHECKING:
    from factorcli.results.peers import PeersResult

BASIS = "residual"  # in which betas are compared
MIN_STOCKS = 2  # for the covariance of true betas
FEW_STOCKS = 20  # below which that is a rough guess


@dataclass(frozen=True)
class PeersService:
    """Peers among the stocks of a kept heatmap, computed now from prices at hand; none of theirs is fetched."""

    context: Context

    def peers(
        self,
        tickers: Sequence[str],
        spec: Specification,
        top: int | None = 10,
        sector: str | None = None,
        *,
        everything: bool = False,
    ) -> "Batch[PeersResult]":
        """The stocks most like each ticker, at most `top`, nearest first; a ticker need not be of the heatmap.

        spec: its window, day and frequency; betas are in the basis residual, whatever it says, and the heatmap is of
        its basis or of that one. sector: peers of this sector only. everything: every stock of the heatmap is asked
        about. Raises InvalidOption, HeatmapNotComputed, and what `Context.fit` raises.
        """
        if everything == bool(tickers):
            raise InvalidOption("Peers are of tickers or of every stock of the heatmap: give one of the two.")
        context = with_kept_members(self.context, spec)
        context.check_date(spec)
        spec = context.settled(spec)
        sectors = [] if sector is None else [context.universe.sector(sector)]
        return self._among(context, _heatmap(context, spec), tickers, spec, top, sectors)

    def of_heatmap(
        self, heatmap: Heatmap, tickers: Sequence[str], spec: Specification, top: int
    ) -> "Batch[PeersResult]":
        """As `peers` of tickers, among the stocks of this heatmap, whose members the context has."""
        return self._among(self.context, heatmap, tickers, self.context.settled(spec), top, ())

    def _among(
        self,
        context: Context,
        heatmap: Heatmap,
        tickers: Sequence[str],
        spec: Specification,
        top: int | None,
        sectors: Sequence[str],
    ) -> "Batch[PeersResult]":
        """The peers of tickers, or of every stock of the heatmap where none is named."""
        listed = context.listed()
        stocks, notices = _at_hand(context, heatmap, listed)
        typed = [context.resolve(ticker, listed) for ticker in tickers]
        asked = list({one.ticker: one for one in context.decided(typed)}.values()) if typed else stocks
        return replace(self._found(context, replace(spec, basis=BASIS), stocks, asked, top, sectors), notices=notices)

    def _found(
        self,
        context: Context,
        spec: Specification,
        stocks: Sequence[ResolvedTicker],
        asked: Sequence[ResolvedTicker],
        top: int | None,
        sectors: Sequence[str],
    ) -> "Batch[PeersResult]":
        """The peers of each ticker that is asked about; one without a result is among the failures."""
        from factorcli.decisions.peers import PeerGroup

        # Columns in this order, whatever is asked about, so that digits do not depend on it.
        places = {one.ticker: i for i, one in enumerate(stocks)}
        others = [one for one in asked if one.ticker not in places]
        fits = context.fits([*stocks, *others], spec)
        places |= {one.ticker: i for i, one in enumerate(others, len(stocks))}
        group = PeerGroup(fits, len(stocks))
        results: list[PeersResult] = []
        failed: list[tuple[str, FactorError]] = []
        for one in asked:
            try:
                results.append(group.peers(places[one.ticker], top, sectors))
            except (DataError, UpstreamError) as error:
                failed.append((one.ticker, error))
        failures = tuple(Failure(ticker, error.code, str(error)) for ticker, error in failed)
        return Batch(tuple(results), failures, exit_status(len(results), [error for _, error in failed]))


def _heatmap(context: Context, spec: Specification) -> Heatmap:
    """The kept heatmap of the specification, or that of the basis in which betas are compared. HeatmapNotComputed."""
    heatmaps = HeatmapService(context)
    try:
        return heatmaps.show(spec)
    except HeatmapNotComputed as missing:
        if spec.basis == BASIS:
            raise
        try:
            return heatmaps.show(replace(spec, basis=BASIS))
        except HeatmapNotComputed:
            raise missing from None


def _at_hand(
    context: Context, heatmap: Heatmap, listed: Listing
) -> tuple[list[ResolvedTicker], tuple[ResultWarning, ...]]:
    """The stocks of a heatmap whose prices need no request, and a notice about others. Raises HeatmapNotComputed."""
    stocks = [replace(context.resolve(stock.ticker, listed), ticker=stock.ticker) for stock in heatmap.stocks]
    there = set(context.open_market().source.at_hand([one.column for one in stocks]))
    found, total = [one for one in stocks if one.column in there], len(stocks)
    if len(found) < MIN_STOCKS:
        if total < MIN_STOCKS:
            raise HeatmapNotComputed(
                f"The heatmap of window {heatmap.window} has {total} stock only, which has no peers: compute all of it."
            )
        raise HeatmapNotComputed(
            f"Prices up to the last session are at hand of {len(found)} of the {total} stocks of the heatmap of "
            f"{heatmap.as_of}, and peers are not worth {total} requests that nobody asked for: compute it again."
        )
    notices = context.notices
    if len(found) < FEW_STOCKS:
        notices += (
            ResultWarning(
                "few_stocks",
                f"the heatmap has {len(found)} stocks to compare with: how far betas differ between stocks, which "
                "distances are measured by, is not known well.",
            ),
        )
    if len(found) < total:
        notices += (
            ResultWarning(
                "not_at_hand",
                f"{total - len(found)} of the {total} stocks of the heatmap are left out, as their prices up to the "
                "last session are not at hand; computing the heatmap fetches them.",
            ),
        )
    return found, notices
