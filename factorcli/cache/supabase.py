"""A shared cache: tables of a Supabase project, accessed through the supabase client."""

import json
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from factorcli.cache.supabase_rows import HISTORY, TABLES, Table
from factorcli.errors import MissingTables, SharedCacheError
from factorcli.ports import SharedRow
from factorcli.results.cache import CacheTier

if TYPE_CHECKING:
    import httpx
    from supabase import Client

PAGE_ROWS = 1000  # Supabase's limit for one response
BATCH_ROWS = 500  # written by one request
HISTORY_BATCH_ROWS = 1500  # a day of 500 stocks and three windows
MAX_TICKERS_IN_QUERY = 50  # for more, a query selects the whole window
SILENCE_TIMEOUT_SECONDS = 4.0  # without a byte received
REQUEST_DEADLINE_SECONDS = 10.0  # for a whole request


class Supabase:
    """Implements `ports.SharedCache`. The client is loaded with the first request.

    Every error is a SharedCacheError that repeats neither the key nor the request.
    """

    name = "supabase"

    def __init__(self, url: str, key: str, now: Callable[[], datetime]) -> None:
        self._url = url
        self._key = key
        self._now = now

    @property
    def location(self) -> str:
        """The project's host. A value that is not a web address is not repeated, as it may be a misplaced key."""
        from factorcli.cache.supabase_errors import host_of

        return host_of(self._url) or "SUPABASE_URL"

    def read(self, rows: Sequence[SharedRow]) -> dict[SharedRow, bytes]:
        """The payloads of these rows: one query for each table, window, model and day, in pages."""
        wanted: dict[SharedRow, list[str]] = {}
        for one in rows:
            wanted.setdefault(one._replace(ticker=""), []).append(one.ticker)
        found = {}
        with self._translating_errors():
            for group, tickers in wanted.items():
                asked, table = set(tickers), TABLES[group.kind]
                for row in self._select(table, group, tickers):
                    ticker, payload = str(row.get("ticker")), table.payload(row)
                    if ticker in asked and payload is not None:
                        found[group._replace(ticker=ticker)] = payload
        return found

    def days(self, model: str) -> frozenset[tuple[int, date]]:
        """The windows and days of a model that the history has rows of."""
        with self._translating_errors():
            answer = self._client.rpc("factor_heatmap_days", {"model": model}, get=True).execute()
            rows = self._rows(answer.data)
            return frozenset((int(row["window"]), date.fromisoformat(day)) for row in rows for day in row["days"])

    def write(self, entries: Mapping[SharedRow, bytes], seconds: float | None) -> None:
        """Insert or replace rows, one batch per request. Raises ReadOnlyKey."""
        from postgrest import ReturnMethod

        expires_at = None if seconds is None else self._now() + timedelta(seconds=seconds)
        rows: dict[Table, list[dict[str, Any]]] = {}
        for key, payload in entries.items():
            table = TABLES[key.kind]
            rows.setdefault(table, []).append(table.row(key, payload, expires_at))
        with self._translating_errors():
            for table, all_rows in rows.items():
                size = HISTORY_BATCH_ROWS if table.by_day else BATCH_ROWS
                for start in range(0, len(all_rows), size):
                    batch = all_rows[start : start + size]
                    query = self._client.table(table.name).upsert(
                        batch, returning=ReturnMethod.minimal, on_conflict=table.primary_key
                    )
                    self._rows(query.execute().data)  # empty; checks that Supabase answered

    def info(self) -> CacheTier:
        """Rows and bytes of the tables, the times of the oldest and the newest row, and whether the key may write."""
        with self._translating_errors():
            for kind, table in TABLES.items():  # fails for a table that lacks a column
                with suppress(MissingTables) if kind == HISTORY else nullcontext():
                    self._rows(self._client.table(table.name).select(*table.all_columns).limit(0).execute().data)
            (found,) = self._rows(self._client.rpc("factor_cache_info", get=True).execute().data)
            return CacheTier(
                self.name,
                self._host,
                int(found["row_count"]),
                int(found["byte_count"]),
                _stamp(found["oldest"]),
                _stamp(found["newest"]),
                can_write=bool(found["can_write"]),
            )

    def clear(self) -> int:
        """Delete every row of the tables; returns their number. Raises ReadOnlyKey."""
        rows = 0
        with self._translating_errors():
            for kind, table in TABLES.items():
                with suppress(MissingTables) if kind == HISTORY else nullcontext():
                    rows += self._clear(table)
        return rows

    def _clear(self, table: Table) -> int:
        from postgrest import CountMethod, ReturnMethod

        query = self._client.table(table.name).delete(count=CountMethod.exact, returning=ReturnMethod.minimal)
        count = query.neq("ticker", "").execute().count
        if count is None:
            raise self._not_supabase()
        return count

    def _select(self, table: Table, of: SharedRow, tickers: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Rows of a window, model and day that have not expired, page by page."""
        from postgrest import CountMethod

        start, total = 0, 1
        while start < total:
            query = self._client.table(table.name).select("*", count=CountMethod.exact)
            query = query.eq(table.window, of.window).eq("model", of.model).order("ticker")
            if table.by_day:
                query = query.eq("as_of", str(of.as_of))
            if len(tickers) <= MAX_TICKERS_IN_QUERY:
                query = query.in_("ticker", tickers)
            if table.expires:
                query = query.gt("expires_at", f"{self._now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
            answer = query.range(start, start + PAGE_ROWS - 1).execute()
            page = self._rows(answer.data)
            yield from page
            start += len(page)
            more = len(page) == PAGE_ROWS if answer.count is None else bool(page)  # a proxy may drop the count
            total = (start + 1 if answer.count is None else answer.count) if more else 0

    def _rows(self, data: Any) -> list[dict[str, Any]]:
        if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
            raise self._not_supabase()
        return data

    def _not_supabase(self) -> SharedCacheError:
        from factorcli.cache.supabase_errors import not_supabase

        return not_supabase(self._host)

    @cached_property
    def _host(self) -> str:
        from factorcli.cache.supabase_errors import bad_url, host_of

        host = host_of(self._url)
        if host is None:
            raise bad_url()
        return host

    @cached_property
    def _client(self) -> "Client":
        from supabase import ClientOptions, create_client

        from factorcli.cache.http_deadline import DeadlineClient
        from factorcli.cache.supabase_errors import bad_environment, bad_key, base_of, is_loopback

        if not (self._host and self._key.isascii() and self._key.isprintable() and " " not in self._key):
            raise bad_key()
        try:  # loopback is not reached through a proxy
            http = DeadlineClient(
                REQUEST_DEADLINE_SECONDS, timeout=SILENCE_TIMEOUT_SECONDS, trust_env=not is_loopback(self._url)
            )
        except Exception:  # noqa: BLE001  (bad proxy and certificate variables raise various errors)
            raise bad_environment() from None
        http.event_hooks = {"response": [partial(_refuse, self._host)]}
        weakref.finalize(self, http.close)
        options = ClientOptions(
            httpx_client=http, postgrest_client_retry=False, auto_refresh_token=False, persist_session=False
        )
        return create_client(base_of(self._url), self._key, options)

    @contextmanager
    def _translating_errors(self) -> Iterator[None]:
        """Translate every error into a SharedCacheError."""
        try:
            yield
        except SharedCacheError:
            raise
        except Exception as error:  # noqa: BLE001  (an error of the client must not lose an answer)
            from factorcli.cache.supabase_errors import broken

            raise broken(self._host, error, SILENCE_TIMEOUT_SECONDS) from None


def _refuse(host: str, response: "httpx.Response") -> None:
    """Raise the error of a response by its status, before the client reads it."""
    if response.is_success:
        return
    from factorcli.cache.supabase_errors import refused

    response.read()
    try:
        body = json.loads(response.content)
        code, message = str(body["code"]), str(body["message"])
    except (ValueError, TypeError, KeyError):
        code, message = "", ""
    raise refused(host, response.status_code, code, message, writing=response.request.method != "GET")


def _stamp(text: str | None) -> str | None:
    return None if text is None else f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
