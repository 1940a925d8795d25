"""`python -m tests.refresh_examples`: write anew what the sessions of README and guides show, from real runs."""

import tempfile
from pathlib import Path

from tests.conftest import NSE
from tests.examples import DOCUMENTS, PROMPT, Block, blocks, mismatch, refreshed, run_session


def main() -> None:
    """Rewrite each document whose sessions print something else; say which, and which could not be run."""
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        for block in blocks(path, "console"):
            if not block.runs or (block.needs_nse and not Path(NSE, "nse").is_dir()):
                print(f"{block.name}: not run")
                continue
            text = text.replace(f"```console\n{block.text}```", f"```console\n{_anew(block)}```")
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"{path.name}: rewritten")


def _anew(block: Block) -> str:
    """The session as it prints now; unchanged where what it shows still fits."""
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for command, printed in run_session(block, Path(folder)):
            fits = mismatch(command.shown, printed) is None
            lines += [f"{PROMPT}{command.line}", *(command.shown if fits else refreshed(command.shown, printed))]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
