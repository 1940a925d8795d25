"""What a command loads, read from sys.modules when it has ended."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

CODE = (
    "import sys\nfrom factorcli.__main__ import main\n"
    "try:\n    main()\nfinally:\n    print('\\n', *sys.modules, file=sys.stderr)"
)


def loaded_modules(arguments: Sequence[str], home: Path, environment: Mapping[str, str]) -> set[str]:
    """The names of all modules after `factor` with these arguments, in a process of its own; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        capture_output=True, text=True, check=True, cwd=home, env=dict(environment),
    )  # fmt: skip
    return set(done.stderr.split())
