"""Functions of the page's scripts, run by Node."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import factorcli

WEB = Path(factorcli.__file__).parent / "serve" / "web"
NODE = shutil.which("node")


def run(folder: Path, modules: Sequence[str], body: str, given: Any) -> Any:
    """What the body of a function of `given` and of the modules, by their names, returns; all of it is JSON.

    A module such as views/holdings-text is called holdings_text.
    Skip where there is no Node; where FACTOR_TEST_BROWSER is `required`, fail.
    """
    if NODE is None:
        if os.environ.get("FACTOR_TEST_BROWSER") == "required":
            pytest.fail("FACTOR_TEST_BROWSER is `required`, and there is no Node")
        pytest.skip("there is no Node here")
    shutil.copytree(WEB, folder / "web", dirs_exist_ok=True)
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")  # so that .js is a module
    imports = "".join(f'import * as {_called(name)} from "./web/{name}.js";\n' for name in modules)
    (folder / "run.js").write_text(
        f'{imports}import {{ readFileSync }} from "node:fs";\n'
        f'const given = JSON.parse(readFileSync(0, "utf8"));\nconst answer = (() => {{ {body} }})();\n'
        "process.stdout.write(JSON.stringify(answer));\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [NODE, "run.js"], cwd=folder, input=json.dumps(given).encode(), capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def _called(module: str) -> str:
    return module.rpartition("/")[2].replace("-", "_")
