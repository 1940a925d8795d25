"""The script that draws the pictures of a page, made once and kept."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from factorcli.render.charts import drawing


class Kept(Protocol):
    """Where the script is kept: bytes by key."""

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The entries of these keys."""

    def put(self, entries: Mapping[str, bytes], seconds: float | None = None) -> None:
        """Store these."""


def page_script(kept: Kept) -> str:
    """Vega with all that it needs, from where it is kept, or made now, which takes more than a second."""
    name = f"script/{drawing.script_version()}"
    if (content := kept.get([name]).get(name)) is not None:
        return content.decode()
    made = drawing.script()
    kept.put({name: made.encode()})
    return made
