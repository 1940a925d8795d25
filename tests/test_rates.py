"""Files of risk-free rates as people have them: units, columns, holes, dates; and what is refused."""

import codecs
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factorcli.errors import FactorError, InvalidModel
from factorcli.markets.nse_list import read_stock_list
from factorcli.model.return_file import read_returns
from factorcli.model.risk_free import RiskFree
from tests.conftest import Run
from tests.markets import market, weekdays, write_wide

pytestmark = pytest.mark.cli

FIRST, SECOND, THIRD = date(2025, 7, 1), date(2025, 7, 2), date(2025, 7, 15)
FILES = {
    "fractions": "date,rate\n2025-07-01,0.065\n2025-07-15,0.06\n",
    "per cent signs": "Date;Repo rate\n2025-07-01;6,5%\n2025-07-15;6,0%\n",
    "a heading in per cent": "date,rate (%)\n2025-07-01,6.5\n2025-07-15,6\n",
    "per cent in words": "date,Rate per cent\n01-Jul-2025,6.5\n15-Jul-2025,6\n",
    "above one": "date,rate\n2025-07-01,6.5\n2025-07-15,6\n",
    "FRED": "observation_date,DGS3MO\n2025-07-01,6.5\n2025-07-15,6\n",
    "an index": "Date,Open,High,Low,Close,Volume\n2025-07-01,9,9,9,6.5,0\n2025-07-15,9,9,9,6.0,0\n",
    "a bond's yield": '"Date","Price","Open","High","Low","Change %"\n"15/07/2025","6.0","9","9","9","1%"\n'
    '"01/07/2025","6.5","9","9","9","1%"\n',
    "RBI": "Treasury bills: cut-off yields\n\nDate of auction,Rate\n01-Jul-2025,6.50\n15-Jul-2025,6.00\nSource: RBI\n",
    "without a heading": "2025-07-01,0.065\n2025-07-15,0.06\n",
    "text beside it": "date,note,rate\n2025-07-01,repo,0.065\n2025-07-15,cut,0.06\n",
    "repeated": "date,rate\n2025-07-15,0.06\n2025-07-01,0.065\n2025-07-15,0.06\n",
}


def load(folder: Path, text: str, column: str = "", name: str = "rates.csv") -> RiskFree:
    """The rates of a file with this text."""
    (folder / name).write_text(text)
    return RiskFree.parse(f"{folder / name}{column}", "RISK_FREE_RATE")


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_rates_says_its_unit(tmp_path: Path, name: str) -> None:
    """6.5 % from the first day on, 6 % from the fifteenth, whatever unit and form they are written in."""
    found = load(tmp_path, FILES[name])
    assert found.dates == (FIRST, THIRD)
    assert found.rates == pytest.approx((0.065, 0.06), rel=1e-12)
    assert found.on([FIRST, SECOND, THIRD]) == pytest.approx([0.065, 0.065, 0.06], rel=1e-12)
    assert not found.per_day


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("observation_date,DGS3MO\n2025-07-01,0.08\n", 0.0008),  # FRED's are per cent, however small
        ("DATE,DGS3MO\n2025-07-01,0.043\n", 0.00043),
        ("Date,Open,High,Low,Close\n2025-07-01,0.9,0.9,0.9,0.04\n", 0.0004),
        ("date,rate\n2025-07-01,0.043\n", 0.043),
        ("DATE,RATE\n2025-07-01,0.043\n", 0.043),
        ("date,rate\n2025-07-01,-0.005\n", -0.005),
        ("date,rate_pct\n2025-07-01,0.25\n", 0.0025),
        ("date,Zins (Prozent)\n2025-07-01,0.25\n", 0.0025),
        ("Yields, % p.a.\nDate,Close\n2025-07-01,0.32\n", 0.0032),
        ("Repo was 6.5% before\nDate,Close\n2025-07-01,0.04\n", 0.04),  # a number with its own unit is no unit
        ("date,rate (fraction)\n2025-07-01,0.32\n", 0.32),
        (
            "Price,Close,High,Low,Open,Volume\nTicker,^IRX,^IRX,^IRX,^IRX,^IRX\nDate,,,,,\n2025-07-01,0.9,1,1,1,0\n",
            0.009,
        ),
    ],
)
def test_small_rates_are_read_in_the_unit_of_their_publisher(tmp_path: Path, text: str, rate: float) -> None:
    """0.08 of FRED is 0.08 %, and not 8 %."""
    assert load(tmp_path, text).rates == pytest.approx((rate,), rel=1e-12)


@pytest.mark.parametrize("hole", [".", "", "-", "N/A"])
def test_holes_hold_the_last_rate(tmp_path: Path, hole: str) -> None:
    """A holiday of FRED's is no rate and no error."""
    found = load(tmp_path, f"observation_date,DTB3\n2025-07-01,6.5\n2025-07-02,{hole}\n2025-07-15,6\n")
    assert found.on([SECOND]) == pytest.approx([0.065], rel=1e-12)


def test_a_column_is_named_and_never_the_second(tmp_path: Path) -> None:
    """Of three maturities none is taken unless it is named, by its heading, in whatever case."""
    text = "Date,91-day,182-day,364-day\n2025-07-01,6.4,6.5,6.6\n"
    with pytest.raises(InvalidModel, match=r"more than one column .* \(91-day, 182-day, 364-day\).*#364-day"):
        load(tmp_path, text)
    assert load(tmp_path, text, "#182-DAY").rates == pytest.approx((0.065,), rel=1e-12)
    with pytest.raises(InvalidModel, match=r"no column '7-day'.* 91-day, 182-day, 364-day"):
        load(tmp_path, text, "#7-day")
    assert load(tmp_path, FILES["fractions"], name="of #2.csv").rates[0] == 0.065  # a file whose own name has a #


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date,rate\n2025-07-01,72\n", ["row 2", "72", "0.72", "50.00%"]),
        ("date,rate\n2025-07-01,0.72\n", ["row 2", "0.72", "50.00%"]),
        ("date,rate\n2025-07-01,0.065\n2025-07-01,0.06\n", ["row 3", "two rates"]),
        ("date,rate\n2025-07-01,many\n", ["row 2", "'many'"]),
        ("date,rate\n2025-07-01,0.065\n2025-07-02,many\n", ["row 3", "'many'"]),
        ("date,rate\n01/02/2025,0.065\n02/03/2025,0.065\n", ["row 2", "2025-02-01", "2025-01-02"]),
        ("Date,Close\n2025-07-01,0.32\n2025-07-02,0.3\n", ["row 2", "0.32 % a year", "32 %", "rate (%)"]),
        ("date,rate\n2025-07-01,6.5%\n2025-07-02,0.065\n", ["row 3", "0.065", "6.5%", "row 2", "mixed"]),
        ("date,rate\n2025-07-01,6.5\n2025-07-02,0.064\n", ["row 3", "0.064", "6.5", "row 2", "mixed"]),
        ("date,rate\n", ["no rates"]),
        ("", ["no rates"]),
    ],
)
def test_rates_that_cannot_be_are_refused(tmp_path: Path, text: str, said: list[str]) -> None:
    """With file, row, column and how the value was read."""
    with pytest.raises(InvalidModel) as refused:
        load(tmp_path, text)
    assert all(part in str(refused.value) for part in ("rates.csv", *said))


def test_of_several_tickers_of_yfinance_one_is_named(tmp_path: Path) -> None:
    """Its close, by the ticker."""
    heads = "Price,Close,Close,Open,Open\nTicker,^IRX,^FVX,^IRX,^FVX\nDate,,,,\n"
    text = f"{heads}2025-07-01,4,5,9,9\n"
    with pytest.raises(InvalidModel, match=r"\^IRX, \^FVX"):
        load(tmp_path, text)
    assert load(tmp_path, text, "#^FVX").rates == pytest.approx((0.05,), rel=1e-12)


@pytest.mark.parametrize(("text", "rate"), [("6.5%", 0.065), ("6.50 %", 0.065), ("0.065", 0.065), ("-0.5%", -0.005)])
def test_a_constant_may_have_a_percent_sign(text: str, rate: float) -> None:
    """RISK_FREE_RATE=6.5% is 0.065."""
    assert RiskFree.parse(text, "RISK_FREE_RATE").rates == pytest.approx((rate,), rel=1e-12)


@pytest.mark.parametrize("text", ["0.72", "72%", "6.5", "nan", "inf"])
def test_a_constant_above_a_half_is_refused(text: str) -> None:
    """72 % a year is an error of units, and so is 6.5."""
    with pytest.raises(InvalidModel, match=r"0\.065"):
        RiskFree.parse(text, "RISK_FREE_RATE")


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_a_random_file_of_rates_is_read_back(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Any encoding, separator, order of date, decimal mark, unit, order of rows and number of holes."""
    draw = data.draw
    days = draw(st.lists(st.dates(date(2000, 1, 13), date(2030, 12, 31)), min_size=3, max_size=20, unique=True))
    days.append(date(2024, 5, 27))  # which has one order of day and month
    rates = {day: draw(st.integers(1, 1999)) / 10_000 for day in days}  # 0.01 % to 19.99 %
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    comma = draw(st.booleans()) and separator != ","
    form = draw(st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%b-%Y", "%Y%m%d", "%b %d %Y", "%d.%m.%Y"]))
    heading, write = draw(
        st.sampled_from([("rate", "{:.4f}"), ("rate %", "{:.2f}"), ("rate", "{:.2f}%"), ("DGS3MO", "{:.2f}")])
    )
    in_per_cent = write != "{:.4f}"
    lines = [separator.join(["observation_date", heading])]
    for day in draw(st.permutations(sorted(set(days)))):
        text = write.format(rates[day] * (100 if in_per_cent else 1))
        lines.append(separator.join([day.strftime(form), text.replace(".", ",") if comma else text]))
        if draw(st.booleans()):
            lines.append(separator.join([(day.replace(year=1990)).strftime(form), "."]))
    path = tmp_path_factory.mktemp("rates") / "r.csv"
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    path.write_bytes("\r\n".join(lines).encode(encoding))
    found = RiskFree.parse(str(path), "RISK_FREE_RATE")
    assert dict(zip(found.dates, found.rates, strict=True)) == pytest.approx(rates, rel=1e-9)


PIECES = [
    *"0123456789.,;%-",
    "\n",
    "\t",
    '"',
    "date",
    "rate",
    "RF",
    "SMB",
    "ticker",
    "isin",
    "2025-07-01",
    "20250701",
    "1e308",
]


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    st.sampled_from([b"", b"date,rate\n2025-07-01,", b",Mkt-RF,RF\n20250701,", b"Symbol,Company Name,Industry\nTCS,"]),
    st.one_of(
        st.binary(max_size=60), st.lists(st.sampled_from(PIECES), max_size=20).map(lambda p: "".join(p).encode())
    ),
)
def test_no_file_is_too_odd_for_a_sentence(tmp_path_factory: pytest.TempPathFactory, head: bytes, rest: bytes) -> None:
    """Whatever the bytes, they are rates, returns or a list of stocks, or refused with a short message."""
    path = tmp_path_factory.mktemp("odd") / "f.csv"
    path.write_bytes(head + rest)
    readers: list[Callable[[], object]] = [
        lambda: RiskFree.parse(str(path), "RISK_FREE_RATE"),
        lambda: RiskFree.parse(f"{path}#RF", "RISK_FREE_RATE"),
        lambda: read_returns(path),
        lambda: read_stock_list(path),
    ]
    for read in readers:
        try:
            read()
        except FactorError as refused:
            assert len(str(refused)) < 700


def test_a_named_column_reaches_the_answer_by_every_way(factor: Run, home: Path, tmp_path: Path) -> None:
    """RISK_FREE_RATE=FILE#COLUMN and risk_free of a model, relative to the model's file."""
    source = str(write_wide(tmp_path / "p.csv", market()))
    rows = "".join(f"{day},6.4,6.6\n" for day in weekdays(300)[::10])
    (home / "tbills.csv").write_text(f"Date,91 day,364 day\n{rows}", encoding="utf-16")
    (home / "m.toml").write_bytes(
        codecs.BOM_UTF8 + b'risk_free = "tbills.csv#91 day"\n[[factors]]\ncode = "MKT"\nproxies = ["^NSEI"]\n'
    )
    ask = ("beta", "S0.NS", "-w", "60", "--json", "--source", source)
    (named,) = factor(*ask, RISK_FREE_RATE="tbills.csv#364 day").results
    (model,) = factor(*ask, "--model", "m.toml").results
    assert [r["model"]["risk_free"] for r in (named, model)] == pytest.approx([0.066, 0.064], rel=1e-12)
