"""What every question of the library needs."""

from collections.abc import Sequence
from threading import RLock
from typing import Any

from factorcli.render.charts.extras import Extras
from factorcli.service.context import Context


class Asked:
    """A context, and the lock under which it is asked: markets are not made for several threads."""

    _context: Context
    _lock: RLock

    def _named(self, _: Sequence[Any], width: int) -> Extras:
        """What pictures show besides the results: the names of factors."""
        return Extras(width, self._context.model.names)
