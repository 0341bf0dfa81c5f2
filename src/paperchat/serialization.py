"""Answers, conversations, hits, papers, reports, claims and surveys as JSON; stored answers are read back.

The keys are part of the public contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paperchat.storage.filters import filters_from_json, filters_to_json
from paperchat.text.describe import injections_in
from paperchat.types import (
    Answer,
    AnswerPaper,
    Citation,
    Hit,
    IngestReport,
    Paper,
    Passage,
    Quote,
    StoredPaper,
    TableRow,
)

if TYPE_CHECKING:
    from paperchat.results.types import Ledger, Result
    from paperchat.storage.conversations import Conversation, Turn
    from paperchat.storage.library_counts import Diagnosis, LibraryCounts
    from paperchat.survey.types import Aspect, ComparisonRow, Coverage, PaperStance, Survey, WeighedClaim


def answer_as_json(answer: Answer) -> dict[str, Any]:
    """Serialize an answer."""
    return {
        "id": answer.id,
        "question": answer.question,
        "standalone_question": answer.standalone_question,
        "conversation": answer.conversation,
        "filters": filters_to_json(answer.filters),
        "answer": answer.text,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "note": answer.note,
        "pending": answer.pending,
        "kind": answer.kind,
        "understood": answer.understood,
        "total": answer.total,
        "papers": [_answer_paper(one) for one in answer.papers],
        "table": None if answer.table is None else [_row(row) for row in answer.table],
        "citations": [citation_as_json(citation) for citation in answer.citations],
        "nearest": [citation_as_json(citation) for citation in answer.nearest],
        "suggestions": list(answer.suggestions),
        "considered": {"passages": answer.passages_considered, "papers": answer.papers_considered},
        "model": answer.model,
        "timings_ms": dict(answer.timings_ms),
        "usage": dict(answer.usage),
    }


def citation_as_json(citation: Citation) -> dict[str, Any]:
    """Serialize a citation with its quote and the metadata of its paper."""
    paper = citation.paper.paper
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
        **_quote_as_json(citation.quote),
        "answer": dict(zip(("start", "end"), citation.answer, strict=True)) if citation.answer else None,
    }


def _quote_as_json(quote: Quote) -> dict[str, Any]:
    passage = quote.passage
    if passage.basis == "record":
        place = dict.fromkeys(("section", "page", "passage_id", "start", "end"))
        return {"basis": passage.basis, "field": passage.section, **place, "quote": quote.text}
    return {
        "basis": passage.basis,
        "section": passage.section,
        "page": quote.page,
        "passage_id": passage.passage_id,
        "start": quote.start,
        "end": quote.end,
        "quote": quote.text,
    }


def _answer_paper(one: AnswerPaper) -> dict[str, Any]:
    return {"paper_id": one.paper.paper_id, "title": one.paper.paper.title, "citations": list(one.citations)}


def conversation_as_json(conversation: Conversation) -> dict[str, Any]:
    """Serialize a conversation without its turns."""
    return {
        "id": conversation.conversation_id,
        "name": conversation.name,
        "created": conversation.created,
        "updated": conversation.updated,
        "turns": conversation.turns,
        "filters": filters_to_json(conversation.filters),
    }


def turns_as_json(conversation: Conversation, turns: Iterable[Turn]) -> dict[str, Any]:
    """Serialize a conversation with its turns."""
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
    """Serialize a paper: ``paper_id``, the fields of `Paper` by name, ``untitled`` if so, and what ``daily`` holds."""
    values = {field.name: getattr(stored.paper, field.name) for field in fields(Paper)}
    values |= {name: list(value) for name, value in values.items() if isinstance(value, tuple)}
    values |= {"untitled": True} if stored.paper.untitled else {}
    return {**stored.paper.daily, **values, "paper_id": stored.paper_id, "daily": dict(stored.paper.daily)}


def catalogue_value(stored: StoredPaper, field: str) -> str:
    """What `paper_as_json` has of this field as text, lists joined by commas; empty where it has nothing."""
    value = paper_as_json(stored).get(field)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def paper_with_passages_as_json(stored: StoredPaper, passages: Iterable[Passage]) -> dict[str, Any]:
    """Serialize a paper with its passages; ``warnings`` are suspected prompt injections in it."""
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
        "warnings": [{"kind": one.kind, "excerpt": one.excerpt} for one in injections_in(stored, passages)],
    }


def hits_as_json(hits: Iterable[Hit]) -> dict[str, Any]:
    """Serialize search results."""
    return {
        "hits": [
            {
                "rank": hit.rank,
                "paper_id": hit.paper.paper_id,
                "title": hit.paper.paper.title,
                **({"untitled": True} if hit.paper.paper.untitled else {}),
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
    """Serialize the report of an ingestion."""
    values = asdict(report)
    del values["new"]
    return {**values, "failed": [asdict(failure) for failure in report.failed]}


def counts_as_json(counts: LibraryCounts, *, home: Path, embedder: str, size: int) -> dict[str, Any]:
    """Serialize the size of the library; ``size`` is its size on disk in bytes."""
    return {**asdict(counts), "home": str(home), "embedder": embedder, "bytes": size}


def diagnosis_as_json(diagnosis: Diagnosis) -> dict[str, Any]:
    """Serialize a diagnosis of the library."""
    return {**asdict(diagnosis), "problems": list(diagnosis.problems)}


def answer_from_json(
    body: Mapping[str, Any], *, passages: Mapping[str, Passage], papers: Mapping[str, StoredPaper]
) -> Answer:
    """Read a stored answer.

    Quotes refer to the library's current ``passages``. Where a passage is gone or has changed, the quote refers to a
    passage of the same id that consists of the quote alone. Papers that are gone have only the metadata in the JSON.
    """
    return Answer(
        id=body["id"],
        question=body["question"],
        standalone_question=body["standalone_question"],
        text=body["answer"],
        citations=tuple(citation_from_json(one, passages, papers) for one in body["citations"]),
        abstained=body["abstained"],
        reason=body["reason"],
        passages_considered=body["considered"]["passages"],
        papers_considered=body["considered"]["papers"],
        model=body["model"],
        timings_ms=body["timings_ms"],
        conversation=body["conversation"],
        filters=filters_from_json(body.get("filters", {})),
        usage=body["usage"],
        note=body.get("note"),
        pending=body.get("pending", 0),
        kind=body.get("kind", "fact"),
        understood=body.get("understood", ""),
        total=body.get("total"),
        papers=tuple(
            AnswerPaper(paper=referred_paper(one, papers), citations=tuple(one["citations"]))
            for one in body.get("papers", ())
        ),
        table=_table(body, passages, papers),
        nearest=tuple(citation_from_json(one, passages, papers) for one in body.get("nearest", ())),
        suggestions=tuple(body.get("suggestions", ())),
    )


def _table(
    body: Mapping[str, Any], passages: Mapping[str, Passage], papers: Mapping[str, StoredPaper]
) -> tuple[TableRow, ...] | None:
    if body.get("table") is None:
        return None
    citations = {one["number"]: citation_from_json(one, passages, papers) for one in body["citations"]}
    return tuple(
        TableRow(
            paper=referred_paper(row, papers),
            cells={
                name: citations[cell["citation"]]
                for name, cell in row.items()
                if isinstance(cell, dict) and cell.get("citation") in citations
            },
        )
        for row in body["table"]
    )


def referred_paper(record: Mapping[str, Any], papers: Mapping[str, StoredPaper]) -> StoredPaper:
    """The paper that a record names; one that is gone has its title at most."""
    known = papers.get(record["paper_id"])
    return known or StoredPaper(paper_id=record["paper_id"], paper=Paper(title=record.get("title", "")))


def citation_from_json(
    record: Mapping[str, Any], passages: Mapping[str, Passage], papers: Mapping[str, StoredPaper]
) -> Citation:
    """Read a citation, as `answer_from_json` reads those of an answer."""
    if record["passage_id"] is None:
        return Citation(
            number=record["number"],
            quote=Quote.of_record(record["paper_id"], record["field"], record["quote"]),
            paper=papers.get(record["paper_id"]) or StoredPaper(paper_id=record["paper_id"], paper=_paper(record)),
        )
    start, end = record["start"], record["end"]
    span = record.get("answer")
    answer = (span["start"], span["end"]) if span else None
    passage = passages.get(record["passage_id"])
    if passage is None or passage.text[start:end] != record["quote"]:
        passage = Passage(
            passage_id=record["passage_id"],
            paper_id=record["paper_id"],
            basis=record["basis"],
            section=record["section"],
            page=record["page"],
            start=0,
            end=len(record["quote"]),
            text=record["quote"],
        )
        answer = (answer[0] - start, answer[1] - start) if answer else None
        start, end = 0, len(record["quote"])
    return Citation(
        number=record["number"],
        quote=Quote(passage=passage, start=start, end=end),
        paper=papers.get(record["paper_id"]) or StoredPaper(paper_id=record["paper_id"], paper=_paper(record)),
        status=record["status"],
        answer=answer,
    )


def _paper(record: Mapping[str, Any]) -> Paper:
    return Paper(
        title=record["title"],
        authors=tuple(record["authors"]),
        version=record["version"] or 0,
        date=record["date"] or "",
        url=record["url"] or "",
        withdrawn=record["withdrawn"],
    )


def claim_as_json(claim: WeighedClaim) -> dict[str, Any]:
    """Serialize a weighed claim."""
    return {
        "claim": claim.claim,
        "filters": filters_to_json(claim.filters),
        "verdict": claim.verdict,
        "reason": claim.reason,
        "groups": {
            side: len({one.group for one in claim.papers if one.position == side}) for side in ("support", "oppose")
        },
        "aspects": [_aspect(aspect) for aspect in claim.aspects],
        "papers": [_claim_paper(paper) for paper in claim.papers],
        "citations": [citation_as_json(citation) for citation in claim.citations],
        "considered": {"passages": claim.passages_considered, "papers": claim.papers_considered},
        "timings_ms": dict(claim.timings_ms),
    }


def _aspect(aspect: Aspect) -> dict[str, Any]:
    return {
        "name": aspect.name,
        "support": aspect.support,
        "oppose": aspect.oppose,
        "neutral": aspect.neutral,
        "citations": list(aspect.citations),
        "aspects": [_aspect(below) for below in aspect.aspects],
    }


def _claim_paper(weighed: PaperStance) -> dict[str, Any]:
    return {
        "paper_id": weighed.paper.paper_id,
        "title": weighed.paper.paper.title,
        "withdrawn": weighed.paper.paper.withdrawn,
        "position": weighed.position,
        "confidence": round(weighed.confidence, 3),
        "group": weighed.group,
        "citations": list(weighed.citations),
    }


def survey_as_json(survey: Survey) -> dict[str, Any]:
    """Serialize a survey."""
    return {
        "topic": survey.topic,
        "filters": filters_to_json(survey.filters),
        "summary": survey.summary,
        "sections": [
            {"title": one.title, "text": one.text, "papers": list(one.papers), "kind": one.kind}
            for one in survey.sections
        ],
        "citations": [citation_as_json(citation) for citation in survey.citations],
        "table": [_row(row) for row in survey.table],
        "coverage": _coverage(survey.coverage),
        "themes": [
            {"name": theme.name, "terms": list(theme.terms), "papers": list(theme.papers)} for theme in survey.themes
        ],
        "map": [
            {"paper_id": point.paper.paper_id, "theme": point.theme, "x": round(point.x, 4), "y": round(point.y, 4)}
            for point in survey.points
        ],
        "model": survey.model,
        "note": survey.note,
        "shared_limitations": [
            {"name": one.name, "groups": one.groups, "citations": list(one.citations)} for one in survey.shared_limits
        ],
        "changes": survey.changes or None,
        "timings_ms": dict(survey.timings_ms),
    }


def _row(row: ComparisonRow | TableRow) -> dict[str, Any]:
    cells: dict[str, Any] = {
        name: {"text": cell.quote.text, "citation": cell.number} for name, cell in row.cells.items()
    }
    return {**_paper_reference(row.paper), **cells}


def _coverage(coverage: Coverage) -> dict[str, Any]:
    values = asdict(coverage) | {"since": coverage.since or None, "until": coverage.until or None}
    values["searched"] = list(coverage.searched)
    values["left_out"] = [{**_paper_reference(one.paper), "reason": one.reason} for one in coverage.left_out]
    return values


def _paper_reference(stored: StoredPaper) -> dict[str, Any]:
    return {"paper_id": stored.paper_id, "title": stored.paper.title, "withdrawn": stored.paper.withdrawn}


def result_as_json(result: Result) -> dict[str, Any]:
    """Serialize a result with its quote; of a cell its text as written, the name it is listed by, and its source."""
    cells = ("benchmark", "measure", "value", "system", "against", "setting")
    return {
        "paper_id": result.paper.paper_id,
        "title": result.paper.paper.title,
        "date": result.paper.paper.date or None,
        **{cell: asdict(one) if (one := getattr(result, cell, None)) else None for cell in cells},
        "number": result.number,
        "kind": result.kind,
        "better": result.better,
        "own": result.is_own,
        "before": result.is_before,
        **_quote_as_json(result.quote),
        "context": [_quote_as_json(quote) for quote in result.context],
    }


def ledger_as_json(ledger: Ledger) -> dict[str, Any]:
    """Serialize the ledger of results; leaderboards and conflicts name results by their place in the list."""
    places = {id(result): place for place, result in enumerate(ledger.results)}
    return {
        "topic": ledger.topic,
        "filters": filters_to_json(ledger.filters),
        "results": [result_as_json(result) for result in ledger.results],
        "leaderboards": [
            {
                "benchmark": board.benchmark,
                "measure": board.measure,
                "task": board.task,
                "better": board.better,
                "results": [places[id(result)] for result in board.results],
            }
            for board in ledger.leaderboards
        ],
        "conflicts": [
            {
                "system": one.system,
                "benchmark": one.benchmark,
                "measure": one.measure,
                "results": [places[id(result)] for result in one.results],
            }
            for one in ledger.conflicts
        ],
        "gaps": [asdict(gap) for gap in ledger.gaps],
        "left_out": ledger.left_out,
        "papers_read": ledger.papers_read,
        "full_texts": ledger.full_texts,
        "timings_ms": dict(ledger.timings_ms),
    }
