"""The rules of the layout, read from the imports themselves."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import factorcli
from factorcli import errors
from tests.loaded import loaded_modules

pytestmark = pytest.mark.layout

ROOT = Path(factorcli.__file__ or "").parent
ADAPTERS = ("prices", "cache", "executors")
RECORDS = {"errors", "results", "markets", "model", "ports"}
# What each room may import from the others, and what a module at the top may.
ALLOWED = {
    "errors": set(),
    "tables": {"errors"},
    "results": RECORDS | {"tables"},
    "markets": RECORDS | {"tables"},
    "model": RECORDS | {"tables"},
    "ports": RECORDS | {"tables"},
    "engine": set(),
    "analysis": {"engine", *RECORDS},
    "portfolio": {"analysis", "engine", "tables", *RECORDS},
    "decisions": {"analysis", "engine", "portfolio", *RECORDS},
    "service": {"analysis", "decisions", "engine", "portfolio", *RECORDS},
    "render": {"errors", "results"},
    "prices": {"engine", "tables", *RECORDS},
    "cache": {"errors", "ports", "results"},
    "executors": {"errors", "ports", "results", "tables"},
    "config": {"errors"},
    "guides": set(),
    "compose": {*ADAPTERS, "config", "service", *RECORDS},
    "serve": {"compose", "config", "portfolio", "render", "service", *RECORDS},
    "cli": {"compose", "config", "portfolio", "render", "serve", "service", *RECORDS},
    "api": {"compose", "config", "decisions", "portfolio", "render", "service", *RECORDS},
    "__main__": {"cli", "config"},
    "__init__": {"api", "render", *RECORDS},
}
TOP = {"__init__", "__main__", "compose", "errors", "ports"}
STANDARD_ONLY = (
    "errors", "results", "model", "ports", "markets", "config", "service",
    "portfolio/amount", "portfolio/columns", "portfolio/given", "portfolio/holdings", "portfolio/holdings_check",
    "portfolio/holdings_file", "portfolio/identity", "portfolio/lots", "portfolio/positions", "portfolio/request",
    "portfolio/row", "portfolio/trades", "portfolio/weight_units",
    "analysis/comparison", "analysis/false_discovery", "analysis/heatmap", "analysis/origin", "analysis/provenance",
    "analysis/warnings",
    "render/files", "render/json_csv",
    "tables/cells", "tables/dates", "tables/encoding", "tables/numbers", "tables/reader",
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
    "python_calamine",
    "vl_convert",
    "jinja2",
    "distributed",
    "dask",
}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(path: Path) -> set[str]:
    """What a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            found |= {f"{module}.{a.name}" for a in node.names} if _is_room(module) else {module}
    return found


def _is_room(module: str) -> bool:
    return module == "factorcli" or ((ROOT / Path(*module.split(".")[1:])).is_dir() and module.startswith("factorcli."))


def _modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def _room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def _inside(path: Path) -> set[str]:
    """The rooms and top modules that a module imports."""
    names = {name.split(".")[1] for name in _imports(path) if name.startswith("factorcli.")}
    return names - {"__version__", _room(path)}


@pytest.mark.parametrize("path", _modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_inward(path: Path) -> None:
    """Each room imports only what the layout allows."""
    assert _inside(path) <= ALLOWED[_room(path)], f"{path} imports {_inside(path) - ALLOWED[_room(path)]}"


def test_the_top_holds_nothing_but_its_named_modules() -> None:
    """A new module has a room."""
    assert {path.stem for path in ROOT.glob("*.py")} <= TOP
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name not in ("__pycache__", "_universe")}
    assert rooms == set(ALLOWED) - TOP


def test_each_room_says_in_a_sentence_what_lives_there() -> None:
    """The docstring of its `__init__`."""
    for folder in (path for path in ROOT.iterdir() if (path / "__init__.py").exists()):
        said = ast.get_docstring(_tree(folder / "__init__.py"))
        assert said and said.splitlines()[0].endswith("."), folder


def test_there_is_no_circle_of_rooms() -> None:
    """No room imports, through others, itself."""
    edges: dict[str, set[str]] = {}
    for path in _modules():
        edges.setdefault(_room(path), set()).update(_inside(path))
    assert not _circle(edges)


def test_there_is_no_circle_of_modules() -> None:
    """Nor does a module, not even for a type checker."""
    names = {".".join(("factorcli", *p.relative_to(ROOT).with_suffix("").parts)): p for p in _modules()}
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}
    edges = {name: _imports(path) & set(names) for name, path in names.items()}
    assert not _circle(edges)


def _circle(edges: dict[str, set[str]]) -> list[str]:
    """A circle of these edges, or nothing."""
    done: set[str] = set()

    def visit(name: str, trail: list[str]) -> list[str]:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done:
            return []
        found = next((circle for other in edges.get(name, ()) if (circle := visit(other, [*trail, name]))), [])
        done.add(name)
        return found

    return next((circle for name in edges if (circle := visit(name, []))), [])


def test_nothing_but_compose_builds_an_adapter() -> None:
    """No other room imports one; the tests of an adapter may."""
    using = {_room(path) for path in _modules() if _inside(path) & set(ADAPTERS)}
    assert using == {"compose"}


NAMES = (
    "beta", "cache", "check", "compare", "decompose", "doctor", "drift", "guide", "heatmap", "hedge", "model show",
    "peers", "report", "screen", "serve", "stress", "universe", "whatif",
)  # fmt: skip
COMMANDS = rf"(?<![\w-])factor (?:{'|'.join(NAMES)})\b"
OPTIONS = r"(?<![\w-])--[a-z]"


@pytest.mark.parametrize(
    "path",
    [p for p in _modules() if _room(p) not in ("cli", "guides")],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_names_of_commands_and_options_are_known_to_the_command_line_alone(path: Path) -> None:
    """Messages name the setting, and are the same in JSON and over HTTP."""
    tree = _tree(path)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings
    ]
    assert not [text for text in texts if re.search(f"{COMMANDS}|{OPTIONS}", text)]


@pytest.mark.parametrize("name", STANDARD_ONLY)
def test_the_inner_modules_import_the_standard_library_only(name: str) -> None:
    """results, model, markets, errors, ports and what a cached answer passes through cost nothing to import."""
    paths = [ROOT / f"{name}.py"] if (ROOT / f"{name}.py").exists() else sorted((ROOT / name).glob("*.py"))
    for path in paths:
        outside = {i.split(".")[0] for i in _imports(path)} - {"factorcli", "dotenv"}
        assert outside <= set(sys.stdlib_module_names), path


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
    assert naming == [str(Path("config", "environment.py"))]


def test_india_is_data() -> None:
    """Only the built-in market and model, what the package ships for them, and the demo name India."""
    at_home = {"markets/market.py", "markets/universe.py", "markets/nse_list.py", "model/built_in.py", "prices/demo.py"}
    at_home |= {"results/money.py"}  # how rupees are grouped
    words = re.compile(r"Kolkata|\bINDIA\b|INDIA_5F|'\.NS'|\bINR\b")
    naming = {p.relative_to(ROOT).as_posix() for p in _modules() if words.search(_code(p))}
    assert naming <= at_home | {"model/file.py"}


def test_every_error_is_drawn_in_the_tree() -> None:
    """errors.py defines them all, and its docstring draws each with its code."""
    drawn = errors.__doc__ or ""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.FactorError)]
    for kind in kinds:
        assert re.search(rf"\b{kind.__name__}\b", drawn), kind
    for path in _modules():
        bases = {
            ast.unparse(base) for node in ast.walk(_tree(path)) if isinstance(node, ast.ClassDef) for base in node.bases
        }
        names = {kind.__name__ for kind in kinds}
        assert path.name == "errors.py" or not bases & names, path
        assert "__subclasses__" not in path.read_text(encoding="utf-8"), path


def test_help_imports_nothing_heavy() -> None:
    """`factor --help`, and that of every command, loads no numerical library, no client and no server."""
    code = """
import sys
from typer.main import get_command
from typer.testing import CliRunner
from factorcli.cli.app import app
for words in ([], *([name] for name in get_command(app).commands)):
    assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0, words
print(*sys.modules)
"""
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
    "python_calamine",
    "vl_convert",
    "jinja2",
    "distributed",
    "dask",
)


@pytest.mark.parametrize(
    "words",
    [
        ("beta", "TCS"),
        ("decompose", "TCS"),
        ("beta", "TCS", "--json"),
        ("heatmap", "show"),
        ("heatmap", "status"),
        ("screen", "--where", "market > 0", "--sort", "SZ"),
        ("screen", "--where", "SZ.q < 5%", "--json"),
        ("stress", "--list"),
    ],
)
def test_a_cached_answer_imports_nothing_heavy(factor, environment, home, words: tuple[str, ...]) -> None:
    """Once computed, an answer comes back without any numerical library; read from sys.modules."""
    arguments = [*words, "--source", "demo"]
    assert factor("heatmap", "compute", "TCS", "--window", "252", "--source", "demo").status == 0
    factor(*arguments)
    assert not set(CACHED) & loaded_modules(arguments, home, environment)


def _code(path: Path) -> str:
    """The source without docstrings."""
    return "\n".join(ast.unparse(node) for node in _tree(path).body if not isinstance(node, ast.Expr))
