"""A survey's text as rows, on a survey of the sample and with what a language model writes."""

from __future__ import annotations

import re

import pytest

from paperchat import PaperChat
from paperchat.survey.types import Survey
from paperchat.ui.reports.quote_rows import Prose, QuoteRow, RowHeading, survey_blocks
from paperchat.ui.reports.room_examples import ExampleFinder


@pytest.fixture(scope="module")
def survey(sample: PaperChat) -> Survey:
    return sample.survey("safety of large language models")


def test_every_quote_of_an_extractive_survey_is_a_row_of_its_paper(survey: Survey) -> None:
    for section in survey.sections:
        blocks = survey_blocks(section.text, survey.citations)
        rows = [block for block in blocks if isinstance(block, QuoteRow)]
        assert [row.citation.number for row in rows] == [int(one) for one in re.findall(r"\[(\d+)\]", section.text)]
        assert not [block for block in blocks if isinstance(block, Prose) and "[" in block.text]
    reading = survey_blocks(survey.sections[-1].text, survey.citations)
    assert all(isinstance(block, QuoteRow) and block.why.startswith("since ") for block in reading)
    theme = survey_blocks(survey.sections[0].text, survey.citations)
    assert isinstance(theme[0], RowHeading)
    assert isinstance(theme[1], QuoteRow)


def test_what_a_model_writes_stays_prose(survey: Survey) -> None:
    citation = survey.citations[0]
    written = f"Safety is studied **much**. {citation.quote.text} [1]\n\nIt is broad [1] and new [2]."
    assert survey_blocks(written, survey.citations) == [Prose(f"{written}")]


def test_examples_are_of_the_library(sample: PaperChat) -> None:
    examples = ExampleFinder(sample).find()
    assert examples.topics
    abstracts = " ".join(stored.paper.abstract for stored in sample.papers())
    assert examples.claims
    assert all(claim in abstracts for claim in examples.claims)
