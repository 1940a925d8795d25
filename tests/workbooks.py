"""A small .xlsx, written by hand: sheets of texts, numbers and empty cells."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

KINDS = "http://schemas.openxmlformats.org"
MAIN, RELATIONS = f"{KINDS}/spreadsheetml/2006/main", f"{KINDS}/officeDocument/2006/relationships"
Rows = Sequence[Sequence[str | float | None]]


def write_xlsx(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """A workbook of these sheets."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    numbered = list(enumerate(sheets.items(), start=1))
    listed = "".join(f'<sheet name="{escape(name)}" sheetId="{i}" r:id="rId{i}"/>' for i, (name, _) in numbered)
    related = "".join(
        f'<Relationship Id="rId{i}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i, _ in numbered
    )
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for i, _ in numbered
    )
    packages = f"{KINDS}/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{packages}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        f"{kinds}</Types>",
        "_rels/.rels": f'<Relationships xmlns="{packages}/relationships"><Relationship Id="rId1" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{packages}/relationships">{related}</Relationships>',
    }
    parts |= {f"xl/worksheets/sheet{i}.xml": _sheet(rows) for i, (_, rows) in numbered}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, head + text)
    return path


def _sheet(rows: Rows) -> str:
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = "".join(_cell(value, f"{chr(65 + place)}{number}") for place, value in enumerate(row))
        lines.append(f'<row r="{number}">{cells}</row>')
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(value: str | float | None, place: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value!r}</v></c>'
