"""Files and their papers: PDFs join abstracts, nothing is read twice, and what a file no longer gives can go."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from pathlib import Path

import pytest
from pdf_writer import lines, text, write_pdf
from source_reading import rows

from paperchat.assistant import PaperChat
from paperchat.ingest.pipeline import ingest
from paperchat.ingest.seen_files import location_of
from paperchat.storage.library import Library
from paperchat.types import Filters
from support import WordEmbedding

DATA = Path(__file__).parent.parent / "data"
PDF = DATA / "pdf" / "entropic_issues.pdf"
TITLE = "Entropic Issues in Likelihood-Based OOD Detection"
IN_FULL = Filters(basis="full_text")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "papers"
    made.mkdir()
    return made


def titles(library: Library) -> set[str]:
    return {stored.paper.title for stored in library.all_papers()}


def test_a_pdf_gives_its_abstract_and_its_full_text(library: Library) -> None:
    report = ingest(library, [PDF])
    assert (report.added, report.failed) == (1, ())
    (stored,) = library.all_papers()
    assert stored.paper.title == TITLE
    assert stored.paper.authors == ("Anthony L. Caterini", "Gabriel Loaiza-Ganem")
    abstract, *passages = library.passages_of(stored.paper_id)
    assert abstract.text == stored.paper.abstract
    kept = library.full_texts.get(stored.paper_id)
    assert kept is not None
    for passage in passages:
        assert passage.basis == "full_text"
        assert passage.text == kept.full_text.text[passage.start : passage.end]
        assert passage.page is not None
        assert 1 <= passage.page <= 5
    assert {passage.page_at(len(passage.text) - 1) for passage in passages} == {1, 2, 3, 4, 5}
    assert library.lexical_search("likelihood ratios cancel out the entropy", 5, IN_FULL)


def test_references_are_not_searched(library: Library) -> None:
    ingest(library, [PDF])
    kept = library.full_texts.get(next(iter(library.all_papers())).paper_id)
    assert kept is not None
    references = [block for block in kept.full_text.blocks if block.kind == "references"]
    assert references
    for block in references:
        entry = kept.full_text.text[block.start : block.end]
        found = library.passages(hit for hit, _ in library.lexical_search(entry, 50, IN_FULL))
        assert not any(entry in passage.text for passage in found.values())


def test_a_pdf_joins_the_abstract_that_is_there(library: Library, folder: Path) -> None:
    known = {
        "id": "2204.01234v2",
        "title": TITLE,
        "abstract": "An abstract from elsewhere.",
        "authors": ["A. Caterini"],
    }
    ingest(library, [rows(folder / "known.jsonl", known)])
    report = ingest(library, [PDF])
    assert (report.added, report.updated, report.papers) == (0, 1, 1)
    (stored,) = library.all_papers()
    assert (stored.paper_id, stored.paper.abstract) == ("arxiv:2204.01234", "An abstract from elsewhere.")
    assert library.full_texts.get("arxiv:2204.01234") is not None


def test_an_unchanged_file_is_not_read_again(library: Library, folder: Path) -> None:
    shutil.copy(PDF, folder / "a.pdf")
    rows(folder / "b.jsonl", {"title": "Cats at night are asleep", "abstract": "Cats sleep."}, {"url": "None."})
    first = ingest(library, [folder])
    assert (first.added, len(first.failed)) == (2, 1)
    os.utime(folder / "a.pdf", (1, 1))
    again = ingest(library, [folder])
    assert (again.added, again.updated, again.unchanged, again.failed) == (0, 0, 2, first.failed)
    shutil.copy(folder / "a.pdf", folder / "c.pdf")
    third = ingest(library, [folder])
    assert (third.added, third.updated, third.unchanged, third.papers) == (0, 0, 3, 2)


def test_what_was_removed_comes_back_with_its_file(library: Library, folder: Path) -> None:
    file = rows(folder / "b.jsonl", {"title": "Cats at night are asleep", "abstract": "Cats sleep."})
    for source in (file, PDF):
        ingest(library, [source])
        library.remove([stored.paper_id for stored in library.all_papers()])
        assert ingest(library, [source]).added == 1
        library.remove([stored.paper_id for stored in library.all_papers()])


def test_a_broken_pdf_is_told_each_time_and_the_rest_goes_on(library: Library, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nand no more")
    shutil.copy(PDF, folder / "whole.pdf")
    for _ in range(2):
        report = ingest(library, [folder])
        (failure,) = report.failed
        assert failure.source == "broken.pdf"
        assert report.papers == 1


def test_a_changed_pdf_replaces_what_it_said(library: Library, folder: Path) -> None:
    file = folder / "a.pdf"
    shutil.copy(PDF, file)
    ingest(library, [file])
    (before,) = library.all_papers()
    file.write_bytes(PDF.read_bytes() + b"\n% saved again\n")
    report = ingest(library, [file])
    assert (report.added, report.updated, report.papers) == (0, 1, 1)
    kept = library.full_texts.get(before.paper_id)
    assert kept is not None
    assert kept.source == location_of(file)
    assert library.doctor().problems == ()


def test_a_second_pdf_of_a_paper_does_not_replace_the_first(library: Library, folder: Path) -> None:
    first, second = folder / "a.pdf", folder / "b.pdf"
    shutil.copy(PDF, first)
    second.write_bytes(PDF.read_bytes() + b"\n% another copy\n")
    for _ in range(2):
        report = ingest(library, [folder])
    assert (report.unchanged, report.papers) == (2, 1)
    (stored,) = library.all_papers()
    kept = library.full_texts.get(stored.paper_id)
    assert kept is not None
    assert kept.source == location_of(first)


def test_following_a_file_removes_what_it_no_longer_gives(library: Library, folder: Path) -> None:
    cats, dogs, owls = (
        {"title": f"{name} at night are asleep", "abstract": f"{name} sleep."} for name in ("Cats", "Dogs", "Owls")
    )
    file = rows(folder / "a.jsonl", cats, dogs)
    ingest(library, [file, rows(folder / "b.jsonl", dogs)])
    rows(file, owls)
    ingest(library, [file])
    assert len(titles(library)) == 3
    rows(file, cats)
    ingest(library, [file], following=True)
    assert titles(library) == {cats["title"], dogs["title"]}


def test_what_has_moved_to_another_file_stays(library: Library, folder: Path) -> None:
    cats, dogs = ({"title": f"{name} at night are asleep", "abstract": f"{name} sleep."} for name in ("Cats", "Dogs"))
    first, second = rows(folder / "a.jsonl", cats, dogs), rows(folder / "b.jsonl")
    ingest(library, [first])
    rows(first, cats)
    rows(second, dogs | {"id": "2401.00001v1"})
    ingest(library, [first, second], following=True)
    assert titles(library) == {cats["title"], dogs["title"]}


def test_a_paper_that_a_later_file_knows_better_still_belongs_to_both(library: Library, folder: Path) -> None:
    cats = {"title": "Cats at night are asleep", "abstract": "Cats sleep."}
    first, second = rows(folder / "a.jsonl", cats), rows(folder / "b.jsonl", cats | {"id": "2401.00001v1"})
    with PaperChat(library=library, embedder=WordEmbedding()) as chat:
        assert chat.ingest(folder).papers == 1
        assert chat.forget_files([second]) == 0
        assert chat.forget_files([first]) == 1


def test_a_pdf_that_has_moved_stays(library: Library, folder: Path) -> None:
    with PaperChat(library=library, embedder=WordEmbedding()) as chat:
        before = Path(shutil.copy(PDF, folder / "a.pdf"))
        chat.ingest(before)
        after = before.rename(folder / "b.pdf")
        report = chat.ingest(after, pdfs=False, following=True)
        assert (report.unchanged, chat.forget_files([before])) == (1, 0)
        assert chat.forget_files([after]) == 1


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.pdf"])
def test_what_a_file_gave_stays_when_it_cannot_be_read_any_more(library: Library, folder: Path, name: str) -> None:
    row = json.dumps({"title": TITLE, "abstract": "Cats sleep."}).encode()
    file = folder / name
    file.write_bytes(PDF.read_bytes() if name.endswith("pdf") else gzip.compress(row, mtime=0))
    ingest(library, [file])
    file.write_bytes(file.read_bytes()[: 20 if name.endswith("gz") else 500])
    assert ingest(library, [file], following=True).failed
    assert titles(library) == {TITLE}
    assert library.source_files.papers_only_in([location_of(file)])


def test_a_name_that_is_not_utf_8_is_remembered(library: Library, folder: Path) -> None:
    cats = {"title": "Cats at night are asleep", "abstract": "Cats sleep."}
    rows(Path(os.fsdecode(os.fsencode(folder) + b"/\xff.jsonl")), cats)
    shutil.copy(PDF, os.fsdecode(os.fsencode(folder) + b"/\xfe.pdf"))
    assert ingest(library, [folder]).added == 2
    assert ingest(library, [folder]).unchanged == 2


def test_pdfs_may_be_asked_for_later(library: Library, folder: Path) -> None:
    file = rows(folder / "a.jsonl", {"title": "Cats at night are asleep", "id": "2401.00001"})
    assert ingest(library, [file]).waiting == 0
    assert ingest(library, [file], pdfs=True).waiting == 1


def test_a_bibliography_and_its_pdfs_are_one_paper_each(library: Library, folder: Path) -> None:
    shutil.copy(PDF, folder / "caterini.pdf")
    (folder / "mine.bib").write_text(
        "@article{caterini, title={Entropic Issues in Likelihood-Based {OOD} Detection}, "
        "author={Caterini, Anthony L. and Loaiza-Ganem, Gabriel}, year=2022, doi={10.1000/entropic}, "
        "file={:caterini.pdf:PDF}}\n"
        "@article{other, title={Cats at night are asleep}, author={Lovelace, Ada}}\n",
        encoding="utf-8",
    )
    report = ingest(library, [folder], attachments=True)
    assert (report.added, report.failed, report.papers) == (2, (), 2)
    assert library.full_texts.get("doi:10.1000/entropic") is not None
    again = ingest(library, [folder], attachments=True)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)


def supplement(path: Path, subject: str) -> Path:
    rows = [" ".join(f"{subject}{(at * 3 + n) % 40}" for n in range(6)) + "." for at in range(30)]
    return write_pdf(path, text(200, 90, "Supplementary Material", size=18) + lines(72, 140, rows))


def test_pdfs_that_share_a_title_alone_stay_two_papers(library: Library, folder: Path) -> None:
    for subject in ("zebra", "quagga"):
        supplement(folder / f"{subject}.pdf", subject)
    for _ in range(2):
        report = ingest(library, [folder])
        assert (report.papers, report.failed, report.warnings) == (2, (), ())
    alone = supplement(folder.parent / "okapi.pdf", "okapi")
    assert ingest(library, [alone]).papers == 3
    assert all(library.lexical_search(f"{subject}7", 5, IN_FULL) for subject in ("zebra", "quagga", "okapi"))
    assert library.doctor().problems == ()


def test_a_broken_attachment_does_not_lose_its_entry(library: Library, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nand no more")
    entry = "@article{cats, title={Cats at night are asleep}, author={Lovelace, Ada}, file={:broken.pdf:PDF}}"
    (folder / "mine.bib").write_text(entry, encoding="utf-8")
    report = ingest(library, [folder], attachments=True)
    assert (report.added, len(report.failed)) == (1, 1)
    assert titles(library) == {"Cats at night are asleep"}
