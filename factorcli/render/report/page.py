"""A report as one HTML page that needs nothing else: style, font, pictures and script are inside."""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from itertools import count

from factorcli import __version__
from factorcli.render.charts.drawing import font_faces
from factorcli.render.charts.extras import Extras
from factorcli.render.charts.heading import whose
from factorcli.render.charts.picture import Picture
from factorcli.render.html import table
from factorcli.render.layout import Grid
from factorcli.render.report import stock, universe
from factorcli.render.report.figures import dark_colours, inline_data, inline_svg, is_tall, variables
from factorcli.render.report.method import method
from factorcli.render.report.parts import Figure, Subject
from factorcli.results.batch import Failure
from factorcli.results.report import UNIVERSE, Report

MAX_WHOLE = 10  # reports with every picture drawn; of more the first is, and the page's script draws the others
ONLY_OF_FEW = ("path", "stress", "drift")  # pictures that a page of more than MAX_WHOLE lacks, so that it can be sent
MAX_NAME = 100  # characters of a file's name
RESERVED = re.compile("con|prn|aux|nul|(com|lpt)[0-9]", re.IGNORECASE)  # names of devices on Windows
WIDE, WIDEST = 8, 11  # columns; a table with more has smaller letters in print


def page(reports: Sequence[Report], failures: Sequence[Failure], extras: Extras, *, script: str, of: int = 0) -> str:
    """The page of reports of one question, and what failed.

    script: Vega with vegaEmbed, as `charts.drawing.script` makes it; of: how many reports the question has, where this
    page is about some of them.
    """
    whole = len(reports) <= MAX_WHOLE
    stills = stock.PICTURES if max(of, len(reports)) <= MAX_WHOLE else stock.PICTURES[:1]
    subjects = _subjects(reports, _with_comparisons(extras, reports), whole, stills)
    return _render(
        "report.html.j2",
        script,
        subjects=subjects,
        whole=whole,
        most=MAX_WHOLE,
        title=_title(reports, subjects),
        summary=_summary(reports, subjects),
        failures=failures,
        notices=list(dict.fromkeys(notice for subject in subjects for notice in subject.notices)),
        method=method(reports, extras),
        made=_made(reports),
    )


def pictures_page(pictures: Sequence[Picture], script: str) -> str:
    """A page of pictures alone; script: as of `page`."""
    figures = [Figure(picture, "") for picture in pictures]
    return _render("pictures.html.j2", script, title=pictures[0].title, figures=figures)


def file_name(report: Report) -> str:
    """The name of a page about one stock or portfolio, valid on every system: `RELIANCE.NS.html`, that of its file."""
    beta = report.beta
    name = report.kind if beta is None else beta.ticker if beta.portfolio is None else _stem(beta.portfolio.file)
    name = re.sub(r"[^A-Za-z0-9._&-]", "_", name)[:MAX_NAME].lstrip(".") or "_"
    return f"{'_' if RESERVED.fullmatch(name.partition('.')[0]) else ''}{name}.html"


def file_names(reports: Sequence[Report]) -> list[str]:
    """The names of their pages, no two the same, whatever the size of letters: a second `_B.html` is `_B-2.html`."""
    taken: set[str] = set()
    names = []
    for one in map(file_name, reports):
        stem = one.removesuffix(".html")
        numbered = (f"{stem}-{number}.html" for number in count(2))
        name = one if one.lower() not in taken else next(found for found in numbered if found.lower() not in taken)
        taken.add(name.lower())
        names.append(name)
    return names


def _stem(file: str) -> str:
    """A file's name without its ending."""
    return file.rpartition(".")[0] or file


def _render(template: str, script: str, **values: object) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  (only a page loads the templates)

    environment = Environment(
        loader=PackageLoader("factorcli.render.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    scripts = (_closed(script), _asset("page.js"))
    return environment.get_template(template).render(
        values,
        version=__version__,
        policy=_policy(scripts),
        style=_style(),
        scripts=scripts,
        number=partial(next, count(1)),
        svg=inline_svg,
        is_tall=is_tall,
        data=inline_data,
        table=table,
        size=_size,
    )


def _subjects(reports: Sequence[Report], extras: Extras, whole: bool, stills: Sequence[str]) -> list[Subject]:
    pictures = [name for name in stock.PICTURES if whole or name not in ONLY_OF_FEW]
    return [
        universe.subject(report, extras, f"s{number}")
        if report.kind == UNIVERSE
        else stock.subject(report, extras, f"s{number}", pictures, stills)
        for number, report in enumerate(reports, 1)
    ]


def _with_comparisons(extras: Extras, reports: Sequence[Report]) -> Extras:
    found = {r.beta.ticker: r.comparison for r in reports if r.beta is not None and r.comparison is not None}
    return replace(extras, comparisons=found)


def _title(reports: Sequence[Report], subjects: Sequence[Subject]) -> str:
    if len(subjects) == 1:
        return subjects[0].title
    return f"Factor exposures of {whose([r.beta for r in reports if r.beta is not None])}"


def _summary(reports: Sequence[Report], subjects: Sequence[Subject]) -> str:
    """The table of contents of several subjects."""
    if len(subjects) == 1:
        return ""
    links = [f"#{subject.anchor}" for subject in subjects]
    return table(stock.summary(reports), "Summary; each name leads to its section", links=links)


def _made(reports: Sequence[Report]) -> str:
    """The day that the numbers are of, and when they were computed."""
    found = [(r.beta.as_of, r.beta.cache.computed_at) for r in reports if r.beta is not None]
    found += [(r.heatmap.as_of, r.heatmap.computed_at) for r in reports if r.heatmap is not None]
    return f"as of {max(day for day, _ in found)}, computed {max(time for _, time in found)}"


def _size(grid: Grid) -> str:
    columns = len(grid.columns)
    return "widest" if columns > WIDEST else "wide" if columns > WIDE else ""


@cache
def _style() -> str:
    """The style sheet: colours of the theme, light and dark, the font, and the page's own rules."""
    light, dark = variables(dark=False), variables(dark=True)
    in_the_dark = f"@media screen and (prefers-color-scheme:dark){{:root{{color-scheme:dark;{dark}}}{dark_colours()}}}"
    return f":root{{{light}}}{in_the_dark}{font_faces()}\n{_asset('style.css')}"


@cache
def _policy(scripts: tuple[str, ...]) -> str:
    """A Content-Security-Policy that runs these scripts and loads nothing."""
    hashes = " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in scripts)
    return (
        "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; "
        f"script-src {hashes}; base-uri 'none'; form-action 'none'"
    )


@cache
def _closed(script: str) -> str:
    """A script that no text in it can end."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--").replace("\r\n", "\n")


@cache
def _asset(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")
