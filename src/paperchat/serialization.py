"""Answers, hits, papers and reports as JSON-ready dicts, with the names that other programs rely on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from paperchat.storage.conversations import Conversation, Turn
from paperchat.storage.counts import Diagnosis, LibraryCounts
from paperchat.storage.filters import as_record
from paperchat.text.describe import suspicions_of
from paperchat.types import Answer, Citation, Hit, IngestReport, Paper, Passage, StoredPaper


def answer_as_json(answer: Answer) -> dict[str, Any]:
    return {
        "id": answer.id,
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "conversation": answer.conversation,
        "filters": as_record(answer.filters),
        "answer": answer.text,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "note": answer.note,
        "citations": [citation_as_json(citation) for citation in answer.citations],
        "considered": {"passages": answer.passages_considered, "papers": answer.papers_considered},
        "model": answer.model,
        "timings_ms": dict(answer.timings_ms),
        "usage": dict(answer.usage),
    }


def citation_as_json(citation: Citation) -> dict[str, Any]:
    paper = citation.paper.paper
    passage = citation.quote.passage
    return {
        "number": citation.number,
        "status": citation.status,
        "paper_id": citation.paper.paper_id,
        "version": paper.version or None,
        "title": paper.title,
        "authors": list(paper.authors),
        "date": paper.date or None,
        "url": paper.url or None,
        "withdrawn": paper.withdrawn,
        "basis": passage.basis,
        "section": passage.section,
        "page": citation.quote.page,
        "passage_id": passage.passage_id,
        "start": citation.quote.start,
        "end": citation.quote.end,
        "quote": citation.quote.text,
        "answer": dict(zip(("start", "end"), citation.answer, strict=True)) if citation.answer else None,
    }


def conversation_as_json(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.conversation_id,
        "name": conversation.name,
        "created": conversation.created,
        "updated": conversation.updated,
        "turns": conversation.turns,
        "filters": as_record(conversation.filters),
    }


def turns_as_json(conversation: Conversation, turns: Iterable[Turn]) -> dict[str, Any]:
    return {
        "conversation": conversation_as_json(conversation),
        "turns": [
            {
                "ordinal": turn.ordinal,
                "question": turn.question,
                "standalone_question": turn.standalone_question,
                "asked": turn.asked,
                "answer": answer_as_json(turn.answer),
            }
            for turn in turns
        ],
    }


def paper_as_json(stored: StoredPaper) -> dict[str, Any]:
    """``paper_id`` and every field of the paper under its own name."""
    values = {field.name: getattr(stored.paper, field.name) for field in fields(Paper)}
    listed = {name: list(value) for name, value in values.items() if isinstance(value, tuple)}
    return {"paper_id": stored.paper_id, **values, **listed, "daily": dict(stored.paper.daily)}


def shown_paper_as_json(stored: StoredPaper, passages: Iterable[Passage]) -> dict[str, Any]:
    """``warnings`` has what in the passages speaks to a machine, as `paperchat.suspicion` finds it."""
    passages = list(passages)
    return {
        "paper": paper_as_json(stored),
        "passages": [
            {
                "passage_id": passage.passage_id,
                "basis": passage.basis,
                "section": passage.section,
                "page": passage.page,
                "text": passage.text,
            }
            for passage in passages
        ],
        "warnings": [asdict(one) for one in suspicions_of(stored, passages)],
    }


def hits_as_json(hits: Iterable[Hit]) -> dict[str, Any]:
    return {
        "hits": [
            {
                "rank": hit.rank,
                "paper_id": hit.paper.paper_id,
                "title": hit.paper.paper.title,
                "score": round(float(hit.score), 6),
                "passage_id": hit.passage.passage_id,
                "basis": hit.passage.basis,
                "page": hit.passage.page,
                "snippet": hit.snippet,
            }
            for hit in hits
        ]
    }


def report_as_json(report: IngestReport) -> dict[str, Any]:
    return {**asdict(report), "failed": [asdict(failure) for failure in report.failed]}


def counts_as_json(counts: LibraryCounts, *, home: Path, embedder: str, size: int) -> dict[str, Any]:
    """``size`` is what the library takes on disk, in bytes."""
    return {**asdict(counts), "home": str(home), "embedder": embedder, "bytes": size}


def diagnosis_as_json(diagnosis: Diagnosis) -> dict[str, Any]:
    return {**asdict(diagnosis), "problems": list(diagnosis.problems)}
