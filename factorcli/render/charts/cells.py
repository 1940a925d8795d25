"""Tables of coloured cells: a column a factor, each with a scale of its own around zero."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor, isfinite, nan
from typing import Any

from factorcli.render.charts.layout import shortened, text_width, widest, wrapped
from factorcli.render.charts.picture import Spec, mark
from factorcli.render.charts.theme import DIVERGING, INK, LABEL_SIZE, MUTED, PAPER, TEXT_SIZE
from factorcli.render.text import number

ROW, COMPACT_ROW = 22, 15  # px
LINE = 4  # px: what remains of a cell whose number is not significant
MAX_CELL, NUMBER_CELL, MIN_COMPACT_CELL = 84, 44, 18  # px: of a number's cell at most, to be readable; of a compact one
COMPACT_GAP = 20  # px between blocks of compact rows
MAX_BLOCK = 60  # compact rows below one heading
LABEL_SHARE = 0.45  # of the width, at most for labels
RAMP_CELL = 16  # px of one colour in the key
NO_DATA = "–"
_DARK_CELLS = {0, 1, 7, 8}  # levels on which the text is paper-coloured

_Data = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """A column: its heading, the value of its last colour, above which all have that colour, and its decimals."""

    code: str
    heading: str
    limit: float
    digits: int

    def level(self, value: float) -> int:
        """The place of a value's colour in DIVERGING: equal steps from −limit to +limit."""
        steps = len(DIVERGING)
        return min(steps - 1, max(0, floor((value / self.limit + 1) / 2 * steps)))

    def limit_text(self) -> str:
        """`±0.90`."""
        return f"±{number(self.limit, self.digits, signed=False)}"


@dataclass(frozen=True)
class Row:
    """A row: its label, a note beside it, and its values and q-values by code (NaN where there is none).

    A row without values is a heading.
    """

    label: str
    note: str = ""
    values: Mapping[str, float] | None = None
    q_values: Mapping[str, float] | None = None
    significance_level: float = 0.0

    def faded(self, code: str) -> bool:
        """Whether the value of a code failed its test; one without a test did not."""
        return (self.q_values or {}).get(code, nan) > self.significance_level


def tables(parts: Mapping[str, Sequence[Row]], columns: Sequence[Column], width: float) -> list[Spec]:
    """Tables by title, aligned with each other: rows with labels, notes and a number in each cell; width in px."""
    rows = [row for part in parts.values() for row in part]
    wanted = max(widest([*parts]), *(_label_width(part) for part in parts.values())) + 10
    least = min(width * LABEL_SHARE, widest([row.label for row in rows]) + 30)
    labels = min(wanted, max(least, width - len(columns) * NUMBER_CELL))
    cell = min(MAX_CELL, (width - labels) / len(columns))
    return [_table(title, part, columns, (width, labels, cell)) for title, part in parts.items()]


def _table(title: str, rows: Sequence[Row], columns: Sequence[Column], widths: tuple[float, float, float]) -> Spec:
    """One table; widths: of the whole, of the labels and of a cell."""
    width, labels, cell = widths
    headings, head = _headings(columns, labels, cell, limits=True)
    cells = list(_cells(rows, columns, (labels, head), (cell, ROW)))
    texts = [_text(line, 0, 8 + 17 * place, weight=600) for place, line in enumerate(wrapped(title, labels - 10))]
    texts += headings
    notes = widest([row.label for row in rows]) + 10
    for place, row in enumerate(rows):
        texts += _labels(row, head + (place + 0.5) * ROW, labels - 10, notes)
    if cell < widest([str(one["text"]) for one in cells], LABEL_SIZE):
        cells = [{**one, "text": ""} for one in cells]
    return _canvas(width, head + ROW * len(rows), cells, texts)


def poster(title: str, groups: Mapping[str, Sequence[Row]], columns: Sequence[Column], width: float) -> Spec:
    """Compact rows of groups, in blocks beside each other and one below the other, of a width in px."""
    stocks = [row for rows in groups.values() for row in rows]
    labels = min(widest([row.label for row in stocks], LABEL_SIZE), 110) + 6
    least = labels + len(columns) * MIN_COMPACT_CELL
    across = max(1, int((width + COMPACT_GAP) // (least + COMPACT_GAP)))
    block = (width + COMPACT_GAP) / across - COMPACT_GAP
    cell = (block - labels) / len(columns)
    bands = -(-(len(stocks) + len(groups)) // (MAX_BLOCK * across))
    blocks = _blocks(groups, across * bands)
    height = max(map(len, blocks)) * COMPACT_ROW
    _, head = _headings(columns, 0, cell, limits=False)
    step = head + height + 24
    cells: list[_Data] = []
    texts = [_text(title, 0, 8, weight=600)]
    for place, rows in enumerate(blocks):
        left, top = place % across * (block + COMPACT_GAP), 22 + place // across * step
        texts += [{**text, "y": text["y"] + top} for text in _headings(columns, left + labels, cell, limits=False)[0]]
        cells += _cells(rows, columns, (left + labels, top + head), (cell, COMPACT_ROW), numbers=False)
        for line, row in enumerate(rows):
            note = row.note if row.values is None else ""
            room = (block if row.values is None else labels - 6) - text_width(note, LABEL_SIZE)
            y = top + head + (line + 0.5) * COMPACT_ROW
            label = shortened(row.label, room, LABEL_SIZE) + note
            texts.append(_text(label, left, y, weight=_weight(row), size=LABEL_SIZE))
    used = -(-len(blocks) // across)
    return _canvas(width, 22 + used * step - 24, cells, texts)


def colour_key(entries: Sequence[tuple[str, str]], width: float) -> Spec:
    """What the colours mean; entries: a symbol (`ramp`, `full` or `line`) and its explanation each."""
    cells: list[_Data] = []
    texts: list[_Data] = []
    x, y = 0.0, 0.0
    for symbol, label in entries:
        ramp = symbol == "ramp"
        wide = RAMP_CELL * (len(DIVERGING) if ramp else 1)
        lines = wrapped(label, width - wide - 8)
        if x and x + wide + 8 + widest(lines) > width:
            x, y = 0.0, y + 20
        for place, level in enumerate(range(len(DIVERGING)) if ramp else (7,)):
            top = y + 13 - LINE if symbol == "line" else y + 1
            cells.append({"level": level, "x": x + place * RAMP_CELL, "x2": x + (place + 1) * RAMP_CELL - 1, "y": top,
                          "y2": y + 13})  # fmt: skip
        texts += [_text(line, x + wide + 8, y + 7 + number * 17) for number, line in enumerate(lines)]
        x, y = x + wide + 8 + widest(lines) + 20, y + 17 * (len(lines) - 1)
    return _canvas(width, y + 14, cells, texts)


def _blocks(groups: Mapping[str, Sequence[Row]], number: int) -> list[list[Row]]:
    """The groups in at most `number` blocks of about equal height, none of which ends with a heading."""
    capacity = -(-sum(len(rows) + 1 for rows in groups.values()) // number)
    while len(blocks := list(_filled(groups, capacity))) > number:
        capacity += 1
    return blocks


def _filled(groups: Mapping[str, Sequence[Row]], capacity: int) -> Iterator[list[Row]]:
    block: list[Row] = []
    for name, rows in groups.items():
        if block and len(block) + 2 > capacity:
            yield block
            block = []
        block.append(Row(name, f" ({len(rows)})"))
        for row in rows:
            if len(block) >= max(2, capacity):
                yield block
                block = [Row(name, ", continued")]
            block.append(row)
    yield block


def _cells(
    rows: Iterable[Row], columns: Sequence[Column], start: tuple[float, float], size: tuple[float, float], *,
    numbers: bool = True,
) -> Iterator[_Data]:  # fmt: skip
    """The data of the cells of rows one below the other; start and size (of a cell) in px, across and down."""
    wide, high = size
    for line, row in enumerate(rows):
        for place, column in enumerate(columns if row.values is not None else ()):
            value = (row.values or {}).get(column.code, nan)
            known, faded = isfinite(value), row.faded(column.code)
            left, top, bottom = start[0] + place * wide, start[1] + line * high, start[1] + (line + 1) * high - 1
            if faded:
                top, bottom = (bottom - LINE, bottom) if numbers else (top + 5, top + 5 + LINE)
            yield {
                "row": row.label, "column": column.code, "beta": value if known else None,
                "q_value": _known((row.q_values or {}).get(column.code, nan)), "faded": faded,
                "level": column.level(value) if known else None, "text": _cell_text(value, column, numbers=numbers),
                "x": left, "x2": left + wide - 1, "y": top, "y2": bottom,
                "text_x": left + (wide - 1) / 2, "text_y": bottom - high / 2 - (LINE / 2 if faded else -0.5),
            }  # fmt: skip


def _cell_text(value: float, column: Column, *, numbers: bool) -> str:
    if not isfinite(value):
        return NO_DATA
    return number(value, column.digits) if numbers else ""


def _known(value: float) -> float | None:
    return value if isfinite(value) else None


def _headings(columns: Sequence[Column], left: float, cell: float, *, limits: bool) -> tuple[list[_Data], float]:
    """The headings of columns, upright where they fit and with the limit of each, and their height."""
    names = {column.code: column.heading for column in columns}
    below = {column.code: column.limit_text() if limits else "" for column in columns}
    middles = {column.code: left + place * cell + (cell - 1) / 2 for place, column in enumerate(columns)}
    if widest([*names.values(), *below.values()], LABEL_SIZE) <= cell:
        above = [{**_text(text, middles[code], 8, weight=600, size=LABEL_SIZE, align="center"), "code": code}
                 for code, text in names.items()]  # fmt: skip
        above += [{**_text(text, middles[code], 23, colour=MUTED, size=LABEL_SIZE, align="center"), "code": code}
                  for code, text in below.items() if text]  # fmt: skip
        return above, 36 if limits else 20
    turned = {code: f"{text} {below[code]}".strip() for code, text in names.items()}
    height = widest(turned.values(), LABEL_SIZE) + 8
    return [
        {**_text(text, middles[code], height - 6, weight=600, size=LABEL_SIZE), "code": code, "angle": 270}
        for code, text in turned.items()
    ], height


def _label_width(rows: Sequence[Row]) -> float:
    notes = widest([row.note for row in rows], LABEL_SIZE)
    return widest([row.label for row in rows]) + (notes + 10 if notes else 0)


def _labels(row: Row, y: float, width: float, notes: float) -> Iterator[_Data]:
    """A row's label and its note: a number at the right, a text `notes` px from the left, as far as there is room."""
    counted = row.note.isdigit()
    room = width - text_width(row.note, LABEL_SIZE) - 6 if counted else width
    yield _text(shortened(row.label, room), 0, y, weight=_weight(row))
    if counted:
        yield _text(row.note, width, y, colour=MUTED, size=LABEL_SIZE, align="right")
    elif row.note and notes + 40 < width:
        yield _text(shortened(row.note, width - notes, LABEL_SIZE), notes, y, colour=MUTED, size=LABEL_SIZE)


def _weight(row: Row) -> int:
    return 600 if row.values is None else 400


def _text(
    text: str, x: float, y: float, *, weight: int = 400, size: float = TEXT_SIZE, colour: str = INK, align: str = "left"
) -> _Data:
    return {"text": text, "x": x, "y": y, "weight": weight, "size": size, "colour": colour, "align": align, "angle": 0}


def _canvas(width: float, height: float, cells: Sequence[_Data], texts: Sequence[_Data]) -> Spec:
    """A view of cells and texts placed in px, the text of cells above them."""
    colour = {"field": "level", "type": "ordinal", "legend": None,
              "scale": {"domain": list(range(len(DIVERGING))), "range": list(DIVERGING)}}  # fmt: skip
    tooltip = [{"field": name} for name in ("row", "column", "beta", "q_value")]
    area = {**_place("x", "y"), "x2": {"field": "x2"}, "y2": {"field": "y2"}, "color": colour}
    layers = []
    if cells:
        known = [cell for cell in cells if cell["level"] is not None]
        if "row" in cells[0]:
            area["tooltip"] = tooltip
        layers.append({"data": {"values": known}, **mark("rect", area, aria=False)})
    numbers = [cell for cell in cells if cell.get("text")]
    if numbers:
        on = {"condition": [
            {"test": "datum.faded || datum.level === null", "value": MUTED},
            {"test": f"indexof({sorted(_DARK_CELLS)}, datum.level) >= 0", "value": PAPER},
        ], "value": INK}  # fmt: skip
        shown = {**_place("text_x", "text_y"), "text": {"field": "text"}, "color": on}
        layers.append({"data": {"values": numbers}, **mark("text", shown, fontSize=LABEL_SIZE, aria=False)})
    for style in dict.fromkeys(_style(text) for text in texts):
        weight, size, ink, align, angle = style
        shown = {**_place("x", "y"), "text": {"field": "text"}}
        layers.append({
            "data": {"values": [text for text in texts if _style(text) == style]},
            **mark("text", shown, fontWeight=weight, fontSize=size, color=ink, align=align, angle=angle,
                   baseline="middle", aria=False),
        })  # fmt: skip
    return {"width": width, "height": height, "layer": layers}


def _place(x: str, y: str) -> Spec:
    return {"x": {"field": x, "type": "quantitative", "scale": None, "axis": None},
            "y": {"field": y, "type": "quantitative", "scale": None, "axis": None}}  # fmt: skip


def _style(text: _Data) -> tuple[Any, ...]:
    return text["weight"], text["size"], text["colour"], text["align"], text["angle"]
