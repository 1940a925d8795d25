"""The model as data: files, limits, rates and bases."""

import codecs
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from factorcli.errors import InvalidModel, InvalidWindow
from factorcli.model.built_in import INDIA_5F
from factorcli.model.file import load
from factorcli.model.risk_free import RiskFree
from factorcli.model.windows import parse_window, required_observations
from tests.conftest import DATA, Run
from tests.markets import market, weekdays, write_wide

pytestmark = pytest.mark.cli

MODEL = '[[factors]]\ncode = "MKT"\nproxies = ["^NSEI"]\n[[factors]]\ncode = "VAL"\nproxies = ["NV20BEES.NS"]\n'


@pytest.mark.parametrize("text", ["252", "252D", "252d", " 252 ", "0252"])
def test_a_window_is_a_number_of_days(text: str) -> None:
    """With or without the D."""
    assert parse_window(text) == 252


@pytest.mark.parametrize("text", ["29", "5", "abc", "", "-252", "252.0", "1e3", "252W", "٢٥٢", "99999999999"])
def test_anything_else_is_no_window(text: str) -> None:
    """From 30 up, whole, in plain digits."""
    with pytest.raises(InvalidWindow, match="30 or more"):
        parse_window(text)


def test_required_observations_round_up() -> None:
    """max(30, ⌈0.8·W⌉)."""
    assert [required_observations(w) for w in (30, 37, 38, 126, 252, 504)] == [30, 30, 31, 101, 202, 404]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("max_daily_retrun = 0.4\n" + MODEL, ["max_daily_retrun", "max_daily_return"]),
        (MODEL + 'proxy = ["x"]\n', ["VAL", "proxy", "proxies"]),
        (MODEL + "risk_free = 0.05\n", ["risk_free", "above the first"]),
        ("risk_free = 6.5\n" + MODEL, ["6.5", "0.065"]),
        ('risk_free = "absent.csv"\n' + MODEL, ["absent.csv"]),
        ("max_daily_return = -1\n" + MODEL, ["max_daily_return", "-1"]),
        ("exclude_dates = ['soon']\n" + MODEL, ["exclude_dates", "soon"]),
        ("trading_days = 'many'\n" + MODEL, ["trading_days"]),
        (MODEL.replace("VAL", "MKT"), ["MKT", "twice"]),
        (MODEL.replace("MKT", "M"), ["no factor MKT"]),
        (MODEL.replace('["^NSEI"]', "[]"), ["proxies"]),
        (MODEL + 'transform = "log"\n', ["transform", "log"]),
        ("id = 'a b'\n" + MODEL, ["a b"]),
        ("total_return = 1\n" + MODEL, ["total_return", "1", "true or false"]),
        (MODEL + "dividend_yield = 1.3\n", ["VAL", "dividend_yield", "1.3", "0.013"]),
        (MODEL + "dividend_yield = -0.01\n", ["dividend_yield", "-0.01"]),
        (MODEL + "dividend_yield = true\n", ["dividend_yield", "True"]),
        (MODEL + "dividend_yield = '1%'\n", ["dividend_yield", "1%"]),
        (MODEL + "dividend_yield = 0.01\ntransform = 'pct'\n", ["dividend_yield", "0.01", "cannot be held"]),
        (MODEL + "dividend_yield = 0.01\ntraded = false\n", ["dividend_yield", "cannot be held"]),
        ("id = 'x'\n", ["no factors"]),
        ("= nonsense", ["cannot be read"]),
    ],
)
def test_a_bad_model_is_named(tmp_path: Path, text: str, said: list[str]) -> None:
    """The file, the key and what is wrong with it."""
    path = tmp_path / "m.toml"
    path.write_text(text)
    with pytest.raises(InvalidModel) as error:
        load(str(path))
    for part in ("m.toml", *said):
        assert part in str(error.value)


def test_a_bad_model_is_a_usage_error(factor: Run, tmp_path: Path) -> None:
    """Status 2 and one line, for a typo and for a file that is not there."""
    (tmp_path / "m.toml").write_text("riskfree = 1\n" + MODEL)
    for name in (str(tmp_path / "m.toml"), "absent.toml", "india-6f"):
        answer = factor("beta", "TCS", "--source", "demo", "--model", name)
        assert (answer.status, answer.err.count("\n")) == (2, 1)


def test_model_show_tells_the_whole_model(factor: Run) -> None:
    """The built-in model as JSON equals the one in code."""
    (shown,) = factor("model", "show", "--json").results
    assert [f["code"] for f in shown["factors"]] == list(INDIA_5F.codes)
    assert shown["factors"][0]["proxies"] == ["^NSEI"]
    assert (shown["risk_free"], shown["max_daily_return"], shown["max_gap_to_market"]) == (0.065, 0.4, 0.05)
    us = DATA / "us" / "us-5f.toml"
    assert "VLUE" in factor("model", "show", "--model", str(us)).out


def test_the_digest_changes_with_every_number() -> None:
    """Rate, limits, dates and proxies are all in it."""
    variants = [
        INDIA_5F,
        replace(INDIA_5F, risk_free=RiskFree((0.06,))),
        replace(INDIA_5F, max_daily_return=0.3),
        replace(INDIA_5F, exclude_dates=(date(2024, 6, 4),)),
        replace(INDIA_5F, factors=INDIA_5F.factors[:4]),
        replace(INDIA_5F, total_return=True),
        replace(INDIA_5F, factors=(replace(INDIA_5F.factors[0], dividend_yield=0.013), *INDIA_5F.factors[1:])),
    ]
    assert len({model.digest() for model in variants}) == len(variants)


DIVIDENDS = "total_return = true\n" + MODEL.replace('["^NSEI"]', '["^NSEI"]\ndividend_yield = 0.013')


def test_model_show_lists_dividends_where_there_are_any(factor: Run, tmp_path: Path) -> None:
    """In JSON always, in the table where a model has them."""
    (tmp_path / "m.toml").write_text(DIVIDENDS)
    words = ("model", "show", "--model", str(tmp_path / "m.toml"))
    (shown,) = factor(*words, "--json").results
    assert (shown["total_return"], [f["dividend_yield"] for f in shown["factors"]]) == (True, [0.013, 0.0])
    assert "Dividends added to the factors: MKT 1.30% a year\n" in factor(*words).out
    (plain,) = factor("model", "show", "--json").results
    assert (plain["total_return"], {f["dividend_yield"] for f in plain["factors"]}) == (False, {0.0})
    assert "ividend" not in factor("model", "show").out


def test_a_dividend_yield_moves_alpha_by_beta_times_it_and_nothing_else(factor: Run, tmp_path: Path) -> None:
    """Betas, errors and R² stay; α of both models falls by β_MKT · yield; the warning is there only without it."""
    source = str(write_wide(tmp_path / "p.csv", market()))
    results = []
    for name, text in (("with", DIVIDENDS), ("without", DIVIDENDS.replace("0.013", "0")), ("silent", MODEL)):
        (tmp_path / f"{name}.toml").write_text(text)
        words = ("beta", "S0.NS", "-w", "126", "--source", source, "--model", str(tmp_path / f"{name}.toml"))
        results.append(factor(*words, "--json").results[0])
        assert ("the market index is without dividends" in factor(*words).out) is (name == "without")
    added, without, silent = results
    assert without["alpha"] == silent["alpha"]
    for code, beta in added["betas"].items():
        for key in ("beta", "std_error"):
            assert beta[key] == pytest.approx(without["betas"][code][key], rel=1e-9), (code, key)
    assert added["r_squared"] == pytest.approx(without["r_squared"], rel=1e-12)
    moved = without["alpha"]["annual"] - added["alpha"]["annual"]
    assert moved == pytest.approx(0.013 * added["betas"]["MKT"]["beta"], rel=1e-9)
    moved = without["market_model"]["alpha_annual"] - added["market_model"]["alpha_annual"]
    assert moved == pytest.approx(0.013 * added["market_model"]["beta"], rel=1e-9)
    warned = [[w for w in result["warnings"] if w.startswith("price_index")] for result in results]
    assert [len(of) for of in warned] == [0, 1, 0]
    assert "the index ^NSEI does not" in warned[1][0]


def test_a_dated_rate_holds_until_the_next(factor: Run, tmp_path: Path) -> None:
    """A dated series that never changes equals the constant; one that changes moves α by the difference."""
    source = str(write_wide(tmp_path / "p.csv", market()))
    days = weekdays(300)
    rates = tmp_path / "rates.csv"
    ask = ("beta", "S0.NS", "-w", "126", "--json", "--source", source)
    constant = factor(*ask, RISK_FREE_RATE="0.05").results[0]
    rates.write_text(f"date,rate\n{days[150]},0.05\n{days[0]},0.05\n")
    dated = factor(*ask, RISK_FREE_RATE=str(rates)).results[0]
    assert dated["betas"] == constant["betas"]
    assert dated["model"]["risk_free"] == pytest.approx(0.05)
    rates.write_text(f"date,rate\n{days[0]},0.04\n{days[-63]},0.06\n")
    mixed = factor(*ask, RISK_FREE_RATE=str(rates)).results[0]
    assert mixed["model"]["risk_free"] == pytest.approx(0.05)
    rates.write_text(f"date,rate\n{days[-50]},0.05\n")
    early = factor(*ask, RISK_FREE_RATE=str(rates))
    assert early.status == 2
    assert str(days[-50]) in early.err


def test_annual_net_adds_the_financing_of_the_traded_styles(factor: Run) -> None:
    """annual_net = 252·(α + R_f·(β_VAL + β_MOM + β_SZ)), the VIX left out."""
    (result,) = factor("beta", "TCS", "--source", "demo", "--json").results
    styles = sum(result["betas"][code]["beta"] for code in ("VAL", "MOM", "SZ"))
    expected = 252 * (result["alpha"]["daily"] + 0.065 / 252 * styles)
    assert result["alpha"]["annual_net"] == pytest.approx(expected, rel=1e-12)


def test_bases_share_r_squared_and_styles(factor: Run) -> None:
    """β_MKT and α of the residual basis are the one-factor ones; R² is the same in all three."""
    raw, spread, residual = (
        factor("beta", "TCS", "--source", "demo", "--json", "--basis", basis).results[0]
        for basis in ("raw", "spread", "residual")
    )
    for other in (spread, residual):
        assert other["r_squared"] == pytest.approx(raw["r_squared"], rel=1e-10)
        for code in ("VAL", "MOM", "SZ", "VOL"):
            for number in ("beta", "std_error"):
                assert other["betas"][code][number] == pytest.approx(raw["betas"][code][number], rel=1e-10)
    assert residual["betas"]["MKT"]["beta"] == pytest.approx(raw["market_model"]["beta"], rel=1e-10)
    assert residual["alpha"]["annual"] == pytest.approx(raw["market_model"]["alpha_annual"], rel=1e-10)


def test_the_names_of_proxies_are_read_in_any_case(tmp_path: Path) -> None:
    """As tickers are; one written twice counts once, and the digest does not tell the spellings apart."""
    digests = set()
    for number, proxies in enumerate(('"^NSEI", "NV20BEES.NS"', '" ^nsei", "nv20bees.ns", "^Nsei"')):
        path = tmp_path / str(number) / "model.toml"
        path.parent.mkdir()
        path.write_text(f'[[factors]]\ncode = "MKT"\nproxies = [{proxies}]\n')
        model = load(str(path))
        assert model.factors[0].proxies == ("^NSEI", "NV20BEES.NS")
        digests.add(model.digest())
    assert len(digests) == 1


@pytest.mark.parametrize(("noise", "status"), [(1e-7, 4), (1e-5, 0)])
def test_a_factor_that_is_nearly_another_is_an_error(factor: Run, tmp_path: Path, noise: float, status: int) -> None:
    """Above a VIF of 1e8 it is named with its twin, as where it is the same; below it there is a warning."""
    prices = market()
    wobble = np.random.default_rng(4).standard_normal(len(prices["^NSEI"]))
    prices["NV20BEES.NS"] = prices["^NSEI"] * (1 + noise * wobble)
    source = str(write_wide(tmp_path / "p.csv", prices))
    answer = factor("beta", "S0.NS", "--source", source, "--json")
    assert answer.status == status
    if status:
        assert answer.codes == ["collinear_factors"]
        assert "MKT and VAL are all but linearly dependent (VIF above 1e8)" in answer.document["errors"][0]["message"]
    else:
        assert 1e5 < answer.results[0]["betas"]["VAL"]["vif"] < 1e8


VIX_AS_ASSET = """[[factors]]
code = "MKT"
proxies = ["^NSEI"]
[[factors]]
code = "FEAR"
proxies = ["^INDIAVIX"]
"""


def test_a_volatility_index_that_is_taken_for_an_asset_is_said(factor: Run, tmp_path: Path) -> None:
    """A warning of every result, with the key to write; where too few sessions are left, an error that names it."""
    source = str(write_wide(tmp_path / "p.csv", market()))
    model = tmp_path / "m.toml"
    model.write_text("max_gap_to_market = 0.15\n" + VIX_AS_ASSET)
    ask = ("beta", "S0.NS", "-w", "60", "--json", "--source", source, "--model", str(model))
    (result,) = factor(*ask).results
    (said,) = [w for w in result["warnings"] if w.startswith("traded_index")]
    assert all(part in said for part in ("FEAR", "^INDIAVIX", "traded = false"))
    model.write_text(VIX_AS_ASSET)
    short = factor(*ask)
    assert short.codes == ["insufficient_history"]
    assert "because FEAR (^INDIAVIX) is far from the market" in short.err and "traded = false" in short.err
    for lines in ("traded = false\n", 'transform = "pct"\n'):
        model.write_text(VIX_AS_ASSET + lines)
        assert not any(w.startswith("traded_index") for w in factor(*ask).results[0]["warnings"])


def test_a_model_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """As Notepad saves it."""
    path = tmp_path / "m.toml"
    path.write_bytes(codecs.BOM_UTF8 + MODEL.encode())
    assert load(str(path)).codes == ("MKT", "VAL")
