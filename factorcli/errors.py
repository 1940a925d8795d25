"""The hierarchy of errors; each has a code, an exit status and an HTTP status.

    FactorError
    ├── UsageError             2  422   an invalid request
    │   ├── InvalidWindow               invalid_window
    │   ├── InvalidDate                 invalid_date
    │   ├── InvalidOption               invalid_option
    │   │   └── InvalidSubject          invalid_option
    │   ├── InvalidModel                invalid_model
    │   ├── InvalidSetting              invalid_setting
    │   ├── InvalidTicker               invalid_ticker
    │   ├── InvalidPortfolio            invalid_portfolio
    │   └── SourceNotFound              source_not_found
    ├── DataError              4  422   insufficient or invalid data
    │   ├── UnknownTicker         404   unknown_ticker
    │   ├── Delisted              404   delisted
    │   ├── NoPrices                    no_prices
    │   ├── InsufficientHistory         insufficient_history
    │   ├── StaleSeries                 stale_series
    │   ├── ForeignListing              foreign_listing
    │   ├── MalformedPrices             malformed_prices
    │   ├── MalformedUniverse           malformed_universe
    │   ├── UnreadableTable             unreadable_table
    │   ├── WorthlessPortfolio          worthless_portfolio
    │   ├── CollinearFactors            collinear_factors
    │   ├── HeatmapNotComputed    404   heatmap_not_computed
    │   ├── Busy                  409   busy
    │   └── NoHealthyProxy              no_healthy_proxy
    └── UpstreamError          5  503   a service that failed or gave an invalid answer
        ├── Unreachable                 unreachable
        ├── ConnectionLost              connection_lost
        ├── TimedOut                    timed_out
        ├── ServerFailed                server_failed
        ├── Refused                     refused
        ├── BadAnswer                   bad_answer
        ├── RateLimited                 rate_limited
        │   └── RunStopped              rate_limited
        ├── TooSlow                     timeout
        ├── Overloaded                  overloaded
        ├── ScriptNotMade               script_not_made
        ├── WorkerKilled                worker_killed
        ├── ClusterFailed               cluster
        ├── NotKept                     not_kept
        └── SharedCacheError            shared_cache
            ├── MissingTables           missing_tables
            └── ReadOnlyKey             read_only_key

Every message is one or two sentences for the user: what was wrong, with the value, and what to do.
"""


class FactorError(Exception):
    """An error that is reported as a message, not as a traceback.

    Examples:
        >>> from factorcli import Factor, FactorError
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> try:
        ...     factor.beta("NOSUCH")
        ... except FactorError as error:
        ...     print(error.code)
        unknown_ticker
    """

    code = "error"
    exit_code = 4
    http_status = 500


class UsageError(FactorError):
    """An invalid request: a bad option, window, date, model or path.

    Examples:
        >>> from factorcli import Factor, UsageError
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> try:
        ...     factor.beta("TCS", window=10)
        ... except UsageError as error:
        ...     print(error.code)
        invalid_window
    """

    code = "usage"
    exit_code = 2
    http_status = 422


class InvalidWindow(UsageError):
    """Not a whole number of trading days from 30 up."""

    code = "invalid_window"


class InvalidDate(UsageError):
    """Not a date, or one in the future."""

    code = "invalid_date"


class InvalidOption(UsageError):
    """An invalid value of an option."""

    code = "invalid_option"


class InvalidSubject(InvalidOption):
    """An option that one subject of a question cannot have: the failure of that one, where there are others."""


class InvalidModel(UsageError):
    """A model file that does not exist or is invalid."""

    code = "invalid_model"


class InvalidSetting(UsageError):
    """An invalid value of an environment variable or of a line in .env.

    Examples:
        >>> from factorcli import Factor, InvalidSetting
        >>> try:
        ...     Factor(yahoo_burst=0)
        ... except InvalidSetting as error:
        ...     print(error.code)
        invalid_setting
    """

    code = "invalid_setting"


class InvalidTicker(UsageError):
    """A text that does not have the form of a ticker."""

    code = "invalid_ticker"


class InvalidPortfolio(UsageError):
    """A file of holdings that does not exist or is invalid; names line and value.

    Examples:
        >>> from factorcli import Factor, InvalidPortfolio
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> try:
        ...     factor.portfolio({"TCS": float("nan")})
        ... except InvalidPortfolio as error:
        ...     print(error.code)
        invalid_portfolio
    """

    code = "invalid_portfolio"


class SourceNotFound(UsageError):
    """A source that is neither a known name nor a path that exists."""

    code = "source_not_found"


class DataError(FactorError):
    """A valid request that the data cannot answer.

    Examples:
        >>> from factorcli import Factor, DataError
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> try:
        ...     factor.heatmap()
        ... except DataError as error:
        ...     print(error.code)
        heatmap_not_computed
    """

    code = "data"
    exit_code = 4
    http_status = 422


class UnknownTicker(DataError):
    """The source has no such ticker.

    Examples:
        >>> from factorcli import Factor, UnknownTicker
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> try:
        ...     factor.beta("NOSUCH")
        ... except UnknownTicker as error:
        ...     print(error.code)
        unknown_ticker
    """

    code = "unknown_ticker"
    http_status = 404


class Delisted(DataError):
    """A ticker that the source no longer has."""

    code = "delisted"
    http_status = 404


class NoPrices(DataError):
    """A known ticker without prices in the requested period."""

    code = "no_prices"


class InsufficientHistory(DataError):
    """Fewer returns in the window than max(30, ⌈0.8·W⌉).

    Examples:
        >>> from factorcli import Factor, InsufficientHistory
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> try:
        ...     factor.beta("TCS", window=5000)
        ... except InsufficientHistory as error:
        ...     print(error.code)
        insufficient_history
    """

    code = "insufficient_history"


class StaleSeries(DataError):
    """Prices that end more than five sessions before the market's as-of date."""

    code = "stale_series"


class ForeignListing(DataError):
    """A stock of a portfolio that is quoted in another currency, or on another exchange, than the market's."""

    code = "foreign_listing"


class MalformedPrices(DataError):
    """A price file that is invalid; names file, row and column."""

    code = "malformed_prices"


class MalformedUniverse(DataError):
    """A list of stocks that is not a valid universe."""

    code = "malformed_universe"


class UnreadableTable(DataError):
    """A file that is not delimited text; the caller explains the expected content."""

    code = "unreadable_table"


class WorthlessPortfolio(DataError):
    """Quantities whose total value at the last prices is not positive, so that weights are undefined."""

    code = "worthless_portfolio"


class CollinearFactors(DataError):
    """Linearly dependent factors of a window; names them."""

    code = "collinear_factors"


class HeatmapNotComputed(DataError):
    """A heatmap that has not been computed.

    Examples:
        >>> from factorcli import Factor, HeatmapNotComputed
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> try:
        ...     factor.heatmap(window=504)
        ... except HeatmapNotComputed as error:
        ...     print(error.code)
        heatmap_not_computed
    """

    code = "heatmap_not_computed"
    http_status = 404


class Busy(DataError):
    """Another process is doing the same work; names it."""

    code = "busy"
    http_status = 409


class NoHealthyProxy(DataError):
    """No proxy of a factor has usable prices; names the factor and the proxies tried."""

    code = "no_healthy_proxy"


class UpstreamError(FactorError):
    """A service that failed or gave an invalid answer.

    Examples:
        >>> from factorcli import UpstreamError
        >>> issubclass(UpstreamError, Exception), UpstreamError.http_status
        (True, 503)
    """

    code = "upstream"
    exit_code = 5
    http_status = 503


class Unreachable(UpstreamError):
    """An address that cannot be reached: no network, unknown host or connection refused."""

    code = "unreachable"


class ConnectionLost(UpstreamError):
    """A connection that was lost before the answer was complete."""

    code = "connection_lost"


class TimedOut(UpstreamError):
    """No answer within the time allowed."""

    code = "timed_out"


class ServerFailed(UpstreamError):
    """A server error: a status of 500 or above."""

    code = "server_failed"


class Refused(UpstreamError):
    """A client error status other than those of the other classes, such as 401 or 403."""

    code = "refused"


class BadAnswer(UpstreamError):
    """An invalid answer: a web page, broken JSON, columns of unequal length."""

    code = "bad_answer"


class RateLimited(UpstreamError):
    """A 429 for each attempt of one ticker.

    `retry_after` is in seconds, where the server named a time.

    Examples:
        >>> from factorcli import RateLimited
        >>> RateLimited("Yahoo asks for a pause.", retry_after=60).retry_after
        60
    """

    code = "rate_limited"

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RunStopped(RateLimited):
    """Rate-limiting that stops all requests of this run; says when to try again."""


class TooSlow(UpstreamError):
    """A computation that exceeds the time-out of a request; it continues."""

    code = "timeout"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"This takes longer than {seconds:g} s; the computation continues, so ask again.")


class Overloaded(UpstreamError):
    """A full queue of computations."""

    code = "overloaded"

    def __init__(self) -> None:
        super().__init__("Too many computations are queued; ask again.")


class ScriptNotMade(UpstreamError):
    """The script that draws pictures, which another process could not make."""

    code = "script_not_made"

    def __init__(self) -> None:
        super().__init__("The script that draws pictures could not be made: there may be too little memory; ask again.")


class WorkerKilled(UpstreamError):
    """A process apart that was killed, had too little memory, or could not be started, at each attempt at its work."""

    code = "worker_killed"

    def __init__(self, attempts: int) -> None:
        super().__init__(
            f"The process that does this was ended {attempts} times: there may be too little memory; ask again."
        )


class ClusterFailed(UpstreamError):
    """A cluster that cannot be used or was lost; what it had finished is kept."""

    code = "cluster"


class NotKept(UpstreamError):
    """A cache on disk that can no longer be written, as of a full disk; what it has is kept."""

    code = "not_kept"


class SharedCacheError(UpstreamError):
    """A shared cache that cannot be used: the problem, and advice. Never includes the key."""

    code = "shared_cache"

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(f"{message} {advice}")
        self.message = message
        self.advice = advice


class MissingTables(SharedCacheError):
    """A shared cache without its tables, or with those of another version."""

    code = "missing_tables"


class ReadOnlyKey(SharedCacheError):
    """A key that may read a shared cache but not write to it."""

    code = "read_only_key"
