"""Claims judged by a small language model alone, to compare with `sentence_verification`, which uses none.

    python -m benchmarks.sentence_verification_by_llm --data DATA [--every 6]

Every sixth claim is put to SmolLM2-135M-Instruct with the two most similar sentences of the abstract it cites; the
first of the words SUPPORT, CONTRADICT, NEITHER in its reply is the verdict, and a reply with none of them counts as
NEITHER.
"""

from __future__ import annotations

import argparse
import re
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.lib.scifact_claims import LABELS, claims_with_abstracts
from benchmarks.lib.small_llm_server import complete, serve_small_llm
from benchmarks.sentence_verification import NEAREST, MeasuredClaim, f1
from paperchat.answering.verification import Verifier
from paperchat.assistant import PaperChat
from paperchat.models.minilm import MiniLM
from paperchat.text.sentences import sentence_spans

PROMPT = (
    "Evidence: {evidence}\nClaim: {claim}\n"
    "Does the evidence support the claim, contradict it, or neither? "
    "Answer with one word: SUPPORT, CONTRADICT or NEITHER."
)
_VERDICT_PATTERN = re.compile(r"support|contradict|neither", re.IGNORECASE)


def judge_by_llm(url: str, claim: str, evidence: str) -> str:
    content = PROMPT.format(evidence=evidence, claim=claim)
    verdict = _VERDICT_PATTERN.search(complete(url, content, tokens=12))
    return verdict[0].casefold() if verdict else "neither"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--every", type=int, default=6)
    options = parser.parse_args()
    claims, verdict_of = [], {}
    with TemporaryDirectory(prefix="paperchat-") as home, PaperChat.open(home) as chat, serve_small_llm() as url:
        verifier = Verifier(encoder=MiniLM(), stem=chat.library.analyse, close=0.0)
        for row, cited in islice(claims_with_abstracts(options.data), 0, None, options.every):
            text = cited["text"]
            sentences = [text[start:end] for start, end in sentence_spans(text)]
            near = verifier.similarities(row["claim"], sentences)
            best = sorted(sorted(range(len(near)), key=lambda at: -near[at])[:NEAREST])
            claim = MeasuredClaim(label=LABELS[row["label"]], closeness=0.0, contradicted=False, even=False)
            verdict_of[id(claim)] = judge_by_llm(url, row["claim"], " ".join(sentences[at] for at in best))
            claims.append(claim)
    scores = {name: round(score, 3) for name, score in f1(claims, lambda claim: verdict_of[id(claim)]).items()}
    verdicts = list(verdict_of.values())
    print(len(claims), scores, {word: verdicts.count(word) for word in LABELS.values()})


if __name__ == "__main__":
    main()
