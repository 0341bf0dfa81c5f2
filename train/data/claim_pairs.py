"""Claim–sentence pairs written for arXiv abstracts, in ``claim_pairs/*.jsonl``: each sentence with several claims.

A row has ``title``, ``sentence`` (of the abstract, or the title) and ``claims`` with ``c`` the claim, ``l`` the stance
that this sentence by itself has on it (S supports, C contradicts, N neither) and ``t`` the trap that the claim sets.
Of the trap ``retrieved`` are sentences of other papers that a search for the claim found, read and labelled; of
``sampled`` such sentences that were not read and hardly ever take a side.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from train.data.examples import CONTRADICT, NEITHER, SUPPORT, Example

PAIRS = Path(__file__).parent / "claim_pairs"
_UNSURE_WEIGHT = 0.5
_STANCES = {"S": SUPPORT, "C": CONTRADICT, "N": NEITHER}


def claim_pairs(files: Sequence[Path]) -> Iterator[Example]:
    """Their examples; ``source`` is ``pairs/TRAP``."""
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            for claim in row["claims"]:
                yield Example(
                    task="stance",
                    query=claim["c"],
                    title="" if row["sentence"] == row["title"] else row["title"],
                    text=" ".join(row["sentence"].split()),
                    stances=(_STANCES[claim["l"]],),
                    source=f"pairs/{claim['t']}",
                    weight=_UNSURE_WEIGHT if claim["t"] == "sampled" else 1.0,
                )
