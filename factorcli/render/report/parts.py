"""What a page consists of: subjects with sections of texts, facts, tables and pictures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from factorcli.render.charts.picture import Picture
from factorcli.render.layout import Block, Grid


@dataclass(frozen=True)
class Text:
    """A paragraph; quiet: of less weight, as a note below a table is."""

    text: str
    quiet: bool = False
    kind: str = "text"


@dataclass(frozen=True)
class Facts:
    """Names and what they are."""

    rows: Sequence[tuple[str, str]]
    kind: str = "facts"


@dataclass(frozen=True)
class Items:
    """A list of sentences, each after a word in bold, which may be empty."""

    rows: Sequence[tuple[str, str]]
    kind: str = "items"


@dataclass(frozen=True)
class Table:
    """A table and what it shows; folded: a long one, shown when it is asked for."""

    grid: Grid
    caption: str
    folded: bool = False
    kind: str = "table"


@dataclass(frozen=True)
class Figure:
    """A picture and how to read it; still: also drawn for who runs no script or prints, which takes time."""

    picture: Picture
    caption: str
    still: bool = True
    kind: str = "figure"


Part = Text | Facts | Items | Table | Figure


@dataclass(frozen=True)
class Section:
    """A heading and what follows it; anchor: unique within the page."""

    anchor: str
    heading: str
    parts: Sequence[Part]


@dataclass(frozen=True)
class Subject:
    """A stock, a portfolio or the universe: its headline in a sentence, further sentences, notices and sections."""

    anchor: str
    title: str
    about: str
    headline: str
    lead: Sequence[str]
    notices: Sequence[str]
    sections: Sequence[Section]


def texts(blocks: Iterable[Block], *, quiet: bool = False) -> list[Part]:
    """Lines as paragraphs, each a sentence."""
    lines = ("".join(span.text for span in block) for block in blocks if block and not isinstance(block, Grid))
    return [Text(f"{text.rstrip('.')}.", quiet) for text in lines]
