"""A question that names a benchmark, or a version of a model, is answered from passages that have that name."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from paperchat import PaperChat
from paperchat.answering.asked_names import asked_names, lacks_asked_name

PAPERS = {
    "Phi-4-Mini Technical Report": "Phi-4-Mini is a compact language model with 3.8 billion parameters. It reaches "
    "88.6% on GSM8K and supports long contexts of 128K tokens.",
    "Token Dropping for Vision Transformers": "We present HiRED, which keeps 10% of the visual tokens. HiRED keeps an "
    "accuracy of 71.3% on ChartQA and raises the throughput 4.7 times on one A100.",
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperChat]:
    folder = tmp_path_factory.mktemp("names")
    file = folder / "papers.jsonl"
    lines = [{"id": f"p{n}", "title": title, "abstract": text} for n, (title, text) in enumerate(PAPERS.items())]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    with PaperChat.open(folder / "library") as chat:
        chat.ingest(file)
        yield chat


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("How many parameters does Phi-3-mini have?", "Phi-3"),
        ("how many parameters does phi-3-mini have", "phi-3"),
        ("What accuracy does HiRED keep on TextVQA?", "TextVQA"),
    ],
)
def test_another_version_or_benchmark_is_no_answer(models: PaperChat, question: str, missing: str) -> None:
    answer = models.ask(question)
    assert answer.abstained
    assert f"“{missing}”" in (answer.reason or "")


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("How many parameters does Phi-4-mini have?", "3.8 billion"),
        ("How many parameters does Phi4 Mini have?", "3.8 billion"),
        ("What accuracy does HiRED keep on ChartQA?", "71.3%"),
        ("On which GPU was HiRED's throughput measured?", "A100"),
    ],
)
def test_the_version_and_the_benchmark_that_are_there_are_quoted(models: PaperChat, question: str, fact: str) -> None:
    assert fact in models.ask(question).text


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What does LoRA do to Llama 2-Chat?", ("LoRA",)),
        ("How do sub-3B models and LLaVA-style VLMs learn from o3-like agents?", ()),
        ("Which AUC does Qwen2.5-Coder reach on PDEs?", ("AUC", "Qwen2.5-Coder", "PDE")),
        ("why do LLMs fail on a GPU in 2024?", ()),
    ],
)
def test_names_are_known_by_their_form(question: str, names: tuple[str, ...]) -> None:
    assert asked_names(question) == names


@pytest.mark.parametrize(
    ("question", "text", "missing"),
    [
        ("the score of GPT-4", "we compare with GPT4 and others", ""),
        ("the score of GPT-4", "we compare with GPT-4.1 and GPT-40", "GPT-4"),
        ("the score of GPT-4", "we compare GPT-3 and -4 with humans", ""),
        ("the score of GPT-4", "we compare GPT-3 with 4 humans", "GPT-4"),
        ("the speed of YOLO", "YOLOv8 is fast", ""),
        ("the AUC of it", "the area under the curve is .91", ""),
        ("does PPO or GRPO help with GSM8K", "GRPO gains 3 points", ""),
        ("the PPO score", "support vectors", "PPO"),
    ],
)
def test_a_name_is_found_however_it_is_written(question: str, text: str, missing: str) -> None:
    assert lacks_asked_name(question, text) == missing
