"""Collections and runs as others ship them, and one line about those that cannot be read."""

from pathlib import Path

import pytest

from collections_on_disk import HEADING, write_collection
from paperchat.errors import SourceError
from paperchat.evaluation.beir import judgements_file, read_judgements, read_queries, read_run, write_run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_collection(tmp_path / "set")


def in_splits(folder: Path, *names: str) -> None:
    (folder / "qrels").mkdir()
    (folder / "qrels.tsv").unlink()
    for name in names:
        (folder / "qrels" / f"{name}.tsv").write_text(f"{HEADING}q1\t{name}\t1\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("splits", "asked", "used"),
    [
        (("train", "dev", "test"), "", "test"),
        (("train", "dev", "test"), "dev", "dev"),
        (("validation",), "", "validation"),
    ],
)
def test_a_split_is_found_where_beir_ships_it(folder: Path, splits: tuple[str, ...], asked: str, used: str) -> None:
    in_splits(folder, *splits)
    assert read_judgements(judgements_file(folder, asked)) == {"q1": {used: 1}}


def test_a_split_to_choose_or_that_is_not_there_is_told_with_those_there_are(folder: Path) -> None:
    with pytest.raises(SourceError, match="no qrels folder"):
        judgements_file(folder, "dev")
    in_splits(folder, "train", "dev")
    with pytest.raises(SourceError, match=r"--split \(dev, train\)"):
        judgements_file(folder)
    with pytest.raises(SourceError, match=r"no test\.tsv: there are dev, train"):
        judgements_file(folder, "test")


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{HEADING}q1\td1\t1\r\n\r\nq2\td4\t2\r\n",
        "q1\td1\t1\nq2\td4\t2\n",
        "q1 0 d1 1\nq2 0 d4 2\n",
        "q1\t0\td1\t1\nq2\tQ0\td4\t2\n",
    ],
    ids=["BEIR from Windows", "no heading", "TREC", "TREC with tabs"],
)
def test_judgements_are_read_as_beir_and_trec_write_them(tmp_path: Path, text: str) -> None:
    file = tmp_path / "qrels"
    file.write_text(text, encoding="utf-8", newline="")
    assert read_judgements(file) == {"q1": {"d1": 1}, "q2": {"d4": 2}}


@pytest.mark.parametrize("line", ["q1\td1\tyes", "q1\td1", "q1 d1 0.5", "q1", "a b c d e"])
def test_a_line_that_is_no_judgement_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "qrels.tsv"
    file.write_text(f"{HEADING}q1\td1\t1\n{line}\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"qrels\.tsv line 3"):
        read_judgements(file)


def test_judgements_that_are_none_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "qrels.tsv"
    file.write_text(HEADING, encoding="utf-8")
    with pytest.raises(SourceError, match="no judgement"):
        read_judgements(file)
    with pytest.raises(SourceError, match="check that it is there"):
        read_judgements(tmp_path / "absent.tsv")
    file.write_bytes(b"q1\td\xff\t1\n")
    with pytest.raises(SourceError, match="not UTF-8"):
        read_judgements(file)


@pytest.mark.parametrize("line", ["not json", "[]", '{"_id": "q"}', '{"text": "x"}', '{"_id": "q", "text": " "}'])
def test_a_line_that_is_no_query_is_named(folder: Path, line: str) -> None:
    with (folder / "queries.jsonl").open("a", encoding="utf-8") as queries:
        queries.write(line + "\n")
    with pytest.raises(SourceError, match=r"queries\.jsonl line 4"):
        read_queries(folder)


def test_a_run_comes_back_as_it_was_written(tmp_path: Path) -> None:
    run = {"q1": {"d1": 0.5, "d2": 0.25}, "q2": {"Ärzte": 1.0}}
    file = tmp_path / "run.trec"
    write_run(file, run)
    assert read_run(file) == run
    assert file.read_text(encoding="utf-8").splitlines()[1].split()[:5] == ["q1", "Q0", "d2", "2", "0.25"]


def test_an_id_with_a_space_has_no_place_in_a_run(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="'two words'"):
        write_run(tmp_path / "run.trec", {"q1": {"two words": 1.0}})


@pytest.mark.parametrize(
    "text", ["", "q1 Q0 d1 1 0.5\n", "q1 Q0 d1 1 high tag\n", "one two three four five six seven\n"]
)
def test_what_is_no_run_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "run.trec"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"run\.trec"):
        read_run(file)
