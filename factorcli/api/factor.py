"""`Factor`, and the portfolios that it makes."""

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from factorcli.api.decisions import PortfolioDecisions, TickerDecisions
from factorcli.api.heatmaps import Heatmaps
from factorcli.api.names import ticker_of, tickers_of
from factorcli.compose import NAMED_SOURCES, build_context
from factorcli.config.environment import load_settings
from factorcli.config.keywords import SettingKeywords, with_keywords
from factorcli.config.settings import Settings
from factorcli.errors import InvalidOption, InvalidPortfolio
from factorcli.model.frequency import DAILY
from factorcli.model.keywords import (
    BetaOptions,
    DecomposeOptions,
    WindowOptions,
    as_day,
    check_flag,
    check_text,
    specification,
)
from factorcli.model.specification import Specification
from factorcli.portfolio.given import BenchmarkLike, HoldingsLike, benchmark_of, holdings_of
from factorcli.portfolio.holdings import Holdings
from factorcli.portfolio.request import Request, Unread
from factorcli.render.answers import (
    Batch,
    BetaResult,
    Decomposition,
    MakeExtras,
    ModelResult,
    answer,
    batch_of,
)
from factorcli.render.charts.extras import Extras
from factorcli.render.report.document import ReportPage
from factorcli.results import batch
from factorcli.results.report import Report
from factorcli.results.universe import StockInfo
from factorcli.service.active import ActiveService
from factorcli.service.comparison import comparisons
from factorcli.service.context import Context
from factorcli.service.exposures import ExposureService
from factorcli.service.factor_statistics import describe, with_statistics
from factorcli.service.members import listed
from factorcli.service.report import ReportService
from factorcli.service.search import find

if TYPE_CHECKING:
    pass

R = TypeVar("R")
LOGGER = logging.getLogger("factorcli")
LOGGER.addHandler(logging.NullHandler())  # a library prints nothing unless its user configures logging
PortfoliosLike = str | Path | Iterable["HoldingsLike | Portfolio"]
BETA, DECOMPOSE, STOCKS = (f"factor.{name}/1" for name in ("beta", "decompose", "universe"))


class Factor(Heatmaps, TickerDecisions):
    """Factor exposures of stocks and portfolios, from one source of prices by one model.

    Settings are keywords and have the defaults of the command: source ("yahoo", "demo", or a folder or file of
    prices), model (an id or a model.toml), universe, cache_dir, now, risk_free_rate, cache_ttl_hours, supabase_url,
    supabase_key, yahoo_rate, yahoo_burst, yahoo_workers, workers, executor. The environment is read by `from_env` only.

    cache: whether answers and prices are kept on disk, and shared with a team that has a cache; without it they are
    kept in memory as long as this object lives, and none is written to disk. refresh: whether prices are fetched and
    answers computed anew though they are there.

    Every question about a window takes the keywords window (252; 30 or more trading days), basis ("raw", "spread",
    "residual"), cov ("hac", "hc1", "nonrobust"), estimator ("ols", "ewma", "dimson", "vasicek"), half_life (trading
    days, of ewma), as_of (a date or an ISO text) and frequency ("daily", "weekly", "monthly"; window and half_life
    then count weeks or months, and window is 104 or 60 unless given). What cannot be answered raises a FactorError.
    What is wrong with a cache is logged to the logger `factorcli`; nothing is printed. Threads may share a Factor:
    questions are answered one after another.

    Raises InvalidSetting, InvalidModel, SourceNotFound or MalformedUniverse.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> factor
        Factor(source='demo', model='india-5f')
        >>> factor.beta("RELIANCE", window=126).observations
        126
    """

    def __init__(self, *, cache: bool = True, refresh: bool = False, **settings: Unpack[SettingKeywords]) -> None:
        self._open(with_keywords(Settings(), settings), cache=cache, refresh=refresh)

    @classmethod
    def from_env(cls, *, cache: bool = True, refresh: bool = False, **settings: Unpack[SettingKeywords]) -> "Factor":
        """A Factor with the settings of the environment and of `.env` in the working folder, under these keywords.

        Raises InvalidSetting, and what `Factor` raises.

        Examples:
            >>> Factor.from_env(source="demo", cache=False)
            Factor(source='demo', model='india-5f')
        """
        made = cls.__new__(cls)
        made._open(with_keywords(load_settings(), settings), cache=cache, refresh=refresh)
        return made

    def _open(self, settings: Settings, *, cache: bool, refresh: bool) -> None:
        for name, value in (("cache", cache), ("refresh", refresh)):
            check_flag(name, value)
        self._settings = settings
        self._lock = threading.RLock()  # markets are not made for several threads
        self._context: Context = build_context(
            settings, cached=cache, refresh=refresh, lasting=True, warn=LOGGER.warning
        )

    def __repr__(self) -> str:
        return f"Factor(source={self._settings.source!r}, model={self._settings.model!r})"

    @cached_property
    def _exposures(self) -> ExposureService:
        return ExposureService(self._context)

    def _compared(self, spec: Specification) -> MakeExtras:
        """What pictures of exposures show besides: also what the stocks of a heatmap are like, if one is computed."""

        def extras(results: Sequence[Any], width: int) -> Extras:
            with self._lock:
                return Extras(width, self._context.model.names, comparisons(self._context, spec, results))

        return extras

    def beta(
        self, ticker: str, *, benchmark: BenchmarkLike | None = None, **options: Unpack[BetaOptions]
    ) -> BetaResult:
        """Exposures of a stock. Raises the FactorError that is in their place.

        ticker: RELIANCE.NS, RELIANCE or ^NSEI. Further keywords: rolling adds the path of every window's estimates,
        diagnostics tests of the residuals, intervals a 95 % block-bootstrap interval of R². benchmark: a ticker, or
        holdings as `portfolio` takes them, for `active`: the active betas and the tracking error; such an answer is
        not cached.

        Examples:
            >>> result = factor.beta("TCS", window=252, cov="hc1")
            >>> list(result.betas)
            ['MKT', 'VAL', 'MOM', 'SZ', 'VOL']
            >>> result.r_squared > result.adj_r_squared
            True
            >>> active = factor.beta("TCS", benchmark="^NSEI").active
            >>> active.tracking_error_low < active.tracking_error < active.tracking_error_high
            True
        """
        spec = specification(options, BetaOptions)
        if benchmark is not None:
            request = Request((ticker_of(ticker),))
            return self._decided(
                BetaResult, lambda context: ActiveService(context).beta(request, spec, benchmark_of(benchmark))
            )
        with self._lock:
            return answer(BetaResult, self._exposures.one(ticker_of(ticker), spec).beta, extras=self._compared(spec))

    def betas(
        self,
        tickers: Iterable[str] = (),
        *,
        portfolios: "PortfoliosLike" = (),
        benchmark: BenchmarkLike | None = None,
        **options: Unpack[BetaOptions],
    ) -> Batch[BetaResult]:
        """Exposures of stocks, each once, then of portfolios, in the order asked for; the rest is among the failures.

        portfolios: a list of what `portfolio` takes or has made, or a folder, which stands for every file in it. Their
        stocks are fitted once, whatever number of portfolios holds them.

        benchmark: as in `beta`.

        Examples:
            >>> batch = factor.betas(["TCS", "INFY", "TCS.NS"])
            >>> [result.ticker for result in batch.results]
            ['TCS.NS', 'INFY.NS']
            >>> half = factor.portfolio({"TCS": 0.5, "CASH": 0.5}, name="half")
            >>> [(book.name, book.portfolio.cash) for book in factor.betas(portfolios=[{"TCS": 1}, half])]
            [('portfolio', 0.0), ('half', 0.5)]
        """
        spec, asked = specification(options, BetaOptions), tickers_of(tickers)
        with self._lock:
            held = _portfolios(portfolios)
            if benchmark is None:
                found = self._exposures.beta(asked, spec, held)
            else:
                request = Request(tuple(asked), tuple(held))
                found = ActiveService(self._context).beta(request, spec, benchmark_of(benchmark))
        extras = self._compared(spec)
        results = (answer(BetaResult, record, extras=extras) for record in found.results)
        return batch_of(results, found, BETA, extras)

    def decompose(
        self, ticker: str, *, benchmark: BenchmarkLike | None = None, **options: Unpack[DecomposeOptions]
    ) -> Decomposition:
        """How much of a stock's variance each factor explains. Raises the FactorError that is in its place.

        Further keywords: method ("euler", whose shares may be negative, or "lmg", Shapley shares), and intervals;
        benchmark as in `beta`, for the shares of the active variance.

        Examples:
            >>> shares = factor.decompose("TCS", method="lmg")
            >>> min(shares.contributions.values()) >= 0
            True
        """
        spec = specification(options, DecomposeOptions)
        if benchmark is not None:
            request = Request((ticker_of(ticker),))
            return self._decided(
                Decomposition, lambda context: ActiveService(context).decompose(request, spec, benchmark_of(benchmark))
            )
        with self._lock:
            self._exposures.check_decomposition(spec)
            exposure = self._exposures.one(ticker_of(ticker), spec)
            return answer(Decomposition, self._exposures.decomposition(exposure, spec), extras=self._named)

    def decompositions(
        self,
        tickers: Iterable[str] = (),
        *,
        portfolios: "PortfoliosLike" = (),
        benchmark: BenchmarkLike | None = None,
        **options: Unpack[DecomposeOptions],
    ) -> Batch[Decomposition]:
        """How much of the variance of each stock, then portfolio, each factor explains; the rest is a failure.

        portfolios: as in `betas`.

        benchmark: as in `decompose`.

        Examples:
            >>> frame = factor.decompositions(["TCS", "INFY"]).to_frame()
            >>> bool((frame["systematic"] + frame["idiosyncratic"]).round(9).eq(1).all())
            True
        """
        spec, asked = specification(options, DecomposeOptions), tickers_of(tickers)
        with self._lock:
            held = _portfolios(portfolios)
            if benchmark is None:
                found = self._exposures.decompose(asked, spec, held)
            else:
                request = Request(tuple(asked), tuple(held))
                found = ActiveService(self._context).decompose(request, spec, benchmark_of(benchmark))
        results = (answer(Decomposition, record, extras=self._named) for record in found.results)
        return batch_of(results, found, DECOMPOSE, self._named)

    def report(
        self,
        tickers: Iterable[str] = (),
        *,
        portfolio: "HoldingsLike | Portfolio | None" = None,
        portfolios: "PortfoliosLike" = (),
        universe: bool = False,
        **options: Unpack[DecomposeOptions],
    ) -> ReportPage:
        """A page about stocks, portfolios or both, or about the universe: one HTML file with everything in it.

        portfolio: as `portfolio` takes it, or what that made; portfolios: as in `betas`; universe: the page of the
        computed heatmap. The sector
        and the universe are compared with where a heatmap of the window has been computed. Raises InvalidOption where
        nothing, or more than that, is asked for, HeatmapNotComputed, and the first failure where nothing has a result.

        Examples:
            >>> page = factor.report(["TCS"], portfolio={"INFY": 0.6, "CASH": 0.4})
            >>> [report.kind for report in page.reports]
            ['stock', 'portfolio']
        """
        spec, asked = specification(options, DecomposeOptions), tickers_of(tickers)
        check_flag("universe", universe)
        held = _portfolios([*([] if portfolio is None else [portfolio]), *_listed(portfolios)])
        if universe == bool(asked or held):
            raise InvalidOption(
                "A report is about tickers and a portfolio, or about the universe: give one of the two."
            )
        service = ReportService(self._context)
        with self._lock:
            found = service.universe(spec) if universe else service.stocks(asked, spec, held)
            if not found.results:
                batch_of((), found, "").raise_failures()
            return self._page(found)

    def _page(self, found: batch.Batch[Report]) -> ReportPage:
        from factorcli.render.report.page import page  # noqa: PLC0415  (only who wants a page loads its parts)
        from factorcli.render.report.script import page_script  # noqa: PLC0415

        extras, script = Extras(names=self._context.model.names), page_script(self._context.cache)
        html = page(found.results, found.failures, extras, script=script)
        return ReportPage(html, found.results, found.failures)

    def portfolio(
        self,
        holdings: HoldingsLike,
        *,
        by: str = "weight",
        name: str = "portfolio",
        drop_missing: bool = False,
        fill: str | None = None,
    ) -> "Portfolio":
        """A portfolio, whose betas and decomposition can be asked for. Raises InvalidPortfolio.

        holdings: the path of a file, as brokers write it, or pairs of ticker and number as a mapping (a dictionary, a
        pandas Series) or in a list. by: whether the numbers are "weight" (fractions) or "quantity"; name: what results
        call it; a file says both itself. CASH is a ticker. drop_missing: whether a stock that cannot be priced is left
        out, with a warning, instead of leaving the portfolio without a result. fill: "sector" for the mean return of
        its sector, from prices at hand, before the first price of a stock. Nothing of a portfolio is cached.

        Examples:
            >>> book = factor.portfolio({"RELIANCE": 0.5, "TCS": 0.3, "CASH": 0.2})
            >>> book.beta(window=252).ticker
            'PORTFOLIO'
        """
        check_text("name", name)
        check_flag("drop_missing", drop_missing)
        if fill not in (None, "sector"):
            raise InvalidOption(f"fill is {fill!r}, but can only be 'sector'.")
        held = replace(holdings_of(holdings, by, name), drop_missing=drop_missing, fill_sector=fill is not None)
        return Portfolio(self, held)

    def model(self, window: int | str | None = None, *, as_of: str | date | None = None) -> ModelResult:
        """The factors, their proxies and limits; with a window also what the factors were like over it.

        Examples:
            >>> statistics = factor.model(window=252).statistics
            >>> statistics is not None and statistics.observations
            252
        """
        if window is None:
            return answer(ModelResult, describe(self._context.model))
        spec = specification({"window": window, "as_of": as_of, "frequency": DAILY.name}, WindowOptions)
        with self._lock:
            return answer(ModelResult, with_statistics(self._context, spec), extras=self._named)

    def universe(self, sector: str | None = None, *, as_of: str | date | None = None) -> Batch[StockInfo]:
        """The stocks of the universe, or of a sector of it; as_of: the members on that day.

        Raises InvalidOption for a sector that is not known, or a day of a universe without dated lists.

        Examples:
            >>> len(factor.universe())
            500
            >>> {stock.sector for stock in factor.universe(sector="Healthcare")}
            {'Healthcare'}
            >>> "HDFC.NS" in [stock.ticker for stock in factor.universe(as_of="2023-06-16")]
            True
        """
        check_text("sector", sector)
        found = listed(self._context.lists, sector, as_day(as_of), self._context.clock)
        return batch_of(found.results, found, STOCKS)

    def search(self, text: str) -> Batch[StockInfo]:
        """Stocks whose ticker, name or ISIN holds a text, proxies and further tickers of a folder; the likeliest first.

        Examples:
            >>> factor.search("infosys")[0].ticker
            'INFY.NS'
        """
        if not isinstance(text, str) or not text.strip():
            raise InvalidOption(f"text is {text!r}: write part of a ticker or of a name.")
        context = self._context
        with self._lock:
            listed = None if self._settings.source in NAMED_SOURCES else context.listed()
        return _stocks(find(text, context.universe, context.model, listed))


@dataclass(frozen=True)
class Portfolio(PortfolioDecisions):
    """Stocks at fixed weights, rebalanced daily; made by `Factor.portfolio`.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> book = factor.portfolio([("TCS", 10), ("INFY", 25), ("CASH", 5000)], by="quantity")
        >>> result = book.beta()
        >>> [holding.ticker for holding in result.portfolio.holdings]
        ['TCS.NS', 'INFY.NS']
    """

    factor: Factor
    holdings: Holdings

    def beta(self, *, benchmark: BenchmarkLike | None = None, **options: Unpack[BetaOptions]) -> BetaResult:
        """Exposures of the portfolio, with what each holding adds in `portfolio`. Raises a FactorError.

        benchmark: as in `Factor.beta`.

        Examples:
            >>> book = factor.portfolio({"TCS": 0.5, "INFY": 0.5})
            >>> weights = [holding.weight for holding in book.beta().portfolio.holdings]
            >>> weights
            [0.5, 0.5]
        """
        spec = specification(options, BetaOptions)
        if benchmark is not None:
            request = Request((), (self.holdings,))
            return self.factor._decided(
                BetaResult, lambda context: ActiveService(context).beta(request, spec, benchmark_of(benchmark))
            )
        with self.factor._lock:
            exposure = self.factor._exposures.portfolio(self.holdings, spec)
            return answer(BetaResult, exposure.beta, extras=self.factor._compared(spec))

    def decompose(
        self, *, benchmark: BenchmarkLike | None = None, **options: Unpack[DecomposeOptions]
    ) -> Decomposition:
        """How much of the portfolio's variance each factor explains. Raises a FactorError.

        benchmark: as in `Factor.decompose`.

        Examples:
            >>> book = factor.portfolio({"TCS": 0.5, "INFY": 0.5})
            >>> book.decompose().systematic < 1
            True
        """
        spec = specification(options, DecomposeOptions)
        if benchmark is not None:
            request = Request((), (self.holdings,))
            return self.factor._decided(
                Decomposition, lambda context: ActiveService(context).decompose(request, spec, benchmark_of(benchmark))
            )
        exposures = self.factor._exposures
        with self.factor._lock:
            exposures.check_decomposition(spec)
            exposure = exposures.portfolio(self.holdings, spec)
            return answer(Decomposition, exposures.decomposition(exposure, spec), extras=self.factor._named)


def _listed(portfolios: "PortfoliosLike") -> "list[HoldingsLike | Portfolio]":
    """What there is of portfolios; a text is a file or a folder. Raises InvalidPortfolio."""
    if isinstance(portfolios, str | Path):
        return [portfolios]
    if isinstance(portfolios, Mapping | Portfolio) or not isinstance(portfolios, Iterable):
        raise InvalidPortfolio(f"portfolios is {portfolios!r}: give a list of portfolios, or a folder.")
    return list(portfolios)


def _portfolios(portfolios: "PortfoliosLike") -> "list[Holdings | Unread]":
    """The holdings of portfolios, in their order. Raises InvalidPortfolio where the only one cannot be read."""
    items, found = _listed(portfolios), list[Holdings | Unread]()
    for item in items:
        try:
            found += _read(item)
        except InvalidPortfolio as error:
            if len(items) == 1:
                raise
            found.append(Unread(Path(item).name if isinstance(item, str | Path) else "portfolio", error))
    return found


def _read(portfolio: "HoldingsLike | Portfolio") -> "Sequence[Holdings | Unread]":
    """One portfolio, or those of a folder. Raises InvalidPortfolio."""
    if isinstance(portfolio, str | Path):
        return Request.of((), [portfolio]).portfolios
    return [portfolio.holdings if isinstance(portfolio, Portfolio) else holdings_of(portfolio, "weight", "portfolio")]


def _stocks(stocks: Iterable[StockInfo]) -> Batch[StockInfo]:
    found: Batch[StockInfo] = Batch(tuple(stocks))
    return batch_of(found.results, found, STOCKS)
