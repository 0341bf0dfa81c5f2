"""Paragraphs and theme names of a survey by a language model."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from paperchat.answering.generated_answer import GeneratedAnswer
from paperchat.answering.generation import neutralize
from paperchat.answering.prompts import AnswerPrompts, load_prompt
from paperchat.answering.verification import Verifier
from paperchat.errors import ModelError
from paperchat.models.language_model import LanguageModel
from paperchat.survey.quote_formatting import CitationNumbering
from paperchat.survey.sentence_extraction import SurveySentence
from paperchat.survey.types import Theme
from paperchat.text.prompt_injection import find_injections, is_plain_statement
from paperchat.types import Paper, SentenceEvent

NOTE_ALL_EXTRACTIVE = "; this is the extractive survey"
NOTE_PARTLY_EXTRACTIVE = "; what it did not write is quoted instead"
_PROMPT_TITLES = 6
_MAX_NAME_WORDS = 6
_MAX_REPLY_LENGTH = 2000  # characters
_NUMBERED_LINE_PATTERN = re.compile(r"^\W*(\d{1,2})\s*[.):]\s*(.+?)\s*$", re.MULTILINE)
_NAME_PATTERN = re.compile(r"[^\W_][\w ,/’'+()-]{2,58}[\w)]")


class ParagraphWriter:
    """Writes the paragraphs of one survey with a language model; after a failure the model is not called again.

    Attributes:
        has_written: whether the survey shows anything that the model wrote.
    """

    def __init__(
        self,
        *,
        model: LanguageModel,
        verifier: Verifier,
        numbering: CitationNumbering,
        stopped: threading.Event,
    ) -> None:
        self._model = model
        self._verifier = verifier
        self._numbering = numbering
        self._stopped = stopped
        self._failure = ""
        self._is_unsupported = False
        self.has_written = False

    @property
    def note(self) -> str | None:
        """What went wrong with the model, if anything did."""
        problem = self._failure
        if not problem and self._is_unsupported:
            problem = f"the quotes do not back all that {self._model.name} wrote"
        return f"{problem}{NOTE_PARTLY_EXTRACTIVE if self.has_written else NOTE_ALL_EXTRACTIVE}" if problem else None

    def rename_themes(self, themes: Sequence[Theme], papers: Mapping[str, Paper], topic: str) -> tuple[Theme, ...]:
        """Give the themes the model's names where those are valid."""
        try:
            return rename_themes_with_model(
                themes, papers, topic=topic, model=self._model, stem=self._verifier.stem, stopped=self._stopped
            )
        except ModelError as error:
            self._failure = str(error)
            return tuple(themes)

    def write(self, instructions: str, question: str, sentences: Iterable[SurveySentence]) -> str:
        """Write a paragraph as Markdown with marks, of the sentences that the quotes support; empty where none are.

        Sentences next to a suspected prompt injection, or that address a reader, are not sent to the model.
        """
        sources = [
            one
            for one in sentences
            if not one.has_injection and is_plain_statement(one.quote.text, context=one.quote.passage.text)
        ]
        if self._failure or not sources:
            return ""
        generated = GeneratedAnswer(
            question=question,
            quotes=[one.quote for one in sources],
            papers={one.paper.paper_id: one.paper for one in sources},
            model=self._model,
            verifier=self._verifier,
            stopped=self._stopped,
            prompts=AnswerPrompts.load(instructions),
        )
        events = [event for event in generated.events() if isinstance(event, SentenceEvent)]
        by_number = {citation.number: citation for citation in generated.citations}
        supported = []
        for event in events:
            if event.status == "supported":
                cited = [by_number[number] for number in event.citations]
                marks = [self._numbering.cite(one.quote, one.paper, "supported").number for one in cited]
                supported.append(event.text + "".join(f" [{number}]" for number in marks))
        self._failure = generated.failure
        if supported:
            self.has_written = True
        elif not generated.failure and not generated.declined:
            self._is_unsupported = True
        return " ".join(supported)


def rename_themes_with_model(
    themes: Sequence[Theme],
    papers: Mapping[str, Paper],
    *,
    topic: str,
    model: LanguageModel,
    stem: Callable[[str], list[str]],
    stopped: threading.Event,
) -> tuple[Theme, ...]:
    """Give themes the model's names, where those are plain, short, and of words that the papers contain.

    Raises:
        ModelError: the model fails.
    """
    titles = [
        [title for paper_id in theme.papers[:_PROMPT_TITLES] if not find_injections(title := papers[paper_id].title)]
        for theme in themes
    ]
    groups = "\n".join(
        "\n".join([f"Group {number}:", *(f"- {neutralize(title)}" for title in of)])
        for number, of in enumerate(titles, start=1)
    )
    request = load_prompt("survey_names").format(topic=neutralize(topic), groups=groups)
    proposed = _parse_names(_complete(model, request, stopped))
    renamed: list[Theme] = []
    for number, theme in enumerate(themes, start=1):
        name = proposed.get(number, "")
        texts = [f"{papers[one].own_title} {papers[one].abstract}" for one in theme.papers]
        known_stems = set(stem(" ".join([topic, *texts])))
        others = {one.name.casefold() for one in (*renamed, *themes[number:])}
        is_valid = (
            _NAME_PATTERN.fullmatch(name) and len(name.split()) <= _MAX_NAME_WORDS and name.casefold() not in others
        )
        name_stems = set(stem(name)) if is_valid else set()
        renamed.append(replace(theme, name=name) if name_stems and name_stems <= known_stems else theme)
    return tuple(renamed)


def _complete(model: LanguageModel, request: str, stopped: threading.Event) -> str:
    reply = ""
    for piece in model.reply(request, stopped=stopped):
        reply += piece
        if len(reply) > _MAX_REPLY_LENGTH:
            break
    return reply[:_MAX_REPLY_LENGTH]


def _parse_names(reply: str) -> dict[int, str]:
    """The first name for each number."""
    names: dict[int, str] = {}
    for number, name in _NUMBERED_LINE_PATTERN.findall(reply):
        names.setdefault(int(number), name.replace("*", "").strip(" \"'“”.`"))
    return names
