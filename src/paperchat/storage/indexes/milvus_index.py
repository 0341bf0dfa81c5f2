"""The index in Milvus: vectors and words of a passage in one record of one collection.

Milvus filters and proposes passages, by its own BM25 function over their stems. What they score is computed from the
stems, with the statistics of the whole library, so that they score as they do in Tantivy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cached_property, partial
from secrets import token_hex
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from paperchat.errors import LibraryMismatchError
from paperchat.storage.catalogue import batches
from paperchat.storage.filters import ResolvedFilters
from paperchat.storage.index import AddNodes, Hits, IndexContents
from paperchat.storage.indexes.bm25 import bm25
from paperchat.storage.indexes.lexical_index import indexed_text, make_analyzer
from paperchat.storage.indexes.milvus_records import (
    BM25,
    CHECKSUM,
    PAPER_ID,
    PASSAGE_ID,
    VECTOR,
    WORDS,
    all_of,
    among,
    conditions_of,
    create_collection,
    dimension_of,
    encoded_stem,
    has_word,
    make_record,
)
from paperchat.storage.indexes.milvus_server import (
    CHECK_TIMEOUT,
    LONG_TIMEOUT,
    MOST_RESULTS,
    TIMEOUT,
    MilvusServer,
    MissingCollectionError,
    collection_of,
)
from paperchat.storage.indexes.milvus_statistics import MilvusStatistics
from paperchat.storage.name_normalization import paper_id_of

if TYPE_CHECKING:
    import numpy.typing as npt
    from llama_index.core.schema import TextNode

    from paperchat.storage.index import Vector
    from paperchat.storage.indexes.milvus_server import MilvusClient

T = TypeVar("T")

_Propose = Callable[["MilvusClient", str, str, int], Hits]

_ADD_BATCH = 500  # nodes
_LIST_BATCH = 5_000  # records
_MOST_VALUES = 1_000  # of a field, in one condition
_FIRST_FACTOR = 4  # candidates for each hit asked for, where papers are checked here
_PROPOSED = 2  # by words, for each hit asked for: Milvus orders them a little otherwise
_EF = 200  # how far the graph is searched, at least
_REBUILT = "_reindex"


class MilvusIndex:
    """One collection under an alias of the library's own; safe to share between threads and processes.

    An alias is what is searched, so that a collection that was built beside it takes its place at once.
    """

    def __init__(
        self, server: MilvusServer, *, find_alias: Callable[[], str], read_revision: Callable[[], str | None]
    ) -> None:
        """
        Args:
            find_alias: gives the alias.
            read_revision: gives what differs after every change of the index, or ``None``; what Milvus has counted is
                asked again then.
        """
        self._server = server
        self._find_alias = find_alias
        self._analyzer = make_analyzer()
        self._collection = ""
        self._dimensions: dict[str, int] = {}
        self._statistics = MilvusStatistics(self._read, read_revision)

    @property
    def name(self) -> str:
        """What it is and where, in words."""
        return f"Milvus at {self._server.place}"

    # Writing

    def write(self, *, delete_papers: Sequence[str], nodes: Sequence[TextNode]) -> None:
        """Delete the passages of these papers, then add ``nodes``, which carry their embeddings."""
        collection = self._in_force(afresh=True)
        if collection:
            for papers in batches(delete_papers, _MOST_VALUES):
                self._delete(collection, among(PAPER_ID, papers))
        elif nodes:
            collection = self._create(self._alias, nodes)
        self._add(collection, nodes)
        self._statistics.forget()

    def delete_passages(self, passage_ids: Iterable[str]) -> None:
        """Delete these passages; ids that are not in the index are ignored."""
        collection = self._in_force(afresh=True)
        if collection:
            for ids in batches(sorted(passage_ids), _MOST_VALUES):
                self._delete(collection, among(PASSAGE_ID, ids))
        self._statistics.forget()

    @contextmanager
    def rebuilding(self) -> Iterator[AddNodes]:
        """Build a collection beside the one in force, whose place it takes in `adopt_rebuilt`."""
        self.discard_rebuilt()
        built = ""

        def add(nodes: Sequence[TextNode]) -> None:
            nonlocal built
            if nodes and not built:
                built = self._create(self._alias + _REBUILT, nodes)
            self._add(built, nodes)

        yield add
        if built:
            self._server.call(lambda client: client.flush(built, timeout=LONG_TIMEOUT))

    def adopt_rebuilt(self) -> None:
        """Let the alias stand for the new collection, at once, and delete all others; nothing where that is done."""
        in_force, built = self._resolve(self._alias), self._resolve(self._alias + _REBUILT)
        if built:
            change = "alter_alias" if in_force else "create_alias"
            self._server.call(lambda client: getattr(client, change)(built, self._alias, timeout=TIMEOUT))
            self._server.call(lambda client: client.drop_alias(self._alias + _REBUILT, timeout=TIMEOUT))
        self._drop_others(built or in_force)

    def discard_rebuilt(self) -> None:
        """Delete the new collection, complete or not."""
        self._drop_alias(self._alias + _REBUILT)
        self._drop_others(self._resolve(self._alias))

    def clear(self) -> None:
        """Delete the collection."""
        for alias in (self._alias, self._alias + _REBUILT):
            self._drop_alias(alias)
        self._drop_others("")

    def close(self) -> None:
        """Close the connection; the next call opens it again."""
        self._server.close()

    # Searching

    def nearest(self, vector: npt.ArrayLike, k: int, filters: ResolvedFilters) -> Hits:
        """The ``k`` nearest passages that match the filters, or all if there are fewer: id and cosine, best first.

        At most 16,384, which is all that Milvus gives.
        """
        query = np.asarray(vector, dtype=np.float32)

        def propose(client: MilvusClient, collection: str, condition: str, limit: int) -> Hits:
            self._check_dimension(client, collection, len(query))
            found = client.search(
                collection,
                data=[query.tolist()],
                anns_field=VECTOR,
                limit=limit,
                filter=condition,
                search_params={"metric_type": "COSINE", "params": {"ef": max(_EF, limit)}},
                output_fields=[PASSAGE_ID],
                timeout=TIMEOUT,
            )
            return [(hit[PASSAGE_ID], float(hit["distance"])) for hit in found[0]]

        return self._search(propose, k, filters)

    def matching(self, text: str, k: int, filters: ResolvedFilters, *, every_word: bool = False) -> Hits:
        """At most ``k`` passages that share words with ``text`` and match the filters: id and BM25, best first."""
        stems = self._stems(text)
        if not stems:
            return []
        statistics = self._statistics.of(stems)
        having = [has_word(stem) for stem in dict.fromkeys(stems)] if every_word else []

        def propose(client: MilvusClient, collection: str, condition: str, limit: int) -> Hits:
            found = client.search(
                collection,
                data=[" ".join(stems)],
                anns_field=BM25,
                limit=min(_PROPOSED * limit, MOST_RESULTS),
                filter=" and ".join(filter(None, [*having, condition])),
                search_params={"metric_type": "BM25"},
                output_fields=[PASSAGE_ID, WORDS],
                timeout=TIMEOUT,
            )
            return [(hit[PASSAGE_ID], bm25(stems, hit["entity"][WORDS].split(), statistics)) for hit in found[0]]

        return self._search(propose, k, filters)

    def scores(self, text: str, passage_ids: Sequence[str]) -> dict[str, float]:
        """The score of each of these passages that shares a word with ``text``."""
        stems = self._stems(text)
        if not stems or not passage_ids:
            return {}
        statistics = self._statistics.of(stems)
        found = {row[PASSAGE_ID]: bm25(stems, row[WORDS].split(), statistics) for row in self._get(passage_ids, WORDS)}
        return {passage_id: score for passage_id, score in found.items() if score > 0}

    def vectors(self, passage_ids: Iterable[str]) -> dict[str, Vector]:
        """The float32 vector of each of these passages that is in the index."""
        rows = self._get(list(dict.fromkeys(passage_ids)), VECTOR)
        return {row[PASSAGE_ID]: np.asarray(row[VECTOR], dtype=np.float32) for row in rows}

    def analyse(self, text: str) -> list[str]:
        """The stems under which the text is found, those of Tantivy; stop words are dropped."""
        return list(self._analyzer.analyze(text))

    def _stems(self, text: str) -> list[str]:
        return [encoded_stem(stem) for stem in self.analyse(text)]

    def document_frequency(self, words: Iterable[str]) -> dict[str, int]:
        """The number of passages with each word, by its rarest stem; a stop word counts as in all of them."""
        stems = {word: self._stems(word) for word in words}
        frequency = self._statistics.frequency({stem for several in stems.values() for stem in several})
        return {
            word: min(frequency.get(stem, 0) for stem in several) if several else self.count_texts()
            for word, several in stems.items()
        }

    def count_texts(self) -> int:
        """The number of passages."""
        return self._statistics.passages()

    def count_vectors(self) -> int:
        """The number of passages."""
        return self.count_texts()

    def check(self) -> None:
        """Check that a passage can be read, if there is one; what has been counted stays remembered."""
        options = {"filter": "", "limit": 1, "output_fields": [PASSAGE_ID], "timeout": CHECK_TIMEOUT}
        self._read(partial(_queried, options))

    def contents(self) -> Sequence[IndexContents]:
        """The passages with the checksums of their texts."""

        def read(client: MilvusClient, collection: str) -> dict[str, int | None]:
            rows = client.query_iterator(
                collection, batch_size=_LIST_BATCH, output_fields=[PASSAGE_ID, CHECKSUM], timeout=LONG_TIMEOUT
            )
            found: dict[str, int | None] = {}
            with closing(rows):
                while batch := rows.next():
                    found |= {row[PASSAGE_ID]: int(row[CHECKSUM]) for row in batch}
            return found

        return (IndexContents(label="the index in Milvus", passages=self._read(read) or {}),)

    def has_intact_vectors(self) -> bool:
        """Whether the server answers."""
        self._in_force(afresh=True)
        return True

    # Collections

    @cached_property
    def _alias(self) -> str:
        return self._find_alias()

    def _in_force(self, *, afresh: bool = False) -> str:
        """The name of the collection that the alias stands for; empty where there is none."""
        if afresh or not self._collection:
            self._collection = self._resolve(self._alias)
        return self._collection

    def _resolve(self, alias: str) -> str:
        try:
            return self._server.call(lambda client: collection_of(client, alias))
        except MissingCollectionError:
            return ""

    def _create(self, alias: str, nodes: Sequence[TextNode]) -> str:
        name = f"{self._alias}_{token_hex(4)}"
        dimension = len(nodes[0].get_embedding())
        self._server.call(lambda client: create_collection(client, name, dimension))
        self._server.call(lambda client: client.create_alias(name, alias, timeout=TIMEOUT))
        return name

    def _drop_alias(self, alias: str) -> None:
        if self._resolve(alias):
            self._server.call(lambda client: client.drop_alias(alias, timeout=TIMEOUT))

    def collections(self) -> list[str]:
        """The library's own collections on the server: one, but while another one is built."""
        own = re.compile(rf"{re.escape(self._alias)}_[0-9a-f]{{8}}")
        names = self._server.call(lambda client: client.list_collections(timeout=TIMEOUT))
        return [name for name in names if own.fullmatch(name)]

    def _drop_others(self, but: str) -> None:
        """Delete all of the library's collections but one, also those that a process which died has left."""
        for name in self.collections():
            if name != but:
                self._server.call(partial(_drop_collection, name))
        self._collection = but
        self._statistics.forget()
        self._dimensions.clear()

    def _check_dimension(self, client: MilvusClient, collection: str, dimension: int) -> None:
        """
        Raises:
            LibraryMismatchError: the vectors of the collection have another size.
        """
        if collection not in self._dimensions:
            self._dimensions[collection] = dimension_of(client, collection)
        if self._dimensions[collection] != dimension:
            raise LibraryMismatchError(
                f"{self.name} has vectors of {self._dimensions[collection]} numbers, the embedder makes some of "
                f"{dimension}: run `paperchat reindex`"
            )

    # Requests

    def _add(self, collection: str, nodes: Sequence[TextNode]) -> None:
        for batch in batches(nodes, _ADD_BATCH):
            records = [make_record(node, self._stems(indexed_text(node))) for node in batch]

            self._server.call_on(collection, partial(self._upsert, records))

    def _upsert(self, records: list[dict[str, Any]], client: MilvusClient, collection: str) -> None:
        self._check_dimension(client, collection, len(records[0][VECTOR]))
        client.upsert(collection, records, timeout=LONG_TIMEOUT)

    def _delete(self, collection: str, condition: str) -> None:
        self._server.call_on(
            collection, lambda client, name: client.delete(name, filter=condition, timeout=LONG_TIMEOUT)
        )

    def _read(self, job: Callable[[MilvusClient, str], T]) -> T | None:
        """What the job reads from the collection in force; ``None`` where there is none."""
        for afresh in (False, True):
            collection = self._in_force(afresh=afresh)
            if not collection:
                return None
            try:
                return self._server.call_on(collection, job)
            except MissingCollectionError:  # another process has put a new one in its place
                if afresh:
                    raise
        return None

    def _get(self, passage_ids: Sequence[str], field: str) -> Iterator[Mapping[str, Any]]:
        """The records of these passages, with their ids and this field."""
        for ids in batches(passage_ids, _MOST_VALUES):
            options = {"filter": among(PASSAGE_ID, ids), "output_fields": [PASSAGE_ID, field], "timeout": TIMEOUT}
            yield from self._read(partial(_queried, options)) or []

    def _search(self, propose: _Propose, k: int, filters: ResolvedFilters) -> Hits:
        """The best ``k`` of the proposed passages that match the filters.

        Of many papers, first the best of all passages are checked for being of one of them, and where that leaves too
        few, the papers are asked for in portions: Milvus reads a condition with so many values slowly, or not at all.
        """
        if k < 1:
            return []

        def run(condition: str, limit: int) -> Hits:
            return self._read(partial(_proposed, propose, condition, min(limit, MOST_RESULTS))) or []

        others, papers = conditions_of(filters), filters.papers
        if papers is None:
            return _best(run(all_of(others), k), k)
        if len(papers) > _MOST_VALUES:
            candidates = k * _FIRST_FACTOR
            while candidates <= MOST_RESULTS:
                found = run(all_of(others), candidates)
                hits = [hit for hit in found if paper_id_of(hit[0]) in papers]
                if len(hits) >= k or len(found) < candidates:
                    return _best(hits, k)
                candidates *= _FIRST_FACTOR
        portions = batches(sorted(papers), _MOST_VALUES)
        return _best([hit for some in portions for hit in run(all_of([*others, among(PAPER_ID, some)]), k)], k)


def _proposed(propose: _Propose, condition: str, limit: int, client: MilvusClient, collection: str) -> Hits:
    return propose(client, collection, condition, limit)


def _queried(options: Mapping[str, Any], client: MilvusClient, collection: str) -> list[Mapping[str, Any]]:
    return list(client.query(collection, **options))


def _drop_collection(name: str, client: MilvusClient) -> None:
    client.drop_collection(name, timeout=TIMEOUT)


def _best(hits: Hits, k: int) -> Hits:
    return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:k]
