"""The reader in the package: its files, the examples of its model card, and unusual text."""

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
ROW = re.compile(
    r"^\| (?P<kind>question|claim) \| (?P<query>[^|]+) \| (?P<expected>[^|]+) \| (?P<confidence>[-\d.]+) \|$", re.M
)
WINDOW = re.search(r"^> \*\*(?P<title>.+)\*\* (?P<text>.+)$", CARD, re.M)
UNUSUAL = {
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
    return [(row["kind"], row["query"], row["expected"], float(row["confidence"])) for row in ROW.finditer(CARD)]


def window_of_the_card() -> Window:
    assert WINDOW
    return Window(title=WINDOW["title"], text=WINDOW["text"])


def test_reader_files_match_their_checksums() -> None:
    lines = (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    checksums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    shipped = [path for path in FOLDER.iterdir() if path.name != "SHA256SUMS"]
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in shipped} == checksums
    assert sum(path.stat().st_size for path in shipped) < 25_000_000


def test_what_was_read_is_not_read_again(reader: Reader) -> None:
    other = Window(title="", text="Nothing of that.")
    (first,) = reader.read("How many questions are there?", [window_of_the_card()])
    again = reader.read("How many questions are there?", [other, window_of_the_card(), window_of_the_card()])
    assert again[1] is again[2] is first
    assert again[0] is not first
    assert reader.read("Who asks?", [window_of_the_card()])[0] is not first


@pytest.mark.parametrize(("kind", "query", "expected", "confidence"), card_rows())
def test_the_reader_reproduces_the_examples_of_its_card(
    reader: Reader, kind: str, query: str, expected: str, confidence: float
) -> None:
    window = window_of_the_card()
    (output,) = reader.read(query, [window])
    if kind == "claim":
        sides = dict(zip(("support", "contradict", "neither"), output.stance, strict=True))
        assert max(sides, key=lambda side: sides[side]) == expected
        assert sides[expected] == pytest.approx(confidence, abs=0.1)
        return
    assert output.answerable == pytest.approx(confidence, abs=0.7)
    found = output.best_answer((0, len(window.text)))
    assert found
    assert expected == "nothing" or expected == window.text[slice(*found[0])]


def test_the_card_has_questions_and_claims_of_every_kind() -> None:
    kinds = {(kind, expected if kind == "claim" else expected == "nothing") for kind, _, expected, _ in card_rows()}
    assert kinds == {
        ("claim", "support"),
        ("claim", "contradict"),
        ("claim", "neither"),
        ("question", True),
        ("question", False),
    }


def test_probabilities_belong_to_the_windows_tokens(reader: Reader) -> None:
    window = window_of_the_card()
    (output,) = reader.read("How many questions are there?", [window])
    assert np.exp(output.starts).sum() + np.exp(output.no_answer) <= 1 + 1e-6
    assert output.stance.sum() == pytest.approx(1)
    pieces = [window.text[start:end] for start, end in output.offsets]
    assert "".join(pieces) == re.sub(r"\s", "", window.text)
    middle = window.text.index(". ") + 1
    halves = output.start_probabilities([(0, middle), (middle, len(window.text))])
    assert halves.sum() == pytest.approx(np.exp(output.starts).sum())


def test_an_output_does_not_depend_on_the_other_windows(reader: Reader) -> None:
    windows = [Window(title="On cats", text=text) for text in ("Cats sleep.", "Dogs bark at night. " * 9, "Cats eat.")]
    together = reader.read("What do cats do?", windows)
    for window, output in zip(windows, together, strict=True):
        (alone,) = Reader(threads=1).read("What do cats do?", [window])
        assert_same(alone, output)


def assert_same(one: ReaderOutput, other: ReaderOutput) -> None:
    np.testing.assert_array_equal(one.starts, other.starts)
    np.testing.assert_array_equal(one.ends, other.ends)
    np.testing.assert_array_equal(one.stance, other.stance)
    assert (one.answerable, one.no_answer) == (other.answerable, other.no_answer)


def test_threads_can_share_a_reader_and_a_copy_gives_the_same_output(reader: Reader) -> None:
    window = window_of_the_card()
    copy: Reader = pickle.loads(pickle.dumps(reader))
    (expected,) = copy.read("What is it called?", [window])
    with ThreadPoolExecutor(6) as pool:
        for (output,) in pool.map(lambda _: reader.read("What is it called?", [window]), range(12)):
            assert_same(expected, output)


@pytest.mark.parametrize("text", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_unusual_text_is_read(reader: Reader, text: str) -> None:
    for query, window in ((text, Window(title="", text="Cats sleep.")), ("Why?", Window(title=text, text=text))):
        (output,) = reader.read(query, [window])
        assert np.isfinite([output.answerable, output.no_answer, *output.stance]).all()
        assert (output.offsets <= len(window.text)).all()


def test_an_empty_window_has_no_answer(reader: Reader) -> None:
    (output,) = reader.read("Why?", [Window(title="On cats", text="")])
    assert output.best_answer((0, 10)) is None
    assert reader.read("Why?", []) == []


@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_damaged_model_is_reported_in_one_line(tmp_path: Path, damage: str) -> None:
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
