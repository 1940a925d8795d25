"""Price files as websites and programs write them, built from days and closes; and one file read."""

import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from factorcli.errors import MalformedPrices
from factorcli.tables.price_cells import NoPrices
from factorcli.tables.prices import PriceTable, read_prices

Bars = Sequence[tuple[date, float]]  # of one ticker


def number(value: float) -> str:
    """1234.5 is 1,234.50."""
    return f"{value:,.2f}"


def lines(heading: str, rows: Sequence[str], end: str = "\n") -> str:
    return end.join([heading, *rows, ""])


def yfinance_one(ticker: str, bars: Bars) -> str:
    """As yf.download(one).to_csv() writes since 0.2.51."""
    rows = [f"{day},{close},{close + 1},{close - 1},{close},1000" for day, close in bars]
    return lines("Price,Close,High,Low,Open,Volume", [f"Ticker{f',{ticker}' * 5}", "Date,,,,,", *rows])


def yfinance_many(by_ticker: dict[str, Bars], order: Sequence[str] = ("Adj Close", "Close", "Volume")) -> str:
    """Several tickers; the unadjusted close is ten times the adjusted one."""
    names = list(by_ticker)
    values = {"Adj Close": 1.0, "Close": 10.0}
    fields = ",".join(field for field in order for _ in names)
    rows = []
    for i, (day, _) in enumerate(by_ticker[names[0]]):
        cells = [str(by_ticker[n][i][1] * values[f]) if f in values else "77" for f in order for n in names]
        rows.append(f"{day},{','.join(cells)}")
    return lines(
        f"Price,{fields}", [f"Ticker,{','.join(names * len(order))}", f"Date{',' * len(order) * len(names)}", *rows]
    )


def grouped_by_ticker(by_ticker: dict[str, Bars]) -> str:
    """As yf.download(…, group_by="ticker").to_csv() writes."""
    names = list(by_ticker)
    rows = [
        ",".join([str(day), *(f"1.0,{by_ticker[n][i][1]},50" for n in names)])
        for i, (day, _) in enumerate(by_ticker[names[0]])
    ]
    tickers = ",".join(f"{n},{n},{n}" for n in names)
    return lines(f"Ticker,{tickers}", [f"Price{',Open,Close,Volume' * len(names)}", f"Date{',,,' * len(names)}", *rows])


def _each(
    heading: str, row: str, days: str = "%Y-%m-%d", *, end: str = "\n", newest_first: bool = False
) -> Callable[[Bars], str]:
    def build(bars: Bars) -> str:
        ordered = list(reversed(bars)) if newest_first else bars
        stamps = [datetime(d.year, d.month, d.day, 10, tzinfo=UTC) for d, _ in ordered]
        rows = [
            row.format(
                day=f"{day:{days}}", c=close, C=number(close), upper=f"{day:%d-%b-%Y}".upper(), epoch=int(at.timestamp()),
                short=f"{day.day}-{day:%B-%Y}", odd=close * 3,
            )
            for (day, close), at in zip(ordered, stamps, strict=True)
        ]  # fmt: skip
        return lines(heading, rows, end)

    return build


# Bars of one ticker by the kind of file: the close alone is right, and every other column is far from it.
ONE_TICKER: dict[str, Callable[[Bars], str]] = {
    "yfinance history": _each("Date,Open,High,Low,Close,Volume,Dividends,Stock Splits", "{day} 00:00:00+05:30,{odd},{odd},{odd},{c},9,0.0,0.0"),
    "investing.com": _each('\ufeff"Date","Price","Open","High","Low","Vol.","Change %"', '"{day}","{C}","{odd}","{odd}","{odd}","12.45M","-0.11%"', "%b %d, %Y", newest_first=True),
    "investing.com India": _each('"Date","Price","Open","High","Low","Vol.","Change %"', '"{day}","{C}","{odd}","{odd}","{odd}","","0.11%"', "%d-%m-%Y", newest_first=True),
    "NSE security": _each('\ufeff"Date ","series ","OPEN ","HIGH ","LOW ","PREV. CLOSE ","ltp ","close ","vwap ","52W H ","VOLUME ","VALUE "', '"{day}","EQ","{odd}","{odd}","{odd}","{odd}","{odd}","{C}","{odd}","9","1,00,000","1,23,45,678.90"', "%d-%b-%Y", newest_first=True),
    "NSE index": _each("\ufeffDate ,Open ,High ,Low ,Close ,Shares Traded ,Turnover (₹ Cr)", "{upper},{odd},{odd},{odd},{c},1000,10.5"),
    "niftyindices.com": _each('"Index Name","Date","Open","High","Low","Close"', '"NIFTY 50","{day}","{odd}","{odd}","{odd}","{c}"', "%d %b %Y"),
    "BSE": _each("Date,Open Price,High Price,Low Price,Close Price,WAP,No.of Shares,No. of Trades,Total Turnover (Rs.),% Deli. Qty to Traded Qty", "{short},{odd},{odd},{odd},{c},{odd},100,7,99.00,45.6,"),
    "TradingView": _each("time,open,high,low,close,Volume,MA #1", "{epoch},{odd},{odd},{odd},{c},9,NaN"),
    "Kite with oi": _each("date,open,high,low,close,volume,oi", "{day} 00:00:00+05:30,{odd},{odd},{odd},{c},1000,0"),
    "Alpha Vantage": _each("timestamp,open,high,low,close,volume", "{day},{odd},{odd},{odd},{c},9", newest_first=True),
    "Alpha Vantage adjusted": _each("timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient", "{day},{odd},{odd},{odd},{odd},{c},9,0.0000,1.0"),
    "Alpha Vantage JSON": _each("date,1. open,2. high,3. low,4. close,5. volume", "{day},{odd},{odd},{odd},{c},9"),
    "Stooq": _each("<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>", "TCS,D,{day},000000,{odd},{odd},{odd},{c},9,0", "%Y%m%d"),
    "VWAP": _each("Date,Open,High,Low,Close,VWAP,Volume,Trades,%Deliverble", "{day},{odd},{odd},{odd},{c},{odd},9,,0.25"),
    "Nasdaq": _each("Date,Close/Last,Volume,Open,High,Low", "{day},${c},9,${odd},${odd},${odd}", "%m/%d/%Y"),
    "European": _each("sep=;\nDatum Date;Close", "{day};{c}", "%d.%m.%Y", end="\r\n"),
    "Yahoo's page": lambda bars: _each("Date,Open,High,Low,Close Close price adjusted for splits.,Adj Close Adjusted close price adjusted for splits and dividend and/or capital gain distributions.,Volume", '"{day}","{odd}","{odd}","{odd}","{odd}","{C}","9"', "%b %d, %Y")(bars) + '"Mar 06, 2024","0.5 Dividend"\n',
    "nselib": _each("Symbol,Series,Date,PrevClose,OpenPrice,HighPrice,LowPrice,LastPrice,ClosePrice,AveragePrice,TotalTradedQuantity,TurnoverInRs,No.ofTrades", '"TCS","EQ","{day}","{odd}","{odd}","{odd}","{odd}","{odd}","{C}","{odd}","9","9","9"', "%d-%b-%Y"),
    "tvdatafeed": _each("datetime,symbol,open,high,low,close,volume", "{day} 09:15:00,NSE:TCS,{odd},{odd},{odd},{c},9.0"),
    "Barchart": lambda bars: _each("Time,Open,High,Low,Latest,Change,%Change,Volume,Note", "{day},{odd},{odd},{odd},{c},1,0.5%,9,x", "%m/%d/%Y")(bars) + '"Downloaded from Barchart.com as of 07-01-2025"\n',
    "mfapi": _each("date,nav", "{day},{c}", "%d-%m-%Y", newest_first=True),
    "Stooq in Polish": _each("Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen", "{day},{odd},{odd},{odd},{c},9"),
    "two columns": _each("Date,Price", "{day},{c}"),
    "preamble": _each("Prices of TCS\nFrom,01-01-2024,to,31-12-2024\n\nDate,Close", "{day},{c}"),
    "notes below": lambda bars: _each("Date,Close,Volume", "{day},{c},9")(bars) + 'Average,55,\nSource: an exchange\n"Data, as it is",,\n',
}  # fmt: skip

# Rows of several tickers; each is given ticker, day and close, and a series.
MANY_TICKERS = {
    "bhavcopy old": ("SYMBOL,SERIES,OPEN,HIGH,LOW,CLOSE,LAST,PREVCLOSE,TOTTRDQTY,TOTTRDVAL,TIMESTAMP,TOTALTRADES,ISIN,", "{t},{s},{odd},{odd},{odd},{c},{odd},{odd},9,9.5,{d:%d-%b-%Y},7,INE000A01010,"),
    "bhavcopy full": ("SYMBOL, SERIES, DATE1, PREV_CLOSE, OPEN_PRICE, HIGH_PRICE, LOW_PRICE, LAST_PRICE, CLOSE_PRICE, AVG_PRICE, TTL_TRD_QNTY, DELIV_PER", "{t}, {s}, {d:%d-%b-%Y}, {odd}, {odd}, {odd}, {odd}, {odd}, {c}, {odd}, 9, -"),
    "bhavcopy UDiFF": ("TradDt,BizDt,Sgmt,FinInstrmTp,ISIN,TckrSymb,SctySrs,XpryDt,FinInstrmNm,OpnPric,ClsPric,LastPric,PrvsClsgPric,TtlTradgVol", "{d},{d},CM,STK,INE000A01010,{t},{s},,NAME LTD,{odd},{c},{odd},{odd},9"),
    "Kaggle": ("Date,Symbol,Series,Prev Close,Open,High,Low,Last,Close,VWAP,Volume,Turnover,Trades,Deliverable Volume,%Deliverble", "{d},{t},{s},{odd},{odd},{odd},{odd},{odd},{c},{odd},9,1.5e14,,,0.5"),
    "jugaad": ("DATE,SERIES,OPEN,HIGH,LOW,PREV. CLOSE,LTP,CLOSE,VWAP,52W H,52W L,VOLUME,VALUE,NO OF TRADES,SYMBOL", "{d},{s},{odd},{odd},{odd},{odd},{odd},{c},{odd},9,9,9,9,9,{t}"),
}  # fmt: skip

# Rows of a type t, a day, a close and an expiry, all of AAA; and two types of contracts.
CONTRACTS = {
    "UDiFF": ("TradDt,Sgmt,FinInstrmTp,ISIN,TckrSymb,SctySrs,XpryDt,StrkPric,OpnPric,ClsPric,SttlmPric", "{d},FO,{t},,AAA,,{e},0,1,{c},{c}", ("STF", "STO")),
    "old": ("INSTRUMENT,SYMBOL,EXPIRY_DT,STRIKE_PR,OPTION_TYP,OPEN,CLOSE,SETTLE_PR,TIMESTAMP,", "{t},AAA,{e},0,XX,1,{c},{c},{d:%d-%b-%Y},", ("FUTSTK", "OPTSTK")),
}  # fmt: skip


def many_tickers(kind: str, rows: Sequence[tuple[str, str, date, float]]) -> str:
    """A file of (ticker, series, day, close)."""
    heading, row = MANY_TICKERS[kind]
    return lines(heading, [row.format(t=t, s=s, d=d, c=c, odd=c * 3) for t, s, d, c in rows])


AMFI = """Scheme Code;Scheme Name;ISIN Div Payout/ISIN Growth;ISIN Div Reinvestment;Net Asset Value;Repurchase Price;Sale Price;Date

Open Ended Schemes ( Equity Scheme - Large Cap Fund )

A Mutual Fund
119551;A Fund - Growth;INF209KA12Z1;INF209KA13Z9;101.2345;;;01-Jul-2025
119551;A Fund - Growth;INF209KA12Z1;INF209KA13Z9;102.5;;;02-Jul-2025
119552;A Fund - Old;-;-;N.A.;;;01-Jul-2025
119552;A Fund - Old;-;-;0.0;;;02-Jul-2025
"""


def workbook(sheets: dict[str, Sequence[Sequence[object]]]) -> bytes:
    """An .xlsx of texts, numbers and dates, as small as Excel reads it."""
    names = list(sheets)
    out = io.BytesIO()
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        parts = "".join(
            f'<Override PartName="/xl/worksheets/s{i}.xml" ContentType="{kind}.worksheet+xml"/>'
            for i in range(len(names))
        )
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>{parts}</Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        listed = "".join(
            f'<sheet name={quoteattr(name)} sheetId="{i + 1}" r:id="r{i}"/>' for i, name in enumerate(names)
        )
        archive.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{listed}</sheets></workbook>'
        )
        links = "".join(
            f'<Relationship Id="r{i}" Type="{office}/worksheet" Target="worksheets/s{i}.xml"/>'
            for i in range(len(names))
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships">{links}<Relationship Id="rs" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        )
        for i, rows in enumerate(sheets.values()):
            archive.writestr(
                f"xl/worksheets/s{i}.xml", f'<worksheet xmlns="{main}"><sheetData>{_rows(rows)}</sheetData></worksheet>'
            )
    return out.getvalue()  # fmt: skip


def _rows(rows: Sequence[Sequence[object]]) -> str:
    return "".join(
        f'<row r="{r}">{"".join(_cell(f"{_letters(c)}{r}", value) for c, value in enumerate(row) if value is not None)}</row>'
        for r, row in enumerate(rows, start=1)
    )


def _cell(place: str, value: object) -> str:
    if isinstance(value, date):
        return f'<c r="{place}" s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def _letters(column: int) -> str:
    return (_letters(column // 26 - 1) if column >= 26 else "") + chr(65 + column % 26)


def document(rows: str) -> bytes:
    """An .ods with one sheet of these rows."""
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr(
            "content.xml",
            f'<office:document-content{names}><office:body><office:spreadsheet><table:table table:name="S">{rows}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    return out.getvalue()


def document_row(*values: object, times: int = 1) -> str:
    """A row of an .ods: dates, numbers and texts, and blank cells to its end."""
    cells = []
    for value in values:
        kind, name = ("date", "date-value") if isinstance(value, date) else ("float", "value")
        told = (
            'office:value-type="string"'
            if isinstance(value, str)
            else f'office:value-type="{kind}" office:{name}="{value}"'
        )
        cells.append(f"<table:table-cell {told}><text:p>{escape(str(value))}</text:p></table:table-cell>")
    repeated = f' table:number-rows-repeated="{times}"' if times > 1 else ""
    blank = '<table:table-cell table:number-columns-repeated="16380"/>'
    return f"<table:table-row{repeated}>{''.join(cells)}{blank}</table:table-row>"


def old_workbook(cells: Sequence[tuple[int, int, object]], smallest: int = 4096) -> bytes:
    """An .xls with one sheet of texts and numbers, each at its row and column."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def begin(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0))

    sheet = begin(0x10)
    for row, column, value in cells:
        place = struct.pack("<HHH", row, column, 0)
        if isinstance(value, str):
            sheet += record(0x0204, place + struct.pack("<HB", len(value), 0) + value.encode("latin-1"))
        else:
            sheet += record(0x0203, place + struct.pack("<d", value))
    sheet += record(0x0A, b"")
    start = len(begin(5)) + 4 + 9 + 4
    book = begin(5) + record(0x85, struct.pack("<IHBB", start, 0, 1, 0) + b"S") + record(0x0A, b"")
    stream = (book + sheet).ljust(smallest, b"\0")
    stream += b"\0" * (-len(stream) % 512)
    count = len(stream) // 512
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, count + 2), 0xFFFFFFFE]  # the chain itself, the directory, the stream
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    table = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))

    def entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
        title = name.encode("utf-16-le").ljust(64, b"\0")
        links = struct.pack("<HBBIII", 2 * len(name) + 2 if name else 0, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return title + links + bytes(36) + struct.pack("<III", first, size, 0)

    none = 0xFFFFFFFF
    folder = (
        entry("Root Entry", 5, 1, 0xFFFFFFFE, 0)
        + entry("Workbook", 2, none, 2, len(stream))
        + 2 * entry("", 0, none, 0, 0)
    )
    return header + table + folder + stream


def read_table(path: Path, zone: tzinfo) -> PriceTable:
    """The prices of a file, for which a file without any is an error, too."""
    found = read_prices(path, zone)
    if isinstance(found, NoPrices):
        raise MalformedPrices(found.sentence)
    return found
