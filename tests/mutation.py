"""Mutation testing: small faults are planted one at a time, and the tests must fail at each.

    python -m tests.mutation factorcli/render/betas.py --tests tests/read -m read --limit 120

Standard library only. Each worker has a copy of the project in a temporary folder and one process that has
imported pytest and the libraries; a mutant is a fork of it (elsewhere than on POSIX: a new process), so that it
costs little more than its tests. A mutant is written with ast.unparse, so that a test which reads the source sees
no comments. Exit status: 0 if no mutant survived, 1 if one did, 2 if the tests fail without a mutant.
"""

import argparse
import ast
import json
import os
import queue
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import cache_from_source
from pathlib import Path
from types import UnionType
from typing import Any, TextIO

PROJECT = Path(__file__).parents[1]
COPIED = ("factorcli", "tests", "universe", "pyproject.toml", "README.md", ".env.example", "CHANGELOG.md", "docs")
PYTEST_OPTIONS = [
    *("-o", "addopts=", "-x", "-q", "--tb=short", "-p", "no:cacheprovider"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
]
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.MatMult: ast.Mult,
}
# Subscripts of these are types.
TYPES = {"tuple", "list", "dict", "set", "frozenset", "type", "Callable", "Iterable", "Iterator", "Sequence", "Mapping"}
# Parts of a node that say nothing at run time, or whose change no test is asked to see.
UNREAD = {"annotation", "returns", "decorator_list", "type_params"}


@dataclass(frozen=True)
class Site:
    """A place of a file and one change of it: `apply` changes the tree and gives the way back."""

    path: str
    line: int
    change: str
    apply: Callable[[], Callable[[], None]]
    tree: ast.Module

    def source(self) -> str:
        """The file with this change."""
        undo = self.apply()
        try:
            return ast.unparse(ast.fix_missing_locations(self.tree))
        finally:
            undo()


def sites(path: str, source: str) -> Iterator[Site]:
    """Every mutant of a file, in the order of its nodes."""
    tree = ast.parse(source)

    def setting(owner: Any, name: str, value: Any) -> Callable[[], Callable[[], None]]:
        def apply() -> Callable[[], None]:
            before = getattr(owner, name)
            setattr(owner, name, value)
            return lambda: setattr(owner, name, before)

        return apply

    for node, fields, place in _nodes(tree, {}, 0):
        for owner, name, value, change in _changes(node, fields):
            yield Site(path, place, change, setting(owner, name, value), tree)


def _nodes(node: ast.AST, fields: dict[str, list[str]], place: int) -> Iterator[tuple[ast.AST, dict[str, Any], int]]:
    """The nodes that count, with the attributes that their function reads of each object, and their line."""
    place = getattr(node, "lineno", place)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        fields = _fields(node)
    yield node, fields, place
    body = getattr(node, "body", None)
    documented = (
        isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and ast.get_docstring(node) is not None
    )
    for name, value in ast.iter_fields(node):
        if name in UNREAD or isinstance(value, ast.expr_context):
            continue
        children = value if isinstance(value, list) else [value]
        if documented and value is body:
            children = children[1:]
        for child in children:
            if isinstance(child, ast.AST) and not _unread(child):
                yield from _nodes(child, fields, place)


def _unread(node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.keyword) and node.arg == "strict":  # of zip, which guards and says nothing
        return True
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in TYPES:
        return True
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _fields(function: ast.AST) -> dict[str, list[str]]:
    """The attributes read of each object in a function, methods left out."""
    called = {id(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
    found: dict[str, list[str]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and id(node) not in called:
            names = found.setdefault(ast.unparse(node.value), [])
            if node.attr not in names:
                names.append(node.attr)
    return found


Change = tuple[Any, str, Any, str]


def _changes(node: ast.AST, fields: dict[str, list[str]]) -> Iterator[Change]:
    """The changes of one node: what to set on what, and how that reads."""
    for kind, changes in CHANGES.items():
        if isinstance(node, kind):
            yield from changes(node)
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        yield from _attributes(node, fields)


def _comparisons(node: ast.Compare) -> Iterator[Change]:
    for place, operator in enumerate(node.ops):
        for other in COMPARISONS[type(operator)]:
            ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
            yield node, "ops", ops, _told(node, ast.Compare(node.left, ops, node.comparators))


def _operators(node: ast.BinOp | ast.AugAssign) -> Iterator[Change]:
    if type(node.op) in OPERATORS:
        other = OPERATORS[type(node.op)]()
        yield node, "op", other, f"{_short(node)}: {type(node.op).__name__} → {type(other).__name__}"


def _connectives(node: ast.BoolOp) -> Iterator[Change]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield node, "op", other, _told(node, ast.BoolOp(other, node.values))


def _signs(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.Not):
        yield node, "operand", ast.UnaryOp(ast.Not(), node.operand), f"{_short(node)} → without not"
    else:
        yield node, "op", ast.UAdd(), f"{_short(node)} → without its sign"


def _returns(node: ast.Return) -> Iterator[Change]:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield node, "value", ast.Constant(None), f"{_short(node)} → return None"


def _values(node: ast.Dict) -> Iterator[Change]:
    for place in range(len(node.values) if len(node.values) > 1 else 0):
        values = [*node.values[:place], node.values[(place + 1) % len(node.values)], *node.values[place + 1 :]]
        yield node, "values", values, f"{_short(node)}: value {place} replaced by the next"


def _conditions(node: ast.If | ast.While | ast.IfExp) -> Iterator[Change]:
    yield node, "test", ast.UnaryOp(ast.Not(), node.test), f"{_short(node.test)} → not"


def _filters(node: ast.comprehension) -> Iterator[Change]:
    for place, test in enumerate(node.ifs):
        yield node, "ifs", node.ifs[:place] + node.ifs[place + 1 :], f"if {_short(test)} → dropped"


def _statements(node: ast.Expr) -> Iterator[Change]:
    if isinstance(node.value, ast.Call):
        yield node, "value", ast.Constant(None), f"{_short(node)} → dropped"


def _constants(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    other: Any
    if isinstance(value, bool):
        other = not value
    elif isinstance(value, int):
        other = value + 1
    elif isinstance(value, float):
        other = value * 1.1 if value else 0.1
    elif isinstance(value, str):
        other = f"{value}¤"
    else:
        return
    yield node, "value", other, f"{_short(node)} → {other!r}"


def _formats(node: ast.FormattedValue) -> Iterator[Change]:
    """A digit of a format one higher: {x:.2f} → {x:.3f}."""
    specification = node.format_spec
    for part in specification.values if isinstance(specification, ast.JoinedStr) else []:
        if isinstance(part, ast.Constant) and re.search("[0-9]", part.value):
            other = re.sub("[0-9]", lambda digit: str((int(digit[0]) + 1) % 10), part.value, count=1)
            yield part, "value", other, f"format {part.value} → {other}"


def _attributes(node: ast.Attribute, fields: dict[str, list[str]]) -> Iterator[Change]:
    names = fields.get(ast.unparse(node.value), [])
    if node.attr in names:
        for step in range(1, min(3, len(names))):
            other = names[(names.index(node.attr) + step) % len(names)]
            yield node, "attr", other, f"{_short(node)} → .{other}"


def _calls(node: ast.Call) -> Iterator[Change]:
    arguments = node.args
    for place, argument in enumerate(arguments):
        if len(arguments) + len(node.keywords) > 1:
            kept = arguments[:place] + arguments[place + 1 :]
            yield node, "args", kept, f"{_short(node)}: argument {_short(argument)} dropped"
        if place and not isinstance(argument, ast.Starred) and not isinstance(arguments[place - 1], ast.Starred):
            swapped = [*arguments[: place - 1], argument, arguments[place - 1], *arguments[place + 1 :]]
            yield node, "args", swapped, f"{_short(node)}: argument {_short(argument)} swapped with the one before"
    for place, keyword in enumerate(node.keywords):
        if keyword.arg == "strict":
            continue
        kept = node.keywords[:place] + node.keywords[place + 1 :]
        yield node, "keywords", kept, f"{_short(node)}: argument {_short(keyword)} dropped"


def _elements(node: ast.List | ast.Set | ast.Tuple) -> Iterator[Change]:
    if isinstance(getattr(node, "ctx", None), ast.Store):
        return
    for place, element in enumerate(node.elts):
        yield node, "elts", node.elts[:place] + node.elts[place + 1 :], f"element {_short(element)} dropped"
        if place and not isinstance(node, ast.Set):
            swapped = [*node.elts[: place - 1], element, node.elts[place - 1], *node.elts[place + 1 :]]
            yield node, "elts", swapped, f"element {_short(element)} swapped with the one before"


CHANGES: dict[type[ast.AST] | UnionType, Callable[[Any], Iterator[Change]]] = {
    ast.Compare: _comparisons,
    ast.BinOp | ast.AugAssign: _operators,
    ast.BoolOp: _connectives,
    ast.UnaryOp: _signs,
    ast.Constant: _constants,
    ast.FormattedValue: _formats,
    ast.Return: _returns,
    ast.Call: _calls,
    ast.Dict: _values,
    ast.List | ast.Set | ast.Tuple: _elements,
    ast.If | ast.While | ast.IfExp: _conditions,
    ast.comprehension: _filters,
    ast.Expr: _statements,
}


def _told(before: ast.AST, after: ast.AST) -> str:
    return f"{_short(before)} → {_short(after)}"


def _short(node: ast.AST, length: int = 60) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= length else f"{text[: length - 1]}…"


# A worker: its requests and answers are JSON lines on stdin and stdout.


def work(tests: Sequence[str], seconds: float) -> None:
    """Answer each mutant (a path and a source) with what became of it. The current folder is the copy."""
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    for target, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY)):
        os.dup2(os.open(os.devnull, flags), target)
    arguments = [*PYTEST_OPTIONS, *tests]
    loaded = Path("loaded.json").resolve()
    log = Path("tests.log").resolve()
    for request in requests:
        wanted = json.loads(request)
        if wanted.get("baseline"):
            outcome = _run(arguments, seconds * 10, log, loaded)
            _load_libraries(loaded)
        else:
            path = Path(wanted["path"])
            original = path.read_text(encoding="utf-8")
            # A .pyc is dated in whole seconds, and would be taken for that of the next mutant of the same length.
            Path(cache_from_source(str(path))).unlink(missing_ok=True)
            path.write_text(wanted["source"], encoding="utf-8")
            try:
                outcome = _run(arguments, seconds, log)
            finally:
                path.write_text(original, encoding="utf-8")
        _tell(answers, {"outcome": outcome, "log": log.read_text(encoding="utf-8", errors="replace")[-4000:]})


def _tell(stream: TextIO, value: object) -> None:
    stream.write(f"{json.dumps(value)}\n")
    stream.flush()


def _load_libraries(loaded: Path) -> None:
    """Import here what the tests imported there, apart from the project's own modules."""
    if not hasattr(os, "fork") or not loaded.exists():
        return
    import pytest  # noqa: F401, PLC0415

    for name in json.loads(loaded.read_text()):
        if name.split(".")[0] not in {"factorcli", "tests", "__main__"} and name not in sys.modules:
            try:
                import_module(name)
            except Exception:  # noqa: BLE001  (a mutant that needs it imports it itself)
                continue


def _run(arguments: Sequence[str], seconds: float, log: Path, loaded: Path | None = None) -> str:
    """`passed`, `failed`, `error` (no tests, or none that can be collected) or `time-out`."""
    if not hasattr(os, "fork"):
        command = [sys.executable, "-B", "-m", "pytest", *arguments]
        with log.open("w") as out:
            try:
                code = subprocess.run(command, check=False, stdout=out, stderr=out, timeout=seconds).returncode
            except subprocess.TimeoutExpired:
                return "time-out"
        return _outcome(code)
    child = os.fork()
    if child == 0:
        _child(arguments, log, loaded)
    end = time.monotonic() + seconds
    pause = 0.002
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return _outcome(os.waitstatus_to_exitcode(status))
        time.sleep(pause)
        pause = min(pause * 1.2, 0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "time-out"


def _child(arguments: Sequence[str], log: Path, loaded: Path | None) -> None:
    """The tests in this process, which ends with their exit status."""
    code = 3
    try:
        os.setsid()
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(out, 1)
        os.dup2(out, 2)
        sys.dont_write_bytecode = loaded is None
        import pytest  # noqa: PLC0415

        for name in [name for name in sys.modules if name.split(".")[0] in {"factorcli", "tests"}]:
            del sys.modules[name]
        code = int(pytest.main(list(arguments)))
        if loaded is not None:
            loaded.write_text(json.dumps(list(sys.modules)))
        sys.stdout.flush()
    finally:
        os._exit(code)


def _outcome(code: int) -> str:
    return {0: "passed", 1: "failed"}.get(code, "error")


# The parent.


class Worker:
    """A copy of the project and the process that tests mutants in it."""

    def __init__(self, folder: Path, tests: Sequence[str], seconds: float) -> None:
        folder.mkdir()
        for name in COPIED:
            if (PROJECT / name).is_dir():
                shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif (PROJECT / name).exists():
                shutil.copy2(PROJECT / name, folder / name)
        environment = {**os.environ, "PYTHONPATH": str(folder)} | {
            f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL")
        }
        command = [sys.executable, "-m", "tests.mutation", "--seconds", str(seconds), "--work", json.dumps(tests)]
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, request: object) -> tuple[str, str]:
        """What became of a request, and the end of what pytest printed."""
        assert self._process.stdin and self._process.stdout
        _tell(self._process.stdin, request)
        answer = json.loads(self._process.stdout.readline())
        return answer["outcome"], answer["log"]

    def close(self) -> None:
        """No more requests."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def chosen(files: Sequence[str], limit: int | None, seed: int) -> list[Site]:
    """A random sample of the mutants of some files."""
    found = [site for path in files for site in sites(path, (PROJECT / path).read_text(encoding="utf-8"))]
    random.Random(seed).shuffle(found)
    return found[:limit]


def run(mutants: Sequence[Site], tests: Sequence[str], workers: int, seconds: float) -> int:
    """Test the mutants, print the survivors and the count; the exit status."""
    waiting: queue.SimpleQueue[tuple[Site, str]] = queue.SimpleQueue()
    for mutant in mutants:
        waiting.put((mutant, mutant.source()))
    survivors: list[Site] = []
    outcomes: list[str] = []
    broken: list[str] = []
    start = time.monotonic()

    def serve(worker: Worker) -> None:
        outcome, log = worker.ask({"baseline": True})
        if outcome != "passed":
            broken.append(log)
        while not broken:
            try:
                mutant, source = waiting.get_nowait()
            except queue.Empty:
                break
            outcome, _ = worker.ask({"path": mutant.path, "source": source})
            outcomes.append(outcome)
            if outcome == "passed":
                survivors.append(mutant)
                print(f"survived  {mutant.path}:{mutant.line}: {mutant.change}", flush=True)
        worker.close()

    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        pool = [Worker(Path(folder, str(number)), tests, seconds) for number in range(workers)]
        threads = [threading.Thread(target=serve, args=(worker,)) for worker in pool]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if broken:
        print(f"The tests fail without a mutant:\n{broken[0]}", file=sys.stderr)
        return 2
    killed = len(outcomes) - len(survivors)
    late = outcomes.count("time-out")
    print(
        f"{killed} of {len(outcomes)} mutants killed ({killed / max(len(outcomes), 1):.1%}; {late} by the time-out), "
        f"{len(survivors)} survived; {time.monotonic() - start:.0f} s"
    )
    return 1 if survivors else 0


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("files", nargs="*", help="source files, from the root of the project")
    parser.add_argument("--tests", nargs="+", default=["tests"], help="what pytest is given")
    parser.add_argument("-m", dest="marker", help="pytest's -m")
    parser.add_argument("-k", dest="keyword", help="pytest's -k")
    parser.add_argument("--limit", type=int, help="as many mutants, chosen at random (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="of that choice")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=60.0, help="time-out of one mutant")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    options = parser.parse_args()
    tests = [*options.tests]
    for flag, value in (("-m", options.marker), ("-k", options.keyword)):
        tests += [flag, value] if value else []
    if options.work:
        work(json.loads(options.work), options.seconds)
        return 0
    if not options.files:
        parser.error("name a source file")
    files = [Path(path).resolve().relative_to(PROJECT).as_posix() for path in options.files]
    return run(chosen(files, options.limit, options.seed), tests, options.workers, options.seconds)


if __name__ == "__main__":
    sys.exit(main())
