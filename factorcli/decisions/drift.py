"""What changed between two windows: from a fitted window with all of its sessions to the records of its tickers."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np

from factorcli.analysis.false_discovery import q_values
from factorcli.analysis.fit import FittedWindow, basis, covariance
from factorcli.decisions.estimates import estimates
from factorcli.decisions.subject import Subject
from factorcli.engine.drift import Drift, drift
from factorcli.errors import CollinearFactors, FactorError, InsufficientHistory
from factorcli.model.drift import MIN_SHIFT, Distance
from factorcli.ports import MarketWindow
from factorcli.results.beta import Estimate
from factorcli.results.drift import Change, DriftResult, DriftTest

UNKNOWN = float("nan")  # of a q-value while the other results are not known


@dataclass(frozen=True)
class Drifts:
    """The two windows of a fitted window's tickers; `fitted` has all sessions, `distance` is between the windows."""

    fitted: FittedWindow
    distance: Distance

    @property
    def _sessions(self) -> MarketWindow:
        whole = self.fitted.all_sessions
        if whole is None:
            raise ValueError("a fitted window without all of its sessions has no earlier window")
        return whole

    @cached_property
    def shift(self) -> int:
        """Periods from the end of the earlier window to that of the later one. Raises InvalidOption for too few."""
        if (since := self.distance.since) is None:
            return self.distance.shift
        dates = self._sessions.dates
        shift = len(dates) - bisect_right(dates, since)
        self.distance.check(shift, self.fitted.period, dates[-1])
        return shift

    @cached_property
    def start(self) -> int:
        """The first of all sessions that is in the earlier window. Raises InsufficientHistory without enough."""
        window, dates, period = self.fitted.spec.window, self._sessions.dates, self.fitted.period
        start = len(dates) - window - self.shift
        if start < 0 and (since := self.distance.since) is not None:
            latest = len(dates) - MIN_SHIFT  # of the days on which the earlier window may end
            later = f"name a day from {dates[window - 1]} on, or " if window <= latest else ""
            raise InsufficientHistory(
                f"{self.fitted.origin.source} has returns of all factors from {dates[0]} on only; a window of {window} "
                f"{period}s that ends on {since} needs earlier ones: {later}ask for a shorter window."
            )
        if start < 0:
            raise InsufficientHistory(
                f"{self.fitted.origin.source} has {len(dates)} {period}s with prices of all factors up to {dates[-1]}; "
                f"two windows of {window} {period}s that end {self.shift} {period}s apart need {window + self.shift}. "
                "Ask for a shorter window or a smaller distance."
            )
        return start

    @cached_property
    def arrays(self) -> Drift:
        """The changes of all tickers. Raises as `start`."""
        return drift(
            self._sessions.excess_returns[self.start :],
            self._sessions.factors[self.start :],
            self.fitted.spec.window,
            covariance(self.fitted.spec),
            basis=basis(self.fitted.spec, self.fitted.model),
            min_observations=self.fitted.required,
        )

    @property
    def from_as_of(self) -> date:
        """The last day of the earlier window."""
        return self._sessions.dates[self.start + self.fitted.spec.window - 1]

    def error(self, i: int, name: str) -> FactorError | None:
        """Why ticker i has no result; None where it has one."""
        observations, spec, period = self.arrays.observations[:, i].tolist(), self.fitted.spec, self.fitted.period
        if min(observations) < self.fitted.required:
            first = next((d for d, r in zip(self._sessions.dates, self._sessions.excess_returns[:, i], strict=True)
                          if np.isfinite(r)), None)  # fmt: skip
            begins = f" Its returns begin on {first}." if first and first > self._sessions.dates[self.start] else ""
            return InsufficientHistory(
                f"{name} has {observations[0]} returns in the {spec.window} {period}s up to {self.from_as_of} and "
                f"{observations[1]} in those up to {self._sessions.dates[-1]}; each needs {self.fitted.required}."
                f"{begins} Ask for a shorter window or a smaller distance."
            )
        if self.arrays.dependent[i]:
            return CollinearFactors(
                f"{name}: the factors are linearly dependent in the {spec.window} {period}s up to {self.from_as_of}, "
                "so their betas cannot be separated. Use another window or another proxy."
            )
        return None

    @cached_property
    def _tested(self) -> list[Estimate]:
        """The changes of all tickers, one ticker after another, each with that of the one-factor beta last."""
        found = self.arrays
        parts = (found.after - found.before, found.std_errors, found.degrees_of_freedom)
        return estimates(*(part.ravel() for part in parts))

    def _changes(self, i: int) -> list[Change]:
        """The changes of ticker i, that of the one-factor beta last."""
        before, after = self.arrays.before[i].tolist(), self.arrays.after[i].tolist()
        tested = self._tested[i * len(before) : (i + 1) * len(before)]
        pairs = zip(before, after, tested, strict=True)
        return [Change(earlier, later, UNKNOWN, **vars(found)) for earlier, later, found in pairs]

    def result(self, subject: Subject, i: int) -> DriftResult:
        """The record of ticker i, which the subject is, without q-values. Raises the error of `error`."""
        facts = subject.facts()
        if (error := self.error(i, str(facts["name"]) if subject.held else subject.ticker)) is not None:
            raise error
        *changes, market = self._changes(i)
        joint = self.arrays.joint
        return DriftResult(
            **facts,
            shift=self.shift,
            from_as_of=self.from_as_of,
            to_as_of=self._sessions.dates[-1],
            changes=dict(zip(self.fitted.model.codes, changes, strict=True)),
            market=market,
            joint_test=DriftTest(
                f_stat=float(joint.f_stat[i]),
                p_value=float(joint.p_value[i]),
                numerator=joint.numerator,
                denominator=float(joint.denominator[i]),
                covariance=joint.covariance,
                q_value=UNKNOWN,
            ),
            **subject.provenance(),
        )


def with_q_values(results: Sequence[DriftResult]) -> list[DriftResult]:
    """The results with q-values over all of them: of each factor, of the one-factor beta and of the joint test."""
    if not results:
        return []
    by_code = {code: q_values([one.changes[code].p_value for one in results]) for code in results[0].changes}
    market = q_values([one.market.p_value for one in results])
    joint = q_values([one.joint_test.p_value for one in results])
    return [
        replace(
            one,
            changes={code: replace(change, q_value=by_code[code][i]) for code, change in one.changes.items()},
            market=replace(one.market, q_value=market[i]),
            joint_test=replace(one.joint_test, q_value=joint[i]),
        )
        for i, one in enumerate(results)
    ]


def by_joint_test(results: Iterable[DriftResult]) -> list[DriftResult]:
    """The results by ascending p-value of the joint test, those without one last."""
    return sorted(results, key=lambda one: (np.isnan(one.joint_test.p_value), one.joint_test.p_value, one.ticker))
