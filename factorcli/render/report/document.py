"""A report as the library hands it out: a page that displays itself in a notebook, and can be saved."""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from factorcli.errors import InvalidOption
from factorcli.render.json_csv import plain
from factorcli.results.batch import Failure
from factorcli.results.report import Report

ENDING = ".html"
SCHEMA = "factor.report/1"
NOTEBOOK_HEIGHT = 800  # px


@dataclass(frozen=True)
class ReportPage:
    """A report: its page as HTML, which needs no other file, and the results that the page shows.

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> page = factor.report(["TCS", "NOSUCH"])
        >>> page
        ReportPage(reports=1, failures=1)
        >>> page.reports[0].beta.ticker, page.failures[0].code
        ('TCS.NS', 'unknown_ticker')
        >>> str(page)[:15]
        '<!doctype html>'
    """

    html: str = field(repr=False)
    reports: tuple[Report, ...]
    failures: tuple[Failure, ...]

    def save(self, path: str | Path) -> None:
        """Write the page to a file that ends in `.html`. Raises InvalidOption, OSError.

        Examples:
            >>> import pathlib, tempfile
            >>> target = pathlib.Path(tempfile.mkdtemp()) / "tcs.html"
            >>> factor.report(["TCS"]).save(target)
            >>> target.stat().st_size > 100_000
            True
        """
        if Path(path).suffix.lower() != ENDING:
            raise InvalidOption(f"path {path} must end in {ENDING}.")
        Path(path).write_bytes(self.html.encode(errors="replace"))

    def to_dict(self) -> dict[str, Any]:
        """The document that the command prints as JSON, with every number of the page.

        Examples:
            >>> factor.report(["TCS"]).to_dict()["schema"]
            'factor.report/1'
        """
        return {"schema": SCHEMA, "results": plain(self.reports), "errors": plain(self.failures)}

    def __str__(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"ReportPage(reports={len(self.reports)}, failures={len(self.failures)})"

    def _repr_html_(self) -> str:
        style = f"width: 100%; height: {NOTEBOOK_HEIGHT}px; border: 0"
        return f'<iframe title="Factor report" style="{style}" srcdoc="{escape(self.html)}"></iframe>'
