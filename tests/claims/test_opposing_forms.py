"""Claims turned round."""

from __future__ import annotations

import pytest

from paperchat.claims.opposing_forms import opposing_forms


@pytest.mark.parametrize(
    ("claim", "opposing"),
    [
        (
            "Mamba outperforms transformers on long inputs",
            [
                "Mamba does not outperform transformers on long inputs",
                "Mamba underperforms transformers on long inputs",
                "transformers outperforms Mamba on long inputs",
            ],
        ),
        (
            "Dropout does not reduce overfitting.",
            ["Dropout reduces overfitting.", "Dropout does not increase overfitting."],
        ),
        ("Adapters don't hurt accuracy", ["Adapters hurt accuracy", "Adapters don't help accuracy"]),
        ("RLVR can push a model past its limits", ["RLVR cannot push a model past its limits"]),
        ("transformers can't be trained without warmup", ["transformers can be trained without warmup"]),
        ("small models never plan", ["small models plan", "large models never plan"]),
        (
            "web agents gain more from search on hard tasks than chatbots",
            [
                "web agents do not gain more from search on hard tasks than chatbots",
                "web agents gain less from search on hard tasks than chatbots",
                "chatbots gain more from search on hard tasks than web agents",
            ],
        ),
        (
            "People who ask a chatbot are less satisfied",
            ["People who ask a chatbot are not less satisfied", "People who ask a chatbot are more satisfied"],
        ),
        ("Attention", []),
        ("", []),
    ],
)
def test_a_claim_is_denied_replaced_by_its_opposite_and_swapped(claim: str, opposing: list[str]) -> None:
    assert [*opposing_forms(claim)] == opposing
