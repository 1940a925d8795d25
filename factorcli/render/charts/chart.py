"""A picture as the library hands it out: it displays itself in a notebook, and can be saved."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from factorcli.errors import InvalidOption
from factorcli.render.charts.picture import Picture
from factorcli.render.charts.theme import ENDINGS, MAX_SCALE, MIN_SCALE, SCALE


@dataclass(frozen=True)
class Chart:
    """A picture of results, which displays itself in a notebook.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> chart = factor.beta("TCS").chart("exposures")
        >>> chart
        Chart('exposures', 'Factor exposures of TCS.NS')
        >>> chart.spec["title"]["text"]
        ['Factor exposures of TCS.NS']
    """

    picture: Picture

    @property
    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification, whose data are the unrounded numbers of the results."""
        return self.picture.spec

    @property
    def description(self) -> str:
        """The alternative text: the title and the numbers shown."""
        return self.picture.description

    def save(self, path: str | Path, *, scale: float = SCALE) -> None:
        """Write the picture as SVG, PNG, PDF or HTML, by the ending of the name.

        scale: pixels of a PNG for each px, 0.25 to 8. Raises InvalidOption, OSError.

        Examples:
            >>> import pathlib, tempfile
            >>> target = pathlib.Path(tempfile.mkdtemp()) / "exposures.svg"
            >>> factor.beta("TCS").chart().save(target)
            >>> target.read_text(encoding="utf-8")[:4]
            '<svg'
        """
        ending = Path(path).suffix.lower()
        if ending not in ENDINGS:
            raise InvalidOption(f"path {path} must end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}.")
        if not MIN_SCALE <= scale <= MAX_SCALE:
            raise InvalidOption(f"scale is {scale}, but must be from {MIN_SCALE} to {MAX_SCALE:g}.")
        Path(path).write_bytes(self._drawn(ending, scale))

    def _drawn(self, ending: str, scale: float) -> bytes:
        from factorcli.render.charts import drawing  # noqa: PLC0415  (only who draws needs it)

        if ending == ".html":
            from factorcli.render.report.page import pictures_page  # noqa: PLC0415

            return pictures_page([self.picture], drawing.script()).encode()
        return drawing.image(self.picture, ending, scale=scale)

    def _repr_svg_(self) -> str:
        from factorcli.render.charts.drawing import svg, with_font  # noqa: PLC0415

        return with_font(svg(self.picture))

    def __repr__(self) -> str:
        return f"Chart({self.picture.name!r}, {self.picture.title!r})"
