"""README, .env.example and --help say what the code does."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from factorcli.cli.app import app
from factorcli.config.settings import Settings

pytestmark = [pytest.mark.docs, pytest.mark.read]

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
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


def test_every_option_is_in_the_readme_and_has_a_help_text() -> None:
    """Each long option of each command."""
    for words, command in _commands():
        for parameter in command.params:
            if parameter.param_type_name != "option" or parameter.name == "help":
                continue
            assert parameter.help, (words, parameter.name)
            assert parameter.opts[0] in README, (words, parameter.opts)


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


def test_the_readme_names_every_warning() -> None:
    """Each code that a result can warn with is explained."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "factorcli").rglob("*.py"))
    said = set(re.findall(r'ResultWarning\(\s*"([a-z_]+)"', code)) | set(
        re.findall(r'\(\("([a-z_]+)", text\),\)', code)
    )
    assert {"suspect_jump", "large_move", "proxy_fallback", "short_history", "unsorted_dates"} <= said
    for name in said:
        assert f"`{name}`" in README, name


def test_every_route_is_in_the_readme() -> None:
    """As the contract writes it."""
    routes = ("/health", "/heatmap", "/heatmap/status", "/heatmap/status/all", "/stock/{ticker}/betas",
              "/stock/{ticker}/decompose", "/stocks/search", "/docs", "/openapi.json")  # fmt: skip
    for route in routes:
        assert re.search(rf"`GET {re.escape(route)}[`?]", README), route


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
