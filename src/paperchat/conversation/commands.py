"""What a message in a conversation may ask for beside an answer: a survey of a topic, or a claim weighed."""

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

_SURVEY = re.compile(
    r"survey(?:\s*(?P<colon>:)\s*|\s+)(?:(?:the\s+)?(?:(?:papers|literature|research|work)\s+)?(?:of|on|about)\s+)?(?P<topic>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_CLAIM = re.compile(r"claim\s*:\s*(?P<claim>\S.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The topic or the claim, and what makes the answer to the message of it, as the next turn of a conversation.

    Setting the event ends that, with a `StoppedError`.
    """

    text: str
    answer: Callable[[Conversation, threading.Event | None], Answer]


class Works:
    """Safe to share between threads; what they need is found when it is first asked for."""

    def __init__(self, *, surveyor: Callable[[], Surveyor], weigher: Callable[[], Weigher]) -> None:
        self._surveyor = surveyor
        self._weigher = weigher

    def wanted(self, message: str) -> Wanted | None:
        """What a message asks for; ``None`` where it is a question."""
        topic, claim = topic_of(message), claim_of(message)

        def survey(talk: Conversation, stopped: threading.Event | None) -> Answer:
            from paperchat.survey.survey_answer import survey_as_answer

            found = self._surveyor().survey(topic, talk.filters, stopped=stopped)
            return survey_as_answer(found, question=message, conversation=talk.name)

        def weigh(talk: Conversation, stopped: threading.Event | None) -> Answer:
            from paperchat.claims.claim_answer import claim_as_answer

            found = self._weigher().weigh(claim, talk.filters, stopped=stopped)
            return claim_as_answer(found, question=message, conversation=talk.name)

        if topic:
            return Wanted(text=topic, answer=survey)
        return Wanted(text=claim, answer=weigh) if claim else None


def topic_of(message: str) -> str:
    """The topic of which a message such as ``survey: speculative decoding`` wants a survey; empty for a question."""
    found = _SURVEY.fullmatch(message.strip())
    if found is None or (message.rstrip().endswith("?") and not found["colon"]):
        return ""
    return found["topic"]


def claim_of(message: str) -> str:
    """The claim that a message such as ``claim: larger models err less`` wants weighed; empty for a question."""
    found = _CLAIM.fullmatch(message.strip())
    return found["claim"] if found else ""
