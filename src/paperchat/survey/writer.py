"""A survey's text: what to quote is chosen for the whole page first, then it is written in order."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from paperchat.answering.events import Written
from paperchat.answering.verification import Verifier
from paperchat.errors import ModelError
from paperchat.models.language_model import LanguageModel
from paperchat.survey.quote_selection import Chooser
from paperchat.survey.quoting import Numbers
from paperchat.survey.scope import Scope
from paperchat.survey.sections.disagreements import contrasts_section
from paperchat.survey.sections.limitations import limits_section
from paperchat.survey.sections.overview import Spoken, choose_overview, quoted_overview
from paperchat.survey.sections.reading_list import first_section, firsts_of, timeline_of, timeline_section
from paperchat.survey.sections.themes import Parts, choose_theme, quoted_theme, theme_section
from paperchat.survey.stages import Clock
from paperchat.survey.statements import Statement
from paperchat.survey.theme_names import renamed
from paperchat.survey.types import Section, Theme
from paperchat.text.prompt_injection import suspicions
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


_OF_A_THEME = 3
"""So many quotes of each theme a model is given for the overview."""


class Page:
    """The text of one survey.

    Attributes:
        overview: Markdown with marks; empty where nothing can be quoted.
        themes: under the names that they have on the page.
        sections: those that have something to say.
        note: what went wrong with the model, if anything did.
    """

    def __init__(
        self,
        *,
        scope: Scope,
        themes: Sequence[Theme],
        statements: Mapping[str, Sequence[Statement]],
        spoken: Spoken,
        verifier: Verifier,
        model: LanguageModel | None,
        numbers: Numbers,
        clock: Clock,
    ) -> None:
        self._topic = scope.topic
        self._clock = clock
        self._numbers = numbers
        self._author = Author(model=model, verifier=verifier, numbers=numbers, stopped=clock.stopped) if model else None
        everything = list(chain.from_iterable(statements.values()))
        chooser = Chooser()
        overview = choose_overview(everything, chooser, spoken)
        if self._author and themes:
            papers = {read.paper.paper_id: read.paper.paper for read in scope.read}
            themes = self._author.named(themes, papers, scope.topic)
        self.themes = tuple(themes)
        chosen = [(theme, choose_theme(theme, statements, chooser)) for theme in themes]
        self._units = len(themes) + 2
        self.overview = self._overview(overview, [parts for _, parts in chosen])
        sections: list[Section | None] = [
            self._theme(theme, parts, number) for number, (theme, parts) in enumerate(chosen, start=1) if parts
        ]
        clock.at(self._units - 1, self._units)
        sections.append(contrasts_section(everything, verifier, chooser, numbers))
        sections.append(limits_section(themes, statements, chooser, numbers))
        sections.append(timeline_section(timeline_of(scope), statements, chooser, numbers))
        sections.append(first_section(firsts_of(scope, themes), statements, chooser, numbers))
        self.sections = tuple(section for section in sections if section)

    @property
    def note(self) -> str | None:
        return self._author.note if self._author else None

    @property
    def by_model(self) -> bool:
        return self._author is not None and self._author.wrote

    def _overview(self, parts: Parts, themes: Sequence[Parts]) -> str:
        self._clock.at(0, self._units)
        leading = [one for of in themes for _, chosen in of for one in chosen[:1]][: _OF_A_THEME * len(themes)]
        return self._paragraph(
            "survey_overview",
            f"What is the field of {self._topic} about, and where does it stand?",
            [*chain.from_iterable(chosen for _, chosen in parts), *leading],
        ) or quoted_overview(parts, self._numbers)

    def _theme(self, theme: Theme, parts: Parts, number: int) -> Section:
        self._clock.at(number, self._units)
        text = self._paragraph(
            "survey_theme",
            f"{self._asked(theme)}. What is asked, how, and what was found?",
            list(chain.from_iterable(chosen for _, chosen in parts)),
        )
        return theme_section(theme, text or quoted_theme(parts, self._numbers))

    def _asked(self, theme: Theme) -> str:
        """A name that papers' words make up may speak to a machine as they may."""
        return self._topic if suspicions(theme.name) else f"{self._topic}: {theme.name}"

    def _paragraph(self, instructions: str, question: str, statements: Sequence[Statement]) -> str:
        return self._author.paragraph(instructions, question, statements) if self._author else ""
