"""The one look of all pictures: font, sizes, formats and colours that the colour-blind tell apart, in print and dark.

Blue and orange are those of Okabe & Ito's palette for all kinds of colour vision, darkened where text needs contrast.
"""

from typing import Any

# Inter under a name of its own, so that another version that is installed does not take its place.
FONT_FAMILY = "Inter Factor"
FONT = f"{FONT_FAMILY}, Inter, sans-serif"
TEXT_SIZE, LABEL_SIZE, TITLE_SIZE = 12, 11, 16  # px; none is below 11
WIDTH = 760  # px of a picture, unless another is asked for
MIN_WIDTH, MAX_WIDTH = 320, 4000
PADDING = 16  # px around a picture
ENDINGS = (".svg", ".png", ".pdf", ".html")  # of files of pictures
SCALE, MIN_SCALE, MAX_SCALE = 2.0, 0.25, 8.0  # pixels of a PNG for a px

PAPER, INK, MUTED = "#ffffff", "#1b1f24", "#57606a"
GRID, RULE = "#e4e8ec", "#8c959f"  # lines of the grid; the zero line and axes
BAND, MEDIAN = "#dde3ea", "#6b7683"  # what others are like: a range, and the middle of it
BLUE, ORANGE = "#0065a3", "#b84a00"  # above and below zero; with and against
PALE_BLUE, PALE_ORANGE = "#9cc4e0", "#efbb95"  # bands around lines, and what is not significant
NEUTRAL = "#a8b1bb"  # the remainder: idiosyncratic, cash
WARNING = "#8a5a00"

# From far below zero to far above it, the middle being zero.
DIVERGING = ("#8f3800", "#c4651f", "#e59a5c", "#f6d3b3", "#f3f4f6", "#bdd9ec", "#76b0d8", "#2f7fb8", "#00487a")

# Up to twelve factors: Okabe & Ito's seven and a violet, then four of them darker, told apart by lightness.
CATEGORICAL = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#6a51a3",
    "#003a5c", "#8a5a1f", "#00523b", "#7f2f5c",
)  # fmt: skip

# Each colour as it is on a dark page; a page exchanges them by its style sheet.
DARK = {
    PAPER: "#15191e",
    INK: "#e8ecf0",
    MUTED: "#aeb7c0",
    GRID: "#2b323a",
    RULE: "#6e7883",
    BAND: "#333c46",
    MEDIAN: "#93a0ad",
    BLUE: "#5fb2ea",
    ORANGE: "#f39352",
    PALE_BLUE: "#2f5570",
    PALE_ORANGE: "#70462a",
    NEUTRAL: "#66707b",
    WARNING: "#e0b05a",
    "#8f3800": "#ffb27a", "#c4651f": "#e58a45", "#e59a5c": "#a95f27", "#f6d3b3": "#5e3c22",
    "#f3f4f6": "#2a3037",
    "#bdd9ec": "#24455c", "#76b0d8": "#2f6c95", "#2f7fb8": "#4f9fd4", "#00487a": "#93cdf5",
    "#0072b2": "#3a96d8", "#e69f00": "#edae2c", "#009e73": "#1fb98c", "#cc79a7": "#d88fb7",
    "#56b4e9": "#8fd0f5", "#d55e00": "#ef7a35", "#f0e442": "#f3ea6b", "#6a51a3": "#a48fd8",
    "#003a5c": "#245f8a", "#8a5a1f": "#9a6f35", "#00523b": "#17735a", "#7f2f5c": "#9c5380",
}  # fmt: skip


def config() -> dict[str, Any]:
    """The `config` of a Vega-Lite specification."""
    return {
        "font": FONT,
        "background": PAPER,
        "padding": PADDING,
        "view": {"stroke": None},
        "concat": {"spacing": 12},
        "facet": {"spacing": 16},
        "title": {
            "anchor": "start", "frame": "bounds", "fontSize": TITLE_SIZE, "fontWeight": 600, "color": INK,
            "subtitleFontSize": TEXT_SIZE, "subtitleColor": MUTED, "subtitleLineHeight": 17, "subtitlePadding": 5,
            "offset": 14,
        },
        "axis": {
            "labelFontSize": LABEL_SIZE, "labelColor": MUTED, "titleFontSize": LABEL_SIZE, "titleFontWeight": 400,
            "titleColor": MUTED, "gridColor": GRID, "domainColor": RULE, "tickColor": RULE, "labelLimit": 0,
        },
        "header": {
            "labelFontSize": TEXT_SIZE, "labelFontWeight": 600, "labelColor": INK, "titleFontSize": LABEL_SIZE,
            "titleColor": MUTED,
        },
        "legend": {
            "labelFontSize": LABEL_SIZE, "labelColor": INK, "titleFontSize": LABEL_SIZE, "titleFontWeight": 400,
            "titleColor": MUTED, "labelLimit": 0, "titleLimit": 0,
        },
        "text": {"fontSize": TEXT_SIZE, "color": INK},
        "rule": {"color": RULE},
        "bar": {"color": BLUE},
        "line": {"color": BLUE},
        "point": {"color": BLUE},
    }  # fmt: skip
