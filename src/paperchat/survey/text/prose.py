"""What a language model makes of the quotes that were chosen, held against them sentence by sentence."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence

from paperchat.answering.events import Written
from paperchat.answering.verification import Verifier
from paperchat.errors import ModelError
from paperchat.models.language_model import LanguageModel
from paperchat.survey.quoting import Numbers
from paperchat.survey.statements import Statement
from paperchat.survey.themes.names_by_model import renamed
from paperchat.survey.types import Theme
from paperchat.types import Paper, SentenceEvent

FAILED = "; this is the extractive survey"
PARTLY = "; what it did not write is quoted instead"


class Author:
    """Writes paragraphs of one survey with a model; when the model fails, it is not asked again.

    Attributes:
        wrote: whether anything that it wrote is to be shown.
    """

    def __init__(
        self,
        *,
        model: LanguageModel,
        verifier: Verifier,
        numbers: Numbers,
        stopped: threading.Event,
    ) -> None:
        self._model = model
        self._verifier = verifier
        self._numbers = numbers
        self._stopped = stopped
        self._failure = ""
        self._nothing_backed = False
        self.wrote = False

    @property
    def note(self) -> str | None:
        """What went wrong with the model, if anything did."""
        wrong = self._failure
        if not wrong and self._nothing_backed:
            wrong = f"the quotes do not back all that {self._model.name} wrote"
        return f"{wrong}{PARTLY if self.wrote else FAILED}" if wrong else None

    def named(self, themes: Sequence[Theme], papers: Mapping[str, Paper], topic: str) -> tuple[Theme, ...]:
        """The themes, with the model's names where those can be taken."""
        try:
            return renamed(
                themes, papers, topic=topic, model=self._model, stem=self._verifier.stem, stopped=self._stopped
            )
        except ModelError as error:
            self._failure = str(error)
            return tuple(themes)

    def paragraph(self, instructions: str, question: str, statements: Iterable[Statement]) -> str:
        """Markdown with marks, of the sentences that the quotes back; empty where there is none.

        What speaks to a machine is not given to the model.
        """
        given = [one for one in statements if not one.suspicious]
        if self._failure or not given:
            return ""
        papers = {one.paper.paper_id: one.paper for one in given}
        written = Written(
            question=question,
            quotes=[one.quote for one in given],
            papers=papers,
            model=self._model,
            verifier=self._verifier,
            stopped=self._stopped,
            instructions=instructions,
        )
        events = [event for event in written.events() if isinstance(event, SentenceEvent)]
        by_number = {citation.number: citation for citation in written.citations}
        sentences = []
        for event in events:
            if event.status == "supported":
                cited = [by_number[number] for number in event.citations]
                marks = [self._numbers.cite(one.quote, one.paper, "supported").number for one in cited]
                sentences.append(event.text + "".join(f" [{number}]" for number in marks))
        self._failure = written.failure
        if sentences:
            self.wrote = True
        elif not written.failure and not written.declined:
            self._nothing_backed = True
        return " ".join(sentences)
