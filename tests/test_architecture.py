"""The rules of the layout, read from the imports themselves."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import factorcli

ROOT = Path(factorcli.__file__ or "").parent
# What each part of the package may import from the rest of it.
ALLOWED = {
    "errors": set(),
    "results": {"supplements"},
    "supplements": set(),
    "model": {"errors"},
    "ports": {"errors", "overviews", "results"},
    "query": {"errors"},
    "sessions": set(),
    "payload": set(),
    "overviews": {"results"},
    "policy": {"model", "payload", "ports", "query", "sessions", "universe"},
    "universe": {"errors", "results"},
    "settings": {"errors"},
    "engine": {"engine"},
    "remarks": {"ports", "query"},
    "answers": {
        "engine",
        "errors",
        "model",
        "overviews",
        "ports",
        "priors",
        "query",
        "remarks",
        "results",
        "supplements",
        "universe",
    },
    "discoveries": set(),
    "kept_rows": {"model", "overviews", "payload", "policy", "ports", "query"},
    "priors": {"engine", "overviews"},
    "holdings": {"errors"},
    "positions": {"errors", "holdings", "query"},
    "portfolio": {"answers", "engine", "errors", "ports", "positions", "query", "remarks", "results", "supplements"},
    "service": {
        "holdings",
        "portfolio",
        "positions",
        "answers",
        "errors",
        "kept_rows",
        "model",
        "payload",
        "policy",
        "ports",
        "priors",
        "query",
        "results",
        "universe",
    },
    "heatmaps": {
        "answers",
        "discoveries",
        "errors",
        "kept_rows",
        "model",
        "overviews",
        "payload",
        "policy",
        "ports",
        "priors",
        "query",
        "results",
        "service",
    },
    "inspection": {"engine", "errors", "model", "overviews", "ports", "query", "service", "universe"},
    "render": {"render", "results", "overviews", "supplements"},
    "prices": {"prices", "engine", "errors", "model", "overviews", "ports", "sessions", "universe"},
    "cache": {"cache", "errors", "payload", "ports", "results"},
    "compose": {"prices", "cache", "errors", "model", "policy", "ports", "service", "sessions", "settings", "universe"},
    "cli": {
        "cli",
        "compose",
        "environment",
        "errors",
        "heatmaps",
        "holdings",
        "inspection",
        "model",
        "overviews",
        "query",
        "render",
        "results",
        "serve",
        "service",
        "settings",
        "universe",
    },
    "environment": {"errors", "settings"},
    "serve": {
        "answers",
        "compose",
        "environment",
        "errors",
        "heatmaps",
        "model",
        "overviews",
        "ports",
        "query",
        "render",
        "results",
        "serve",
        "service",
        "settings",
        "supplements",
        "universe",
    },
    "__main__": {"cli"},
    "__init__": set(),
}
STANDARD_ONLY = (
    "errors", "results", "supplements", "overviews", "model", "ports", "query", "universe", "sessions", "payload",
    "policy", "service",
    "heatmaps", "discoveries", "holdings", "kept_rows", "positions",
)  # fmt: skip
HEAVY = {
    "numpy",
    "scipy",
    "pandas",
    "statsmodels",
    "yfinance",
    "supabase",
    "fastapi",
    "pyarrow",
    "diskcache",
    "uvicorn",
    "pydantic",
}


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {node.module or ""} if node.module != "factorcli" else {f"factorcli.{a.name}" for a in node.names}
    return found


def _modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", _modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_inward(path: Path) -> None:
    """Each part imports only what the layout allows; nothing but compose names an adapter."""
    part = path.relative_to(ROOT).parts[0].removesuffix(".py")
    inside = {name.split(".")[1] for name in _imports(path) if name.startswith("factorcli.")}
    assert inside - {"__version__"} <= ALLOWED[part], f"{part} imports {inside - ALLOWED[part]}"


@pytest.mark.parametrize("name", STANDARD_ONLY)
def test_the_inner_modules_import_the_standard_library_only(name: str) -> None:
    """results, model, errors, ports and their like cost nothing to import."""
    outside = {i.split(".")[0] for i in _imports(ROOT / f"{name}.py")} - {"factorcli"}
    assert outside <= set(sys.stdlib_module_names)


def test_the_engine_imports_only_numpy_scipy_and_statsmodels() -> None:
    """Arrays in, arrays out: no clock, no environment, no files; statsmodels in the diagnostics only."""
    outside = {i.split(".")[0] for path in (ROOT / "engine").glob("*.py") for i in _imports(path)}
    assert outside - set(sys.stdlib_module_names) <= {"factorcli", "numpy", "scipy", "statsmodels"}
    using = [p.name for p in (ROOT / "engine").glob("*.py") if any("statsmodels" in name for name in _imports(p))]
    assert using == ["diagnostics.py"]
    assert not outside & {"os", "time", "datetime", "pathlib", "io", "socket"}


def test_only_settings_are_read_from_the_environment() -> None:
    """os.environ is named once, where the command line builds its settings."""
    naming = [str(p.relative_to(ROOT)) for p in _modules() if "os.environ" in _code(p) or "getenv" in _code(p)]
    assert naming == ["environment.py"]


def test_help_imports_nothing_heavy() -> None:
    """`factor --help` loads no numerical library, no client and no server."""
    code = (
        "import sys; from factorcli.cli.app import app; from typer.testing import CliRunner; "
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())


CACHED = (
    "numpy",
    "scipy",
    "pandas",
    "statsmodels",
    "yfinance",
    "supabase",
    "httpx",
    "fastapi",
    "pydantic",
    "uvicorn",
    "rich",
    "pyarrow",
)


@pytest.mark.parametrize(
    "words",
    [("beta", "TCS"), ("decompose", "TCS"), ("beta", "TCS", "--json"), ("heatmap", "show"), ("heatmap", "status")],
)
def test_a_cached_answer_imports_nothing_heavy(factor, environment, home, words: tuple[str, ...]) -> None:
    """Once computed, an answer comes back without any numerical library; read from sys.modules."""
    arguments = [*words, "--source", "demo"]
    assert factor("heatmap", "compute", "TCS", "--window", "252", "--source", "demo").status == 0
    factor(*arguments)
    code = (
        "import sys\nfrom factorcli.__main__ import main\n"
        "try:\n    main()\nfinally:\n    print('\\n', *sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, cwd=home, env=environment
    )
    assert not set(CACHED) & set(done.stderr.split())


def _code(path: Path) -> str:
    """The source without docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return "\n".join(ast.unparse(node) for node in tree.body if not isinstance(node, ast.Expr))
