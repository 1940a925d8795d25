"""Results as plain values, as JSON and as CSV."""

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

from factorcli.results.batch import Batch
from factorcli.results.beta import BetaResult
from factorcli.results.warnings import ResultWarning

BY_TICKER = ("holdings", "instruments", "trades")  # lists of records whose tickers are part of the names of columns
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")


def plain(value: Any) -> Any:
    """The value in dictionaries, lists, strings, numbers and None; NaN and ±∞ become None.

    Raises TypeError for a value without such a form.
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, ResultWarning):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        out = {}
        for field in fields(value):
            item = getattr(value, field.name)
            if field.metadata.get("table_only") or (item is None and field.metadata.get("omit_none")):
                continue
            out[field.metadata.get("json", field.name)] = plain(item)
        return out
    raise TypeError(f"{type(value).__name__} has no plain form")


def to_line(result: Any) -> str:
    """One result as JSON: an element of `results`, and the body of an HTTP answer."""
    return json.dumps(plain(result), ensure_ascii=False, allow_nan=False)


def safe_cell(value: Any) -> Any:
    """A cell of a CSV file: a text that a spreadsheet would run as a formula gets an apostrophe before it.

    Numbers stay, also as text. Source: OWASP, CSV Injection.
    """
    if not isinstance(value, str) or not value.startswith(FORMULA_MARKS):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def to_json(schema: str, batch: Batch[Any]) -> str:
    """The document of `--json`: one result a line, then one failure a line."""
    return "".join(
        [
            f'{{"schema": {json.dumps(schema)}, "results": [',
            _lines(batch.results),
            '], "errors": [',
            _lines(batch.failures),
            "]}\n",
        ]
    )


def to_csv(batch: Batch[Any]) -> str:
    """One row a result, one column a value, as `flat_rows` has them; None is an empty cell."""
    rows = flat_rows(batch.shown)
    columns = columns_of(rows)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    if columns:
        writer.writeheader()
    writer.writerows({name: safe_cell(value) for name, value in row.items()} for row in rows)
    return buffer.getvalue()


def flat_rows(results: Iterable[Any]) -> list[dict[str, Any]]:
    """One row a result, nested names joined by dots; values are texts, numbers and None.

    A rolling path has one row a date, a heatmap one row a stock, the peers of a stock one row each, in columns such as
    `peers.distance`. Numbers of a holding are in columns such as `portfolio.holdings.TCS.NS.weight`, of a single
    portfolio; those of several are in their JSON only, as most columns of most rows would be empty. Those of an
    instrument of a hedge are in `instruments.^NSEI.ratio.estimate`, of a trade in `trades.TCS.NS.to`. The factors' path
    of a model is in its JSON only.
    """
    rows: list[dict[str, Any]] = []
    for result in _without_holdings(list(results)):
        if isinstance(result, BetaResult) and result.rolling is not None:
            rows.extend(_path_rows(result))
        elif type(result).__name__ in ("Heatmap", "Screen"):  # by name, so that a beta does not load its module
            frame = {"window": result.window, "as_of": plain(result.as_of), "source": result.source}
            rows.extend({**_flat(plain(stock)), **frame} for stock in result.stocks)
        elif type(result).__name__ == "PeersResult":
            rows.extend(_peer_rows(result))
        elif isinstance(result, date):
            rows.append({"as_of": plain(result)})
        elif getattr(result, "statistics", None) is not None:
            rows.append(_flat(plain(replace(result, statistics=replace(result.statistics, path=None)))))
        else:
            rows.append(_flat(plain(result)))
    return rows


def _without_holdings(results: list[Any]) -> list[Any]:
    """The results, where several are of portfolios without what these hold."""
    portfolios = [i for i, result in enumerate(results) if hasattr(getattr(result, "portfolio", None), "holdings")]
    for i in portfolios if len(portfolios) > 1 else ():
        results[i] = replace(results[i], portfolio=replace(results[i].portfolio, holdings=()))
    return results


def columns_of(rows: Iterable[dict[str, Any]]) -> list[str]:
    """The names of all rows, each once, in the order in which they come."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _lines(items: Sequence[Any]) -> str:
    text = ",\n".join(map(to_line, items))
    return f"\n{text}\n" if text else ""


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, dict):
            out |= _flat(item, f"{prefix}{key}.")
        elif key in BY_TICKER:
            for part in item:
                out |= _flat(part, f"{prefix}{key}.{part['ticker']}.")
        elif isinstance(item, list):
            out[prefix + key] = _cell(item)
        else:
            out[prefix + key] = item
    return out


def _cell(items: Iterable[Any]) -> str:
    """A list in one cell: its texts, or its records as JSON, separated by semicolons."""
    return "; ".join(item if isinstance(item, str) else json.dumps(item) for item in items)


def _peer_rows(result: Any) -> Iterable[dict[str, Any]]:
    """A row a peer, behind what is said of the ticker itself."""
    whole = plain(result)
    own = {name: whole[name] for name in ("ticker", "window", "as_of", "noisy", "compared")}
    for rank, peer in enumerate(whole["peers"], 1):
        yield {**own, "rank": rank, **_flat(peer, "peers.")}


def _path_rows(result: BetaResult) -> Iterable[dict[str, Any]]:
    path = plain(result.rolling)
    for i, day in enumerate(path["dates"]):
        yield {
            "ticker": result.ticker,
            "window": result.window,
            "date": day,
            "alpha": path["alpha"][i],
            **{f"betas.{code}": values[i] for code, values in path["betas"].items()},
            "r_squared": path["r_squared"][i],
            "residual_volatility": path["residual_volatility"][i],
            **{name: path[name][i] for name in ("alpha_low", "alpha_high")},
            **{f"{n}.{code}": values[i] for n in ("betas_low", "betas_high") for code, values in path[n].items()},
        }
