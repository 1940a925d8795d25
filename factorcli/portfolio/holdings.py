"""Holdings: tickers with weights or quantities, and cash. Standard library only.

    ticker,weight          Symbol;Qty.
    RELIANCE,0.5           TCS;120
    TCS.NS,0.3             INFY;-50
    CASH,0.2               cash;250000

A weight is a fraction (0.25) or has a percent sign (25%); weights that sum to 100 are per cent. 1 minus
their sum is cash at R_f, or borrowed at R_f where it is negative. A negative weight is short. CASH is a weight
too, or among quantities an amount of money. A market value counts where there is neither, as a share of their sum.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from factorcli.errors import InvalidPortfolio
from factorcli.portfolio.holdings_file import HoldingsFile, read_holdings
from factorcli.portfolio.row import CASH, Row
from factorcli.results.warnings import ResultWarning

WEIGHT_SUM_TOLERANCE = 1e-6  # a sum within this of 1 counts as 1
PER_CENT_TOLERANCE = 0.5  # weights whose sum is within this of 100 are per cent
MAX_GROSS_WEIGHT = 10.0  # a sum of |weight| above it is taken for an error of units
PLAUSIBLE_GROSS_WEIGHT = 3.0  # and one above this is said


@dataclass(frozen=True)
class Holdings:
    """Stocks and cash as a file lists them, in its order; a ticker may come twice.

    by_weight: amounts are weights, else quantities; cash: the sum of the CASH lines, a weight or an amount of
    money; warnings: about the file, for every result; drop_missing: whether a stock that cannot be priced is left out;
    fill_sector: whether the mean return of its sector stands in for a stock before its first price.
    """

    file: str
    by_weight: bool
    rows: tuple[Row, ...]
    cash: float
    warnings: tuple[ResultWarning, ...] = ()
    drop_missing: bool = False
    fill_sector: bool = False

    @classmethod
    def load(cls, path: str | Path) -> "Holdings":
        """The holdings of a file. Raises InvalidPortfolio, naming line and value."""
        if not str(path).strip():
            raise InvalidPortfolio("The portfolio's file name is empty; name a CSV file of holdings.")
        return cls._of_file(read_holdings(Path(path)), Path(path).name)

    @classmethod
    def parse(cls, data: bytes, name: str = "portfolio") -> "Holdings":
        """The holdings of the bytes of a file, which messages call `name`. Raises InvalidPortfolio, as `load` does."""
        return cls._of_file(read_holdings(Path(name), data), name)

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, float]], *, by: str = "weight", name: str = "portfolio") -> "Holdings":
        """The holdings of pairs of ticker and weight, or quantity; line n is pair n. Raises InvalidPortfolio."""
        if by not in ("weight", "quantity"):
            raise InvalidPortfolio(f"by is {by!r}, but must be weight or quantity.")
        rows = [Row(*_checked(pair, by, f"{name}, line {line}"), line) for line, pair in enumerate(pairs, start=1)]
        return cls._of(rows, name, by, in_per_cent=False)

    @classmethod
    def _of_file(cls, found: HoldingsFile, name: str) -> "Holdings":
        holdings = cls._of(found.rows, name, found.kind, in_per_cent=found.in_per_cent)
        return replace(holdings, warnings=(*found.warnings, *holdings.warnings))

    @classmethod
    def _of(cls, rows: list[Row], name: str, kind: str, *, in_per_cent: bool) -> "Holdings":
        """Rows with their cash apart. Raises InvalidPortfolio where no stock is held."""
        if not any(row.ticker.upper() != CASH and row.amount for row in rows):
            what = "has only zeros" if rows and not any(row.amount for row in rows) else "holds no stock"
            raise InvalidPortfolio(f"{name} {what}, so there is nothing to estimate: give a stock a {kind}.")
        warnings: tuple[ResultWarning, ...] = ()
        if kind == "weight":
            rows, warnings = _as_fractions(rows, name, in_per_cent=in_per_cent)
        if kind == "value":
            rows = _as_shares(rows, name)
        stocks = tuple(row for row in rows if row.ticker.upper() != CASH)
        cash = math.fsum(row.amount for row in rows if row.ticker.upper() == CASH)
        return cls(name, kind != "quantity", stocks, cash, warnings)


def _checked(pair: object, kind: str, where: str) -> tuple[str, float]:
    """A ticker and a finite number. Raises InvalidPortfolio."""
    if not (isinstance(pair, tuple | list) and len(pair) == 2):
        raise InvalidPortfolio(f"{where} is {pair!r}: give a pair of a ticker and its {kind}.")
    ticker, amount = pair
    if not isinstance(ticker, str) or not ticker.strip():
        raise InvalidPortfolio(f"{where} is {pair!r}: its first part must be a ticker, such as TCS.NS.")
    try:
        value = math.nan if isinstance(amount, str | bytes | bool) else float(amount)
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise InvalidPortfolio(f"{where}: {amount!r} is not a {kind} of {ticker}: give a number such as 0.25 or 120.")
    return ticker.strip(), value


def _as_shares(rows: Sequence[Row], name: str) -> list[Row]:
    """Market values as shares of their sum. Raises InvalidPortfolio where it is not positive."""
    total = math.fsum(row.amount for row in rows)
    if not total > 0:
        raise InvalidPortfolio(f"The values of {name} sum to {total:g}: weights need a positive sum.")
    return [replace(row, amount=row.amount / total) for row in rows]


def _as_fractions(rows: Sequence[Row], name: str, *, in_per_cent: bool) -> tuple[list[Row], tuple[ResultWarning, ...]]:
    """Weights as fractions, and warnings about their sum; in_per_cent: the file has percent signs.

    Raises InvalidPortfolio."""
    total = math.fsum(row.amount for row in rows)
    warnings: list[ResultWarning] = []
    if not in_per_cent and abs(total - 100.0) <= PER_CENT_TOLERANCE:
        text = f"the weights of {name} sum to {total:g} and are read as per cent."
        warnings.append(ResultWarning("percent_weights", text))
        rows = [replace(row, amount=row.amount / 100.0) for row in rows]
        total = math.fsum(row.amount for row in rows)
    if (gross := math.fsum(abs(row.amount) for row in rows)) > MAX_GROSS_WEIGHT:
        raise InvalidPortfolio(
            f"The weights of {name} sum to {total:g} ({gross:g} without their signs), which neither fractions nor per "
            "cent do: write fractions (0.25) or percent signs (25%), or call the column quantity if they are shares."
        )
    if gross > PLAUSIBLE_GROSS_WEIGHT:
        text = f"the weights of {name} are read as fractions: {gross:.4g} times its value without their signs."
        warnings.append(ResultWarning("implausible", text))
    rest = 1.0 - total
    if abs(rest) > WEIGHT_SUM_TOLERANCE:
        what = "the rest, {}, is cash at R_f" if rest > 0 else "the excess, {}, is borrowed at R_f"
        share = what.format(f"{100.0 * abs(rest):.4g}%")
        text = f"the weights of {name} sum to {total:.6g}, not 1; {share}. None is rescaled."
        warnings.append(ResultWarning("weights_sum", text))
    return list(rows), tuple(warnings)
