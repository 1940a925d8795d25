"""Results of `drift`: what changed between two windows of the same length."""

from dataclasses import dataclass, field
from datetime import date

from factorcli.results.beta import JointTest
from factorcli.results.provenance import CacheInfo, DataInfo, ModelInfo
from factorcli.results.warnings import ResultWarning


@dataclass(frozen=True)
class Change:
    """A beta in the earlier and in the later window, and the estimate of the change with its test and 95 % interval.

    q_value: the p-value adjusted for the number of results of the same question (Benjamini & Hochberg).

    Examples:
        >>> from factorcli import Factor
        >>> factor = Factor(source="demo", now="2026-11-20T18:00:00+05:30", cache=False)
        >>> change = factor.drift("TCS").changes["SZ"]
        >>> round(change.after - change.before - change.estimate, 12)
        0.0
    """

    before: float
    after: float
    q_value: float
    estimate: float
    std_error: float
    t_stat: float
    p_value: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class DriftTest(JointTest):
    """The joint test of all changes, the market's too; q_value as in `Change`."""

    q_value: float


@dataclass(frozen=True)
class DriftResult:
    """The changes of one ticker's betas from the window that ended on from_as_of to the one that ended on to_as_of.

    window, shift: length of both windows, and from the end of the one to that of the other, in periods; they share
    days where shift is less than window. market: the beta of the one-factor model. joint_test: of the hypothesis that
    no beta of the model changed, in the raw basis, whatever the basis of the changes is.
    """

    ticker: str
    name: str | None
    sector: str | None
    window: int
    as_of: date
    shift: int
    from_as_of: date
    to_as_of: date
    changes: dict[str, Change]
    market: Change
    joint_test: DriftTest
    model: ModelInfo
    data: DataInfo
    cache: CacheInfo
    warnings: tuple[ResultWarning, ...]
    frequency: str | None = field(default=None, metadata={"omit_none": True})
