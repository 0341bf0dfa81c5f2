"""Overviews of a topic: a few of its papers by theme, what they ask and find, and where they disagree."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain

from paperchat import lexicon
from paperchat.answering.quote_markdown import escape_markdown
from paperchat.answering.verification import Verifier
from paperchat.kinds.draft import CitationList, Draft
from paperchat.kinds.topic_limits import MOST_PAPERS_READ, limit_groups
from paperchat.kinds.topic_papers import TopicPaperFinder, TopicPapers
from paperchat.models.cross_encoder import Reader
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.survey.clustering import find_themes
from paperchat.survey.quote_formatting import CitationNumbering
from paperchat.survey.quote_selection import QuoteSelector, centroid, role_scorer
from paperchat.survey.scope import Scope, ScopedPaper
from paperchat.survey.sections.disagreements import disagreements_section
from paperchat.survey.sections.overview import OverviewSelector, format_overview
from paperchat.survey.sentence_extraction import SentenceExtractor, SurveySentence
from paperchat.survey.sentence_roles import Role
from paperchat.survey.stages import StageTracker
from paperchat.survey.topic_matcher import TopicMatcher
from paperchat.survey.types import Theme
from paperchat.survey.word_salience import topic_coverage
from paperchat.text.describe import pluralize, title_notes
from paperchat.text.paper_title import short_title
from paperchat.text.sentences import sentence_spans
from paperchat.types import AnswerPaper, Citation, Hit, Quote, StoredPaper
from paperchat.understanding.request import Length, Request

_PAPERS: Mapping[Length, int] = {"short": 4, "normal": 7, "long": 8}
"""So many papers are cited."""
_QUOTES_PER_PAPER: Mapping[Length, int] = {"short": 1, "normal": 2, "long": 3}
_ROLES: tuple[tuple[Role, ...], ...] = (("method", "data"), ("result", "limitation"), ("problem",))
"""What is quoted of each paper, the first first."""
_MAX_THEMES = 4
_MAX_WORD_SHARE = 0.08
"""A heading has a word that no more than this share of the library's passages have."""
_NEAREST = 3
_FEW_PAPERS = 4
_FEW = "The library has only {papers} on this topic."
_OTHERS = "Also on this topic"
_NO_LIMITS = "No two of its papers on this say in a sentence that stands by itself what fails or is open."
_NO_TOPIC = "It is not clear what the overview is to be about: name a topic."
_LEXICON = lexicon.load("overview_headings")
_NO_HEADING_PATTERN = re.compile(_LEXICON.regex("no_heading"))
_NO_HEAD_PATTERN = re.compile(_LEXICON.regex("no_head"), re.IGNORECASE)


class OverviewWriter:
    """Answers requests for an overview of a topic.

    Args:
        reader: takes part in finding contradictions.
    """

    def __init__(
        self, *, library: Library, searcher: Searcher, matcher: TopicMatcher, encoder: MiniLM, reader: Reader | None
    ) -> None:
        self._library = library
        self._encoder = encoder
        self._finder = TopicPaperFinder(library=library, searcher=searcher, matcher=matcher)
        self._extractor = SentenceExtractor(library=library, index=searcher.sentences)
        self._verifier = Verifier(encoder=encoder, stem=library.analyse, reader=reader)

    def answer(self, request: Request) -> Draft:
        """The overview, or an abstention where the library has too little on the topic.

        Raises:
            UsageError: a malformed filter.
        """
        if request.problem:
            return Draft(text="", reason=request.problem)
        topic = " ".join((request.topic or request.question).split())
        if not topic:
            return Draft(text="", reason=_NO_TOPIC)
        found = self._finder.find(topic, request)
        if not found.scope.papers:
            return _abstention(topic, found)
        scope = found.scope
        count = request.count or request.sentences or _PAPERS[request.length]
        cited = scope.papers[: max(count, MOST_PAPERS_READ) if request.asks_for_limits else count]
        stages = StageTracker()
        stages.begin("reading sentences")
        sentences = self._extractor.extract(cited, self._encoder.encode([topic])[0], stages=stages)
        sentences = {paper: [one for one in of if not one.has_injection] for paper, of in sentences.items()}
        text, numbering = "", CitationNumbering()
        if request.asks_for_limits:
            text, numbering = self._write_limits(scope, count, sentences)
        if not text:
            shown = cited[:count]
            of_shown = {one.paper.paper_id: sentences.get(one.paper.paper_id, []) for one in shown}
            text, numbering = self._write(request, scope, shown, of_shown)
        papers = _answer_papers(numbering)
        if not papers:
            return _abstention(topic, TopicPapers(scope=scope, nearest=(), considered=found.considered))
        return Draft(
            text=text,
            citations=numbering.citations,
            papers=papers,
            suggestions=_suggestions(topic, [one.paper for one in papers]),
            passages_considered=sum(len(one.passages) for one in cited),
            papers_considered=found.considered,
        )

    def _write(
        self,
        request: Request,
        scope: Scope,
        cited: Sequence[ScopedPaper],
        sentences: Mapping[str, Sequence[SurveySentence]],
    ) -> tuple[str, CitationNumbering]:
        numbering, selector = CitationNumbering(), QuoteSelector()
        length: Length = "short" if request.sentences else request.length
        all_sentences = list(chain.from_iterable(sentences.values()))
        parts = [_NO_LIMITS] if request.asks_for_limits else []
        parts += [_FEW.format(papers=pluralize(scope.matched, "paper"))] if scope.matched < _FEW_PAPERS else []
        if all_sentences and length != "short":
            coverage = partial(topic_coverage, self._library, scope.parsed_topic)
            parts.append(format_overview(OverviewSelector(all_sentences, selector, coverage).about(), numbering))
        shown = {one.paper.paper_id: one.paper for one in cited}
        for heading, ids in self._groups(scope, list(shown)):
            lines = [
                _line(
                    shown[one],
                    _paper_quotes(sentences[one], _QUOTES_PER_PAPER[length], selector),
                    numbering,
                )
                for one in ids
                if sentences.get(one)
            ]
            parts += ["\n\n".join(filter(None, [heading and f"**{escape_markdown(heading)}**", "\n".join(lines)]))]
        if len(cited) > 1 and all_sentences and not request.sentences:
            disagreements = disagreements_section(all_sentences, self._verifier, selector, numbering)
            if disagreements.papers:
                parts.append(f"**Where they disagree**\n\n{disagreements.text}")
        parts.append(_closing(scope.topic))
        return "\n\n".join(filter(None, parts)), numbering

    def _write_limits(
        self, scope: Scope, count: int, sentences: Mapping[str, Sequence[SurveySentence]]
    ) -> tuple[str, CitationNumbering]:
        numbering = CitationNumbering()
        coverage = partial(topic_coverage, self._library, scope.parsed_topic)
        parts = [
            f"**{group.heading}**\n\n" + "\n".join(_line(one.paper, [one], numbering) for one in group.sentences)
            for group in limit_groups(sentences, coverage, count)
        ]
        return "\n\n".join([*parts, _closing(scope.topic)]) if parts else "", numbering

    def _groups(self, scope: Scope, shown: Sequence[str]) -> list[tuple[str, list[str]]]:
        """The shown papers by theme under its heading, those without a readable one last; one group of few papers."""
        themes = find_themes(self._library, self._encoder, scope)
        if len(themes) < 2:
            return [("", list(shown))]
        named: list[tuple[str, list[str]]] = []
        others: list[str] = []
        for theme in themes:
            ids = [one for one in shown if one in theme.papers]
            heading = self._heading(theme, scope.topic)
            if ids and heading and len(named) < _MAX_THEMES:
                named.append((heading, ids))
            else:
                others += ids
        if len(others) * 2 > len(shown):
            return [("", list(shown))]
        return [*named, *([(_OTHERS, others)] if others else [])]

    def _heading(self, theme: Theme, topic: str) -> str:
        """The first of the theme's terms that is a heading and has a word that is not everywhere; else empty."""
        frequency = self._library.document_frequency({word for term in theme.terms for word in term.split()})
        most = _MAX_WORD_SHARE * self._library.passage_count()
        for term in theme.terms:
            if is_heading(term) and min(frequency.get(word, 0) for word in term.split()) <= most:
                return term[:1].upper() + term[1:] if term.casefold() != topic.casefold() else ""
        return ""


def is_heading(term: str) -> bool:
    """Whether a term of a theme reads as a heading: a noun phrase of several words that is no name."""
    words = term.split()
    return len(words) > 1 and not _NO_HEADING_PATTERN.search(term) and not _NO_HEAD_PATTERN.search(words[-1])


def _paper_quotes(sentences: Sequence[SurveySentence], count: int, selector: QuoteSelector) -> list[SurveySentence]:
    """What a paper does and what it finds, in the order of the text; at least one sentence."""
    own = centroid(sentences)
    selected: list[SurveySentence] = []
    for roles in _ROLES[: max(count, 2)]:
        if len(selected) < count:
            selected += selector.select(
                sentences, role_scorer(roles, own, prefers_numbers="result" in roles, min_role_score=1.2), 1
            )
    if not selected:
        selected = [max(sentences, key=lambda one: one.self_containment + one.topic_similarity)]
    return sorted(selected, key=lambda one: (one.quote.passage.start, one.quote.start))


def _line(paper: StoredPaper, quotes: Sequence[SurveySentence], numbering: CitationNumbering) -> str:
    details = [part for part in (paper.paper.date, *title_notes(paper.paper)) if part]
    label = f"**{escape_markdown(paper.paper.title)}**" + (f" ({', '.join(details)})" if details else "")
    return f"- {label}: " + " ".join(numbering.quote(one) for one in quotes)


def _closing(topic: str) -> str:
    plain = re.sub(r"[`\"\\]", "", topic)
    return f'The full survey: `paperchat survey "{plain}"`, or `survey: {plain}` in the chat.'


def _answer_papers(numbering: CitationNumbering) -> tuple[AnswerPaper, ...]:
    by_paper: dict[str, list[Citation]] = {}
    for one in numbering.citations:
        by_paper.setdefault(one.paper.paper_id, []).append(one)
    return tuple(
        AnswerPaper(paper=several[0].paper, citations=tuple(one.number for one in several))
        for several in by_paper.values()
    )


def _abstention(topic: str, found: TopicPapers) -> Draft:
    citations = CitationList()
    nearest = tuple(citations.cite(hit.paper, _best_sentence(hit)) for hit in found.nearest[:_NEAREST])
    return Draft(
        text="",
        reason=f"The library has too few papers on “{topic}” for an overview.",
        nearest=nearest,
        suggestions=tuple(f"Summarize {short_title(one.paper.paper.title)}" for one in found.nearest[:_NEAREST]),
        papers_considered=found.considered,
    )


def _best_sentence(hit: Hit) -> Quote:
    """The sentence of a hit's passage that its snippet shows."""
    for start, end in sentence_spans(hit.passage.text):
        if hit.passage.text[start:end] == hit.snippet:
            return Quote(passage=hit.passage, start=start, end=end)
    return Quote(passage=hit.passage, start=0, end=len(hit.passage.text))


def _suggestions(topic: str, papers: Sequence[StoredPaper]) -> tuple[str, ...]:
    first = short_title(papers[0].paper.title)
    suggestions = [f"Summarize {first}", f"survey: {topic}"]
    if len(papers) > 1:
        suggestions.insert(1, f"Compare {first} and {short_title(papers[1].paper.title)}")
    return tuple(suggestions)
