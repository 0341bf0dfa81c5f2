"""The way from a question to an answer: retrieve, score passages, select evidence, write, verify."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Generator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from paperchat.answering.calibration import CALIBRATION_FILE, WITHOUT_READER_FILE, Calibration, load_calibration
from paperchat.answering.contradictions import contradiction_events, find_contradictions, may_be_contradicted
from paperchat.answering.evidence_selection import (
    MAX_NEAREST,
    Evidence,
    quotes_other_papers,
    select_evidence,
    select_model_quotes,
    select_nearest,
)
from paperchat.answering.full_text_evidence import score_full_text, select_full_text_evidence
from paperchat.answering.instrumentation import synthesis_begins, synthesis_ends, within_span
from paperchat.answering.passage_scoring import (
    SCORED_PAPERS,
    PassageScorer,
    ScoredPassage,
    select_leading_passages,
)
from paperchat.answering.quote_markdown import extractive_pieces, make_citations, render_quote, write_extractive
from paperchat.answering.suggestions import nearest_questions, suggest_followups
from paperchat.answering.verification import Verifier
from paperchat.models.cross_encoder import Reader
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.passage_retrieval import EmbeddedQuestion, RetrievedPassage
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.text.describe import one_line, pluralize
from paperchat.text.prompt_injection import is_plain_statement
from paperchat.types import (
    Answer,
    AnswerEvent,
    Citation,
    DoneEvent,
    EvidenceEvent,
    Filters,
    Quote,
    RetrievalEvent,
    SentenceEvent,
    StoredPaper,
    TextEvent,
)

if TYPE_CHECKING:
    from paperchat.answering.prompts import AnswerPrompts
    from paperchat.models.language_model import LanguageModel

logger = logging.getLogger(__name__)

SURE_PROBABILITY = 0.5
"""From this certainty on that the quotes answer, a language model that declines is not believed."""
ABSTENTION_TEXT = "The library does not say."
NOT_INDEXED_TEXT = "The library cannot answer this yet."
EXTRACTIVE = "extractive"
WITHHELD_NOTE = (
    "the best evidence is next to a suspected prompt injection and was not sent to the language model: "
    "this is the extractive answer"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Retrieval:
    """The passages to look for an answer in, best first, and how long it took to retrieve them.

    ``threshold`` is the certainty that an answer takes, where it is not the calibrated one; ``wording`` is the question
    as a language model is to answer it, where that is another. ``refusal`` is why the question is not answered,
    whatever the passages say. ``scored`` are the passages as they have been scored, empty where they have not.
    """

    asked: EmbeddedQuestion
    filters: Filters | None
    passages: tuple[RetrievedPassage, ...]
    seconds: float
    threshold: float | None = None
    wording: str = ""
    refusal: str = ""
    scored: tuple[ScoredPassage, ...] = ()

    @property
    def question(self) -> str:
        """The question that the passages were retrieved for."""
        return self.asked.text

    @property
    def titles(self) -> dict[str, str]:
        """The title of each paper by its id, best first."""
        return {one.passage.paper_id: one.paper.paper.title for one in self.passages}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What was written; ``text`` is empty for an abstention, which has a ``reason``."""

    text: str = ""
    citations: tuple[Citation, ...] = ()
    reason: str = ""
    nearest: tuple[Citation, ...] = ()
    suggestions: tuple[str, ...] = ()
    pending: int = 0
    model: str = EXTRACTIVE
    note: str = ""
    usage: Mapping[str, int] = field(default_factory=lambda: {"input_tokens": 0, "output_tokens": 0})


class Answerer:
    """Answers questions from a library with exact quotes, or abstains where the library does not say.

    With a language model the answer is written in its words, and every sentence is verified against the quotes; if
    anything goes wrong with the model, the quotes themselves are the answer. Safe to share between threads.
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
        self._searcher = searcher
        self._encoder = encoder
        self._shares_encoder = searcher.embedder.encoder is encoder
        self._calibration = load_calibration(CALIBRATION_FILE if reader else WITHOUT_READER_FILE)
        self._scorer = PassageScorer(
            library=library,
            encoder=encoder,
            index=searcher.sentences,
            calibration=self._calibration,
            reader=reader,
        )
        self._verifier = Verifier(encoder=encoder, stem=library.analyse, reader=reader)
        self._model = model
        self._prompts: AnswerPrompts | None = None
        self._considered: list[RetrievedPassage] | None = None

    def using(self, prompts: AnswerPrompts, considered: list[RetrievedPassage]) -> Answerer:
        """The same with these prompts for a model; what it retrieves is added to ``considered``, each passage once."""
        other = copy(self)
        other._prompts, other._considered = prompts, considered
        return other

    def retrieve(self, question: str | EmbeddedQuestion, filters: Filters | None = None) -> Retrieval:
        """The passages to look for an answer in, from the library's retriever."""
        began = time.perf_counter()
        asked = EmbeddedQuestion(question) if isinstance(question, str) else question
        passages = self._searcher.passages(asked, filters, papers=SCORED_PAPERS)
        if self._considered is not None:
            known = {one.passage.passage_id for one in self._considered}
            self._considered += [one for one in passages if one.passage.passage_id not in known]
        return Retrieval(asked=asked, filters=filters, passages=tuple(passages), seconds=time.perf_counter() - began)

    def score(self, retrieval: Retrieval) -> Retrieval:
        """The same with its passages scored, which `stream` does not do again."""
        return replace(retrieval, scored=tuple(self._scored(retrieval, only_citable=self._model is None)))

    def confidence(self, retrieval: Retrieval) -> float:
        """How likely the best of the scored passages answers, in [0, 1]."""
        return select_evidence(retrieval.scored, self._calibration).confidence

    def stream(
        self, retrieval: Retrieval, *, stopped: threading.Event | None = None
    ) -> Generator[AnswerEvent, None, None]:
        """The answer as events; the last holds it whole. Setting ``stopped`` ends a model's work."""
        return within_span("answer", self._stream(retrieval, stopped))

    def _stream(self, retrieval: Retrieval, stopped: threading.Event | None) -> Generator[AnswerEvent, None, None]:
        synthesis_begins(retrieval.asked)
        titles = retrieval.titles
        yield RetrievalEvent(
            passages=len(retrieval.passages), papers=len(titles), titles=tuple(titles.values())[:SCORED_PAPERS]
        )
        began = time.perf_counter()
        calibration = self._calibration
        if retrieval.threshold is not None:
            calibration = replace(calibration, threshold=retrieval.threshold)
        scored, evidence, is_opposed = self._select(
            retrieval if retrieval.scored else self.score(retrieval), calibration
        )
        if retrieval.refusal:
            evidence = Evidence(quotes=(), confidence=evidence.confidence)
        papers = {one.paper.paper_id: one.paper for one in scored}
        citations = make_citations(evidence.quotes, papers, evidence.answers)
        quotes = self._quotes_for_model(citations, scored, papers) if citations and (self._model or is_opposed) else ()
        selected = time.perf_counter()
        if not citations:
            yield EvidenceEvent(citations=())
            outcome = self._abstention(retrieval, evidence)
        elif self._model and not any(citation.quote in quotes for citation in citations):
            outcome = replace((yield from _extractive(citations)), note=WITHHELD_NOTE)
        elif self._model:
            outcome = yield from self._generate(
                self._model,
                retrieval.wording or retrieval.question,
                citations,
                quotes,
                papers,
                stopped,
                is_sure=evidence.confidence >= SURE_PROBABILITY,
            )
        else:
            outcome = yield from _extractive(citations)
        if outcome.text:
            outcome = yield from self._with_contradictions(outcome, quotes, papers)
            outcome = replace(outcome, suggestions=tuple(suggest_followups(retrieval.question, outcome.citations)))
            text = outcome.text
        else:
            outcome = self._with_nearest(outcome, retrieval, scored, papers)
            text = NOT_INDEXED_TEXT if outcome.pending else ABSTENTION_TEXT
            yield TextEvent(delta=text)
        seconds = {"retrieve": retrieval.seconds, "evidence": selected - began, "write": time.perf_counter() - selected}
        seconds["total"] = sum(seconds.values())
        answer = Answer(
            id=uuid.uuid4().hex,
            question=retrieval.question,
            standalone_question=retrieval.question,
            text=text,
            citations=outcome.citations,
            abstained=not outcome.text,
            reason=outcome.reason or None,
            passages_considered=len(retrieval.passages),
            papers_considered=len(titles),
            model=outcome.model,
            timings_ms={name: round(taken * 1000) for name, taken in seconds.items()},
            usage=outcome.usage,
            note=outcome.note or None,
            pending=outcome.pending,
            nearest=outcome.nearest,
            suggestions=outcome.suggestions,
        )
        logger.debug(
            "%s with confidence %.2f in %d ms",
            "abstained" if answer.abstained else f"answered with {len(answer.citations)} citations",
            evidence.confidence,
            answer.timings_ms["total"],
        )
        synthesis_ends(retrieval.asked, answer, retrieval.passages)
        yield DoneEvent(answer=answer)

    def _scored(self, retrieval: Retrieval, *, only_citable: bool = False, at_least: int = 1) -> list[ScoredPassage]:
        return self._scorer.score(retrieval.question, retrieval.passages, only_citable=only_citable, at_least=at_least)

    def _vector(self, retrieval: Retrieval) -> list[float] | None:
        """The question's vector, where it is of the encoder that scores."""
        return retrieval.asked.vector if self._shares_encoder else None

    def _select(self, retrieval: Retrieval, calibration: Calibration) -> tuple[list[ScoredPassage], Evidence, bool]:
        """The passages, best first; the evidence in them; and whether anything near it says the opposite.

        Passages that cannot be cited are left out where nothing needs them: a model does, and an abstention some of
        them, which shows what is nearest.
        """
        scored = list(retrieval.scored)
        closer = score_full_text(
            retrieval.asked,
            retrieval.passages,
            scored,
            searcher=self._searcher,
            scorer=self._scorer,
            filters=retrieval.filters,
            vector=self._vector(retrieval),
        )
        evidence = select_full_text_evidence(closer, calibration) if closer else select_evidence(scored, calibration)
        is_opposed = self._is_opposed(evidence, retrieval)
        abstains = bool(retrieval.refusal) or not evidence.quotes
        needs_all = is_opposed or quotes_other_papers(scored)
        if self._model is None and (needs_all or abstains):
            scored = self._scored(retrieval, only_citable=not needs_all, at_least=MAX_NEAREST)
            evidence = evidence if closer else select_evidence(scored, calibration)
            is_opposed = self._is_opposed(evidence, retrieval)
        if closer:
            paper_id = closer.passages[0].passage.paper_id
            scored = [*closer.passages, *(one for one in scored if one.passage.paper_id != paper_id)]
        return scored, evidence, is_opposed

    def _is_opposed(self, evidence: Evidence, retrieval: Retrieval) -> bool:
        passages = [one.passage for one in select_leading_passages(retrieval.passages)]
        return may_be_contradicted(evidence.quotes, passages, self._verifier)

    def _quotes_for_model(
        self, citations: Sequence[Citation], scored: Sequence[ScoredPassage], papers: Mapping[str, StoredPaper]
    ) -> tuple[Quote, ...]:
        quotes = select_model_quotes([citation.quote for citation in citations], scored, embed=self._encoder.encode)
        return tuple(
            quote
            for quote in quotes
            if quote.passage.paper_id in papers
            and (self._model is None or is_plain_statement(quote.text, context=quote.passage.text))
        )

    def _with_contradictions(
        self, outcome: _Outcome, quotes: Sequence[Quote], papers: Mapping[str, StoredPaper]
    ) -> Generator[AnswerEvent, None, _Outcome]:
        """Followed by what other papers say to the contrary."""
        pairs = find_contradictions(outcome.citations, quotes, papers, self._verifier)
        events = list(contradiction_events(pairs, outcome.citations))
        yield from events
        new = tuple(against for _, against in pairs if against not in outcome.citations)
        text = outcome.text + "".join(event.delta for event in events if isinstance(event, TextEvent))
        return replace(outcome, text=text, citations=outcome.citations + new)

    def _generate(
        self,
        model: LanguageModel,
        question: str,
        citations: Sequence[Citation],
        quotes: Sequence[Quote],
        papers: Mapping[str, StoredPaper],
        stopped: threading.Event | None,
        *,
        is_sure: bool,
    ) -> Generator[AnswerEvent, None, _Outcome]:
        from paperchat.answering.generated_answer import GeneratedAnswer  # needs LlamaIndex, as models do

        generated = GeneratedAnswer(
            question=question,
            quotes=quotes,
            papers=papers,
            model=model,
            verifier=self._verifier,
            prompts=self._prompts,
            stopped=stopped,
        )
        yield from generated.events()
        if generated.text:
            yield from generated.add_quotes(generated.left_out(one.quote for one in citations if one.quote in quotes))
            return _Outcome(
                text=generated.text,
                citations=generated.citations,
                model=model.name,
                note=generated.note,
                usage=generated.usage,
            )
        if generated.declined and is_sure:
            outcome = yield from _extractive(citations)
            note = (
                f"{model.name} finds no answer in the quotes, which answer by all signs: this is the extractive answer"
            )
            return replace(outcome, note=note, usage=generated.usage)
        if generated.declined:
            yield EvidenceEvent(citations=())
            reason = f"{model.name} finds no answer in the {len(quotes)} nearest quotes"
            return replace(self._unless_pending(reason), model=model.name, usage=generated.usage)
        outcome = yield from _extractive(citations)
        return replace(outcome, note=generated.note, usage=generated.usage)

    def _unless_pending(self, reason: str) -> _Outcome:
        """An abstention for this reason, unless papers that may have the answer are not indexed yet."""
        if not self._library.has_pending():
            return _Outcome(reason=reason)
        counts = self._library.counts()
        return _Outcome(reason=counts.pending_note or reason, pending=counts.pending)

    def _with_nearest(
        self,
        outcome: _Outcome,
        retrieval: Retrieval,
        scored: Sequence[ScoredPassage],
        papers: Mapping[str, StoredPaper],
    ) -> _Outcome:
        """With what is near, and the question about it that comes closest to being answerable."""
        nearest = make_citations(select_nearest(scored), papers)
        asked = nearest_questions(retrieval.question, scored, [citation.paper for citation in nearest])
        closest = next((one for one in asked if self._is_answered_by(one, nearest[0].paper, retrieval.passages)), "")
        return replace(outcome, nearest=nearest, suggestions=(closest,) if closest else ())

    def _is_answered_by(self, question: str, paper: StoredPaper, passages: Sequence[RetrievedPassage]) -> bool:
        own = [one for one in passages if one.passage.paper_id == paper.paper_id]
        scored = self._scorer.score(question, own, only_citable=True)
        return bool(select_evidence(scored, self._calibration).quotes)

    def _abstention(self, retrieval: Retrieval, evidence: Evidence) -> _Outcome:
        """Why there is no answer, in a sentence."""
        if retrieval.refusal:
            return self._unless_pending(retrieval.refusal)
        if not retrieval.passages and not self._library.counts().papers:
            return _Outcome(reason="the library is empty: add papers with `paperchat ingest`")
        if not retrieval.passages:
            where = "matches the filters" if retrieval.filters else "is near the question"
            return self._unless_pending(f"no paper in the library {where}")
        considered = pluralize(len(retrieval.passages), "passage")
        if evidence.missing:
            return self._unless_pending(
                f"none of the {considered} considered has the name “{one_line(evidence.missing)}”; "
                f"the nearest paper is “{next(iter(retrieval.titles.values()))}”"
            )
        return self._unless_pending(
            f"no sentence of the {considered} considered answers this with enough certainty "
            f"({evidence.confidence:.2f}); the nearest paper is “{next(iter(retrieval.titles.values()))}”"
        )


def _extractive(citations: Sequence[Citation]) -> Generator[AnswerEvent, None, _Outcome]:
    yield EvidenceEvent(citations=tuple(citations))
    for piece, citation in extractive_pieces(citations):
        yield TextEvent(delta=piece)
        yield SentenceEvent(text=render_quote(citation), citations=(citation.number,), status=citation.status)
    return _Outcome(text=write_extractive(citations), citations=tuple(citations))
