"""A headless Chromium that is spoken to in the DevTools protocol, over the pipe that it offers for that."""

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import clean_environment

fcntl = pytest.importorskip("fcntl")  # Windows hands no descriptors to a process

BINARY = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = Path(__file__).parents[1] / ".postgrest" / "node_modules" / "axe-core" / "axe.min.js"
TIMEOUT_SECONDS = 120  # a drawn page of many pictures blocks its script for long on a busy machine
_TO_BROWSER, _FROM_BROWSER = 3, 4  # the descriptors that --remote-debugging-pipe means
_FREE = 20  # descriptors from here on are out of the way of those two


def require_browser() -> str:
    """The browser. Skip where there is none; where FACTOR_TEST_BROWSER is `required`, fail."""
    if BINARY is None:
        if os.environ.get("FACTOR_TEST_BROWSER") == "required":
            pytest.fail("FACTOR_TEST_BROWSER is `required`, and there is no Chromium")
        pytest.skip("there is no Chromium here; Debian's package is `chromium`")
    return BINARY


def axe_core() -> str:
    """The script that finds what people with disabilities cannot use. Skip or fail without it, as without PostgREST."""
    if not AXE.exists():
        reason = "axe-core is not there: npm install --prefix .postgrest --no-save axe-core"
        if os.environ.get("FACTOR_REQUIRE_POSTGREST"):
            pytest.fail(reason)
        pytest.skip(reason)
    return AXE.read_text(encoding="utf-8")


class Page:
    """A tab. `events` holds what it has told: (method, parameters) in order."""

    def __init__(self, browser: "Browser", session: str) -> None:
        self._browser, self._session = browser, session

    @property
    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """What this tab has told so far."""
        return [(method, params) for session, method, params in self._browser.events if session == self._session]

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """A command of the protocol and its answer."""
        return self._browser.send(method, self._session, **params)

    def open(self, url: str) -> None:
        """Go there and wait until it is loaded, with nothing reachable but files."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.send("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
        self.send("Page.navigate", url=url)
        self.wait(lambda: any(method == "Page.loadEventFired" for method, _ in self.events))

    def visit(self, url: str) -> None:
        """Go to a page of a server on loopback and wait until it is loaded."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        before = self._loads()
        self.send("Page.navigate", url=url)
        self.wait(lambda: self._loads() > before)

    def reload(self) -> None:
        """Load the page anew and wait until it is there."""
        before = self._loads()
        self.send("Page.reload")
        self.wait(lambda: self._loads() > before)

    def _loads(self) -> int:
        return sum(method == "Page.loadEventFired" for method, _ in self.events)

    def type(self, text: str) -> None:
        """Write a text where the focus is."""
        self.send("Input.insertText", text=text)

    def complaints(self) -> list[str]:
        """What the console has of errors: exceptions, and what the page's policy forbade."""
        return [
            str(params)
            for method, params in self.events
            if method == "Runtime.exceptionThrown"
            or (method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"))
            or (method == "Log.entryAdded" and params["entry"]["source"] in ("security", "violation", "javascript"))
        ]

    def run(self, expression: str) -> Any:
        """The value of an expression in the page; a promise is awaited."""
        answer = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, done: Any, seconds: float = TIMEOUT_SECONDS) -> None:
        """Wait until a function, or an expression in the page, is true."""
        end = time.monotonic() + seconds
        while not (self.run(done) if isinstance(done, str) else done()):
            assert time.monotonic() < end, f"not within {seconds} s: {done}"
            self._browser.listen(0.05)

    def size(self, width: int, height: int) -> None:
        """Show the page in a window of this size, in px."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def media(self, media: str = "", scheme: str = "light") -> None:
        """Show the page on paper (`print`) or on a screen, light or dark."""
        self.send("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])  # fmt: skip

    def key(self, key: str, code: int) -> None:
        """Press and release a key."""
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def point(self, x: float, y: float) -> None:
        """Move the mouse there, as a hand does."""
        for step in (-3, 0, 1):
            self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x + step, y=y)

    def picture(self, target: Path) -> None:
        """The whole page as PNG."""
        shot = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        target.write_bytes(base64.b64decode(shot["data"]))

    def printed(self) -> bytes:
        """The page on A4 as PDF."""
        answer = self.send("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(answer["data"])


class Browser:
    """The browser's end of the pipe."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, read
        self._buffer = b""
        self._answers: dict[int, dict[str, Any]] = {}
        self._number = 0
        self.events: list[tuple[str, str, dict[str, Any]]] = []

    def page(self) -> Page:
        """A new tab."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        return Page(self, self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])

    def send(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """A command of the protocol and its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        end = time.monotonic() + TIMEOUT_SECONDS
        while self._number not in self._answers:
            assert time.monotonic() < end, f"no answer to {method}"
            self.listen(0.5)
        answer = self._answers.pop(self._number)
        assert "error" not in answer, (method, answer["error"])
        result: dict[str, Any] = answer["result"]
        return result

    def listen(self, seconds: float) -> None:
        """Take what the browser says, waiting up to some seconds for it."""
        if not select.select([self._read], [], [], seconds)[0]:
            return
        part = os.read(self._read, 1 << 20)
        assert part, "the browser has ended"
        *messages, self._buffer = (self._buffer + part).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._answers[message["id"]] = message
            else:
                self.events.append((message.get("sessionId", ""), message["method"], message["params"]))


@contextlib.contextmanager
def browsing(folder: Path) -> Iterator[Browser]:
    """A browser with a profile of its own in a folder, ended at the end."""
    binary = require_browser()
    (its_read, our_write), (our_read, its_write) = os.pipe(), os.pipe()
    own = (its_read, its_write)
    its_read, its_write = (fcntl.fcntl(end, fcntl.F_DUPFD, _FREE) for end in own)
    for end in own:
        os.close(end)

    def arrange() -> None:
        os.dup2(its_read, _TO_BROWSER)
        os.dup2(its_write, _FROM_BROWSER)

    process = subprocess.Popen(
        [
            binary, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
            f"--user-data-dir={folder / 'browser'}",
        ],
        env={**clean_environment(folder), "HTTP_PROXY": "", "HTTPS_PROXY": ""},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=arrange,  # noqa: PLW1509  (no threads here)
        pass_fds=(_TO_BROWSER, _FROM_BROWSER),
    )  # fmt: skip
    browser = Browser(our_write, our_read)
    try:
        yield browser
    finally:
        with contextlib.suppress(AssertionError, OSError):
            browser.send("Browser.close")
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for end in (our_write, our_read, its_read, its_write):
            os.close(end)
