"""Questions about a portfolio, a route each: its body, the use case that answers it, and the answer's record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from factorcli.model.shocks import Scenario
from factorcli.model.specification import Specification
from factorcli.portfolio.request import Request
from factorcli.portfolio.trades import Trade
from factorcli.results.batch import Batch
from factorcli.results.beta import BetaResult
from factorcli.results.decompose import Decomposition
from factorcli.results.drift import DriftResult
from factorcli.results.episode import EpisodeResult
from factorcli.results.hedge import HedgeResult
from factorcli.results.stress import StressResult
from factorcli.results.whatif import WhatIf
from factorcli.serve.bodies import (
    DrawnQuestion,
    DriftQuestion,
    EpisodesQuestion,
    HedgeQuestion,
    Question,
    StressQuestion,
    WhatIfQuestion,
    holdings_of,
)
from factorcli.serve.parameters import parse_day, ticker_of
from factorcli.service.active import ActiveService
from factorcli.service.context import Context
from factorcli.service.drift import DriftService
from factorcli.service.exposures import ExposureService
from factorcli.service.hedge import HedgeService
from factorcli.service.stress import StressService
from factorcli.service.whatif import WhatIfService

TO = "to"  # what messages call the holdings afterwards
Ask = Callable[[Context, Request, Specification, Any], Batch[Any]]


@dataclass(frozen=True)
class PortfolioQuestion:
    """The route `POST /portfolio/{name}`.

    ask: the use case, given the portfolio as the only one of a request, and the body; many: whether the answer is a
    list of records; compares: whether a benchmark means something; example: what a body has beside its holdings.
    """

    name: str
    summary: str
    description: str
    body: type[Question]
    answer: type
    ask: Ask
    many: bool = False
    compares: bool = False
    example: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The route's path."""
        return f"/portfolio/{self.name}"


def _betas(context: Context, request: Request, spec: Specification, body: Question) -> Batch[BetaResult]:
    if body.benchmark is None:
        return ExposureService(context).beta((), spec, request.portfolios)
    return ActiveService(context).beta(request, spec, ticker_of(body.benchmark, context.universe))


def _decompose(context: Context, request: Request, spec: Specification, body: Question) -> Batch[Decomposition]:
    if body.benchmark is None:
        return ExposureService(context).decompose((), spec, request.portfolios)
    return ActiveService(context).decompose(request, spec, ticker_of(body.benchmark, context.universe))


def _what_if(context: Context, request: Request, spec: Specification, body: WhatIfQuestion) -> Batch[WhatIf]:
    universe = context.universe
    return WhatIfService(context).whatif(
        request,
        spec,
        to=None if body.to is None else holdings_of(body.to, universe, TO),
        trades=None
        if body.trades is None
        else [Trade.of(ticker_of(ticker, universe), change) for ticker, change in body.trades.items()],
        benchmark=None if body.benchmark is None else ticker_of(body.benchmark, universe),
    )


PORTFOLIO_QUESTIONS = (
    PortfolioQuestion(
        "betas",
        "The exposures of a portfolio",
        "Betas, alpha and their standard errors, with what each holding adds in `portfolio`.",
        DrawnQuestion,
        BetaResult,
        _betas,
        compares=True,
    ),
    PortfolioQuestion(
        "decompose",
        "The variance decomposition of a portfolio",
        "The share of the variance that each factor explains, and what each holding adds in `portfolio`.",
        DrawnQuestion,
        Decomposition,
        _decompose,
        compares=True,
    ),
    PortfolioQuestion(
        "stress",
        "What a portfolio would lose if factors moved",
        "The change that shocks to factors would bring, its 95 % interval, and the parts of factors and holdings.",
        StressQuestion,
        StressResult,
        lambda context, request, spec, body: StressService(context).stress(
            request, spec, Scenario(body.shocks, body.others, body.horizon)
        ),
        example={"shocks": {"MKT": -0.1}},
    ),
    PortfolioQuestion(
        "episodes",
        "What a portfolio would have done in episodes of the past",
        "A result for each episode, in the order given: today's weights on what really happened, beside what the betas "
        "say. A named episode without prices is an error of the whole question; without `episodes`, every episode of "
        "`/model` that has prices is answered.",
        EpisodesQuestion,
        EpisodeResult,
        lambda context, request, spec, body: StressService(context).episodes(request, spec, body.episodes),
        many=True,
        example={"episodes": ["smallcaps-2025"]},
    ),
    PortfolioQuestion(
        "hedge",
        "The hedge of a portfolio",
        "What to hold of instruments so that the portfolio moves least; in whole contracts where `lots` are given.",
        HedgeQuestion,
        HedgeResult,
        lambda context, request, spec, body: HedgeService(context).hedge(
            request, spec, body.instruments, body.contracts(), body.value
        ),
        example={"with": ["^NSEI"], "value": 1000000},
    ),
    PortfolioQuestion(
        "whatif",
        "What trades change in a portfolio",
        "Betas, volatility and losses before and after, and the change of each with its error. Either `trades`, with "
        "cash as their counterpart, or the holdings afterwards in `to`.",
        WhatIfQuestion,
        WhatIf,
        _what_if,
        compares=True,
        example={"trades": {"RELIANCE.NS": 0.05}},
    ),
    PortfolioQuestion(
        "drift",
        "Whether a portfolio's betas have changed",
        "The betas of the window and of an earlier one, and the test of each change. Either `shift` or `since` says "
        "how much earlier that ends; default 252 days, 104 weeks or 60 months.",
        DriftQuestion,
        DriftResult,
        lambda context, request, spec, body: DriftService(context).drift(
            request, spec, body.shift, parse_day(body.since)
        ),
        example={"shift": 126},
    ),
)
