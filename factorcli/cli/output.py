"""Where an answer goes and in which form: a table, JSON, CSV or pictures, on stdout or in a file."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from factorcli.cli.messages import print_text, say
from factorcli.cli.options import Output
from factorcli.errors import InvalidOption

if TYPE_CHECKING:
    from factorcli.results.batch import Batch

OUTPUT_ENDINGS = (".json", ".csv", ".txt")


@dataclass(frozen=True)
class Documents:
    """Forms of an answer that are files of their own, such as pictures.

    endings: of the names of such files; make: the content, from an answer and an ending; check: raises UsageError for
    options that do not fit an ending, or none of these, before anything is computed. default: the ending of what goes
    to stdout where no other form is asked for, instead of a table; tables: the other endings that there are; split: the
    files, by name, of an output that is a folder.
    """

    endings: tuple[str, ...]
    make: "Callable[[Batch[Any], str], bytes]"
    check: Callable[[str], None]
    default: str = ""
    tables: tuple[str, ...] = OUTPUT_ENDINGS
    split: "Callable[[Batch[Any]], Iterable[tuple[str, bytes]]] | None" = None


def check(output: Output, documents: Documents | None = None) -> None:
    """Raise InvalidOption for an output that cannot be written."""
    if output.json and output.csv:
        raise InvalidOption("--json and --csv are both given; choose one.")
    ending = _ending(output)
    splits = documents is not None and documents.split is not None and not (output.json or output.csv)
    if output.output is not None and not (splits and _is_folder(output)):
        check_file(output.output, (*documents.tables, *documents.endings) if documents else OUTPUT_ENDINGS)
    if documents is not None:
        if ending in documents.endings and (output.json or output.csv):
            form = "--json" if output.json else "--csv"
            raise InvalidOption(f"{form} and the ending of --output {output.output} are two forms; choose one.")
        documents.check(ending)


def check_file(name: str, endings: Sequence[str]) -> None:
    """Raise InvalidOption for a file that cannot be written, or without one of these endings."""
    if not name.strip():
        raise InvalidOption("--output is empty; name a file.")
    target = Path(name)
    # os.path says False, and does not fail, for a name that no file can have.
    if os.path.isdir(target):  # noqa: PTH112
        raise InvalidOption(f"--output {target} is a folder; name a file.")
    if not os.path.isdir(target.parent):  # noqa: PTH112
        raise InvalidOption(f"--output {target}: there is no folder {target.parent}; create it first.")
    is_device = name == "-" or (os.path.exists(target) and not os.path.isfile(target))  # noqa: PTH110, PTH113
    if target.suffix.lower() not in endings and not is_device:
        raise InvalidOption(f"--output {target.name} must end in {', '.join(endings[:-1])} or {endings[-1]}.")


def write(
    schema: str,
    batch: "Batch[Any]",
    output: Output,
    *,
    view: str | None = None,
    footnote: "Callable[[Batch[Any]], str | None] | None" = None,
    documents: Documents | None = None,
) -> None:
    """Write an answer in the form that the options say, or nothing where a table or document has no results.

    Raises BrokenPipeError, and InvalidOption where it cannot be written.
    """
    form = _format(output)
    if form == "json":
        from factorcli.render.json_csv import to_json

        text = to_json(schema, batch)
    elif form == "csv":
        from factorcli.render.json_csv import to_csv

        text = to_csv(batch)
    elif not batch.results:
        if output.output is not None and not batch.failures:
            say(f"There is nothing to write: {output.output} is not written.")
        return
    elif documents is not None and documents.split is not None and _is_folder(output):
        for name, content in documents.split(batch):
            _write_file(str(Path(output.output or "") / name), content)
        return
    elif documents is not None and (ending := _ending(output) or documents.default) in documents.endings:
        _write_content(output, documents.make(batch, ending))
        return
    else:
        text = _table(batch, view, footnote(batch) if footnote else None, plain=output.output is not None)
    if output.output is None or output.output == "-":
        if form != "table":
            _prepare_for_data()
        print_text(text)
    else:
        _write_file(output.output, text.encode(errors="replace"))


def _ending(output: Output) -> str:
    return Path(output.output).suffix.lower() if output.output else ""


def _is_folder(output: Output) -> bool:
    return bool(output.output) and os.path.isdir(output.output or "")  # noqa: PTH112


def _format(output: Output) -> str:
    suffix = _ending(output)
    if output.json or (suffix == ".json" and not output.csv):
        return "json"
    if output.csv or suffix == ".csv":
        return "csv"
    return "table"


def _table(batch: "Batch[Any]", view: str | None, footnote: str | None, *, plain: bool) -> str:
    from factorcli.render.layout import line, to_text
    from factorcli.render.tables import to_blocks
    from factorcli.render.text import DIM_STYLE

    terminal = not plain and sys.stdout.isatty()
    blocks = to_blocks(batch, view, terminal=terminal)
    if footnote is not None:
        blocks = [*blocks, line(footnote, style=DIM_STYLE)]
    if not terminal:
        return to_text(blocks)
    from factorcli.render.terminal import show

    return show(blocks)


def _prepare_for_data() -> None:
    """Write JSON and CSV in UTF-8 with line feeds, except to a terminal, which has its own encoding."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None and not sys.stdout.isatty():
        reconfigure(encoding="utf-8", errors="replace", newline="\n")


def _write_content(output: Output, content: bytes) -> None:
    """Write a document to its file, or as UTF-8 to stdout."""
    if output.output and output.output != "-":
        _write_file(output.output, content)
        return
    _prepare_for_data()
    print_text(content.decode())


def _write_file(name: str, content: bytes) -> None:
    from factorcli.cli.files import write_whole

    try:
        write_whole(Path(name), content)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidOption(f"--output {name[:200]} cannot be written: {reason}.") from None
