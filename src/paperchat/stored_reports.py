"""Stored reports: surveys and weighed claims read back from their JSON, with the papers and passages of today."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from paperchat.errors import SourceError
from paperchat.serialization import citation_from_json, referred_paper
from paperchat.storage.filters import filters_from_json
from paperchat.storage.library import Library
from paperchat.survey.types import (
    Aspect,
    ComparisonRow,
    Coverage,
    MapPoint,
    OmittedPaper,
    PaperStance,
    Section,
    SharedLimit,
    Survey,
    Theme,
    WeighedClaim,
)
from paperchat.types import Citation, StoredPaper

Body = Mapping[str, Any]


def survey_from_json(body: Body, library: Library) -> Survey:
    """Read a survey that `survey_as_json` has written."""
    citations = _citations(body, library)
    by_number = {citation.number: citation for citation in citations}
    omitted = body["coverage"]["left_out"]
    papers = library.papers(one["paper_id"] for one in (*body["table"], *body["map"], *omitted))
    coverage = body["coverage"] | {
        "since": body["coverage"]["since"] or "",
        "until": body["coverage"]["until"] or "",
        "searched": tuple(body["coverage"].get("searched", ())),
        "left_out": tuple(OmittedPaper(paper=referred_paper(one, papers), reason=one["reason"]) for one in omitted),
    }
    return Survey(
        topic=body["topic"],
        summary=body["summary"],
        sections=tuple(Section(**one | {"papers": tuple(one["papers"])}) for one in body["sections"]),
        citations=citations,
        table=tuple(_row(row, by_number, papers) for row in body["table"]),
        coverage=Coverage(**coverage),
        themes=tuple(
            Theme(name=one["name"], terms=tuple(one["terms"]), papers=tuple(one["papers"])) for one in body["themes"]
        ),
        points=tuple(
            MapPoint(paper=referred_paper(one, papers), theme=one["theme"], x=one["x"], y=one["y"])
            for one in body["map"]
        ),
        model=body["model"],
        timings_ms=body["timings_ms"],
        filters=filters_from_json(body["filters"]),
        note=body["note"],
        shared_limits=tuple(
            SharedLimit(name=one["name"], groups=one["groups"], citations=tuple(one["citations"]))
            for one in body.get("shared_limitations", ())
        ),
        changes=body.get("changes") or "",
    )


def read_survey(file: Path, library: Library) -> Survey:
    """Read a survey from a file that ``paperchat survey --out FILE.json`` has written.

    Raises:
        SourceError: the file cannot be read, or is no survey.
    """
    try:
        return survey_from_json(json.loads(file.read_text(encoding="utf-8")), library)
    except OSError as error:
        raise SourceError(f"{file} cannot be read ({error.strerror}): give an earlier survey as JSON") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{file} is no survey: give a file of `paperchat survey TOPIC --out FILE.json`") from error


def claim_from_json(body: Body, library: Library) -> WeighedClaim:
    """Read a weighed claim that `claim_as_json` has written."""
    papers = library.papers(one["paper_id"] for one in body["papers"])
    return WeighedClaim(
        claim=body["claim"],
        verdict=body["verdict"],
        reason=body["reason"],
        aspects=tuple(map(_aspect, body["aspects"])),
        papers=tuple(_stance(one, papers) for one in body["papers"]),
        citations=_citations(body, library),
        passages_considered=body["considered"]["passages"],
        papers_considered=body["considered"]["papers"],
        timings_ms=body["timings_ms"],
        filters=filters_from_json(body["filters"]),
    )


def _citations(body: Body, library: Library) -> tuple[Citation, ...]:
    records: Iterable[Body] = body["citations"]
    passages = library.passages(one["passage_id"] for one in records if one["passage_id"])
    papers = library.papers(one["paper_id"] for one in records)
    return tuple(citation_from_json(one, passages, papers) for one in records)


def _row(row: Body, citations: Mapping[int, Citation], papers: Mapping[str, StoredPaper]) -> ComparisonRow:
    cells = {name: citations[cell["citation"]] for name, cell in row.items() if isinstance(cell, dict)}
    return ComparisonRow(paper=referred_paper(row, papers), cells=cells)  # type: ignore[arg-type]


def _aspect(body: Body) -> Aspect:
    below = tuple(map(_aspect, body["aspects"]))
    return Aspect(**{**body, "citations": tuple(body["citations"]), "aspects": below})


def _stance(body: Body, papers: Mapping[str, StoredPaper]) -> PaperStance:
    return PaperStance(
        paper=referred_paper(body, papers),
        position=body["position"],
        confidence=body["confidence"],
        citations=tuple(body["citations"]),
        group=body["group"],
    )
