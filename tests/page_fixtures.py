"""What the browser tests of the page share: a browser, and a server of the demo market."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser import Browser
    from tests.page_browser import World
    from tests.serving import Site

EARLIER = "2026-11-18T18:00:00+05:30"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Browser]":
    """One browser for all tests of a module, a tab each."""
    from tests.browser import browsing  # which skips where there is none

    with browsing(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Site]":
    """A server of the demo market with a heatmap of its universe over 252 days."""
    from tests.page_browser import factor, world

    home = tmp_path_factory.mktemp("page")
    assert factor(home, "heatmap", "compute", "--all", "--window", "252").status == 0
    with world(home) as made:
        yield made.site


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[World]":
    """The whole universe over two windows, of one of them two days."""
    from tests.page_browser import factor, world

    home = tmp_path_factory.mktemp("demo")
    factor(home, "heatmap", "compute", "--all", "--window", "252", FACTOR_NOW=EARLIER)
    assert factor(home, "heatmap", "compute", "--all", "--window", "252", "--window", "126").status == 0
    with world(home) as made:
        yield made
