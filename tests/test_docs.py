"""README, guides, CONTRIBUTING, .env.example and --help say what the code does, and their examples run."""

import contextlib
import io
import os
import re
import sys
from dataclasses import fields
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from typer.main import get_command

from factorcli.cli import guide
from factorcli.cli.app import app
from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.model import file as model_file
from factorcli.render import markdown
from factorcli.serve import create_app
from factorcli.serve.questions import PORTFOLIO_QUESTIONS
from tests.conftest import NOW, InProcess, clean_environment, needs_nse
from tests.examples import DOCUMENTS, GUIDES, ROOT, Block, blocks, mismatch, refreshed, run_command, run_session
from tests.serving import hosting

pytestmark = pytest.mark.docs

README = (ROOT / "README.md").read_text(encoding="utf-8")
MANUAL = "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
CONTRIBUTING = ROOT / ".github" / "CONTRIBUTING.md"
SESSIONS = [block for path in DOCUMENTS for block in blocks(path, "console")]
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")


def _commands(command=None, words: tuple[str, ...] = ()):
    command = command or get_command(app)
    if not hasattr(command, "commands"):
        yield words, command
        return
    for name, child in command.commands.items():
        yield from _commands(child, (*words, name))


def test_every_command_is_in_the_readme_and_has_a_help_text() -> None:
    """Each leaf of the command tree is named as it is typed."""
    for words, command in _commands():
        assert f"`factor {' '.join(words)}" in README
        assert command.help, words


def test_every_option_is_in_the_readme_or_a_guide_and_has_a_help_text() -> None:
    """Each long option of each command."""
    for words, command in _commands():
        for parameter in command.params:
            if parameter.param_type_name != "option" or parameter.name == "help":
                continue
            assert parameter.help, (words, parameter.name)
            assert parameter.opts[0] in MANUAL, (words, parameter.opts)


def test_every_setting_is_in_the_example_with_a_comment_and_its_default() -> None:
    """.env.example holds each variable that Settings reads, each below a comment, with the default."""
    source = (ROOT / "factorcli" / "config" / "settings.py").read_text(encoding="utf-8")
    read = re.findall(r'read\("([A-Z_]+)"', source)
    lines = EXAMPLE.splitlines()
    names = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    assert sorted(names) == sorted(read)
    assert len(read) == len(fields(Settings))
    for number, line in enumerate(lines):
        if line and not line.startswith("#"):
            assert lines[number - 1].startswith("#"), line
    pairs = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert Settings.from_env(pairs) == Settings()


def test_the_guides_explain_every_warning() -> None:
    """Each code that a result can warn with is explained."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "factorcli").rglob("*.py"))
    said = set(re.findall(r'ResultWarning\(\s*"([a-z_]+)"', code)) | set(
        re.findall(r'\(\("([a-z_]+)", text\),\)', code)
    )
    assert {"suspect_jump", "large_move", "proxy_fallback", "short_history", "unsorted_dates"} <= said
    for name in said:
        assert f"`{name}`" in MANUAL, name


def test_every_route_is_in_a_guide() -> None:
    """As the contract writes it."""
    routes = ("/health", "/heatmap", "/heatmap/status", "/heatmap/status/all", "/stock/{ticker}/betas",
              "/stock/{ticker}/decompose", "/stocks/search", "/docs", "/openapi.json", "/heatmap/dates", "/model",
              "/stock/{ticker}/hedge", "/stock/{ticker}/stress", "/stock/{ticker}/episodes", "/stock/{ticker}/peers",
              "/stock/{ticker}/drift", "/stocks/screen")  # fmt: skip
    for route in routes:
        assert re.search(rf"`GET {re.escape(route)}[`?]", MANUAL), route
    for question in PORTFOLIO_QUESTIONS:
        assert re.search(rf"`POST {re.escape(question.path)}`", MANUAL), question.path


def test_workflows_are_valid_and_off_without_their_secrets() -> None:
    """Scheduled; the first step looks for the secrets, and every other one runs only if they are there."""
    for name, cron in (("heatmap", "30 14 * * 5"), ("keepalive", "*/10 * * * *")):
        text = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
        workflow = yaml.safe_load(text)
        assert workflow[True]["schedule"] == [{"cron": cron}]  # YAML 1.1 reads `on` as true
        (job,) = workflow["jobs"].values()
        first, *others = job["steps"]
        assert "GITHUB_OUTPUT" in first["run"]
        assert first["id"] == "secrets"
        assert others
        assert all(step["if"] == "steps.secrets.outputs.there == 'true'" for step in others)
        assert all(f"secrets.{secret}" in text for secret in re.findall(r"-n \"\$([A-Z_]+)\"", first["run"]))


def test_the_gate_runs_the_readmes_commands() -> None:
    """The two commands are there, each in one line."""
    assert len(re.findall(r"^python3 -m venv .*factor beta .*--source demo$", README, re.M)) == 1
    assert len(re.findall(r"^python3 -m venv .*-m pytest$", README, re.M)) == 1


@pytest.mark.parametrize(
    "session",
    [
        pytest.param(session, id=session.name, marks=[needs_nse] if session.needs_nse else [])
        for session in SESSIONS
        if session.runs
    ],
)
def test_a_session_prints_what_is_shown(session: Block, tmp_path: Path) -> None:
    """Each command of README and guides, line by line; `python -m tests.refresh_examples` writes them anew."""
    for command, printed in run_session(session, tmp_path):
        assert mismatch(command.shown, printed) is None, f"{session.name}, `{command.line}` prints:\n" + "\n".join(
            printed
        )


def test_every_session_but_the_servers_is_run() -> None:
    """A server and its client are tested elsewhere; nothing else may be left out."""
    assert [session.path.name for session in SESSIONS if not session.runs] == ["api-and-deployment.md"]
    assert any(session.needs_nse for session in SESSIONS)
    assert any(not session.needs_nse and session.runs for session in SESSIONS)


def test_the_server_answers_what_is_shown(tmp_path: Path) -> None:
    """Each `curl` of the guide to the API, up to the dots, after what is computed before."""
    settings = Settings(source="demo", now=datetime.fromisoformat(NOW), cache_dir=tmp_path, rate_limit="1000/minute")
    commands = [command for session in SESSIONS if not session.runs for command in session.commands]
    before, asked = ([one for one in commands if (one.words[0] == "curl") is curl] for curl in (False, True))
    compute, serve = before
    assert serve.words == ["factor", "serve", "--source", "demo"]
    run = InProcess(tmp_path, clean_environment(tmp_path))
    assert run(*compute.words[1:], FACTOR_CACHE_DIR=str(tmp_path)).status == 0
    routes = {urlsplit(command.words[1]).path for command in asked}
    assert {question.path for question in PORTFOLIO_QUESTIONS} < routes  # each with a body
    assert {"/stock/TCS/stress", "/stock/TCS/episodes", "/stock/TCS/peers", "/stocks/screen"} < routes
    with hosting(create_app(build_context(settings, lasting=True), settings)) as site:
        for command in asked:
            program, url, *data = command.words
            assert data[:1] in ([], ["-d"])
            body = data[1].encode() if data else None
            reply = site.get(urlsplit(url)._replace(scheme="", netloc="").geturl(), "POST" if body else "GET", body)
            shown, dots = command.shown[0].removesuffix("]").removesuffix("}").split(", …")
            assert (program, reply.status, dots) == ("curl", 200, "")
            assert reply.body.decode().startswith(shown), command.line


def test_a_line_that_is_not_printed_is_a_mismatch() -> None:
    """`…` stands for any number of lines, at the beginning, in between and at the end; order counts."""
    printed = ["a", "b", "c", "d"]
    for shown in (printed, ["a", "…"], ["…", "d"], ["a", "…", "c", "…"], ["…", "b", "…"], ["a", "b", "…", "c", "d"]):
        assert mismatch(shown, printed) is None, shown
    for shown in (["a"], ["b", "…"], ["…", "c"], ["…", "c", "…", "b", "…"], ["…", "x", "…"], ["a", "b", "c", "d", "e"]):
        assert mismatch(shown, printed) is not None, shown
    changed = ["head", "new label  7.5", "other  8.5", "foot"]
    assert refreshed(["…", "old label  7.0", "…"], changed) == ["…", "new label  7.5", "…"]


@pytest.mark.parametrize("path", [path for path in GUIDES if blocks(path, "python")], ids=lambda path: path.stem)
def test_the_programs_of_a_guide_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, in one namespace and an empty folder, in a fresh home."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", {**clean_environment(tmp_path)})
    namespace = {"__name__": "guide"}
    with contextlib.redirect_stdout(io.StringIO()):
        for block in blocks(path, "python"):
            program = "\n" * (block.line - 1) + block.text  # for the line in a traceback
            exec(compile(program, str(path), "exec"), namespace)


def test_the_models_of_the_guides_can_be_loaded(tmp_path: Path) -> None:
    """Each whole model in TOML, those that the text adds by `cat` in sessions apart."""
    models = [block for path in GUIDES for block in blocks(path, "toml") if "[[factors]]" in block.text]
    assert len(models) >= 2
    for block in models:
        file = tmp_path / "model.toml"
        file.write_text(block.text, encoding="utf-8")
        for name in re.findall(r'"(\S+\.csv)#', block.text):  # of published returns, which the guides do not ship
            headings = sorted(set(re.findall(rf'"{re.escape(name)}#([^"]+)"', block.text)))
            lines = (
                f",{','.join(headings)}",
                f"20240102{',0.02' * len(headings)}",
                f"20240103{',1.2' * len(headings)}",
            )
            (tmp_path / name).write_text("\n".join(lines).replace(",1.2", ",0.15"), encoding="utf-8")
        loaded = model_file.load(str(file))
        assert [factor.code for factor in loaded.factors] == re.findall(r'^code = "(\w+)"', block.text, re.M)
        assert f'id = "{loaded.market.id}"' in block.text or f'market = "{loaded.market.id}"' in block.text


def test_the_readme_is_one_page_and_links_every_guide() -> None:
    """Fewer than 300 lines; a guide begins with a title and a sentence, and is listed by `factor guide`."""
    assert len(README.splitlines()) < 300
    assert len(GUIDES) >= 9
    listed = dict(line.split(maxsplit=1) for line in run_command(["factor", "guide"], Path.cwd()))
    assert sorted(listed) == [path.stem for path in GUIDES]
    for path in GUIDES:
        assert f"](factorcli/guides/{path.name})" in README, path
        title, paragraph, _ = path.read_text(encoding="utf-8").split("\n\n", 2)
        assert re.fullmatch(r"# [A-Z].*", title), path
        assert re.fullmatch(r"[A-Z`][^.]{10,140}\.", listed[path.stem]), path
        assert " ".join(paragraph.split()).startswith(listed[path.stem]), path


@pytest.mark.parametrize("path", [*DOCUMENTS, CONTRIBUTING], ids=lambda path: path.name)
def test_links_and_names_of_files_lead_somewhere(path: Path) -> None:
    """Relative links; and in README and CONTRIBUTING each name that begins with a folder of the project."""
    text = path.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (path.parent / link).exists(), link
    if path in (ROOT / "README.md", CONTRIBUTING):
        names = set(re.findall(r"(?<![\w./-])(?:\.github|\.ci|factorcli|tests)/[\w./-]*\w", text))
        modules = {f"{name.replace('.', '/')}" for name in re.findall(r"python -m (tests\.\w+)", text)}
        assert names and modules
        for name in names:
            assert (ROOT / name).exists(), name
        for name in modules:
            assert (ROOT / name).is_dir() or (ROOT / f"{name}.py").exists(), name


def test_contributing_has_one_line_for_the_fast_tests() -> None:
    """The tests of what people read, as a new contributor types it."""
    lines = re.findall(r"^.*python -m pytest .*-m .*$", CONTRIBUTING.read_text(encoding="utf-8"), re.M)
    assert [line.strip() for line in lines] == [".venv/bin/python -m pytest tests/read -m read -n 0"]


def test_a_guide_is_printed_as_it_is_where_stdout_is_no_terminal(tmp_path: Path) -> None:
    """Markdown, whatever PAGER says; the topic in any case, and with its ending."""
    for topic in ("portfolios", "Portfolios", "portfolios.md"):
        printed = run_command(["factor", "guide", topic], tmp_path)
        assert printed == (files("factorcli") / "guides" / "portfolios.md").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(("typed", "suggested"), [("portfolio", "portfolios"), ("files", "prices-and-files")])
def test_an_unknown_topic_is_a_usage_error_with_the_list(factor, typed: str, suggested: str) -> None:
    """Status 2, nothing on stdout, a suggestion and every topic."""
    answer = factor("guide", typed)
    assert (answer.status, answer.out) == (2, "")
    assert f"There is no guide '{typed}'. Did you mean {suggested}?" in answer.err
    for path in GUIDES:
        assert path.stem in answer.err


def test_topics_are_completed() -> None:
    """Each with its sentence."""
    assert dict(guide.complete_topic("the"))["the-gate"].startswith("Which bad prices")
    assert {topic for topic, _ in guide.complete_topic("p")} == {
        "pictures-and-reports",
        "portfolios",
        "prices-and-files",
    }
    assert len(guide.complete_topic("")) == len(GUIDES)


def test_a_guide_on_a_terminal_is_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Headings without marks; a table of a session keeps its lines; colours only where they are wanted."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    row = "x" * 90
    text = f"# Title\n\nSome **bold** words.\n\n```console\n$ factor beta\n{row}\n```\n"
    plain = markdown.show(text, colour=False)
    assert plain.splitlines()[0].strip() == "Title"
    assert "Some bold words." in plain
    assert row in plain
    assert "\x1b" not in plain
    assert "\x1b[36m    $ factor beta" in markdown.show(text)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[36m" not in markdown.show(text)


@pytest.mark.skipif(os.name == "nt", reason="a terminal of POSIX")
@pytest.mark.parametrize("pager", ["cat", "sed s/^/PAGED:/", "no-such-pager"])
def test_a_terminal_gets_a_pager(environment, home: Path, pager: str) -> None:
    """PAGER with its arguments is what shows the guide; where it is not there, the guide is printed."""
    import pty  # noqa: PLC0415  (not on Windows)
    import subprocess  # noqa: PLC0415

    ours, theirs = pty.openpty()
    command = [str(Path(sys.executable).parent / "factor"), "guide", "yahoo"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, cwd=home, env={**environment, "PAGER": pager})
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # Linux says EIO at the end
        while part := os.read(ours, 65536):
            shown += part
    os.close(ours)
    assert process.wait(timeout=60) == 0
    first = shown.decode().splitlines()[0]
    assert "Yahoo" in first and "# Yahoo" not in first
    assert first.startswith("PAGED:") == pager.startswith("sed")
