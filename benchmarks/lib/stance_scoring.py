"""Stance on SciFact's claims, by the reader alone and by `claim`, and on sentences with a changed number."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.lib.scifact_claims import LABELS, changes, claims_with_abstracts, f1_of
from paperchat.answering.verification import most_decided, window_around
from paperchat.assistant import PaperChat
from paperchat.claims.claim_evidence import find_paper_evidence
from paperchat.claims.opposing_forms import opposing_forms
from paperchat.claims.stance_classifier import StanceClassifier, load_stance_decision
from paperchat.models.cross_encoder import Reader, Stance
from paperchat.models.minilm import MiniLM
from paperchat.models.stance_reader import StanceReader
from paperchat.retrieval.sentence_vectors import SentenceIndex
from paperchat.text.sentences import sentence_spans

CHANGED_NUMBERS = 500

Pair = tuple[str, Stance]


def stance_f1(pairs: Iterator[Pair]) -> dict[str, float]:
    """F1 of each stance and their mean, from pairs of label and prediction."""
    return {label: round(score, 3) for label, score in f1_of([*pairs], [*LABELS.values()]).items()}


def stance_by_reader(reader: Reader, claim: str, *, title: str, text: str) -> Stance:
    """The stance of the most decided window of the text, by the reader alone."""
    windows = [window_around(span, title=title, text=text) for span in sentence_spans(text)]
    return most_decided(reader.read(claim, windows)).stance


def scifact_by_reader(data: Path, reader: Reader) -> Iterator[Pair]:
    """Label and prediction of each claim, given the cited abstract, by the reader alone."""
    for row, cited in claims_with_abstracts(data):
        yield LABELS[row["label"]], stance_by_reader(reader, row["claim"], title=cited["title"], text=cited["text"])


def scifact_by_claim(data: Path, chat: PaperChat) -> Iterator[Pair]:
    """Label and prediction of each claim, judged as `claim` does but for its thresholds, given the cited abstract."""
    encoder = MiniLM()
    index = SentenceIndex(library=chat.library, encoder=encoder)
    classifier = StanceClassifier(reader=StanceReader(), stem=chat.library.analyse, decision=load_stance_decision())
    papers = {stored.paper.key: stored for stored in chat.library.all_papers()}
    for row, cited in claims_with_abstracts(data):
        stored = papers[str(cited["_id"])]
        passages = chat.library.passages_of(stored.paper_id)
        vectors = index.vectors(passages)
        sentences = [vectors[passage.passage_id] for passage in passages]
        title, *forms = encoder.encode([stored.paper.title, row["claim"], *opposing_forms(row["claim"])])
        found = find_paper_evidence(stored, passages, sentences, title, np.array(forms))
        papers_found = classifier.classify(row["claim"], [found] if found else [], stopped=threading.Event()).papers
        yield LABELS[row["label"]], papers_found[0].probabilities.stance if papers_found else "neither"


def changed_number_accuracy(data: Path, reader: Reader) -> float:
    """Accuracy of the reader alone on sentences as they are (support) and with a changed number (contradict)."""
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
