"""Commands that help after a failure, which messages of the core do not name."""

from typing import TYPE_CHECKING

from factorcli.cli.program import program

if TYPE_CHECKING:
    from factorcli.cli.options import Data, Estimation
    from factorcli.errors import FactorError

HEATMAP_NOT_COMPUTED = "heatmap_not_computed"
# By failure code.
HINTS = {
    "missing_tables": "`{program} cache schema` prints it.",
    "busy": "`{program} heatmap status` shows how far it is.",
    "malformed_prices": "`{program} check FILE` shows how a file is read.",
    "unreachable": "That is --source demo, or --source PATH; `{program} doctor` checks the rest.",
}


def hint(code: str) -> str | None:
    """The command that helps after a failure of this code, None where there is none."""
    text = HINTS.get(code)
    return None if text is None else text.format(program=program())


def explained(error: "FactorError") -> str:
    """The error's message, followed by its hint if it has one."""
    text = hint(error.code)
    return str(error) if text is None else f"{error} {text}"


def to_compute_heatmap(
    window: str | None, data: "Data", estimation: "Estimation", source: str, members: str | None = None
) -> str:
    """The command that computes the heatmap of these options, as a sentence."""
    import shlex

    words = [program(), "heatmap", "compute", "--all"]
    default = "252" if estimation.frequency in (None, "daily") else None
    if (length := window or default) is not None:
        words += ["--window", length.upper().removesuffix("D")]
    words += ["--source", source]
    words += [] if data.model is None else ["--model", data.model]
    words += [] if estimation.basis == "raw" else ["--basis", estimation.basis]
    words += [] if estimation.cov == "hac" else ["--cov", estimation.cov]
    words += [] if estimation.estimator in ("ols", "vasicek") else ["--estimator", estimation.estimator]
    words += [] if estimation.frequency is None else ["--frequency", estimation.frequency]
    words += [] if estimation.half_life is None else ["--half-life", repr(estimation.half_life).removesuffix(".0")]
    words += [] if estimation.as_of is None else ["--as-of", estimation.as_of]
    words += [] if members is None else ["--members", members]
    return f"Run `{shlex.join(words)}`."
