"""Verdicts of `claim` on SciFact's 809 training claims over its corpus of 5,183 abstracts.

    python -m benchmarks.claim_verdicts --data DATA --cache DIR [--every 8]

A verdict is correct when it matches the claim's label: SUPPORT supported, CONTRADICT contradicted, NEI not enough
evidence; ``mixed`` is always wrong. A paper's stance is correct when it matches the claim's label; only claims count
whose cited abstract was read. The baselines judge the same papers and quotes: always support, closeness alone, and the
verification of answers (`Verifier.stance`), each by the nearest paper.

Nothing is fitted here. The weights come from other datasets (`fit_stance`); the threshold of closeness was chosen on
these claims (`sentence_verification`), which favours the two baselines that use it. ``--cache`` stores the library.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.lib.scifact_claims import f1_of
from paperchat.answering.verification import MIN_CLOSENESS, Verifier
from paperchat.assistant import PaperChat
from paperchat.models.minilm import MiniLM
from paperchat.survey.types import PaperStance, WeighedClaim

VERDICTS = {"SUPPORT": "supported", "CONTRADICT": "contradicted", "NEI": "not_enough_evidence"}
POSITIONS = {"support": "SUPPORT", "oppose": "CONTRADICT", "contradict": "CONTRADICT"}
RULES = ("weighed", "always support", "closeness alone", "verification of answers")


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedClaim:
    """A claim's label, and the label that each rule gives to the claim and, if it was read, to the cited paper."""

    label: str
    verdicts: dict[str, str]
    paper: dict[str, str] | None
    seconds: float


def open_library(data: Path, cache: Path) -> PaperChat:
    """The library of SciFact's abstracts, ingested the first time."""
    chat = PaperChat.open(cache / "scifact")
    if not chat.status().papers:
        chat.ingest(data / "ir" / "scifact" / "corpus.jsonl")
    return chat


def judge_claim(chat: PaperChat, verifier: Verifier, row: dict[str, Any]) -> JudgedClaim:
    began = time.perf_counter()
    found = chat.claim(row["claim"])
    seconds = time.perf_counter() - began
    cited = {str(one["doc_id"]) for one in row["evidence"]} or {str(one) for one in row["cited_doc_ids"]}
    right = next((one for one in found.papers if one.paper.paper.key in cited), None)
    closest = nearest_paper(found, verifier)
    said = {verdict: label for label, verdict in VERDICTS.items()}.get(found.verdict, "MIXED")
    verdicts = {"weighed": said} | (
        _apply_rules(found, closest, verifier) if closest else dict.fromkeys(RULES[1:], "NEI")
    )
    verdicts["always support"] = "SUPPORT"
    paper = None
    if right:
        paper = {"weighed": POSITIONS.get(right.position, "NEI")} | _apply_rules(found, right, verifier)
    return JudgedClaim(label=row["label"], verdicts=verdicts, paper=paper, seconds=seconds)


def nearest_paper(found: WeighedClaim, verifier: Verifier) -> PaperStance | None:
    """The paper with the quote that is most similar to the claim."""
    similarities = verifier.similarities(found.claim, [one.quote.text for one in found.citations])
    if not similarities:
        return None
    number = found.citations[similarities.index(max(similarities))].number
    return next(one for one in found.papers if number in one.citations)


def _quotes(found: WeighedClaim, paper: PaperStance) -> list[str]:
    return [one.quote.text for one in found.citations if one.number in paper.citations]


def _apply_rules(found: WeighedClaim, paper: PaperStance, verifier: Verifier) -> dict[str, str]:
    quotes, title = _quotes(found, paper), paper.paper.paper.title
    stance = verifier.stance(found.claim, quotes, known=title)
    close = verifier.closeness(found.claim, quotes, known=title) >= MIN_CLOSENESS
    return {
        "always support": "SUPPORT",
        "closeness alone": "SUPPORT" if close else "NEI",
        "verification of answers": POSITIONS.get(stance, "NEI"),
    }


def format_scores(pairs: Sequence[tuple[str, str]]) -> str:
    """F1 of each label, their mean, and accuracy, from pairs of label and prediction."""
    scores = {label: round(score, 3) for label, score in f1_of(pairs, [*VERDICTS]).items()}
    scores["accuracy"] = round(sum(one == said for one, said in pairs) / max(len(pairs), 1), 3)
    opposed = [one for one, said in pairs if said == "CONTRADICT"]
    scores["precision of CONTRADICT"] = round(opposed.count("CONTRADICT") / max(len(opposed), 1), 3)
    return json.dumps(scores)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="evaluate every n-th claim only")
    options = parser.parse_args()
    lines = (options.data / "qa" / "scifact_claims.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines][:: options.every]
    found = []
    with open_library(options.data, options.cache) as chat:
        verifier = Verifier(encoder=MiniLM(), stem=chat.library.analyse)
        for done, row in enumerate(rows, start=1):
            found.append(judge_claim(chat, verifier, row))
            if done % 100 == 0:
                print(f"{done} of {len(rows)}", file=sys.stderr, flush=True)
    print(f"{len(found)} claims", dict(Counter(one.label for one in found)))
    for rule in RULES:
        print(f"verdict, {rule}:", format_scores([(one.label, one.verdicts[rule]) for one in found]))
    read = [(one.label, one.paper) for one in found if one.paper]
    print(f"the cited paper was read for {len(read)}", dict(Counter(label for label, _ in read)))
    for rule in RULES:
        print(f"paper, {rule}:", format_scores([(label, paper[rule]) for label, paper in read]))
    print("verdicts:", dict(Counter(one.verdicts["weighed"] for one in found)))
    print(f"seconds a claim, median: {statistics.median(one.seconds for one in found):.2f}")


if __name__ == "__main__":
    main()
