"""`factor doctor`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from factorcli.cli import run
from factorcli.cli.hints import hint
from factorcli.cli.options import Data, Output, spread
from factorcli.cli.program import NAMES, other_factor
from factorcli.errors import InvalidModel, InvalidSetting

if TYPE_CHECKING:
    from factorcli.markets.corporate_actions import CorporateActions
    from factorcli.markets.universe import Universe
    from factorcli.results.batch import Batch
    from factorcli.results.doctor import Check


@spread
def doctor(data: Data, output: Output) -> None:
    """Check settings, universe, actions, source, each proxy, cache and Supabase: one line each, with advice."""

    def ask() -> "Batch[Any]":
        from factorcli.compose import (
            build_actions,
            build_cache,
            build_model,
            build_shared,
            build_universe,
            cache_folder,
        )
        from factorcli.markets.market import DEFAULT, Market
        from factorcli.results.batch import Batch
        from factorcli.service.doctor import checks

        def cache_place() -> str:
            warnings: list[str] = []
            cache = build_cache(run.settings(data), warnings.append)
            tiers = cache.info()
            if warnings or not tiers:
                folder = cache_folder(run.settings(data))
                raise InvalidSetting(warnings[0] if warnings else f"The cache in {folder} cannot be used.")
            return f"{tiers[0].rows:,} rows in {tiers[0].location}"

        def market() -> Market:
            try:
                return build_model(run.settings(data)).market
            except InvalidModel:  # reported by the check of the model
                return DEFAULT

        def universe() -> "Universe":
            return build_universe(run.settings(data), market())

        def actions(universe: "Universe") -> "CorporateActions":
            return build_actions(run.settings(data), universe, market())

        found = (
            *_name_check(),
            *checks(
                lambda: run.settings(data),
                universe,
                actions,
                lambda: run.context(data),
                cache_place,
                lambda: build_shared(run.settings(data)),
                hint,
            ),
        )
        return Batch(found, exit_code=0 if all(check.ok for check in found) else 1)

    run.answer("factor.doctor/1", output, ask)


def _name_check() -> "Iterator[Check]":
    """A line where `factor` is another program on the PATH, such as GNU's, which factorises numbers."""
    from factorcli.results.doctor import Check

    if (other := other_factor()) is not None:
        yield Check("name", True, f"`{NAMES[0]}` is {other} here, another program", f"Type `{NAMES[1]}` instead.")
