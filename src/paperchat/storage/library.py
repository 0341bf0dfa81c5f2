"""The library: stores papers and passages in a folder; looks them up by id and searches them by words and vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from paperchat.errors import ModelError, NotFoundError, StorageError
from paperchat.storage import metadata
from paperchat.storage.filter_resolution import resolve_filters
from paperchat.storage.filters import ResolvedFilters
from paperchat.storage.library_counts import Diagnosis, LibraryCounts
from paperchat.storage.library_parts import LibraryParts
from paperchat.storage.metadata import Manifest
from paperchat.storage.name_normalization import title_key
from paperchat.storage.opening import open_stores
from paperchat.storage.versions import parse_version_name
from paperchat.types import Filters, Paper, Passage, StoredPaper

if TYPE_CHECKING:
    import numpy.typing as npt
    from llama_index.core.embeddings import BaseEmbedding

    from paperchat.storage.deduplication import PaperChange
    from paperchat.storage.indexer import PaperRecord, Progress, Rechunk
    from paperchat.storage.locks import ProcessLock
    from paperchat.storage.stored_vectors import Vectors
    from paperchat.storage.stores import KnownVectors

_EVERYTHING = Filters()


class Library(LibraryParts):
    """An open library; a context manager, safe to share between threads.

    What writes and repairs is imported when it is called: most commands only read.

    Reads do not wait for a process that writes. Any method may raise StorageError when the disk is full, read-only
    or damaged.
    """

    _size: tuple[object, tuple[int, int]] | None = None  # since which change, and the numbers

    @classmethod
    def open(
        cls,
        home: Path,
        *,
        embedder: BaseEmbedding | None = None,
        find_embedder: Callable[[], BaseEmbedding] | None = None,
        embedder_name: str,
        chunking: str,
        chroma_url: str = "",
        milvus_url: str = "",
        milvus_token: str = "",
        database_url: str = "",
        lock_timeout: float = 30.0,
        check_manifest: bool = True,
    ) -> Library:
        """Open the library at ``home``; create it when there is none.

        ``embedder`` embeds passages when they are written; so does what ``find_embedder`` gives when there are some.
        Papers that an interrupted process left pending are indexed first, unless another process is writing.

        Raises:
            LibraryMismatchError: built with another embedder or chunking; not raised with
                ``check_manifest=False``, which is for reindexing.
            LibraryVersionError: written by a newer paperchat.
            LibraryBusyError: its tables must be created or migrated, and another process holds the lock.
            StorageError: it cannot be opened.
        """
        if find_embedder is None:
            if embedder is None:
                raise TypeError("Library.open() needs an embedder, or a function that finds it")
            known = embedder
            find_embedder = lambda: known  # noqa: E731
        return cls(
            open_stores(
                home,
                find_embedder=find_embedder,
                configured=Manifest(embedder=embedder_name, chunking=chunking),
                chroma_url=chroma_url,
                milvus_url=milvus_url,
                milvus_token=milvus_token,
                database_url=database_url,
                lock_timeout=lock_timeout,
                check_manifest=check_manifest,
            )
        )

    def close(self) -> None:
        """Close the database and the indexes."""
        self._stores.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def home(self) -> Path:
        """The library's folder."""
        return self._stores.home

    @property
    def catalogue_place(self) -> str:
        """Where the catalogue is: its file, or its database and server, without a password."""
        return self._stores.database.place

    @property
    def index_name(self) -> str:
        """What the index is and where, without secrets."""
        return self._stores.index.name

    @property
    def refusal(self) -> str:
        """Why nothing can be written, so that a copy is read; empty where the library can be written."""
        return str(self._stores.database.refusal or "")

    # Writing

    @contextmanager
    def write_session(self) -> Iterator[None]:
        """Hold the write lock against other processes and threads; reentrant.

        Raises:
            LibraryBusyError: another process or thread holds the lock for longer than its timeout.
        """
        with self._stores.lock:
            yield

    def process_lock(self, name: str) -> ProcessLock:
        """A lock of this name among all processes that use the library, which does not wait for another holder."""
        return self._stores.database.process_lock(self.home / f"{name}.lock", timeout=0)

    def plan_changes(self, papers: Sequence[Paper]) -> list[PaperChange]:
        """What adding each paper would change, in order; papers of the batch are merged with one another, too.

        Call it in the write session in which the changes are written.
        """
        from paperchat.storage.deduplication import lookup_keys, plan_changes

        catalogue = self._stores.catalogue
        keys = lookup_keys(papers)
        holders = catalogue.ids_by_key(keys)
        ids = {value for kind, value in keys if kind == "alias"}
        known = catalogue.papers([*ids, *(paper_id for several in holders.values() for paper_id in several)])
        return plan_changes(papers, holders=holders, known=known)

    def write_papers(self, records: Sequence[PaperRecord], known: KnownVectors | None = None) -> None:
        """Write the changes and their passages, and index these; those not ``known`` in one call of the embedder.

        Passages replace the paper's passages of the same basis; those of another basis stay, and are reindexed
        when the change asks for it. Passages of a superseded version remain available from ``versions``.

        Raises:
            LibraryMismatchError: the embedder's vectors do not fit those of the library.
            LibraryBusyError: another process is writing.
        """
        from paperchat.storage import indexer

        with self.write_session():
            indexer.write_papers(self._stores, records, known)

    def complete_pending(self) -> None:
        """Index the papers whose writing was interrupted; those that cannot be embedded stay pending.

        Raises:
            LibraryMismatchError: the library was rebuilt with other settings.
            LibraryBusyError: another process is writing.
        """
        if self.has_pending():
            from paperchat.storage import indexer

            with self.write_session(), suppress(ModelError):
                self._stores.check_manifest()
                indexer.index_pending(self._stores)

    def remove(self, paper_ids: Iterable[str]) -> int:
        """Remove papers, by any of their ids, from all stores; return how many were removed."""
        from paperchat.storage import indexer

        with self.write_session():
            return indexer.remove_papers(self._stores, self._stores.catalogue.resolve_ids(paper_ids).values())

    def reindex(self, progress: Progress | None = None, *, rechunk: Rechunk | None = None) -> int:
        """Rebuild the indexes from the catalogue with the current settings; return the number of passages.

        ``progress`` is called with the number of papers done and in all. ``rechunk`` is called with a paper and its
        passages, and what it returns replaces those of the same basis; the others stay, and count as made by the
        current chunking.
        """
        from paperchat.storage import indexer

        with self.write_session():
            return indexer.reindex(self._stores, progress, rechunk)

    def doctor(self, *, fix: bool = False) -> Diagnosis:
        """Compare the stores; with ``fix``, repair the indexes from the catalogue."""
        from paperchat.storage.recovery import diagnose

        return diagnose(self._stores, fix=fix)

    # Looking up by id

    def paper(self, paper_id: str) -> StoredPaper:
        """The paper of this id, old id, arXiv id (version and prefix do not matter) or DOI.

        Raises:
            NotFoundError: no paper has this id.
        """
        found = self._stores.catalogue.resolve_ids([paper_id])
        papers = self._stores.catalogue.papers(found.values())
        for stored in papers.values():
            return stored
        raise NotFoundError(f"no paper {paper_id!r} in the library at {self.home}: `paperchat search` shows ids")

    def papers(self, paper_ids: Iterable[str]) -> dict[str, StoredPaper]:
        """The papers of these current ids; ids that are not in the library are left out."""
        return self._stores.catalogue.papers(paper_ids)

    def all_papers(self) -> Iterator[StoredPaper]:
        """Every paper, ordered by id."""
        return self._stores.catalogue.all_papers()

    def ids_by_title(self, titles: Iterable[str]) -> dict[str, str]:
        """The id of a paper of each title, in whatever letter case; titles of none are left out."""
        keys = {title: title_key(title) for title in titles}
        holders = self._stores.catalogue.ids_by_key(("title", key) for key in dict.fromkeys(keys.values()))
        return {title: holders["title", key][0] for title, key in keys.items() if holders.get(("title", key))}

    def passages(self, passage_ids: Iterable[str]) -> dict[str, Passage]:
        """The passages of these ids; ids that are gone are left out, as an index may return one just removed."""
        return self._stores.catalogue.passages(passage_ids)

    def titles_and_texts(self, passage_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """The paper's title and the text of each passage; faster than `passages` and `papers`."""
        return self._stores.catalogue.titles_and_texts(passage_ids)

    def version(self, name: str) -> tuple[StoredPaper, list[Passage]] | None:
        """A superseded version by its name, ``arxiv:2410.14182v1``, and its passages; ``None`` where there is none."""
        parsed = parse_version_name(name)
        if parsed is None:
            return None
        paper_name, number = parsed
        paper_id = self._stores.catalogue.resolve_ids([paper_name]).get(paper_name)
        return self.versions.get(paper_id, number) if paper_id else None

    def passages_of(self, paper_id: str) -> list[Passage]:
        """The paper's passages: its abstract's, then its full text's, in order."""
        return self._stores.catalogue.passages_of([paper_id]).get(paper_id, [])

    def has_full_texts(self) -> bool:
        """Whether there is a passage of a full text; faster than `counts`."""
        return self._stores.catalogue.has_full_texts()

    def has_pending(self) -> bool:
        """Whether there are papers that are not indexed yet; faster than `counts`."""
        return bool(self._stores.catalogue.pending(1))

    def size(self) -> tuple[int, int]:
        """The numbers of papers and passages, as of the last change; faster than `counts`."""
        mark = (metadata.index_revision(self._stores.database), self._stores.catalogue.last_change())
        if self._size is None or self._size[0] != mark:
            counts = self.counts()
            self._size = (mark, (counts.papers, counts.passages))
        return self._size[1]

    def counts(self) -> LibraryCounts:
        """The numbers of papers and passages."""
        return self._stores.catalogue.counts()

    # Searching

    def dense_search(self, vector: npt.ArrayLike, k: int, filters: Filters = _EVERYTHING) -> list[tuple[str, float]]:
        """The ``k`` passages nearest to ``vector``, or all if fewer are selected: id and cosine, best first.

        Raises:
            UsageError: a malformed date among the filters.
        """
        resolved = self._resolve(filters)
        if resolved is None or k < 1:
            return []
        found = self._stores.index.nearest(vector, k, resolved)
        if not found:
            self._check_index_exists("the vector index", self._stores.index.count_vectors())
        return found

    def lexical_search(
        self, text: str, k: int, filters: Filters = _EVERYTHING, *, every_word: bool = False
    ) -> list[tuple[str, float]]:
        """The best ``k`` passages, or fewer, that share words with ``text``: id and BM25 score, best first.

        With ``every_word``, only those that have all its words but the stop words.

        Raises:
            UsageError: a malformed date among the filters.
        """
        resolved = self._resolve(filters)
        found = self._stores.index.matching(text, k, resolved, every_word=every_word) if resolved else []
        if not found:
            self._check_index_exists("the lexical index", self._stores.index.count_texts())
        return found

    def lexical_scores(self, text: str, passage_ids: Sequence[str]) -> dict[str, float]:
        """The BM25 score of each of these passages that shares words with ``text``."""
        return self._stores.index.scores(text, passage_ids)

    def vectors(self, passage_ids: Iterable[str]) -> dict[str, Vectors]:
        """The float32 vector of each passage."""
        return self._stores.index.vectors(passage_ids)

    def paper_vectors(self, paper_ids: Iterable[str]) -> dict[str, Vectors]:
        """The vector of each paper's abstract, of length one; papers without an indexed abstract are left out."""
        from paperchat.storage import stored_vectors

        return stored_vectors.paper_vectors(self._stores, paper_ids)

    def sample_vectors(self, k: int) -> Vectors:
        """The vectors of about ``k`` evenly spread abstract passages of the library, float32 [passages, dimension]."""
        from paperchat.storage import stored_vectors

        return stored_vectors.sample_vectors(self._stores, k)

    def analyse(self, text: str) -> list[str]:
        """The stems under which the lexical index finds ``text``; stop words are dropped."""
        return self._stores.index.analyse(text)

    def passage_count(self) -> int:
        """The number of indexed passages; faster than `counts`."""
        return self._stores.index.count_texts()

    def document_frequency(self, words: Iterable[str]) -> dict[str, int]:
        """The number of passages with each word, by its rarest stem; a stop word counts as in all of them."""
        return self._stores.index.document_frequency(words)

    def signing_key(self) -> str:
        """The library's own key for signatures, which never leaves it."""
        return metadata.signing_key(self._stores.database)

    # Answers and sentence vectors

    def sentence_vectors(self, passage_ids: Iterable[str]) -> dict[str, Vectors]:
        """The stored sentence vectors of each passage that has any, float32 [sentences, dimension]."""
        from paperchat.storage import stored_vectors

        return stored_vectors.read_sentence_vectors(self._stores.database, passage_ids)

    def store_sentence_vectors(self, vectors: Mapping[str, npt.ArrayLike]) -> None:
        """Store sentence vectors as float16 [sentences, dimension]; they go when their passages are replaced."""
        from paperchat.storage import stored_vectors

        stored_vectors.store_sentence_vectors(self._stores.database, vectors)

    def store_answer(self, answer_id: str, body: str) -> None:
        """Store an answer's JSON, replacing one of the same id."""
        metadata.store_answer(self._stores.database, answer_id, body)

    def assign_answer(self, answer_id: str, owner: str) -> None:
        """Make a stored answer outside of conversations an owner's; by default it is the command line's, ""."""
        metadata.assign_answer(self._stores.database, answer_id, owner)

    def answer(self, answer_id: str, *, owner: str | None = None) -> str:
        """A stored answer's JSON; only where it is the ``owner``'s, if one is given.

        Raises:
            NotFoundError: no such answer of this id is stored.
        """
        body = metadata.read_answer(self._stores.database, answer_id, owner)
        if body is None:
            raise NotFoundError(f"no answer {answer_id!r} in the library at {self.home}: ask the question again")
        return body

    def _resolve(self, filters: Filters) -> ResolvedFilters | None:
        return resolve_filters(self._stores.database, filters) if filters else ResolvedFilters()

    def _check_index_exists(self, index: str, size: int) -> None:
        if not size and self._stores.catalogue.has_indexed_passages():
            raise StorageError(f"{index} of the library at {self.home} is missing: run `paperchat reindex`")
