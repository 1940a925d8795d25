"""Settings from keywords: checked as variables of the environment are, and named as they are written."""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypedDict

from factorcli.config.settings import Settings
from factorcli.errors import InvalidSetting


class SettingKeywords(TypedDict, total=False):
    """The settings that bear on an answer; each has the default of `Settings`, and None leaves it there."""

    source: str | Path
    model: str | Path
    universe: str | Path | None
    actions: str | Path | None
    cache_dir: str | Path | None
    now: str | datetime | None
    risk_free_rate: str | float | Path | None
    cache_ttl_hours: float
    supabase_url: str | None
    supabase_key: str | None
    yahoo_rate: float
    yahoo_burst: int
    yahoo_workers: int
    workers: int | None
    executor: str | None


TEXT = (str, os.PathLike)
NUMBER = (int, float)
# Which types a keyword takes, and what they are called.
TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "source": (TEXT, "yahoo, demo or a path"),
    "model": (TEXT, "the id of a model or a path"),
    "universe": (TEXT, "a path"),
    "actions": (TEXT, "a path"),
    "cache_dir": (TEXT, "a path"),
    "now": ((str, datetime), "a datetime or an ISO time"),
    "risk_free_rate": ((*TEXT, *NUMBER), "an annual rate as a fraction, or the path of a file of rates"),
    "cache_ttl_hours": (NUMBER, "a number of hours above 0, such as 24"),
    "supabase_url": ((str,), "an address"),
    "supabase_key": ((str,), "a text"),
    "yahoo_rate": (NUMBER, "a number above 0"),
    "yahoo_burst": ((int,), "a whole number, 1 or more"),
    "yahoo_workers": ((int,), "a whole number, 1 or more"),
    "workers": ((int,), "a whole number, 1 or more"),
    "executor": ((str,), "dask://HOST:PORT"),
}
SECRET = "supabase_key"  # noqa: S105  (a keyword, whose value no message shows)


def with_keywords(settings: Settings, keywords: Mapping[str, object]) -> Settings:
    """These settings with keywords in their place. Raises InvalidSetting, naming the keyword and its value."""
    texts = {name: _text(name, value) for name, value in keywords.items() if _is_given(name, value)}
    read = Settings.from_keywords(texts)
    return replace(settings, **{name: getattr(read, name) for name in texts})


def _is_given(name: str, value: object) -> bool:
    """Whether a keyword has a value. Raises InvalidSetting for one that is not known."""
    if name not in TYPES:
        raise InvalidSetting(f"{name} is not a setting: it can be {', '.join(TYPES)}.")
    return value is not None


def _text(name: str, value: object) -> str:
    """A value as a variable would have it. Raises InvalidSetting."""
    types, wanted = TYPES[name]
    shown = "what was given" if name == SECRET else repr(value)[:80]
    if not isinstance(value, types) or isinstance(value, bool):
        raise InvalidSetting(f"{name} is {shown}, but must be {wanted}.")
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    if not text.strip():
        raise InvalidSetting(f"{name} is empty, but must be {wanted}.")
    return text
