"""The stance model in the package: its files, the examples of its card, and unusual text."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from paperchat.errors import ModelError
from paperchat.models.cross_encoder import Window
from paperchat.models.onnx import ASSETS
from paperchat.models.stance_reader import StanceReader

FOLDER = ASSETS / "stance"
CARD = (FOLDER / "README.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| (?P<claim>[^|]+) \| (?P<sentence>[^|]+) \| (?P<stance>support|contradict|neither) \| (?P<sure>[\d.]+) \|$",
    re.M,
)
ROWS = [match.groupdict() for match in ROW.finditer(CARD)]


@pytest.fixture(scope="module")
def reader() -> StanceReader:
    return StanceReader(threads=2)


def test_the_files_match_their_checksums() -> None:
    lines = (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    checksums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    shipped = [path for path in FOLDER.iterdir() if path.name != "SHA256SUMS"]
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in shipped} == checksums


def test_the_card_has_examples_of_each_stance() -> None:
    assert {row["stance"] for row in ROWS} == {"support", "contradict", "neither"}


@pytest.mark.parametrize("row", ROWS, ids=[row["claim"] for row in ROWS])
def test_the_model_reproduces_the_examples_of_its_card(reader: StanceReader, row: dict[str, str]) -> None:
    (said,) = reader.read(row["claim"], [Window(title="", text=row["sentence"])])
    assert said.stance == row["stance"]
    assert getattr(said, row["stance"]) == pytest.approx(float(row["sure"]), abs=0.1)


def test_what_it_says_of_a_sentence_does_not_depend_on_the_others(reader: StanceReader) -> None:
    sentences = [
        Window(title="On cats", text=text) for text in ("Cats sleep.", "Dogs bark at night. " * 9, "Cats eat.")
    ]
    together = reader.read("Cats rest.", sentences)
    assert together == [StanceReader(threads=1).read("Cats rest.", [one])[0] for one in sentences]
    assert reader.read("Cats rest.", []) == []


@pytest.mark.parametrize(
    "text", ["", " \n", "Long documents have many sentences. " * 999, "half \ud83d of a pair", "a\x00b"]
)
def test_unusual_text_is_read(reader: StanceReader, text: str) -> None:
    for claim, sentence in (
        (text, Window(title="", text="Cats sleep.")),
        ("Cats rest.", Window(title=text, text=text)),
    ):
        (said,) = reader.read(claim, [sentence])
        assert said.support + said.contradict + said.neither == pytest.approx(1)


def test_a_missing_model_is_reported_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"the stance model in .* cannot be loaded .* install paperchat again"
    ) as raised:
        StanceReader(folder=tmp_path).read("Cats rest.", [Window(title="", text="Cats sleep.")])
    assert "\n" not in str(raised.value)
