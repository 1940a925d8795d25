"""Pages read back: their tables by caption, texts, links, headings and scripts."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

from factorcli.render.charts import catalogue
from factorcli.render.charts.extras import Extras
from factorcli.render.charts.picture import Picture
from factorcli.render.report import page as pages
from factorcli.results.batch import Failure
from factorcli.results.report import Report

NAMES = {"MKT": "Nifty 50", "VAL": "Value 20", "MOM": "Momentum 30", "SZ": "Midcap 150", "VOL": "India VIX"}
VOID = {"meta", "link", "br", "img", "input"}
BLOCKS = {"p", "li", "dt", "dd", "h1", "h2", "h3", "caption", "summary", "title", "figcaption", "th", "td", "a"}


@dataclass
class PageTable:
    """A table of a page: headings, and the cells of each row by heading, the row's own heading among them."""

    caption: str = ""
    headings: list[str] = field(default_factory=list)
    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    looks: dict[str, dict[str, str]] = field(default_factory=dict)

    def column(self, heading: str) -> list[str]:
        """The cells of a column, from top to bottom."""
        return [row[heading] for row in self.rows.values()]


class Document(HTMLParser):
    """What a page says. `texts` has (element, text) of every paragraph, heading, list entry and cell, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: list[PageTable] = []
        self.texts: list[tuple[str, str]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._cells: list[tuple[str, str, str]] = []
        self.feed(html)
        self.close()
        assert not self._open, f"not closed: {self._open}"

    def of(self, element: str) -> list[str]:
        """The texts of elements of a kind."""
        return [text for kind, text in self.texts if kind == element]

    def table(self, caption: str) -> PageTable:
        """The table whose caption begins so."""
        (found,) = [table for table in self.tables if table.caption.startswith(caption)]
        return found

    def facts(self) -> dict[str, str]:
        """Names and what they are, each as it is first said."""
        found: dict[str, str] = {}
        for name, value in zip(self.of("dt"), self.of("dd"), strict=True):
            found.setdefault(name, value)
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        if "id" in found:
            self.ids.append(found["id"] or "")
        if tag == "a":
            self.links.append(found["href"] or "")
        if tag == "table":
            self.tables.append(PageTable())
        if tag not in VOID:
            self._open.append((tag, found, []))

    def handle_data(self, data: str) -> None:
        for _, _, parts in self._open:
            parts.append(data)

    def handle_endtag(self, tag: str) -> None:
        kind, attributes, parts = self._open.pop()
        assert kind == tag, f"{tag} closes {kind}"
        text = "".join(parts)
        if tag == "script":
            self.scripts.append((attributes, text))
        elif tag == "tr":
            self._row()
        elif tag in ("th", "td"):
            self._cells.append((attributes.get("scope") or "", text, attributes.get("class") or ""))
        elif tag == "caption":
            self.tables[-1].caption = text
        if tag in BLOCKS:
            self.texts.append((tag, " ".join(text.split())))

    def _row(self) -> None:
        table, cells = self.tables[-1], self._cells
        if cells[0][0] == "col":
            table.headings = [text for _, text, _ in cells]
        else:
            assert [scope for scope, _, _ in cells] == ["row", *[""] * (len(cells) - 1)]
            assert cells[0][1] not in table.rows, cells[0][1]
            table.rows[cells[0][1]] = dict(zip(table.headings, (text for _, text, _ in cells), strict=True))
            table.looks[cells[0][1]] = dict(zip(table.headings, (look for _, _, look in cells), strict=True))
        self._cells = []


class Drawn:
    """Pictures that a page asks for, which are not drawn: (name, results, extras) of each."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, object, Extras]] = []

    def draw(self, results: object, name: str, extras: Extras) -> Picture:
        """A picture without anything in it but what a page must escape."""
        self.asked.append((name, results, extras))
        return Picture(name, f"Title of {name}", f"<b>{name}</b>", {"data": "</script><script>alert(1)</script>"})


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """No picture is drawn."""
    found = Drawn()
    monkeypatch.setattr(catalogue, "draw", found.draw)
    monkeypatch.setattr(pages, "inline_svg", lambda picture, prefix: f'<svg id="{prefix}x" height="9"></svg>')
    return found


def read(
    *reports: Report, failures: tuple[Failure, ...] = (), names: dict[str, str] | None = None, of: int = 0
) -> Document:
    """The page of reports, read back."""
    extras = Extras(names=NAMES if names is None else names)
    return Document(pages.page(reports, failures, extras, script="vega = 1 < 2", of=of))
