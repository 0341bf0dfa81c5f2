"""Fits what tells which side a paper takes on a claim, and writes it to ``src/paperchat/survey/claims/stances.json``.

Use: python -m benchmarks.fit_stance --data ../shared/data --cache DIR [--without-reader]

``statements`` are titles of arXiv papers that say something of something: their own abstract supports them and opposes
the same with a word turned round, and the nearest sentences of the Daily Papers, which are others, do neither. Whether
sentences speak to a claim is fitted on these and on Check-COVID, the one labelled set whose other sentences come from
papers on the same subject; which side they take on all, the same number of each. Before that, each set is judged by
what the others teach. The reader tells sides only, since it has learnt from Check-COVID and is too sure of whether that
speaks. Without it, it is ``stances_without_reader.json``. SciFact takes no part: `claim_verdicts.py` measures on it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.lib.model_fitting import fit_logistic
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


def labelled_rows(name: str, data: Path, signer: Signer) -> Rows:
    """``STANCE_FEATURES`` and the labels of at most ``CLAIMS_PER_SET`` claims of each label, for the sides, or of all to speak."""
    with gzip.open(data / "reader" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        chosen = [row for row in map(json.loads, lines) if name in SPEAKING_SETS or row["label"] != "NEI"]
    random.Random(0).shuffle(chosen)
    found, labels = [], []
    for row in chosen if name in SPEAKING_SETS else chosen[:CLAIMS_PER_SET]:
        if (signs_ := signer.signs(row["claim"], row["evidence"], "")) is not None:
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
            read=most_decided(self.reader.read(claim, windows)) if self.reader else None,
        )
        return feature_row(found, STANCE_FEATURES)


def statements(data: Path) -> Iterator[tuple[str, str]]:
    """Titles of arXiv papers that say something of something, with the abstract."""
    with gzip.open(data / "arxiv_abstracts.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            title = " ".join(row["title"].split())
            said = _VERB_PATTERN.search(title)
            if said and said.start() and not _NOT_A_STATEMENT_PATTERN.search(title) and 4 <= len(title.split()) <= 16:
                yield title, " ".join(row["abstract"].split())


def opposite(statement: str) -> str:
    """The same with one word turned round; empty where none of ``OPPOSITES`` is in it."""
    for one, other in OPPOSITES:
        for old, new in ((one, other), (other, one)):
            if re.search(rf"\b{old}\b", statement):
                return re.sub(rf"\b{old}\b", new, statement, count=1)
    return ""


def statement_rows(data: Path, chat: PaperChat, signer: SignalExtractor) -> Rows:
    """Titles that are statements: their own abstract supports them, opposes the opposite, and others' do neither."""
    searcher = Searcher(library=chat.library, embedder=chat.embedder, encoder=signer.encoder)
    gatherer = ClaimEvidenceFinder(library=chat.library, searcher=searcher, encoder=signer.encoder)
    found, labels = [], []
    for title, abstract in statements(data):
        for claim, label in ((title, "SUPPORT"), (opposite(title), "CONTRADICT")):
            if claim and (row := signer.signs(claim, abstract, "")) is not None:
                found.append(row)
                labels.append(label)
        near = [
            one for one in gatherer.gather(title, None, most=OTHER_PAPERS).evidence if one.paper.paper.title != title
        ]
        for one in near:
            text = " ".join(quote.text for quote in one.quotes)
            if (row := signer.signs(title, text, one.paper.paper.title)) is not None:
                found.append(row)
                labels.append("NEI")
    return np.array(found), labels


def select_columns(rows: Floats, names: tuple[str, ...]) -> Floats:
    return rows[:, [STANCE_FEATURES.index(name) for name in names]]


def speaking_rows(sets: dict[str, Rows], names: tuple[str, ...]) -> tuple[Floats, Any]:
    """What tells whether anything is said to a claim, and whether it is."""
    rows = np.vstack([select_columns(sets[name][0], RELEVANCE_FEATURES) for name in names])
    return rows, np.hstack([np.array(sets[name][1]) != "NEI" for name in names])


def stance_rows(sets: dict[str, Rows], names: tuple[str, ...]) -> tuple[Floats, Any]:
    """What tells the sides, and whether each row is against; of several sets the same number of rows each."""
    rows, against = [], []
    for name in names:
        signed, labels = sets[name]
        taking = [at for at, label in enumerate(labels) if label != "NEI"][: CLAIMS_PER_SET if len(names) > 1 else None]
        rows.append(select_columns(signed[taking], OPPOSITION_FEATURES))
        against.append(np.array([labels[at] == "CONTRADICT" for at in taking]))
    return np.vstack(rows), np.hstack(against)


def area_under_curve(scores: Floats, yes: Any) -> float:
    """How often a row that is gets more than one that is not."""
    return float(np.mean(scores[yes][:, None] > scores[~yes][None, :]))


def precision_and_recall(scores: Floats, yes: Any) -> str:
    """At some probabilities, how many of the rows from there on are, and what share of all that are."""
    found = 1 / (1 + np.exp(-scores))
    told = []
    for level in (0.5, 0.6, 0.7, 0.8):
        chosen = found >= level
        told.append(f"{level}: {yes[chosen].mean() if chosen.any() else 0:.2f} ({chosen[yes].mean():.2f})")
    return "precision (recall) from " + ", ".join(told)


def all_rows(data: Path, home: Path, reader: Reader | None) -> dict[str, Rows]:
    with PaperChat.open(home) as chat:
        if not chat.status().papers:
            chat.ingest(data / "hf_daily" / "days", pdfs=False)
        signer = SignalExtractor(encoder=MiniLM(), stem=chat.library.analyse, reader=reader)
        rows = {name: labelled_rows(name, data, signer) for name in LABELLED_SETS}
        return {STATEMENTS: statement_rows(data, chat, signer), **rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="where to keep a library, and what was read")
    parser.add_argument("--without-reader", action="store_true")
    options = parser.parse_args()
    reader = None if options.without_reader else Reader()
    kept = options.cache / ("stances.npz" if reader else "stances_without_reader.npz")
    if not kept.exists():
        made = all_rows(options.data, options.cache / "daily", reader)
        arrays: dict[str, Any] = {name: rows for name, (rows, _) in made.items()}
        arrays |= {f"{name}_labels": np.array(labels) for name, (_, labels) in made.items()}
        np.savez(kept, **arrays)
    with np.load(kept) as read:
        sets = {name: (read[name], list(read[f"{name}_labels"])) for name in (STATEMENTS, *LABELLED_SETS)}

    for name in SPEAKING_SETS:
        others = tuple(other for other in SPEAKING_SETS if other != name)
        model = LinearModel.read(
            fit_logistic(*speaking_rows(sets, others), RELEVANCE_FEATURES, l2=L2), RELEVANCE_FEATURES
        )
        features, yes = speaking_rows(sets, (name,))
        print(f"speaks, {name} by the others: area under the curve {area_under_curve(model(features), yes):.3f}")
    speaks = fit_logistic(*speaking_rows(sets, SPEAKING_SETS), RELEVANCE_FEATURES, l2=L2)
    for name in STANCE_SETS:
        others = tuple(other for other in STANCE_SETS if other != name)
        model = LinearModel.read(
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
    file.write_text(
        json.dumps({"speaks": speaks, "against": against, "thresholds": THRESHOLDS}, indent=1) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
