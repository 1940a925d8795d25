"""Questions about a portfolio, a route each: its body, the use case that answers it, and the answer's record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from factorcli.model.specification import Specification
from factorcli.portfolio.request import Request
from factorcli.results.batch import Batch
from factorcli.results.beta import BetaResult
from factorcli.results.decompose import Decomposition
from factorcli.results.hedge import HedgeResult
from factorcli.serve.bodies import HedgeQuestion, Question
from factorcli.service.context import Context
from factorcli.service.exposures import ExposureService
from factorcli.service.hedge import HedgeService

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


def _held(request: Request) -> Any:
    return request.portfolios[0]


PORTFOLIO_QUESTIONS = (
    PortfolioQuestion(
        "betas",
        "The exposures of a portfolio",
        "Betas, alpha and their standard errors, with what each holding adds in `portfolio`.",
        Question,
        BetaResult,
        lambda context, request, spec, _: ExposureService(context).beta((), spec, _held(request)),
    ),
    PortfolioQuestion(
        "decompose",
        "The variance decomposition of a portfolio",
        "The share of the variance that each factor explains, and what each holding adds in `portfolio`.",
        Question,
        Decomposition,
        lambda context, request, spec, _: ExposureService(context).decompose((), spec, _held(request)),
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
)
