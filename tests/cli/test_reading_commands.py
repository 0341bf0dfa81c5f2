"""`follow`, `collection`, `mark`, `note`, `standing` and `digest`, as typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_runner import assert_one_line_error, run
from daily_library import make_daily_library


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with make_daily_library(tmp_path) as chat:
        monkeypatch.setenv("PAPERCHAT_HOME", str(chat.library.home))
        return chat.library.home


@pytest.mark.usefixtures("home")
def test_follow_and_digest(tmp_path: Path) -> None:
    assert "paperchat follow topic" in run("follow", "list").out
    assert "by upvotes, as nothing is followed yet" in run("digest").out
    assert run("follow", "topic", "brain MRI").out == "following the topic brain MRI\n"
    assert run("follow", "organization", "IBM", "--json").json["kind"] == "organization"
    assert run("follow", "author", "Song Han").status == 0
    assert [one["name"] for one in run("follow", "list", "--json").json["follows"]] == ["brain MRI", "Song Han", "IBM"]
    shown = run("digest", "--week").out
    assert "Because you follow: topic “brain MRI”; author Song Han" in " ".join(shown.split())
    assert "“We propose WaveScan, a wavelet model" in shown
    made = run("digest", "--week", "--json", "--papers", "2").json
    assert (len(made["papers"]), made["matching"], made["has_news"]) == (2, 5, True)
    page, notes = tmp_path / "digest.html", tmp_path / "digest.md"
    assert run("digest", "--week", "--format", "html", "-o", page).status == 0
    assert "<blockquote" in page.read_text(encoding="utf-8")
    assert run("digest", "--week", "--format", "markdown", "-o", notes).status == 0
    assert notes.read_text(encoding="utf-8").startswith("# Papers of 1 May 2026 to 7 May 2026\n")
    assert "Nothing new." in run("digest", "--until", "2026-05-06").out
    assert run("digest", "--until", "2026-05-06", "--skip-empty").out == ""
    assert_one_line_error(run("digest", "--until", "soon"), "soon")
    assert_one_line_error(run("digest", "--json", "--format", "html"), "--format html")
    assert run("follow", "remove", "ibm").out == "the organisation IBM is no longer followed\n"
    assert_one_line_error(run("follow", "remove", "ibm"), "not followed")


@pytest.mark.usefixtures("home")
def test_collections_are_exported_as_references(tmp_path: Path) -> None:
    assert run("collection", "add", "thesis", "2605.00001", "2605.00002").out == "thesis has 2 papers\n"
    assert [one["papers"] for one in run("collection", "list", "--json").json["collections"]] == [2]
    assert "Wavelets for Brain MRI" in run("collection", "show", "thesis").out
    assert run("collection", "export", "thesis").out.count("@misc{") == 2
    file = tmp_path / "thesis.ris"
    assert run("collection", "export", "thesis", "--format", "ris", "-o", file).status == 0
    assert file.read_text(encoding="utf-8").count("TY  - ") == 2
    assert run("collection", "remove", "thesis", "2605.00001").out == "took 1 paper out of thesis\n"
    assert "stay in the library" in run("collection", "delete", "thesis").out
    assert_one_line_error(run("collection", "show", "thesis"), "collection list")


@pytest.mark.usefixtures("home")
def test_papers_are_marked_and_unmarked() -> None:
    assert "no paper is marked" in run("mark", "list").out
    assert run("mark", "upvote", "2605.00001", "2605.00002").out == "2 papers are upvoted\n"
    assert run("mark", "upvote", "2605.00001", "--undo").out == "1 paper is no longer upvoted\n"
    assert run("mark", "hide", "2605.00005").out == "1 paper is marked as of no interest\n"
    assert run("mark", "read", "2605.00004", "--json").json == {
        "mark": "read",
        "on": True,
        "papers": ["arxiv:2605.00004"],
    }
    shown = run("mark", "list").out
    assert "Of no interest" in shown
    assert "Chords and Their Genres" in shown
    assert [one["paper_id"] for one in run("mark", "list", "--json").json["upvote"]] == ["arxiv:2605.00002"]
    assert "Chords" not in run("digest", "--week").out
    assert_one_line_error(run("mark", "read", "2605.00003", "9999.99999"), "9999.99999")
    assert [one["title"] for one in run("mark", "list", "--json").json["read"]] == ["Tokenizers for Turkish"]


@pytest.mark.usefixtures("home")
def test_notes_are_written_changed_and_exported(tmp_path: Path) -> None:
    assert "paperchat note add" in run("note", "list").out
    written = run("note", "add", "2605.00002", "Enough?", "--quote", "1,200 scans", "--json").json
    assert (written["quote"], written["location"]) == ("1,200 scans", "abstract")
    begins = written["id"][:8]
    assert run("note", "add", "2605.00001", "Later").out.endswith(" on arxiv:2605.00001\n")
    shown = run("note", "list").out
    assert shown.index("Later") < shown.index("“1,200 scans” (abstract)") < shown.index(begins)
    assert "Later" not in run("note", "list", "2605.00002").out
    assert run("note", "edit", begins, "Enough.").out == f"changed: note {begins} on arxiv:2605.00002\n"
    run("collection", "add", "thesis", "2605.00002", "2605.00003")
    assert "annote" not in run("collection", "export", "thesis").out
    assert "“1,200 scans” (abstract): Enough." in run("collection", "export", "thesis", "--notes").out
    file = tmp_path / "notes.md"
    assert run("note", "export", "-o", file).status == 0
    assert file.read_text(encoding="utf-8").startswith("# Notes\n\n**Wavelets for Brain MRI**")
    assert run("collection", "export", "thesis", "--format", "markdown", "--notes").out.startswith("# thesis\n")
    assert run("note", "delete", begins).status == 0
    assert_one_line_error(run("note", "delete", begins), "note list")
    assert_one_line_error(run("note", "add", "2605.00001", "x", "--quote", "owls"), "quote its text exactly")
    assert_one_line_error(run("note", "add", "2605.00001", ""), "empty")


@pytest.mark.usefixtures("home")
def test_standing_questions_are_kept_and_checked() -> None:
    assert "Wavelets" in run("standing", "add", "Which papers are on brain MRI?").out
    assert "no paper has arrived" in run("standing", "check").out
    assert [one["state"] for one in run("standing", "check", "--again", "--json").json["standing"]] == ["unchanged"]
    assert run("standing", "list").out.startswith("1  Which papers are on brain MRI?")
    assert "Wavelets" in run("standing", "show", "1").out
    assert run("standing", "remove", "1").status == 0
    assert_one_line_error(run("standing", "remove", "1"), "standing list")
