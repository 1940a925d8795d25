"""The demo's pictures look as they did when somebody looked at them."""

from pathlib import Path

import pytest

from factorcli import Chart
from tests.gallery import Gallery
from tests.kept_pictures import FOLDER, difference, pixels

pytestmark = [pytest.mark.cli, pytest.mark.slow]

TOLERANCE = 0.002  # of the pixels; edges of letters differ between versions of the renderer
NAMES = (
    "exposures", "path", "shares", "attribution", "factors", "heatmap", "holdings", "stress", "differences", "drift",
)  # fmt: skip


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Chart]:
    """One picture of each kind."""
    return dict(Gallery(Path(tmp_path_factory.mktemp("gallery"))).easy())


def test_every_picture_looks_like_the_kept_one(drawn: dict[str, Chart]) -> None:
    """`python -m tests.kept_pictures` keeps them anew, after they have been looked at; each kind is kept."""
    assert tuple(drawn) == NAMES
    assert {path.stem for path in FOLDER.glob("*")} == set(NAMES)
    assert {name: apart for name in NAMES if (apart := difference(pixels(drawn[name]), name)) > TOLERANCE} == {}


def test_another_picture_is_told_from_the_kept_one(tmp_path: Path) -> None:
    """That of the same stock a day earlier."""
    other = Gallery(tmp_path).demo.decompose("RELIANCE", intervals=True, as_of="2026-11-19").chart("shares")
    assert difference(pixels(other), "shares") > 2 * TOLERANCE
