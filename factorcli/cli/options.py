"""Options that commands share, each declared once.

A command takes a parameter annotated with one of these dataclasses, and `spread` makes its fields
into the command's own options.
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any

import typer

from factorcli.cli.completion import complete_sector, complete_ticker


@dataclass(frozen=True)
class Output:
    """How and where the answer is written."""

    json: Annotated[bool, typer.Option("--json", help="Print JSON, full precision.")] = False
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, full precision.")] = False
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE",
            help="Write to FILE instead; .json and .csv name the format.",
        ),
    ] = None  # fmt: skip


@dataclass(frozen=True)
class Origin:
    """Which prices and which model."""

    source: Annotated[
        str | None,
        typer.Option(
            "--source", "-s", metavar="yahoo|demo|PATH",
            help="Where prices come from: yahoo, demo, or a folder or file of prices.",
        ),
    ] = None  # fmt: skip
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", metavar="NAME|FILE", help="A built-in model or a model.toml."),
    ] = None


@dataclass(frozen=True)
class Data(Origin):
    """Which prices and which model, and whether answers are kept."""

    refresh: Annotated[bool, typer.Option("--refresh", help="Fetch prices and compute anew, whatever is cached.")] = (
        False
    )
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Neither read nor write cached results.")] = False


@dataclass(frozen=True)
class Estimation:
    """How a window is fitted."""

    basis: Annotated[
        str,
        typer.Option(
            "--basis", metavar="raw|spread|residual",
            help="How factors enter: as they are, styles minus the market, or all cleared of the market.",
        ),
    ] = "raw"  # fmt: skip
    cov: Annotated[
        str,
        typer.Option(
            "--cov", metavar="hac|hc1|nonrobust",
            help="Standard errors: Newey-West, White's HC1 or classical.",
        ),
    ] = "hac"  # fmt: skip
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="The last day to use, such as 2025-09-17."),
    ] = None
    estimator: Annotated[
        str,
        typer.Option(
            "--estimator", metavar="ols|ewma|dimson|vasicek",
            help="Least squares; weights that fade with age; market betas of three days summed, for thin trading; or "
            "betas drawn towards the universe's.",
        ),
    ] = "ols"  # fmt: skip
    half_life: Annotated[
        float | None,
        typer.Option("--half-life", metavar="DAYS", help="Of ewma: days after which a weight is halved; default 63."),
    ] = None


Intervals = Annotated[
    bool,
    typer.Option("--intervals", help="Add 95 % block-bootstrap intervals of R² and of variance shares."),
]
Windows = Annotated[
    list[str] | None,
    typer.Option(
        "--window", "-w", metavar="DAYS", help="Trading days, repeatable; default 126, 252 and 504.", show_default=False
    ),
]
Window = Annotated[
    str,
    typer.Option(
        "--window",
        "-w",
        metavar="DAYS",
        help="Trading days in the window: 252 or 252D, 30 or more.",
    ),
]
Tickers = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TICKER...",
        help="Such as RELIANCE.NS, RELIANCE or ^NSEI.",
        show_default=False,
        autocompletion=complete_ticker,
    ),
]
Portfolio = Annotated[
    str | None,
    typer.Option(
        "--portfolio",
        metavar="FILE",
        help="Also a portfolio: a CSV file of ticker and weight or quantity; CASH is a ticker.",
    ),
]
Sector = Annotated[
    str | None,
    typer.Option(
        "--sector",
        metavar="NAME",
        help="Only this sector, or what its name begins with.",
        autocompletion=complete_sector,
    ),
]


def spread(function: Callable[..., None]) -> Callable[..., None]:
    """Replace each dataclass parameter of a command by the options that are its fields."""
    own: list[inspect.Parameter] = []
    groups: dict[str, type] = {}
    shared: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(function).parameters.items():
        group = parameter.annotation
        if isinstance(group, type) and is_dataclass(group):
            groups[name] = group
            shared.extend(
                inspect.Parameter(
                    field.name,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=field.default,
                    annotation=field.type,
                )
                for field in fields(group)
            )
        else:
            own.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    @functools.wraps(function)
    def command(**values: Any) -> None:
        for name, group in groups.items():
            values[name] = group(**{field.name: values.pop(field.name) for field in fields(group)})
        function(**values)

    signature = inspect.Signature([*own, *shared])
    command.__signature__ = signature  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    del command.__wrapped__
    return command
