"""The text of a survey: quotes are selected for the whole survey first, then the sections are written in order.

With a language model the overview and the themes are paragraphs that it writes from the quotes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from paperchat.answering.answer_events import GeneratedAnswer
from paperchat.answering.prompts import AnswerPrompts
from paperchat.answering.verification import Verifier
from paperchat.errors import ModelError
from paperchat.models.language_model import LanguageModel
from paperchat.survey.quote_formatting import CitationNumbering
from paperchat.survey.quote_selection import QuoteSelector
from paperchat.survey.scope import Scope
from paperchat.survey.sections.disagreements import disagreements_section
from paperchat.survey.sections.limitations import limitations_section
from paperchat.survey.sections.overview import OverviewSelector, TopicCoverageScorer, format_overview
from paperchat.survey.sections.reading_list import pick_reading_list, reading_list_section
from paperchat.survey.sections.themes import QuoteGroups, format_theme_quotes, select_theme_quotes, theme_section
from paperchat.survey.sections.timeline import build_timeline, timeline_section
from paperchat.survey.sentence_extraction import SurveySentence
from paperchat.survey.shared_limits import SharedLimitSentences
from paperchat.survey.stages import StageTracker
from paperchat.survey.theme_names import rename_themes_with_model
from paperchat.survey.types import Section, SharedLimit, Theme
from paperchat.text.prompt_injection import find_injections, is_plain_statement
from paperchat.types import Paper, SentenceEvent

NOTE_ALL_EXTRACTIVE = "; this is the extractive survey"
NOTE_PARTLY_EXTRACTIVE = "; what it did not write is quoted instead"
_OVERVIEW_QUOTES_PER_THEME = 3
"""So many quotes of each theme a model is given for the overview."""


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


class SurveyText:
    """The text of one survey.

    Attributes:
        overview: Markdown with marks; empty where nothing can be quoted.
        themes: the themes under their final names.
        sections: the sections that are not empty, in order.
        shared_limits: the limitations that several groups find.
    """

    def __init__(
        self,
        *,
        scope: Scope,
        themes: Sequence[Theme],
        sentences: Mapping[str, Sequence[SurveySentence]],
        shared_limits: Sequence[SharedLimitSentences],
        topic_coverage: TopicCoverageScorer,
        verifier: Verifier,
        model: LanguageModel | None,
        numbering: CitationNumbering,
        stages: StageTracker,
    ) -> None:
        self._topic = scope.topic
        self._stages = stages
        self._numbering = numbering
        self._writer = (
            ParagraphWriter(model=model, verifier=verifier, numbering=numbering, stopped=stages.stopped)
            if model
            else None
        )
        all_sentences = list(chain.from_iterable(sentences.values()))
        selector = QuoteSelector()
        for one in chain.from_iterable(limit.sentences for limit in shared_limits):
            selector.mark_used(one)
        rest = [one for one in themes if one.is_rest]
        themes = [one for one in themes if not one.is_rest]
        if self._writer and themes:
            papers = {one.paper.paper_id: one.paper.paper for one in scope.papers}
            themes = self._writer.rename_themes(themes, papers, scope.topic)
        self.themes = (*themes, *rest)
        overview = OverviewSelector(all_sentences, selector, topic_coverage).select(themes, sentences)
        theme_quotes = [(theme, select_theme_quotes(theme, sentences, selector)) for theme in themes]
        self._units = len(themes) + 2
        self.overview = self._write_overview(overview, [groups for _, groups in theme_quotes])
        sections: list[Section | None] = [
            self._write_theme(theme, groups, number)
            for number, (theme, groups) in enumerate(theme_quotes, start=1)
            if groups
        ]
        stages.update(self._units - 1, self._units)
        sections.append(disagreements_section(all_sentences, verifier, selector, numbering))
        sections.append(limitations_section(themes, sentences, shared_limits, selector, numbering))
        sections.append(timeline_section(build_timeline(scope), sentences, selector, numbering))
        sections.append(reading_list_section(pick_reading_list(scope, themes), sentences, selector, numbering))
        self.sections = tuple(section for section in sections if section)
        self.shared_limits = tuple(
            SharedLimit(
                name=one.name,
                groups=one.groups,
                citations=tuple(numbering.cite(sentence.quote, sentence.paper).number for sentence in one.sentences),
            )
            for one in shared_limits
        )

    @property
    def note(self) -> str | None:
        """What went wrong with the model, if anything did."""
        return self._writer.note if self._writer else None

    @property
    def is_by_model(self) -> bool:
        """Whether a language model wrote any of the text."""
        return self._writer is not None and self._writer.has_written

    def _write_overview(self, overview: QuoteGroups, themes: Sequence[QuoteGroups]) -> str:
        self._stages.update(0, self._units)
        leading = [one for groups in themes for _, quotes in groups for one in quotes[:1]]
        return self._write_paragraph(
            "survey_overview",
            f"What does the field of {self._topic} want, which are its main ways, what was found, and what is open?",
            [
                *chain.from_iterable(quotes for _, quotes in overview),
                *leading[: _OVERVIEW_QUOTES_PER_THEME * len(themes)],
            ],
        ) or format_overview(overview, self._numbering)

    def _write_theme(self, theme: Theme, groups: QuoteGroups, number: int) -> Section:
        self._stages.update(number, self._units)
        text = self._write_paragraph(
            "survey_theme",
            f"{self._theme_subject(theme)}. What is asked, how, and what was found?",
            list(chain.from_iterable(quotes for _, quotes in groups)),
        )
        return theme_section(theme, text or format_theme_quotes(groups, self._numbering))

    def _theme_subject(self, theme: Theme) -> str:
        """The topic and the theme's name, unless the name, made of the papers' words, looks like an injection."""
        return self._topic if find_injections(theme.name) else f"{self._topic}: {theme.name}"

    def _write_paragraph(self, instructions: str, question: str, sentences: Sequence[SurveySentence]) -> str:
        return self._writer.write(instructions, question, sentences) if self._writer else ""
