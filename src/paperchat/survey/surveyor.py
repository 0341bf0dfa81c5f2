"""Surveys, from topic to text: scope, themes, sentences, sections, comparison, map and coverage."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection
from functools import partial
from itertools import chain

from paperchat.answering.answerer import EXTRACTIVE
from paperchat.answering.verification import Verifier
from paperchat.errors import UsageError
from paperchat.models.cross_encoder import Reader
from paperchat.models.language_model import LanguageModel
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.survey.clustering import find_themes, layout_points
from paperchat.survey.paper_limits import DEFAULT_SURVEY_PAPERS, MAX_TOPIC_LENGTH
from paperchat.survey.quote_formatting import CitationNumbering
from paperchat.survey.scope import Scope, ScopeResolver
from paperchat.survey.sections.comparison import compare_papers
from paperchat.survey.sentence_extraction import SentenceExtractor
from paperchat.survey.shared_limits import find_shared_limits
from paperchat.survey.stages import StageTracker
from paperchat.survey.topic_matcher import TopicMatcher
from paperchat.survey.types import Coverage, OmittedPaper, StageProgress, Survey
from paperchat.survey.word_salience import topic_coverage
from paperchat.survey.writer import SurveyText
from paperchat.text.question_limits import validate_question
from paperchat.types import Filters

logger = logging.getLogger(__name__)

DOES_NOT_SAY = "The library says nothing on this topic."
NOT_QUOTED = "None of their sentences can be quoted here: they have no abstract, or are not in English."
READ_NOT_QUOTED = "read, but nothing of it is quoted"
READ_ONLY_COMPARED = "read, but quoted in the comparison only"


class Surveyor:
    """Surveys the papers of a library; safe to share between threads.

    Args:
        reader: takes part in verifying what a model writes.
        model: writes the overview and the themes from the quotes; without one the quotes are the text.
    """

    def __init__(
        self,
        *,
        library: Library,
        searcher: Searcher,
        encoder: MiniLM,
        matcher: TopicMatcher,
        reader: Reader | None = None,
        model: LanguageModel | None = None,
    ) -> None:
        self._library = library
        self._encoder = encoder
        self._model = model
        self._scope_resolver = ScopeResolver(library=library, searcher=searcher, encoder=encoder, matcher=matcher)
        self._extractor = SentenceExtractor(library=library, index=searcher.sentences)
        self._verifier = Verifier(encoder=encoder, stem=library.analyse, reader=reader)

    def survey(
        self,
        topic: str,
        filters: Filters | None = None,
        *,
        most: int = DEFAULT_SURVEY_PAPERS,
        progress: StageProgress | None = None,
        stopped: threading.Event | None = None,
    ) -> Survey:
        """Survey the topic; without sections where no paper matches it.

        Args:
            most: the maximum number of papers to read, best first.
            stopped: when set, the work ends.

        Raises:
            UsageError: the topic is blank or too long, ``most`` is below 1, or a filter is malformed.
            StoppedError: ``stopped`` was set before the survey was done.
        """
        validate_question(topic, kind="topic", advice="what the survey is to be about", longest=MAX_TOPIC_LENGTH)
        if most < 1:
            raise UsageError(f"the number of papers must be at least 1, not {most}")
        stages = StageTracker(progress, stopped)
        stages.begin("finding papers")
        scope = self._scope_resolver.resolve(topic, filters, most=most)
        logger.debug("surveying %d of %d papers that match", len(scope.papers), len(scope.papers) + len(scope.omitted))
        stages.begin("finding themes")
        themes = find_themes(self._library, self._encoder, scope)
        stages.begin("reading sentences", len(scope.papers))
        sentences = self._extractor.extract(scope.papers, self._encoder.encode([topic])[0], stages=stages)
        stages.begin("writing")
        numbering = CitationNumbering()
        text = None
        if any(sentences.values()):
            text = SurveyText(
                scope=scope,
                themes=themes,
                sentences=sentences,
                shared_limits=find_shared_limits(
                    chain.from_iterable(sentences.values()), encoder=self._encoder, stem=self._library.analyse
                ),
                topic_coverage=partial(topic_coverage, self._library, scope.parsed_topic),
                verifier=self._verifier,
                model=self._model,
                numbering=numbering,
                stages=stages,
            )
        cited = {citation.paper.paper_id for citation in numbering.citations}
        stages.begin("comparing")
        table = compare_papers([one.paper for one in scope.papers], sentences, numbering)
        stages.begin("drawing the map")
        points = layout_points(scope, themes)
        if text:
            themes = text.themes
        coverage = measure_coverage(scope, cited=cited, compared={row.paper.paper_id for row in table if row.cells})
        return Survey(
            topic=topic,
            summary=_summary(coverage_summary(coverage, sum(not theme.is_rest for theme in themes)), text)
            if scope.papers
            else DOES_NOT_SAY,
            sections=text.sections if text else (),
            citations=numbering.citations,
            table=table,
            coverage=coverage,
            themes=themes,
            points=points,
            model=self._model.name if self._model and text and text.is_by_model else EXTRACTIVE,
            timings_ms=stages.timings_ms(),
            filters=filters or Filters(),
            shared_limits=text.shared_limits if text else (),
            note=text.note if text else self._library.counts().pending_note or None,
        )


def measure_coverage(scope: Scope, *, cited: Collection[str] = (), compared: Collection[str] = ()) -> Coverage:
    """Count the papers that match, were read and are cited, and list the others.

    Args:
        cited: the ids of the papers that the text quotes.
        compared: the ids of those that the comparison quotes.
    """
    dates = sorted(one.paper.paper.date for one in scope.papers if one.paper.paper.date)
    full = sum(any(passage.basis == "full_text" for passage in one.passages) for one in scope.papers)
    not_cited = [
        OmittedPaper(paper=one.paper, reason=READ_ONLY_COMPARED if one.paper.paper_id in compared else READ_NOT_QUOTED)
        for one in scope.papers
        if one.paper.paper_id not in cited
    ]
    return Coverage(
        matched=scope.matched,
        read=len(scope.papers),
        cited=len(cited),
        since=dates[0] if dates else "",
        until=dates[-1] if dates else "",
        abstracts=len(scope.papers) - full,
        full_texts=full,
        left_out=(*not_cited, *scope.omitted),
        searched=scope.searched,
    )


def coverage_summary(coverage: Coverage, themes: int) -> str:
    """``60 of 214 matching papers read, from 2023-05 to 2026-02, in 6 themes.``"""
    if coverage.read < coverage.matched:
        parts = [f"{coverage.read} of {coverage.matched} matching papers read"]
    else:
        parts = ["1 matching paper read" if coverage.read == 1 else f"All {coverage.read} matching papers read"]
    if coverage.since:
        since, until = coverage.since[:7], coverage.until[:7]
        parts.append(f"of {since}" if since == until else f"from {since} to {until}")
    if themes > 1:
        parts.append(f"in {themes} themes")
    return ", ".join(parts) + "."


def _summary(coverage: str, text: SurveyText | None) -> str:
    return "\n\n".join(filter(None, (coverage, text.overview if text else NOT_QUOTED)))
