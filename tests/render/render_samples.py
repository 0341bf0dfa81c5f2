"""Papers and answers for the tests of rendering, some of them hostile."""

from __future__ import annotations

from typing import Any

from answer_samples import HOSTILE as HOSTILE
from paperchat.answering.quote_markdown import make_citations, write_extractive
from paperchat.types import Answer, Paper, Passage, Quote, StoredPaper

LABSAFETY = Paper(
    title="LabSafety Bench: Benchmarking LLMs on Safety",
    abstract="We propose a benchmark. It includes 765 multiple-choice questions. GPT-4o errs.",
    authors=("Yujun Zhou", "Jingdong Yang", "Kehan Guo", "Pin-Yu Chen"),
    arxiv_id="2410.14182",
    version=2,
    date="2024-10-18",
    categories=("cs.CL", "cs.LG"),
    url="https://arxiv.org/abs/2410.14182v2",
)


def stored(paper: Paper, paper_id: str = "arxiv:2410.14182") -> StoredPaper:
    return StoredPaper(paper_id=paper_id, paper=paper)


def passage(paper: StoredPaper, **changes: Any) -> Passage:
    text = paper.paper.abstract
    given: dict[str, Any] = {
        "passage_id": f"{paper.paper_id}#abstract.0",
        "paper_id": paper.paper_id,
        "basis": "abstract",
        "section": "Abstract",
        "page": None,
        "start": 0,
        "end": len(text),
        "text": text,
    }
    return Passage(**(given | changes))


def answer_of(paper: Paper, *quotes: str, question: str = "How many questions?", **changes: Any) -> Answer:
    """An answer that quotes these stretches of the paper's abstract; an abstention without any."""
    held = stored(paper)
    where = changes.pop("passage", None) or passage(held)
    cut = [
        Quote(passage=where, start=where.text.index(quote), end=where.text.index(quote) + len(quote))
        for quote in quotes
    ]
    citations = make_citations(cut, {held.paper_id: held})
    given: dict[str, Any] = {
        "id": "a1",
        "question": question,
        "standalone_question": question,
        "text": write_extractive(citations) if citations else "The library does not say.",
        "citations": citations,
        "abstained": not citations,
        "reason": None if citations else "nothing comes near",
        "passages_considered": 40,
        "papers_considered": 31,
        "model": "extractive",
        "timings_ms": {"retrieve": 9, "evidence": 31, "write": 2, "total": 42},
    }
    return Answer(**(given | changes))
