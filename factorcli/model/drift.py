"""How far apart the two windows of a drift are. Standard library only."""

from dataclasses import dataclass
from datetime import date

from factorcli.errors import InvalidOption
from factorcli.model.frequency import Frequency

MIN_SHIFT = 21  # returns that each window must have and the other not: fewer say too little about a change


def refuse_classical(covariance: str) -> None:
    """Raise InvalidOption for errors that a change between two windows cannot have."""
    if covariance == "nonrobust":
        raise InvalidOption(
            "cov is nonrobust: a change between two windows that can share days needs robust errors, hac or hc1."
        )


@dataclass(frozen=True)
class Distance:
    """Periods from the end of the earlier window to that of the later one, or the day on which the earlier one ends."""

    shift: int
    since: date | None = None

    @classmethod
    def of(cls, shift: int | None, since: date | None, frequency: Frequency, as_of: date) -> "Distance":
        """What is asked for; without either, as many periods as the default window of the frequency has.

        as_of: the day up to which prices are asked for. Raises InvalidOption for both, and for too small a shift.
        """
        if shift is not None and since is not None:
            raise InvalidOption(f"A shift of {shift} and the day {since} are both given: choose one.")
        found = cls(frequency.window if shift is None else shift, since)
        if since is None:
            found.check(found.shift, frequency.period, as_of)
        elif since >= as_of:
            found.check(0, frequency.period, as_of)
        return found

    def check(self, shift: int, period: str, end: date) -> None:
        """Raise InvalidOption for a shift of too few periods up to this end."""
        if shift >= MIN_SHIFT:
            return
        if self.since is None:
            said = f"shift is {shift}"
            least = f"ask for a shift of {MIN_SHIFT} {period}s or more"
        else:
            distance = f"{shift} {period}s before" if shift > 0 else f"not before the last {period},"
            said = f"{self.since} is {distance} {end}"
            least = f"name a day at least {MIN_SHIFT} {period}s earlier"
        why = (
            f"two windows that differ by so few {period}s say little about a change"
            if shift > 0
            else "a window cannot be compared with itself"
            if shift == 0
            else "the earlier window would end after the later one"
        )
        raise InvalidOption(f"{said}: {why}; {least}.")
