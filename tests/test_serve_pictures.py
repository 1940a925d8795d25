"""`pictures` of answers: specifications whose data are the numbers of the JSON, and an answer as ever without."""

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import validator_for

from factorcli.render.charts import drawing, theme
from factorcli.render.charts.picture import Picture
from factorcli.render.report import script
from factorcli.serve import page
from factorcli.serve.pictures import MAX_WIDTH, MIN_WIDTH
from factorcli.serve.questions import PORTFOLIO_QUESTIONS
from tests.conftest import clean_environment
from tests.serving import DEMO, Site, few_computed, site_of

pytestmark = pytest.mark.serve

HELD = {"holdings": [{"ticker": "TCS.NS", "weight": 0.5}, {"ticker": "SBIN.NS", "weight": 0.4}]}
OF_STOCK = ["exposures", "path", "shares", "attribution", "stress", "drift"]
OF_PORTFOLIO = {
    "betas": ["exposures", "holdings"],
    "decompose": ["shares", "attribution", "holdings"],
    "stress": ["stress"],
    "episodes": ["stress"],
    "drift": ["drift"],
}
DRAWN = [question for question in PORTFOLIO_QUESTIONS if question.name in OF_PORTFOLIO]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with a heatmap of a few stocks."""
    stocks = ("TCS", "INFY", "WIPRO", "HCLTECH", "TECHM", "SBIN")
    return few_computed(tmp_path_factory.mktemp("pictures"), *stocks)


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Site]:
    """A server on it."""
    with site_of(DEMO, folder) as found:
        yield found


def post(site: Site, name: str, **more: Any) -> Any:
    """The answer to a question about a portfolio."""
    example = next(dict(question.example) for question in PORTFOLIO_QUESTIONS if question.name == name)
    return site.get(f"/portfolio/{name}", "POST", json.dumps({**HELD, **example, **more}).encode())


def rows(view: Any) -> Iterator[dict[str, Any]]:
    """Every row of data of a specification."""
    if isinstance(view, dict):
        data = view.get("data")
        yield from data["values"] if isinstance(data, dict) else ()
        for name, part in view.items():
            if name != "data":
                yield from rows(part)
    elif isinstance(view, list):
        for part in view:
            yield from rows(part)


def numbers(picture: dict[str, Any]) -> set[float]:
    """Every number in the data of a picture."""
    return {value for row in rows(picture["spec"]) for value in row.values() if isinstance(value, float)}


def test_pictures_are_added_to_an_overview_and_nothing_else_changes(site: Site) -> None:
    """The other keys are those of the answer without; the path is drawn, but `rolling` itself is not sent."""
    site.get("/stock/TCS/overview?rolling=true")  # into the cache, which answers name
    plain = site.get("/stock/TCS/overview").json
    found = site.get("/stock/TCS/overview?pictures=720").json
    assert list(found) == [*plain, "pictures"]
    assert list(found["pictures"]) == OF_STOCK
    assert "rolling" not in found["betas"]
    for name, part in plain.items():
        shown, wanted = (json.loads(json.dumps(one)) for one in (found[name], part))
        for one in (shown, wanted):
            one.pop("cache", None)  # of another entry
        assert shown == wanted, name
    both = site.get("/stock/TCS/overview?pictures=720&rolling=true").json
    assert both["betas"]["rolling"]["dates"]
    assert both["pictures"] == found["pictures"]


def test_pictures_leave_to_the_page_what_it_says_once(site: Site) -> None:
    """Whose they are, which window and model, and that prices are synthetic; what is theirs alone stays."""
    drawn = site.get("/stock/TCS/overview?pictures=720").json["pictures"]
    drawn |= {name: post(site, name, pictures=720).json["pictures"][name] for name in ("stress", "drift")}
    for name, picture in drawn.items():
        lines = " ".join(picture["spec"]["title"]["subtitle"])
        assert not re.search("Synthetic|Tata|[Mm]odel india", lines), name
    assert "Shares are β·Cov(factor, stock)/Var(stock)" in " ".join(drawn["shares"]["spec"]["title"]["subtitle"])
    assert drawn["stress"]["spec"]["title"]["subtitle"] == ["The other factors at their mean given that"]


def test_the_data_of_pictures_are_the_numbers_of_the_answer(site: Site) -> None:
    """Unrounded, each number that a picture is about."""
    found = site.get("/stock/TCS/overview?pictures=720&rolling=true").json
    pictures = {name: numbers(picture) for name, picture in found["pictures"].items()}
    betas, parts = found["betas"], found["decompose"]
    fits = [betas["market_model"], *betas["betas"].values()]
    assert {fit[name] for fit in fits for name in ("beta", "ci_low", "ci_high")} <= pictures["exposures"]
    assert {*parts["contributions"].values(), parts["idiosyncratic"]} <= pictures["shares"]
    linked = parts["attribution"]["linked"]
    assert {linked["alpha"], *linked["factors"].values(), linked["total"]} <= pictures["attribution"]
    stress = found["stress"]
    assert {stress["change"], stress["ci_low"], *stress["by_factor"].values()} <= pictures["stress"]
    changes = [found["drift"]["market"], *found["drift"]["changes"].values()]
    assert {change[name] for change in changes for name in ("before", "after")} <= pictures["drift"]
    assert {betas["rolling"]["betas"][code][-1] for code in betas["betas"]} <= pictures["path"]


def test_exposures_have_what_other_stocks_are_like(site: Site) -> None:
    """Where a heatmap of the window is kept."""
    assert "Compared with" in json.dumps(site.get("/stock/TCS/overview?pictures=720").json["pictures"]["exposures"])
    other = site.get("/stock/TCS/overview?pictures=720&window=126").json["pictures"]
    assert list(other) == OF_STOCK
    assert "Compared with" not in json.dumps(other["exposures"])


def test_a_part_that_is_null_has_no_picture(site: Site) -> None:
    """Of what is there, there is one; no path is drawn of too few returns."""
    found = site.get("/stock/TCS/overview?pictures=400&cov=nonrobust").json
    assert found["drift"] is None
    assert list(found["pictures"]) == [name for name in OF_STOCK if name != "drift"]


@pytest.mark.parametrize("width", [MIN_WIDTH, 390, MAX_WIDTH])
def test_a_width_has_a_picture_of_its_own(site: Site, width: int) -> None:
    """Kept by its width, and as wide as that."""
    site.get(f"/stock/INFY/overview?pictures={width}")  # into the cache, which the answer names
    first = site.get(f"/stock/INFY/overview?pictures={width}")
    again = site.get(f"/stock/INFY/overview?pictures={width}", If_None_Match=first.headers["etag"])
    assert again.status == 304
    plots = first.json["pictures"]["attribution"]["spec"]["vconcat"]
    assert max(plot["width"] for plot in plots) == width - 32


@pytest.mark.parametrize("width", [MIN_WIDTH - 1, MAX_WIDTH + 1, 0, -720, "wide", "720.5", "", "1e9"])
def test_other_widths_are_refused(site: Site, width: object) -> None:
    """In the one shape, in the query and in a body."""
    reply = site.get(f"/stock/TCS/overview?pictures={width}")
    assert (reply.status, reply.code) == (422, "invalid_option")
    assert reply.json["detail"].startswith("pictures: ")
    posted = post(site, "betas", pictures=width)
    assert (posted.status, posted.code) == (422, "invalid_option")
    assert posted.json["detail"].startswith("pictures ")


@pytest.mark.parametrize("question", DRAWN, ids=lambda question: question.name)
def test_a_portfolio_has_pictures_where_its_question_has(site: Site, question: Any) -> None:
    """Beside the keys of the answer, or of a list in `results`; without the key of the body the answer is as ever."""
    plain, found = post(site, question.name).json, post(site, question.name, pictures=390).json
    answer = found["results"] if question.many else {name: part for name, part in found.items() if name != "pictures"}
    for one in (answer, plain):
        if isinstance(one, dict):
            one.pop("cache", None)
    assert answer == plain
    assert list(found["pictures"]) == OF_PORTFOLIO[question.name]
    for name, picture in found["pictures"].items():
        assert set(picture) == {"title", "description", "height", "spec"}, name
        assert picture["spec"]["$schema"].endswith("/v6.json")
        assert 100 < picture["height"] < 2000
    assert "pictures" not in post(site, question.name, pictures=None).body.decode()


@pytest.mark.parametrize("name", ["hedge", "whatif", "report"])
def test_a_question_without_pictures_does_not_know_the_key(site: Site, name: str) -> None:
    """As any other key that a question lacks."""
    example = next((dict(one.example) for one in PORTFOLIO_QUESTIONS if one.name == name), {})
    body = json.dumps({**HELD, **example, "pictures": 720}).encode()
    reply = site.get(f"/portfolio/{name}", "POST", body)
    assert (reply.status, reply.json["detail"]) == (422, "pictures is not a key of this question.")


def test_a_portfolio_that_cannot_be_had_is_its_error(site: Site) -> None:
    """With pictures as without."""
    body = {"holdings": [{"ticker": "NOSUCH.NS", "weight": 1.0}]}
    errors = [
        site.get("/portfolio/betas", "POST", json.dumps({**body, **more}).encode()) for more in ({}, {"pictures": 720})
    ]
    assert errors[0].status == errors[1].status == 404
    assert errors[0].json == errors[1].json


@pytest.fixture
def lone(tmp_path: Path) -> Iterator[Site]:
    """A server whose cache is empty."""
    with site_of(DEMO, tmp_path / "cache") as found:
        yield found


def test_the_script_is_made_once_by_another_process(lone: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of five requests at once; then kept, with an ETag, compressed, and not counted."""
    made: list[list[str]] = []

    def run(command: list[str], **_: Any) -> Any:
        made.append(command)
        return subprocess.CompletedProcess(command, 0, stdout=b"window.vegaEmbed = 1;" * 100)

    monkeypatch.setattr(script.subprocess, "run", run)
    replies = lone.gather(*["/web/vega.js"] * 5)
    assert {(reply.status, reply.body) for reply in replies} == {(200, b"window.vegaEmbed = 1;" * 100)}
    assert len(made) == 1
    assert made[0][0] == sys.executable
    first = replies[0].headers
    assert first["content-type"] == "text/javascript; charset=utf-8"
    assert "x-ratelimit-limit" not in first
    assert lone.get("/web/vega.js", If_None_Match=first["etag"]).status == 304
    packed = lone.get("/web/vega.js", Accept_Encoding="gzip")
    assert gzip.decompress(packed.body) == replies[0].body
    assert lone.get("/web/vega.js", "HEAD").body == b""
    assert len(made) == 1


@pytest.mark.parametrize(
    "failure", [OSError(12, "Cannot allocate memory"), subprocess.CalledProcessError(1, "python"),
                subprocess.TimeoutExpired("python", 60)], ids=type,
)  # fmt: skip
def test_a_script_that_cannot_be_made_is_an_error_and_is_tried_again(
    lone: Site, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """A 503 in the one shape, which nobody keeps."""

    def fail(*_: Any, **__: Any) -> Any:
        raise failure

    with monkeypatch.context() as patched:
        patched.setattr(script.subprocess, "run", fail)
        reply = lone.get("/web/vega.js")
        assert (reply.status, reply.code) == (503, "script_not_made")
        assert reply.headers["cache-control"] == "no-store"
        assert lone.get("/health").status == 200
    done = subprocess.CompletedProcess([], 0, stdout=b"made")
    monkeypatch.setattr(script.subprocess, "run", lambda *_, **__: done)
    assert lone.get("/web/vega.js").body == b"made"


def test_the_theme_exchanges_every_colour_for_the_dark() -> None:
    """By a style sheet that holds in the dark only."""
    text = "".join(page._documents()[page.THEME]._plain[0].decode())
    assert text.startswith("@media screen and (prefers-color-scheme: dark)")
    for light, dark in theme.DARK.items():
        assert f'[fill="{light}"]{{fill:{dark}}}' in text
        assert f'[stroke="{light}"]{{stroke:{dark}}}' in text


@pytest.mark.slow
def test_the_other_process_makes_what_this_one_would() -> None:
    """The bundle that the report has, to the byte."""
    made = script.made_apart()
    assert "window.vegaEmbed=" in made
    assert made == drawing.script()


@pytest.mark.slow
@pytest.mark.parametrize("width", [280, 390, 720, 1200])
def test_a_height_is_that_of_the_drawn_picture(site: Site, width: int) -> None:
    """Or up to 20 px more, so that nothing jumps once it is drawn."""
    found = dict(site.get(f"/stock/TCS/overview?pictures={width}").json["pictures"])
    for name in ("betas", "decompose", "stress", "episodes", "drift"):
        found |= {
            f"{name} {one}": picture for one, picture in post(site, name, pictures=width).json["pictures"].items()
        }
    off = {}
    for name, picture in found.items():
        drawn = drawing.svg(Picture(name, picture["title"], picture["description"], picture["spec"]))
        high = float(re.search(r'<svg[^>]*\bheight="([\d.]+)"', drawn)[1])
        off[name] = picture["height"] - high
    assert 0 <= min(off.values()) <= max(off.values()) <= 20, off


def test_nothing_of_a_portfolio_with_pictures_is_kept(
    site: Site, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not on disk and not in the log, whose number would be found."""
    caplog.set_level(0)
    held = [{"ticker": "TCS.NS", "weight": 0.123456789}, {"ticker": "INFY.NS", "weight": 0.5}]
    for question in DRAWN:
        reply = post(site, question.name, holdings=held, pictures=720)
        assert reply.status == 200
        assert reply.headers["cache-control"] == "no-store"
        assert "etag" not in reply.headers
    assert b"0.123456789" not in b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert "0.123456789" not in caplog.text


IN_A_SERVER = """
import sys
from pathlib import Path
from factorcli.compose import build_context
from factorcli.config.settings import Settings
from factorcli.serve import create_app
from tests.serving import hosting
settings = Settings(source="demo", cache_dir=Path(sys.argv[1]))
with hosting(create_app(build_context(settings, lasting=True), settings)) as site:
    for path in ("/stock/TCS/overview?pictures=720", "/web/vega.js", "/web/theme.css"):
        assert site.get(path).status == 200, path
assert "vl_convert" not in sys.modules
"""


@pytest.mark.slow
def test_a_server_that_only_describes_pictures_does_not_load_what_draws_them(tmp_path: Path) -> None:
    """Its 100 MB are those of a process that ends."""
    environment = {**clean_environment(tmp_path), "PYTHONPATH": str(Path(__file__).parents[1])}
    run = [sys.executable, "-c", IN_A_SERVER, str(tmp_path / "cache")]
    done = subprocess.run(run, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_answers_with_and_without_pictures_fit_the_document(site: Site) -> None:
    """Each by a JSON Schema validator; the parameter has its bounds there, and the key of bodies too."""
    document = site.get("/openapi.json").json
    overview = document["paths"]["/stock/{ticker}/overview"]["get"]
    (parameter,) = [one for one in overview["parameters"] if one["name"] == "pictures"]
    assert parameter["schema"] == {"type": "integer", "minimum": MIN_WIDTH, "maximum": MAX_WIDTH}
    assert "with the numbers of the answer." in parameter["description"]
    answers = [(overview, site.get(f"/stock/TCS/overview{query}").json) for query in ("", "?pictures=720&window=126")]
    for question in DRAWN:
        operation = document["paths"][question.path]["post"]
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        assert parameter["schema"] in body["properties"]["pictures"]["anyOf"]
        answers += [(operation, post(site, question.name, **more).json) for more in ({}, {"pictures": 390})]
    for operation, answer in answers:
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        validator_for({**schema, "components": document["components"]}).validate(answer)
    hedge = document["paths"]["/portfolio/hedge"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "pictures" not in hedge["properties"]
