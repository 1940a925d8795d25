"""A team's cache: two tables of a Supabase project, through its own client."""

import json
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from factorcli.cache.supabase_rows import TABLES, Table
from factorcli.errors import SharedCacheError
from factorcli.ports import SharedRow
from factorcli.results.cache import CacheTier

if TYPE_CHECKING:
    import httpx
    from supabase import Client

PAGE = 1000  # rows: Supabase returns no more at once
BATCH = 500  # rows that one request writes
FEW = 50  # tickers that a request can name; for more, it asks for the whole window
TIMEOUT = 4.0  # seconds without a sign of life
LONGEST = 10.0  # seconds that a request takes in all


class Supabase:
    """Implements `ports.SharedCache`. The client is loaded when the first request needs it.

    Whatever goes wrong is a SharedCacheError that names neither the key nor what was sent.
    """

    name = "supabase"

    def __init__(self, url: str, key: str, now: Callable[[], datetime], timeout: float = TIMEOUT) -> None:
        self._url = url
        self._key = key
        self._now = now
        self._timeout = timeout

    @property
    def location(self) -> str:
        """The project's host. What is no web address is not repeated: it may be a key in the wrong place."""
        from factorcli.cache.supabase_errors import host_of

        return host_of(self._url) or "SUPABASE_URL"

    def read(self, rows: Sequence[SharedRow]) -> dict[SharedRow, bytes]:
        """The payloads of these rows: one query for each table, window and model, in pages."""
        wanted: dict[tuple[str, int, str], list[str]] = {}
        for kind, ticker, window, model in rows:
            wanted.setdefault((kind, window, model), []).append(ticker)
        found = {}
        with self._in_plain_words():
            for (kind, window, model), tickers in wanted.items():
                asked = set(tickers)
                for row in self._select(TABLES[kind], window, model, tickers):
                    ticker, payload = str(row.get("ticker")), TABLES[kind].payload(row)
                    if ticker in asked and payload is not None:
                        found[SharedRow(kind, ticker, window, model)] = payload
        return found

    def write(self, entries: Mapping[SharedRow, bytes], seconds: float | None) -> None:
        """Insert or replace rows, a batch a request. Raises ReadOnlyKey."""
        from postgrest import ReturnMethod

        expires_at = None if seconds is None else self._now() + timedelta(seconds=seconds)
        rows: dict[Table, list[dict[str, Any]]] = {}
        for key, payload in entries.items():
            table = TABLES[key.kind]
            rows.setdefault(table, []).append(table.row(key, payload, expires_at))
        with self._in_plain_words():
            for table, all_rows in rows.items():
                for start in range(0, len(all_rows), BATCH):
                    batch = all_rows[start : start + BATCH]
                    query = self._client.table(table.name).upsert(
                        batch, returning=ReturnMethod.minimal, on_conflict=table.primary_key
                    )
                    self._rows(query.execute().data)  # none; a page of somebody else's would be no rows

    def info(self) -> CacheTier:
        """Rows and bytes of both tables, the times of the first and the last, and whether the key may write."""
        with self._in_plain_words():
            for table in TABLES.values():  # which tells tables that lack a column
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
        """Remove every row of both tables; returns how many. Raises ReadOnlyKey."""
        from postgrest import CountMethod, ReturnMethod

        rows = 0
        with self._in_plain_words():
            for table in TABLES.values():
                query = self._client.table(table.name)
                all_rows = query.delete(count=CountMethod.exact, returning=ReturnMethod.minimal).neq("ticker", "")
                count = all_rows.execute().count
                if count is None:
                    raise self._not_supabase()
                rows += count
        return rows

    def _select(self, table: Table, window: int, model: str, tickers: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Rows of a window and model that have not expired, page by page."""
        from postgrest import CountMethod

        start, total = 0, 1
        while start < total:
            query = self._client.table(table.name).select("*", count=CountMethod.exact)
            query = query.eq(table.window, window).eq("model", model).order("ticker")
            if len(tickers) <= FEW:
                query = query.in_("ticker", tickers)
            if table.expires:
                query = query.gt("expires_at", f"{self._now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
            answer = query.range(start, start + PAGE - 1).execute()
            page = self._rows(answer.data)
            yield from page
            start += len(page)
            more = len(page) == PAGE if answer.count is None else bool(page)  # on the way, the count may be lost
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

        from factorcli.cache.http_deadline import PatientClient
        from factorcli.cache.supabase_errors import bad_environment, bad_key, base_of, is_here

        if not (self._host and self._key.isascii() and self._key.isprintable() and " " not in self._key):
            raise bad_key()
        try:  # no proxy leads to one's own machine
            http = PatientClient(LONGEST, timeout=self._timeout, trust_env=not is_here(self._url))
        except Exception:  # noqa: BLE001  (each part of the environment fails in its own way)
            raise bad_environment() from None
        http.event_hooks = {"response": [partial(_refuse, self._host)]}
        weakref.finalize(self, http.close)
        options = ClientOptions(
            httpx_client=http, postgrest_client_retry=False, auto_refresh_token=False, persist_session=False
        )
        return create_client(base_of(self._url), self._key, options)

    @contextmanager
    def _in_plain_words(self) -> Iterator[None]:
        """Turn whatever goes wrong into a SharedCacheError."""
        try:
            yield
        except SharedCacheError:
            raise
        except Exception as error:  # noqa: BLE001  (a client's fault must not cost an answer)
            from factorcli.cache.supabase_errors import broken

            raise broken(self._host, error, self._timeout) from None


def _refuse(host: str, response: "httpx.Response") -> None:
    """Raise what the status of an answer means, before the client reads it."""
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
