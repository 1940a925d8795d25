"""The errors of the routes as the OpenAPI document has them: by status, with an example and the codes of each."""

from factorcli import errors
from factorcli.errors import Busy, FactorError
from factorcli.serve.connections import HEAD_TOO_LARGE, MALFORMED
from factorcli.serve.error_responses import CODES, RETRY_AFTER_SECONDS, SERVER_FAILED
from factorcli.serve.middleware import PRIVATE_PATHS, TOO_LARGE
from factorcli.serve.portfolios import FORM_REFUSED, TOO_SLOW
from factorcli.serve.rate_limit import is_limited
from factorcli.serve.schema import Schema

READ = "/portfolio/read"
STOCK_NOT_FOUND = (
    "The source has no such ticker.",
    "demo has no ticker RELIANC. Did you mean RELIANCE.NS?",
    "unknown_ticker",
)
NOT_COMPUTED = (
    "This heatmap has not been computed.",
    "No heatmap of window 100 has been computed from demo with this model and basis: compute it first.",
    "heatmap_not_computed",
)
NO_PEERS = ("The source has no such ticker, or the heatmap of this window has not been computed.", *NOT_COMPUTED[1:])
NO_NAMES = (
    "A file that names stocks by companies which the universe does not have.",
    "portfolio has names that are of no stock of the universe: line 2: 'Relianc'. Add a column of symbols or ISINs, "
    "or write the name as the universe has it.",
    "unknown_ticker",
)
INVALID = (
    "An invalid parameter, or data that do not suffice for an answer.",
    "'5' is not a window: write a whole number of trading days, weeks or months, 30 or more, such as 126, 252 or 504 "
    "days.",
    "invalid_window",
)
NO_HOLDINGS = (
    "A file that is not read as holdings.",
    "portfolio has neither a column weight nor a column quantity; its columns are Symbol, ISIN.",
    "invalid_portfolio",
)
TOO_MANY = (
    "The client's rate limit is exceeded.",
    "More than 10 requests a minute from 203.0.113.7; ask again in 42 s.",
    "rate_limited",
)
UPSTREAM_ERROR = (
    "The source does not answer, or not in time.",
    "This takes longer than 20 s; the computation continues, so ask again.",
    "timeout",
)
SLOW_BODY = ("The body does not come in time.", *TOO_SLOW[1:])
LARGE_BODY = ("The body is too large.", *TOO_LARGE[1:])
FORM = ("A form in place of a file.", *FORM_REFUSED[1:])
SERVER_ERROR = ("The server failed.", *SERVER_FAILED[1:])
OWN_CODES = {  # of errors that no use case raises, by status
    400: (MALFORMED[2], "origin_refused"),
    404: (CODES[404],),
    405: (CODES[405],),
    408: (TOO_SLOW[2],),
    413: (TOO_LARGE[2],),
    415: (FORM_REFUSED[2],),
    429: (TOO_MANY[2],),
    431: (HEAD_TOO_LARGE[2],),
    500: (SERVER_ERROR[2],),
}


def codes_by_status() -> dict[int, tuple[str, ...]]:
    """The codes that a status can have: those of the server, and those of the use cases."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, FactorError)]
    found = {(kind.http_status, kind.code) for kind in kinds if kind is not Busy}  # which is of runs alone
    found |= {(status, code) for status, codes in OWN_CODES.items() for code in codes}
    return {status: tuple(sorted(code for at, code in found if at == status)) for status, _ in sorted(found)}


def error_schema() -> Schema:
    """The schema of every error."""
    codes = sorted({code for of_status in codes_by_status().values() for code in of_status})
    return {
        "type": "object",
        "description": "A message for people, and a code for programs.",
        "properties": {"detail": {"type": "string"}, "code": {"type": "string", "enum": codes}},
        "required": ["detail", "code"],
        "additionalProperties": False,
    }


def errors_of(path: str) -> dict[str, Schema]:
    """The errors of a route, by status."""
    if path == "/health":
        return {"500": _error(SERVER_ERROR)}
    found = {"422": _error(NO_HOLDINGS if path == READ else INVALID), "500": _error(SERVER_ERROR)}
    if path in ("/heatmap", "/stocks/screen"):
        found["404"] = _error(NOT_COMPUTED)
    elif path.startswith(("/stock/", PRIVATE_PATHS)):
        found["404"] = _error({"/stock/{ticker}/peers": NO_PEERS, READ: NO_NAMES}.get(path, STOCK_NOT_FOUND))
    if path.startswith(PRIVATE_PATHS):
        found |= {"408": _error(SLOW_BODY), "413": _error(LARGE_BODY)}
    if path == READ:
        found["415"] = _error(FORM)
    if is_limited(path):
        wait = header("Seconds until the limit is reset.")
        found["429"] = _error(TOO_MANY, {**rate_limit_headers(), "Retry-After": wait})
    found["503"] = _error(UPSTREAM_ERROR, {"Retry-After": header(f"Seconds to wait, {RETRY_AFTER_SECONDS}.")})
    return dict(sorted(found.items()))


def rate_limit_headers() -> dict[str, Schema]:
    """The headers of every answer that is counted."""
    return {
        "X-RateLimit-Limit": header("Requests allowed in the window."),
        "X-RateLimit-Remaining": header("Requests left in the window."),
        "X-RateLimit-Reset": header("When the window ends, in seconds since 1970."),
    }


def header(description: str) -> Schema:
    """A header whose value is a whole number."""
    return {"description": description, "schema": {"type": "integer"}}


def _error(example: tuple[str, str, str], headers: dict[str, Schema] | None = None) -> Schema:
    description, detail, code = example
    reference = {"$ref": "#/components/schemas/Error"}
    content = {"application/json": {"schema": reference, "example": {"detail": detail, "code": code}}}
    return {"description": description, "content": content, **({"headers": headers} if headers else {})}
