"""What the browser tests of the page share: a browser, and a server of the demo market."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser import Browser
    from tests.serving import Site


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
