"""Serve until killed, for benchmarks and trials by hand.

python -m tests.yahoo > yahoo.env & sleep 3; . ./yahoo.env; factor beta TCS --source yahoo
"""

import argparse
import shlex
import signal
from datetime import datetime

from tests.yahoo.fixture import EVENING
from tests.yahoo.server import LoopbackYahoo


def main() -> None:
    """Print the environment that a client needs, then serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.yahoo", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--rate", type=float, help="requests a second beyond which it answers 429")
    parser.add_argument("--burst", type=float, default=10.0, help="requests at once before that")
    parser.add_argument("--now", type=datetime.fromisoformat, default=EVENING, help="ISO time with its zone")
    parser.add_argument("--warm", action="store_true", help="encode every history before serving")
    asked = parser.parse_args()
    bucket = None if asked.rate is None else (asked.rate, asked.burst)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with LoopbackYahoo(asked.now, port=asked.port, latency=asked.latency, bucket=bucket) as server:
        if asked.warm:
            server.warm()
        try:
            for name, value in server.environment.items():
                print(f"export {name}={shlex.quote(value)}", flush=True)
            signal.pause()
        except KeyboardInterrupt:
            print(f"# {len(server.requests)} requests, {len(server.refused())} of them refused", flush=True)


if __name__ == "__main__":
    main()
