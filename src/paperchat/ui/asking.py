"""The handlers of the room where one asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from gradio import EventData

from paperchat.types import Filters
from paperchat.ui.narrowing import chips, narrowed
from paperchat.ui.takeaway import taken, taken_html
from paperchat.ui.talk import Talk, ask
from paperchat.ui.told import asked_by
from paperchat.ui.transcript import transcript
from paperchat.ui.welcome import welcome

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

Grown = tuple[Talk, str]


class Desk:
    """Each takes the visitor's own talk, and gives it as it becomes, with what is to be shown."""

    def __init__(self, pc: PaperChat) -> None:
        self._pc = pc

    def opened(self, talk: Talk) -> tuple[str, str]:
        return self._shown(talk), chips(self._pc, talk.filters)

    def take(self, talk: Talk, text: str) -> tuple[str, str]:
        """What is left in the field, and what is asked."""
        return (text, "") if talk.is_busy else ("", text)

    def answer(self, talk: Talk, question: str) -> Iterator[Grown]:
        for grown in ask(self._pc, talk, question):
            yield grown, transcript(grown)

    def answer_again(self, talk: Talk, told: EventData) -> Iterator[Grown]:
        question, kept = asked_by(talk, told._data)
        if not self._pc.status().papers:
            self._pc.ingest_sample()
        yield from self.answer(kept, question)

    def stop(self, talk: Talk) -> Grown:
        return talk.stopped(), self._shown(talk.stopped())

    def sample(self, talk: Talk) -> str:
        self._pc.ingest_sample()
        return self._shown(talk)

    def unfold(self, talk: Talk, told: EventData) -> str:
        return chips(self._pc, talk.filters, talk.last_question, opened=bool(told.opened))

    def narrow(self, talk: Talk, told: EventData) -> Grown:
        talk = replace(talk, filters=narrowed(talk.filters, told._data))
        return talk, chips(self._pc, talk.filters, talk.last_question, opened="panel" in told._data)

    def about(self, talk: Talk, told: EventData) -> Grown:
        """The next question is about one paper."""
        talk = replace(talk, filters=Filters(papers=(str(told.paper),)))
        return talk, chips(self._pc, talk.filters)

    def take_away(self, talk: Talk, told: EventData) -> str:
        return taken_html(taken(talk, told._data))

    def _shown(self, talk: Talk) -> str:
        return transcript(talk) if talk.exchanges else welcome(self._pc)
