"""What at least three independent groups find to fail is said first, in a quote of each; on sentences of abstracts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from survey_assertions import assert_each_sentence_is_a_quote, assert_exact

from paperchat import PaperChat, Survey
from paperchat.serialization import survey_as_json
from paperchat.stored_reports import survey_from_json
from paperchat.survey.found_limits import failing_phrases
from paperchat.survey.sections.disagreements import NONE_FOUND

LONG_HORIZON = {
    "VeriGUI: Verifiable Long-Chain GUI Dataset": (
        "We present VeriGUI, a dataset for GUI agents on computers. Extensive experiments on VeriGUI using "
        "various agents with different foundation models reveal significant performance gaps in handling "
        "long-horizon tasks, highlighting the need for more robust planning and decision-making capabilities in "
        "GUI agents."
    ),
    "Workflow-GYM: Professional Workflows for GUI Agents": (
        "We present Workflow-GYM, a benchmark of professional workflows for GUI agents. Further analysis reveals "
        "that current agents struggle to maintain long-horizon workflow consistency, frequently exhibiting "
        "workflow stage omission, error propagation, objective drift, and insufficient understanding of "
        "professional software environments."
    ),
    "CutVerse: GUI Agents for Media Editing": (
        "We present CutVerse, a benchmark of GUI agents that edit media. Extensive evaluations reveal that "
        "existing agents achieve only 36.0% task success on realistic media editing tasks, underscoring the "
        "challenges posed by complex, long-horizon media post-production workflows in our benchmark.While current "
        "models demonstrate promising spatial grounding, multimodal alignment, and coordinated action execution, "
        "they remain limited in long-horizon reliability and domain-specific planning."
    ),
}
OTHERS = {
    "AutoGUI-v2: Functions of GUI Elements": (
        "We present AutoGUI-v2, a benchmark of GUI agents. Crucially, all models struggle with complex "
        "interaction logic of uncommon actions, highlighting that deep functional understanding remains a "
        "significant hurdle."
    ),
    "UItron: A Foundation GUI Agent": (
        "We introduce UItron, an open-source foundation model for GUI agents. In particular, UItron highlights "
        "the interaction proficiency with Chinese mobile apps, as we identified a general lack of Chinese "
        "capabilities even in state-of-the-art solutions."
    ),
}

AUTHORS = (("Ann Li", "Bo Wu"), ("Cy Xu", "Dee Yu"), ("Ed Zhao",), ("Flo Gao",), ("Gus He", "Ida Hu"))


def survey_of(folder: Path, papers: Mapping[str, str], authors: Sequence[Sequence[str]]) -> tuple[PaperChat, Survey]:
    rows = [
        {"title": title, "abstract": abstract, "authors": list(by), "arxiv_id": f"2601.0000{at}"}
        for at, ((title, abstract), by) in enumerate(zip(papers.items(), authors, strict=True), start=1)
    ]
    file = folder / "papers.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    chat = PaperChat.open(folder / "library")
    chat.ingest(file)
    return chat, chat.survey("GUI agents")


def test_what_three_groups_find_is_said_first_with_a_quote_of_each(tmp_path: Path) -> None:
    papers = LONG_HORIZON | OTHERS
    chat, survey = survey_of(tmp_path, papers, AUTHORS)
    with chat:
        (shared,) = survey.shared_limits
        assert shared.groups == 3
        assert "long-horizon" in shared.name
        cited = [survey.citations[number - 1] for number in shared.citations]
        assert {one.paper.paper.title for one in cited} == set(LONG_HORIZON)
        assert all("long-horizon" in one.quote.text for one in cited)
        (section,) = [one for one in survey.sections if one.kind == "limitations"]
        assert section.text.startswith(f"**Found by 3 independent groups: “{shared.name}”**")
        assert_exact(chat, survey)
        assert_each_sentence_is_a_quote(survey, computed=(survey.summary.splitlines()[0], NONE_FOUND))
        body = json.loads(json.dumps(survey_as_json(survey)))
        assert body["shared_limitations"] == [{"name": shared.name, "groups": 3, "citations": list(shared.citations)}]
        assert survey_from_json(body, chat.library).shared_limits == survey.shared_limits
        assert survey_from_json({**body, "shared_limitations": []}, chat.library).shared_limits == ()


@pytest.mark.parametrize(
    "authors",
    [
        [("Ann Li", "Bo Wu"), ("Ann Li", "Bo Wu", "Cy Xu"), ("Dee Yu", "Ed Zhao")],
        [("Ann Li", "Bo Wu"), ("Cy Xu", "Dee Yu"), ()],
    ],
    ids=["two share their authors", "one has no authors"],
)
def test_two_groups_are_not_enough(authors: Sequence[Sequence[str]], tmp_path: Path) -> None:
    chat, survey = survey_of(tmp_path, LONG_HORIZON, authors)
    with chat:
        assert survey.shared_limits == ()
        assert not any("independent groups" in one.text for one in survey.sections)


@pytest.mark.parametrize(
    ("sentence", "phrases"),
    [
        (
            "Our evaluation reveals their substantial limitations, particularly struggling with fine-grained "
            "visual cues and complex spatial reasoning.",
            {("fails_at", "fine-grained visual cues"), ("fails_at", "spatial reasoning")},
        ),
        (
            "Our evaluation of 21 models reveals that higher-order spatial reasoning remains a primary bottleneck.",
            {("fails_at", "higher-order spatial reasoning")},
        ),
        (
            "Their performance declines sharply with increased reasoning complexity.",
            {("worse_under", "increased reasoning complexity")},
        ),
        ("Even the most advanced models struggle with this benchmark, where none of them reach 60% accuracy.", set()),
        ("We evaluate eight models on MMLU.", set()),
    ],
)
def test_what_fails_is_named_in_the_words_of_the_sentence(sentence: str, phrases: set[tuple[str, str]]) -> None:
    found = set(failing_phrases(sentence))
    assert found == phrases
    assert all(phrase in sentence for _, phrase in found)
