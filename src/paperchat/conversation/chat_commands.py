"""Commands typed into a conversation: ``survey: TOPIC`` and ``claim: TEXT``, answered as turns of it."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paperchat import lexicon
from paperchat.answering.quote_markdown import escape_markdown
from paperchat.claims.claim_wording import deciding_citations, verdict_label
from paperchat.render.markdown import claim_quote_lines, claim_tree_lines
from paperchat.storage.conversations import Conversation
from paperchat.survey.survey_wording import NO_PAPERS_FOUND, cited_in_text
from paperchat.survey.types import Survey, WeighedClaim
from paperchat.text.describe import one_line
from paperchat.types import Answer

if TYPE_CHECKING:
    from paperchat.claims.weigher import ClaimWeigher
    from paperchat.survey.surveyor import Surveyor

_LEXICON = lexicon.load("conversation_commands")
_SURVEY_PATTERN = re.compile(_LEXICON.regex("survey"), re.IGNORECASE | re.DOTALL)
_CLAIM_PATTERN = re.compile(_LEXICON.regex("claim"), re.IGNORECASE | re.DOTALL)
_MARK_PATTERN = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationCommand:
    """A command found in a message.

    ``text`` is the topic or the claim. ``run`` answers it as the next turn of a conversation; setting the event ends
    the work with a `StoppedError`.
    """

    text: str
    run: Callable[[Conversation, threading.Event | None], Answer]


class ConversationCommands:
    """Recognises commands and runs them; safe to share between threads.

    The surveyor and the weigher are created on first use.
    """

    def __init__(self, *, surveyor: Callable[[], Surveyor], weigher: Callable[[], ClaimWeigher]) -> None:
        self._surveyor = surveyor
        self._weigher = weigher

    def parse(self, message: str) -> ConversationCommand | None:
        """The command that a message gives; ``None`` for an ordinary question."""
        topic, claim = parse_survey_topic(message), parse_claim(message)

        def run_survey(conversation: Conversation, stopped: threading.Event | None) -> Answer:
            survey = self._surveyor().survey(topic, conversation.filters, stopped=stopped)
            return survey_as_answer(survey, question=message, conversation=conversation.name)

        def run_claim(conversation: Conversation, stopped: threading.Event | None) -> Answer:
            weighed = self._weigher().weigh(claim, conversation.filters, stopped=stopped)
            return claim_as_answer(weighed, question=message, conversation=conversation.name)

        if topic:
            return ConversationCommand(text=topic, run=run_survey)
        return ConversationCommand(text=claim, run=run_claim) if claim else None


def parse_survey_topic(message: str) -> str:
    """The topic of a message such as ``survey: speculative decoding``; empty for a question."""
    match = _SURVEY_PATTERN.fullmatch(message.strip())
    if match is None or (message.rstrip().endswith("?") and not match["colon"]):
        return ""
    return match["topic"]


def parse_claim(message: str) -> str:
    """The claim of a message such as ``claim: larger models err less``; empty for a question."""
    match = _CLAIM_PATTERN.fullmatch(message.strip())
    return match["claim"] if match else ""


def survey_as_answer(survey: Survey, *, question: str, conversation: str) -> Answer:
    """Convert the text of a survey, with the quotes that it cites, to an answer; the comparison is left out."""
    parts = [survey.summary]
    for section in survey.sections:
        parts += [f"### {escape_markdown(section.title)}", section.text]
    read = survey.coverage.read
    reason = "no sentence of the papers that match can be quoted" if read else "no paper is near enough to the topic"
    return Answer(
        id=uuid.uuid4().hex,
        question=question,
        standalone_question=survey.topic,
        text="\n\n".join(parts) if read else NO_PAPERS_FOUND,
        citations=tuple(cited_in_text(survey)) if survey.sections else (),
        abstained=not survey.sections,
        reason=None if survey.sections else reason,
        passages_considered=read,
        papers_considered=read,
        model=survey.model,
        timings_ms=survey.timings_ms,
        conversation=conversation,
        filters=survey.filters,
        note=survey.note,
    )


def claim_as_answer(claim: WeighedClaim, *, question: str, conversation: str) -> Answer:
    """Convert the verdict and the tree of aspects, with their quotes, to an answer; the list of papers is left out."""
    quoted = claim_quote_lines(deciding_citations(claim)) if claim.papers else ()
    tree = (line for aspect in claim.aspects for line in claim_tree_lines(claim, aspect))
    lines = "\n\n".join(filter(None, ("\n".join(quoted), "\n".join(tree))))
    cited = {int(number) for number in _MARK_PATTERN.findall(lines)}
    verdict = f"**{verdict_label(claim)}.** {escape_markdown(one_line(claim.reason))}"
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
