"""What is quoted says something: of the topic, of what was found, of what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from paperchat import PaperChat, Survey

PAPERS = (
    {
        "title": "DeepReef: Sensing Reefs with Sound",
        "abstract": "Sensors are widely deployed in harbours, farms and factories. Coral reef monitoring is the "
        "repeated measurement of the state of coral reefs. We propose DeepReef, an acoustic sensor that listens to "
        "coral reefs at night. We also consolidate existing recordings of coral reefs, highlighting protocols of "
        "monitoring. Our results show that DeepReef detects bleaching "
        "three days earlier than divers do. More qualitative "
        "results can be found at https://deepreef.example.org/. Code is at "
        "https://github.com/reef/deepreef{reef/deepreef}.",
        "date": "2024-02-01",
    },
    {
        "title": "Drones for Coral Reef Monitoring",
        "abstract": "Coral reef monitoring by divers is slow and expensive. We present a drone that photographs coral "
        "reefs in shallow water. We show that the drone achieves the best failure detection among monitoring "
        "systems of coral reefs. Coral reef monitoring remains limited to shallow water, since images of deep reefs "
        "are missing.",
        "date": "2025-03-01",
    },
    {
        "title": "Acoustic Maps of Coral Reefs",
        "abstract": "Bleaching of coral reefs has become an important problem in many regions. We introduce maps of "
        "the sound of coral reefs that volunteers record. The maps still fail at night and in rough water, where "
        "nothing is heard. Extensive experiments demonstrate the superiority of our "
        "method over state-of-the-art baselines.",
        "date": "2026-04-01",
    },
)


@pytest.fixture(scope="module")
def reefs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Survey]:
    home = tmp_path_factory.mktemp("reefs")
    rows = home / "papers.jsonl"
    rows.write_text("".join(json.dumps(paper) + "\n" for paper in PAPERS), encoding="utf-8")
    with PaperChat.open(home / "library") as chat:
        chat.ingest(Path(rows))
        survey = chat.survey("coral reef monitoring")
        assert survey.coverage.read == len(PAPERS)
        yield survey


def section(survey: Survey, kind: str) -> str:
    return "\n".join(one.text for one in survey.sections if one.kind == kind)


def test_the_overview_defines_the_topic_in_its_own_words(reefs: Survey) -> None:
    about = reefs.summary.split("\n\n")[1]
    assert "Coral reef monitoring is the repeated measurement of the state of coral reefs." in about


def test_where_something_can_be_found_is_no_finding(reefs: Survey) -> None:
    text = section(reefs, "theme")
    assert "three days earlier" in text
    assert "can be found" not in text
    assert not any("can be found" in cell.quote.text for row in reefs.table for cell in row.cells.values())
    assert "consolidate" not in text.split("What was found")[1]


def test_neither_success_nor_importance_is_a_limitation(reefs: Survey) -> None:
    text = reefs.summary.split("Still open")[1] + section(reefs, "limitations")
    assert "at night and in rough water" in text
    assert "best failure detection" not in text
    assert "important problem" not in text


def test_praise_alone_is_not_quoted(reefs: Survey) -> None:
    assert "superiority" not in " ".join(one.text for one in reefs.sections)


def test_an_address_ends_where_it_ends(reefs: Survey) -> None:
    (code,) = (row.cells["code"].quote.text for row in reefs.table if "DeepReef" in row.paper.paper.title)
    assert code in ("https://github.com/reef/deepreef", "https://deepreef.example.org/")
