"""Exposures compared: the differences of betas with their intervals, as tracks or in a panel a factor."""

from collections.abc import Iterator, Sequence
from math import isfinite

from factorcli.render.charts.change_lines import change_lines
from factorcli.render.charts.exposure_rows import MARKET, Row
from factorcli.render.charts.exposures import NAME, NUMBERS_READ, plots
from factorcli.render.charts.extras import Extras
from factorcli.render.charts.picture import Picture, picture, read_out
from factorcli.render.charts.theme import PADDING
from factorcli.render.decisions.changes import bounds, digits_of, is_significant
from factorcli.render.decisions.subject import called
from factorcli.render.text import MAX_PAGES, count, listed, number, period
from factorcli.results.beta import Estimate
from factorcli.results.compare import CompareResult


def exposure_differences(results: Sequence[CompareResult], extras: Extras) -> Picture:
    """The differences of one pair as tracks, of more in a panel or column a factor with a row a pair."""
    first = results[0]
    rows = [row for result in results for row in _rows(result, extras)]
    others = [result.against for result in results]
    named = others if len(others) <= MAX_PAGES else [*others[:2], f"{len(others) - 2} more"]
    unit = period(first.frequency)
    common = f" · {count(first.observations, unit)} in common" if len(results) == 1 else ""
    return picture(
        NAME,
        f"How exposures differ: {called(first)} less {listed(named)}",
        [f"{count(first.window, unit)} to {first.as_of}{common}", *change_lines(results)],
        plots(rows, len(results), extras.width - 2 * PADDING),
        read_out(
            [f"{called(first)} less {row['against']}, {row['factor']}: {row['text']}." for row in rows], NUMBERS_READ
        ),
        width=extras.width,
    )


def _rows(result: CompareResult, extras: Extras) -> Iterator[Row]:
    yield _row(result, "market", MARKET, result.market_difference)
    for code, found in result.differences.items():
        yield _row(result, code, extras.label(code), found)


def _row(result: CompareResult, code: str, label: str, found: Estimate) -> Row:
    digits = digits_of(found)
    known = isfinite(found.ci_low)
    return {
        "ticker": result.against, "against": result.against, "factor": label, "code": code, "beta": found.estimate,
        "ci_low": found.ci_low if known else None, "ci_high": found.ci_high if known else None,
        "significant": is_significant(found.p_value),
        "text": number(found.estimate, digits) + (f" ({bounds(found, digits)})" if known else ""),
    }  # fmt: skip
