"""The peers of a ticker as a record, among the stocks of a fitted window."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from factorcli.analysis.eligibility import ineligible_tickers
from factorcli.analysis.fit import FittedWindow
from factorcli.decisions.subject import Subject
from factorcli.engine import Array, Ints, Mask
from factorcli.engine.peers import Gaps, Scored, gaps, joined, true_covariance
from factorcli.results.peers import Peer, PeersResult
from factorcli.results.universe import StockInfo

BLOCK = 32  # tickers whose gaps are computed together


@dataclass(frozen=True)
class PeerGroup:
    """The stocks that tickers are compared with: the first `stocks` of tickers fitted in the basis `residual`.

    fits: the window of each ticker and its column in it, as of `Context.fits`: of weeks and months, those of a ticker
    end at its own sessions, but all windows have the same periods.
    """

    fits: Sequence[tuple[FittedWindow, int]]
    stocks: int

    @cached_property
    def members(self) -> Ints:
        """The places of the stocks that are eligible."""
        errors = {id(fitted): ineligible_tickers(fitted) for fitted in self._windows}
        stocks = enumerate(self.fits[: self.stocks])
        return np.array([i for i, (fitted, k) in stocks if k not in errors[id(fitted)]], dtype=np.int64)

    def peers(self, i: int, top: int | None, sectors: Sequence[str] = ()) -> PeersResult:
        """The nearest stocks to ticker i, at most `top`, of these sectors if any are named. Raises its FactorError."""
        subject = Subject.of(*self.fits[i])
        found, row = self._gaps(i)
        wanted = (self.members != i) & np.isfinite(found.distance[row])
        if sectors:
            wanted &= np.isin(self._sectors, sectors)
        nearest = np.argsort(np.where(wanted, found.distance[row], np.inf), kind="stable")[: int(wanted.sum())]
        return PeersResult(
            **subject.facts(),
            noisy=bool(self._noisy[i]),
            r_squared=self._r_squared(i),
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
    def _windows(self) -> list[FittedWindow]:
        """Each window once."""
        return list({id(fitted): fitted for fitted, _ in self.fits}.values())

    @cached_property
    def _scored(self) -> Scored:
        starts, count = {}, 0
        for fitted in self._windows:
            starts[id(fitted)], count = count, count + len(fitted.tickers)
        scored = joined([Scored.of(fitted.exposures.sample, fitted.required) for fitted in self._windows])
        places = [starts[id(fitted)] + k for fitted, k in self.fits]
        return scored if places == list(range(count)) else scored.take(np.array(places, dtype=np.int64))

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

    def _ticker(self, i: int) -> str:
        fitted, k = self.fits[i]
        return fitted.tickers[k].ticker

    def _stock(self, i: int) -> StockInfo | None:
        return self.fits[i][0].origin.stock(self._ticker(i))

    def _betas(self, i: int) -> dict[str, float]:
        fitted, k = self.fits[i]
        return fitted.by_code(fitted.fits.coefficients[k, 1:])

    def _market_beta(self, i: int) -> float:
        fitted, k = self.fits[i]
        return float(fitted.exposures.market.coefficients[k, 1])

    def _r_squared(self, i: int) -> float:
        fitted, k = self.fits[i]
        return float(fitted.fits.r_squared[k])

    def _peer(self, found: Gaps, row: int, k: int) -> Peer:
        """The k-th member as a peer of a row."""
        i = int(self.members[k])
        stock = self._stock(i)
        return Peer(
            ticker=self._ticker(i),
            name=(stock.name or None) if stock else None,
            sector=stock.sector if stock else None,
            distance=float(found.distance[row, k]),
            p_equal=float(found.p_equal[row, k]),
            residual_correlation=float(found.residual_correlation[row, k]),
            r_squared=self._r_squared(i),
            betas=self._betas(i),
            market_beta=self._market_beta(i),
            noisy=bool(self._noisy[i]),
        )
