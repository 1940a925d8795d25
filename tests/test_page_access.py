"""The heatmap of the page for everybody, in a real browser: keys, screen readers, sizes, what is not there."""

import pytest

from tests.browser import Browser, browsing
from tests.page_browser import (
    ALERT,
    FIELD,
    World,
    filled,
    heatmap,
    opened,
    until,
)
from tests.page_views import TAB, serious

pytestmark = [pytest.mark.serve, pytest.mark.slow]


def test_an_address_that_is_none_says_so(browser: Browser, demo: World) -> None:
    """With the way to the heatmap, and the focus at its heading; the link past the head leads to the content."""
    page = filled(opened(browser, demo.url))
    page.run("location.hash = '#/nothing'")
    until(page, f"{ALERT} === 'There is no such page.'")
    assert page.run("document.activeElement.tagName") == "H1"
    page.run("document.querySelector('main a').click()")
    filled(page)
    assert page.run("document.title") == "Heatmap · factorcli"
    assert page.run("document.activeElement.tagName") == "H1"
    page.run("document.querySelector('.skip').click()")
    assert page.run("[document.activeElement.id, location.hash]") == ["main", "#/"]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_heatmap_is_accessible_and_nothing_is_wider_than_the_screen(
    browser: Browser, demo: World, width: int, scheme: str
) -> None:
    """axe-core finds nothing serious; one h1; what is wider scrolls by itself."""
    page = filled(opened(browser, f"{demo.url}#/?where=SZ+%3E+0.9", width=width, scheme=scheme), _above(demo, 0.9))
    assert serious(page, "document") == []
    assert page.run("document.querySelectorAll('h1').length") == 1
    assert page.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth") is True


def _above(demo: World, size: float) -> int:
    return sum(one["betas"]["SZ"] > size for one in heatmap(demo)["stocks"])


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_jumps_while_it_loads(browser: Browser, demo: World, width: int) -> None:
    """The cumulative layout shift, from the first frame to the last row."""
    page = filled(opened(browser, demo.url, width=width))
    until(page, f"{FIELD % 'as_of'}.options.length === 3")
    shifts = page.run("shifts")
    assert sum(one[0] for one in shifts) < 0.01, shifts


def test_a_keyboard_reaches_everything(browser: Browser, demo: World) -> None:
    """First the link past the head, then the controls, the headings and the stocks, each seen to have the focus."""
    page = filled(opened(browser, f"{demo.url}#/?sector=Power"), 17)
    seen = []
    for _ in range(75):
        page.key(*TAB)
        active = "document.activeElement"
        column = f"({active}.dataset.column && 'by ' + {active}.dataset.column)"
        seen.append(page.run(f"{column} || {active}.id || {active}.className || {active}.title || "
                             f"{active}.textContent"))  # fmt: skip
        if seen[-1] != "BODY" and page.run(f"{active} !== document.body"):
            assert page.run(f"getComputedStyle({active}).outlineStyle") == "solid", seen[-1]
    assert seen[0] == "skip"
    wanted = [
        "search",
        "window",
        "as_of",
        "sector",
        "sure",
        "where",
        "by SZ",
        "by VOL",
        "by observations",
        "TATAPOWER.NS",
    ]
    assert set(wanted) <= set(seen), seen
    assert [one for one in dict.fromkeys(seen) if one in wanted] == wanted


def test_the_demo_says_that_it_is_synthetic_and_how_to_get_real_prices(
    tmp_path_factory: pytest.TempPathFactory, demo: World
) -> None:
    """Unfolded at the first visit, folded but there at the next."""
    with browsing(tmp_path_factory.mktemp("fresh")) as fresh:
        page = filled(opened(fresh, demo.url))
        said = page.run("document.querySelector('.demo').innerText")
        assert "these prices are synthetic" in said
        assert "factor serve --source yahoo" in said
        page.reload()
        filled(page)
        again = page.run("document.querySelector('.demo').innerText")
        assert "these prices are synthetic" in again
        assert "factor serve" not in again
