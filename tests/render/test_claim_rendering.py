from __future__ import annotations

import io
import json
from typing import Any

from render_samples import HOSTILE
from survey_samples import BENCHMARK, EVIL, FAILS, LAB

from paperchat.render import terminal_surveys
from paperchat.render.export import claim_as_file
from paperchat.render.markdown import claim_as_markdown
from paperchat.render.terminal import render_text
from paperchat.serialization import claim_as_json
from paperchat.survey.types import Aspect, PaperStance, WeighedClaim
from paperchat.types import Filters


def claim_of(**changes: Any) -> WeighedClaim:
    below = (
        Aspect(name="<i>evil</i>", support=0, oppose=1, neutral=0, citations=(2,)),
        Aspect(name="Multiple choice", support=1, oppose=0, neutral=0, citations=(1,)),
    )
    given: dict[str, Any] = {
        "claim": f"Laboratories are *safe* {HOSTILE}",
        "verdict": "mixed",
        "reason": "1 paper supports the claim; 1 paper opposes it.",
        "aspects": (Aspect(name="Benchmarks", support=1, oppose=1, neutral=0, citations=(1, 2), aspects=below),),
        "papers": (
            PaperStance(paper=LAB, position="support", confidence=0.8, citations=(1,), group=1),
            PaperStance(paper=EVIL, position="oppose", confidence=0.6, citations=(2,), group=1),
        ),
        "citations": (BENCHMARK, FAILS),
        "passages_considered": 41,
        "papers_considered": 40,
        "timings_ms": {"total": 812},
        "filters": Filters(since="2024"),
    }
    return WeighedClaim(**(given | changes))


def test_the_tree_has_counts_and_quotes_of_both_sides() -> None:
    text = claim_as_markdown(claim_of())
    assert "**Mixed.** 1 paper supports the claim; 1 paper opposes it." in text
    assert "- **Benchmarks**: 1 support, 1 oppose, 0 neutral" in text
    assert "    - **Multiple choice**: 1 support, 0 oppose, 0 neutral" in text
    assert f"supports it: “{BENCHMARK.quote.text}” [1]" in text
    assert "opposes it: “" in text
    assert text.count("group 1") == 2
    assert "restricted to: since 2024" in text


def test_nothing_of_a_paper_or_the_claim_is_markup() -> None:
    text = claim_as_markdown(claim_of())
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert "<img" not in text.replace("\\<img", "")
    assert "<i>" not in text.replace("\\<i\\>", "")
    assert "*safe*" not in text.replace("\\*safe\\*", "")
    out = render_text(terminal_surveys.claim(claim_of()), io.StringIO())
    assert not any(character in out for character in "\x1b\x07\x9b\u202e\u2066")


def test_the_terminal_shows_verdict_tree_and_papers() -> None:
    out = render_text(terminal_surveys.claim(claim_of(claim="Laboratories are safe.")), io.StringIO())
    lines = out.splitlines()
    assert lines[0] == "Laboratories are safe."
    assert lines[1].startswith("Mixed. 1 paper supports the claim")
    assert "├── <i>evil</i>  0 support, 1 oppose, 0 neutral" in out
    assert "supports it [1] LabSafety Bench" in out
    assert lines[-1] == "41 passages of 40 papers considered · restricted to since 2024"


def test_a_claim_without_evidence_says_so() -> None:
    nothing = claim_of(
        claim="No.",
        verdict="not_enough_evidence",
        reason="No paper in the library speaks of this.",
        aspects=(),
        papers=(),
        citations=(),
    )
    assert "**Not enough evidence.** No paper in the library speaks of this." in claim_as_markdown(nothing)
    assert "Not enough evidence. No paper" in render_text(terminal_surveys.claim(nothing), io.StringIO())
    assert claim_as_file(nothing, ".bib") == b""


def test_json_has_nested_aspects_and_positions() -> None:
    found = json.loads(claim_as_file(claim_of(), ".json"))
    assert found == json.loads(json.dumps(claim_as_json(claim_of())))
    assert [below["name"] for below in found["aspects"][0]["aspects"]] == ["<i>evil</i>", "Multiple choice"]
    assert [(one["position"], one["confidence"], one["group"]) for one in found["papers"]] == [
        ("support", 0.8, 1),
        ("oppose", 0.6, 1),
    ]
