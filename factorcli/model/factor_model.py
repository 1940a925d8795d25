"""The factor model as data: factors, ordered proxies, gate limits and the risk-free rate."""

import csv
import hashlib
import json
import math
import os.path
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from factorcli.errors import InvalidModel, InvalidWindow

MARKET = "MKT"
RESERVED = "idiosyncratic"
DEFAULT_WINDOWS = (126, 252, 504)
MIN_OBSERVATIONS = 30
# A series that stops more sessions than this before as of is no longer the ticker's price.
STALE_SESSIONS = 5

# How a proxy's closes become a factor: the return of something that can be held, the relative
# change of a level that cannot (an index of volatility), or the change of a level (a yield).
TRANSFORMS = ("return", "pct", "diff")


@dataclass(frozen=True)
class Factor:
    """A factor and its proxies, in order of preference.

    excess: net of the risk-free rate. traded: the price of something that can be held, so that
    `spread`, `annual_net` and the gate apply to it.
    """

    code: str
    name: str
    proxies: tuple[str, ...]
    transform: str = "return"
    excess: bool = False
    traded: bool = True


@dataclass(frozen=True)
class RiskFree:
    """An annual rate, constant or dated; a fraction (0.065 is 6.5 %).

    A dated rate holds from its date until the next one's; before the first date there is none.
    """

    rates: tuple[float, ...]
    dates: tuple[date, ...] = ()
    source: str | None = None

    def on(self, days: Sequence[date]) -> list[float]:
        """Annual rate on each day. Raises InvalidModel for a day before the first rate."""
        if not self.dates:
            return [self.rates[0]] * len(days)
        if days and min(days) < self.dates[0]:
            raise InvalidModel(
                f"The sample begins on {min(days)}, but the first risk-free rate of {self.source} is of "
                f"{self.dates[0]}: add earlier rates, or give a constant rate."
            )
        return [self.rates[bisect_right(self.dates, day) - 1] for day in days]

    @classmethod
    def parse(cls, value: object, what: str, folder: Path = Path()) -> "RiskFree":
        """A number, or the path of a CSV file of dates and annual rates.

        `what` names the setting in errors, which are InvalidModel.
        """
        if isinstance(value, bool) or not isinstance(value, int | float | str) or value == "":
            raise InvalidModel(f"{what} is {value!r}: write an annual rate such as 0.065, or a CSV file.")
        try:
            return cls((_annual_rate(float(value), what),))
        except ValueError:
            return cls.load(folder / os.path.expanduser(str(value)), what)  # noqa: PTH111

    @classmethod
    def load(cls, path: Path, what: str = "The risk-free rate") -> "RiskFree":
        """Read a CSV of two columns, date and annual rate, with a heading; any order."""
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                rows = list(csv.reader(file))[1:]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise InvalidModel(
                f"{what}: {path} cannot be read as a file of rates ({_reason(error)}); give an annual "
                "rate such as 0.065, or a CSV file with the columns date and rate."
            ) from None
        rates: dict[date, float] = {}
        for number, row in enumerate(rows, start=2):
            if not any(cell.strip() for cell in row):
                continue
            try:
                day = date.fromisoformat(row[0].strip()[:10])
                rate = float(row[1])
            except (ValueError, IndexError):
                raise InvalidModel(
                    f"{path}, row {number}: {','.join(row)!r} is not a date and an annual rate, such as "
                    "2024-04-01,0.0675."
                ) from None
            if day in rates and rates[day] != rate:
                raise InvalidModel(f"{path}, row {number}: {day} has two rates; keep one.")
            rates[day] = _annual_rate(rate, f"{path}, row {number}: the rate")
        if not rates:
            raise InvalidModel(f"{path} holds no rates: it needs the columns date and rate.")
        days = sorted(rates)
        return cls(tuple(rates[day] for day in days), tuple(days), str(path))


@dataclass(frozen=True)
class FactorModel:
    """A linear factor model and the limits of its price gate.

    Limits are fractions a day: a ticker's return beyond max_daily_return is left out (0: never),
    one from large_move up is named, and a session on which a traded style is more than
    max_gap_to_market away from the market is left out for everybody (0: never).
    """

    id: str
    factors: tuple[Factor, ...]
    risk_free: RiskFree = field(default_factory=lambda: RiskFree((0.065,)))
    trading_days: int = 252
    max_daily_return: float = 0.40
    large_move: float = 0.20
    max_gap_to_market: float = 0.05
    exclude_dates: tuple[date, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """Factor codes, in the model's order."""
        return tuple(factor.code for factor in self.factors)

    @property
    def market(self) -> int:
        """Position of the market among the factors."""
        return self.codes.index(MARKET)

    @property
    def traded_styles(self) -> tuple[bool, ...]:
        """Which factors are traded and not the market itself."""
        return tuple(factor.traded and factor.code != MARKET for factor in self.factors)

    @property
    def untraded_proxies(self) -> frozenset[str]:
        """Tickers that nobody can hold, whose large moves are real."""
        return frozenset(p for factor in self.factors if not factor.traded for p in factor.proxies)

    def digest(self) -> str:
        """Six hex digits of everything in the model that changes a number."""
        content = asdict(self)
        del content["risk_free"]["source"]  # the same rates from another file change nothing
        text = json.dumps(content, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:6]

    def with_risk_free(self, risk_free: RiskFree) -> "FactorModel":
        """The same model with another risk-free rate."""
        return replace(self, risk_free=risk_free)


INDIA_5F = FactorModel(
    id="india-5f",
    factors=(
        Factor("MKT", "Nifty 50", ("^NSEI",), excess=True),
        Factor("VAL", "Nifty 50 Value 20", ("NV20BEES.NS", "NV20IETF.NS")),
        Factor(
            "MOM",
            "Nifty 200 Momentum 30",
            ("MOMOMENTUM.NS", "MOM30IETF.NS", "HDFCMOMENT.NS"),
        ),
        Factor("SZ", "Nifty Midcap 150", ("MID150BEES.NS", "HDFCMID150.NS", "MIDCAPIETF.NS")),
        Factor("VOL", "India VIX", ("^INDIAVIX",), transform="pct", traded=False),
    ),
)
BUILT_IN = {INDIA_5F.id: INDIA_5F}


def parse_window(text: str) -> int:
    """`252` or `252D` → 252. Raises InvalidWindow for anything but a whole number from 30 up."""
    match = re.fullmatch(r"0*(\d{1,9})[dD]?", text.strip(), re.ASCII)
    days = int(match[1]) if match else 0
    if days < MIN_OBSERVATIONS:
        raise InvalidWindow(
            f"{text[:80]!r} is not a window: write a whole number of trading days, {MIN_OBSERVATIONS} or more, "
            "such as 126, 252 or 504."
        )
    return days


def required_observations(window: int) -> int:
    """What a ticker needs in a window of W returns: max(30, ⌈0.8·W⌉)."""
    return max(MIN_OBSERVATIONS, -(-4 * window // 5))


def load(name: str) -> FactorModel:
    """A built-in model by its id, or a model file by its path. Raises InvalidModel."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    import tomllib

    path = Path(name)
    if not os.path.exists(path) and path.suffix != ".toml":  # noqa: PTH110  (no error for a name too long)
        raise InvalidModel(
            f"There is no model {name[:200]!r}: built in is {', '.join(BUILT_IN)}; or give the path of a model.toml."
        )
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidModel(f"{path} cannot be read as a model: {_reason(error)}.") from None
    return parse(content, path)


_MODEL_KEYS = tuple(f.name for f in fields(FactorModel))
_FACTOR_KEYS = tuple(f.name for f in fields(Factor))


def parse(content: dict[str, Any], path: Path) -> FactorModel:
    """The model that a TOML document describes; `path` names it in errors and finds its files."""
    _known(content, _MODEL_KEYS, str(path))
    values: dict[str, Any] = {"id": content.get("id", path.stem)}
    if not isinstance(values["id"], str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", values["id"]):
        raise InvalidModel(f"{path}: id {values['id']!r} must be letters, digits and dashes, at most 40.")
    values["factors"] = _factors(content.get("factors"), path)
    if "risk_free" in content:
        values["risk_free"] = RiskFree.parse(content["risk_free"], f"{path}: risk_free", path.parent)
    for key in ("max_daily_return", "large_move", "max_gap_to_market"):
        if key in content:
            values[key] = _limit(content[key], f"{path}: {key}")
    if "trading_days" in content:
        days = content["trading_days"]
        if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= 366:
            raise InvalidModel(f"{path}: trading_days is {days!r}; write how many a year has, such as 252.")
        values["trading_days"] = days
    if "exclude_dates" in content:
        values["exclude_dates"] = _dates(content["exclude_dates"], path)
    return FactorModel(**values)


def _factors(tables: object, path: Path) -> tuple[Factor, ...]:
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        raise InvalidModel(f"{path} names no factors: write a [[factors]] table for each, the market as MKT.")
    factors = tuple(_factor(table, number, path) for number, table in enumerate(tables, start=1))
    codes = [factor.code.upper() for factor in factors]
    for code in codes:
        if codes.count(code) > 1:
            raise InvalidModel(f"{path}: the factor {code} is there twice; every code must be different.")
    if MARKET not in [factor.code for factor in factors]:
        raise InvalidModel(f'{path} has no factor {MARKET}: the market model needs one with code = "{MARKET}".')
    return factors


def _factor(table: dict[str, Any], number: int, path: Path) -> Factor:
    code = table.get("code")
    where = f"{path}: factor {code if isinstance(code, str) else number}"
    _known(table, _FACTOR_KEYS, where)
    if not isinstance(code, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,15}", code):
        raise InvalidModel(f"{where}: code is {code!r}; write a short name of letters and digits, such as VAL.")
    if code == RESERVED:
        raise InvalidModel(f"{where}: the code {RESERVED!r} means what no factor explains; choose another.")
    proxies = table.get("proxies")
    if isinstance(proxies, str):
        proxies = [proxies]
    if not isinstance(proxies, list) or not proxies or not all(isinstance(p, str) and p for p in proxies):
        raise InvalidModel(f'{where}: proxies is {proxies!r}; write a list of tickers, such as ["^NSEI"].')
    transform = table.get("transform", "return")
    if transform not in TRANSFORMS:
        raise InvalidModel(f"{where}: transform is {transform!r}; it can be {', '.join(TRANSFORMS)}.")
    for key in ("excess", "traded"):
        if not isinstance(table.get(key, True), bool):
            raise InvalidModel(f"{where}: {key} is {table[key]!r}; write true or false.")
    name = table.get("name", code)
    if not isinstance(name, str):
        raise InvalidModel(f"{where}: name is {name!r}; write a text.")
    return Factor(
        code=code,
        name=name,
        proxies=tuple(dict.fromkeys(proxies)),
        transform=transform,
        excess=table.get("excess", code == MARKET),
        # VOL is a volatility index wherever this model's codes are used, and nobody holds one.
        traded=table.get("traded", transform == "return" and code != "VOL"),
    )


def _known(table: dict[str, Any], keys: tuple[str, ...], where: str) -> None:
    for key in table:
        if key in keys:
            continue
        if key in _MODEL_KEYS:
            raise InvalidModel(f"{where}: {key!r} belongs to the whole model; put it above the first [[factors]].")
        from difflib import get_close_matches

        near = get_close_matches(key, keys, 1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(keys)}."
        raise InvalidModel(f"{where}: {key!r} is not a key of a model. {hint}")


def _limit(value: object, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise InvalidModel(f"{what} is {value!r}; write a fraction a day such as 0.4, or 0 for no limit.")
    return float(value)


def _dates(values: object, path: Path) -> tuple[date, ...]:
    days = set()
    for value in values if isinstance(values, list) else [values]:
        try:
            if isinstance(value, datetime):
                days.add(value.date())
            else:
                days.add(value if isinstance(value, date) else date.fromisoformat(str(value)))
        except (TypeError, ValueError):
            raise InvalidModel(f"{path}: exclude_dates has {value!r}; write dates as 2024-06-04.") from None
    return tuple(sorted(days))


def _annual_rate(rate: float, what: str) -> float:
    if not -1 < rate < 1:
        raise InvalidModel(f"{what} is {rate:g}; write an annual fraction: 0.065 for 6.5 %.")
    return rate


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return str(error)
