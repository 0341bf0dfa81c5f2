"""Which measure, benchmark and system the values of a sentence are listed under; sentences as abstracts have them."""

from __future__ import annotations

import pytest

from paperchat.results.paper_results import read_paper
from paperchat.types import Paper, Passage, StoredPaper

TITLE = "FooNet: Sparse Attention for Long Documents"
Row = tuple[str, str, str, str]


def results_of(sentence: str, title: str = TITLE) -> list[Row]:
    passage = Passage(
        passage_id="p#abstract.0",
        paper_id="p",
        basis="abstract",
        section="Abstract",
        page=None,
        start=0,
        end=len(sentence),
        text=sentence,
    )
    paper = StoredPaper(paper_id="p", paper=Paper(title=title, abstract=sentence))
    found = read_paper(paper, [passage], None).results
    for one in found:
        cells = (one.value, one.system, one.benchmark, one.measure)
        assert all(cell.text in sentence for cell in cells if cell is not None and cell.source == "quote")
    return [
        (
            one.value.text,
            one.system.name if one.system else "",
            one.benchmark.name if one.benchmark else "",
            one.measure.name if one.measure else "",
        )
        for one in found
    ]


@pytest.mark.parametrize(
    ("sentence", "rows"),
    [
        (
            "FooNet reaches 84.2 on MMLU, 37.9 on GPQA, and 89.5 on GSM-8K.",
            [("84.2", "FooNet", "MMLU", ""), ("37.9", "FooNet", "GPQA", ""), ("89.5", "FooNet", "GSM8K", "")],
        ),
        (
            "Our method achieves 67.7% accuracy on BrowseComp and 83% on xbench-DeepSearch.",
            [
                ("67.7%", "FooNet", "BrowseComp", "accuracy"),
                ("83%", "FooNet", "xbench-DeepSearch", "accuracy"),
            ],
        ),
        (
            "On HumanEval+, FooNet obtains a Pass@1 of 71.3%, while GPT-4o scores 62.0%.",
            [("71.3%", "FooNet", "HumanEval+", "Pass@1"), ("62.0%", "GPT-4o", "HumanEval+", "")],
        ),
        (
            "FooNet reaches 71.3 mAP@0.5 on ScanNet.",
            [("71.3", "FooNet", "ScanNet", "mAP@0.5")],
        ),
        (
            "It reduces inference latency by up to 45% and delivers a 3.9x speedup over FlashAttention.",
            [("45%", "FooNet", "", "inference latency"), ("3.9x", "FooNet", "", "speed-up")],
        ),
        (
            "FooNet improves the average success rate on LIBERO from 81.4% to 88.2%.",
            [("81.4%", "", "LIBERO", "success rate"), ("88.2%", "FooNet", "LIBERO", "success rate")],
        ),
        (
            "We report 50.1% and 92.4% on ScreenSpot-Pro and ScreenSpot-V2, respectively.",
            [("50.1%", "FooNet", "ScreenSpot-Pro", ""), ("92.4%", "FooNet", "ScreenSpot-v2", "")],
        ),
        (
            "FooNet improves Llama-3-8B on GSM8K from 33.0% to 51.1%.",
            [
                ("33.0%", "Llama-3-8B", "GSM8K", ""),
                ("51.1%", "FooNet", "GSM8K", ""),
            ],
        ),
        (
            "Even state-of-the-art models such as GPT-4o reach 60% accuracy on ScienceQA.",
            [("60%", "GPT-4o", "ScienceQA", "accuracy")],
        ),
    ],
)
def test_a_value_is_linked_to_what_it_belongs_to(sentence: str, rows: list[Row]) -> None:
    assert results_of(sentence) == rows


@pytest.mark.parametrize(
    "sentence",
    [
        "The dataset has 5,305 questions in 15 categories and 1.2 million images from 2024.",
        "We train a model of 7.5B parameters on 30% of the training data with 8 A100 GPUs.",
        "Gemini 2.5 Pro and Claude 3.5 Sonnet are compared in Table 2.",
        "It costs $0.34 and takes 350-700M tokens on 8 A100 GPUs.",
    ],
)
def test_sizes_years_and_costs_are_no_results(sentence: str) -> None:
    assert results_of(sentence) == []


def test_a_system_that_is_not_sure_is_not_named() -> None:
    rows = results_of("Fine-tuning Qwen2.5-7B with PPO boosts its MMLU accuracy to 71.5%.")
    assert [(value, measure) for value, _, _, measure in rows] == [("71.5%", "accuracy")]
    assert rows[0][1] not in ("PPO", "FooNet")


def test_a_benchmark_paper_lists_the_systems_of_others() -> None:
    rows = results_of(
        "We introduce BarBench, a benchmark for tool use. The best model, GPT-4o, reaches only 34.1% accuracy.",
        title="BarBench: A Benchmark for Tool Use",
    )
    assert rows == [("34.1%", "GPT-4o", "BarBench", "accuracy")]


def test_systems_and_values_in_lists_belong_together_in_order() -> None:
    rows = results_of(
        "GPT-4o and Claude 3.5 Sonnet achieve 32.5% and 42.2% accuracy on BarBench, respectively.",
        title="BarBench: A Benchmark for Tool Use",
    )
    assert rows == [
        ("32.5%", "GPT-4o", "BarBench", "accuracy"),
        ("42.2%", "Claude 3.5 Sonnet", "BarBench", "accuracy"),
    ]


def test_what_another_system_brings_is_not_the_papers_own() -> None:
    rows = results_of(
        "We train FooNet with a new optimizer, BarOpt. BarOpt reduces memory usage by 35%. It saves 20% more."
    )
    assert rows[0] == ("35%", "BarOpt", "", "memory")
    assert all(system != "FooNet" for _, system, _, _ in rows)


def test_a_benchmark_is_found_in_the_sentence_before() -> None:
    rows = results_of("On OSWorld, FooNet sets a new state of the art. It achieves a success rate of 34.8%.")
    assert rows == [("34.8%", "FooNet", "OSWorld", "success rate")]


def test_a_value_of_what_is_compared_with_is_not_the_papers_own() -> None:
    rows = results_of("FooNet reaches 65.1% on AlpacaEval 2.0, outperforming GPT-4o (57.5%).")
    assert [(value, system) for value, system, _, _ in rows] == [("65.1%", "FooNet"), ("57.5%", "GPT-4o")]


def test_a_cell_that_is_not_sure_stays_empty() -> None:
    rows = results_of("We evaluate FooNet on OSWorld and WebArena. It achieves a success rate of 34.8%.")
    assert rows == [("34.8%", "FooNet", "", "success rate")]


@pytest.mark.parametrize(
    ("abstract", "system"),
    [
        ("We propose optical pruning, which drops tokens. Optical pruning reduces latency by 35%.", "optical pruning"),
        ("We turn this observation into BarSA, a sparse attention. Our method reduces latency by 35%.", "BarSA"),
        ("The resulting model, dubbed Borta, is small. Our model reduces latency by 35%.", "Borta"),
    ],
)
def test_a_system_has_the_name_by_which_the_abstract_introduces_it(abstract: str, system: str) -> None:
    ((_, name, _, _),) = results_of(abstract, title="Optical Pruning of Tokens")
    assert name.lower() == system.lower()
