"""What is right in the answers of paperchat and of a peer, by one measure for both; a row is a line of their JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from paperchat.text.paper_title import normalize_title
from paperchat.text.sentences import sentence_spans

Row = Mapping[str, Any]
_MARK = re.compile(r"\s*\[(\d+)\]|\s*\(?\b(pqac-[0-9a-f]{8})\b,?\)?")
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_QUOTED = re.compile(r"[\"“]([^\"“”]{3,})[\"”]")
_HEADING = re.compile(r"^\*\*.+\*\*\s*$", re.MULTILINE)
_NOT_WORDS = re.compile(r"[^\w.%]+")
_REFUSAL = "i cannot answer"
"""What paper-qa tells a model to write where the context does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedSentence:
    """A sentence of an answer without its marks, and the titles of the papers that it cites."""

    text: str
    papers: tuple[str, ...]


def cited_sentences(row: Row) -> list[CitedSentence]:
    """The sentences of an answer; one without a mark cites what the next one with a mark cites.

    A line in bold, the title above a paper's quotes, is none.
    """
    text = _HEADING.sub("", row["text"])
    sentences: list[CitedSentence] = []
    following: tuple[str, ...] = ()
    for start, end in reversed(sentence_spans(text)):
        keys = [one or other for one, other in _MARK.findall(text[start:end])]
        papers = tuple(dict.fromkeys(row["papers_by_key"][key] for key in keys if key in row["papers_by_key"]))
        following = papers or following
        plain = _MARK.sub("", text[start:end]).strip()
        if any(letter.isalpha() for letter in plain):
            sentences.append(CitedSentence(text=plain, papers=following))
    return sentences[::-1]


def first_paper(row: Row) -> str:
    """The title of the paper that is cited first; empty where the answer cites none."""
    keys = (one or other for one, other in _MARK.findall(row["text"]))
    return next((row["papers_by_key"][key] for key in keys if key in row["papers_by_key"]), "")


def is_refusal(row: Row) -> bool:
    """Whether the library is said not to answer, in the words that the program has for it."""
    return bool(row["abstained"]) or _REFUSAL in row["text"].casefold()


def has_fact(row: Row) -> bool:
    """Whether one of the expected strings is in the answer, without regard to case, hyphens and other punctuation."""
    text = _words(_MARK.sub("", row["text"]))
    return not is_refusal(row) and any(_words(fact) in text for fact in row["expect"])


def grounding(row: Row, text_of: Mapping[str, str]) -> tuple[int, int]:
    """How many sentences have numbers or quoted words, and of how many all of these stand in a paper that they cite."""
    checked = standing = 0
    for sentence in cited_sentences(row):
        pieces = [*_NUMBER.findall(_QUOTED.sub(" ", sentence.text)), *_QUOTED.findall(sentence.text)]
        if pieces:
            checked += 1
            standing += any(all(_stands(piece, text_of[paper]) for piece in pieces) for paper in sentence.papers)
    return checked, standing


def verbatim(row: Row, text_of: Mapping[str, str]) -> tuple[int, int]:
    """How many sentences an answer has, and how many stand word for word in a paper that they cite."""
    sentences = cited_sentences(row)
    standing = [any(_words(one.text) in _words(text_of[paper]) for paper in one.papers) for one in sentences]
    return len(sentences), sum(standing)


def _stands(piece: str, text: str) -> bool:
    if piece[0].isdigit():
        return piece.replace(",", "") in {number.replace(",", "") for number in _NUMBER.findall(text)}
    return _words(piece) in _words(text)


def _words(text: str) -> str:
    """The words with single spaces between them; full stops stay within numbers alone."""
    return " ".join(word.strip(".") for word in _NOT_WORDS.split(text.casefold()) if word.strip("."))


def figures(rows: Sequence[Row], text_of: Mapping[str, str]) -> dict[str, str]:
    """The figures of one system's answers, each as it stands in a table."""
    answerable = [row for row in rows if row["answerable"]]
    unanswerable = [row for row in rows if not row["answerable"]]
    written = [row for row in rows if not is_refusal(row)]
    seconds = [row["seconds"] for row in rows]
    quoted = [row["quotes_exact"] for row in written if row["quotes_exact"] is not None]
    return {
        "questions: answerable, without an answer": f"{len(answerable)}, {len(unanswerable)}",
        "right paper cited first": _count(answerable, lambda row: _is_paper(row, first_paper(row))),
        "right paper leads the evidence": _count(answerable, lambda row: _is_paper(row, *row["evidence_titles"][:1])),
        "fact in the answer": _count(answerable, has_fact),
        "answerable, refused": _count(answerable, is_refusal),
        "without an answer, refused": _count(unanswerable, is_refusal),
        "quotes exact": f"{sum(quoted)} of {len(quoted)} answers" if quoted else "no quotes",
        "sentences whose numbers and quoted words stand in a paper they cite": _share(
            grounding(row, text_of) for row in written
        ),
        "sentences that stand word for word in a paper they cite": _share(verbatim(row, text_of) for row in written),
        "seconds an answer: median, slowest": f"{median(seconds):.1f}, {max(seconds):.1f}",
        "seconds, all": f"{sum(seconds):.0f}",
        "calls of the model an answer": f"{sum(row['calls'] for row in rows) / len(rows):.1f}",
        "tokens an answer: prompt, completion": f"{_mean(rows, 'prompt_tokens')}, {_mean(rows, 'completion_tokens')}",
    }


def _is_paper(row: Row, title: str = "") -> bool:
    return not is_refusal(row) and normalize_title(title) == normalize_title(row["paper_title"])


def _count(rows: Sequence[Row], holds: Callable[[Row], bool]) -> str:
    return f"{sum(map(holds, rows))} of {len(rows)}"


def _share(counts: Iterable[tuple[int, int]]) -> str:
    pairs = list(counts)
    return f"{sum(standing for _, standing in pairs)} of {sum(checked for checked, _ in pairs)}"


def _mean(rows: Sequence[Row], name: str) -> str:
    return f"{sum(row[name] for row in rows) / len(rows):,.0f}"
