"""What every survey must keep to, whoever wrote it and of whatever library."""

from __future__ import annotations

import re

from paperchat import Citation, PaperChat, Survey
from paperchat.answering.quote_markdown import escape_markdown
from paperchat.text.sentences import sentence_spans

MARK = re.compile(r"(?<!\\)\[(\d+)(?<!\\)\]")
SEE = re.compile(r"- \*\*.+\*\*(?: \(.+\))?: see \[\d+\]")
LABEL = re.compile(r"\*\*.+\*\*:?")


def texts(survey: Survey) -> list[str]:
    return [survey.summary, *(section.text for section in survey.sections)]


def marks(survey: Survey) -> list[int]:
    """In the order in which they stand in the text."""
    return [int(number) for text in texts(survey) for number in MARK.findall(text)]


def in_text(survey: Survey) -> list[Citation]:
    marked = set(marks(survey))
    return [citation for citation in survey.citations if citation.number in marked]


def assert_exact(chat: PaperChat, survey: Survey) -> None:
    """Quotes are exact and whole sentences, cells are exact, and marks and citations are each other's."""
    assert [citation.number for citation in survey.citations] == list(range(1, len(survey.citations) + 1))
    cells = [cell for row in survey.table for cell in row.cells.values()]
    marked = list(dict.fromkeys(marks(survey)))
    assert marked == list(range(1, len(marked) + 1)), "the text's citations are numbered in its order"
    assert [cell.number for cell in cells] == list(range(len(marked) + 1, len(survey.citations) + 1))
    for citation in survey.citations:
        passages = {one.passage_id: one for one in chat.paper(citation.paper.paper_id)[1]}
        text = passages[citation.quote.passage.passage_id].text
        assert text[citation.quote.start : citation.quote.end] == citation.quote.text != ""
        if citation.number in marked:
            assert (citation.quote.start, citation.quote.end) in sentence_spans(text), "a sentence is cut"
    for row in survey.table:
        assert all(cell.paper == row.paper for cell in row.cells.values())


def assert_each_sentence_is_a_quote(survey: Survey, *, computed: tuple[str, ...]) -> None:
    """Every line of the text is a label, one of the ``computed`` sentences, or a quote with its mark."""
    quoted = {citation.number: escape_markdown(citation.quote.text) for citation in survey.citations}
    for text in texts(survey):
        for line in filter(None, text.splitlines()):
            if not LABEL.fullmatch(line) and line not in computed and not SEE.fullmatch(line):
                numbers = MARK.findall(line)
                assert len(numbers) == 1, line
                assert line.endswith(f" {quoted[int(numbers[0])]} [{numbers[0]}]"), line
