"""The script that draws the pictures of a page, made once and kept."""

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from factorcli.errors import ScriptNotMade
from factorcli.render.charts import drawing

SECONDS = 60  # that making it may take
MAKE = "import sys, vl_convert\nsys.stdout.buffer.write(vl_convert.javascript_bundle(vl_version=sys.argv[1]).encode())"


class Kept(Protocol):
    """Where the script is kept: bytes by key."""

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The entries of these keys."""

    def put(self, entries: Mapping[str, bytes], seconds: float | None = None) -> None:
        """Store these."""


def page_script(kept: Kept, make: Callable[[], str] = drawing.script) -> str:
    """Vega with all that it needs, from where it is kept, or made now, which takes more than a second."""
    name = f"script/{drawing.script_version()}"
    if (content := kept.get([name]).get(name)) is not None:
        return content.decode()
    made = make()
    kept.put({name: made.encode()})
    return made


def made_apart() -> str:
    """What `drawing.script` makes, by another process, as it takes more than 100 MB. Raises ScriptNotMade."""
    command = [sys.executable, "-P", "-c", MAKE, drawing.VEGALITE_VERSION]
    try:
        done = subprocess.run(  # noqa: S603  (this interpreter)
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ScriptNotMade from error
    return done.stdout.decode()
