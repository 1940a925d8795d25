"""Machines of a team that share a cache, each with its own home, local cache and key."""

import signal
import subprocess
from pathlib import Path

from factorcli.config.settings import Settings
from factorcli.service.context import Context
from tests.conftest import Answer, InProcess, Installed, command
from tests.stand_in import build_stand_in
from tests.supabase_stack import Stack


class Machine:
    """A home with a local cache, where `factor` runs. No key may show in its output."""

    def __init__(self, home: Path, environment: dict[str, str], stack: Stack) -> None:
        self.home = home
        self.stack = stack
        self.environment = environment

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        """A running `factor`."""
        return subprocess.Popen(
            [command(), *arguments],
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
        """What `factor` prints, and how it ends, in this process."""
        return self._without_keys(InProcess(self.home, self.environment)(*arguments, **env), env)

    def installed(self, *arguments: str, **env: str) -> Answer:
        """The same by a process of its own."""
        return self._without_keys(Installed(self.home, self.environment)(*arguments, **env), env)

    def _without_keys(self, answer: Answer, env: dict[str, str]) -> Answer:
        for secret in (self.stack.service_key, self.stack.anon_key, env.get("SUPABASE_KEY")):
            assert not secret or secret not in answer.out + answer.err, "a key is in the output"
        return answer

    def context(self, said: list[str], *, cached: bool = True, refresh: bool = False, **env: str) -> Context:
        """The same inside this process with the stand-in's prices, for what is the cache's alone."""
        folder = {"FACTOR_CACHE_DIR": str(self.home / "cache" / "factorcli")}
        settings = Settings.from_env({**self.environment, **folder, **env})
        return build_stand_in(settings, said.append, cached=cached, refresh=refresh)
