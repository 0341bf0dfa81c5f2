"""The share of real abstracts that are flagged as suspected prompt injections, and of injected passages that are.

python -m benchmarks.prompt_injection_flags --data DATA [--first 40000] [--size 20000]
"""

from __future__ import annotations

import argparse
import gzip
import json
from itertools import islice
from pathlib import Path

from paperchat.text.cleaning import clean
from paperchat.text.prompt_injection import find_injections

INJECTIONS = Path(__file__).parents[1] / "tests" / "data" / "injections.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--first", type=int, default=40_000)
    parser.add_argument("--size", type=int, default=20_000)
    options = parser.parse_args()
    lines = INJECTIONS.read_text(encoding="utf-8").splitlines()
    caught = sum(bool(find_injections(clean(json.loads(line)["text"]))) for line in lines)
    print(f"injected passages flagged: {caught} of {len(lines)}")
    read = flagged = 0
    with gzip.open(options.data / "arxiv_abstracts.jsonl.gz", "rt", encoding="utf-8") as stream:
        for line in islice(stream, options.first, options.first + options.size):
            row = json.loads(line)
            read += 1
            for one in find_injections(clean(f"{row['title']}. {row['abstract']}"))[:1]:
                flagged += 1
                print(f"{row['id']}: {one.kind}: {one.excerpt}")
    print(f"abstracts flagged: {flagged} of {read} ({flagged / read:.3%})")


if __name__ == "__main__":
    main()
