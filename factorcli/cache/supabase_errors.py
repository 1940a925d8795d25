"""Errors of a shared cache as messages for the user, which repeat nothing of a request, a key or an answer."""

import re
import socket
import ssl
from urllib.parse import urlsplit, urlunsplit

import httpx

from factorcli.cache.http_deadline import DeadlineExceeded
from factorcli.errors import MissingTables, ReadOnlyKey, SharedCacheError

# Codes of PostgreSQL and PostgREST for a missing table, column, function or constraint.
MISSING_OBJECT_CODES = {"42P01", "42703", "42883", "42P10", "PGRST200", "PGRST202", "PGRST204", "PGRST205"}
NO_PRIVILEGE = "42501"
PAUSED_STATUS = 540  # Supabase's HTTP status of a paused project
HOST_LABEL = re.compile(r"[\w-]{1,63}")  # of a host name; parts of a key are longer
KEY_PREFIXES = ("sb_secret_", "sb_publishable_")

CHECK_URL = "Set SUPABASE_URL to the project's address, such as https://PROJECT.supabase.co."
CHECK_KEY = "Copy the key again from the project's API settings into SUPABASE_KEY."
CHECK_NETWORK = "Check the network, and SUPABASE_URL."
CHECK_TRUST = "Check SUPABASE_URL; behind a TLS-inspecting proxy, SSL_CERT_FILE must name its certificate."
CHECK_PROXY = "Check HTTPS_PROXY, ALL_PROXY and SSL_CERT_FILE."
MAKE_TABLES = "Run the cache's schema in Supabase's SQL editor."
OPEN_PROJECT = "Open the project in Supabase's dashboard, and restore it if it is paused."
TRY_LATER = "Try again later."


def bad_url() -> SharedCacheError:
    """SUPABASE_URL is not an address. It is not repeated, as it may be a misplaced key."""
    return SharedCacheError("SUPABASE_URL is not a web address.", CHECK_URL)


def bad_key() -> SharedCacheError:
    """SUPABASE_KEY cannot be sent."""
    return SharedCacheError("SUPABASE_KEY holds characters that no key has.", CHECK_KEY)


def bad_environment() -> SharedCacheError:
    """No client can be created, as a proxy or certificate variable of the environment is invalid."""
    return SharedCacheError("The proxy or the certificates that the environment names cannot be used.", CHECK_PROXY)


def not_supabase(host: str) -> SharedCacheError:
    """An answer that does not come from Supabase."""
    return SharedCacheError(f"{host} does not answer as Supabase does.", CHECK_URL)


def refused(host: str, status: int, code: str, message: str, *, writing: bool) -> SharedCacheError:
    """The error of an HTTP status with the code and message of its body."""
    if code == NO_PRIVILEGE and writing:
        return ReadOnlyKey(
            "SUPABASE_KEY may read the shared cache, but not write to it.",
            "Only the project's service key can; results stay on this machine.",
        )
    if code == NO_PRIVILEGE or status == 403:
        return SharedCacheError(
            f"SUPABASE_KEY may not {'write to' if writing else 'read'} the shared cache ({status}).", CHECK_KEY
        )
    if code in MISSING_OBJECT_CODES:
        return MissingTables("The shared cache lacks its tables, or they are of another version.", MAKE_TABLES)
    if status == 401:
        expired = "expired" in message.lower()
        return SharedCacheError(
            "SUPABASE_KEY has expired." if expired else "SUPABASE_KEY is not accepted: it is wrong or has expired.",
            CHECK_KEY,
        )
    if status == 404:
        return MissingTables(f"{host} has no tables of a shared cache (404).", f"{CHECK_URL} {MAKE_TABLES}")
    if status == 429:
        return SharedCacheError("Supabase refuses more requests for now (429).", TRY_LATER)
    if status == PAUSED_STATUS:
        return SharedCacheError("The Supabase project is paused.", OPEN_PROJECT)
    if status >= 500:
        return SharedCacheError(f"Supabase fails ({status}): the project may be paused.", OPEN_PROJECT)
    return SharedCacheError(f"{host} does not answer as Supabase does ({status}).", CHECK_URL)


def broken(host: str, error: Exception, timeout: float) -> SharedCacheError:
    """The error of a request that raised an exception."""
    if isinstance(error, httpx.TimeoutException):
        seconds = error.seconds if isinstance(error, DeadlineExceeded) else timeout
        return SharedCacheError(
            f"{host} did not answer within {seconds:g} seconds: it is slow, or the project is paused.", OPEN_PROJECT
        )
    if isinstance(error, httpx.ConnectError):
        causes = _causes(error)
        if any(isinstance(cause, ssl.SSLError) for cause in causes):
            return SharedCacheError(f"There is no trusted TLS connection to {host}.", CHECK_TRUST)
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            return SharedCacheError(f"The name {host} is not known, or there is no network.", CHECK_NETWORK)
        return SharedCacheError(f"{host} cannot be reached.", CHECK_NETWORK)
    if isinstance(error, httpx.TransportError):
        return SharedCacheError(f"The connection to {host} was lost.", TRY_LATER)
    return SharedCacheError(f"An answer of {host} cannot be understood ({type(error).__name__}).", CHECK_URL)


def host_of(url: str) -> str | None:
    """The host and port of a web address; None if it is not one, or has a key in place of the host."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or host.startswith(KEY_PREFIXES):
        return None
    if ":" in host:
        return f"[{host}]{port}"
    return f"{host}{port}" if all(map(HOST_LABEL.fullmatch, host.split("."))) else None


def base_of(url: str) -> str:
    """A web address without the path of the REST API, which the client adds."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix("/rest/v1")
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def is_loopback(url: str) -> bool:
    """Whether a web address is on this machine."""
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")


def _causes(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain
