"""A page as work for another process, which has the memory that drawing takes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from factorcli.results.report import Report


class Wanted(NamedTuple):
    """The reports of a page, the factors' names by code, and the script that draws its pictures."""

    reports: Sequence[Report]
    names: Mapping[str, str]
    script: str


def drawn(wanted: Wanted) -> tuple[str, str]:
    """The page of some reports of one question, and its name if it is about the first."""
    from factorcli.render.charts.extras import Extras  # noqa: PLC0415  (who hands the work over does not draw)
    from factorcli.render.report.page import file_name, page  # noqa: PLC0415

    text = page(wanted.reports, (), Extras(names=wanted.names), script=wanted.script)
    return text, file_name(wanted.reports[0])
