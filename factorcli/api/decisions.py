"""Decisions in the library: what a stock and a portfolio can be asked beyond their exposures."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, Unpack

from factorcli.api.base import Asked
from factorcli.api.names import ticker_of
from factorcli.errors import InvalidOption, InvalidTicker
from factorcli.model.keywords import (
    LeastSquaresOptions,
    PeersOptions,
    WindowOptions,
    as_day,
    check_text,
    check_top,
    specification,
)
from factorcli.model.shocks import CONDITIONAL, Scenario
from factorcli.portfolio.given import BenchmarkLike, HoldingsLike, benchmark_of, holdings_of, trades_of
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.lots import Lots
from factorcli.portfolio.request import Request
from factorcli.render import answers
from factorcli.render.answers import Answer, answer, batch_of
from factorcli.render.decisions.answers import (
    CompareResult,
    DriftResult,
    EpisodeResult,
    HedgeResult,
    PeersResult,
    Screen,
    StressResult,
    WhatIf,
)
from factorcli.results.batch import Batch
from factorcli.results.episode import Episode
from factorcli.service.compare import CompareService
from factorcli.service.context import Context
from factorcli.service.drift import DriftService
from factorcli.service.hedge import HedgeService
from factorcli.service.members import noted, with_kept_members
from factorcli.service.peers import PeersService
from factorcli.service.screen import ScreenService
from factorcli.service.stress import StressService
from factorcli.service.whatif import WhatIfService

LotsLike = str | Path | Mapping[str, float]
A = TypeVar("A", bound=Answer)
EPISODE, EPISODES = "factor.episode/1", "factor.episodes/1"


class TickerDecisions(Asked):
    """What a Factor answers about a ticker."""

    def _decided(self, kind: type[A], ask: Callable[[Context], Batch[Any]]) -> A:
        """The only result of a use case. Raises the FactorError that is in its place."""
        with self._lock:
            found = ask(self._context)
        if not found.results:
            batch_of((), found, "").raise_failures()
        return answer(kind, found.results[0], extras=self._named)

    def _stressed(
        self,
        request: Request,
        shocks: Mapping[str, float | str],
        others: str,
        horizon: int | None,
        options: Mapping[str, Any],
    ) -> StressResult:
        spec, scenario = specification(options, LeastSquaresOptions), Scenario(shocks, others, horizon)
        return self._decided(StressResult, lambda context: StressService(context).stress(request, spec, scenario))

    def _relived(
        self, request: Request, episodes: Iterable[str], options: Mapping[str, Any]
    ) -> answers.Batch[EpisodeResult]:
        """The answers of the episodes that have prices; raises where none has."""
        if isinstance(episodes, str) or not isinstance(episodes, Iterable):
            raise InvalidOption(f"episodes is {episodes!r}: give a list, such as ['covid-2020'].")
        spec = specification(options, LeastSquaresOptions)
        with self._lock:
            found = StressService(self._context).episodes(request, spec, list(episodes))
        made = batch_of((answer(EpisodeResult, one, extras=self._named) for one in found.results), found, EPISODE)
        if not found.results:
            made.raise_failures()
        return made

    def stress(
        self,
        ticker: str,
        shocks: Mapping[str, float | str],
        *,
        others: str = CONDITIONAL,
        horizon: int | None = None,
        **options: Unpack[LeastSquaresOptions],
    ) -> StressResult:
        """What a stock would be expected to gain or lose if factors moved so, with its 95 % interval.

        shocks: by factor code, a fraction (-0.1) or a text ("-10%"). others: "conditional", the other factors at their
        mean given the shocks, or "zero". horizon: in sessions, with frequency in weeks or months; about a
        month unless given. Raises a FactorError.

        Examples:
            >>> result = factor.stress("TCS", shocks={"MKT": "-10%"})
            >>> list(result.factor_moves)
            ['MKT', 'VAL', 'MOM', 'SZ', 'VOL']
            >>> round(result.change - result.down_beta_change, 1)
            0.0
        """
        return self._stressed(Request((ticker_of(ticker),)), shocks, others, horizon, options)

    def episodes(
        self, ticker: str, episodes: Iterable[str], **options: Unpack[LeastSquaresOptions]
    ) -> answers.Batch[EpisodeResult]:
        """What a stock did in episodes of the past, and what its betas of today say.

        episodes: names of `known_episodes`, or days such as "2022-02-24:2022-03-07". One without prices is among the
        failures. Raises a FactorError where none has prices.

        Examples:
            >>> found = factor.episodes("TCS", ["covid-2020", "2024-06-03:2024-06-05", "gfc-2008"])
            >>> [(one.episode, one.own < 0) for one in found]
            [('covid-2020', True), ('2024-06-03:2024-06-05', True)]
            >>> found.failures[0].code
            'no_prices'
        """
        return self._relived(Request((ticker_of(ticker),)), episodes, options)

    def known_episodes(self) -> answers.Batch[Episode]:
        """The episodes of the market that have a name, in order of time.

        Examples:
            >>> factor.known_episodes()[0].name
            'gfc-2008'
        """
        found = StressService(self._context).known()
        return batch_of(found.results, found, EPISODES)

    def screen(
        self,
        where: str | Iterable[str],
        *,
        sort: str | None = None,
        top: int | None = None,
        sector: str | None = None,
        members: str | None = None,
        **options: Unpack[WindowOptions],
    ) -> Screen:
        """The stocks of a computed heatmap that meet every condition. Raises InvalidOption, HeatmapNotComputed.

        where: conditions such as "SZ > 1", "SZ.q < 0.05", "alpha > 5%" and "sector = Power"; columns are the factors'
        codes, CODE.t, CODE.q, market, down, r_squared, alpha, observations, sector, ticker and name, operators > >= <
        <= = and !=. sort: a column, the largest first (of q-values the smallest); top: only the first stocks; sector
        and members: as in `heatmap`.

        Examples:
            >>> _ = factor.compute_heatmap(["TCS", "INFY", "RELIANCE"], windows=[252])
            >>> [stock.ticker for stock in factor.screen("MKT < 10", sort="market", top=1)]
            ['RELIANCE.NS']
        """
        spec = specification(options, WindowOptions)
        check_top(top)
        for name, text in (("sort", sort), ("sector", sector), ("members", members)):
            check_text(name, text)
        conditions = [where] if isinstance(where, str) else list(where) if isinstance(where, Iterable) else []
        if not conditions or not all(isinstance(one, str) for one in conditions):
            raise InvalidOption(f"where is {where!r}: give conditions as texts, such as ['SZ > 1'].")
        with self._lock:
            context = with_kept_members(self._context, spec, members)
            found = noted(context, ScreenService(context).screen(spec, conditions, sort, top, sector))
        made = answer(Screen, found, extras=self._named)
        object.__setattr__(made, "_schema", "factor.screen/1")
        return made

    def peers(
        self, ticker: str, *, top: int | None = 10, sector: str | None = None, **options: Unpack[PeersOptions]
    ) -> PeersResult:
        """The stocks of a computed heatmap whose betas are nearest to those of a stock. Raises a FactorError.

        top: how many, None for all of the heatmap; sector: of this sector only. Betas are in the basis "residual". The
        heatmap names the stocks; HeatmapNotComputed is raised where none of the window has been computed.

        Examples:
            >>> _ = factor.compute_heatmap(["TCS", "INFY", "WIPRO"], windows=[252])
            >>> len(factor.peers("RELIANCE", top=2).peers)
            2
        """
        spec = specification(options, PeersOptions)
        check_top(top)
        check_text("sector", sector)
        asked = [ticker_of(ticker)]
        return self._decided(PeersResult, lambda context: PeersService(context).peers(asked, spec, top, sector))

    def hedge(
        self,
        ticker: str,
        instruments: Iterable[str],
        *,
        lots: LotsLike | None = None,
        value: float | None = None,
        **options: Unpack[LeastSquaresOptions],
    ) -> HedgeResult:
        """What to hold of instruments so that a stock moves least. Raises the FactorError that is in its place.

        lots: where only whole contracts can be held, the size of each instrument's lot, or the path of a file with
        ticker, lot, price and short; value: of what is held of the stock, in the market's currency, which lots need.

        Examples:
            >>> hedge = factor.hedge("TCS", ["^NSEI"], lots={"^NSEI": 75}, value=10_000_000)
            >>> (nifty,) = hedge.instruments
            >>> nifty.lots < 0, nifty.lot_size
            (True, 75.0)
        """
        return self._hedged(Request((ticker_of(ticker),)), instruments, lots, value, options)

    def _hedged(
        self, request: Request, instruments: Iterable[str], lots: object, value: object, options: LeastSquaresOptions
    ) -> HedgeResult:
        if isinstance(instruments, str) or not isinstance(instruments, Iterable):
            raise InvalidTicker(f"{instruments!r} is not a list of instruments: give one, such as ['^NSEI'].")
        names = list(instruments)
        for name in names:
            if not isinstance(name, str):
                raise InvalidTicker(f"{name!r} is not a ticker: give a text such as '^NSEI'.")
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise InvalidOption(f"value is {value!r}, but must be an amount of money.")
        spec, contracts = specification(options, LeastSquaresOptions), _lots(lots)
        ask = lambda context: HedgeService(context).hedge(request, spec, names, contracts, value)  # noqa: E731
        return self._decided(HedgeResult, ask)

    def compare(
        self, ticker: str, against: "str | PortfolioDecisions", **options: Unpack[LeastSquaresOptions]
    ) -> CompareResult:
        """How the betas of a stock differ from those of another stock or of a portfolio. Raises a FactorError.

        Examples:
            >>> result = factor.compare("TCS", "INFY", window=126)
            >>> size = result.differences["SZ"]
            >>> size.ci_low < size.estimate < size.ci_high
            True
            >>> book = factor.portfolio({"TCS": 0.5, "INFY": 0.5})
            >>> factor.compare("WIPRO", book).against
            'portfolio'
        """
        spec = specification(options, LeastSquaresOptions)
        if isinstance(against, PortfolioDecisions):
            request = Request((ticker_of(ticker),), (against.holdings,))
        else:
            request = Request((ticker_of(ticker), ticker_of(against)))
        return self._decided(CompareResult, lambda context: CompareService(context).compare(request, spec))

    def drift(
        self,
        ticker: str,
        *,
        shift: int | None = None,
        since: str | date | None = None,
        **options: Unpack[LeastSquaresOptions],
    ) -> DriftResult:
        """What changed in the betas of a stock between two windows of the same length. Raises a FactorError.

        shift: trading days, weeks or months between the ends of the windows, 252, 104 or 60 unless given; since:
        instead of it the day on which the earlier window ends.

        Examples:
            >>> result = factor.drift("TCS", since="2025-11-20")
            >>> result.from_as_of, result.shift
            (datetime.date(2025, 11, 20), 261)
        """
        return self._drift(Request((ticker_of(ticker),)), shift, since, options)

    def drifts(
        self, *, shift: int | None = None, since: str | date | None = None, **options: Unpack[LeastSquaresOptions]
    ) -> answers.Batch[DriftResult]:
        """What changed in the betas of every stock of the universe whose prices are at hand, the surest first.

        What failed is among the failures; q-values are over all results. Raises HeatmapNotComputed where no prices are
        at hand.

        Examples:
            >>> batch = factor.drifts(shift=126)
            >>> len(batch), batch[0].joint_test.p_value <= batch[-1].joint_test.p_value
            (500, True)
        """
        spec, distance = specification(options, LeastSquaresOptions), _distance(shift, since)
        with self._lock:
            found = DriftService(self._context).drift(Request(), spec, *distance, everything=True)
        results = (answer(DriftResult, record, extras=self._named) for record in found.results)
        return batch_of(results, found, "factor.drift/1", self._named)

    def _drift(self, request: Request, shift: int | None, since: str | date | None, options: Any) -> DriftResult:
        spec, distance = specification(options, LeastSquaresOptions), _distance(shift, since)
        return self._decided(DriftResult, lambda context: DriftService(context).drift(request, spec, *distance))


class PortfolioDecisions:
    """What a portfolio answers."""

    factor: TickerDecisions
    holdings: Holdings

    @property
    def _request(self) -> Request:
        return Request((), (self.holdings,))

    def stress(
        self,
        shocks: Mapping[str, float | str],
        *,
        others: str = CONDITIONAL,
        horizon: int | None = None,
        **options: Unpack[LeastSquaresOptions],
    ) -> StressResult:
        """What the portfolio would be expected to gain or lose, and each holding in it; keywords as of `Factor.stress`.

        Examples:
            >>> book = factor.portfolio([("TCS", 10), ("INFY", 25)], by="quantity")
            >>> result = book.stress(shocks={"MKT": -0.1})
            >>> round(sum(h.weight * h.change for h in result.holdings) - result.change, 12)
            0.0
            >>> result.value_change < 0
            True
        """
        return self.factor._stressed(self._request, shocks, others, horizon, options)

    def episodes(self, episodes: Iterable[str], **options: Unpack[LeastSquaresOptions]) -> answers.Batch[EpisodeResult]:
        """What the stocks of the portfolio did in episodes of the past, at today's weights; see `Factor.episodes`.

        Examples:
            >>> book = factor.portfolio({"TCS": 0.5, "INFY": 0.5})
            >>> [one.ticker for one in book.episodes(["covid-2020", "ukraine-2022"])]
            ['PORTFOLIO', 'PORTFOLIO']
        """
        return self.factor._relived(self._request, episodes, options)

    def hedge(
        self,
        instruments: Iterable[str],
        *,
        lots: LotsLike | None = None,
        value: float | None = None,
        **options: Unpack[LeastSquaresOptions],
    ) -> HedgeResult:
        """What to hold of instruments so that the portfolio moves least; lots as for a stock.

        value: of the portfolio, where it has weights. Raises the FactorError that is in its place.

        Examples:
            >>> book = factor.portfolio([("TCS", 100), ("INFY", 250)], by="quantity")
            >>> hedge = book.hedge(["^NSEI", "MID150BEES"])
            >>> [instrument.ticker for instrument in hedge.instruments]
            ['^NSEI', 'MID150BEES.NS']
            >>> hedge.value > 0
            True
        """
        request = Request((), (self.holdings,))
        return self.factor._hedged(request, instruments, lots, value, options)

    def whatif(
        self,
        *,
        to: HoldingsLike | None = None,
        trades: Mapping[str, float | str] | Iterable[tuple[str, float | str]] | None = None,
        benchmark: BenchmarkLike | None = None,
        by: str = "weight",
        **options: Unpack[LeastSquaresOptions],
    ) -> WhatIf:
        """What trades change in the exposures and the risk of the portfolio. Raises a FactorError.

        trades: by ticker, a change as a fraction of the portfolio's value (-0.05 sells 5 % of it), or a text ("-5%",
        "+10sh" for shares); cash is the counterpart. to: the holdings afterwards instead, as `Factor.portfolio` takes
        them; by: whether its numbers are "weight" or "quantity". benchmark: as in `Factor.beta`.

        Examples:
            >>> book = factor.portfolio({"TCS": 0.5, "INFY": 0.5})
            >>> result = book.whatif(trades={"INFY": -0.1, "CASH": 0.1})
            >>> result.change.volatility < 0
            True
            >>> [(trade.ticker, round(trade.after, 2)) for trade in result.trades]
            [('INFY.NS', 0.4), ('CASH', 0.1)]
        """
        spec = specification(options, LeastSquaresOptions)
        after = None if to is None else holdings_of(to, by, "to")
        asked = None if trades is None else trades_of(trades)
        against = None if benchmark is None else benchmark_of(benchmark)
        request = Request((), (self.holdings,))
        return self.factor._decided(
            WhatIf, lambda context: WhatIfService(context).whatif(request, spec, after, asked, against)
        )

    def drift(
        self, *, shift: int | None = None, since: str | date | None = None, **options: Unpack[LeastSquaresOptions]
    ) -> DriftResult:
        """What changed in the betas of the portfolio, at today's weights in both windows; as in `Factor.drift`.

        Examples:
            >>> book = factor.portfolio({"TCS": 0.5, "INFY": 0.5})
            >>> result = book.drift(shift=126)
            >>> result.joint_test.q_value == result.joint_test.p_value
            True
        """
        return self.factor._drift(Request((), (self.holdings,)), shift, since, options)


def _distance(shift: object, since: str | date | None) -> tuple[int | None, date | None]:
    """A shift and a day, as far as they are given. Raises InvalidOption and InvalidDate."""
    if shift is not None and (isinstance(shift, bool) or not isinstance(shift, int)):
        raise InvalidOption(f"shift is {shift!r}, but must be a whole number of trading days, weeks or months.")
    return shift, as_day(since)


def _lots(lots: object) -> Lots | None:
    if lots is None:
        return None
    if isinstance(lots, str | Path):
        return Lots.load(lots)
    if not isinstance(lots, Mapping):
        raise InvalidOption(f"lots is {lots!r}: give the path of a file, or a mapping of ticker to size.")
    return Lots.of(lots)
