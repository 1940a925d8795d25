"""Where the labels of points have room: beside their points, over no other point and no other label."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from factorcli.render.charts.layout import text_width
from factorcli.render.charts.theme import LABEL_SIZE

GAP = 3  # px between a point and its label
ALIGNED = {1: "left", 0: "center", -1: "right"}  # by where a label is: right of its point, above or below it, left


@dataclass(frozen=True)
class Box:
    """A rectangle in px, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        """Whether the two have more than an edge in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def inside(self, other: "Box") -> bool:
        """Whether no part of it is outside the other."""
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )


@dataclass(frozen=True)
class Point:
    """A circle in px, y downwards."""

    x: float
    y: float
    radius: float

    @property
    def box(self) -> Box:
        """The square around it."""
        return Box(self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius)


@dataclass(frozen=True)
class Place:
    """Where a label is written: the point that it is aligned to, vertically its middle, and the room it takes."""

    x: float
    y: float
    align: str
    box: Box


def label_places(points: Sequence[Point], labels: Sequence[str], area: Box) -> list[Place | None]:
    """The place of each label inside the area, None for one that has no room; the first labels choose first.

    labels: those of the first points; the other points have none, but are not written over.
    """
    places: list[Place | None] = []
    for number, (point, label) in enumerate(zip(points, labels, strict=False)):
        taken = [other.box for other in [*points[:number], *points[number + 1 :]]]
        taken += [place.box for place in places if place is not None]
        around = _around(point, label)
        free = (place for place in around if place.box.inside(area) and not any(map(place.box.overlaps, taken)))
        places.append(next(free, None))
    return places


def _around(point: Point, label: str) -> Iterator[Place]:
    """Right of the point, left, above and below it, then at its corners."""
    width, height = text_width(label, LABEL_SIZE), LABEL_SIZE + 2
    beside, slanted = point.radius + GAP, 0.7 * point.radius + GAP
    for across, down, distance in (
        (1, 0, beside), (-1, 0, beside), (0, -1, beside), (0, 1, beside),
        (1, -1, slanted), (1, 1, slanted), (-1, -1, slanted), (-1, 1, slanted),
    ):  # fmt: skip
        x, y = point.x + across * distance, point.y + down * (distance + height / 2)
        left = x + width * (across - 1) / 2
        yield Place(x, y, ALIGNED[across], Box(left, y - height / 2, left + width, y + height / 2))
