"""Load settings: options over the environment over `.env`. The only reader of os.environ."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from factorcli.errors import InvalidSetting

if TYPE_CHECKING:
    from factorcli.config.settings import Settings

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")  # of linear algebra, by library


def load_settings(**options: Any) -> "Settings":
    """Settings from options, else the environment, else `.env` of the working folder. Raises InvalidSetting."""
    from dataclasses import replace

    from factorcli.config.settings import Settings

    env: dict[str, str] = {}
    if Path(".env").is_file():
        from dotenv import dotenv_values

        try:
            env = {name: value for name, value in dotenv_values(".env").items() if value is not None}
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidSetting(f".env cannot be read ({error}); make it a UTF-8 text file.") from None
    values = Settings.from_env({**env, **os.environ})
    return replace(values, **{name: value for name, value in options.items() if value is not None})


def export(**variables: str | None) -> None:
    """Set environment variables for child processes, except those that are None."""
    os.environ.update({name: value for name, value in variables.items() if value is not None})


def single_threaded() -> dict[str, str]:
    """The environment of a process whose linear algebra uses one thread."""
    return {**os.environ, **dict.fromkeys(THREADS, "1")}


def prefer_one_thread() -> None:
    """Let linear algebra use one thread, unless the user says how many; only before numpy is imported.

    The matrices of a command are small: threads that wait for each other take twice the processor's time for them.
    """
    for name in THREADS:
        os.environ.setdefault(name, "1")


def pager_setting() -> str | None:
    """The pager of the user's choice, the conventional variable PAGER."""
    return os.environ.get("PAGER")
