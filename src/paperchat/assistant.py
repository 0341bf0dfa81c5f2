"""`PaperChat`: a library, an embedder and the query engine wired together; what apps import."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from contextlib import aclosing
from importlib.resources import as_file, files
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from paperchat.answering.answer_events import final_answer, run_in_thread, stream_in_thread
from paperchat.errors import UsageError
from paperchat.ingest.items import MAX_RESULTS
from paperchat.ingest.passage_limits import CHUNKING
from paperchat.models.embedder import Embedder
from paperchat.models.language_model import LanguageModel
from paperchat.models.providers import embedder_from_settings, llm_from_settings, reranker_from_settings
from paperchat.retrieval.facets import Facets, count_facets
from paperchat.settings import Settings, load_settings
from paperchat.storage.library import Library
from paperchat.storage.library_counts import Diagnosis, LibraryCounts
from paperchat.survey.paper_limits import DEFAULT_CLAIM_PAPERS, DEFAULT_SURVEY_PAPERS
from paperchat.text.question_limits import validate_question
from paperchat.types import Answer, AnswerEvent, AnswerKind, Filters, Hit, IngestReport, Passage, StoredPaper
from paperchat.wiring import Components, LlamaIndexInterface, make_reader

if TYPE_CHECKING:
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.llms.llm import LLM
    from llama_index.core.postprocessor.types import BaseNodePostprocessor

    from paperchat.conversation.replay import Replay
    from paperchat.ingest.cluster.ray_cluster import RayCluster
    from paperchat.ingest.pipeline import Progress
    from paperchat.models.cross_encoder import Reader
    from paperchat.reading.owner_reading import Reading
    from paperchat.results.types import Ledger, Result
    from paperchat.storage.conversations import Conversation, Conversations, Turn
    from paperchat.survey.types import StageProgress, Survey, WeighedClaim


class PaperChat(LlamaIndexInterface):
    """Ask the papers of a library; safe to share between threads, and a context manager.

    Every method that touches the library may raise a `PaperchatError`, whose message is one line for the user.
    """

    def __init__(
        self,
        *,
        library: Library,
        embedder: BaseEmbedding | Embedder,
        llm: LLM | None = None,
        find_model: Callable[[], LanguageModel | None] | None = None,
        reader: Reader | None = None,
        find_reader: Callable[[], Reader | None] | None = None,
        reranker: BaseNodePostprocessor | None = None,
        private_addresses: bool = False,
    ) -> None:
        """Wire a library up.

        Args:
            llm: writes answers from exact quotes; so does what ``find_model`` gives at the first question. Without
                either, the quotes are the answer.
            reader: the embedded cross-encoder, which judges what answers and what supports a claim; so does what
                ``find_reader`` gives. Without either, similarity does.
            reranker: a LlamaIndex postprocessor that has the last word on the leading passages.
            private_addresses: whether papers may be fetched from the local network.
        """
        self.library = library
        self.components = Components(
            library=library,
            embedder=Embedder.wrap(embedder),
            find_model=find_model or (lambda: LanguageModel.wrap(llm) if llm else None),
            find_reader=find_reader or (lambda: reader),
            reranker=reranker,
        )
        self._private_addresses = private_addresses

    @classmethod
    def open(
        cls, home: str | Path | None = None, *, settings: Settings | None = None, check_manifest: bool = True
    ) -> PaperChat:
        """The library in the folder ``home``, made when there is none; by default the one the settings name.

        Raises:
            LibraryMismatchError: it was built with another embedder or chunking than the settings name.
            LibraryVersionError: it was written by a newer paperchat.
            StorageError: it cannot be opened.
        """
        settings = settings or load_settings()
        embedder = embedder_from_settings(settings)
        reranker = reranker_from_settings(settings)
        library = Library.open(
            Path(home).expanduser() if home is not None else settings.home.expanduser(),
            find_embedder=lambda: embedder.model,
            embedder_name=settings.embedder,
            chunking=CHUNKING,
            chroma_url=settings.chroma_url,
            milvus_url=settings.milvus_url,
            milvus_token=settings.milvus_token.get_secret_value(),
            database_url=settings.database_url.get_secret_value(),
            lock_timeout=settings.lock_timeout,
            check_manifest=check_manifest,
        )
        return cls(
            library=library,
            embedder=embedder,
            find_model=lambda: llm_from_settings(settings),
            find_reader=make_reader if settings.reader == "on" else None,
            reranker=reranker,
            private_addresses=settings.private_addresses,
        )

    @property
    def embedder(self) -> BaseEmbedding:
        """The embedding model, for LlamaIndex."""
        return self.components.embedder.model

    def close(self) -> None:
        """Release the library and the processes that page images are drawn in."""
        self.components.close()

    def __enter__(self) -> PaperChat:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ingest(
        self,
        *locations: str | Path,
        pdfs: bool | None = None,
        most: int = MAX_RESULTS,
        following: bool = False,
        attachments: bool = False,
        cluster: RayCluster | None = None,
        progress: Progress | None = None,
        stopped: threading.Event | None = None,
    ) -> IngestReport:
        """Ingest the papers at ``locations``; what fails is in the report's ``failed``.

        A location is a file, a folder, an arXiv id, an address, ``daily:DATE[..DATE]``, or ``arxiv:QUERY``, of whose
        results ``most`` are taken. ``pdfs`` says whether the PDFs that papers link to are fetched, too: by default
        those of locations on the web are. With ``following``, what a changed file no longer has is removed.
        With ``attachments``, the PDFs are read, too, that a BibTeX or RIS file names in its own folder. Never pass it
        for files that someone else chose, such as uploads. A string that reads as an id or address is never a file:
        give a `Path`. A ``cluster`` (`ray_cluster.connect`) parses PDFs, and embeds. ``stopped`` ends it, once set.
        """
        from paperchat.ingest.fetch.client import WebClient
        from paperchat.ingest.pipeline import ingest

        with WebClient(self.library.home / "web", allow_private=self._private_addresses) as web:
            return ingest(
                self.library,
                locations,
                web=web,
                pdfs=pdfs,
                most=most,
                following=following,
                attachments=attachments,
                cluster=cluster,
                progress=progress,
                stopped=stopped,
            )

    def forget_files(self, files: Iterable[str | Path]) -> int:
        """Remove the papers that came from these files and from no other; how many there were."""
        from paperchat.ingest.seen_files import location_of

        locations = [location_of(file) for file in files]
        removed = self.library.remove(self.library.source_files.papers_only_in(locations))
        self.library.source_files.delete(locations)
        return removed

    def ingest_sample(self, progress: Progress | None = None, stopped: threading.Event | None = None) -> IngestReport:
        """Ingest the Daily Papers page that ships with paperchat; ``stopped`` ends it as in `ingest`."""
        with as_file(files("paperchat") / "sample" / "daily_papers_page.txt") as page:
            return self.ingest(page, progress=progress, stopped=stopped)

    def ask(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        conversation: str | Conversation | None = None,
        kind: AnswerKind | None = None,
    ) -> Answer:
        """An answer in which every sentence is an exact quote, or an abstention; stored, so that `cited` knows it.

        With a ``conversation``, or the name of one, it is stored there as the next turn; a new name starts one.
        The filters of a conversation stay in force until others are given, which may be none: ``Filters()``.
        The ``kind`` of answer is by default what the question asks for.

        Raises:
            UsageError: the question is blank, longer than ``LONGEST_QUESTION``, or a filter or name is malformed.
        """
        return final_answer(self.stream(question, filters=filters, conversation=conversation, kind=kind))

    async def aask(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        conversation: str | Conversation | None = None,
        kind: AnswerKind | None = None,
    ) -> Answer:
        """The same for an event loop, which it never blocks; cancelling the task stops the work."""
        async with aclosing(self.astream(question, filters=filters, conversation=conversation, kind=kind)) as events:
            return final_answer([event async for event in events])

    def stream(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        conversation: str | Conversation | None = None,
        kind: AnswerKind | None = None,
    ) -> Generator[AnswerEvent, None, None]:
        """The events of `ask`, as they come: retrieval, evidence, text with each sentence as it is verified, done.

        Closing it stops the work; an answer is stored once it is done.

        Raises:
            UsageError: as `ask`.
        """
        validate_question(question)
        return self.components.session.stream(
            question, filters=filters, conversation=conversation, kind=kind, stopped=threading.Event()
        )

    def astream(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        conversation: str | Conversation | None = None,
        kind: AnswerKind | None = None,
    ) -> AsyncGenerator[AnswerEvent, None]:
        """The same for an event loop, which it never blocks; cancelling the task or closing it stops the work."""
        validate_question(question)
        return stream_in_thread(
            lambda stopped: self.components.session.stream(
                question, filters=filters, conversation=conversation, kind=kind, stopped=stopped
            )
        )

    @property
    def conversations(self) -> Conversations:
        """The stored conversations: to list, search, rename and delete them."""
        return self.library.conversations

    def reading(self, owner: str = "") -> Reading:
        """What an owner follows, saves and asks again, and digests of it; the command line is the owner ""."""
        return self.components.reading(owner)

    def turns(self, conversation: str | Conversation) -> list[Turn]:
        """The questions of a conversation, or of the one of this name, in order, with their answers.

        Raises:
            NotFoundError: there is none of this name.
        """
        return self.components.memory.turns(conversation)

    def search(self, query: str, k: int = 10, *, filters: Filters | None = None, recency: float = 0.0) -> list[Hit]:
        """The ``k`` best papers, each with its best passage; all of them where fewer match the filters.

        ``recency``, from 0 to 1, is the share that a paper's age has in its score: see `RecencyPostprocessor`.

        Raises:
            UsageError: the query is blank, longer than ``LONGEST_QUESTION``, or a filter is malformed.
        """
        validate_question(query)
        if not 0 <= recency <= 1:
            raise UsageError(f"invalid recency {recency}: give a share from 0 to 1")
        return self.components.searcher.papers(query, k, filters, recency=recency)

    async def asearch(
        self, query: str, k: int = 10, *, filters: Filters | None = None, recency: float = 0.0
    ) -> list[Hit]:
        """The same for an event loop."""
        return await asyncio.to_thread(self.search, query, k, filters=filters, recency=recency)

    def facets(self, query: str, among: int = 100, *, filters: Filters | None = None) -> Facets:
        """How many of the ``among`` best papers for a query are of each year, category and author.

        Raises:
            UsageError: as `search`.
        """
        validate_question(query)
        return count_facets(hit.paper.paper for hit in self.components.searcher.papers(query, among, filters))

    def survey(
        self,
        topic: str,
        *,
        filters: Filters | None = None,
        most: int = DEFAULT_SURVEY_PAPERS,
        progress: StageProgress | None = None,
        stopped: threading.Event | None = None,
    ) -> Survey:
        """A topic on one page, in which each sentence is a quote; with no section where the library has no paper on it.

        ``most`` papers are read, those that match best. Setting ``stopped`` ends the work.

        Raises:
            UsageError: the topic is blank or longer than ``MAX_TOPIC_LENGTH``, ``most`` is below 1, or a filter is
                malformed.
            StoppedError: ``stopped`` was set before the survey was done.
        """
        return self.components.surveyor.survey(topic, filters, most=most, progress=progress, stopped=stopped)

    async def asurvey(
        self,
        topic: str,
        *,
        filters: Filters | None = None,
        most: int = DEFAULT_SURVEY_PAPERS,
        progress: StageProgress | None = None,
    ) -> Survey:
        """The same for an event loop; cancelling the task stops the work; another thread calls ``progress``."""
        return await run_in_thread(
            lambda stopped: self.survey(topic, filters=filters, most=most, progress=progress, stopped=stopped)
        )

    def claim(
        self,
        text: str,
        *,
        filters: Filters | None = None,
        most: int = DEFAULT_CLAIM_PAPERS,
        progress: StageProgress | None = None,
        stopped: threading.Event | None = None,
    ) -> WeighedClaim:
        """Who supports a claim, who opposes it, and in which respect; each paper's stance is shown by its own quotes.

        ``most`` papers are read, those that match best. Setting ``stopped`` ends the work.

        Raises:
            UsageError: the claim is blank or longer than ``LONGEST_QUESTION``, ``most`` is below 1, or a filter is
                malformed.
            StoppedError: ``stopped`` was set before the claim was weighed.
        """
        return self.components.weigher.weigh(text, filters, most=most, progress=progress, stopped=stopped)

    async def aclaim(
        self,
        text: str,
        *,
        filters: Filters | None = None,
        most: int = DEFAULT_CLAIM_PAPERS,
        progress: StageProgress | None = None,
    ) -> WeighedClaim:
        """The same for an event loop, as `asurvey`."""
        return await run_in_thread(
            lambda stopped: self.claim(text, filters=filters, most=most, progress=progress, stopped=stopped)
        )

    def results(
        self,
        topic: str | None = None,
        filters: Filters | None = None,
        *,
        progress: StageProgress | None = None,
        stopped: threading.Event | None = None,
    ) -> Ledger:
        """The results that the papers on a topic report, or all papers: leaderboards, conflicts and gaps.

        Each cell is an exact span of a sentence or of a table. What is not sure is left out, and how much that is.

        Raises:
            UsageError: the topic is blank or too long, or a filter is malformed.
            StoppedError: ``stopped`` was set before all papers were read.
        """
        return self.components.ledger_reader.ledger(topic, filters, progress=progress, stopped=stopped)

    def paper_results(self, paper_id: str) -> tuple[Result, ...]:
        """The results that a paper reports.

        Raises:
            NotFoundError: it is not in the library.
        """
        return self.components.ledger_reader.of_paper(paper_id).results

    def paper(self, paper_id: str) -> tuple[StoredPaper, list[Passage]]:
        """A paper and its passages; of an earlier version, where the id ends in one that has been superseded.

        Raises:
            NotFoundError: it is not in the library.
        """
        if earlier := self.library.version(paper_id):
            return earlier
        stored = self.library.paper(paper_id)
        return stored, self.library.passages_of(stored.paper_id)

    def page_image(self, paper_id: str, number: int) -> bytes:
        """Page ``number``, counted from 1, of the paper's PDF, as a PNG; `Page` tells its size in points.

        Raises:
            NotFoundError: the paper has no PDF, or its file is no longer where it was.
            SourceError: the page cannot be drawn.
        """
        return self.components.page_images.page(paper_id, number)

    def papers(self) -> Iterator[StoredPaper]:
        """All papers of the library."""
        return self.library.all_papers()

    def cited(self, answer_id: str) -> list[StoredPaper]:
        """The papers that an earlier answer cites and that are still there, in the order of its marks.

        Raises:
            NotFoundError: no such answer is stored.
        """
        return self.components.memory.cited_papers(answer_id)

    def replay(self, answer_id: str) -> Replay:
        """An earlier answer compared with the library of today, without a model.

        Raises:
            NotFoundError: no such answer is stored.
        """
        return self.components.memory.replay(answer_id, self.components.session.find_leading_titles)

    def status(self) -> LibraryCounts:
        """How much the library holds."""
        return self.library.counts()

    def doctor(self, *, fix: bool = False) -> Diagnosis:
        """Whether the stores agree; with ``fix`` the indexes are repaired from the catalogue."""
        return self.library.doctor(fix=fix)

    def reindex(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Chunk all papers anew and rebuild both indexes with the settings in force; how many passages."""
        return self.library.reindex(progress, rechunk=self._rechunk)

    def remove(self, paper_ids: Iterable[str]) -> int:
        """Remove papers everywhere; how many there were."""
        return self.library.remove(paper_ids)

    def _rechunk(self, stored: StoredPaper, _: object) -> list[Passage]:
        from paperchat.ingest.chunking import passages_of

        kept = self.library.full_texts.get(stored.paper_id)
        return passages_of(stored, kept.full_text if kept else None)
