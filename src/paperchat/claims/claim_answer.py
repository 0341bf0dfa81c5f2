"""A weighed claim as the answer to a turn of a conversation."""

from __future__ import annotations

import re
import uuid

from paperchat.answering.extractive import escape_markdown
from paperchat.claims.claim_labels import VERDICT_LABELS
from paperchat.render.markdown import claim_tree_lines
from paperchat.survey.types import WeighedClaim
from paperchat.text.describe import one_line
from paperchat.types import Answer

_MARK_PATTERN = re.compile(r"\[(\d+)\]")


def claim_as_answer(claim: WeighedClaim, *, question: str, conversation: str) -> Answer:
    """Convert the verdict and the tree of aspects, with their quotes, to an answer; the list of papers is left out."""
    lines = "\n".join(line for aspect in claim.aspects for line in claim_tree_lines(claim, aspect))
    cited = {int(number) for number in _MARK_PATTERN.findall(lines)}
    verdict = f"**{VERDICT_LABELS[claim.verdict]}.** {escape_markdown(one_line(claim.reason))}"
    return Answer(
        id=uuid.uuid4().hex,
        question=question,
        standalone_question=claim.claim,
        text="\n\n".join(filter(None, (verdict, lines))),
        citations=tuple(citation for citation in claim.citations if citation.number in cited),
        abstained=not claim.papers,
        reason=None if claim.papers else one_line(claim.reason),
        passages_considered=claim.passages_considered,
        papers_considered=claim.papers_considered,
        model="extractive",
        timings_ms=claim.timings_ms,
        conversation=conversation,
        filters=claim.filters,
    )
