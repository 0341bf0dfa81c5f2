"""Notes on papers and on words of papers: the owner's own, with exact words, and in the exports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from daily_library import make_daily_library
from paperchat import PaperChat
from paperchat.errors import NotFoundError, UsageError
from paperchat.render.bibtex_ris_csl import bibtex, csl_json, ris
from paperchat.render.note_formats import note_lines, papers_as_markdown
from paperchat.storage.readers import paper_notes

MRI, BENCH = "arxiv:2605.00001", "arxiv:2605.00002"


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[PaperChat]:
    with make_daily_library(tmp_path) as opened:
        yield opened


def test_a_note_is_its_owners_can_be_changed_and_deleted(chat: PaperChat) -> None:
    mine, others = chat.reading(), chat.reading("user:ada")
    note = mine.add_note("2605.00001v1", "  Try it.\n\n\n\nOn our \u202escans.  \n")
    assert (note.paper_id, note.text, note.changed) == (MRI, "Try it.\n\nOn our scans.", "")
    assert others.notes() == []
    for act in (others.delete_note, lambda one: others.edit_note(one, "x")):
        with pytest.raises(NotFoundError):
            act(note.note_id)
    edited = mine.edit_note(note.note_id[:8], "Tried it.")
    assert (edited.note_id, edited.text, bool(edited.changed)) == (note.note_id, "Tried it.", True)
    second = mine.add_note(BENCH, "Second")
    assert [one.text for one in mine.notes()] == ["Second", "Tried it."]
    assert mine.notes(["2605.00002"]) == [second]
    mine.delete_note(note.note_id)
    assert mine.notes() == [second]
    with pytest.raises(NotFoundError, match="note list"):
        mine.delete_note("")


def test_a_note_on_words_has_them_exactly_and_where_they_stand(chat: PaperChat) -> None:
    mine = chat.reading()
    quote = chat.ask("How many scans does BrainBench have?").citations[0].quote
    note = mine.add_note(BENCH, "Enough?", quote=quote.text)
    assert (note.quote, note.location) == (quote.text, "abstract")
    assert mine.add_note(BENCH, "Yes", quote="benchmark  of brain\nMRI").quote == "benchmark of brain MRI"
    with pytest.raises(UsageError, match="quote its text exactly"):
        mine.add_note(MRI, "No", quote=quote.text)
    with pytest.raises(UsageError, match="5,000"):
        mine.add_note(MRI, "No", quote="word " * 2000)


def test_what_no_note_can_be_is_refused(chat: PaperChat, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = chat.reading()
    for text in ("", " \n\u200b", "x" * 2_001):
        with pytest.raises(UsageError):
            mine.add_note(MRI, text)
    with pytest.raises(NotFoundError):
        mine.add_note("9999.99999", "x")
    monkeypatch.setattr(paper_notes, "MAX_NOTES", 1)
    note = mine.add_note(MRI, "one")
    with pytest.raises(UsageError, match="at most 1 notes"):
        mine.add_note(MRI, "two")
    chat.reading("user:ada").add_note(MRI, "hers")
    with pytest.raises(UsageError):
        mine.edit_note(note.note_id, " ")
    assert mine.notes()[0].text == "one"


def test_notes_stay_with_a_paper_that_gets_another_id_and_end_with_it(tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text('{"title": "Owls at Rest", "abstract": "Owls sleep in trees."}\n', encoding="utf-8")
    with PaperChat.open(tmp_path / "library") as chat:
        chat.ingest(file)
        (before,) = chat.papers()
        chat.reading().add_note(before.paper_id, "Which trees?", quote="sleep in trees")
        file.write_text(
            '{"id": "2401.00001", "title": "Owls at Rest", "abstract": "Owls sleep in trees."}\n', encoding="utf-8"
        )
        chat.ingest(file)
        assert [one.paper_id for one in chat.reading().notes()] == ["arxiv:2401.00001"]
        chat.remove(["2401.00001"])
        assert chat.reading().notes() == []


def test_exports_have_the_notes(chat: PaperChat) -> None:
    mine = chat.reading()
    mine.add_note(MRI, "50% of <b>us</b>\nuse {it}", quote="a wavelet model")
    papers, notes = [chat.library.paper(one) for one in (BENCH, MRI)], mine.notes()
    text = papers_as_markdown("My *reading*", papers, notes)
    assert text.startswith("# My \\*reading\\*\n\n**BrainBench")
    assert text.endswith("> “a wavelet model” (abstract)\n\n50% of \\<b\\>us\\</b\\>  \nuse {it}\n")
    other, entry = bibtex(papers, note_lines(notes))
    assert "annote" not in other
    assert (
        r"annote = {“a wavelet model” (abstract): 50\% of <b>us</b> use \textbraceleft{}it\textbraceright{}}" in entry
    )
    assert "N1  - “a wavelet model” (abstract): 50% of <b>us</b> use {it}\r\n" in "".join(
        ris(papers, note_lines(notes))
    )
    items = json.loads("".join(csl_json(papers, note_lines(notes))))
    assert [one.get("note", "")[:17] for one in items] == ["", "“a wavelet model”"]
