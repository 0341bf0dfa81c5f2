"""Answers, papers and reports as JSON, Markdown, terminal text and references.

Imports ingest, query and what is below them; ``terminal``, which needs rich, is imported on its own.
"""

from paperchat.render.markdown import answer_as_markdown
from paperchat.render.records import (
    answer_as_json,
    conversation_as_json,
    counts_as_json,
    diagnosis_as_json,
    hits_as_json,
    paper_as_json,
    report_as_json,
    shown_paper_as_json,
    turns_as_json,
)

__all__ = [
    "answer_as_json",
    "answer_as_markdown",
    "conversation_as_json",
    "counts_as_json",
    "diagnosis_as_json",
    "hits_as_json",
    "paper_as_json",
    "report_as_json",
    "shown_paper_as_json",
    "turns_as_json",
]
