"""What is wrong with a shared cache, in plain words. Nothing of a request, a key or an answer is repeated."""

import socket
from urllib.parse import urlsplit

import httpx

from factorcli.errors import ReadOnlyKey, SharedCacheError

# What PostgreSQL and PostgREST call a table, column, function or constraint that is not there.
NO_SUCH_TABLE = {"42P01", "42703", "42883", "42P10", "PGRST200", "PGRST202", "PGRST204", "PGRST205"}
NOT_ALLOWED = "42501"
PAUSED = 540  # Supabase's own status

CHECK_URL = "Set SUPABASE_URL to the project's address, such as https://PROJECT.supabase.co."
CHECK_KEY = "Copy the key anew from the project's API settings into SUPABASE_KEY."
CHECK_NETWORK = "Check the network, and SUPABASE_URL."
MAKE_TABLES = "Paste what `factor cache schema` prints into Supabase's SQL editor."
OPEN_PROJECT = "Open the project in Supabase's dashboard, and restore it if it is paused."
LATER = "Try again later."


def bad_url() -> SharedCacheError:
    """SUPABASE_URL is not an address. It is not repeated: it may be a key in the wrong place."""
    return SharedCacheError("SUPABASE_URL is not a web address.", CHECK_URL)


def bad_key() -> SharedCacheError:
    """SUPABASE_KEY cannot be sent."""
    return SharedCacheError("SUPABASE_KEY holds characters that no key has.", CHECK_KEY)


def not_supabase(host: str) -> SharedCacheError:
    """An answer that is not Supabase's."""
    return SharedCacheError(f"{host} does not answer as Supabase does.", CHECK_URL)


def refused(host: str, status: int, code: str, message: str, *, writing: bool) -> SharedCacheError:
    """What an HTTP status, with the code and message of its body, means."""
    if code == NOT_ALLOWED and writing:
        return ReadOnlyKey(
            "SUPABASE_KEY may read the shared cache, but not write to it.",
            "Only the project's service key can; results stay on this machine.",
        )
    if code == NOT_ALLOWED or status == 403:
        return SharedCacheError(
            f"SUPABASE_KEY may not {'write to' if writing else 'read'} the shared cache ({status}).", CHECK_KEY
        )
    if code in NO_SUCH_TABLE:
        return SharedCacheError("The shared cache lacks its tables, or they are of another version.", MAKE_TABLES)
    if status == 401:
        expired = "expired" in message.lower()
        return SharedCacheError(
            "SUPABASE_KEY has expired." if expired else "SUPABASE_KEY is not accepted: it is wrong or has expired.",
            CHECK_KEY,
        )
    if status == 404:
        return SharedCacheError(f"{host} has no tables of a shared cache (404).", f"{MAKE_TABLES} {CHECK_URL}")
    if status == 429:
        return SharedCacheError("Supabase refuses more requests for now (429).", LATER)
    if status == PAUSED:
        return SharedCacheError("The Supabase project is paused.", OPEN_PROJECT)
    if status >= 500:
        return SharedCacheError(f"Supabase fails ({status}): the project may be paused.", OPEN_PROJECT)
    return SharedCacheError(f"{host} does not answer as Supabase does ({status}).", CHECK_URL)


def broken(host: str, error: Exception, timeout: float) -> SharedCacheError:
    """What an exception means that came in place of an answer."""
    if isinstance(error, httpx.TimeoutException):
        return SharedCacheError(
            f"{host} did not answer within {timeout:g} seconds: it is slow, or the project is paused.", OPEN_PROJECT
        )
    if isinstance(error, httpx.ConnectError):
        if any(isinstance(cause, socket.gaierror) for cause in _causes(error)):
            return SharedCacheError(f"The name {host} is not known, or there is no network.", CHECK_NETWORK)
        return SharedCacheError(f"{host} cannot be reached.", CHECK_NETWORK)
    if isinstance(error, httpx.TransportError):
        return SharedCacheError(f"The connection to {host} broke off.", LATER)
    return SharedCacheError(f"An answer of {host} cannot be understood ({type(error).__name__}).", CHECK_URL)


def host_of(url: str) -> str | None:
    """The host and port of a web address, or None if it is none."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    return f"{parts.hostname}{port}" if parts.scheme in ("http", "https") and parts.hostname else None


def _causes(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain
