"""Answers out of the JSON in which they were kept: the inverse of ``answer_as_json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paperchat.storage.filters import from_record
from paperchat.types import Answer, Citation, Paper, Passage, Quote, StoredPaper


def answer_from_json(
    body: Mapping[str, Any], *, passages: Mapping[str, Passage], papers: Mapping[str, StoredPaper]
) -> Answer:
    """The answer as it was given.

    A quote is of its passage in ``passages``, the library's of today. Where that has gone or says something else, the
    quote is the whole of a passage of its own, under the same id. Papers that have gone are as far as the JSON knows.
    """
    return Answer(
        id=body["id"],
        question=body["question"],
        standalone_question=body["standalone_question"],
        text=body["answer"],
        citations=tuple(_citation(one, passages, papers) for one in body["citations"]),
        abstained=body["abstained"],
        reason=body["reason"],
        passages_considered=body["considered"]["passages"],
        papers_considered=body["considered"]["papers"],
        model=body["model"],
        timings_ms=body["timings_ms"],
        conversation=body["conversation"],
        filters=from_record(body.get("filters", {})),
        usage=body["usage"],
        note=body.get("note"),
    )


def _citation(kept: Mapping[str, Any], passages: Mapping[str, Passage], papers: Mapping[str, StoredPaper]) -> Citation:
    start, end = kept["start"], kept["end"]
    told = kept.get("answer")
    answer = (told["start"], told["end"]) if told else None
    passage = passages.get(kept["passage_id"])
    if passage is None or passage.text[start:end] != kept["quote"]:
        passage = Passage(
            passage_id=kept["passage_id"],
            paper_id=kept["paper_id"],
            basis=kept["basis"],
            section=kept["section"],
            page=kept["page"],
            start=0,
            end=len(kept["quote"]),
            text=kept["quote"],
        )
        answer = (answer[0] - start, answer[1] - start) if answer else None
        start, end = 0, len(kept["quote"])
    return Citation(
        number=kept["number"],
        quote=Quote(passage=passage, start=start, end=end),
        paper=papers.get(kept["paper_id"]) or StoredPaper(paper_id=kept["paper_id"], paper=_paper(kept)),
        status=kept["status"],
        answer=answer,
    )


def _paper(kept: Mapping[str, Any]) -> Paper:
    return Paper(
        title=kept["title"],
        authors=tuple(kept["authors"]),
        version=kept["version"] or 0,
        date=kept["date"] or "",
        url=kept["url"] or "",
        withdrawn=kept["withdrawn"],
    )
