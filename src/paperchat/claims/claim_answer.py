"""A weighed claim as the answer to a turn of a conversation."""

from __future__ import annotations

import re
import uuid

from paperchat.answering.extractive import escape_markdown
from paperchat.claims.claim_labels import VERDICTS
from paperchat.render.markdown import tree
from paperchat.survey.types import WeighedClaim
from paperchat.text.describe import one_line
from paperchat.types import Answer

_MARK = re.compile(r"\[(\d+)\]")


def claim_as_answer(claim: WeighedClaim, *, question: str, conversation: str) -> Answer:
    """The verdict and the tree of aspects, with the quotes that it shows; the list of papers is left out."""
    lines = "\n".join(line for aspect in claim.aspects for line in tree(claim, aspect))
    marked = {int(number) for number in _MARK.findall(lines)}
    verdict = f"**{VERDICTS[claim.verdict]}.** {escape_markdown(one_line(claim.reason))}"
    return Answer(
        id=uuid.uuid4().hex,
        question=question,
        standalone_question=claim.claim,
        text="\n\n".join(filter(None, (verdict, lines))),
        citations=tuple(citation for citation in claim.citations if citation.number in marked),
        abstained=not claim.papers,
        reason=None if claim.papers else one_line(claim.reason),
        passages_considered=claim.passages_considered,
        papers_considered=claim.papers_considered,
        model="extractive",
        timings_ms=claim.timings_ms,
        conversation=conversation,
        filters=claim.filters,
    )
