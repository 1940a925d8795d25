"""Shell completion: tickers and sectors of the universe that the environment names."""

from typing import TYPE_CHECKING

from factorcli.config.environment import load_settings

if TYPE_CHECKING:
    from factorcli.markets.universe import Universe


def complete_ticker(incomplete: str) -> list[tuple[str, str]]:
    """Tickers of the universe with this prefix, and their names."""
    wanted = incomplete.upper()
    return [(s.ticker, s.name) for s in _universe().stocks if s.ticker.startswith(wanted)]


def complete_sector(incomplete: str) -> list[str]:
    """Sectors with this prefix, whatever the case."""
    wanted = incomplete.casefold()
    return [name for name in _universe().sectors if name.casefold().startswith(wanted)]


def _universe() -> "Universe":
    from factorcli.compose import build_universe
    from factorcli.errors import FactorError
    from factorcli.markets.universe import Universe

    try:
        return build_universe(load_settings())
    except FactorError:  # completion cannot show an error
        return Universe.load()
