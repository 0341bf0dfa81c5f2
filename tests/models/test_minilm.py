"""The embedded encoder: its files, its vectors, and unusual texts."""

from __future__ import annotations

import hashlib
import pickle
import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import paperchat.models.minilm
from paperchat.errors import ModelError
from paperchat.models.minilm import DIMENSION, MAX_TOKENS, SENTENCE_TOKENS, MiniLM

ASSETS = Path(paperchat.models.minilm.__file__).parent / "assets" / "minilm"

MIXED = [
    "Attention.",
    "We introduce a benchmark of laboratory safety questions for language models.",
    "The proposed method halves the number of floating-point operations at equal accuracy. " * 12,
    "BERT",
    "Does retrieval reduce hallucination? " * 3,
    "",
]

UNUSUAL = {
    "empty": "",
    "blank": " \n\t ",
    "emoji": "👩‍🔬🧪 results 🎉",
    "right to left": "مرحبا بالعالم שלום עולם",
    "bidi override": "safe \u202etxt.exe\u202c end",
    "control characters": "a\x00b\x07c\x1b[31mred\x7f",
    "lone surrogate": "half \ud83d of a pair",
    "one endless word": "x" * 50_000,
    "chinese": "大型语言模型",
}


@pytest.fixture(scope="module")
def encoder() -> MiniLM:
    return MiniLM(threads=2)


def test_encoder_files_match_their_checksums() -> None:
    lines = (ASSETS / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    checksums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    shipped = [path for path in ASSETS.iterdir() if path.name != "SHA256SUMS"]
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in shipped} == checksums
    assert sum(path.stat().st_size for path in shipped) < 25_000_000


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        (
            "The model was trained on two billion image-text pairs.",
            "Training used 2B pairs of pictures and captions.",
            "The committee postponed the vote on the harbour.",
        ),
        (
            "Retrieval lowers the rate of hallucinated answers.",
            "Looking documents up makes a language model invent less.",
            "We measured the thermal conductivity of graphene.",
        ),
        (
            "How can long documents be summarised?",
            "A method for condensing lengthy texts.",
            "A dataset of bird songs recorded at dawn.",
        ),
    ],
)
def test_paraphrases_are_nearer_than_other_topics(encoder: MiniLM, text: str, near: str, far: str) -> None:
    vectors = encoder.encode([text, near, far])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.25


def test_vectors_are_unit_vectors(encoder: MiniLM) -> None:
    vectors = encoder.encode(MIXED)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(MIXED), DIMENSION)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_vectors(encoder: MiniLM) -> None:
    assert encoder.encode([]).shape == (0, DIMENSION)
    assert encoder.encode_tokens([]) == []


def test_a_vector_does_not_depend_on_the_other_texts(encoder: MiniLM) -> None:
    alone = np.stack([encoder.encode([text])[0] for text in MIXED])
    order = list(range(len(MIXED)))
    random.Random(0).shuffle(order)
    together = encoder.encode([MIXED[row] for row in order])
    np.testing.assert_array_equal(together, alone[order])
    np.testing.assert_array_equal(MiniLM(threads=1).encode(MIXED), alone)


def test_token_vectors_do_not_depend_on_the_other_texts(encoder: MiniLM) -> None:
    for text, tokens in zip(MIXED, encoder.encode_tokens(MIXED), strict=True):
        np.testing.assert_array_equal(tokens.vectors, encoder.encode_tokens([text])[0].vectors)


def test_threads_that_share_an_encoder_get_the_same_vectors() -> None:
    shared = MiniLM(threads=2)
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _: shared.encode(MIXED), range(12)))
    expected = MiniLM(threads=1).encode(MIXED)
    for result in results:
        np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("text", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_unusual_texts_are_embedded(encoder: MiniLM, text: str) -> None:
    vectors = encoder.encode([text, "an ordinary sentence"])
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    (tokens,) = encoder.encode_tokens([text])
    assert len(tokens.vectors) == len(tokens.offsets) == len(tokens.words) < MAX_TOKENS
    assert np.isfinite(tokens.vectors).all()
    assert (tokens.offsets >= 0).all()
    assert (tokens.offsets <= len(text)).all()


def test_long_texts_are_truncated(encoder: MiniLM) -> None:
    text = "Long documents have many sentences. " * 5_600
    assert len(text) > 200_000
    (tokens,) = encoder.encode_tokens([text])
    assert len(tokens.vectors) == MAX_TOKENS - 2
    last = tokens.offsets[SENTENCE_TOKENS - 3, 1]
    whole, counted, shorter = encoder.encode([text, text[:last], text[: last - 10]])
    np.testing.assert_array_equal(whole, counted)
    assert not np.array_equal(whole, shorter)


def test_token_offsets_point_at_the_characters_of_the_text(encoder: MiniLM) -> None:
    text = "  Café \u202eNAÏVE\u202c 👩‍🔬 isn't \x07tokenizable, 大!"
    (tokens,) = encoder.encode_tokens([text])
    pieces = [text[start:end] for start, end in tokens.offsets]
    assert pieces == ["Café", "NAÏVE", "👩‍🔬", "isn", "'", "t", "token", "iza", "ble", ",", "大", "!"]
    assert tokens.words.tolist() == [0, 1, 2, 3, 4, 5, 6, 6, 6, 7, 8, 9]


def test_offsets_are_correct_after_a_lone_surrogate(encoder: MiniLM) -> None:
    text = "half \ud83d of a pair"
    (tokens,) = encoder.encode_tokens([text])
    assert [text[start:end] for start, end in tokens.offsets] == ["half", "\ud83d", "of", "a", "pair"]


def test_token_vectors_distinguish_the_senses_of_a_word(encoder: MiniLM) -> None:
    texts = [
        "He sat on the bank of the river.",
        "The bank raised its interest rates.",
        "The bank lends money.",
    ]
    river, rates, lends = (
        tokens.vectors[[text[a:b] for a, b in tokens.offsets].index("bank")]
        for text, tokens in zip(texts, encoder.encode_tokens(texts), strict=True)
    )
    np.testing.assert_allclose(np.linalg.norm(rates), 1, atol=1e-5)
    assert rates @ lends > rates @ river


def test_a_pickled_encoder_gives_the_same_vectors(encoder: MiniLM) -> None:
    copy: MiniLM = pickle.loads(pickle.dumps(encoder))
    np.testing.assert_array_equal(copy.encode(MIXED), encoder.encode(MIXED))


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["missing", "cut", "other"])
def test_damaged_files_are_reported_in_one_line(tmp_path: Path, name: str, damage: str) -> None:
    folder = tmp_path / "minilm"
    shutil.copytree(ASSETS, folder)
    if damage == "missing":
        (folder / name).unlink()
    elif damage == "cut":
        (folder / name).write_bytes((folder / name).read_bytes()[:100_000])
    else:
        (folder / name).write_text("version https://git-lfs.github.com/spec/v1\n", encoding="utf-8")
    with pytest.raises(ModelError) as raised:
        MiniLM(folder=folder).encode(["a"])
    message = str(raised.value)
    assert str(folder) in message
    assert "install paperchat again" in message
    assert "\n" not in message
