"""Pictures as files: which one, how large, and what they show besides the results."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from factorcli.cli.options import Output
from factorcli.cli.output import Documents
from factorcli.errors import InvalidOption
from factorcli.render.charts.theme import ENDINGS, MAX_SCALE, MAX_WIDTH, MIN_SCALE, MIN_WIDTH, SCALE, WIDTH

if TYPE_CHECKING:
    from factorcli.render.charts.picture import Picture
    from factorcli.results.batch import Batch
    from factorcli.results.comparison import Comparison
    from factorcli.service.context import Context

# What gives the results that a picture shows.
NEEDS = {"path": "--rolling", "holdings": "--portfolio FILE", "factors": "--window DAYS"}


@dataclass(frozen=True)
class PictureOutput(Output):
    """Format and destination of an answer that has pictures."""

    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE",
            help="Write to FILE as its ending says: .json, .csv, .txt, or a picture: .svg, .png, .pdf, .html.",
        ),
    ] = None  # fmt: skip
    picture: Annotated[
        str | None,
        typer.Option("--picture", metavar="NAME", help="Which picture; .html has all, the others the first."),
    ] = None
    width: Annotated[
        int | None, typer.Option("--width", metavar="PX", help="Width of a picture in px; default 760.")
    ] = None
    scale: Annotated[
        float | None, typer.Option("--scale", metavar="N", help="Pixels of a .png for each px of its width; default 2.")
    ] = None


def documents(
    kind: str,
    output: PictureOutput,
    context: "Callable[[], Context]",
    compare: "Callable[[Batch[Any]], Mapping[str, Comparison]] | None" = None,
) -> Documents:
    """The pictures of results of a kind, its class name; compare: the other stocks that they show besides."""

    def check(ending: str) -> None:
        _check(kind, output, ending)

    def make(batch: "Batch[Any]", ending: str) -> bytes:
        from factorcli.render.charts.catalogue import draw
        from factorcli.render.charts.extras import Extras

        wanted = _names(batch.shown, output, ending)
        others = compare(batch) if compare and "exposures" in wanted else {}
        extras = Extras(output.width or WIDTH, context().model.names, others)
        pictures = [draw(batch.shown, name, extras) for name in wanted]
        return _drawn(pictures, output, ending, context)

    return Documents(ENDINGS, make, check)


def _check(kind: str, output: PictureOutput, ending: str) -> None:
    given = {"--picture": output.picture, "--width": output.width, "--scale": output.scale}
    if ending not in ENDINGS:
        for name, value in given.items():
            if value is not None:
                raise InvalidOption(f"{name} {value} is about a picture: name a file for it, such as -o picture.png.")
        return
    from factorcli.render.charts.catalogue import PICTURES

    if output.picture is not None and output.picture not in PICTURES[kind]:
        raise InvalidOption(f"--picture {output.picture} is not known: it can be {', '.join(PICTURES[kind])}.")
    if output.width is not None and not MIN_WIDTH <= output.width <= MAX_WIDTH:
        raise InvalidOption(f"--width is {output.width}, but must be from {MIN_WIDTH} to {MAX_WIDTH} px.")
    if output.scale is not None and ending != ".png":
        raise InvalidOption(f"--scale is about .png: {ending} has no pixels, and is sharp in any size.")
    if output.scale is not None and not MIN_SCALE <= output.scale <= MAX_SCALE:
        raise InvalidOption(f"--scale is {output.scale:g}, but must be from {MIN_SCALE:g} to {MAX_SCALE:g}.")


def _names(results: Sequence[Any], output: PictureOutput, ending: str) -> list[str]:
    """The pictures to draw. Raises InvalidOption where the results do not have it."""
    from factorcli.render.charts.catalogue import names

    found = names(results)
    wanted = [output.picture] if output.picture else found if ending == ".html" else found[:1]
    missing = next((name for name in wanted if name not in found), None)
    if missing is not None:
        raise InvalidOption(f"--picture {missing} needs {NEEDS[missing]}.")
    if not wanted:
        raise InvalidOption(f"There is no picture of this answer; {NEEDS['factors']} adds one.")
    return wanted


def _drawn(
    pictures: "Sequence[Picture]", output: PictureOutput, ending: str, context: "Callable[[], Context]"
) -> bytes:
    from factorcli.render.charts.drawing import image

    if ending != ".html":
        return image(pictures[0], ending, scale=output.scale or SCALE)
    from factorcli.render.report.page import pictures_page
    from factorcli.render.report.script import page_script

    return pictures_page(pictures, page_script(context().cache)).encode(errors="replace")
