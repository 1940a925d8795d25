"""The fixture `yahoo`: a server of its own for each test, on the evening that the other tests live in."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from factorcli.markets.market import INDIA
from tests.yahoo.server import LoopbackYahoo

EVENING = datetime(2026, 11, 20, 18, tzinfo=INDIA.zone)


@pytest.fixture
def yahoo() -> Iterator[LoopbackYahoo]:
    """Yahoo on loopback; hand `yahoo.environment` to the process that imports yfinance."""
    with LoopbackYahoo(EVENING) as server:
        yield server
