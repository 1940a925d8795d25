"""Model files: TOML, checked key by key."""

import hashlib
import math
import os.path
import re
from dataclasses import fields, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from factorcli.errors import InvalidModel
from factorcli.markets.market import BUILT_IN as MARKETS
from factorcli.markets.market import Market
from factorcli.model.built_in import BUILT_IN
from factorcli.model.factor_model import MARKET, Factor, FactorModel, Returns
from factorcli.model.risk_free import RiskFree, reason

RESERVED_CODE = "idiosyncratic"
MAX_DIVIDEND_YIELD = 0.2  # a year; more is a number in per cent
# From a proxy's closes to a factor: the return of an asset that can be held, the relative change of a level
# that cannot (a volatility index), or the difference of a level (a yield).
TRANSFORMS = ("return", "pct", "diff")


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
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Notepad writes a byte order mark
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidModel(f"{path} cannot be read as a model: {reason(error)}.") from None
    return parse(content, path)


_MODEL_KEYS = tuple(f.name for f in fields(FactorModel))
_FACTOR_KEYS = tuple(f.name for f in fields(Factor))
_MARKET_KEYS = tuple(f.name for f in fields(Market))
_REQUIRED_MARKET_KEYS = ("id", "currency", "time_zone", "close")


def parse(content: dict[str, Any], path: Path) -> FactorModel:
    """The model of a TOML document; `path` is for messages and relative paths."""
    _refuse_unknown_keys(content, _MODEL_KEYS, str(path))
    values: dict[str, Any] = {"id": content.get("id", path.stem)}
    if not isinstance(values["id"], str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", values["id"]):
        raise InvalidModel(f"{path}: id {values['id']!r} must be letters, digits and dashes, at most 40.")
    values["factors"] = _factors(content.get("factors"), path)
    if "risk_free" in content:
        values["risk_free"] = RiskFree.parse(content["risk_free"], f"{path}: risk_free", path.parent)
    for key in ("max_daily_return", "large_move", "max_gap_to_market"):
        if key in content:
            values[key] = _limit(content[key], f"{path}: {key}")
    if "market" in content:
        values["market"] = market = _market(content["market"], path)
        values["trading_days"] = market.sessions
    if "trading_days" in content:
        days = content["trading_days"]
        if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= 366:
            raise InvalidModel(f"{path}: trading_days is {days!r}; write how many a year has, such as 252.")
        values["trading_days"] = days
    if "total_return" in content:
        values["total_return"] = _boolean(content, "total_return", str(path))
    if "exclude_dates" in content:
        values["exclude_dates"] = _dates(content["exclude_dates"], path)
    model = FactorModel(**values)
    return replace(model, risk_free=model.risk_free.annual(model.trading_days))


def _market(value: object, path: Path) -> Market:
    """A built-in market by its id, or the one that a table describes."""
    where = f"{path}: market"
    if not isinstance(value, dict):
        if not isinstance(value, str) or value not in MARKETS:
            raise InvalidModel(
                f"{where} is {value!r}: built in are {', '.join(MARKETS)}; or describe one in a table [market]."
            )
        return MARKETS[value]
    _refuse_unknown_keys(value, _MARKET_KEYS, where)
    if missing := [key for key in _REQUIRED_MARKET_KEYS if key not in value]:
        raise InvalidModel(f"{where}: {missing[0]!r} is missing; a market needs {', '.join(_REQUIRED_MARKET_KEYS)}.")
    if not isinstance(value["id"], str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", value["id"]):
        raise InvalidModel(f"{where}: id {value['id']!r} must be letters, digits and dashes, at most 40.")
    if value["id"] in MARKETS:
        raise InvalidModel(f'{where}: {value["id"]!r} is built in; write market = "{value["id"]}", or another id.')
    if not isinstance(value["currency"], str) or not re.fullmatch(r"[A-Z]{3}", value["currency"]):
        raise InvalidModel(f"{where}: currency is {value['currency']!r}; write its three letters, such as EUR.")
    settling = _whole(value.get("settling_minutes", 30), 0, 720, f"{where}: settling_minutes", "30")
    close = _local_time(value["close"], f"{where}: close")
    if close.hour * 60 + close.minute + settling >= 24 * 60:
        raise InvalidModel(f"{where}: closes at {close:%H:%M} and settles {settling} minutes later, after midnight.")
    return Market(
        id=value["id"],
        currency=value["currency"],
        time_zone=_time_zone(value["time_zone"], f"{where}: time_zone"),
        close=close,
        settling_minutes=settling,
        suffixes=_suffixes(value.get("suffixes", []), f"{where}: suffixes"),
        sessions=_whole(value.get("sessions", 252), 1, 366, f"{where}: sessions", "252"),
    )


def _local_time(value: object, what: str) -> time:
    """17:30, as a text or as TOML's own local time."""
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value.strip(), re.ASCII):
        return time.fromisoformat(value.strip())
    raise InvalidModel(f'{what} is {value!r}; write a local time such as "17:30".')


def _time_zone(value: object, what: str) -> str:
    try:
        if isinstance(value, str) and value:
            return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise InvalidModel(f"{what} {value!r} is not known; write one such as Europe/Berlin.")


def _suffixes(value: object, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(
        isinstance(suffix, str) and re.fullmatch(r"\.[A-Za-z0-9]{1,10}", suffix, re.ASCII) for suffix in value
    ):
        raise InvalidModel(f'{what} is {value!r}; write a list of endings of tickers, such as [".DE"].')
    return tuple(dict.fromkeys(suffix.upper() for suffix in value))


def _whole(value: object, least: int, most: int, what: str, example: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidModel(f"{what} is {value!r}; write a whole number from {least} to {most}, such as {example}.")
    return value


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
    _refuse_unknown_keys(table, _FACTOR_KEYS, where)
    if not isinstance(code, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,15}", code):
        raise InvalidModel(f"{where}: code is {code!r}; write a short name of letters and digits, such as VAL.")
    if code == RESERVED_CODE:
        raise InvalidModel(
            f"{where}: the code {RESERVED_CODE!r} is reserved for the idiosyncratic part; choose another."
        )
    if "returns" in table:
        return _factor_of_returns(table, code, where, path)
    proxies = table.get("proxies")
    if isinstance(proxies, str):
        proxies = [proxies]
    if not isinstance(proxies, list) or not proxies or not all(isinstance(p, str) and p.strip() for p in proxies):
        raise InvalidModel(f'{where}: proxies is {proxies!r}; write a list of tickers, such as ["^NSEI"].')
    transform = table.get("transform", "return")
    if transform not in TRANSFORMS:
        raise InvalidModel(f"{where}: transform is {transform!r}; it can be {', '.join(TRANSFORMS)}.")
    excess = _boolean(table, "excess", where, default=code == MARKET)
    # By convention VOL is a volatility index, which cannot be held.
    traded = _boolean(table, "traded", where, default=transform == "return" and code != "VOL")
    return Factor(
        code=code,
        name=_name(table, code, where),
        proxies=tuple(dict.fromkeys(proxy.strip().upper() for proxy in proxies)),
        transform=transform,
        excess=excess,
        traded=traded,
        dividend_yield=_dividend_yield(table.get("dividend_yield", 0.0), where, held=traded and transform == "return"),
    )


def _factor_of_returns(table: dict[str, Any], code: str, where: str, path: Path) -> Factor:
    """A factor that is a column of a file of daily returns: not net of R_f again, and not judged by the gate."""
    text = table["returns"]
    file, _, column = text.rpartition("#") if isinstance(text, str) else ("", "", "")
    if not file or not column.strip():
        raise InvalidModel(f'{where}: returns is {text!r}; write a file and its column, such as "factors.csv#SMB".')
    for key in ("proxies", "transform"):
        if key in table:
            raise InvalidModel(f"{where}: returns and {key} are both given; published returns need no {key}.")
    place = path.parent / os.path.expanduser(file)  # noqa: PTH111
    try:
        content = hashlib.sha256(place.read_bytes()).hexdigest()[:12]
    except OSError as error:
        raise InvalidModel(f"{where}: {place} cannot be read as a file of returns: {reason(error)}.") from None
    return Factor(
        code=code,
        name=_name(table, code, where),
        proxies=(text,),
        excess=_boolean(table, "excess", where),
        traded=_boolean(table, "traded", where),
        returns=Returns(text, place, column.strip(), content),
    )


def _name(table: dict[str, Any], code: str, where: str) -> str:
    name = table.get("name", code)
    if not isinstance(name, str):
        raise InvalidModel(f"{where}: name is {name!r}; write a text.")
    return name


def _boolean(table: dict[str, Any], key: str, where: str, *, default: bool = False) -> bool:
    value = table.get(key, default)
    if not isinstance(value, bool):
        raise InvalidModel(f"{where}: {key} is {value!r}; write true or false.")
    return value


def _dividend_yield(value: object, where: str, *, held: bool) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_DIVIDEND_YIELD:
        raise InvalidModel(
            f"{where}: dividend_yield is {value!r}; write a fraction a year from 0 to {MAX_DIVIDEND_YIELD}, such as "
            "0.013."
        )
    if value and not held:
        raise InvalidModel(f"{where}: dividend_yield is {value!r}, but a level that cannot be held pays no dividends.")
    return float(value)


def _refuse_unknown_keys(table: dict[str, Any], keys: tuple[str, ...], where: str) -> None:
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
