"""Fits the stance classifier of `claim` and writes it to ``src/paperchat/claims/stances.json``.

    python -m benchmarks.fit_stance --data DATA --cache DIR [--without-reader] [--out DIR]

``statements`` are titles of arXiv papers that are assertions: their own abstract supports them and contradicts the same
with a word replaced by its opposite, and the nearest sentences of the Daily Papers, which are other papers, do neither.
Whether sentences are relevant to a claim is fitted on these and on Check-COVID, the one labelled dataset whose other
sentences come from papers on the same subject; their stance is fitted on all, with the same number of each. Before
that, each dataset is evaluated with what is fitted on the others. The reader only counts for the stance, since it was
trained on Check-COVID and is overconfident there about relevance. Without it, the weights go to
``stances_without_reader.json``. SciFact takes no part: `claim_verdicts` evaluates on it.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.lib.model_fitting import fit_logistic
from benchmarks.lib.weights_inputs import hash_inputs
from paperchat.answering.calibration import LinearModel
from paperchat.answering.verification import most_decided, window_around
from paperchat.assistant import PaperChat
from paperchat.claims.claim_evidence import ClaimEvidenceFinder, select_deciding_sentences
from paperchat.claims.stance_classifier import WEIGHTS_FILE, WITHOUT_READER_FILE
from paperchat.claims.stance_features import (
    OPPOSITION_FEATURES,
    RELEVANCE_FEATURES,
    STANCE_FEATURES,
    Floats,
    Stemmer,
    extract_stance_features,
    feature_row,
)
from paperchat.models.cross_encoder import Reader
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher
from paperchat.text.sentences import sentence_spans

LABELLED_SETS = ("check_covid", "evidence_inference_v2_nli", "fever_symmetric", "negation_nli")
STATEMENTS = "statements"
SPEAKING_SETS = ("check_covid", STATEMENTS)
STANCE_SETS = (*LABELLED_SETS, STATEMENTS)
L2 = 0.01
THRESHOLDS = {"speaks": 0.8, "sure": 0.65}
CLAIMS_PER_SET = 400
OTHER_PAPERS = 10
_VERB_PATTERN = re.compile(
    r"\b(?:improves?|reduces?|causes?|helps?|hurts?|outperforms?|increases?|decreases?|enables?|predicts?|leads? to|can"
    r"|cannot|is|are|does not|do not|matters?|requires?|makes?|needs?|fails?|degrades?|enhances?|boosts?|prevents?"
    r"|induces?|promotes?|inhibits?|drives?|explains?|should|must|provides?|yields?)\b"
)
_NOT_A_STATEMENT_PATTERN = re.compile(
    r"[:?]|^(?:How|What|When|Why|Where|Towards?|On|Which|Who|Can|Is|Are|Do|A|An|To)\b|^\w+ing\b"
    r"|\b(?:that|which) (?:can|is|are)\b"
)
OPPOSITES = (
    ("improves", "degrades"), ("improve", "degrade"), ("increases", "decreases"), ("increase", "decrease"),
    ("enhances", "impairs"), ("enhance", "impair"), ("helps", "hurts"), ("help", "hurt"), ("boosts", "reduces"),
    ("outperforms", "underperforms"), ("outperform", "underperform"), ("better", "worse"), ("larger", "smaller"),
    ("more", "less"), ("higher", "lower"), ("causes", "prevents"), ("cause", "prevent"), ("promotes", "inhibits"),
    ("cannot", "can"), ("are not", "are"), ("is not", "is"), ("does not need", "needs"), ("should not", "should"),
)  # fmt: skip

Rows = tuple[Floats, list[str]]


def labelled_rows(name: str, data: Path, extractor: SignalExtractor) -> Rows:
    """Features and labels of a dataset's claims: of all where it counts for relevance, else of ``CLAIMS_PER_SET``."""
    with gzip.open(data / "reader" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        chosen = [row for row in map(json.loads, lines) if name in SPEAKING_SETS or row["label"] != "NEI"]
    random.Random(0).shuffle(chosen)
    found, labels = [], []
    for row in chosen if name in SPEAKING_SETS else chosen[:CLAIMS_PER_SET]:
        if (signs_ := extractor.signs(row["claim"], row["evidence"], "")) is not None:
            found.append(signs_)
            labels.append(row["label"])
    return np.array(found), labels


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalExtractor:
    encoder: MiniLM
    stem: Stemmer
    reader: Reader | None

    def signs(self, claim: str, text: str, title: str) -> Floats | None:
        """``STANCE_FEATURES`` of the sentences of a text that decide, if any does."""
        spans = sentence_spans(text)
        sentences = [text[start:end] for start, end in spans]
        first, *vectors = self.encoder.encode([claim, *sentences])
        cosines = [float(vector @ first) for vector in vectors]
        places = select_deciding_sentences(sentences, cosines)
        if not places:
            return None
        quotes = [sentences[at] for at in places]
        mine, *tokens = self.encoder.encode_tokens([claim, *quotes])
        windows = [window_around(spans[at], title=title, text=text) for at in places]
        found = extract_stance_features(
            claim,
            quotes,
            title=title,
            claim_tokens=mine,
            quote_tokens=tokens,
            cosines=[cosines[at] for at in places],
            stem=self.stem,
            reader=most_decided(self.reader.read(claim, windows)) if self.reader else None,
        )
        return feature_row(found, STANCE_FEATURES)


def statements(data: Path) -> Iterator[tuple[str, str]]:
    """Titles of arXiv papers that are assertions, each with its abstract."""
    with gzip.open(data / "arxiv_abstracts.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            title = " ".join(row["title"].split())
            said = _VERB_PATTERN.search(title)
            if said and said.start() and not _NOT_A_STATEMENT_PATTERN.search(title) and 4 <= len(title.split()) <= 16:
                yield title, " ".join(row["abstract"].split())


def opposite(statement: str) -> str:
    """The statement with one word replaced by its opposite; empty where it has none of ``OPPOSITES``."""
    for one, other in OPPOSITES:
        for old, new in ((one, other), (other, one)):
            if re.search(rf"\b{old}\b", statement):
                return re.sub(rf"\b{old}\b", new, statement, count=1)
    return ""


def statement_rows(data: Path, chat: PaperChat, extractor: SignalExtractor) -> Rows:
    """Features and labels of statements: supported by their own abstract, their opposites contradicted by it, and
    neither by those of other papers.
    """
    searcher = Searcher(library=chat.library, embedder=chat.embedder, encoder=extractor.encoder)
    finder = ClaimEvidenceFinder(library=chat.library, searcher=searcher, encoder=extractor.encoder)
    found, labels = [], []
    for title, abstract in statements(data):
        for claim, label in ((title, "SUPPORT"), (opposite(title), "CONTRADICT")):
            if claim and (row := extractor.signs(claim, abstract, "")) is not None:
                found.append(row)
                labels.append(label)
        near = [one for one in finder.find(title, None, most=OTHER_PAPERS).evidence if one.paper.paper.title != title]
        for one in near:
            text = " ".join(quote.text for quote in one.quotes)
            if (row := extractor.signs(title, text, one.paper.paper.title)) is not None:
                found.append(row)
                labels.append("NEI")
    return np.array(found), labels


def select_columns(rows: Floats, names: tuple[str, ...]) -> Floats:
    return rows[:, [STANCE_FEATURES.index(name) for name in names]]


def speaking_rows(sets: dict[str, Rows], names: tuple[str, ...]) -> tuple[Floats, Any]:
    """Features of relevance, and whether each row is relevant to its claim."""
    rows = np.vstack([select_columns(sets[name][0], RELEVANCE_FEATURES) for name in names])
    return rows, np.hstack([np.array(sets[name][1]) != "NEI" for name in names])


def stance_rows(sets: dict[str, Rows], names: tuple[str, ...]) -> tuple[Floats, Any]:
    """Features of the stance, and whether each row opposes; of several sets the same number of rows each."""
    rows, against = [], []
    for name in names:
        signed, labels = sets[name]
        taking = [at for at, label in enumerate(labels) if label != "NEI"][: CLAIMS_PER_SET if len(names) > 1 else None]
        rows.append(select_columns(signed[taking], OPPOSITION_FEATURES))
        against.append(np.array([labels[at] == "CONTRADICT" for at in taking]))
    return np.vstack(rows), np.hstack(against)


def area_under_curve(scores: Floats, yes: Any) -> float:
    """Area under the ROC curve."""
    return float(np.mean(scores[yes][:, None] > scores[~yes][None, :]))


def precision_and_recall(scores: Floats, yes: Any) -> str:
    """Precision and recall at some thresholds of the probability."""
    found = 1 / (1 + np.exp(-scores))
    levels = []
    for level in (0.5, 0.6, 0.7, 0.8):
        chosen = found >= level
        levels.append(f"{level}: {yes[chosen].mean() if chosen.any() else 0:.2f} ({chosen[yes].mean():.2f})")
    return "precision (recall) from " + ", ".join(levels)


def all_rows(data: Path, home: Path, reader: Reader | None) -> dict[str, Rows]:
    with PaperChat.open(home) as chat:
        if not chat.status().papers:
            chat.ingest(data / "hf_daily" / "days", pdfs=False)
        extractor = SignalExtractor(encoder=MiniLM(), stem=chat.library.analyse, reader=reader)
        rows = {name: labelled_rows(name, data, extractor) for name in LABELLED_SETS}
        return {STATEMENTS: statement_rows(data, chat, extractor), **rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="folder for the library and the extracted features")
    parser.add_argument("--without-reader", action="store_true")
    parser.add_argument("--out", type=Path, help="folder to write the weights to (default: the package)")
    options = parser.parse_args()
    reader = None if options.without_reader else Reader()
    without = " --without-reader" if options.without_reader else ""
    inputs = hash_inputs(
        f"python -m benchmarks.fit_stance --data DATA --cache CACHE{without}",
        [
            options.data / "arxiv_abstracts.jsonl.gz",
            *(options.data / "reader" / f"{name}.jsonl.gz" for name in LABELLED_SETS),
        ],
        models=["minilm", "reader"] if reader else ["minilm"],
        data=options.data,
    )
    # The extracted features are cached for the same inputs only.
    digest = hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:12]
    cached_features = options.cache / f"stance_features_{digest}.npz"
    if not cached_features.exists():
        made = all_rows(options.data, options.cache / "daily", reader)
        arrays: dict[str, Any] = {name: rows for name, (rows, _) in made.items()}
        arrays |= {f"{name}_labels": np.array(labels) for name, (_, labels) in made.items()}
        np.savez(cached_features, **arrays)
    with np.load(cached_features) as read:
        sets = {name: (read[name], list(read[f"{name}_labels"])) for name in (STATEMENTS, *LABELLED_SETS)}

    for name in SPEAKING_SETS:
        others = tuple(other for other in SPEAKING_SETS if other != name)
        model = LinearModel.from_dict(
            fit_logistic(*speaking_rows(sets, others), RELEVANCE_FEATURES, l2=L2), RELEVANCE_FEATURES
        )
        features, yes = speaking_rows(sets, (name,))
        print(f"speaks, {name} by the others: area under the curve {area_under_curve(model(features), yes):.3f}")
    speaks = fit_logistic(*speaking_rows(sets, SPEAKING_SETS), RELEVANCE_FEATURES, l2=L2)
    for name in STANCE_SETS:
        others = tuple(other for other in STANCE_SETS if other != name)
        model = LinearModel.from_dict(
            fit_logistic(*stance_rows(sets, others), OPPOSITION_FEATURES, l2=L2), OPPOSITION_FEATURES
        )
        features, yes = stance_rows(sets, (name,))
        scores = model(features)
        print(
            f"against, {name} by the others: area under the curve {area_under_curve(scores, yes):.3f};",
            precision_and_recall(scores, yes),
        )
    against = fit_logistic(*stance_rows(sets, STANCE_SETS), OPPOSITION_FEATURES, l2=L2)
    file = WEIGHTS_FILE if reader else WITHOUT_READER_FILE
    if options.out:
        file = options.out / file.name
    file.write_text(
        json.dumps({"inputs": inputs, "speaks": speaks, "against": against, "thresholds": THRESHOLDS}, indent=1) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
