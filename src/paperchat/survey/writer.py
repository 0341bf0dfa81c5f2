"""The text of a survey: quotes are selected for the whole survey first, then the sections are written in order.

With a language model the overview and the themes are paragraphs that it writes from the quotes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from paperchat.answering.verification import Verifier
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
from paperchat.survey.types import Section, SharedLimit, Theme
from paperchat.text.prompt_injection import find_injections

if TYPE_CHECKING:
    from paperchat.survey.paragraph_writer import ParagraphWriter

_OVERVIEW_QUOTES_PER_THEME = 3
"""So many quotes of each theme a model is given for the overview."""


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
        self._writer: ParagraphWriter | None = None
        if model:
            from paperchat.survey.paragraph_writer import ParagraphWriter  # needs LlamaIndex, as models do

            self._writer = ParagraphWriter(model=model, verifier=verifier, numbering=numbering, stopped=stages.stopped)
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
