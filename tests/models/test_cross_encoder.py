"""The reader that ships: its files, what its card says, and what it makes of odd text."""

from __future__ import annotations

import hashlib
import pickle
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from paperchat.errors import ModelError
from paperchat.models.cross_encoder import Reader, ReaderOutput, Window
from paperchat.models.onnx import ASSETS

FOLDER = ASSETS / "reader"
CARD = (FOLDER / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?P<kind>question|claim) \| (?P<query>[^|]+) \| (?P<said>[^|]+) \| (?P<sure>[-\d.]+) \|$", re.M)
WINDOW = re.search(r"^> \*\*(?P<title>.+)\*\* (?P<text>.+)$", CARD, re.M)
ODD = {
    "empty": "",
    "blank": " \n\t ",
    "long": "Long documents have many sentences. " * 3_000,
    "no letters": "… — ††† 🧪🧪",
    "surrogate": "half \ud83d of a pair",
    "null": "a\x00b",
    "other script": "この論文では新しい方法を提案する。",
}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(threads=2)


def card_rows() -> list[tuple[str, str, str, float]]:
    return [(row["kind"], row["query"], row["said"], float(row["sure"])) for row in ROW.finditer(CARD)]


def window_of_the_card() -> Window:
    assert WINDOW
    return Window(title=WINDOW["title"], text=WINDOW["text"])


def test_shipped_files_are_those_of_the_checksums() -> None:
    lines = (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    promised = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    shipped = [path for path in FOLDER.iterdir() if path.name != "SHA256SUMS"]
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in shipped} == promised
    assert sum(path.stat().st_size for path in shipped) < 25_000_000


@pytest.mark.parametrize(("kind", "query", "said", "sure"), card_rows())
def test_it_says_what_its_card_says(reader: Reader, kind: str, query: str, said: str, sure: float) -> None:
    window = window_of_the_card()
    (judgement,) = reader.read(query, [window])
    if kind == "claim":
        sides = dict(zip(("support", "contradict", "neither"), judgement.stance, strict=True))
        assert max(sides, key=lambda side: sides[side]) == said
        assert sides[said] == pytest.approx(sure, abs=0.1)
        return
    assert judgement.answerable == pytest.approx(sure, abs=0.7)
    found = judgement.best_answer((0, len(window.text)))
    assert found
    assert said == "nothing" or said == window.text[slice(*found[0])]


def test_the_card_has_questions_and_claims_of_every_kind() -> None:
    said = {(kind, said if kind == "claim" else said == "nothing") for kind, _, said, _ in card_rows()}
    assert said == {
        ("claim", "support"),
        ("claim", "contradict"),
        ("claim", "neither"),
        ("question", True),
        ("question", False),
    }


def test_probabilities_are_of_the_windows_own_pieces(reader: Reader) -> None:
    window = window_of_the_card()
    (judgement,) = reader.read("How many questions are there?", [window])
    assert np.exp(judgement.starts).sum() + np.exp(judgement.no_answer) <= 1 + 1e-6
    assert judgement.stance.sum() == pytest.approx(1)
    pieces = [window.text[start:end] for start, end in judgement.offsets]
    assert "".join(pieces) == re.sub(r"\s", "", window.text)
    middle = window.text.index(". ") + 1
    halves = judgement.start_probabilities([(0, middle), (middle, len(window.text))])
    assert halves.sum() == pytest.approx(np.exp(judgement.starts).sum())


def test_a_judgement_does_not_depend_on_the_other_windows(reader: Reader) -> None:
    windows = [Window(title="On cats", text=text) for text in ("Cats sleep.", "Dogs bark at night. " * 9, "Cats eat.")]
    together = reader.read("What do cats do?", windows)
    for window, judgement in zip(windows, together, strict=True):
        (alone,) = Reader(threads=1).read("What do cats do?", [window])
        assert_same(alone, judgement)


def assert_same(one: ReaderOutput, other: ReaderOutput) -> None:
    np.testing.assert_array_equal(one.starts, other.starts)
    np.testing.assert_array_equal(one.ends, other.ends)
    np.testing.assert_array_equal(one.stance, other.stance)
    assert (one.answerable, one.no_answer) == (other.answerable, other.no_answer)


def test_threads_can_share_a_reader_and_a_copy_reads_the_same(reader: Reader) -> None:
    window = window_of_the_card()
    copy: Reader = pickle.loads(pickle.dumps(reader))
    (expected,) = copy.read("What is it called?", [window])
    with ThreadPoolExecutor(6) as pool:
        for (judgement,) in pool.map(lambda _: reader.read("What is it called?", [window]), range(12)):
            assert_same(expected, judgement)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_text_is_read(reader: Reader, text: str) -> None:
    for query, window in ((text, Window(title="", text="Cats sleep.")), ("Why?", Window(title=text, text=text))):
        (judgement,) = reader.read(query, [window])
        assert np.isfinite([judgement.answerable, judgement.no_answer, *judgement.stance]).all()
        assert (judgement.offsets <= len(window.text)).all()


def test_nothing_is_found_where_nothing_was_read(reader: Reader) -> None:
    (judgement,) = reader.read("Why?", [Window(title="On cats", text="")])
    assert judgement.best_answer((0, 10)) is None
    assert reader.read("Why?", []) == []


@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_damaged_file_is_told_in_one_line(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(FOLDER, folder)
    model = folder / "model.onnx"
    if damage == "missing":
        model.unlink()
    else:
        model.write_bytes(model.read_bytes()[:100_000])
    with pytest.raises(ModelError, match="install paperchat again") as raised:
        Reader(folder=folder).read("Why?", [Window(title="", text="Because.")])
    assert "\n" not in str(raised.value)
