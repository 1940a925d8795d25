"""The peers of a ticker as a record, among the stocks of a fitted window."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from factorcli.analysis.eligibility import ineligible_tickers
from factorcli.analysis.fit import FittedWindow
from factorcli.decisions.subject import Subject
from factorcli.engine import Array, Ints, Mask
from factorcli.engine.peers import Gaps, Scored, gaps, true_covariance
from factorcli.results.peers import Peer, PeersResult
from factorcli.results.universe import StockInfo

BLOCK = 32  # tickers whose gaps are computed together


@dataclass(frozen=True)
class PeerGroup:
    """The stocks that tickers are compared with: the first `stocks` columns of a window in the basis `residual`."""

    fitted: FittedWindow
    stocks: int

    @cached_property
    def members(self) -> Ints:
        """The columns of the stocks that are eligible."""
        errors = ineligible_tickers(self.fitted)
        return np.array([i for i in range(self.stocks) if i not in errors], dtype=np.int64)

    def peers(self, subject: Subject, top: int | None, sectors: Sequence[str] = ()) -> PeersResult:
        """The nearest stocks to a ticker of the window, at most `top`, of these sectors if any are named."""
        i = subject.i
        found, row = self._gaps(i)
        wanted = (self.members != i) & np.isfinite(found.distance[row])
        if sectors:
            wanted &= np.isin(self._sectors, sectors)
        nearest = np.argsort(np.where(wanted, found.distance[row], np.inf), kind="stable")[: int(wanted.sum())]
        return PeersResult(
            **subject.facts(),
            noisy=bool(self._noisy[i]),
            r_squared=float(self.fitted.fits.r_squared[i]),
            betas=self._betas(i),
            market_beta=self._market_beta(i),
            compared=len(nearest),
            peers=tuple(self._peer(found, row, k) for k in nearest[:top].tolist()),
            **subject.provenance(),
        )

    def _gaps(self, i: int) -> tuple[Gaps, int]:
        """The gaps of the block that a column is in, and its row: those of a block are the same whatever is asked."""
        place = int(np.searchsorted(self.members, i))
        is_member = place < len(self.members) and self.members[place] == i
        block = place // BLOCK if is_member else -1 - i
        if block not in self._block:
            chosen = self.members[block * BLOCK : (block + 1) * BLOCK] if is_member else np.array([i])
            self._block.clear()  # one at a time, to limit memory
            self._block[block] = gaps(self._scored.take(chosen), self._members, self._spread)
        return self._block[block], place % BLOCK if is_member else 0

    @cached_property
    def _block(self) -> dict[int, Gaps]:
        return {}

    @cached_property
    def _scored(self) -> Scored:
        return Scored.of(self.fitted.exposures.sample, self.fitted.required)

    @cached_property
    def _members(self) -> Scored:
        return self._scored.take(self.members)

    @cached_property
    def _spread(self) -> Array:
        return true_covariance(self._members)

    @cached_property
    def _noisy(self) -> Mask:
        """Mask of the columns whose betas have larger errors than the betas of stocks differ."""
        noisy: Mask = self._scored.noise > np.trace(self._spread)
        return noisy

    @cached_property
    def _sectors(self) -> list[str]:
        """The sector of each member, empty where it is not known."""
        stocks = (self._stock(i) for i in self.members.tolist())
        return [stock.sector or "" if stock else "" for stock in stocks]

    def _stock(self, i: int) -> StockInfo | None:
        return self.fitted.origin.stock(self.fitted.tickers[i].ticker)

    def _betas(self, i: int) -> dict[str, float]:
        return self.fitted.by_code(self.fitted.fits.coefficients[i, 1:])

    def _market_beta(self, i: int) -> float:
        return float(self.fitted.exposures.market.coefficients[i, 1])

    def _peer(self, found: Gaps, row: int, k: int) -> Peer:
        """The k-th member as a peer of a row."""
        i = int(self.members[k])
        stock = self._stock(i)
        return Peer(
            ticker=self.fitted.tickers[i].ticker,
            name=(stock.name or None) if stock else None,
            sector=stock.sector if stock else None,
            distance=float(found.distance[row, k]),
            p_equal=float(found.p_equal[row, k]),
            residual_correlation=float(found.residual_correlation[row, k]),
            r_squared=float(self.fitted.fits.r_squared[i]),
            betas=self._betas(i),
            market_beta=self._market_beta(i),
            noisy=bool(self._noisy[i]),
        )
