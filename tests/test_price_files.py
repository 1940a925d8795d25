"""Price files of every kind that people have: the closes alone are read, under the right ticker and day."""

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from factorcli.errors import MalformedPrices
from factorcli.prices.files import FileSource
from factorcli.prices.folder import PriceFolder
from factorcli.tables.prices import PriceTable, ticker_of
from tests import price_files as build
from tests.price_files import read_table

pytestmark = pytest.mark.cli

ZONE = ZoneInfo("Asia/Kolkata")
DAYS = [date(2024, 3, 4) + timedelta(days=i) for i in range(19) if i % 7 < 5]  # days above 12 among them
BARS = [(day, 1200.25 + 7.5 * i) for i, day in enumerate(DAYS)]
OTHER = [(day, 55.5 + i) for i, day in enumerate(DAYS)]


def _read(folder: Path, name: str, content: str | bytes) -> PriceTable:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, ZONE)


def _series(table: PriceTable, ticker: str) -> list[tuple[date, float]]:
    closes = table.closes[:, table.tickers.index(ticker)]
    return [(d, float(c)) for d, c in zip(table.dates.astype(object), closes, strict=True) if np.isfinite(c)]


@pytest.mark.parametrize("kind", list(build.ONE_TICKER))
def test_bars_of_one_ticker_are_read(tmp_path: Path, kind: str) -> None:
    """The close, or the adjusted one, of the ticker that the file's name says, in whatever form the website writes."""
    table = _read(tmp_path, "TCS.csv", build.ONE_TICKER[kind](BARS))
    assert table.tickers == ("TCS",)
    assert _series(table, "TCS") == BARS


@pytest.mark.parametrize("kind", list(build.MANY_TICKERS))
def test_rows_of_many_tickers_are_read_and_other_series_named(tmp_path: Path, kind: str) -> None:
    """EQ and BE are one share; a bond and a block deal of the same symbol and day are left out and counted."""
    rows = [("AAA", "EQ" if i % 2 else "BE", day, close) for i, (day, close) in enumerate(BARS)]
    rows += [("BBB", "EQ", day, close) for day, close in OTHER]
    others = [("AAA", "N1", DAYS[0], 999.0), ("AAA", "BL", DAYS[0], 998.0), ("GOI", "GB", DAYS[1], 5000.0)]
    table = _read(tmp_path, "all.csv", build.many_tickers(kind, [*rows, *others]))
    assert table.tickers == ("AAA", "BBB")
    assert (_series(table, "AAA"), _series(table, "BBB")) == (BARS, OTHER)
    (notice,) = table.notices
    assert notice[0] == "series_left_out"
    assert "3 rows" in notice[1] and "BL, GB, N1" in notice[1]


def test_a_file_without_any_equity_series_is_kept_whole(tmp_path: Path) -> None:
    """A trust trades in a series of its own."""
    table = _read(tmp_path, "all.csv", build.many_tickers("Kaggle", [("EMB", "RR", *bar) for bar in BARS]))
    assert _series(table, "EMB") == BARS


def test_groups_of_the_other_exchange_are_equity_too(tmp_path: Path) -> None:
    """UDiFF of BSE has groups A and B for shares, F for bonds."""
    rows = [("AAA", "A", *BARS[0]), ("BBB", "B", *OTHER[0]), ("BND", "F", DAYS[0], 1000.0)]
    assert _read(tmp_path, "b.csv", build.many_tickers("bhavcopy UDiFF", rows)).tickers == ("AAA", "BBB")


def test_yfinance_writes_its_headings_in_levels(tmp_path: Path) -> None:
    """One ticker, many with an adjusted close, grouped by ticker, and without the row Date: volumes come along."""
    both = {"AAA.NS": BARS, "BBB.NS": OTHER}
    many = build.yfinance_many(both)
    texts = {
        "one": build.yfinance_one("AAA.NS", BARS),
        "many": many,
        "grouped": build.grouped_by_ticker(both),
        "flat index": many.replace("Price,", "Date,", 1).replace("Ticker,", ",", 1).replace("Date,,,,,,\n", ""),
        "old": many.replace("Price,", ",", 1).replace("Ticker,", ",", 1),
    }
    for name, text in texts.items():
        table = _read(tmp_path, f"{name}.csv", text)
        assert _series(table, "AAA.NS") == BARS, name
        assert table.volumes is not None and np.isfinite(table.volumes).all(), name
        if name != "one":
            assert _series(table, "BBB.NS") == OTHER, name


def test_pandas_headings_of_two_levels_in_one_are_read(tmp_path: Path) -> None:
    """('Close', 'AAA.NS') in CSV, and two levels in Parquet, of times in the exchange's zone or in UTC."""
    closes = {("Close", ticker): [close for _, close in bars] for ticker, bars in (("AAA.NS", BARS), ("BBB.NS", OTHER))}
    frame = pd.DataFrame({**closes, ("Volume", "AAA.NS"): 7.0}, index=pd.DatetimeIndex(DAYS, name="Date"))
    flat = frame.copy()
    flat.columns = [str(pair) for pair in frame.columns]
    flat.to_csv(tmp_path / "flat.csv")
    for name, zone in (("naive", None), ("local", "Asia/Kolkata"), ("utc", "UTC")):
        index = frame.index if zone is None else frame.index.tz_localize("Asia/Kolkata").tz_convert(zone)
        frame.set_index(index).to_parquet(tmp_path / f"{name}.parquet")
    for path in sorted(tmp_path.iterdir()):
        table = read_table(path, ZONE)
        assert table.tickers == ("AAA.NS", "BBB.NS"), path
        assert (_series(table, "AAA.NS"), _series(table, "BBB.NS")) == (BARS, OTHER), path


def test_funds_go_by_their_code_and_their_isin(tmp_path: Path) -> None:
    """AMFI's NAV history: section lines are passed over; N.A. and 0 are no price."""
    table = _read(tmp_path, "nav.txt", build.AMFI)
    expected = [(date(2025, 7, 1), 101.2345), (date(2025, 7, 2), 102.5)]
    assert _series(table, "119551") == _series(table, "INF209KA12Z1") == _series(table, "INF209KA13Z9") == expected
    assert _series(table, "119552") == []


def test_an_earlier_symbol_in_the_file_of_one_ticker_is_that_ticker(tmp_path: Path) -> None:
    """Kaggle's TATAMOTORS.csv begins with TELCO; a file of two tickers on the same days stays one of two."""
    rows = [("TELCO" if i < 5 else "TATAMOTORS", "EQ", *bar) for i, bar in enumerate(BARS)]
    table = _read(tmp_path, "TATAMOTORS.csv", build.many_tickers("Kaggle", rows))
    assert _series(table, "TATAMOTORS") == BARS
    assert "TELCO and TATAMOTORS" in dict(table.notices)["renamed_rows"]
    both = [("TELCO", "EQ", *BARS[0]), ("TATAMOTORS", "EQ", *OTHER[0])]
    assert len(_read(tmp_path, "TATAMOTORS.csv", build.many_tickers("Kaggle", both)).tickers) == 2


def test_a_workbook_is_read_from_its_first_sheet_with_prices(tmp_path: Path) -> None:
    """Typed dates and numbers, below a title, under any name; a price of 0 is still refused."""
    rows = [
        ["Prices"],
        [],
        ["Date", "AAA.NS", "BBB.NS"],
        *([d, c, o] for (d, c), (_, o) in zip(BARS, OTHER, strict=True)),
    ]
    content = build.workbook({"Notes": [["Hello"]], "P": rows, "Q": [["Date", "CCC"], [DAYS[0], 1]]})
    for name in ("p.xlsx", "p.csv", "p.xls"):
        table = _read(tmp_path, name, content)
        assert table.tickers == ("AAA.NS", "BBB.NS")
        assert (_series(table, "AAA.NS"), _series(table, "BBB.NS")) == (BARS, OTHER)
    rows[5][2] = 0.0
    with pytest.raises(MalformedPrices, match=r"row 6, column BBB\.NS: 0 is not a price"):
        _read(tmp_path, "zero.xlsx", build.workbook({"P": rows}))
    rows[5][2], rows[5][0] = 1.0, "13/03/2024"
    with pytest.raises(MalformedPrices, match="swapped"):
        _read(tmp_path, "mixed.xlsx", build.workbook({"P": rows}))


def test_old_and_open_workbooks_are_read(tmp_path: Path) -> None:
    """.xls, whose dates without a format are serial days, and .ods, which repeats blank rows to its end."""
    cells = [(0, 0, "Date"), (0, 1, "AAA")]
    for i, (day, close) in enumerate(BARS, start=1):
        cells += [(i, 0, float((day - date(1899, 12, 30)).days)), (i, 1, close)]
    assert _series(_read(tmp_path, "p.xls", build.old_workbook(cells)), "AAA") == BARS
    rows = [build.document_row("Date", "AAA"), *(build.document_row(*bar) for bar in BARS)]
    content = build.document("".join([*rows, build.document_row(times=1_048_000)]))
    assert _series(_read(tmp_path, "p.ods", content), "AAA") == BARS


def test_serial_days_of_a_spreadsheet_are_dates(tmp_path: Path) -> None:
    """45839 is 2025-07-01, in text and in a workbook without formats."""
    serial = [(day - date(1899, 12, 30)).days for day in DAYS]
    rows = [["Date", "AAA"], *([s, c] for s, (_, c) in zip(serial, BARS, strict=True))]
    assert _series(_read(tmp_path, "a.xlsx", build.workbook({"s": rows})), "AAA") == BARS
    text = "\n".join(",".join(map(str, row)) for row in rows)
    assert _series(_read(tmp_path, "b.csv", text), "AAA") == BARS


@pytest.mark.parametrize(
    ("name", "ticker"),
    [
        ("RELIANCE.NS.csv", "RELIANCE.NS"),
        ("^NSEI.csv", "^NSEI"),
        ("tcs (1).csv", "TCS"),
        ("NSE_TCS, 1D.csv", "TCS"),
        ("NSE_DLY_M&M, 1D_ab12.csv", "M&M"),
        ("Quote-Equity-TCS-EQ-01-07-2025-to-01-09-2025.csv", "TCS"),
        ("TCS Historical Data.csv", "TCS"),
        ("TCS Stock Price History (2).csv", "TCS"),
        ("BAJAJ-AUTO.csv", "BAJAJ-AUTO"),
    ],
)
def test_the_name_of_a_file_tells_its_ticker(name: str, ticker: str) -> None:
    """As websites name downloads, too."""
    assert ticker_of(Path(name)) == ticker


def test_a_day_once_empty_and_once_priced_is_priced(tmp_path: Path) -> None:
    """In wide and long files, and in bars; equal rows count once, with a notice."""
    for text in (
        "Date,AAA,B\n2024-01-01,,2\n2024-01-01,1,2\n2024-01-02,3,4\n",
        "date,ticker,close\n2024-01-01,AAA,\n2024-01-01,AAA,1\n2024-01-02,AAA,3\n2024-01-02,AAA,3\n",
        "Date,Close\n2024-01-01,1\n2024-01-01,\n2024-01-02,3\n",
    ):
        table = _read(tmp_path, "AAA.csv", text)
        assert _series(table, "AAA") == [(date(2024, 1, 1), 1.0), (date(2024, 1, 2), 3.0)]
    assert [code for code, _ in table.notices] == ["repeated_rows"]


def test_a_doubtful_comma_is_said(tmp_path: Path) -> None:
    """1,500 is 1500, unless the file has decimal commas; nothing decides, so the reading is told."""
    table = _read(tmp_path, "AAA.csv", 'Date,Close\n2024-01-01,"1,500"\n2024-01-02,"1,600"\n')
    assert _series(table, "AAA") == [(date(2024, 1, 1), 1500.0), (date(2024, 1, 2), 1600.0)]
    assert "row 2, column Close: '1,500' is read as 1500" in dict(table.notices)["doubtful_numbers"]
    table = _read(tmp_path, "AAA.csv", 'Date,Close\n2024-01-01,"1,500"\n2024-01-02,"1600,5"\n')
    assert _series(table, "AAA")[0] == (date(2024, 1, 1), 1.5)
    assert table.notices == ()


def test_midnights_in_utc_are_dates_anywhere(tmp_path: Path) -> None:
    """In New York, too, where they are the evening before; other UTC times are converted."""
    path = tmp_path / "AAA.csv"
    path.write_text("Date,Close\n2024-01-02 00:00:00+00:00,1\n2024-01-03 00:00:00+00:00,2\n")
    assert read_table(path, ZoneInfo("America/New_York")).dates.astype(str).tolist() == ["2024-01-02", "2024-01-03"]
    path.write_text("Date,Close\n2024-01-02T18:30:00Z,1\n2024-01-03T18:30:00Z,2\n")
    assert read_table(path, ZONE).dates.astype(str).tolist() == ["2024-01-03", "2024-01-04"]


def test_a_file_that_is_no_price_table_is_named_and_left_alone(tmp_path: Path) -> None:
    """Where others are; a folder with none is refused, and a copy in another form is not read twice."""
    (tmp_path / "holdings.csv").write_text("ticker,weight\nAAA,1\n")
    (tmp_path / "trades.csv").write_text("Date,Symbol,Side,Quantity,Price\n2024-01-01,AAA,BUY,5,10\n")
    (tmp_path / "photo.csv").write_bytes(bytes(range(256)))
    with pytest.raises(MalformedPrices, match="None of the 3 files is a price table"):
        FileSource(PriceFolder(str(tmp_path))).listed()
    (tmp_path / "AAA.csv").write_text("Date,Close\n2024-01-01,1\n2024-01-02,2\n")
    (tmp_path / "AAA.xlsx").write_bytes(build.workbook({"s": [["Date", "Close"], [date(2024, 1, 1), 9.0]]}))
    (tmp_path / "~$AAA.xlsx").write_bytes(b"lock")
    source = FileSource(PriceFolder(str(tmp_path)))
    assert source.listed() == {"AAA"}
    said = [str(warning) for warning in source.warnings]
    assert len(said) == 4
    assert all(text.startswith("other_files") for text in said)
    for name in ("holdings.csv", "trades.csv", "photo.csv"):
        assert any(f"{name} " in text for text in said[:3]), name
    assert "1 more of the files" in said[3]


OTHERS = {
    "console.csv": ",Client ID,AB1\n,As on 2024-01-02,\n,Symbol,ISIN,Quantity\n,AAA,INE1,5\n",
    "kite.csv": '"Instrument","Qty.","LTP",""\n"AAA",5,36,""\n"",,"175",""\n',
    "factors.csv": ",Mkt-RF,RF\n20240102, 0.10, 0.02\n20240103,-0.20, 0.02\n20240104,-0.20, 0.02\n20240105,-0.3,0\n",
    "repo.csv": "Date,Repo Rate\n01-02-2024,6.25\n07-04-2024,6.00\n",
    "notes.txt": 'Date,what\n2024-01-01,"bought, sold"\n',
    "RELIANCE.csv": "",
    "TCS.csv": "Moment,Close\n2024-01-01,5\n",
}


@pytest.mark.parametrize("name", list(OTHERS))
def test_other_tables_among_prices_are_left_alone(tmp_path: Path, name: str) -> None:
    """A statement, factor returns, rates and notes do not refuse the folder; prices with one bad cell do."""
    (tmp_path / "p.csv").write_text("Date,AAA,BBB\n2024-01-01,1,3\n2024-01-02,2,4\n")
    (tmp_path / name).write_text(OTHERS[name])
    source = FileSource(PriceFolder(str(tmp_path)))
    assert source.listed() == {"AAA", "BBB"}
    assert [warning.code for warning in source.warnings] == ["other_files"]
    ((stem, text),) = source.left_alone
    assert (stem, text.startswith(name)) == (ticker_of(Path(name)), True)
    (tmp_path / "CCC.csv").write_text("Date,Close\n2024-01-01,1\n2024-01-02,zero\n")
    with pytest.raises(MalformedPrices, match=r"CCC.csv, row 3, column Close: 'zero'"):
        FileSource(PriceFolder(str(tmp_path))).listed()


def test_tables_beyond_the_limits_are_refused(tmp_path: Path) -> None:
    """Too many columns, a sheet with a cell far away, and a long file whose days and tickers make too large a table."""
    wide = f"Date,{','.join(f'T{i}' for i in range(50_001))}\n"
    with pytest.raises(MalformedPrices, match="50,002 columns, and at most 50,000"):
        _read(tmp_path, "wide.csv", wide)
    with pytest.raises(MalformedPrices, match="or save the sheet as CSV or Parquet"):
        _read(tmp_path, "far.xlsx", build.workbook({"P": [["Date", *["x"] * 999], *[[]] * 1000, ["y"] * 1000]}))
    first = date(1950, 1, 1)
    rows = [f"{first + timedelta(days=i)},T{i},5" for i in range(5_001)]
    with pytest.raises(MalformedPrices, match="5,001 tickers and 5,001 days, too many"):
        _read(tmp_path, "long.csv", build.lines("Date,Ticker,Close", rows))


def test_rows_that_repeat_are_taken_once_whatever_their_number(tmp_path: Path) -> None:
    """A gap in one of them is filled by the other, and a different price is refused with its row."""
    days = [day for day in DAYS[:6] for _ in range(4)]
    for filled in (0, 2):
        rows = [f"{day},5,{7 if i % 4 == filled else ''}" for i, day in enumerate(days)]
        table = _read(tmp_path, "p.csv", build.lines("Date,A,B", rows))
        assert table.closes.tolist() == [[5.0, 7.0]] * 6
        assert "18 later rows do not count" in table.notices[0][1]
    long = [f"{day},A,5" for day in days]
    assert _read(tmp_path, "l.csv", build.lines("Date,Ticker,Close", long)).closes.tolist() == [[5.0]] * 6
    with pytest.raises(MalformedPrices, match=r"row 8, column .*there twice, with 6 and with 5 in row 7"):
        _read(tmp_path, "l.csv", build.lines("Date,Ticker,Close", [*long[:6], f"{days[6]},A,6", *long[7:]]))


def test_prices_that_all_repeat_on_the_last_day_are_said(tmp_path: Path) -> None:
    """A file written before the close; one ticker that moves, or only one ticker, is nothing to say."""
    path = tmp_path / "p.csv"
    for text, said in (("3,4\n2024-01-04,3,4", True), ("3,4\n2024-01-04,3,5", False)):
        path.write_text(f"Date,A,B\n2024-01-01,1,2\n2024-01-02,2,3\n2024-01-03,{text}\n")
        warnings = [str(warning) for warning in FileSource(PriceFolder(str(path))).warnings]
        assert any("2 prices of the last day, 2024-01-04, repeat those of 2024-01-03" in w for w in warnings) is said


@pytest.mark.parametrize("kind", list(build.CONTRACTS))
def test_futures_and_options_are_not_the_share(tmp_path: Path, kind: str) -> None:
    """They are counted where shares stand beside them; a file of them alone is left alone beside good prices."""
    heading, row, types = build.CONTRACTS[kind]
    contracts = [
        row.format(t=t, d=day, c=c * k, e="28-Aug-2025")
        for day, c in BARS
        for t, k in zip(types, (1.01, 1.02), strict=True)
    ]
    (tmp_path / "fo.csv").write_text("\n".join([heading, *contracts]))
    (tmp_path / "AAA.csv").write_text(build.ONE_TICKER["two columns"](BARS))
    source = FileSource(PriceFolder(str(tmp_path)))
    assert source.listed() == {"AAA"}
    (said,) = [str(warning) for warning in source.warnings]
    assert f"fo.csv holds futures and options only ({', '.join(sorted(types))})" in said
    shares = [row.format(t="STK", d=day, c=c, e="") for day, c in BARS]
    table = _read(tmp_path, "fo.csv", "\n".join([heading, *contracts, *shares]))
    assert _series(table, "AAA") == BARS
    assert (
        f"{len(contracts)} rows of futures and options are left out, first row 2: "
        in dict(table.notices)["series_left_out"]
    )


def test_periods_in_parquet_are_days_since_1970(tmp_path: Path) -> None:
    """As pandas writes to_period("D"); a month, or a number that nothing explains, is no day."""
    path = tmp_path / "p.parquet"
    frame = pd.DataFrame({"AAA": [close for _, close in BARS]}, index=pd.DatetimeIndex(DAYS, name="Date"))
    for index in (frame.index, frame.index.rename(None)):
        frame.set_index(index.to_period("D")).to_parquet(path)
        assert _series(read_table(path, ZONE), "AAA") == BARS
    for wrong, said in (
        (frame.index.to_period("M"), "row 1, column Date: a period of frequency M"),
        (
            pd.Index(20000 + np.arange(len(BARS)) ** 2, name="Date"),
            "column Date: '20000' is a number, and may be days",
        ),
    ):
        frame.set_index(wrong).to_parquet(path)
        with pytest.raises(MalformedPrices, match=said):
            read_table(path, ZONE)


def test_contracts_and_other_series_in_parquet_are_left_out(tmp_path: Path) -> None:
    """As in text."""
    path = tmp_path / "p.parquet"
    kept = [{"Date": d, "Symbol": "AAA", "Series": "EQ", "Expiry": None, "Close": c} for d, c in BARS]
    other = [dict(row, Series="N1", Close=1.0) for row in kept[:3]]
    contracts = [dict(row, Series=None, Expiry=date(2025, 8, 28), Close=2.0) for row in kept]
    pd.DataFrame([*contracts, *other, *kept]).to_parquet(path)
    table = read_table(path, ZONE)
    assert _series(table, "AAA") == BARS
    assert [code for code, _ in table.notices] == ["series_left_out"] * 2
    pd.DataFrame(contracts).to_parquet(path)
    with pytest.raises(MalformedPrices, match="holds futures and options only"):
        read_table(path, ZONE)


@pytest.mark.parametrize(
    ("heading", "style", "mark"),
    [
        ("Datum,Zuletzt,Eröffn.,Hoch,Tief,Vol.,+/- %", "%d.%m.%Y", "8,91M"),
        ("Date,Dernier,Ouv.,Plus Haut,Plus Bas,Vol.,Variation %", "%d/%m/%Y", "8,91M"),
        ("Data,Ultimo,Apertura,Massimo,Minimo,Vol.,Var. %", "%d.%m.%Y", "8,91M"),
        ("Data,Último,Abertura,Máxima,Mínima,Vol.,Var%", "%d.%m.%Y", "8,91M"),
        ("Fecha,Último,Apertura,Máximo,Mínimo,Vol.,% var.", "%d.%m.%Y", "1,5 x"),
        ("Datum,Schlusskurs,Hoch,Tief,Eröffn.,Vol.,X", "%d.%m.%Y", "8,91 Mio"),
    ],
)
def test_investing_com_in_other_languages(tmp_path: Path, heading: str, style: str, mark: str) -> None:
    """Decimal commas, which volumes show where closes of three decimals do not; a volume that is none is no refusal."""
    rows = [
        f'"{day:{style}}","{f"{close:.3f}".replace(".", ",")}","9","9","9","{mark}","1"' for day, close in OTHER[::-1]
    ]
    table = _read(tmp_path, "TCS.csv", "\n".join([heading, *rows]))
    assert table.tickers == ("TCS",)
    assert table.volumes is not None
    if "x" in mark:
        assert [code for code, _ in table.notices][-1] == "unread_volumes"
        assert np.isnan(table.volumes).all()
    else:
        assert _series(table, "TCS") == OTHER
        assert set(table.volumes[:, 0]) == {8.91e6}


@pytest.mark.parametrize(
    "close",
    ["Close (Rs.)", "Close (INR)", "CLOSE(Rs.)", "Close Price INR", "Price (₹)", "Net Asset Value (INR)", "PX_LAST",
     "Last Traded Price", "Settle Price", "Unadjusted Close", "Split Adjusted Close", "NAV (Rs./unit)"],
)  # fmt: skip
def test_a_close_may_be_headed_by_its_unit(tmp_path: Path, close: str) -> None:
    """It is one ticker's, with or without a volume; closes in two currencies are not told apart."""
    rows = [f"{day},{price},9" for day, price in BARS]
    for heading in (f"Date,{close},Volume", f"Date,{close},Volume (shares)", f"Date,{close},High"):
        assert _series(_read(tmp_path, "TCS.csv", "\n".join([heading, *rows])), "TCS") == BARS
    with pytest.raises(MalformedPrices, match="the closes 'Close INR' and 'Close USD'"):
        _read(tmp_path, "TCS.csv", "\n".join(["Date,Close INR,Close USD", *rows]))
    assert _read(tmp_path, "w.csv", "\n".join(["Date,GOLD INR,GOLD USD", *rows])).tickers == ("GOLD INR", "GOLD USD")


@pytest.mark.parametrize("form", ["{t} {f}", "{f}_{t}", "{t}_{f}", "{f} {t}", "{t}.{f}", "{f}|{t}"])
def test_two_levels_joined_in_one_heading_are_read(tmp_path: Path, form: str) -> None:
    """A bar's name before or after each ticker, which is no part of the ticker."""
    fields = ("Open", "Close", "Adj Close", "Volume")
    heading = [form.format(t=t, f=f) for t in ("AAA.NS", "BAJAJ-AUTO.NS") for f in fields]
    rows = [f"{d},1,2,{c},9,1,2,{o},7" for (d, c), (_, o) in zip(BARS, OTHER, strict=True)]
    table = _read(tmp_path, "p.csv", "\n".join([",".join(["Date", *heading]), *rows]))
    assert table.tickers == ("AAA.NS", "BAJAJ-AUTO.NS")
    assert (_series(table, "AAA.NS"), _series(table, "BAJAJ-AUTO.NS")) == (BARS, OTHER)
    assert table.volumes is not None and table.volumes[0].tolist() == [9.0, 7.0]
    closes = "\n".join([f"Date,{form.format(t='AAA.NS', f='Close')}", *(f"{d},{c}" for d, c in BARS)])
    assert _series(_read(tmp_path, "p.csv", closes), "AAA.NS") == BARS


def test_the_old_bhavcopy_of_bse_goes_by_code_and_isin(tmp_path: Path) -> None:
    """An ISIN that two codes have on one day is neither's."""
    heading = "SC_CODE,SC_NAME,SC_GROUP,SC_TYPE,OPEN,HIGH,LOW,CLOSE,LAST,PREVCLOSE,NO_OF_SHRS,ISIN_CODE,TRADING_DATE"
    row = "{code},NAME,A ,Q,1,1,1,{c},1,1,9,{isin},{d:%d-%b-%y}"
    rows = [row.format(code=500325, isin="INE002A01018", d=d, c=c) for d, c in BARS]
    rows += [row.format(code=code, isin="INE009A01021", d=DAYS[0], c=code) for code in (500209, 500210)]
    table = _read(tmp_path, "EQ.CSV", "\n".join([heading, *rows]))
    assert table.tickers == ("500209", "500210", "500325", "INE002A01018")
    assert _series(table, "500325") == _series(table, "INE002A01018") == BARS
