"""The library: papers and passages kept in a folder, and found by words, by vectors and by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from paperchat.errors import NotFoundError, StorageError
from paperchat.storage import indexer, metadata
from paperchat.storage.conversations import Conversations
from paperchat.storage.counts import Diagnosis, LibraryCounts
from paperchat.storage.deduplication import Change, lookups, resolve
from paperchat.storage.feedback import Visitors
from paperchat.storage.filters import Selection
from paperchat.storage.full_texts import FullTexts
from paperchat.storage.indexer import Progress, Rechunk, Record
from paperchat.storage.metadata import Manifest, Vectors
from paperchat.storage.pending_pdfs import WantedPdfs
from paperchat.storage.recent import Feed
from paperchat.storage.recovery import diagnose, open_stores
from paperchat.storage.selection import selection_of, spread_passages
from paperchat.storage.source_files import Inputs
from paperchat.storage.stores import Stores, nearest
from paperchat.storage.versions import Versions, version_in
from paperchat.types import Filters, Paper, Passage, StoredPaper

if TYPE_CHECKING:
    from llama_index.core.embeddings import BaseEmbedding

_EVERYTHING = Filters()


class Library:
    """An open library; a context manager, safe to share between threads.

    Reading goes on while another process writes. Any method may raise StorageError when the disk is full,
    read-only or damaged.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self.full_texts = FullTexts(stores.database)
        self.feed = Feed(stores.database)
        self.versions = Versions(stores.database)
        self.inputs = Inputs(stores.database)
        self.wanted_pdfs = WantedPdfs(stores.database)
        self.conversations = Conversations(stores.database)
        self.visitors = Visitors(stores.database)

    @classmethod
    def open(
        cls,
        home: Path,
        *,
        embedder: BaseEmbedding,
        embedder_name: str,
        chunking: str,
        chroma_url: str = "",
        database_url: str = "",
        lock_timeout: float = 30.0,
        check_manifest: bool = True,
    ) -> Library:
        """The library at ``home``, which is made when there is none.

        What a stopped process left pending is finished first, unless another one is writing now.

        Raises:
            LibraryMismatchError: built with another embedder or chunking; not with ``check_manifest=False``,
                which is for reindexing.
            LibraryVersionError: written by a newer paperchat.
            LibraryBusyError: its tables must be made or changed, and another process holds the lock.
            StorageError: it cannot be opened.
        """
        return cls(
            open_stores(
                home,
                embedder=embedder,
                wanted=Manifest(embedder=embedder_name, chunking=chunking),
                chroma_url=chroma_url,
                database_url=database_url,
                lock_timeout=lock_timeout,
                check_manifest=check_manifest,
            )
        )

    def close(self) -> None:
        self._stores.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def home(self) -> Path:
        return self._stores.home

    # Writing

    @contextmanager
    def write_session(self) -> Iterator[None]:
        """Keeps other processes and threads from writing; may be entered again within itself.

        Raises:
            LibraryBusyError: another one holds the library for longer than the lock's timeout.
        """
        with self._stores.lock:
            yield

    def resolve(self, papers: Sequence[Paper]) -> list[Change]:
        """What each paper would change, in order, papers of the batch being merged with one another, too.

        Call it in the write session in which its changes are put.
        """
        catalogue = self._stores.catalogue
        keys = lookups(papers)
        holders = catalogue.recognised(keys)
        ids = {value for kind, value in keys if kind == "alias"}
        known = catalogue.papers([*ids, *(paper_id for several in holders.values() for paper_id in several)])
        return resolve(papers, holders=holders, known=known)

    def put(self, records: Sequence[Record]) -> None:
        """Write the changes with the passages made for them, and index those, in one call of the embedder.

        Passages replace the paper's passages of the same basis; those of another basis stay, and are indexed
        anew when the change asks for it. Those of a version that is superseded can be had from ``versions``.

        Raises:
            LibraryMismatchError: the embedder's vectors do not fit those of the library.
            LibraryBusyError: another process is writing.
        """
        with self.write_session():
            indexer.put(self._stores, records)

    def remove(self, paper_ids: Iterable[str]) -> int:
        """Remove papers, by any of their names, from all stores; how many there were."""
        with self.write_session():
            return indexer.remove(self._stores, self._stores.catalogue.ids_of(paper_ids).values())

    def reindex(self, progress: Progress | None = None, *, rechunk: Rechunk | None = None) -> int:
        """Make the indexes anew from the catalogue with the settings in force; how many passages.

        ``progress`` is told how many papers are done, and of how many. ``rechunk`` is given a paper and its
        passages, and what it gives replaces those of the same basis; others stay, and count as made by the
        chunking in force.
        """
        with self.write_session():
            return indexer.reindex(self._stores, progress, rechunk)

    def doctor(self, *, fix: bool = False) -> Diagnosis:
        """Compare the stores, and with ``fix`` mend the indexes from the catalogue."""
        return diagnose(self._stores, fix=fix)

    # Reading by name

    def paper(self, paper_id: str) -> StoredPaper:
        """The paper of this id, old id, arXiv id (version and prefix do not matter) or DOI.

        Raises:
            NotFoundError: there is none.
        """
        found = self._stores.catalogue.ids_of([paper_id])
        papers = self._stores.catalogue.papers(found.values())
        for stored in papers.values():
            return stored
        raise NotFoundError(f"no paper {paper_id!r} in the library at {self.home}: `paperchat search` shows ids")

    def papers(self, paper_ids: Iterable[str]) -> dict[str, StoredPaper]:
        return self._stores.catalogue.papers(paper_ids)

    def all_papers(self) -> Iterator[StoredPaper]:
        return self._stores.catalogue.all_papers()

    def passages(self, passage_ids: Iterable[str]) -> dict[str, Passage]:
        """The passages that there are; an index may name one that a writer has just removed."""
        return self._stores.catalogue.passages(passage_ids)

    def wordings(self, passage_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """The title and the text of each of these passages; quicker than passages and papers."""
        return self._stores.catalogue.wordings(passage_ids)

    def version(self, name: str) -> tuple[StoredPaper, list[Passage]] | None:
        """A superseded version by its name, ``arxiv:2410.14182v1``, and its passages; ``None`` where there is none."""
        asked = version_in(name)
        if asked is None:
            return None
        paper_id = self._stores.catalogue.ids_of([asked[0]]).get(asked[0])
        return self.versions.get(paper_id, asked[1]) if paper_id else None

    def passages_of(self, paper_id: str) -> list[Passage]:
        """The paper's passages: its abstract's, then its full text's, in order."""
        return self._stores.catalogue.passages_of([paper_id]).get(paper_id, [])

    def counts(self) -> LibraryCounts:
        return self._stores.catalogue.counts()

    # Searching

    def dense(self, vector: npt.ArrayLike, k: int, filters: Filters = _EVERYTHING) -> list[tuple[str, float]]:
        """The ``k`` passages nearest to ``vector``, or all if fewer are selected: id and cosine, best first.

        Raises:
            UsageError: a malformed date among the filters.
        """
        selection = self._selection(filters)
        if selection is None or k < 1:
            return []
        found = nearest(self._stores, vector, k, selection)
        if not found:
            self._check_not_lost("the vector index", self._stores.vectors.count())
        return found

    def lexical(self, text: str, k: int, filters: Filters = _EVERYTHING) -> list[tuple[str, float]]:
        """At most ``k`` passages that share words with ``text``: id and BM25 score, best first.

        Raises:
            UsageError: a malformed date among the filters.
        """
        selection = self._selection(filters)
        found = self._stores.lexical.search(text, k, selection) if selection else []
        if not found:
            self._check_not_lost("the word index", self._stores.lexical.count())
        return found

    def lexical_scores(self, text: str, passage_ids: Sequence[str]) -> dict[str, float]:
        """The BM25 score of each of these passages that shares words with ``text``."""
        return self._stores.lexical.scores(text, passage_ids)

    def vectors(self, passage_ids: Iterable[str]) -> dict[str, Vectors]:
        """The float32 vector of each passage."""
        return self._stores.vectors.vectors(passage_ids)

    def background(self, k: int) -> npt.NDArray[np.float32]:
        """The vectors of about ``k`` abstracts' passages from all over the library, [passages, dimension]."""
        found = self.vectors(spread_passages(self._stores.database, k))
        return np.stack([found[passage_id] for passage_id in sorted(found)]) if found else np.empty((0, 0), np.float32)

    def analyse(self, text: str) -> list[str]:
        """The stems by which the word index finds ``text``; stop words are dropped."""
        return self._stores.lexical.analyse(text)

    def passage_count(self) -> int:
        """How many passages can be found; quicker than ``counts``."""
        return self._stores.lexical.count()

    def document_frequency(self, words: Iterable[str]) -> dict[str, int]:
        """In how many passages each word occurs, by its rarest stem; a stop word counts as in all of them."""
        return self._stores.lexical.document_frequency(words)

    # What is kept beside the papers

    def sentence_vectors(self, passage_ids: Iterable[str]) -> dict[str, Vectors]:
        """For each passage whose sentences' vectors are kept, a float32 array (sentences × dimension)."""
        return metadata.read_sentence_vectors(self._stores.database, passage_ids)

    def keep_sentence_vectors(self, vectors: Mapping[str, npt.ArrayLike]) -> None:
        """Keep such arrays, as float16, for as long as their passages stay what they are."""
        metadata.keep_sentence_vectors(self._stores.database, vectors)

    def keep_answer(self, answer_id: str, body: str) -> None:
        """Keep the answer's JSON."""
        metadata.keep_answer(self._stores.database, answer_id, body)

    def answer(self, answer_id: str) -> str:
        """The JSON that was kept.

        Raises:
            NotFoundError: no answer of this id was.
        """
        body = metadata.answer(self._stores.database, answer_id)
        if body is None:
            raise NotFoundError(f"no answer {answer_id!r} in the library at {self.home}: ask the question again")
        return body

    def _selection(self, filters: Filters) -> Selection | None:
        return selection_of(self._stores.database, filters) if filters else Selection()

    def _check_not_lost(self, index: str, size: int) -> None:
        if not size and self._stores.catalogue.has_indexed_passages():
            raise StorageError(f"{index} of the library at {self.home} is lost: run `paperchat reindex`")
