"""Machines of a team that share a cache, each with its own home, local cache and key."""

import signal
import subprocess
import sys
from pathlib import Path

from factorcli.service import FactorService
from factorcli.settings import Settings
from tests.conftest import Answer
from tests.fake_yahoo import build_service
from tests.supabase_stack import Stack

FAKE_YAHOO = Path(__file__).parent / "fake_yahoo.py"


class Machine:
    """A home with a local cache, where `factor` runs with a source called yahoo. No key may show in its output."""

    def __init__(self, home: Path, environment: dict[str, str], stack: Stack) -> None:
        self.home = home
        self.stack = stack
        self.log = home / "requests.log"
        self.environment = {**environment, "FAKE_YAHOO_LOG": str(self.log)}

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        """A running `factor`."""
        return subprocess.Popen(
            [sys.executable, str(FAKE_YAHOO), *arguments],
            cwd=self.home,
            env={**self.environment, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  (a background shell ignores it)
        )

    def __call__(self, *arguments: str, **env: str) -> Answer:
        """What `factor` prints, and how it ends."""
        with self.start(*arguments, **env) as run:
            out, err = run.communicate(timeout=120)
        for secret in (self.stack.service_key, self.stack.anon_key, env.get("SUPABASE_KEY")):
            assert not secret or secret not in out + err, "a key is in the output"
        return Answer(subprocess.CompletedProcess(arguments, run.returncode, out, err))

    def service(self, said: list[str], *, cached: bool = True, refresh: bool = False, **env: str) -> FactorService:
        """The same inside this process, for what has nothing to do with a command line."""
        folder = {"FACTOR_CACHE_DIR": str(self.home / "cache" / "factorcli")}
        settings = Settings.from_env({**self.environment, **folder, **env})
        return build_service(settings, cached=cached, refresh=refresh, warn=said.append)

    @property
    def price_requests(self) -> int:
        """How often prices were asked for."""
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0
