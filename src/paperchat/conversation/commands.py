"""Commands typed into a conversation: ``survey: TOPIC`` and ``claim: TEXT``, answered as turns of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paperchat.storage.conversations import Conversation
from paperchat.types import Answer

if TYPE_CHECKING:
    from paperchat.claims.weigher import Weigher
    from paperchat.survey.surveyor import Surveyor

_SURVEY_PATTERN = re.compile(
    r"survey(?:\s*(?P<colon>:)\s*|\s+)(?:(?:the\s+)?(?:(?:papers|literature|research|work)\s+)?(?:of|on|about)\s+)?(?P<topic>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_CLAIM_PATTERN = re.compile(r"claim\s*:\s*(?P<claim>\S.*)", re.IGNORECASE | re.DOTALL)


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

    def __init__(self, *, surveyor: Callable[[], Surveyor], weigher: Callable[[], Weigher]) -> None:
        self._surveyor = surveyor
        self._weigher = weigher

    def parse(self, message: str) -> ConversationCommand | None:
        """The command that a message gives; ``None`` for an ordinary question."""
        topic, claim = parse_survey_topic(message), parse_claim(message)

        def run_survey(conversation: Conversation, stopped: threading.Event | None) -> Answer:
            from paperchat.survey.survey_answer import survey_as_answer

            survey = self._surveyor().survey(topic, conversation.filters, stopped=stopped)
            return survey_as_answer(survey, question=message, conversation=conversation.name)

        def run_claim(conversation: Conversation, stopped: threading.Event | None) -> Answer:
            from paperchat.claims.claim_answer import claim_as_answer

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
