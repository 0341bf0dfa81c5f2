"""Replay: the record stored with an answer of what it was made from, and its check against the library of today."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any, Literal

from paperchat.conversation.resolved_questions import RetrievalAttempt
from paperchat.errors import NotFoundError
from paperchat.serialization import catalogue_value
from paperchat.storage.filters import filters_from_json, filters_to_json
from paperchat.storage.library import Library
from paperchat.types import Answer
from paperchat.understanding.request import Request, request_from_json

QuoteState = Literal["exact", "moved", "superseded", "gone", "removed", "altered"]
FindLeadingTitles = Callable[[RetrievalAttempt, Request], Sequence[str]]
"""Returns the titles of the best papers for a request, best first; a fact is searched for by the attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteCheck:
    """The state of a quote in the library of today.

    ``exact``: its passage has it at the same place, or the catalogue has it as the value of its field. ``moved``: the
    paper has it elsewhere, in the passage ``where``. ``superseded``: the paper has a newer version; ``where`` is a
    passage of that version with the quote, or else the one of the earlier version. ``gone``: the paper, or its field
    in the catalogue, no longer has it. ``removed``: the paper is no longer in the library. ``altered``: the stored
    quote does not match its digest.
    """

    number: int
    paper_id: str
    title: str
    quote: str
    state: QuoteState
    where: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """An answer checked against the library of today.

    ``leading_then`` and ``leading_now`` are the titles of the best papers for its question, ``library_then`` and
    ``library_now`` the numbers of ``papers`` and ``passages``. What an older version did not store is empty.
    """

    answer_id: str
    question: str
    model: str
    quotes: tuple[QuoteCheck, ...]
    leading_then: tuple[str, ...]
    leading_now: tuple[str, ...]
    library_then: Mapping[str, int]
    library_now: Mapping[str, int]

    @property
    def holds(self) -> bool:
        """Whether every quote is exact, no cited paper was withdrawn since, and the same papers lead."""
        quotes_hold = all(quote.state == "exact" and not quote.withdrawn for quote in self.quotes)
        return quotes_hold and self.leading_then == self.leading_now

    def as_json(self) -> dict[str, Any]:
        """The JSON document of ``paperchat replay --json``."""
        return {
            "id": self.answer_id,
            "question": self.question,
            "model": self.model,
            "holds": self.holds,
            "quotes": [asdict(quote) for quote in self.quotes],
            "leading": {"then": list(self.leading_then), "now": list(self.leading_now)},
            "library": {"then": dict(self.library_then), "now": dict(self.library_now)},
        }


def build_capsule(
    answer: Answer, attempt: RetrievalAttempt, leading_titles: Sequence[str], library: Library
) -> dict[str, Any]:
    """The record to store under ``capsule`` in the answer's JSON, which itself has the quotes and their places."""
    return {
        "asked": {
            "question": attempt.question,
            "filters": filters_to_json(attempt.filters),
            "threshold": attempt.threshold,
        },
        "leading": list(leading_titles),
        "library": _counts(library),
        "quote_sha256": [_digest(citation.quote.text) for citation in answer.citations],
        "prompts_sha256": None if answer.model == "extractive" else _prompts_digest(),
    }


def replay(body: Mapping[str, Any], library: Library, find_leading_titles: FindLeadingTitles) -> Replay:
    """Check the stored JSON of an answer against the library; no model is called."""
    capsule = body.get("capsule") or {}
    digests = capsule.get("quote_sha256") or [None] * len(body["citations"])
    leading_now: Sequence[str] = ()
    if asked := capsule.get("asked"):
        filters = filters_from_json(asked["filters"])
        attempt = RetrievalAttempt(question=asked["question"], filters=filters, threshold=asked["threshold"])
        leading_now = find_leading_titles(attempt, request_from_json(body.get("request") or asked))
    return Replay(
        answer_id=body["id"],
        question=body["question"],
        model=body["model"],
        quotes=tuple(_check_quote(*pair, library) for pair in zip(body["citations"], digests, strict=True)),
        leading_then=tuple(capsule.get("leading", ())),
        leading_now=tuple(leading_now),
        library_then=capsule.get("library", {}),
        library_now=_counts(library),
    )


def _check_quote(stored: Mapping[str, Any], digest: str | None, library: Library) -> QuoteCheck:
    state, where, withdrawn = _quote_state(stored, digest, library)
    return QuoteCheck(
        number=stored["number"],
        paper_id=stored["paper_id"],
        title=stored["title"],
        quote=stored["quote"],
        state=state,
        where=where,
        withdrawn=withdrawn,
    )


def _quote_state(stored: Mapping[str, Any], digest: str | None, library: Library) -> tuple[QuoteState, str, bool]:
    quote = stored["quote"]
    try:
        paper = library.paper(stored["paper_id"])
    except NotFoundError:
        return "removed", "", False
    withdrawn = paper.paper.withdrawn and not stored["withdrawn"]
    if digest is not None and _digest(quote) != digest:
        return "altered", "", withdrawn
    if stored["passage_id"] is None:
        return ("exact" if catalogue_value(paper, stored["field"]) == quote else "gone"), "", withdrawn
    passages = library.passages_of(paper.paper_id)
    where = next((one.passage_id for one in passages if quote in one.text), "")
    if stored["version"] and paper.paper.version > stored["version"]:
        earlier = library.version(f"{paper.paper_id}v{stored['version']}")
        there = next((one.passage_id for one in earlier[1] if quote in one.text), "") if earlier else ""
        return "superseded", where or there, withdrawn
    same = next((one for one in passages if one.passage_id == stored["passage_id"]), None)
    if same and same.text[stored["start"] : stored["end"]] == quote:
        return "exact", same.passage_id, withdrawn
    return ("moved" if where else "gone"), where, withdrawn


def _counts(library: Library) -> dict[str, int]:
    papers, passages = library.size()
    return {"papers": papers, "passages": passages}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _prompts_digest() -> str:
    """SHA-256 over all prompts that ship with this version."""
    folder = files("paperchat") / "answering" / "prompts"
    texts = sorted((file.name, file.read_bytes()) for file in folder.iterdir() if file.is_file())
    return hashlib.sha256(b"".join(name.encode() + content for name, content in texts)).hexdigest()
