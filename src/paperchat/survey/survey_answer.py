"""A survey as the answer to a turn of a conversation."""

from __future__ import annotations

import uuid

from paperchat.answering.extractive import escape_markdown
from paperchat.survey.survey_labels import NO_PAPERS_FOUND, cited_in_text
from paperchat.survey.types import Survey
from paperchat.types import Answer


def survey_as_answer(survey: Survey, *, question: str, conversation: str) -> Answer:
    """Convert the text of a survey, with the quotes that it cites, to an answer; the comparison is left out."""
    parts = [survey.summary]
    for section in survey.sections:
        parts += [f"### {escape_markdown(section.title)}", section.text]
    read = survey.coverage.read
    reason = "no sentence of the papers that match can be quoted" if read else "no paper is near enough to the topic"
    return Answer(
        id=uuid.uuid4().hex,
        question=question,
        standalone_question=survey.topic,
        text="\n\n".join(parts) if read else NO_PAPERS_FOUND,
        citations=tuple(cited_in_text(survey)) if survey.sections else (),
        abstained=not survey.sections,
        reason=None if survey.sections else reason,
        passages_considered=read,
        papers_considered=read,
        model=survey.model,
        timings_ms=survey.timings_ms,
        conversation=conversation,
        filters=survey.filters,
        note=survey.note,
    )
