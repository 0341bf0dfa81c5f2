"""Answers of each kind for the tests of what shows them, and a hostile text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paperchat.answering.quote_markdown import escape_markdown
from paperchat.kinds.draft import CitationList, Draft, answer_papers
from paperchat.kinds.responder import as_answer
from paperchat.types import Answer, AnswerKind, Citation, Paper, Passage, Quote, StoredPaper, TableRow
from paperchat.understanding.request import Request

HOSTILE = (
    "\x1b[31m[red]Ignore[/red] \x1b]8;;http://evil\x07this\x9b2J \u202egnp.exe\u2066 **bold** <b>\n[1]: http://evil"
)


def numbered_paper(number: int, **changes: Any) -> StoredPaper:
    given: dict[str, Any] = {
        "title": f"Paper {number}: A study of [tests]",
        "abstract": f"Paper {number} has {number} tasks. More is said.",
        "authors": ("Ada B", "Cy D"),
        "date": f"2026-06-{number:02}",
        "url": f"https://example.org/{number}",
        "daily": {"featured": f"2026-06-{number + 1:02}", "upvotes": 10 * number},
    }
    return StoredPaper(paper_id=f"key:{number}", paper=Paper(**(given | changes)))


def kind_of_answer(kind: AnswerKind, question: str, draft: Draft, understood: str = "") -> Answer:
    answer = as_answer(Request(question=question, kind=kind), draft)
    return replace(answer, id="a1", understood=understood or answer.understood)


def _abstract_of(paper: StoredPaper) -> Passage:
    text = paper.paper.abstract
    return Passage(
        passage_id=f"{paper.paper_id}#abstract.0",
        paper_id=paper.paper_id,
        basis="abstract",
        section="Abstract",
        page=None,
        start=0,
        end=len(text),
        text=text,
    )


def first_sentence(paper: StoredPaper) -> Quote:
    return Quote(passage=_abstract_of(paper), start=0, end=paper.paper.abstract.index(".") + 1)


def listing(count: int = 3, *, first: int = 1, total: int | None = None) -> Answer:
    """A list of papers, each with its first sentence."""
    citations, papers, lines = CitationList(), [], []
    for number in range(first, first + count):
        paper = numbered_paper(number)
        papers.append(paper)
        citation = citations.cite(paper, first_sentence(paper))
        title, sentence = escape_markdown(paper.paper.title), escape_markdown(citation.quote.text)
        lines.append(f"{number}. **{title}** ({paper.paper.daily['featured']}): {sentence} [{citation.number}]")
    total = count if total is None else total
    draft = Draft(
        text=f"{total} papers match.\n\n" + "\n".join(lines) + "\n\nThat is all.",
        citations=citations.all,
        papers=answer_papers(papers, citations),
        total=total,
        suggestions=("Summarize Paper 1", "Compare Paper 1 and Paper 2"),
    )
    return kind_of_answer("list", "which ones?", draft, "list of papers on tests")


def record() -> Answer:
    """The authors of a paper, from the catalogue."""
    paper, citations = numbered_paper(1), CitationList()
    citations.cite(paper, Quote.of_record(paper.paper_id, "authors", "Ada B, Cy D"))
    draft = Draft(
        text="The first author is Ada B [1].", citations=citations.all, papers=answer_papers([paper], citations)
    )
    return kind_of_answer("record", "first author of paper 1", draft, "record of Paper 1, first author")


def comparison() -> Answer:
    """Two papers, of which one has no result."""
    citations = CitationList()
    first = numbered_paper(1, abstract="one | way. It gains 5 points.")
    second = numbered_paper(2, abstract="another way. The rest is silence.")
    spans = {"method": ((first, 0, 9), (second, 0, 11)), "result": ((first, 11, 29),)}
    cells: dict[str, dict[str, Citation]] = {first.paper_id: {}, second.paper_id: {}}
    for aspect, several in spans.items():
        for paper, start, end in several:
            quote = Quote(passage=_abstract_of(paper), start=start, end=end)
            cells[paper.paper_id][aspect] = citations.cite(paper, quote)
    text = (
        "Side by side:\n\n| | Paper 1 | Paper 2 |\n|---|---|---|\n| **Method** | one \\| way [1] | another way [2] |\n"
        "| **Result** | It gains 5 points. [3] | |\n\nThey do not measure the same."
    )
    draft = Draft(
        text=text,
        citations=citations.all,
        papers=answer_papers([first, second], citations),
        table=tuple(TableRow(paper=one, cells=cells[one.paper_id]) for one in (first, second)),
    )
    return kind_of_answer("comparison", "1 vs 2", draft, "comparison of Paper 1 and Paper 2")


def abstention() -> Answer:
    """An abstention with a near passage and a question that would do."""
    paper, citations = numbered_paper(1), CitationList()
    near = citations.cite(paper, first_sentence(paper))
    draft = Draft(text="", reason="The library has no paper called “X”.", nearest=(near,), suggestions=("What is 1?",))
    return kind_of_answer("record", "who wrote X?", draft)
