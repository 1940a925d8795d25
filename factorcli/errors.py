"""One tree of errors; each has a code, an exit status and an HTTP status.

    FactorError
    ├── UsageError             2  422   what was asked cannot be asked
    │   ├── InvalidWindow               invalid_window
    │   ├── InvalidDate                 invalid_date
    │   ├── InvalidOption               invalid_option
    │   ├── InvalidModel                invalid_model
    │   ├── InvalidSetting              invalid_setting
    │   ├── InvalidTicker               invalid_ticker
    │   ├── InvalidPortfolio            invalid_portfolio
    │   └── SourceNotFound              source_not_found
    ├── DataError              4  422   the data cannot answer
    │   ├── UnknownTicker         404   unknown_ticker
    │   ├── Delisted              404   delisted
    │   ├── NoPrices                    no_prices
    │   ├── InsufficientHistory         insufficient_history
    │   ├── StaleSeries                 stale_series
    │   ├── MalformedPrices             malformed_prices
    │   ├── MalformedUniverse           malformed_universe
    │   ├── UnreadableTable             unreadable_table
    │   ├── WorthlessPortfolio          worthless_portfolio
    │   ├── CollinearFactors            collinear_factors
    │   ├── HeatmapNotComputed    404   heatmap_not_computed
    │   ├── Busy                  409   busy
    │   └── NoHealthyProxy              no_healthy_proxy
    └── UpstreamError          5  503   a service did not answer, or not with what it was asked for
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
        └── SharedCacheError            shared_cache
            ├── MissingTables           missing_tables
            └── ReadOnlyKey             read_only_key

The message of every error is one sentence (or two) for the user: what was wrong, with the value,
and what to do.
"""


class FactorError(Exception):
    """Anything that factorcli reports in a sentence instead of a traceback.

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
    """What was asked cannot be asked: a bad option, window, date, model or path.

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
    """An option with a value it does not take."""

    code = "invalid_option"


class InvalidModel(UsageError):
    """A model file that is not there or says something the model cannot mean."""

    code = "invalid_model"


class InvalidSetting(UsageError):
    """An environment variable, or a line of .env, with a value it cannot have.

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
    """What no ticker can look like."""

    code = "invalid_ticker"


class InvalidPortfolio(UsageError):
    """A file of holdings that is not there or cannot be read as one; names line and value.

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
    """The question was good, the data cannot answer it.

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
    """The source once had this ticker, and says that it has no more."""

    code = "delisted"
    http_status = 404


class NoPrices(DataError):
    """The source knows the ticker, and has no price of it in the years that matter."""

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
    """Prices that stop more than five sessions before the market's as of."""

    code = "stale_series"


class MalformedPrices(DataError):
    """A price file that cannot be read as prices; names file, row and column."""

    code = "malformed_prices"


class MalformedUniverse(DataError):
    """A list of stocks that cannot be read as a universe."""

    code = "malformed_universe"


class UnreadableTable(DataError):
    """A file that is no text of rows and cells; who reads it says what it should have been."""

    code = "unreadable_table"


class WorthlessPortfolio(DataError):
    """Quantities that are worth nothing, or less, at their last prices, so that no weight has a meaning."""

    code = "worthless_portfolio"


class CollinearFactors(DataError):
    """The factors of a window are linearly dependent; names them."""

    code = "collinear_factors"


class HeatmapNotComputed(DataError):
    """A heatmap that nobody has computed yet; says how to.

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
    """Another process is at the same work; says which."""

    code = "busy"
    http_status = 409


class NoHealthyProxy(DataError):
    """No proxy of a factor has prices that can be used; names the factor and what was tried."""

    code = "no_healthy_proxy"


class UpstreamError(FactorError):
    """A service that did not answer, or not with what it was asked for.

    Examples:
        >>> from factorcli import UpstreamError
        >>> issubclass(UpstreamError, Exception), UpstreamError.http_status
        (True, 503)
    """

    code = "upstream"
    exit_code = 5
    http_status = 503


class Unreachable(UpstreamError):
    """The address cannot be reached at all: no network, no such host, nobody listening."""

    code = "unreachable"


class ConnectionLost(UpstreamError):
    """A connection that broke before the answer was whole."""

    code = "connection_lost"


class TimedOut(UpstreamError):
    """No answer within the time allowed."""

    code = "timed_out"


class ServerFailed(UpstreamError):
    """The server said that it failed: a status of 500 or above."""

    code = "server_failed"


class Refused(UpstreamError):
    """The server would not answer this client: 401, 403 and their like."""

    code = "refused"


class BadAnswer(UpstreamError):
    """An answer that is not what was asked for: a web page, broken JSON, columns that do not fit."""

    code = "bad_answer"


class RateLimited(UpstreamError):
    """Too many requests, the server said, for one ticker again and again.

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
    """Too many requests, whatever was asked: nothing more is asked in this run. Says when to try again."""


class TooSlow(UpstreamError):
    """An answer that takes longer than a request may; it goes on."""

    code = "timeout"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"This takes longer than {seconds:g} s; it goes on, so ask again.")


class Overloaded(UpstreamError):
    """More work is waiting than can be done in time."""

    code = "overloaded"

    def __init__(self) -> None:
        super().__init__("Too many answers are being computed; ask again.")


class SharedCacheError(UpstreamError):
    """A team's cache that cannot be used: what is wrong with it, and what to do. Names no key."""

    code = "shared_cache"

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(f"{message} {advice}")
        self.message = message
        self.advice = advice


class MissingTables(SharedCacheError):
    """A team's cache without its tables, or with those of another version."""

    code = "missing_tables"


class ReadOnlyKey(SharedCacheError):
    """A key that may read a team's cache, and not write to it."""

    code = "read_only_key"
