"""Settings for a command: options over the environment over `.env`. The one reader of os.environ."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from factorcli.errors import InvalidSetting

if TYPE_CHECKING:
    from factorcli.settings import Settings
    from factorcli.universe import Universe


def load_settings(source: str | None = None, model: str | None = None) -> "Settings":
    """The environment, over `.env` of the working folder, under these options. Raises InvalidSetting."""
    from dataclasses import replace

    from factorcli.settings import Settings

    env: dict[str, str] = {}
    if Path(".env").is_file():
        from dotenv import dotenv_values

        try:
            env = {name: value for name, value in dotenv_values(".env").items() if value is not None}
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidSetting(f".env cannot be read ({error}); make it a UTF-8 text file.") from None
    values = Settings.from_env({**env, **os.environ})
    return replace(
        values,
        source=values.source if source is None else source,
        model=values.model if model is None else model,
    )


def complete_ticker(incomplete: str) -> list[tuple[str, str]]:
    """Tickers of the universe that begin so, with their names."""
    wanted = incomplete.upper()
    return [(s.ticker, s.name) for s in _universe().stocks if s.ticker.startswith(wanted)]


def complete_sector(incomplete: str) -> list[str]:
    """Sectors that begin so."""
    wanted = incomplete.casefold()
    return [name for name in _universe().sectors if name.casefold().startswith(wanted)]


def _universe() -> "Universe":
    from factorcli.compose import build_universe
    from factorcli.errors import FactorError
    from factorcli.universe import Universe

    try:
        return build_universe(load_settings())
    except FactorError:  # a shell that completes has nowhere to say it
        return Universe.load()
