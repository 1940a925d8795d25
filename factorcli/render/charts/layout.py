"""Widths of texts, and the lines in which they fit, without a font at hand."""

from collections.abc import Iterable

from factorcli.render.charts.theme import TEXT_SIZE

# Widths of Inter's characters as parts of the font size; a little wide rather than narrow.
_NARROW, _WIDE, _USUAL, _CAPITAL, _FULL = 0.32, 0.92, 0.6, 0.72, 1.05
_NARROW_CHARACTERS = frozenset("ijltfr.,:;'|!()[] ·-")
_WIDE_CHARACTERS = frozenset("mwMW@%—")


def text_width(text: str, size: float = TEXT_SIZE) -> float:
    """About how wide a text is, in px."""
    return size * sum(map(_width, text))


def widest(texts: Iterable[str], size: float = TEXT_SIZE) -> float:
    """The width of the widest text in px, 0 without any."""
    return max((text_width(text, size) for text in texts), default=0.0)


def wrapped(text: str, width: float, size: float = TEXT_SIZE) -> list[str]:
    """The text in lines of at most `width` px, broken at blanks; a longer word has a line of its own, shortened."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(joined, size) <= width:
            lines[-1] = joined
        else:
            lines.append(shortened(word, width, size))
    return lines


def shortened(text: str, width: float, size: float = TEXT_SIZE) -> str:
    """The text, or as much of it as fits `width` px, followed by an ellipsis."""
    if text_width(text, size) <= width:
        return text
    kept = text
    while kept and text_width(f"{kept}…", size) > width:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def short_label(label: str, width: float, size: float = TEXT_SIZE) -> str:
    """A factor's label such as `size (SZ)`; where it does not fit, `SZ, size` as far as that does."""
    name, _, code = label.rpartition(" (")
    coded = f"{code.removesuffix(')')}, {name}" if name else label
    return label if text_width(label, size) <= width else shortened(coded, width, size)


def _width(character: str) -> float:
    if character in _NARROW_CHARACTERS:
        return _NARROW
    if character in _WIDE_CHARACTERS:
        return _WIDE
    if ord(character) >= 0x2E80:  # ideographs and what is as wide
        return _FULL
    return _CAPITAL if character.isupper() else _USUAL
