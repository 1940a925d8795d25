"""POST /portfolio/read: a broker's file as holdings that the other routes take, and nothing of it kept or logged."""

import io
import json
import logging
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from factorcli.compose import build_context
from factorcli.serve import create_app
from factorcli.serve.middleware import MAX_PRIVATE_BYTES
from tests.conftest import Run
from tests.serving import DEMO, Reply, Site, hosting, site_of
from tests.workbooks import write_xlsx

pytestmark = pytest.mark.serve

KITE = (
    "Instrument,Qty.,Avg. cost,LTP,Cur. val,P&L\n"
    'TCS,40,"3,410.50",3500,"1,40,000",3580\n'
    "INFY,1200,1510,1500,1800000,-12000\n"
    "TCS,10,3300,3500,35000,2000\n"
    "WIPRO,0,1,1,0,0\n"
    "Total,,,,1975000,\n"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of the server."""
    return tmp_path_factory.mktemp("read")


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Site]:
    """The demo market."""
    with site_of(DEMO, folder) as found:
        yield found


def read(site: Site, data: bytes | str, **headers: str) -> Reply:
    """The answer to a file."""
    return site.get("/portfolio/read", "POST", data.encode() if isinstance(data, str) else data, **headers)


def held(reply: Reply) -> dict[str, float]:
    """What is held by ticker, weight or quantity."""
    assert reply.status == 200, reply.body
    assert set(reply.json) == {"holdings", "warnings"}
    found = {}
    for one in reply.json["holdings"]:
        assert list(one) in (["ticker", "name", "weight"], ["ticker", "name", "quantity"])
        found[one["ticker"]] = one.get("weight", one.get("quantity"))
    return found


def test_a_brokers_file_is_read_as_the_command_reads_it(site: Site, factor: Run, home: Path) -> None:
    """Lines of one stock are added up, totals left out; posted again, the answer is that of the file's."""
    reply = read(site, KITE)
    assert held(reply) == {"TCS.NS": 50.0, "INFY.NS": 1200.0}
    assert reply.json["holdings"][0]["name"] == "Tata Consultancy Services Ltd."
    assert [text.partition(":")[0] for text in reply.json["warnings"]] == [
        "not_counted",
        "repeated_holding",
        "zero_weight",
    ]
    holdings = [{key: one[key] for key in one if key != "name"} for one in reply.json["holdings"]]
    (home / "kite.csv").write_text(KITE)
    (wanted,) = factor("beta", "--portfolio", "kite.csv", "--source", "demo", "--json").results
    found = site.get("/portfolio/betas", "POST", json.dumps({"holdings": holdings}).encode()).json
    assert found["betas"] == wanted["betas"]
    assert [one["weight"] for one in found["portfolio"]["holdings"]] == [
        one["weight"] for one in wanted["portfolio"]["holdings"]
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ticker,weight\nTCS,0.5\nINFY,0.25\n", {"TCS.NS": 0.5, "INFY.NS": 0.25}),
        ("Symbol;Qty.\nTCS;12,5\nCASH;1000\n", {"TCS.NS": 12.5, "CASH": 1000.0}),
        ("ISIN\tWeight\nINE467B01029\t60%\nINE009A01021\t40%\n", {"TCS.NS": 0.6, "INFY.NS": 0.4}),
        ("company name,quantity\nInfosys Ltd.,5\n", {"INFY.NS": 5.0}),
        ("sep=|\nsymbol|shares\nNSE:TCS|-3\nINFY-EQ|4\n", {"TCS.NS": -3.0, "INFY.NS": 4.0}),
        ("﻿ticker,value\r\nTCS,300\r\nINFY,100\r\n", {"TCS.NS": 0.75, "INFY.NS": 0.25}),
    ],
)  # fmt: skip
def test_text_is_read_whatever_its_form(site: Site, text: str, wanted: dict[str, float]) -> None:
    """Also in UTF-16, as a spreadsheet on Windows saves it; no header of the request counts."""
    assert held(read(site, text)) == pytest.approx(wanted)
    assert held(read(site, text.encode("utf-16"), Content_Type="application/json")) == pytest.approx(wanted)


def test_a_workbook_is_read_too(site: Site, tmp_path: Path) -> None:
    """Told from its bytes; the first sheet with holdings counts."""
    sheets = {"Summary": [["Client", "X"]], "Equity": [["Symbol", "Quantity"], ["TCS", 7.0], ["INFY", 3.0]]}
    assert held(read(site, write_xlsx(tmp_path / "a.xlsx", sheets).read_bytes())) == {"TCS.NS": 7.0, "INFY.NS": 3.0}


def test_what_is_of_no_stock_is_left_out_with_a_warning(site: Site) -> None:
    """A bond by its name, and a share in another currency; where nothing is left, it is an error."""
    reply = read(site, "name,qty,currency\nInfosys Ltd.,5,INR\n8.1% Bond of Nowhere,2,INR\nApple Inc.,3,USD\n")
    assert held(reply) == {"INFY.NS": 5.0}
    said = " ".join(reply.json["warnings"])
    assert "8.1% Bond of Nowhere" in said
    assert "Apple Inc. is held in USD" in said
    nothing = read(site, "name,qty\n8.1% Bond of Nowhere,2\n")
    assert (nothing.status, nothing.code) == (404, "unknown_ticker")


def _bomb(size: int) -> bytes:
    """A workbook of little that unpacks to much."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * size)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "portfolio is empty"),
        (b"\0\1\2\3" * 50, "not a text file"),
        (b"hello", "has no column ticker"),
        (b"TCS,40\nINFY,5\n", "has no column ticker"),
        (b'{"holdings": [{"ticker": "TCS", "weight": 1}]}', "portfolio has no column ticker"),
        (b"<html><body><script>alert(1)</script></body></html>", "is a web page"),
        (b"ticker,qty\n<script>alert(1)</script>,5\n", "line 2: '<script>alert(1)</script>' is not a ticker"),
        (b"ticker,qty\n=cmd|' /C calc'!A0,5\n", "is not a ticker"),
        (b"ticker,qty\n../../etc/passwd,5\n", "is not a ticker"),
        (b"ticker,qty\nTCS,nan\n", "has only zeros"),
        (b"ticker,qty\nTCS,1e400\n", "is not a quantity"),
        (b"ticker,weight\nTCS,inf\n", "is not a weight"),
        (b"ticker,weight\nTCS,1200%\n", "which neither fractions nor per"),
        (b"ticker,qty\nTCS,5\nTCS,-5\n", "holds nothing"),
        (b"ticker,weight,weight\nTCS,1,1\n", "more than one column"),
        (b"ticker,qty\n" + b"".join(b"S%d,1\n" % i for i in range(1001)), "holds 1,001 stocks, and at most 1,000"),
        (b"PK\x03\x04" + b"\0" * 100, "is a damaged workbook"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "is a damaged workbook"),
        (_bomb(11_000_000), "unpacks to"),
        (b"[" * 200_000, "is not CSV"),
        (b'ticker,qty\n"TCS,5\n', "is not CSV"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_a_sentence(site: Site, data: bytes, said: str) -> None:
    """422 in the one shape, kept by nobody."""
    reply = read(site, data)
    assert reply.status == 422, reply.body
    assert reply.code in ("invalid_portfolio", "invalid_ticker")
    assert said in reply.json["detail"]
    assert reply.headers["cache-control"] == "no-store"


def test_a_thousand_stocks_are_read_and_a_quarter_of_a_megabyte(site: Site) -> None:
    """Up to the limit; one byte more is a 413."""
    text = "ticker,qty\n" + "".join(f"S{i},1\n" for i in range(1000))
    assert len(held(read(site, text))) == 1000
    rest = "note\n" + (" " * 999 + "\n") * 300
    full = text + rest[: MAX_PRIVATE_BYTES - len(text)]
    assert (len(full), read(site, full).status) == (MAX_PRIVATE_BYTES, 200)
    large = read(site, full + " ")
    assert (large.status, large.code) == (413, "body_too_large")


def test_a_form_is_told_how_to_send_a_file(site: Site) -> None:
    """multipart is not unpacked."""
    body = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nticker,qty\nTCS,1\n\r\n--x--\r\n'
    reply = read(site, body, Content_Type="multipart/form-data; boundary=x")
    assert (reply.status, reply.code) == (415, "form_refused")
    assert "not as a form" in reply.json["detail"]
    assert held(read(site, "ticker,qty\nTCS,1\n", Content_Type="application/x-www-form-urlencoded")) == {"TCS.NS": 1.0}


def test_nothing_of_a_file_is_kept_or_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in the log, the response cache, the folder of the cache or that of temporary files; a failure included."""
    temporary, settings = tmp_path / "tmp", replace(DEMO, cache_dir=tmp_path / "cache")
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    secret = "ticker,qty\nSECRETCO,7654321\n"
    body = json.dumps({"holdings": [{"ticker": "TCS", "quantity": 7654321}]}).encode()
    context = build_context(settings, lasting=True)
    with (
        caplog.at_level(logging.DEBUG),
        hosting(create_app(context, settings)) as site,
    ):
        reply = read(site, secret)
        assert (reply.headers["cache-control"], "etag" in reply.headers) == ("no-store", False)
        assert list(held(reply).values()) == [7654321.0]
        assert read(site, "ticker,qty\nSECRET CO!,5\n").status in (404, 422)
        answer = site.get("/portfolio/betas", "POST", body)
        monkeypatch.setattr("factorcli.service.holdings.identified", _fail)
        assert read(site, secret).code == "internal"
    assert answer.status == 200
    on_disk = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert on_disk  # prices are kept
    for text in ("SECRET", "7654321"):
        assert text.encode() not in on_disk
        assert text not in caplog.text
    assert "ValueError" in caplog.text
    assert not list(temporary.iterdir())


def _fail(holdings: Any, *_: Any) -> Any:
    raise ValueError(repr(holdings))
