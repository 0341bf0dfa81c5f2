"""A weighed claim as a JSON-ready dict, with the names that other programs rely on."""

from __future__ import annotations

from typing import Any

from paperchat.serialization import citation_as_json
from paperchat.storage.filters import as_record
from paperchat.survey.types import Aspect, Weighed, WeighedClaim


def claim_as_json(claim: WeighedClaim) -> dict[str, Any]:
    return {
        "claim": claim.claim,
        "filters": as_record(claim.filters),
        "verdict": claim.verdict,
        "reason": claim.reason,
        "aspects": [_aspect(aspect) for aspect in claim.aspects],
        "papers": [_paper(paper) for paper in claim.papers],
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


def _paper(weighed: Weighed) -> dict[str, Any]:
    return {
        "paper_id": weighed.paper.paper_id,
        "title": weighed.paper.paper.title,
        "withdrawn": weighed.paper.paper.withdrawn,
        "position": weighed.position,
        "confidence": round(weighed.confidence, 3),
        "group": weighed.group,
        "citations": list(weighed.citations),
    }
