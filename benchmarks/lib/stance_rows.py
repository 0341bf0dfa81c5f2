"""Sentences with claims, what the stance model says of them, and their stance where it is known: rows to fit on."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.claims import FOLDER, open_months
from paperchat.claims.claim_evidence import ClaimEvidenceFinder
from paperchat.claims.opposing_forms import opposing_forms
from paperchat.claims.stance_classifier import may_decide, read_sentences
from paperchat.claims.stance_features import Stemmer, stance_features
from paperchat.evaluation.claim_evaluation import EvaluationClaim, read_claims
from paperchat.models.cross_encoder import Stance, StanceProbabilities, Window
from paperchat.models.minilm import MiniLM
from paperchat.models.stance_reader import StanceReader
from paperchat.retrieval.search import Searcher
from paperchat.survey.paper_limits import DEFAULT_CLAIM_PAPERS
from paperchat.text.facts import split_words
from paperchat.text.paper_title import normalize_title

_LABELS: dict[str, Stance] = {"S": "support", "C": "contradict", "N": "neither"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StanceRow:
    """A sentence of a paper, or its title, with a claim.

    Attributes:
        source: the file that the claim is from.
        withdrawn: whether the paper counts for nothing.
        authors: the paper's.
        known: the paper's stance, ``support``, ``oppose`` or ``neutral``; ``None`` where either would do.
        label: the sentence's own stance, where it is known.
        reading: the stance model's probabilities of support, contradict, neither.
    """

    source: str
    claim: str
    title: str
    sentence: str
    is_title: bool
    cosine: float
    reading: tuple[float, float, float]
    label: Stance | None
    known: str | None = None
    withdrawn: bool = False
    authors: tuple[str, ...] = ()

    def probabilities(self) -> StanceProbabilities:
        """The reading."""
        support, contradict, neither = self.reading
        return StanceProbabilities(support=support, contradict=contradict, neither=neither)

    def features(self, stem: Stemmer) -> Mapping[str, float]:
        """The features by name."""
        return stance_features(
            self.claim,
            self.sentence,
            title=self.title,
            is_title=self.is_title,
            cosine=self.cosine,
            reading=self.probabilities(),
            stem=stem,
        )

    def may_decide(self, features: Mapping[str, float]) -> bool:
        """Whether it may take a side at all."""
        return may_decide(self.claim, self.sentence, features)


def development_rows(name: str, data: Path, cache: Path, reader: StanceReader) -> Iterator[StanceRow]:
    """Every sentence that `claim` would read for the development claims ``name``.

    Of a paper that is known to take a side only the sentence that is named for it has a label: its others may take
    that side as well. Those of papers that are not known to take one are neither.
    """
    file = FOLDER / f"{name}.jsonl"
    named = [json.loads(line)["sentences"] or {} for line in file.read_text(encoding="utf-8").splitlines()]
    encoder = MiniLM()
    with open_months(name, data, cache) as chat:
        searcher = Searcher(library=chat.library, embedder=chat.embedder, encoder=encoder)
        finder = ClaimEvidenceFinder(library=chat.library, searcher=searcher, encoder=encoder)
        for claim, sentences in zip(read_claims(file), named, strict=True):
            deciding = {normalize_title(title): sentence for title, sentence in sentences.items()}
            evidence = finder.find(claim.claim, None, most=DEFAULT_CLAIM_PAPERS).evidence
            for one, readings in zip(evidence, read_sentences(reader, claim.claim, evidence), strict=True):
                title = one.paper.paper.title
                for sentence, reading in zip(one.sentences, readings, strict=True):
                    text = sentence.quote.text
                    yield StanceRow(
                        source=name,
                        claim=claim.claim,
                        title=title,
                        sentence=text,
                        is_title=sentence.is_title,
                        cosine=sentence.cosine,
                        reading=(reading.support, reading.contradict, reading.neither),
                        label=_label(claim, title, text, deciding.get(normalize_title(title), "")),
                        known=claim.stance_of(title),
                        withdrawn=one.paper.paper.withdrawn,
                        authors=one.paper.paper.authors,
                    )


def _label(claim: EvaluationClaim, title: str, sentence: str, deciding: str) -> Stance | None:
    known = claim.stance_of(title)
    if known == "neutral":
        return "neither"
    if known is None or not deciding or not _overlaps(sentence, deciding):
        return None
    return "support" if known == "support" else "contradict"


def _overlaps(sentence: str, deciding: str) -> bool:
    """Whether one is a part of the other, by its words: the named sentence may be a part, or of more than one."""
    one, other = (f" {' '.join(split_words(text))} " for text in (sentence, deciding))
    return one in other or other in one


def pair_rows(file: Path, encoder: MiniLM, reader: StanceReader) -> Iterator[StanceRow]:
    """The claim–sentence pairs of a file of ``train/data/claim_pairs``."""
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        title, sentence = row["title"], " ".join(row["sentence"].split())
        is_title = sentence == title
        window = Window(title="" if is_title else title, text=sentence)
        for pair in row["claims"]:
            claim = pair["c"]
            vector, *forms = encoder.encode([sentence, claim, *opposing_forms(claim)])
            (reading,) = reader.read(claim, [window])
            yield StanceRow(
                source=file.stem,
                claim=claim,
                title=title,
                sentence=sentence,
                is_title=is_title,
                cosine=max(float(vector @ form) for form in forms),
                reading=(reading.support, reading.contradict, reading.neither),
                label=_LABELS[pair["l"]],
            )


def write_rows(rows: Iterable[StanceRow], file: Path) -> None:
    """Write rows as JSON lines."""
    lines = (json.dumps(dataclasses.asdict(row), ensure_ascii=False) for row in rows)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read_rows(file: Path) -> list[StanceRow]:
    """Read what `write_rows` wrote."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [
        StanceRow(**{**row, "reading": tuple(row["reading"]), "authors": tuple(row["authors"])})
        for row in map(json.loads, lines)
    ]
