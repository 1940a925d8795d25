"""Windows and macOS, as far as they can be tried here: modules, code pages, file names, and the two names."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from factorcli.cache.lock import exclusive, file_lock, lock_holder, remove_if_free
from factorcli.cache.private import private_folder
from factorcli.cli.files import write_whole
from tests.conftest import Run, command
from tests.serving import serving

pytestmark = pytest.mark.cli

POSIX_ONLY = ("fcntl", "termios", "pwd", "grp", "resource", "uvloop")
WITHOUT = f"""
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name in {POSIX_ONLY!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

for name in {POSIX_ONLY!r}:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Refuse())
"""


@pytest.fixture
def elsewhere(home: Path, environment: dict[str, str]) -> dict[str, str]:
    """An environment whose interpreter has no POSIX module: `sitecustomize` refuses them."""
    folder = home / "elsewhere"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WITHOUT)
    return {**environment, "PYTHONPATH": str(folder)}


def _run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [command(), *words], env=environment, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False
    )


@pytest.mark.installed
def test_the_modules_are_really_away(elsewhere: dict[str, str]) -> None:
    """Else the tests below prove nothing."""
    for name in POSIX_ONLY:
        done = subprocess.run([sys.executable, "-c", f"import {name}"], env=elsewhere, capture_output=True, check=False)
        assert b"ModuleNotFoundError" in done.stderr, name


@pytest.mark.parametrize(
    "words",
    [
        ("beta", "TCS", "INFY", "--rolling", "--diagnostics", "--json"),
        ("decompose", "TCS", "--intervals", "--csv"),
        ("heatmap", "compute", "TCS", "INFY", "--json"),
        ("heatmap", "status"),
        ("model", "show", "--window", "126"),
        ("doctor",),
        ("--help",),
    ],
    ids=lambda words: words[0],
)
@pytest.mark.installed
@pytest.mark.slow
def test_commands_run_without_posix_modules(elsewhere: dict[str, str], words: tuple[str, ...]) -> None:
    """The same output as with them, twice: fresh and from the cache."""
    words = words if words[0] == "--help" else (*words, "--source", "demo")
    for _ in range(2):
        done = _run(elsewhere, *words)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout


@pytest.mark.installed
def test_yahoo_is_fetched_without_posix_modules(elsewhere: dict[str, str], yahoo) -> None:
    """The throttle and the price store among them."""
    done = _run({**elsewhere, **yahoo.environment}, "beta", "TCS", "--source", "yahoo", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["results"][0]["data"]["source"] == "yahoo"


@pytest.mark.installed
def test_the_server_runs_without_posix_modules(elsewhere: dict[str, str], tmp_path: Path) -> None:
    """On asyncio's own loop; it answers, and ends with status 0."""
    with serving(tmp_path / "serve", PYTHONPATH=elsewhere["PYTHONPATH"]) as site:
        assert site.get("/stock/TCS.NS/betas").status == 200
        assert site.get("/stock/TCS.NS/betas").json["cache"]["hit"] == "disk"
        assert site.process is not None
        site.process.send_signal(signal.SIGTERM)
        assert site.process.wait(30) == 0


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii"])
@pytest.mark.parametrize(
    "words",
    [
        ("beta", "TCS", "--diagnostics", "--rolling"),
        ("beta", "TCS", "INFY", "WIPRO", "ITC"),
        ("decompose", "TCS", "--intervals"),
        ("heatmap", "show", "--sector", "Power"),
        ("model", "show", "--window", "126"),
        ("doctor",),
    ],
    ids=lambda words: "-".join(words[:2]),
)
@pytest.mark.slow
def test_tables_are_whole_in_old_code_pages(factor: Run, installed: Run, words: tuple[str, ...], encoding: str) -> None:
    """Every character has a plain one where the code page lacks it: no question mark stands for a sign or a letter."""
    factor("heatmap", "compute", "--sector", "Power", "--source", "demo")
    whole = factor(*words, "--source", "demo").out
    done = installed.raw(*words, "--source", "demo", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert done.returncode == 0
    assert done.stdout.decode(encoding).count("?") == whole.count("?")


def test_json_and_csv_are_utf8_in_every_code_page(installed: Run) -> None:
    """What a program reads does not depend on the terminal."""
    for form in ("--json", "--csv"):
        words = ("beta", "TCS", "--source", "demo", form, "--no-cache")
        plain = installed.raw(*words)
        assert "R²" not in plain.stdout.decode() and b"\r" not in plain.stdout
        assert installed.raw(*words, PYTHONIOENCODING="cp437", PYTHONUTF8="0").stdout == plain.stdout


@pytest.mark.installed
@pytest.mark.slow
def test_both_names_are_installed_and_speak_of_themselves(home: Path, environment: dict[str, str]) -> None:
    """`factorcli` is the same program; help, errors, hints, version and completion use the name that was typed."""
    for name in ("factor", "factorcli"):

        def run(*words: str, name: str = name, **env: str) -> subprocess.CompletedProcess[str]:
            path = str(Path(command()).with_name(name))
            return subprocess.run(
                [path, *words], cwd=home, env={**environment, **env}, capture_output=True, text=True, encoding="utf-8",
                timeout=120, check=False,
            )  # fmt: skip

        assert run("--version").stdout.startswith(f"{name} ")
        assert f"Usage: {name} beta" in run("beta", "--help").stdout
        assert (
            run("beta", "--hlp").stderr.startswith(f"{name}: ") and f"`{name} beta --help`" in run("beta", "--x").stderr
        )
        missing = run("heatmap", "show", "--source", "demo")
        assert f"Run `{name} heatmap compute --all --window 252 --source demo`." in missing.stderr
        line = f"{name} beta RELIA"
        variables = {f"_{name.upper()}_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": "2"}
        assert "RELIANCE.NS" in run(**variables).stdout


@pytest.mark.installed
def test_the_module_is_called_by_its_own_name(environment: dict[str, str]) -> None:
    """`python -m factorcli`."""
    done = subprocess.run(
        [sys.executable, "-m", "factorcli", "beta", "X", "--source", "absent"], env=environment, capture_output=True,
        text=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr[:11]) == (2, "factorcli: ")


@pytest.mark.installed
@pytest.mark.slow  # without coverage, whose own lock a signal can leave held
def test_a_break_ends_a_run_as_ctrl_c_does(environment: dict[str, str], home: Path) -> None:
    """SIGTERM here, Ctrl-Break on Windows: status 130, one line, what was done is kept."""
    run = subprocess.Popen(
        [command(), "heatmap", "compute", "--all", "--source", "demo"], cwd=home, env=environment, stderr=-1, stdout=-1,
        text=True,
    )  # fmt: skip
    folder = home / "cache" / "factorcli"
    deadline = time.monotonic() + 30
    while not list(folder.glob("*.note")):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    run.send_signal(signal.SIGTERM)
    _, err = run.communicate(timeout=30)
    assert (run.returncode, err) == (130, "factor: Interrupted; what was done is kept.\n")


def test_a_lock_is_held_by_one_and_looked_at_by_many(tmp_path: Path) -> None:
    """A look does not take it, a second holder is refused, and nothing is left behind."""
    path = tmp_path / "heat-a.lock"
    assert lock_holder(path) is None
    with file_lock(path, "process 1") as mine:
        assert mine
        assert [lock_holder(path) for _ in range(3)] == ["process 1"] * 3
        with file_lock(path, "process 2") as theirs:
            assert not theirs
        remove_if_free(path)
        assert lock_holder(path) == "process 1"
    assert not list(tmp_path.iterdir())
    (tmp_path / "heat-b.lock").write_text("process 7, since 12:00:00 UTC")  # as earlier versions left it
    with file_lock(tmp_path / "heat-b.lock", "process 3") as mine:
        assert mine
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_locked_is_given_up_in_time(tmp_path: Path) -> None:
    """A file of an earlier version that cannot be removed, as one that is open on Windows: no endless loop."""
    path = tmp_path / "heat-c.lock"
    path.write_text("process 7, since 12:00:00 UTC")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("factorcli.cache.lock._remove", lambda _: None)
        with file_lock(path, "process 3") as mine:
            assert not mine


def test_processes_take_turns_at_an_exclusive_lock(tmp_path: Path) -> None:
    """Six processes add to one file under the lock, and none of their lines is lost."""
    code = (
        "import sys; from pathlib import Path; from factorcli.cache.lock import exclusive\n"
        "folder = Path(sys.argv[1])\n"
        "for _ in range(20):\n"
        "    with exclusive(folder / 'guard'):\n"
        "        text = (folder / 'count').read_text(); (folder / 'count').write_text(str(int(text) + 1))"
    )
    (tmp_path / "count").write_text("0")
    runs = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(6)]
    assert [run.wait(60) for run in runs] == [0] * 6
    assert (tmp_path / "count").read_text() == "120"
    with exclusive(tmp_path / "guard"):
        pass


def test_a_folder_that_others_use_gets_a_private_one_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows, which has no such modes, the folder is taken as it is, at every start."""
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    (shared / "theirs").write_text("")
    assert private_folder(shared, lambda name: name.startswith("cache.")) == shared / "factorcli"
    assert (shared / "factorcli").stat().st_mode & 0o077 == 0
    monkeypatch.setattr("factorcli.cache.private.os", SimpleNamespace(name="nt"))
    assert private_folder(shared, lambda name: False) == shared


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """The old one stays until the new one is whole; a link keeps pointing; line ends are plain everywhere."""
    target, link = tmp_path / "a b" / "out.csv", tmp_path / "link.csv"
    target.parent.mkdir()
    write_whole(target, b"a\n1\n")
    link.symlink_to(target)
    write_whole(link, b"a\n2\n")
    assert (link.is_symlink(), target.read_bytes()) == (True, b"a\n2\n")
    assert [path.name for path in target.parent.iterdir()] == ["out.csv"]
    with pytest.raises(OSError):
        write_whole(tmp_path / "absent" / "x", b"")


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="a system without /dev/fd")
def test_a_pipe_is_written_to() -> None:
    """As `/dev/stdout` before a pipe, or `>(…)` of a shell, is: a link to something without a name."""
    end, start = os.pipe()
    try:
        write_whole(Path(f"/dev/fd/{start}"), b"a\n")
        assert os.read(end, 10) == b"a\n"
    finally:
        os.close(start)
        os.close(end)


def test_a_device_is_written_to_as_it_is(factor: Run) -> None:
    """/dev/null here, NUL on Windows."""
    answer = factor("beta", "TCS", "--source", "demo", "--json", "--output", os.devnull)
    assert (answer.status, answer.out, answer.err) == (0, "", "")


def test_paths_with_spaces_and_letters_beyond_ascii_are_taken(factor: Run, home: Path) -> None:
    """Source, model, portfolio and output."""
    folder = home / "Kurse für Österreich"
    folder.mkdir()
    (folder / "h.csv").write_text("ticker,weight\nTCS,1\n")
    answer = factor(
        "beta", "--portfolio", str(folder / "h.csv"), "--source", "demo", "-o", str(folder / "aus gabe.json")
    )
    assert answer.status == 0, answer.err
    assert json.loads((folder / "aus gabe.json").read_text(encoding="utf-8"))["results"]
