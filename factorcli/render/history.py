"""The history of heatmaps: as tables, and as the rows of a file or frame."""

import csv
import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import IO, TYPE_CHECKING, Any

from factorcli.render.json_csv import safe_cell
from factorcli.render.layout import Block, Column, Grid, line
from factorcli.render.text import DIM_STYLE, count
from factorcli.results.history import HistoryDay, HistoryFile

if TYPE_CHECKING:
    from pandas import DataFrame

Table = Mapping[str, Sequence[Any]]  # values by the names of columns
TEXTS = ("ticker", "name", "sector")
INTEGERS = ("window", "observations")


def days(results: Sequence[date], _: bool) -> list[Block]:
    """The days that are kept, and how many they are."""
    return [
        Grid([Column("as of", [str(day) for day in results], left=True)]),
        line(count(len(results), "day"), style=DIM_STYLE),
    ]


def files(results: Sequence[HistoryFile], _: bool) -> list[Block]:
    """What was written to each file."""
    return [
        line(f"Wrote {count(one.rows, 'row')} of {count(one.days, 'day')}, {one.first} to {one.last}, to {one.path}.")
        for one in results
    ]


def table(day: HistoryDay) -> Table:
    """The rows of a day and window; a number that is not known is NaN.

    CODE is the beta on a factor, CODE.se its standard error, CODE.t and CODE.q its t statistic and q-value.
    """
    columns, rows = day.columns, len(day.columns.tickers)
    stocks = [day.stocks.get(ticker) for ticker in columns.tickers]
    made: dict[str, Sequence[Any]] = {
        "as_of": [day.as_of] * rows,
        "window": [day.window] * rows,
        "ticker": columns.tickers,
        "name": [stock.name if stock else "" for stock in stocks],
        "sector": [stock.sector if stock else "" for stock in stocks],
        **{name: columns.reals[name] for name in ("market_beta", "alpha_annual", "r_squared")},
        "observations": columns.observations,
    }
    for code in columns.codes:
        betas, t_stats = columns.reals[f"betas.{code}"], columns.reals[f"t_stats.{code}"]
        made[code] = betas
        made[f"{code}.se"] = [beta / t if t else math.nan for beta, t in zip(betas, t_stats, strict=True)]
        made[f"{code}.t"] = t_stats
        made[f"{code}.q"] = columns.reals[f"q_values.{code}"]
    return made


def to_frame(tables: Iterable[Table]) -> "DataFrame":
    """The rows of tables as a pandas DataFrame; days are datetime64."""
    import pandas as pd  # noqa: PLC0415  (only who asks for a frame pays for it)

    frame = pd.concat([pd.DataFrame(dict(one)) for one in tables], ignore_index=True)
    frame["as_of"] = pd.to_datetime(frame["as_of"])
    return frame


def write_csv(file: IO[bytes], tables: Iterable[Table]) -> None:
    """Write tables as one CSV file in full precision; a number that is not known is an empty cell."""
    for number, one in enumerate(tables):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if number == 0:
            writer.writerow(one)
        cells = (map(safe_cell, values) if name in TEXTS else _cells(values) for name, values in one.items())
        writer.writerows(zip(*cells, strict=True))
        file.write(text.getvalue().encode(errors="replace"))


def write_parquet(file: IO[bytes], tables: Iterable[Table]) -> None:
    """Write tables as one Parquet file, a row group each; a number that is not known is null."""
    import pyarrow as pa  # noqa: PLC0415  (only who writes such a file pays for it)
    from pyarrow.parquet import ParquetWriter  # noqa: PLC0415

    types = {"as_of": pa.date32()} | dict.fromkeys(TEXTS, pa.string()) | dict.fromkeys(INTEGERS, pa.int32())
    writer = None
    try:
        for one in tables:
            schema = pa.schema([(name, types.get(name, pa.float64())) for name in one])
            writer = writer or ParquetWriter(file, schema)
            arrays = [pa.array(one[field.name], field.type, from_pandas=True) for field in schema]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    finally:
        if writer is not None:
            writer.close()


WRITERS: Mapping[str, Callable[[IO[bytes], Iterable[Table]], None]] = {".parquet": write_parquet, ".csv": write_csv}


def _cells(values: Sequence[Any]) -> Iterable[Any]:
    return ("" if isinstance(value, float) and not math.isfinite(value) else value for value in values)
