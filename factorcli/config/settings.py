"""Settings, parsed from a mapping of environment variables, validated and frozen."""

import math
import os.path
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from factorcli.errors import InvalidSetting

T = TypeVar("T")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True)
class Settings:
    """Every setting with its default; `.env.example` describes them."""

    supabase_url: str | None = None
    supabase_key: str | None = field(default=None, repr=False)
    cache_ttl_hours: float = 24.0
    rate_limit: str = "10/minute"
    rate_limit_portfolio: str = "30/minute"
    cors_origins: tuple[str, ...] = ()
    log_level: str = "INFO"
    host: str = "127.0.0.1"
    port: int = 8000
    source: str = "yahoo"
    model: str = "india-5f"
    universe: Path | None = None
    actions: Path | None = None
    cache_dir: Path | None = None
    now: datetime | None = None
    risk_free_rate: str | None = None
    yahoo_rate: float = 2.0
    yahoo_burst: int = 10
    yahoo_workers: int = 8
    workers: int | None = None
    executor: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    request_timeout: float = 20.0

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Settings from variables; an empty one counts as unset. Raises InvalidSetting, naming it."""
        return cls._read(_Reader(env))

    @classmethod
    def from_keywords(cls, texts: Mapping[str, str]) -> "Settings":
        """Settings from texts by the name of their field. Raises InvalidSetting, naming the field."""
        return cls._read(_Reader(texts, as_field=True))

    @classmethod
    def _read(cls, read: "_Reader") -> "Settings":
        default = cls()
        return cls(
            supabase_url=read("SUPABASE_URL", str, default.supabase_url),
            supabase_key=read("SUPABASE_KEY", str, default.supabase_key),
            cache_ttl_hours=read("CACHE_TTL_HOURS", _hours, default.cache_ttl_hours),
            rate_limit=read("RATE_LIMIT", str, default.rate_limit),
            rate_limit_portfolio=read("RATE_LIMIT_PORTFOLIO", str, default.rate_limit_portfolio),
            cors_origins=read("CORS_ORIGINS", _list, default.cors_origins),
            log_level=read("LOG_LEVEL", _log_level, default.log_level),
            host=read("HOST", str, default.host),
            port=read("PORT", _port, default.port),
            source=read("FACTOR_SOURCE", str, default.source),
            model=read("FACTOR_MODEL", str, default.model),
            universe=read("FACTOR_UNIVERSE", _path, default.universe),
            actions=read("FACTOR_ACTIONS", _path, default.actions),
            cache_dir=read("FACTOR_CACHE_DIR", _path, default.cache_dir),
            now=read("FACTOR_NOW", _moment, default.now),
            risk_free_rate=read("RISK_FREE_RATE", str, default.risk_free_rate),
            yahoo_rate=read("YAHOO_RATE", _positive, default.yahoo_rate),
            yahoo_burst=read("YAHOO_BURST", _count, default.yahoo_burst),
            yahoo_workers=read("YAHOO_WORKERS", _count, default.yahoo_workers),
            workers=read("FACTOR_WORKERS", _count, default.workers),
            executor=read("FACTOR_EXECUTOR", str, default.executor),
            trusted_proxies=read("TRUSTED_PROXIES", _list, default.trusted_proxies),
            request_timeout=read("REQUEST_TIMEOUT", _seconds, default.request_timeout),
        )


@dataclass(frozen=True)
class _Reader:
    env: Mapping[str, str]
    as_field: bool = False  # whether values are by field: cache_dir, not FACTOR_CACHE_DIR

    def __call__(self, name: str, parse: Callable[[str], T], default: T) -> T:
        if self.as_field:
            name = name.lower().removeprefix("factor_")
        text = self.env.get(name, "").strip()
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            raise InvalidSetting(f"{name} is {text!r}, but must be {error}.") from None


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ValueError("a number above 0")
    return value


def _hours(text: str) -> float:
    """Hours, above 0 and below 100 years."""
    try:
        value = _positive(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 876_600:
        raise ValueError("a number of hours above 0, such as 24")
    return value


def _seconds(text: str) -> float:
    """Seconds, above 0 and at most an hour."""
    try:
        value = _positive(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 3600:
        raise ValueError("a number of seconds above 0, such as 20")
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise ValueError("a whole number, 1 or more")
    return int(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 0 <= int(text) <= 65535:
        raise ValueError("a port number from 0 to 65535")
    return int(text)


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _path(text: str) -> Path:
    return Path(os.path.expanduser(text))  # noqa: PTH111  (leaves the home of an unknown user unexpanded)


def _log_level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise ValueError(f"one of {', '.join(LOG_LEVELS)}")
    return text.upper()


def _moment(text: str) -> datetime:
    """An ISO time; one without a zone is the market's."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("an ISO time such as 2026-11-20T18:00:00+05:30") from None
    if not 1970 < moment.year < 2200:
        raise ValueError("an ISO time between 1971 and 2199")
    return moment
