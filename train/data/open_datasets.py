"""Examples from the open datasets in ``reader/`` of the data folder. Their licences are in the model card."""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from paperchat.text.sentences import sentence_spans
from train.data.examples import CONTRADICT, NEITHER, SUPPORT, Example

Row = dict[str, Any]

_STANCES = {"SUPPORT": SUPPORT, "CONTRADICT": CONTRADICT, "NEI": NEITHER}
_UNSURE_WEIGHT = 0.6  # of negatives that were sampled by shared words
_SENTENCES = 6  # in a window that is composed of single sentences

SPANS = (
    "bioasq_spans",
    "covidqa",
    "evidence_inference_v2",
    "multispanqa_dev",
    "qamr_wiki",
    "qasper_spans",
    "qed_nq_dev",
    "squad2_train_subset",
    "tatqa_text",
    "unansq_squad2_dev",
    "unansq_squad2_train",
)
SNIPPETS = ("bioasq_snippets", "boolq_evidence", "qnli_dev")
GROUPED = ("selqa", "squad1_sentences_train")
STANCES = (
    "breaking_nli",
    "check_covid",
    "evidence_inference_v2_nli",
    "fever_eraser",
    "fever_symmetric",
    "negation_nli",
    "snli_counterfactual",
)
MAX_ROWS = {"qamr_wiki": 16_000, "breaking_nli": 3_000, "snli_counterfactual": 8_000, "bioasq_snippets": 10_000}
"""Limits for datasets that are large and of one kind."""


def read_rows(data: Path, name: str) -> list[Row]:
    with gzip.open(data / "reader" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def examples_of(data: Path, name: str, chance: random.Random, *, share: float = 1.0) -> list[Example]:
    """The examples of a share of the dataset's rows, at most of ``MAX_ROWS``, in random order."""
    found = read_rows(data, name)
    if name not in GROUPED:  # in which rows of one question belong together
        chance.shuffle(found)
        found = found[: max(1, round(share * min(len(found), MAX_ROWS.get(name, len(found)))))]
    examples = [*_reader_for(name)(found, name, chance)]
    chance.shuffle(examples)
    return examples if name not in GROUPED else examples[: max(1, round(share * len(examples)))]


def _reader_for(name: str) -> Callable[[list[Row], str, random.Random], Iterator[Example]]:
    for names, reader in (
        (SPANS, _span_examples),
        (SNIPPETS, _snippet_examples),
        (GROUPED, _window_examples),
        (STANCES, _stance_examples),
    ):
        if name in names:
            return reader
    raise ValueError(f"no set {name!r}")


def _span_examples(found: list[Row], name: str, _: random.Random) -> Iterator[Example]:
    """Also, of each answered question, a near miss: the same text without the answering sentences."""
    for row in found:
        text = row["context"]
        spans = tuple(
            dict.fromkeys((answer["start"], answer["start"] + len(answer["text"])) for answer in row["answers"])
        )
        weight = _UNSURE_WEIGHT if row.get("sampled_negative") and not spans else 1.0
        yield Example(task="span", query=row["question"], text=text, spans=spans, source=name, weight=weight)
        if spans and (shorter := remove_answers(text, [text[start:end] for start, end in spans])):
            yield Example(task="span", query=row["question"], text=shorter, source=f"{name}/cut")


def remove_answers(text: str, answers: list[str]) -> str:
    """The text without the sentences that contain an answer; empty if fewer than two sentences are left."""
    folded = [answer.casefold() for answer in answers]
    left = [
        text[start:end]
        for start, end in sentence_spans(text)
        if not any(answer in text[start:end].casefold() for answer in folded)
    ]
    return " ".join(left) if len(left) >= 2 else ""


def _snippet_examples(found: list[Row], name: str, _: random.Random) -> Iterator[Example]:
    for row in found:
        text = row["context"]
        spans = ((0, len(text)),) if row["label"] else ()
        weight = _UNSURE_WEIGHT if row.get("sampled_negative") else 1.0
        yield Example(task="sentence", query=row["question"], text=text, spans=spans, source=name, weight=weight)


def _window_examples(found: list[Row], name: str, chance: random.Random) -> Iterator[Example]:
    """Candidate sentences of a question composed to one window; one time in three without the answering ones."""
    by_question: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        by_question[row["question"]].append(row)
    others = [row["context"] for row in found]
    for question, several in by_question.items():
        right = [row["context"] for row in several if row["label"]]
        wrong = [row["context"] for row in several if not row["label"]]
        while len(wrong) < _SENTENCES - 1:
            wrong.append(chance.choice(others))
        answered = bool(right) and chance.random() < 2 / 3
        pieces = (right[:2] if answered else []) + chance.sample(wrong, _SENTENCES - 1)
        chance.shuffle(pieces)
        text, spans = "", []
        for piece in pieces:
            start = len(text) + bool(text)
            text = f"{text} {piece}".strip()
            if answered and piece in right:
                spans.append((start, start + len(piece)))
        yield Example(task="sentence", query=question, text=text, spans=tuple(spans), source=name)


def _stance_examples(found: list[Row], name: str, _: random.Random) -> Iterator[Example]:
    for row in found:
        label = _STANCES[row["label"]]
        two_way = row.get("two_way") and label == NEITHER
        stances = (CONTRADICT, NEITHER) if two_way else (label,)
        weight = _UNSURE_WEIGHT if row.get("sampled_negative") and label == NEITHER else 1.0
        yield Example(
            task="stance", query=row["claim"], text=row["evidence"], stances=stances, source=name, weight=weight
        )
