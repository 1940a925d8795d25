"""`python -m tests.bench [FILE]`: print every ratio, and write them as JSON (default bench.json)."""

import json
import sys
from itertools import chain
from pathlib import Path

from tests.bench import before, core, depth, heatmap, peers, pictures, portfolios, serve, yahoo


def main() -> int:
    """Measure, print, write; status 1 if a bar was missed."""
    records = []
    parts = (before, core, depth, heatmap, peers, pictures, portfolios, yahoo, serve)
    for ratio in chain.from_iterable(part.ratios() for part in parts):
        mark = "ok  " if ratio.met else "MISS"
        print(f"{mark} {ratio.ratio:8.2f}x  {ratio.what}  ({ratio.measured:.3f} {ratio.unit})")
        print(f"     bar: {ratio.bar} of {ratio.against}  ({ratio.against_measured:.3f} {ratio.unit})", flush=True)
        records.append(ratio.record())
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "bench.json")
    target.write_text(json.dumps(records, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(record["met"] for record in records) else 1


if __name__ == "__main__":
    raise SystemExit(main())
