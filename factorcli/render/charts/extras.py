"""What pictures show or need besides the results."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from factorcli.render.charts.theme import WIDTH
from factorcli.results.comparison import Comparison


@dataclass(frozen=True)
class Extras:
    """The width of a picture in px, the names of factors by code, and what other stocks are like by ticker.

    alone: whether a picture is seen by itself, so that it says whose it is, which window and model, and what is wrong
    with the prices; a page around it says that once.
    """

    width: int = WIDTH
    names: Mapping[str, str] = field(default_factory=dict)
    comparisons: Mapping[str, Comparison] = field(default_factory=dict)
    alone: bool = True

    def label(self, code: str) -> str:
        """How a factor is called: `size (SZ)`, or its code where its name is not known."""
        name = self.names.get(code)
        return code if name is None or name == code else f"{name} ({code})"
