"""Answer capsules: what an answer was made from, kept with it, and held against the library of today."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any, Literal

from paperchat.conversation.follow_ups import Attempt
from paperchat.errors import NotFoundError
from paperchat.storage.filters import as_record, from_record
from paperchat.storage.library import Library
from paperchat.types import Answer

QuoteState = Literal["exact", "moved", "superseded", "gone", "removed", "altered"]
Leading = Callable[[Attempt], Sequence[str]]
"""Gives the titles of the papers that lead for a question, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteCheck:
    """What has become of a quote.

    ``exact``: its passage still says it where it did. ``moved``: another place of the paper does, ``where``.
    ``superseded``: the paper has a newer version; ``where`` is the passage of today that still says it, or the one of
    the earlier version. ``gone``: the paper no longer says it. ``removed``: the paper is not in the library any more.
    ``altered``: what is kept of it is not what was kept.
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
    """An answer held against the library of today.

    ``leading_then`` and ``leading_now`` are the titles that led for its question; both are empty for an answer that
    was kept without them. The counts are ``papers`` and ``passages``, empty likewise.
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
        """Whether every quote is exact, no paper withdrawn since, and the same papers lead."""
        quotes_hold = all(one.state == "exact" and not one.withdrawn for one in self.quotes)
        return quotes_hold and self.leading_then == self.leading_now

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.answer_id,
            "question": self.question,
            "model": self.model,
            "holds": self.holds,
            "quotes": [asdict(one) for one in self.quotes],
            "leading": {"then": list(self.leading_then), "now": list(self.leading_now)},
            "library": {"then": dict(self.library_then), "now": dict(self.library_now)},
        }


def capsule_of(answer: Answer, attempt: Attempt, leading: Sequence[str], library: Library) -> dict[str, Any]:
    """What is kept beside the answer's JSON, which has its quotes with their places."""
    return {
        "asked": {
            "question": attempt.question,
            "filters": as_record(attempt.filters),
            "threshold": attempt.threshold,
        },
        "leading": list(leading),
        "library": _counts(library),
        "quote_sha256": [_digest(citation.quote.text) for citation in answer.citations],
        "prompts_sha256": None if answer.model == "extractive" else _prompts(),
    }


def replay(body: Mapping[str, Any], library: Library, leading: Leading) -> Replay:
    """Hold the kept JSON of an answer against the library; no model is asked."""
    capsule = body.get("capsule") or {}
    digests = capsule.get("quote_sha256") or [None] * len(body["citations"])
    now: Sequence[str] = ()
    if asked := capsule.get("asked"):
        filters = from_record(asked["filters"])
        now = leading(Attempt(question=asked["question"], filters=filters, threshold=asked["threshold"]))
    return Replay(
        answer_id=body["id"],
        question=body["question"],
        model=body["model"],
        quotes=tuple(_checked(*pair, library) for pair in zip(body["citations"], digests, strict=True)),
        leading_then=tuple(capsule.get("leading", ())),
        leading_now=tuple(now),
        library_then=capsule.get("library", {}),
        library_now=_counts(library),
    )


def _checked(kept: Mapping[str, Any], digest: str | None, library: Library) -> QuoteCheck:
    state, where, withdrawn = _state(kept, digest, library)
    return QuoteCheck(
        number=kept["number"],
        paper_id=kept["paper_id"],
        title=kept["title"],
        quote=kept["quote"],
        state=state,
        where=where,
        withdrawn=withdrawn,
    )


def _state(kept: Mapping[str, Any], digest: str | None, library: Library) -> tuple[QuoteState, str, bool]:
    quote = kept["quote"]
    try:
        paper = library.paper(kept["paper_id"])
    except NotFoundError:
        return "removed", "", False
    withdrawn = paper.paper.withdrawn and not kept["withdrawn"]
    if digest is not None and _digest(quote) != digest:
        return "altered", "", withdrawn
    passages = library.passages_of(paper.paper_id)
    where = next((one.passage_id for one in passages if quote in one.text), "")
    if kept["version"] and paper.paper.version > kept["version"]:
        earlier = library.version(f"{paper.paper_id}v{kept['version']}")
        there = next((one.passage_id for one in earlier[1] if quote in one.text), "") if earlier else ""
        return "superseded", where or there, withdrawn
    same = next((one for one in passages if one.passage_id == kept["passage_id"]), None)
    if same and same.text[kept["start"] : kept["end"]] == quote:
        return "exact", same.passage_id, withdrawn
    return ("moved" if where else "gone"), where, withdrawn


def _counts(library: Library) -> dict[str, int]:
    held = library.counts()
    return {"papers": held.papers, "passages": held.passages}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _prompts() -> str:
    """One digest of all prompts that ship with this version."""
    folder = files("paperchat") / "answering" / "prompts"
    texts = sorted((file.name, file.read_bytes()) for file in folder.iterdir() if file.is_file())
    return hashlib.sha256(b"".join(name.encode() + content for name, content in texts)).hexdigest()
