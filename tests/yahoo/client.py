"""Two clients for tests of the server: yfinance as it is, in a process of its own, and a bare GET."""

import http.client
import json
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.yahoo.server import LoopbackYahoo

HOST = "query2.finance.yahoo.com"
# The client as it is: only the folder of its caches is ours, and the time zones it would ask for.
CLIENT = """
import json, logging, sys, warnings
warnings.simplefilter("ignore")
import yfinance as yf
logging.disable()
folder, known, symbols, timeout = json.loads(sys.argv[1])
yf.set_tz_cache_location(folder)
for symbol in known:
    yf.cache.get_tz_cache().store(symbol, "Asia/Kolkata")
answers = {}
for symbol in symbols:
    try:
        rows = yf.Ticker(symbol).history(
            start="2018-01-01", end="2026-11-24", auto_adjust=False, keepna=True, timeout=timeout
        )
    except Exception as error:
        answers[symbol] = type(error).__name__
    else:
        columns = zip(rows.get("Close", []), rows.get("Adj Close", []), rows.get("Volume", []))
        answers[symbol] = {str(day.date()): list(map(float, row)) for day, row in zip(rows.index, columns)}
print(json.dumps(answers))
"""


def histories(
    server: LoopbackYahoo, folder: Path, *symbols: str, zones_known: bool = True, timeout: float = 20
) -> dict[str, Any]:
    """What yfinance in a process of its own makes of these symbols: rows by day, or the name of the error."""
    asked = json.dumps([str(folder / "yf"), symbols if zones_known else [], symbols, timeout])
    done = subprocess.run(
        [sys.executable, "-c", CLIENT, asked],
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **server.environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def fetch(server: LoopbackYahoo, target: str, host: str = HOST) -> tuple[int, str, bytes]:
    """Status, content type and body of one GET through the proxy, without any client library."""
    address = server.environment["HTTPS_PROXY"].removeprefix("http://")
    trusted = ssl.create_default_context(cafile=server.environment["SSL_CERT_FILE"])
    connection = http.client.HTTPSConnection(address, timeout=20, context=trusted)
    connection.set_tunnel(host, 443)
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        return response.status, response.headers["content-type"], response.read()
    finally:
        connection.close()
