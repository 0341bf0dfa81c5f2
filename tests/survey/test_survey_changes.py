"""A survey that is made again says what is new."""

from __future__ import annotations

import json
from pathlib import Path

from paperchat import PaperChat
from paperchat.survey.survey_changes import NOTHING_NEW, compare_with_earlier

REEFS = [
    {
        "title": f"Coral reefs {place}",
        "abstract": f"We map coral reefs near {place}. We find that {count}% of the coral reefs bleach at {place}.",
    }
    for place, count in (("Palau", 12.5), ("Fiji", 31), ("Tonga", 44), ("Samoa", 8))
]


def add(chat: PaperChat, home: Path, papers: list[dict[str, str]]) -> None:
    rows = home / "papers.jsonl"
    rows.write_text("".join(json.dumps(paper) + "\n" for paper in papers), encoding="utf-8")
    chat.ingest(rows)


def test_a_survey_names_the_papers_that_are_new_since_the_earlier_one(tmp_path: Path) -> None:
    with PaperChat.open(tmp_path / "library") as chat:
        add(chat, tmp_path, REEFS[:2])
        earlier = chat.survey("coral reefs")
        assert compare_with_earlier(chat.survey("coral reefs"), earlier).changes == NOTHING_NEW
        add(chat, tmp_path, REEFS)
        changes = compare_with_earlier(chat.survey("coral reefs"), earlier).changes
    assert changes.startswith("2 new papers since the earlier survey of this topic:")
    assert "Coral reefs Tonga" in changes
    assert "Coral reefs Palau" not in changes
