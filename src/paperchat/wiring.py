"""Wiring: the parts that `PaperChat` is made of, each built at first use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from paperchat.errors import ModelError
from paperchat.models.embedder import Embedder
from paperchat.storage.library import Library
from paperchat.types import Filters

if TYPE_CHECKING:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.tools import QueryEngineTool

    from paperchat.answering.answerer import Answerer
    from paperchat.claims.stance_judge import StanceJudge
    from paperchat.claims.weigher import ClaimWeigher
    from paperchat.conversation.chat_commands import ConversationCommands
    from paperchat.conversation.chat_engine import PaperChatEngine
    from paperchat.conversation.forwarded_messages import ForwardedConversations
    from paperchat.conversation.memory import ConversationMemory
    from paperchat.conversation.query_engine import PaperQueryEngine
    from paperchat.conversation.request_follow_ups import RequestFollowUpResolver
    from paperchat.conversation.session import Session
    from paperchat.ingest.page_images import PageImages
    from paperchat.kinds.model_prose import ModelProse
    from paperchat.kinds.responder import Responder
    from paperchat.mailing.digest_mailer import DigestMailer
    from paperchat.models.cross_encoder import Reader
    from paperchat.models.language_model import LanguageModel
    from paperchat.models.minilm import MiniLM
    from paperchat.models.stance_reader import StanceReader
    from paperchat.reading.digest import DigestWriter
    from paperchat.reading.feed_entries import FeedMaker
    from paperchat.reading.owner_reading import Reading
    from paperchat.reading.recommendations import PaperRecommender
    from paperchat.reading.signed_tokens import SignedTokens
    from paperchat.reading.standing_answers import StandingQuestionChecker
    from paperchat.results.ledger import LedgerReader
    from paperchat.retrieval.retriever import HybridRetriever
    from paperchat.retrieval.search import Searcher
    from paperchat.retrieval.word_search import WordSearch
    from paperchat.settings import Settings
    from paperchat.survey.surveyor import Surveyor
    from paperchat.survey.topic_matcher import TopicMatcher
    from paperchat.understanding.request_parser import RequestParser


class Components:
    """The parts around one library; shared between threads.

    Each part's module is imported when it is made: what only reads the catalogue imports neither models nor indexes.

    Args:
        find_model: gives the language model, or ``None``; called when the first question is asked.
        find_reader: gives the cross-encoder that judges what answers and what supports a claim, or ``None``.
        reranker: a LlamaIndex postprocessor that has the last word on the leading passages.
    """

    def __init__(
        self,
        *,
        library: Library,
        embedder: Embedder,
        find_model: Callable[[], LanguageModel | None],
        find_reader: Callable[[], Reader | None],
        reranker: BaseNodePostprocessor | None,
    ) -> None:
        self.library = library
        self.embedder = embedder
        self.find_model = find_model
        self._find_reader = find_reader
        self.reranker = reranker

    def close(self) -> None:
        """End the processes that page images are drawn in, if there are any, close the library and free the models."""
        made = self.__dict__
        if "page_images" in made:
            self.page_images.close()
        self.library.close()
        for name in ("encoder", "stance_reader", "reader"):
            if made.get(name):
                made[name].unload()

    @cached_property
    def encoder(self) -> MiniLM:
        """The embedded encoder, which passage scoring uses whatever embedder the library was built with."""
        from paperchat.models.minilm import MiniLM

        return self.embedder.encoder or MiniLM()

    @cached_property
    def reader(self) -> Reader | None:
        """The cross-encoder that judges what answers and what supports a claim, if there is one."""
        return self._find_reader()

    @cached_property
    def searcher(self) -> Searcher:
        """The retriever, and search for papers."""
        from paperchat.retrieval.search import Searcher

        return Searcher(library=self.library, embedder=self.embedder, encoder=self.encoder, reranker=self.reranker)

    @cached_property
    def word_search(self) -> WordSearch:
        """The papers that have the words of a query."""
        from paperchat.retrieval.word_search import WordSearch

        return WordSearch(self.library)

    @cached_property
    def answerer(self) -> Answerer:
        """From a question to an answer."""
        from paperchat.answering.answerer import Answerer

        return Answerer(
            library=self.library,
            searcher=self.searcher,
            encoder=self.encoder,
            reader=self.reader,
            model=self.find_model(),
        )

    @cached_property
    def memory(self) -> ConversationMemory:
        """Stored answers and conversations."""
        from paperchat.conversation.memory import ConversationMemory

        return ConversationMemory(self.library)

    @cached_property
    def parser(self) -> RequestParser:
        """From a question to what it asks for."""
        from paperchat.understanding.request_parser import RequestParser

        return RequestParser(library=self.library, encoder=self.encoder)

    @cached_property
    def topic_matcher(self) -> TopicMatcher:
        """Which papers are on a topic."""
        from paperchat.survey.topic_matcher import TopicMatcher

        return TopicMatcher(library=self.library, searcher=self.searcher, encoder=self.encoder)

    @cached_property
    def responder(self) -> Responder:
        """Answers of every kind but facts."""
        from paperchat.kinds.asked_sentences import AskedSentenceFinder
        from paperchat.kinds.feed import FeedWriter
        from paperchat.kinds.help import HelpResponder
        from paperchat.kinds.library_facts import LibraryDescriber
        from paperchat.kinds.paper_comparison import PaperComparer
        from paperchat.kinds.paper_list import PaperLister
        from paperchat.kinds.paper_sentences import PaperSentenceReader
        from paperchat.kinds.paper_summary import PaperSummarizer
        from paperchat.kinds.record import RecordAnswerer
        from paperchat.kinds.responder import Responder
        from paperchat.kinds.topic_overview import OverviewWriter

        library, searcher, encoder, reader = self.library, self.searcher, self.encoder, self.reader
        model = self.find_model()
        sentences = PaperSentenceReader(library=library, searcher=searcher, encoder=encoder)
        matcher = self.topic_matcher
        overviews = OverviewWriter(library=library, searcher=searcher, matcher=matcher, encoder=encoder, reader=reader)
        lister = PaperLister(library=library, searcher=searcher, matcher=matcher)
        return Responder(
            {
                "list": lister,
                "feed": FeedWriter(library=library, searcher=searcher, matcher=matcher),
                "summary": PaperSummarizer(library=library, reader=sentences, overviews=overviews),
                "overview": overviews,
                "comparison": PaperComparer(
                    library=library,
                    searcher=searcher,
                    sentences=sentences,
                    finder=AskedSentenceFinder(library=library, searcher=searcher, encoder=encoder, reader=reader),
                    lister=lister,
                ),
                "record": RecordAnswerer(library),
                "library": LibraryDescriber(library, matcher),
                "help": HelpResponder(library),
            },
            prose=self._make_prose(model) if model else None,
        )

    def _make_prose(self, model: LanguageModel) -> ModelProse:
        from paperchat.answering.verification import Verifier
        from paperchat.kinds.model_prose import ModelProse

        verifier = Verifier(encoder=self.encoder, stem=self.library.analyse, reader=self.reader)
        return ModelProse(model=model, verifier=verifier)

    @cached_property
    def resolver(self) -> RequestFollowUpResolver:
        """Follow-ups in conversations."""
        from paperchat.conversation.request_follow_ups import RequestFollowUpResolver

        return RequestFollowUpResolver(library=self.library, searcher=self.searcher, parser=self.parser)

    @cached_property
    def commands(self) -> ConversationCommands:
        """Commands in conversations."""
        from paperchat.conversation.chat_commands import ConversationCommands

        return ConversationCommands(surveyor=lambda: self.surveyor, weigher=lambda: self.weigher)

    @cached_property
    def session(self) -> Session:
        """Questions in a conversation or on their own."""
        self._load_models()
        from paperchat.conversation.named_papers import NamedPapers
        from paperchat.conversation.part_resolution import PartResolver
        from paperchat.conversation.session import Session
        from paperchat.understanding.spelling import SpellingCorrector

        named_papers = NamedPapers(self.library)
        return Session(
            answerer=self.answerer,
            parser=self.parser,
            find_responder=lambda: self.responder,
            find_resolver=lambda: self.resolver,
            memory=self.memory,
            find_commands=lambda: self.commands,
            named_papers=named_papers,
            parts=PartResolver(parser=self.parser, named_papers=named_papers),
            spelling=SpellingCorrector(self.library),
        )

    def _load_models(self) -> None:
        """Load the models on a thread, while this one imports what understands a question."""
        models = [model for model in (self.encoder, self.reader) if model]

        def load() -> None:
            with suppress(ModelError):  # raised again where the model is used
                for model in models:
                    model.load()

        threading.Thread(target=load, name="models").start()

    @cached_property
    def forwarded(self) -> ForwardedConversations:
        """Questions of programs that keep their conversations themselves."""
        from paperchat.conversation.forwarded_messages import ForwardedConversations

        return ForwardedConversations(session=self.session, memory=self.memory, library=self.library)

    @cached_property
    def surveyor(self) -> Surveyor:
        """From a topic to a survey."""
        from paperchat.survey.surveyor import Surveyor

        return Surveyor(
            library=self.library,
            searcher=self.searcher,
            encoder=self.encoder,
            matcher=self.topic_matcher,
            reader=self.reader,
            model=self.find_model(),
        )

    @cached_property
    def stance_reader(self) -> StanceReader:
        """The cross-encoder that judges what a sentence says of a claim."""
        from paperchat.models.stance_reader import StanceReader

        return StanceReader()

    @cached_property
    def weigher(self) -> ClaimWeigher:
        """From a claim to its verdict."""
        from paperchat.claims.claim_evidence import ClaimEvidenceFinder
        from paperchat.claims.stance_classifier import StanceClassifier, load_stance_decision
        from paperchat.claims.weigher import ClaimWeigher

        model = self.find_model()
        return ClaimWeigher(
            library=self.library,
            encoder=self.encoder,
            finder=ClaimEvidenceFinder(library=self.library, searcher=self.searcher, encoder=self.encoder),
            classifier=StanceClassifier(
                reader=self.stance_reader,
                stem=self.library.analyse,
                decision=load_stance_decision(),
                judge=_make_judge(model) if model else None,
            ),
        )

    @cached_property
    def ledger_reader(self) -> LedgerReader:
        """The results of papers."""
        from paperchat.results.ledger import LedgerReader

        def find_papers(topic: str, allowed: Collection[str], filters: Filters) -> Collection[str]:
            return self.topic_matcher.match(topic, allowed, filters=filters).probabilities.keys()

        return LedgerReader(library=self.library, find_papers=find_papers)

    @cached_property
    def standing_questions(self) -> StandingQuestionChecker:
        """Standing questions, asked again."""
        from paperchat.reading.standing_answers import StandingQuestionChecker

        return StandingQuestionChecker(library=self.library, session=self.session)

    @cached_property
    def digests(self) -> DigestWriter:
        """What is new for a reader."""
        from paperchat.kinds.paper_lines import PaperLineWriter
        from paperchat.reading.digest import DigestWriter

        return DigestWriter(
            library=self.library,
            lines=PaperLineWriter(library=self.library, searcher=self.searcher),
            matcher=self.topic_matcher,
            checker=self.standing_questions,
        )

    @cached_property
    def recommender(self) -> PaperRecommender:
        """Recent papers in a reader's own order."""
        from paperchat.reading.recommendations import PaperRecommender

        return PaperRecommender(
            library=self.library, embedder=self.embedder, digests=self.digests, matcher=self.topic_matcher
        )

    @cached_property
    def feeds(self) -> FeedMaker:
        """New papers and changed answers as feeds."""
        from paperchat.reading.feed_entries import FeedMaker

        return FeedMaker(library=self.library, digests=self.digests, checker=self.standing_questions)

    @cached_property
    def tokens(self) -> SignedTokens:
        """Tokens that are signed with the library's key."""
        from paperchat.reading.signed_tokens import SignedTokens

        return SignedTokens(self.library.signing_key())

    def mailer(self, settings: Settings) -> DigestMailer:
        """Digests by mail.

        Raises:
            UsageError: mail is not set up.
        """
        from paperchat.mailing.digest_mailer import DigestMailer
        from paperchat.mailing.mail_server import mail_settings

        return DigestMailer(
            library=self.library,
            digests=lambda: self.digests,
            checker=lambda: self.standing_questions,
            tokens=self.tokens,
            settings=mail_settings(settings),
            hour=settings.digest_hour,
        )

    def reading(self, owner: str) -> Reading:
        """What an owner follows, saves and asks again."""
        from paperchat.reading.owner_reading import Reading

        return Reading(
            library=self.library,
            digests=lambda: self.digests,
            checker=lambda: self.standing_questions,
            feeds=lambda: self.feeds,
            recommender=lambda: self.recommender,
            owner=owner,
        )

    @cached_property
    def page_images(self) -> PageImages:
        """Pages of the papers' PDFs as images."""
        from paperchat.ingest.page_images import PageImages

        return PageImages(self.library)


def make_reader() -> Reader:
    """The embedded cross-encoder."""
    from paperchat.models.cross_encoder import Reader

    return Reader()


def _make_judge(model: LanguageModel) -> StanceJudge:
    from paperchat.claims.stance_judge import StanceJudge

    return StanceJudge(model)


class LlamaIndexInterface:
    """What a library offers to LlamaIndex: a retriever, engines and a tool."""

    components: Components

    def as_retriever(self, *, filters: Filters | None = None, k: int | None = None) -> HybridRetriever:
        """The library's retriever: passages as LlamaIndex nodes, best first, by the postprocessors in force.

        By default it gives the passages that `ask` looks for an answer in; with ``k``, the ``k`` best.
        """
        from paperchat.answering.passage_scoring import SCORED_PAPERS
        from paperchat.retrieval.retriever import HybridRetriever

        retrieval = self.components.searcher.retrieval
        return HybridRetriever(retrieval.with_options(filters=filters, k=k, min_papers=SCORED_PAPERS))

    def as_query_engine(self, *, filters: Filters | None = None) -> PaperQueryEngine:
        """`ask` as a LlamaIndex query engine."""
        from paperchat.conversation.query_engine import PaperQueryEngine

        return PaperQueryEngine(session=self.components.session, answerer=self.components.answerer, filters=filters)

    def as_chat_engine(self, *, filters: Filters | None = None) -> PaperChatEngine:
        """A LlamaIndex chat engine that remembers its own conversation; one for each conversation."""
        from paperchat.conversation.chat_engine import PaperChatEngine

        return PaperChatEngine(session=self.components.session, filters=filters)

    def as_tool(
        self,
        *,
        name: str = "ask_papers",
        description: str = "Answers questions from a library of research papers, with exact quotes and their sources.",
        filters: Filters | None = None,
    ) -> QueryEngineTool:
        """The query engine as a tool for a LlamaIndex agent."""
        from llama_index.core.tools import QueryEngineTool

        return QueryEngineTool.from_defaults(self.as_query_engine(filters=filters), name=name, description=description)
