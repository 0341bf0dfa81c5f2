"""Papers that clearly contradict what an answer cites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from paperchat.answering.quote_markdown import escape_markdown
from paperchat.answering.verification import Verifier
from paperchat.text.sentences import sentence_spans
from paperchat.types import AnswerEvent, Citation, EvidenceEvent, Passage, Quote, SentenceEvent, StoredPaper, TextEvent


def may_be_contradicted(quotes: Sequence[Quote], passages: Sequence[Passage], verifier: Verifier) -> bool:
    """Whether a sentence of the passages, or a quote, says the opposite of a quote from another paper."""
    said = [(one.passage.paper_id, one.text) for one in quotes]
    said += [(one.paper_id, one.text[start:end]) for one in passages for start, end in sentence_spans(one.text)]
    return any(
        paper_id != quote.passage.paper_id and verifier.opposed(quote.text, text)
        for paper_id, text in said
        for quote in quotes
    )


def find_contradictions(
    cited: Sequence[Citation], quotes: Sequence[Quote], papers: Mapping[str, StoredPaper], verifier: Verifier
) -> list[tuple[Citation, Citation]]:
    """For each paper at most one pair: what is cited, and that paper's quote which says the opposite of it.

    A quote that is cited already keeps its number; others are numbered on.
    """
    backed = [citation for citation in cited if citation.status != "unsupported"]
    numbered = {citation.quote: citation for citation in backed}
    found: dict[str, tuple[Citation, Citation]] = {}
    number = max((citation.number for citation in cited), default=0)
    for citation in backed:
        for quote in quotes:
            paper_id = quote.passage.paper_id
            if paper_id == citation.paper.paper_id or paper_id in found or paper_id not in papers:
                continue
            if any(against.paper.paper_id == citation.paper.paper_id for _, against in found.values()):
                continue  # said the other way round already
            if verifier.opposed(citation.quote.text, quote.text):
                against = numbered.get(quote)
                if against is None:
                    number += 1
                    against = Citation(number=number, quote=quote, paper=papers[paper_id])
                found[paper_id] = (citation, against)
    return list(found.values())


def contradiction_events(
    pairs: Sequence[tuple[Citation, Citation]], cited: Sequence[Citation]
) -> Iterator[AnswerEvent]:
    """A paragraph for each pair: ``B finds the opposite of [1]: its quote [2]``."""
    for citation, against in pairs:
        if against not in cited:
            yield EvidenceEvent(citations=(against,))
        quoted = escape_markdown(against.quote.text)
        title = escape_markdown(against.paper.paper.title)
        yield TextEvent(
            delta=f"\n\n**{title}** finds the opposite of [{citation.number}]:  \n{quoted} [{against.number}]"
        )
        yield SentenceEvent(text=quoted, citations=(against.number,), status=against.status)
