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
    """Format and destination of the answer."""

    json: Annotated[bool, typer.Option("--json", help="Print JSON in full precision.")] = False
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV in full precision.")] = False
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE",
            help="Write to FILE; its ending, .json, .csv or .txt, sets the format.",
        ),
    ] = None  # fmt: skip


@dataclass(frozen=True)
class Origin:
    """Source of prices and factor model."""

    source: Annotated[
        str | None,
        typer.Option(
            "--source", "-s", metavar="yahoo|demo|PATH",
            help="Source of prices: yahoo, demo (synthetic), or a folder or file.",
        ),
    ] = None  # fmt: skip
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", metavar="NAME|FILE", help="Factor model: a built-in name or a TOML file."),
    ] = None


@dataclass(frozen=True)
class Data(Origin):
    """Source of prices, factor model and use of the cache."""

    refresh: Annotated[bool, typer.Option("--refresh", help="Fetch prices and compute again, whatever is cached.")] = (
        False
    )
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Neither read nor write cached results.")] = False


Basis = Annotated[
    str,
    typer.Option(
        "--basis", metavar="raw|spread|residual",
        help="Factors: raw returns, styles minus market, or residuals on the market.",
    ),
]  # fmt: skip
Cov = Annotated[
    str,
    typer.Option(
        "--cov", metavar="hac|hc1|nonrobust",
        help="Standard errors: Newey-West (hac), White (hc1) or classical (nonrobust).",
    ),
]  # fmt: skip
FrequencyName = Annotated[
    str | None,
    typer.Option(
        "--frequency", metavar="daily|weekly|monthly", show_default=False,
        help="Returns of days, weeks or months; default daily, or as far apart as the prices are.",
    ),
]  # fmt: skip
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Last day of the window, such as 2025-09-17.")
]


@dataclass(frozen=True)
class LeastSquares:
    """The regression of a window by ordinary least squares."""

    basis: Basis = "raw"
    cov: Cov = "hac"
    frequency: FrequencyName = None
    as_of: AsOf = None


@dataclass(frozen=True)
class Regression:
    """The regression, of whatever day."""

    basis: Basis = "raw"
    cov: Cov = "hac"
    estimator: Annotated[
        str,
        typer.Option(
            "--estimator", metavar="ols|ewma|dimson|vasicek",
            help="Least squares (ols), exponential weights (ewma), lead-lag betas (dimson) or shrinkage (vasicek).",
        ),
    ] = "ols"  # fmt: skip
    frequency: FrequencyName = None
    half_life: Annotated[
        float | None,
        typer.Option("--half-life", metavar="DAYS", help="Half-life of the ewma weights in sessions; default 63."),
    ] = None


@dataclass(frozen=True)
class Estimation(Regression):
    """The regression of a window."""

    as_of: AsOf = None


@dataclass(frozen=True)
class Machines:
    """What fits a heatmap."""

    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", metavar="N", min=1, show_default=False,
            help="Processes that fit; default the cores, or none for a heatmap that is done sooner without.",
        ),
    ] = None  # fmt: skip
    executor: Annotated[
        str | None,
        typer.Option("--executor", metavar="dask://HOST:PORT", help="Fit on a Dask cluster: its scheduler's address."),
    ] = None


Intervals = Annotated[
    bool,
    typer.Option("--intervals", help="Add 95 % block-bootstrap intervals of R² and variance shares."),
]
Method = Annotated[
    str,
    typer.Option("--method", metavar="euler|lmg", help="Variance shares: Euler (β × covariance) or Shapley (LMG)."),
]
Windows = Annotated[
    list[str] | None,
    typer.Option(
        "--window",
        "-w",
        metavar="DAYS",
        help="Window in trading days, weeks or months, repeatable; default 126, 252 and 504 days.",
        show_default=False,
    ),
]
KeptWindows = Annotated[
    list[str] | None,
    typer.Option(
        "--window",
        "-w",
        metavar="DAYS",
        help="Only this window, repeatable; default every one that is kept.",
        show_default=False,
    ),
]
Window = Annotated[
    str | None,
    typer.Option(
        "--window",
        "-w",
        metavar="DAYS",
        help="Window in trading days, weeks or months, 30 or more; default 252 days, 104 weeks or 60 months.",
        show_default=False,
    ),
]
Tickers = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TICKER...",
        help="Tickers such as RELIANCE.NS, RELIANCE or ^NSEI.",
        show_default=False,
        autocompletion=complete_ticker,
    ),
]
Portfolios = Annotated[
    list[str] | None,
    typer.Option(
        "--portfolio",
        metavar="FILE|FOLDER",
        show_default=False,
        help="Add a portfolio, repeatable: a broker's file, or ticker and weight or quantity; a folder of such files.",
    ),
]
Benchmark = Annotated[
    str | None,
    typer.Option(
        "--benchmark",
        metavar="TICKER|FILE",
        show_default=False,
        help="Compare with a ticker such as ^NSEI, or with a file of holdings: active betas and tracking error.",
    ),
]
DropMissing = Annotated[
    bool,
    typer.Option(
        "--drop-missing", help="Leave out stocks of the portfolio that cannot be priced, and say their share."
    ),
]
Fill = Annotated[
    str | None,
    typer.Option(
        "--fill",
        metavar="sector",
        show_default=False,
        help="Use the mean return of its sector before the first price of a holding, from prices at hand.",
    ),
]
Sector = Annotated[
    str | None,
    typer.Option(
        "--sector",
        metavar="NAME",
        help="Only this sector; the beginning of its name is enough.",
        autocompletion=complete_sector,
    ),
]

Every = Annotated[
    str | None,
    typer.Option(
        "--every",
        metavar="week|month",
        show_default=False,
        help="Compute the last session of each finished week or month from --from to --to.",
    ),
]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="DATE", show_default=False, help="First day of --every, such as 2023-09-01."),
]
To = Annotated[
    str | None,
    typer.Option("--to", metavar="DATE", show_default=False, help="Last day of --every; default the last session."),
]
Members = Annotated[
    str | None,
    typer.Option(
        "--members",
        metavar="dated|current",
        show_default=False,
        help="Members of the universe on that day (dated; default with --as-of, --every) or now (current).",
    ),
]


def spread(function: Callable[..., None]) -> Callable[..., None]:
    """Replace each dataclass parameter of a command by one option a field."""
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
