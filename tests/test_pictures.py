"""Pictures by the command line: `-o FILE.svg`, `.png` and `.pdf`, and their options."""

import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from factorcli.render.text import number
from tests.conftest import Run
from tests.loaded import loaded_modules

pytestmark = pytest.mark.cli

DEMO = ("--source", "demo")
SVG = "{http://www.w3.org/2000/svg}"


def texts(path: Path) -> list[str]:
    """The lines of text of an SVG."""
    return [line for node in ElementTree.parse(path).iter(f"{SVG}text") for line in node.itertext()]


def test_a_picture_shows_the_numbers_of_the_json(factor: Run, home: Path) -> None:
    """Estimate and interval of each factor, in the picture and in its alternative text; stdout stays empty."""
    factor("heatmap", "compute", "--all", "--window", "252", *DEMO)
    drawn = factor("beta", "RELIANCE", *DEMO, "-o", "a.svg")
    assert (drawn.status, drawn.out, drawn.err) == (0, "", "")
    root = ElementTree.parse(home / "a.svg").getroot()
    (result,) = factor("beta", "RELIANCE", *DEMO, "--json").results
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title" and root[0].text == "Factor exposures of RELIANCE.NS"
    shown = texts(home / "a.svg")
    for code, beta in result["betas"].items():
        digits = 3 if abs(beta["beta"]) < 0.1 else 2
        told = f"{number(beta['beta'], digits)} ({number(beta['ci_low'], digits)} to {number(beta['ci_high'], digits)})"
        assert told in shown
        assert f"({code}): {told}." in (root.get("aria-label") or "")
    assert "Synthetic prices: the demo market is made up, and these numbers are about no real stock" in shown
    assert any("universe, all 500 stocks" in text for text in shown)


def test_width_and_scale_make_the_size(factor: Run, home: Path) -> None:
    """A PNG of 500 px at 3 pixels each; a PDF is one."""
    assert factor("decompose", "TCS", *DEMO, "-o", "a.png", "--width", "500", "--scale", "3").status == 0
    width, _ = Image.open(io.BytesIO((home / "a.png").read_bytes())).size
    assert abs(width / 3 - 500) <= 12
    assert factor("decompose", "TCS", *DEMO, "--picture", "attribution", "-o", "a.PDF").status == 0
    assert (home / "a.PDF").read_bytes().startswith(b"%PDF")


def test_a_page_has_every_picture_of_the_answer(factor: Run, home: Path) -> None:
    """Drawn, and with the numbers of the JSON as data for the script; --picture leaves one."""
    assert factor("beta", "TCS", *DEMO, "--rolling", "-o", "a.html").status == 0
    page = (home / "a.html").read_text(encoding="utf-8")
    assert "<h1>Factor exposures of TCS.NS</h1>" in page and page.count("<figure") == 2
    specs = [json.loads(text) for text in re.findall(r'<script type="application/json">(.*?)</script>', page)]
    (result,) = factor("beta", "TCS", *DEMO, "--json").results
    shown = {row.get("code"): row for view in specs[0]["vconcat"] for row in _values(view)}
    assert {code: shown[code]["beta"] for code in result["betas"]} == {
        code: beta["beta"] for code, beta in result["betas"].items()
    }
    assert specs[1]["title"]["text"] == ["Rolling betas of TCS.NS"]
    assert factor("beta", "TCS", *DEMO, "--picture", "path", "-o", "b.html").status == 0
    assert (home / "b.html").read_text(encoding="utf-8").count("<figure") == 1


def _values(view: Any) -> list[dict[str, Any]]:
    """The rows of data of a view and of those in it."""
    parts = [part for name in ("vconcat", "hconcat", "layer") for part in view.get(name, [])]
    return [*view.get("data", {}).get("values", []), *(row for part in parts for row in _values(part))]


def test_another_picture_is_named(factor: Run, home: Path) -> None:
    """The path is computed without being asked for by --rolling; factors need a window."""
    assert factor("beta", "TCS", *DEMO, "--picture", "path", "-o", "path.svg").status == 0
    assert "Rolling betas of TCS.NS" in texts(home / "path.svg")
    assert factor("model", "show", *DEMO, "--window", "126", "-o", "factors.svg").status == 0
    assert "Factors of the model india-5f" in texts(home / "factors.svg")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "a.gif"), "--output a.gif must end in .json, .csv, .txt, .svg, .png, .pdf or .html."),
        (("-o", "a.svg", "--picture", "pie"), "--picture pie is not known: it can be exposures, path, holdings."),
        (("-o", "a.svg", "--picture", "holdings"), "--picture holdings needs --portfolio FILE."),
        (("-o", "a.svg", "--width", "20"), "--width is 20, but must be from 320 to 4000 px."),
        (("-o", "a.png", "--scale", "90"), "--scale is 90, but must be from 0.25 to 8."),
        (("-o", "a.pdf", "--scale", "2"), "--scale is about .png: .pdf has no pixels, and is sharp in any size."),
        (("--scale", "2"), "--scale 2.0 is about a picture: name a file for it, such as -o picture.png."),
        (("-o", "a.json", "--picture", "path"),
         "--picture path is about a picture: name a file for it, such as -o picture.png."),
        (("-o", "a.png", "--json"), "--json and the ending of --output a.png are two forms; choose one."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(factor: Run, home: Path, words: tuple[str, ...], said: str) -> None:
    """One sentence with the value, status 2, and no file."""
    answer = factor("beta", "TCS", *DEMO, *words)
    assert (answer.status, answer.err) == (2, f"factor: {said}\n")
    assert not list(home.glob("a.*"))


def test_a_command_without_pictures_refuses_them_with_its_list(factor: Run) -> None:
    """The endings of tables only; a model without statistics says what adds a picture."""
    assert factor("universe", "list", "-o", "a.png").err == "factor: --output a.png must end in .json, .csv or .txt.\n"
    answer = factor("model", "show", *DEMO, "-o", "a.png")
    assert (answer.status, answer.err) == (2, "factor: There is no picture of this answer; --window DAYS adds one.\n")


def test_a_page_of_pictures_has_each(factor: Run, home: Path) -> None:
    """Drawn, and as data for the script that draws it again; a page of a chart of the library has one."""
    assert factor("decompose", "TCS", *DEMO, "-o", "all.HTML").status == 0
    page = (home / "all.HTML").read_text(encoding="utf-8")
    assert page.count("<figure") == page.count('<div class="still"><svg') == page.count('application/json">{') == 2


def test_what_failed_is_told_and_the_others_are_drawn(factor: Run, home: Path) -> None:
    """Status 3 with a picture of those that have a result, 4 without a picture where none has."""
    answer = factor("beta", "TCS", "NOSUCH", *DEMO, "-o", "some.svg")
    assert answer.status == 3 and "NOSUCH" in answer.err
    assert "Factor exposures of TCS.NS" in texts(home / "some.svg")
    assert factor("beta", "NOSUCH", *DEMO, "-o", "none.svg").status == 4
    assert not (home / "none.svg").exists()


def test_a_picture_of_a_cached_answer_loads_no_numerical_library(
    factor: Run, environment: dict[str, str], home: Path
) -> None:
    """The drawing library is all that it costs."""
    arguments = ["beta", "TCS", *DEMO, "-o", "a.png"]
    factor(*arguments)
    loaded = loaded_modules(arguments, home, environment)
    assert {"numpy", "pandas", "rich", "jinja2"} & loaded == set()
    assert "vl_convert" in loaded
    assert Image.open(io.BytesIO((home / "a.png").read_bytes())).format == "PNG"
