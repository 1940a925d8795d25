"""doctor, completion and the factors' statistics."""

import os
from pathlib import Path

import numpy as np
import pytest
from statsmodels.stats.outliers_influence import variance_inflation_factor

from tests.conftest import Run, command
from tests.markets import PROXIES, market, weekdays, write_wide

pytestmark = pytest.mark.cli

OURS_FIRST = f"{Path(command()).parent}{os.pathsep}{os.environ['PATH']}"


def test_doctor_has_a_line_for_each_part(factor: Run) -> None:
    """All well: status 0, a check a part and a proxy; Supabase is well where it is not used."""
    answer = factor("doctor", "--source", "demo", "--json", PATH=OURS_FIRST)
    assert answer.status == 0
    proxies = [f"proxy {code}" for code in ("MKT", "VAL", "MOM", "SZ", "VOL")]
    assert [(r["check"], r["ok"]) for r in answer.results] == [
        (name, True) for name in ("settings", "universe", "actions", "source", "proxies", *proxies, "cache", "supabase")
    ]
    assert len(factor("doctor", "--source", "demo", PATH=OURS_FIRST).out.splitlines()) == 12


def test_doctor_names_another_factor_that_a_shell_would_start(factor: Run, home: Path) -> None:
    """GNU's `factor` factorises numbers; where it comes first, the other name is the one to type."""
    (home / "bin").mkdir()
    gnu = home / "bin" / "factor"
    gnu.write_text("#!/bin/sh\n")
    gnu.chmod(0o755)
    last = factor("doctor", "--source", "demo", "--json", PATH=f"{gnu.parent}{os.pathsep}{OURS_FIRST}")
    assert last.status == 0
    check = last.results[0]
    assert (check["check"], check["ok"], check["advice"]) == ("name", True, "Type `factorcli` instead.")
    assert str(gnu) in check["message"]
    assert "name" not in [row["check"] for row in factor("doctor", "--source", "demo", "--json", PATH="").results]


def test_doctor_says_what_to_do(factor: Run, home: Path, tmp_path: Path) -> None:
    """A missing source, a missing proxy, a fallback, a cache that cannot be used, a bad setting: status 1."""
    prices = market()
    prices["MOM30IETF.NS"] = prices.pop("MOMOMENTUM.NS")
    fallback = str(write_wide(tmp_path / "a.csv", prices))
    del prices["MID150BEES.NS"]
    nothing = str(write_wide(tmp_path / "b.csv", prices))
    (home / "file").write_text("")
    cases = [
        (("--source", "absent"), {}, "source", "absent"),
        (("--source", nothing), {}, "source", "MID150BEES.NS"),
        (("--source", fallback), {}, "proxies", "MOM30IETF.NS"),
        (("--source", "demo"), {"FACTOR_CACHE_DIR": "file"}, "cache", "FACTOR_CACHE_DIR"),
        (("--source", "demo"), {"CACHE_TTL_HOURS": "x"}, "settings", "CACHE_TTL_HOURS"),
        (("--source", "demo"), {"FACTOR_UNIVERSE": "absent.csv"}, "universe", "absent.csv"),
        (("--source", "demo", "--model", "absent.toml"), {}, "model", "absent.toml"),
    ]
    for arguments, env, name, said in cases:
        answer = factor("doctor", *arguments, "--json", **env)
        assert answer.status == 1, (arguments, answer.out, answer.err)
        bad = [check for check in answer.results if not check["ok"]]
        assert [check["check"] for check in bad] == [name], bad
        assert said in f"{bad[0]['message']} {bad[0]['advice']}"
        assert bad[0]["advice"]


def test_factor_statistics_equal_their_definitions(factor: Run, tmp_path: Path) -> None:
    """Mean, volatility, correlations and VIF against numpy and statsmodels; missing and suspect days."""
    prices = market()
    nifty, fund = prices["^NSEI"], prices["MID150BEES.NS"]
    fund[250:] *= (nifty[250] / nifty[249] + 0.07) * fund[249] / fund[250]
    prices["NV20BEES.NS"][200] = np.nan
    source = str(write_wide(tmp_path / "p.csv", prices))
    statistics = factor("model", "show", "--window", "126", "--source", source, "--json").results[0]["statistics"]
    kept = np.delete(np.arange(300), 200)
    returns = np.column_stack([prices[p][kept][1:] / prices[p][kept][:-1] - 1 for p in PROXIES])[-126:]
    returns[:, 0] -= 0.065 / 252
    used = np.delete(returns, [i for i, day in enumerate(kept[1:][-126:]) if day == 250], axis=0)
    assert (statistics["sessions"], statistics["observations"]) == (126, 125)
    design = np.column_stack([np.ones(125), used])
    for k, (code, row) in enumerate(statistics["factors"].items()):
        assert row["proxy"] == PROXIES[k]
        assert row["mean"] == pytest.approx(252 * used[:, k].mean(), rel=1e-10)
        assert row["volatility"] == pytest.approx(np.sqrt(252) * used[:, k].std(ddof=1), rel=1e-10)
        assert row["vif"] == pytest.approx(variance_inflation_factor(design, k + 1), rel=1e-8)
        assert list(row["correlations"].values()) == pytest.approx(np.corrcoef(used.T)[k], rel=1e-9)
        assert row["missing"] == (1 if code == "VAL" else 0)
        assert row["suspect"] == ([str(weekdays(300)[250])] if code == "SZ" else [])
    assert "correlations" in factor("model", "show", "--window", "126", "--source", source).out


def test_paths_of_factors_are_compounded_over_the_kept_sessions(factor: Run, tmp_path: Path) -> None:
    """Cumulative returns of the window's kept sessions, null on the one left out; in JSON, not in CSV."""
    prices = market()
    nifty, fund = prices["^NSEI"], prices["MID150BEES.NS"]
    fund[250:] *= (nifty[250] / nifty[249] + 0.07) * fund[249] / fund[250]
    ask = ("model", "show", "--window", "126", "--source", str(write_wide(tmp_path / "p.csv", prices)))
    path = factor(*ask, "--json").results[0]["statistics"]["path"]
    days = weekdays(300)[-126:]
    assert path["dates"] == [str(day) for day in days]
    assert list(path["cumulative"]) == ["MKT", "VAL", "MOM", "SZ", "VOL"]
    kept = days != weekdays(300)[250]
    for found, proxy in zip(path["cumulative"].values(), PROXIES, strict=True):
        returns = (prices[proxy][1:] / prices[proxy][:-1] - 1)[-126:] - (0.065 / 252 if proxy == "^NSEI" else 0.0)
        assert [value is not None for value in found] == list(kept)
        wanted = np.cumprod(1 + returns[kept]) - 1
        assert [value for value in found if value is not None] == pytest.approx(wanted, rel=1e-9, abs=1e-12)
    columns = factor(*ask, "--csv").out.splitlines()[0]
    assert "statistics.factors.VOL.mean" in columns
    assert "path" not in columns


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("hea", "heatmap"),
        ("beta RELIA", "RELIANCE.NS"),
        ("beta --wi", "--window"),
        ("heatmap compute --sector Oil", "Oil Gas & Consumable Fuels"),
        ("heatmap compute TCS", "TCS.NS"),
    ],
)
def test_shells_complete_commands_options_tickers_and_sectors(
    installed: Run, shell: str, words: str, wanted: str
) -> None:
    """What the installed completion script asks of factor, answered for each shell."""
    line = f"factor {words}"
    env = {"_FACTOR_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": line}
    if shell == "bash":
        env |= {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
    if shell == "fish":
        env["_TYPER_COMPLETE_FISH_ACTION"] = "get-args"
    assert wanted in installed(**env).out


def test_completion_can_be_installed(installed: Run, home: Path) -> None:
    """--install-completion writes the script of the shell it is told."""
    answer = installed(
        "--install-completion", "bash", SHELL="/bin/bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"
    )
    assert answer.status == 0, answer.err
    assert any("factor" in path.read_text() for path in home.rglob("*.sh"))
