"""Fits what tells whether a quote says of the same things what a sentence says.

    python -m benchmarks.fit_support --data DATA [--out DIR]

Writes ``answering/syntax.json`` (which words of a sentence are verbs and nouns, learned from where words stand in
abstracts: after *can*, between *the* and *of*) and ``answering/support.json`` (logistic
regression over `SupportFeatures`).

``questions/paraphrases_fitted.jsonl`` has sentences on quotes of arXiv abstracts, written by hand; none of their papers
is in ``questions/paraphrases.jsonl``, which verification is measured with. Each of them is altered by rule: its subject
and object exchanged, or replaced by another noun phrase of the quote, two noun phrases exchanged, and what
`benchmarks.lib.altered_sentences` adds, where the rules of verification let it pass. The threshold is chosen on folds
of the sentences that the rest is fitted without.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.lib.altered_sentences import FITTED_PARAPHRASES, Paraphrase, alter, capitalise, exchange, read_rows
from benchmarks.lib.model_fitting import fit_logistic, fit_softmax
from benchmarks.lib.weights_inputs import hash_inputs
from paperchat import lexicon
from paperchat.answering.support import WEIGHTS_FILE, Features, SupportFeatures
from paperchat.answering.syntax import OPEN_TAGS, Parser, Tag, parser_from, split
from paperchat.answering.syntax import WEIGHTS_FILE as SYNTAX_FILE
from paperchat.answering.verification import Verifier
from paperchat.assistant import PaperChat
from paperchat.models.cross_encoder import Reader
from paperchat.models.minilm import MiniLM
from paperchat.text.cleaning import clean
from paperchat.text.sentences import sentence_spans

COUNTED_ABSTRACTS, TAGGED_SENTENCES = 20_000, 5_000
FEWEST = 5  # times that a word stands after a modal verb
TAGS_L2, SUPPORT_L2 = 0.0001, 0.015
FOLDS = 5
KEPT = 0.8
"""The share of the faithful sentences that rules let pass which the threshold keeps."""
SEED = 20
_SYNTAX = lexicon.load("syntax")
_MODALS, _BE, _DETERMINERS = _SYNTAX.words("modals"), _SYNTAX.words("be"), _SYNTAX.words("determiners")
_KEYS = _SYNTAX.keys()
_CLOSED = frozenset().union(*(_SYNTAX.words(key) for key in _KEYS))
_AFTER_NOUN = frozenset(
    "of in is are was were for and , . that with on to from by as can which when than ; : has".split()
)
_PARTICIPLE = re.compile(r"(?:ed|en|wn|ought|ound|ade|ilt)$")

Floats = NDArray[np.float64]


def base_verbs(abstracts: Sequence[str]) -> frozenset[str]:
    """The words that stand after modal verbs."""
    counted: Counter[str] = Counter()
    for abstract in abstracts:
        words = abstract.lower().split()
        counted.update(word.strip(".,") for before, word in pairwise(words) if before in _MODALS)
    return frozenset(
        word for word, count in counted.items() if count >= FEWEST and word.isalpha() and word not in _CLOSED
    )


def is_noun(word: str, verbs: frozenset[str]) -> bool:
    """Whether a word may be a noun and no verb."""
    return word not in _CLOSED and word[0].isalpha() and word not in verbs


def placed_words(words: Sequence[str], verbs: frozenset[str]) -> Iterator[tuple[int, Tag]]:
    """The words whose neighbours tell what they are."""
    for at in range(1, len(words) - 1):
        before, word, after = words[at - 1 : at + 2]
        if word in _CLOSED or not word[0].isalpha() or word.endswith("ly"):
            continue
        present = {word, word.removesuffix("s"), word.removesuffix("es"), re.sub("ies$", "y", word)}
        if before in _MODALS or (before == "to" and after != "of"):
            if word in verbs:
                yield at, "verb"
        elif before in ("we", "they", "it", "which", "who"):
            if present & verbs:
                yield at, "verb"
        elif (
            before in _BE and _PARTICIPLE.search(word) and after in ("by", "in", "to", "with", "on", "as", "for")
        ) or (word.endswith("ed") and after == "by"):
            yield at, "participle"
        elif word.endswith("ing") and before in ("by", "for", "of", "while", "when", "without", "in", ","):
            if after in _DETERMINERS:
                yield at, "gerund"
        elif before in _DETERMINERS and after in _AFTER_NOUN:
            yield at, "noun"
        elif before in _DETERMINERS and set(words[at + 2 : at + 3]) & _AFTER_NOUN and is_noun(after, verbs):
            yield at, "modifier"


def fit_parser(abstracts: Sequence[str], encoder: MiniLM) -> dict[str, Any]:
    """The parser as it is stored."""
    verbs = base_verbs(abstracts[:COUNTED_ABSTRACTS])
    sentences = [
        text[start:end]
        for text in map(clean, abstracts[: TAGGED_SENTENCES // 3])
        for start, end in sentence_spans(text)
    ][:TAGGED_SENTENCES]
    rows: list[Floats] = []
    tags: list[str] = []
    for sentence, tokens in zip(sentences, encoder.encode_tokens(sentences), strict=True):
        spans = split(sentence)
        vectors = tokens.mean_vectors(spans)
        for at, tag in placed_words([sentence[start:end].lower() for start, end in spans], verbs):
            rows.append(vectors[at])
            tags.append(tag)
    names, weights, intercepts = fit_softmax(np.array(rows), tags, l2=TAGS_L2)
    assert set(names) == set(OPEN_TAGS)
    return {
        "base_verbs": " ".join(sorted(verbs)),
        "weights": {name: np.rint(row * 100).astype(int).tolist() for name, row in zip(names, weights, strict=True)},
        "intercepts": {name: round(float(one) * 100) for name, one in zip(names, intercepts, strict=True)},
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedSentence:
    """A sentence with its features; ``row`` numbers the paraphrase that it was made from."""

    row: int
    kind: str
    features: Features


def swap(row: Paraphrase, features: SupportFeatures, chance: random.Random) -> Iterator[tuple[str, str]]:
    """The sentence with its arguments in each other's place, or in that of another noun phrase of the quote."""
    yield "subject swapped", exchange(row)
    there = features.parse(row.quote).syntax
    phrases = [row.quote[slice(*there.span_of(one))] for one in there.phrases]
    for kind, own in (("subject swapped", row.subject), ("object swapped", row.object)):
        words = set(own.lower().split())
        others = [one for one in phrases if len(one) > 3 and 2 * len(words & {*one.lower().split()}) < len(one.split())]
        if others:
            yield kind, capitalise(row.paraphrase.replace(own, chance.choice(others), 1))
    said = features.parse(row.paraphrase).syntax
    if len(said.phrases) > 2:
        one, two = (said.span_of(said.phrases[at]) for at in sorted(chance.sample(range(len(said.phrases)), 2)))
        text = row.paraphrase
        if not re.fullmatch(r"[\s,]*(?:and|or)?[\s,]*", text[one[1] : two[0]]):
            exchanged = text[: one[0]] + text[slice(*two)] + text[one[1] : two[0]] + text[slice(*one)] + text[two[1] :]
            yield "phrases exchanged", capitalise(exchanged)


def read_sentences(rows: Sequence[Paraphrase], features: SupportFeatures, verifier: Verifier) -> list[FittedSentence]:
    """The paraphrases and what is made of them, of which those that rules refuse are left out."""
    found: list[FittedSentence] = []
    numbers = {row.quote: number for number, row in enumerate(rows)}

    def add(kind: str, text: str, row: Paraphrase, quote: str, title: str) -> None:
        if text.casefold() == row.paraphrase.casefold() and kind != "faithful":
            return
        if verifier.passes_rules(text, [quote], known=title):
            read = features.features(text, quote)
            found.append(FittedSentence(row=numbers[row.quote], kind=kind, features=read))

    for number, row in enumerate(rows):
        add("faithful", row.paraphrase, row, row.quote, row.title)
        for kind, text in swap(row, features, random.Random(number)):
            add(kind, text, row, row.quote, row.title)
    for one in alter(rows):
        for cited in one.cited:
            add(one.kind, one.text, one.row, cited.quote, cited.title)
    return found


def table(sentences: Sequence[FittedSentence], names: Sequence[str]) -> Floats:
    return np.array([[one.features.get(name, 0.0) for name in names] for one in sentences])


def scores_by_others(sentences: Sequence[FittedSentence], names: Sequence[str]) -> Floats:
    """The score of each sentence by what is fitted on the other folds of paraphrases."""
    rows, faithful = table(sentences, names), np.array([one.kind == "faithful" for one in sentences])
    folds = np.array([one.row % FOLDS for one in sentences])
    scores = np.zeros(len(sentences))
    for fold in range(FOLDS):
        fitted = fit_logistic(rows[folds != fold], faithful[folds != fold], names, l2=SUPPORT_L2)
        weights = np.array([fitted["weights"][name] for name in names])
        scores[folds == fold] = rows[folds == fold] @ weights + fitted["intercept"]
    return scores


def report(sentences: Sequence[FittedSentence], scores: Floats, least: float) -> None:
    by_kind: dict[str, list[bool]] = {}
    for one, score in zip(sentences, scores, strict=True):
        by_kind.setdefault(one.kind, []).append(bool(score >= least))
    for kind, passes in by_kind.items():
        print(f"{kind}: {np.mean(passes):.3f} pass of {len(passes)} that rules let pass")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="see benchmarks/README.md")
    parser.add_argument("--out", type=Path, help="folder to write the weights to (default: the package)")
    options = parser.parse_args()
    abstracts_file = options.data / "arxiv_abstracts.jsonl.gz"
    encoder = MiniLM()
    rows = read_rows(FITTED_PARAPHRASES)
    with gzip.open(abstracts_file, "rt", encoding="utf-8") as lines:
        abstracts = [json.loads(line)["abstract"] for line in lines]
    random.Random(SEED).shuffle(abstracts)
    syntax = fit_parser(abstracts, encoder)
    found: Parser = parser_from(syntax)
    with TemporaryDirectory(prefix="paperchat-") as home, PaperChat.open(home) as chat:
        verifier = Verifier(encoder=encoder, stem=chat.library.analyse)
        features = SupportFeatures(entailment=verifier.entailment, encoder=encoder, reader=Reader(), parser=found)
        sentences = read_sentences(rows, features, verifier)
    names = sorted({name for one in sentences for name in one.features})
    scores = scores_by_others(sentences, names)
    faithful = np.array([one.kind == "faithful" for one in sentences])
    weights = fit_logistic(table(sentences, names), faithful, names, l2=SUPPORT_L2)
    for kept in (0.95, 0.9, 0.85, KEPT, 0.7):
        weights["least"] = round(float(np.quantile(scores[faithful], 1 - kept)), 4)
        print(f"{kept:.2f} of the faithful kept, least {weights['least']}:")
        report(sentences, scores, weights["least"])
    weights["least"] = round(float(np.quantile(scores[faithful], 1 - KEPT)), 4)
    command = "python -m benchmarks.fit_support --data DATA"
    for file, data, files, models in (
        (SYNTAX_FILE, syntax, [abstracts_file], ["minilm"]),
        (WEIGHTS_FILE, weights, [FITTED_PARAPHRASES, abstracts_file], ["minilm", "reader"]),
    ):
        inputs = hash_inputs(command, files, models=models, data=options.data)
        target = options.out / file.name if options.out else file
        target.write_text(json.dumps({"inputs": inputs, **data}, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
