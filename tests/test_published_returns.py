"""Factors that are returns already: Kenneth French's files, IIM Ahmedabad's, and models made of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from factorcli.errors import InvalidModel
from factorcli.model.file import load
from factorcli.model.return_file import read_returns
from factorcli.model.risk_free import RiskFree
from tests.conftest import Run
from tests.markets import PROXIES, market, weekdays, write_wide

pytestmark = pytest.mark.cli

DAILY_RATE = 0.05 / 252
FRENCH = """This file was created by CMPT_ME_BEME_RETS_DAILY using the 202509 CRSP database.
The Tbill return is the simple daily rate that, over the number of trading days
in the month, compounds to 1-month TBill rate from Ibbotson and Associates, Inc.

,Mkt-RF,SMB,HML,RF
20240102,   -0.70,    0.35,   -0.10,   0.020
20240103,    1.25,  -99.99,    0.40,   0.020
20240104,   -0.05,    0.15, -999,   0.022

 Annual Factors: January-December
,Mkt-RF,SMB,HML,RF
2023,  21.69, -3.28, -13.60, 4.95
2024,  20.00, -1.00,  -2.00, 5.10

Copyright 2024 Kenneth R. French
"""
IIMA = """Date,SMB,HML,WML,MF,RF
1993-10-01,0.35,-0.20,0.10,NA,NA
1993-10-04,-0.15,0.40,0.30,-0.90,0.025
1993-10-05,0.05,-0.30,0.20,0.30,0.025
"""


def write(folder: Path, text: str, name: str = "factors.csv") -> Path:
    """A file with this text."""
    path = folder / name
    path.write_text(text)
    return path


def test_a_french_file_is_read_without_its_preamble_and_its_annual_table(tmp_path: Path) -> None:
    """Three days in per cent; -99.99 and -999 are no returns."""
    found = read_returns(write(tmp_path, FRENCH))
    assert [str(day) for day in found.dates] == ["2024-01-02", "2024-01-03", "2024-01-04"]
    assert list(found.columns) == ["Mkt-RF", "SMB", "HML", "RF"]
    assert found.columns["Mkt-RF"] == pytest.approx((-0.0070, 0.0125, -0.0005), rel=1e-12)
    assert found.columns["SMB"] == pytest.approx((0.0035, np.nan, 0.0015), rel=1e-12, nan_ok=True)
    assert found.columns["HML"] == pytest.approx((-0.0010, 0.0040, np.nan), rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("scale", ["per cent", "signs", "headings", "fractions"])
def test_the_unit_is_told_from_the_file(tmp_path: Path, scale: str) -> None:
    """Small returns of Ahmedabad's in per cent, with signs, with headings, and the same as fractions."""
    text = IIMA
    if scale == "headings":
        text = text.replace("SMB,HML,WML,MF,RF", "SMB %,HML %,WML %,MF %,RF %")
    if scale == "fractions":
        lines = [line.split(",") for line in IIMA.split()[1:]]
        rows = [[c if i == 0 or c == "NA" else repr(float(c) / 100) for i, c in enumerate(line)] for line in lines]
        text = "\n".join(["Date,SMB,HML,WML,MF,RF", *(",".join(row) for row in rows)])
    if scale == "signs":
        lines = [line.split(",") for line in IIMA.split()[1:]]
        rows = [[c if i == 0 or c == "NA" else f"{c}%" for i, c in enumerate(line)] for line in lines]
        text = "\n".join(["Date,SMB,HML,WML,MF,RF", *(",".join(row) for row in rows)])
    found = read_returns(write(tmp_path, text))
    assert list(found.columns.values())[3] == pytest.approx((np.nan, -0.0090, 0.0030), rel=1e-12, nan_ok=True)
    assert next(iter(found.columns.values())) == pytest.approx((0.0035, -0.0015, 0.0005), rel=1e-12)


@pytest.mark.parametrize(("text", "first"), [(FRENCH, (2024, 0.0002)), (IIMA, (1993, 0.00025))])
def test_a_rate_beside_factor_returns_is_the_return_of_a_day(tmp_path: Path, text: str, first: Any) -> None:
    """RF of 0.02 is 0.02 % a day; a model has it times the sessions of its year. Without a name RF is meant."""
    path = write(tmp_path, text)
    for setting in (f"{path}#RF", str(path)):
        found = RiskFree.parse(setting, "RISK_FREE_RATE")
        assert (found.dates[0].year, found.rates[0]) == (first[0], pytest.approx(first[1], rel=1e-12))
        assert found.per_day
        assert found.annual(250).rates[0] == pytest.approx(250 * first[1], rel=1e-12)
        assert not found.annual(250).per_day


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        ('returns = "factors.csv"', ["MKT", "'factors.csv'", "factors.csv#SMB"]),
        ('returns = "#SMB"', ["MKT", "'#SMB'"]),
        ("returns = 5", ["MKT", "5"]),
        ('returns = "absent.csv#SMB"', ["absent.csv"]),
        ('returns = "factors.csv#SMB"\nproxies = ["X"]', ["returns and proxies"]),
        ('returns = "factors.csv#SMB"\ntransform = "diff"', ["returns and transform"]),
        ('returns = "factors.csv#SMB"\nexcess = 1', ["excess"]),
    ],
)
def test_a_bad_factor_of_returns_is_named(tmp_path: Path, factor: str, said: list[str]) -> None:
    """The factor, the key and what to write."""
    write(tmp_path, FRENCH)
    write(tmp_path, f'[[factors]]\ncode = "MKT"\n{factor}\n', "m.toml")
    with pytest.raises(InvalidModel) as refused:
        load(str(tmp_path / "m.toml"))
    assert all(part in str(refused.value) for part in ("m.toml", *said))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Date,SMB\n2024-01,1\n2024-02,2\n", "no daily returns"),
        ("Date,SMB\n2024-01-02,many\n", "'many'"),
        ("Date,SMB\n2024-01-02,1\n2024-01-02,2\n", "2024-01-02 twice"),
        ("", "no daily returns"),
    ],
)
def test_a_bad_file_of_returns_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """Monthly returns are none of a day."""
    with pytest.raises(InvalidModel, match=said):
        read_returns(write(tmp_path, text))


def french(prices: dict[str, np.ndarray], market_column: str) -> str:
    """The factor returns of the random market as French's file writes them, in full precision."""
    returns = np.column_stack([prices[proxy] for proxy in PROXIES])
    returns = 100 * (returns[1:] / returns[:-1] - 1)
    lines = ["Made of invented prices, for a test, of five factors.", "", f",{market_column},VAL,MOM,SZ,VOL,SMB,RF"]
    for day, row in zip(weekdays(300)[1:], returns, strict=True):
        net = row[0] - 100 * DAILY_RATE
        cells = [net, *row[1:], 0.0, 100 * DAILY_RATE]
        lines.append(",".join([str(day).replace("-", ""), *(repr(float(cell)) for cell in cells)]))
    return "\n".join([*lines, "", " Annual Factors: January-December", "2025,1,2,3,4,5,6,7", ""])


MODEL = """id = "published"
risk_free = "factors.csv#RF"
[[factors]]
code = "MKT"
returns = "factors.csv#Mkt-RF"
""" + "".join(f'[[factors]]\ncode = "{code}"\nreturns = "factors.csv#{code}"\n' for code in ("VAL", "MOM", "SZ", "VOL"))


@pytest.mark.parametrize("command", ["beta", "decompose"])
def test_published_returns_give_what_the_prices_behind_them_give(factor: Run, tmp_path: Path, command: str) -> None:
    """The same market once as prices of proxies, once as a file of returns net of R_f: the same estimates."""
    prices = market()
    write(tmp_path, french(prices, "Mkt-RF"))
    model = write(tmp_path, MODEL, "m.toml")
    stocks = {name: closes for name, closes in prices.items() if name not in PROXIES}
    alone = str(write_wide(tmp_path / "stocks" / "p.csv", stocks))
    whole = str(write_wide(tmp_path / "whole" / "p.csv", prices))
    ask = (command, "S0.NS", "S1.NS", "-w", "126", "--json")
    published = factor(*ask, "--source", alone, "--model", str(model)).results
    priced = factor(*ask, "--source", whole, RISK_FREE_RATE="0.05").results
    for one, other in zip(published, priced, strict=True):
        assert one["model"]["proxies"]["MKT"] == "factors.csv#Mkt-RF"
        assert one["r_squared"] == pytest.approx(other["r_squared"], rel=1e-9)
        assert one["volatility"] == pytest.approx(other["volatility"], rel=1e-9)
        if command == "decompose":
            assert one["contributions"] == pytest.approx(other["contributions"], rel=1e-7)
            continue
        for code, estimate in other["betas"].items():
            for name in ("beta", "std_error"):
                assert one["betas"][code][name] == pytest.approx(estimate[name], rel=1e-7), (code, name)
        assert one["alpha"]["daily"] == pytest.approx(other["alpha"]["daily"], rel=1e-7)
        assert one["model"]["risk_free"] == pytest.approx(0.05, rel=1e-9)
        # Nothing of published long and short returns has to be financed.
        assert one["alpha"]["annual_net"] == one["alpha"]["annual"]


def test_excess_is_as_the_model_says(factor: Run, tmp_path: Path) -> None:
    """A market return that is not net of R_f is made so by excess = true; the file is not read again from the cache."""
    prices = market()
    source = str(write_wide(tmp_path / "stocks" / "p.csv", {"S0.NS": prices["S0.NS"]}))
    text = french(prices, "Mkt-RF")
    write(tmp_path, text)
    net = write(tmp_path, MODEL, "net.toml")
    ask = ("beta", "S0.NS", "-w", "126", "--json", "--source", source)
    (first,) = factor(*ask, "--model", str(net)).results
    gross = MODEL.replace('factors.csv#Mkt-RF"', 'gross.csv#Mkt"\nexcess = true')
    lines = []
    for line in text.split("\n"):
        cells = line.split(",")
        if len(cells) == 8 and cells[0].startswith("20") and len(cells[0]) == 8:
            cells[1] = repr(float(cells[1]) + 100 * DAILY_RATE)
        lines.append(",".join(cells))
    write(tmp_path, "\n".join(lines).replace("Mkt-RF", "Mkt"), "gross.csv")
    (second,) = factor(*ask, "--model", str(write(tmp_path, gross, "gross.toml"))).results
    assert second["betas"]["MKT"]["beta"] == pytest.approx(first["betas"]["MKT"]["beta"], rel=1e-7)
    write(tmp_path, french(market(seed=2), "Mkt-RF"))  # other returns under the same name are another model
    (third,) = factor(*ask, "--model", str(net)).results
    assert third["cache"]["hit"] is None and third["r_squared"] != first["r_squared"]


def test_a_heatmap_a_portfolio_and_the_statistics_take_published_factors(
    factor: Run, home: Path, tmp_path: Path
) -> None:
    """Every command that takes a model; the health of a published factor compares it with nothing."""
    prices = market()
    write(tmp_path, french(prices, "Mkt-RF"))
    model = str(write(tmp_path, MODEL, "m.toml"))
    stocks = {"RELIANCE.NS": prices["S0.NS"], "TCS.NS": prices["S1.NS"]}
    source = str(write_wide(tmp_path / "stocks" / "p.csv", stocks))
    ask = ("--source", source, "--model", model, "-w", "126", "--json")
    assert factor("heatmap", "compute", "RELIANCE", "TCS", *ask).results[0]["computed"] == 2
    (home / "h.csv").write_text("ticker,weight\nRELIANCE,0.5\nTCS,0.5\n")
    assert factor("beta", "--portfolio", "h.csv", *ask).status == 0
    (shown,) = factor("model", "show", *ask).results
    assert shown["statistics"]["factors"]["VAL"]["proxy"] == "factors.csv#VAL"
    assert shown["factors"][0]["traded"] is False and shown["factors"][0]["excess"] is False


def test_weeks_compound_the_published_returns(factor: Run, tmp_path: Path) -> None:
    """Weekly returns of styles are those of the prices behind them, so their factor volatilities agree."""
    prices = market()
    write(tmp_path, french(prices, "Mkt-RF"))
    model = write(tmp_path, MODEL, "m.toml")
    alone = str(write_wide(tmp_path / "stocks" / "p.csv", {"S0.NS": prices["S0.NS"]}))
    whole = str(write_wide(tmp_path / "whole" / "p.csv", prices))
    ask = ("beta", "S0.NS", "-w", "40", "--frequency", "weekly", "--json")
    (published,) = factor(*ask, "--source", alone, "--model", str(model)).results
    (priced,) = factor(*ask, "--source", whole, RISK_FREE_RATE="0.05").results
    for code in ("VAL", "MOM", "SZ", "VOL"):
        own, other = (result["betas"][code]["factor_volatility"] for result in (published, priced))
        assert own == pytest.approx(other, rel=1e-9)
