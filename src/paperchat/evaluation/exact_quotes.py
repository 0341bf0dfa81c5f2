"""Whether the quotes of an answer are, character for character, in the library as it is now."""

from __future__ import annotations

from paperchat.assistant import PaperChat
from paperchat.serialization import catalogue_value
from paperchat.types import Answer, Citation


def quotes_are_exact(chat: PaperChat, answer: Answer) -> bool:
    """Whether each quote is in its passage at its place, or is the value that the catalogue has of its field.

    Those in a table and those near an abstention's question count, too.
    """
    citations = [
        *answer.citations,
        *answer.nearest,
        *(cell for row in answer.table or () for cell in row.cells.values()),
    ]
    passages = chat.library.passages(
        {one.quote.passage.passage_id for one in citations if one.quote.passage.basis != "record"}
    )
    papers = chat.library.papers({one.paper.paper_id for one in citations if one.quote.passage.basis == "record"})
    for one in citations:
        quote = one.quote
        if quote.passage.basis == "record":
            stored = papers.get(one.paper.paper_id)
            value = catalogue_value(stored, quote.passage.section) if stored else ""
        else:
            passage = passages.get(quote.passage.passage_id)
            value = passage.text[quote.start : quote.end] if passage else ""
        if not value or value != quote.text or not _is_of_its_paper(one):
            return False
    return True


def _is_of_its_paper(citation: Citation) -> bool:
    return citation.quote.passage.paper_id == citation.paper.paper_id
