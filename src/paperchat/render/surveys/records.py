"""A survey as a JSON-ready dict, with the names that other programs rely on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from paperchat.serialization import citation_as_json
from paperchat.storage.filters import as_record
from paperchat.survey.types import Coverage, Row, Survey
from paperchat.types import StoredPaper


def survey_as_json(survey: Survey) -> dict[str, Any]:
    return {
        "topic": survey.topic,
        "filters": as_record(survey.filters),
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
        "timings_ms": dict(survey.timings_ms),
    }


def _row(row: Row) -> dict[str, Any]:
    cells: dict[str, Any] = {
        name: {"text": cell.quote.text, "citation": cell.number} for name, cell in row.cells.items()
    }
    return {**_named(row.paper), **cells}


def _coverage(coverage: Coverage) -> dict[str, Any]:
    told = asdict(coverage) | {"since": coverage.since or None, "until": coverage.until or None}
    told["left_out"] = [{**_named(one.paper), "reason": one.reason} for one in coverage.left_out]
    return told


def _named(stored: StoredPaper) -> dict[str, Any]:
    return {"paper_id": stored.paper_id, "title": stored.paper.title, "withdrawn": stored.paper.withdrawn}
