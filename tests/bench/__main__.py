"""`python -m tests.bench [PART …] [FILE]`: print the ratios of some parts or all, and write them (bench.json)."""

import json
import sys
from itertools import chain
from pathlib import Path

from tests.bench import before, core, depth, heatmap, peers, pictures, portfolios, serve, yahoo

MODULES = (before, core, depth, heatmap, peers, pictures, portfolios, yahoo, serve)
PARTS = {module.__name__.rpartition(".")[2]: module for module in MODULES}


def main() -> int:
    """Measure, print, write; status 1 if a bar was missed."""
    records, words = [], sys.argv[1:]
    chosen = [PARTS[word] for word in words if word in PARTS] or PARTS.values()
    for ratio in chain.from_iterable(part.ratios() for part in chosen):
        mark = "ok  " if ratio.met else "MISS"
        print(f"{mark} {ratio.ratio:8.2f}x  {ratio.what}  ({ratio.measured:.3f} {ratio.unit})")
        print(f"     bar: {ratio.bar} of {ratio.against}  ({ratio.against_measured:.3f} {ratio.unit})", flush=True)
        records.append(ratio.record())
    target = Path(next((word for word in words if word not in PARTS), "bench.json"))
    target.write_text(json.dumps(records, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(record["met"] for record in records) else 1


if __name__ == "__main__":
    raise SystemExit(main())
