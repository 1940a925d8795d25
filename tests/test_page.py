"""The page's files over HTTP: what is sent, under which policy, and that nothing comes from elsewhere."""

import gzip
import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import factorcli
from factorcli.compose import build_context
from factorcli.model.factor_model import Factor, FactorModel
from factorcli.serve import create_app
from tests.serving import DEMO, Site, hosting, site_of

pytestmark = pytest.mark.serve

WEB = Path(factorcli.__file__).parent / "serve" / "web"
NAMES = sorted(str(path.relative_to(WEB).as_posix()) for path in WEB.rglob("*.*") if path.name != "index.html")
SETTINGS = replace(DEMO, rate_limit="2/minute")
POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data: blob:",
    "connect-src": "'self'", "font-src": "'self'", "base-uri": "'none'", "form-action": "'none'",
    "frame-ancestors": "'none'",
}  # fmt: skip


NAME = r"(?<![\w$])(?<!(?<!\.)\.){}(?![\w$])"  # not a property; spread is no property
IMPORTED = re.compile(r"^import \{([^}]*)\} from [^\n]*\n", re.MULTILINE)
DECLARED = re.compile(r"^export (?:async )?(?:const|function|class) (\w+)", re.MULTILINE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server of the demo market that allows two requests a minute."""
    with site_of(SETTINGS, tmp_path_factory.mktemp("cache")) as site:
        yield site


def test_the_page_runs_its_own_files_only(site: Site) -> None:
    """Under a policy without inline scripts, inline styles and eval; also for its files."""
    for path in ("/", "/web/app.js", "/web/nothing.js"):
        headers = site.get(path).headers
        assert dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")) == POLICY
        assert headers["x-content-type-options"] == "nosniff"
    assert "script-src" not in site.get("/health").headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", *(f"/web/{name}" for name in NAMES)])
def test_files_are_sent_with_their_type_and_an_etag(site: Site, path: str) -> None:
    """A browser that has a file gets a 304, and each is compressed where that saves anything."""
    first = site.get(path)
    assert first.status == 200
    ending = ".html" if path == "/" else Path(path).suffix
    kinds = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
             ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}  # fmt: skip
    assert first.headers["content-type"] == kinds[ending]
    assert first.headers["cache-control"] == "no-cache"
    again = site.get(path, If_None_Match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    packed = site.get(path, Accept_Encoding="gzip")
    body = gzip.decompress(packed.body) if packed.headers.get("content-encoding") == "gzip" else packed.body
    assert body == first.body
    assert len(packed.body) < 1000 or len(packed.body) < len(body)
    if path != "/":
        assert body == (WEB / path.removeprefix("/web/")).read_bytes()


def test_fonts_are_those_of_the_pictures_and_stay(site: Site) -> None:
    """A browser does not ask for them again in a week."""
    reply = site.get("/web/fonts/Inter-Regular.woff2")
    assert (reply.status, reply.headers["content-type"]) == (200, "font/woff2")
    assert reply.headers["cache-control"] == "public, max-age=604800"
    assert reply.body.startswith(b"wOF2")


def test_files_are_not_counted(site: Site) -> None:
    """Far more of them than the limit allows, and no header of a limit."""
    for _ in range(5):
        reply = site.get("/")
        assert reply.status == 200
        assert "x-ratelimit-limit" not in reply.headers
    assert site.get("/", "HEAD").body == b""


@pytest.mark.parametrize(
    "path",
    ["/web/", "/web/index.html", "/web/nothing.js", "/web/../page.py", "/web/..%2Fpage.py", "/web/%2e%2e/page.py",
     "/web//etc/passwd", "/web/views/../../app.py", "/web/fonts/Inter-Regular.otf", "/web/views"],
)  # fmt: skip
def test_nothing_else_is_there(site: Site, path: str) -> None:
    """Neither files beside the page nor others of the machine; in the one shape of errors."""
    reply = site.get(path)
    assert (reply.status, reply.code) == (404, "not_found")


def test_all_that_the_page_names_is_there(site: Site) -> None:
    """Links of the page, imports of its scripts, files of its styles."""
    named = {f"/{link}" for link in re.findall(r'(?:href|src)="(web/[^"]+)"', site.get("/").body.decode())}
    assert {"/web/app.js", "/web/style.css", "/web/icon.svg"} <= named
    for name in NAMES:
        text, folder = (WEB / name).read_text(encoding="utf-8"), Path("/web", name).parent
        inside = re.findall(r'(?:from|import\() ?"(\.[^"]+)"|url\("([^"]+)"\)', text)
        named |= {_joined(folder, one or other) for one, other in inside}
    assert {"/web/dom.js", "/web/views/heatmap.js"} <= named
    missing = {path for path in named if site.get(path).status != 200}
    assert not missing


def _joined(folder: Path, name: str) -> str:
    parts: list[str] = []
    for part in (*folder.parts[1:], *name.split("/")):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/" + "/".join(parts)


def test_nothing_comes_from_another_host_and_no_markup_is_made_of_data() -> None:
    """No address but that of SVG's namespace; no inline script, style or listener; no innerHTML and the like."""
    for path in (path for path in WEB.rglob("*.*")):
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"https?://[^\"' )]+", text)) <= {"http://www.w3.org/2000/svg"}, path
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text), path
    page = (WEB / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
    assert re.findall(r"<script([^>]*)>([^<]*)</script>", page) == [
        (' type="module" src="web/app.js"', ""),
        (' src="web/demo.js"', ""),
    ]


def test_the_page_knows_the_last_part_of_the_source_alone(tmp_path: Path) -> None:
    """Escaped, whatever a folder is called."""
    folder = tmp_path / "a'b&c{version}"
    folder.mkdir()
    (folder / "TCS.NS.csv").write_text("Date,Close\n2026-11-20,1\n", encoding="utf-8")
    with site_of(replace(SETTINGS, source=str(folder)), tmp_path / "cache") as site:
        page = site.get("/").body.decode()
    assert 'data-source="a&#x27;b&amp;c{version}"' in page
    assert str(tmp_path) not in page
    assert f'data-version="{factorcli.__version__}"' in page


def test_the_page_knows_what_the_factors_are_called(tmp_path: Path) -> None:
    """Those of its model, escaped; a market other than India's is not called Nifty."""
    model = FactorModel(
        "us", (Factor("MKT", 'S&P "500"', ("^GSPC",), excess=True), Factor("VAL", "{source}", ("VLUE",)))
    )
    settings = replace(SETTINGS, cache_dir=tmp_path / "cache")
    context = replace(build_context(settings, lasting=True), model=model)
    with hosting(create_app(context, settings)) as site:
        page = site.get("/").body.decode()
    (written,) = re.findall(r'data-factors="([^"]*)"', page)
    assert 'data-model="us"' in page
    assert json.loads(html.unescape(written)) == {"MKT": 'S&P "500"', "VAL": "{source}"}


def test_modules_use_what_they_import_and_what_they_export_is_used() -> None:
    """As a linter would say; `show` is what the shell calls of a view."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in WEB.rglob("*.js")}
    imported = set[str]()
    for name, text in texts.items():
        listed = [one.split(" as ")[-1].strip() for found in IMPORTED.findall(text) for one in found.split(",")]
        body = IMPORTED.sub("", text)
        assert not [one for one in listed if one and not re.search(NAME.format(one), body)], name
        imported |= {
            one.split(" as ")[0].strip()
            for found in [*IMPORTED.findall(text), *re.findall(r"^export \{([^}]*)\}", text, re.MULTILINE)]
            for one in found.split(",")
        }
    of_tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_page*.py"))
    for name, text in texts.items():
        unused = [one for one in DECLARED.findall(text) if one not in imported and one != "show"]
        assert not [one for one in unused if not re.search(rf"\b{one}\b", of_tests)], name
