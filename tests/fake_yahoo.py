"""`factor` whose yahoo is the demo market under that name: for what happens only to Yahoo's results.

FAKE_YAHOO_LOG names a file that gets a line for each request for prices; FAKE_YAHOO_DELAY makes each one
take so many seconds; FAKE_YAHOO_REFUSES a ticker that is not answered for. Three stocks of the universe have no prices.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from factorcli import compose
from factorcli.cli.app import main
from factorcli.errors import UpstreamError

ABSENT = {"ABB.NS", "TRENT.NS", "ZYDUSLIFE.NS"}
REFUSED = os.environ.get("FAKE_YAHOO_REFUSES", "")
build_demo = compose.build_service


@dataclass(frozen=True)
class Yahoo:
    """The demo's prices, asked for ticker by ticker."""

    demo: Any
    name: str = "yahoo"
    notices: tuple[str, ...] = ()
    fixed: bool = False

    def listed(self) -> None:
        """Only asking tells."""

    def prices(self, tickers: Sequence[str]) -> Any:
        """Closes, after a while, and with a line in the log."""
        time.sleep(float(os.environ.get("FAKE_YAHOO_DELAY", "0")))
        if log := os.environ.get("FAKE_YAHOO_LOG"):
            with Path(log).open("a") as file:
                file.write(f"{len(tickers)}\n")
        panel = self.demo.prices([ticker for ticker in tickers if ticker not in {*ABSENT, REFUSED}])
        return replace(panel, failures={REFUSED: UpstreamError("Yahoo refused it.")}) if REFUSED in tickers else panel


def build_service(settings: Any, **more: Any) -> Any:
    """The service of these settings."""
    if settings.source != "yahoo":
        return build_demo(settings, **more)
    demo = build_demo(replace(settings, source="demo"), **more)

    @cache
    def market() -> Any:
        from factorcli.prices.demo import DemoSource
        from factorcli.prices.market import GatedMarket

        return GatedMarket(Yahoo(DemoSource(demo.universe, demo.clock)), demo.model, demo.clock)

    policy = replace(demo.policy, identity=lambda: "yahoo", shared=True)
    return replace(demo, open_market=market, source="yahoo", policy=policy)


if __name__ == "__main__":
    compose.build_service = build_service
    main()
