"""The demo's pictures as they were kept, and how far a picture is from the kept one.

`python -m tests.kept_pictures` keeps them anew, from the code as it is: look at each before you commit it.
"""

import io
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from factorcli import Chart
from factorcli.render.charts.drawing import image
from tests.gallery import Gallery

FOLDER = Path(__file__).parent / "pictures"
SCALE = 0.75  # pixels of a kept picture for a px
CHANGED = 48  # of 255, from which on a pixel counts as another one: beyond what another version's edges differ by
COLOURS = 64


def kept(name: str) -> Path:
    """The file of a picture."""
    return FOLDER / f"{name}.png"


def pixels(chart: Chart) -> np.ndarray:
    """A picture drawn now, (height, width, 3)."""
    return _array(Image.open(io.BytesIO(image(chart.picture, ".png", scale=SCALE))))


def difference(found: np.ndarray, name: str) -> float:
    """The part of the pixels that is not as in the kept picture; 1 where the size is another."""
    expected = _array(Image.open(kept(name)))
    height, width = (min(a, b) for a, b in zip(found.shape[:2], expected.shape[:2], strict=True))
    if abs(found.shape[0] - expected.shape[0]) > 2 or abs(found.shape[1] - expected.shape[1]) > 2:
        return 1.0
    apart = np.abs(found[:height, :width].astype(int) - expected[:height, :width].astype(int)).max(axis=2)
    return float((apart > CHANGED).mean())


def _array(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("RGB"))


def main() -> None:
    """Keep the pictures of the demo as they are now."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, chart in Gallery(Path(folder)).easy():
            drawn = Image.fromarray(pixels(chart))
            drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(kept(name), optimize=True)
            print(kept(name))


if __name__ == "__main__":
    main()
