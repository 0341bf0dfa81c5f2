"""Surveys as JSON, Markdown, one HTML page, a table for spreadsheets, files of these, and a turn of a conversation.

``terminal``, which needs rich, is imported on its own.
"""

from paperchat.render.surveys.answer import survey_as_answer
from paperchat.render.surveys.files import ENDINGS, survey_as_file
from paperchat.render.surveys.markdown import survey_as_markdown
from paperchat.render.surveys.page import survey_as_html
from paperchat.render.surveys.records import survey_as_json
from paperchat.render.surveys.spreadsheet import table_as_csv

__all__ = [
    "ENDINGS",
    "survey_as_answer",
    "survey_as_file",
    "survey_as_html",
    "survey_as_json",
    "survey_as_markdown",
    "table_as_csv",
]
