"""The way from a topic to a survey: scope, themes, sentences, text, comparison."""

from __future__ import annotations

import threading
from functools import partial

from paperchat.answering.answerer import EXTRACTIVE
from paperchat.answering.verification import Verifier
from paperchat.errors import UsageError
from paperchat.models.cross_encoder import Reader
from paperchat.models.language_model import LanguageModel
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.query_analysis import check_question
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.survey.clustering import points_of, themes_of
from paperchat.survey.coverage import coverage_of, told
from paperchat.survey.matching import spoken_of
from paperchat.survey.quoting import Numbers
from paperchat.survey.scope import Scoper
from paperchat.survey.sections.comparison import comparison
from paperchat.survey.stages import Clock
from paperchat.survey.statements import Statements
from paperchat.survey.types import LONGEST_TOPIC, MOST_READ, StageProgress, Survey
from paperchat.survey.writer import Page
from paperchat.types import Filters

DOES_NOT_SAY = "The library says nothing on this topic."
NOT_QUOTED = "None of their sentences can be quoted here: they have no abstract, or are not in English."


class Surveyor:
    """Surveys a library; safe to share between threads.

    Args:
        reader: takes part in checking what a model writes.
        model: writes the overview and the themes from the quotes; without one the quotes are the text.
    """

    def __init__(
        self,
        *,
        library: Library,
        searcher: Searcher,
        encoder: MiniLM,
        reader: Reader | None = None,
        model: LanguageModel | None = None,
    ) -> None:
        self._library = library
        self._encoder = encoder
        self._model = model
        self._scoper = Scoper(library=library, searcher=searcher, encoder=encoder)
        self._statements = Statements(library=library, index=searcher.sentences)
        self._verifier = Verifier(encoder=encoder, stem=library.analyse, reader=reader)

    def survey(
        self,
        topic: str,
        filters: Filters | None = None,
        *,
        most: int = MOST_READ,
        progress: StageProgress | None = None,
        stopped: threading.Event | None = None,
    ) -> Survey:
        """The topic on one page; with no section where the library says nothing on it.

        Args:
            most: so many papers are read, those that match best.
            stopped: when set, the work ends.

        Raises:
            UsageError: the topic is blank or too long, ``most`` is below 1, or a filter is malformed.
            StoppedError: ``stopped`` was set before the survey was done.
        """
        check_question(topic, kind="topic", advice="what the survey is to be about", longest=LONGEST_TOPIC)
        if most < 1:
            raise UsageError(f"a survey of {most} papers cannot be meant: read 1 or more")
        clock = Clock(progress, stopped)
        clock.begin("finding papers")
        scope = self._scoper.scope(topic, filters, most=most)
        clock.begin("finding themes")
        themes = themes_of(self._library, self._encoder, scope)
        clock.begin("reading sentences", len(scope.read))
        statements = self._statements.read(scope.read, self._encoder.encode([topic])[0], clock=clock)
        clock.begin("writing")
        numbers = Numbers()
        page = None
        if any(statements.values()):
            page = Page(
                scope=scope,
                themes=themes,
                statements=statements,
                spoken=partial(spoken_of, self._library, scope.asked),
                verifier=self._verifier,
                model=self._model,
                numbers=numbers,
                clock=clock,
            )
        cited = {citation.paper.paper_id for citation in numbers.citations}
        clock.begin("comparing")
        table = comparison([read.paper for read in scope.read], statements, numbers)
        clock.begin("drawing the map")
        points = points_of(scope, themes)
        if page:
            themes = page.themes
        coverage = coverage_of(scope, cited=cited, compared={row.paper.paper_id for row in table if row.cells})
        return Survey(
            topic=topic,
            summary=_summary(told(coverage, len(themes)), page) if scope.read else DOES_NOT_SAY,
            sections=page.sections if page else (),
            citations=numbers.citations,
            table=table,
            coverage=coverage,
            themes=themes,
            points=points,
            model=self._model.name if self._model and page and page.by_model else EXTRACTIVE,
            timings_ms=clock.timings_ms(),
            filters=filters or Filters(),
            note=page.note if page else None,
        )


def _summary(read: str, page: Page | None) -> str:
    return "\n\n".join(filter(None, (read, page.overview if page else NOT_QUOTED)))
