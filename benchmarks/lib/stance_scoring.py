"""Which side a text takes on a claim: SciFact's claims with the abstract each cites, and changed numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.sentence_verification import LABELS, changes, claims_with_abstracts, f1_of
from paperchat.answering.verification import Stance, most_decided, window_around
from paperchat.assistant import PaperChat
from paperchat.claims.claim_evidence import find_paper_evidence
from paperchat.claims.stance_classifier import LinearStanceClassifier, load_weights
from paperchat.models.cross_encoder import Reader
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.sentence_vectors import SentenceIndex
from paperchat.text.sentences import sentence_spans

CHANGED_NUMBERS = 500

Pair = tuple[str, Stance]


def stance_f1(pairs: Iterator[Pair]) -> dict[str, float]:
    """Of (label, said): F1 of each side and their mean."""
    return {label: round(score, 3) for label, score in f1_of([*pairs], [*LABELS.values()]).items()}


def stance_by_reader(reader: Reader, claim: str, *, title: str, text: str) -> Stance:
    """By the reader alone: of all stretches of a few sentences the side of the one that says most to the claim."""
    windows = [window_around(span, title=title, text=text) for span in sentence_spans(text)]
    return most_decided(reader.read(claim, windows)).stance


def scifact_by_reader(data: Path, reader: Reader) -> Iterator[Pair]:
    for row, cited in claims_with_abstracts(data):
        yield LABELS[row["label"]], stance_by_reader(reader, row["claim"], title=cited["title"], text=cited["text"])


def scifact_by_claim(data: Path, chat: PaperChat, reader: Reader) -> Iterator[Pair]:
    """As `claim` judges, given the cited abstract of a library that holds them all."""
    encoder = MiniLM()
    index = SentenceIndex(library=chat.library, encoder=encoder)
    judge = LinearStanceClassifier(encoder=encoder, stem=chat.library.analyse, weights=load_weights(), reader=reader)
    papers = {stored.paper.key: stored for stored in chat.library.all_papers()}
    for row, cited in claims_with_abstracts(data):
        stored = papers[str(cited["_id"])]
        passages = chat.library.passages_of(stored.paper_id)
        vectors = index.vectors(passages)
        claim = encoder.encode([row["claim"]])[0]
        found = find_paper_evidence(stored, passages, [vectors[passage.passage_id] for passage in passages], claim)
        yield LABELS[row["label"]], judge.judge(row["claim"], [found])[0].stance if found else "neither"


def changed_number_accuracy(data: Path, reader: Reader) -> float:
    """Share of sentences, as they stand and with another number, of which the reader alone says the right thing."""
    right: list[bool] = []
    abstracts = {cited["_id"]: cited for _, cited in claims_with_abstracts(data)}
    for cited in abstracts.values():
        for start, end in sentence_spans(cited["text"]):
            sentence = cited["text"][start:end]
            for kind, changed in changes(sentence):
                if kind == "number" and len(right) < 2 * CHANGED_NUMBERS:
                    said = [
                        stance_by_reader(reader, claim, title=cited["title"], text=cited["text"])
                        for claim in (sentence, changed)
                    ]
                    right += [said[0] == "support", said[1] == "contradict"]
    return sum(right) / len(right)
