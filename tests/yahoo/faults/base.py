"""What every fault is, and where it can be declared."""

from dataclasses import dataclass

from tests.yahoo.chart import Chart
from tests.yahoo.reply import Reply

# Places of a fault that are no symbol: any chart, and the calls that a client makes beside charts.
EVERY, COOKIE, CRUMB, CONSENT, SPARK = "*", "cookie", "crumb", "consent", "spark"


class Fault:
    """Changes nothing; a fault overrides one of the two."""

    def chart(self, chart: Chart) -> Chart:
        """The whole history as it is to be served."""
        return chart

    def reply(self, reply: Reply, query: dict[str, str]) -> Reply:
        """The answer as it is to be sent."""
        return reply


@dataclass
class Declared:
    """A fault at a place, and how many requests it still strikes; None: all of them."""

    place: str
    fault: Fault
    left: int | None
