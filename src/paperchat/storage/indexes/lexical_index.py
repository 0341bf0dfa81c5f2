"""The lexical index: BM25 search over passages in Tantivy."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tantivy import (
    Document,
    FieldType,
    Filter,
    Index,
    IndexWriter,
    Occur,
    Query,
    Schema,
    SchemaBuilder,
    Searcher,
    TextAnalyzer,
    TextAnalyzerBuilder,
    Tokenizer,
)

from paperchat.storage.filters import ResolvedFilters
from paperchat.storage.indexes.tantivy_access import WRITER_BYTES, committed, translated_errors
from paperchat.storage.name_normalization import CATEGORY_PREFIX

if TYPE_CHECKING:
    from llama_index.core.schema import TextNode

_ANALYZER = "english"
_MAX_TOKEN_BYTES = 64  # longer tokens are not words


class LexicalIndex:
    """Keyword search over passages; safe to share between threads. Writes are visible to the next search.

    A passage is indexed as one field of title, heading (in a full text) and text: on SciFact that ranks better
    (nDCG@10 .696) than two fields (.672). Scores are BM25 with Tantivy's k1 1.2 and b 0.75 and the statistics of the
    whole library.

    Every method raises StorageError when the folder cannot be read or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        self._analyzer = make_analyzer()
        self._schema = _schema()
        self._index: Index | None = None

    def write(
        self,
        *,
        delete_papers: Iterable[str] = (),
        delete_passages: Iterable[str] = (),
        nodes: Sequence[TextNode] = (),
    ) -> None:
        """Delete these papers and passages by id, then add ``nodes``, in one commit.

        The caller holds the library's write lock; the index's own is held during this call only.
        """
        with self._translate_errors():
            self._folder.mkdir(parents=True, exist_ok=True)
            index = self._opened() or self._open()
            with committed(index.writer(WRITER_BYTES, 1)) as writer:
                for paper_id in delete_papers:
                    writer.delete_documents_by_term("paper_id", paper_id)
                for passage_id in delete_passages:
                    writer.delete_documents_by_term("passage_id", passage_id)
                for node in nodes:
                    writer.add_document(_document(node))

    @contextmanager
    def rebuilding(self) -> Iterator[Callable[[Sequence[TextNode]], None]]:
        """Replace all passages in one commit: yields what adds nodes; until the end, searches find the old passages.

        An exception leaves the old ones in force, and so does the death of the process. Of a damaged index nothing is
        left to search meanwhile. The caller holds the library's write lock.
        """
        with self._translate_errors():
            writer = self._writable().writer(WRITER_BYTES, 1)
        try:
            writer.delete_all_documents()
            yield lambda nodes: self._add(writer, nodes)
            with self._translate_errors():
                writer.commit()
        except BaseException:
            with suppress(ValueError):  # what is rolled back already has an error of its own
                writer.rollback()
            raise
        finally:
            with suppress(ValueError):
                writer.wait_merging_threads()

    def search(
        self, text: str, k: int, filters: ResolvedFilters, *, every_word: bool = False
    ) -> list[tuple[str, float]]:
        """At most ``k`` pairs of passage id and score, best first; ``text`` is plain text, not a query language.

        With ``every_word``, only passages that have all its words but the stop words.
        """
        return self._search(text, k, self._conditions(filters), Occur.Must if every_word else Occur.Should)

    def scores(self, text: str, passage_ids: Sequence[str]) -> dict[str, float]:
        """The score of each of these passages that shares a word with ``text``, as in `search`."""
        among = Query.term_set_query(self._schema, "passage_id", list(passage_ids))
        return dict(self._search(text, len(passage_ids), [_unscored(among)]))

    def _search(
        self, text: str, k: int, conditions: Iterable[tuple[Occur, Query]], each_word: Occur = Occur.Should
    ) -> list[tuple[str, float]]:
        terms = Counter(self.analyse(text))
        with self._translate_errors():
            searcher = self._searcher()
            if searcher is None or k < 1 or not terms or not searcher.num_docs:
                return []
            words = [(each_word, self._word(term, times)) for term, times in terms.items()]
            query = Query.boolean_query([(Occur.Must, Query.boolean_query(words)), *conditions])
            hits = searcher.search(query, min(k, searcher.num_docs), count=False).hits
            return [(searcher.doc(address)["passage_id"][0], float(score)) for score, address in hits]

    def analyse(self, text: str) -> list[str]:
        """The stems under which the text is found; stop words are dropped."""
        return list(self._analyzer.analyze(text))

    def document_frequency(self, words: Iterable[str]) -> dict[str, int]:
        """The number of passages with each word, by its rarest stem; a stop word counts as in all of them."""
        with self._translate_errors():
            searcher = self._searcher()
            if searcher is None:
                return dict.fromkeys(words, 0)
            return {
                word: min(
                    (searcher.doc_freq("body", stem) for stem in self.analyse(word)),
                    default=searcher.num_docs,
                )
                for word in words
            }

    def ids(self) -> set[str]:
        """The ids of all passages in the index."""
        with self._translate_errors():
            searcher = self._searcher()
            if searcher is None or not searcher.num_docs:
                return set()
            hits = searcher.search(Query.all_query(), searcher.num_docs, count=False).hits
            return {searcher.doc(address)["passage_id"][0] for _, address in hits}

    def count(self) -> int:
        """The number of passages in the index."""
        with self._translate_errors():
            searcher = self._searcher()
            return searcher.num_docs if searcher else 0

    def clear(self) -> None:
        """Delete the index and its folder, whatever its state."""
        with self._translate_errors():
            self.close()
            if self._folder.exists():
                shutil.rmtree(self._folder)

    def close(self) -> None:
        """Close the index; the next call opens it again."""
        with self._guard:
            self._index = None

    def _writable(self) -> Index:
        """The index, opened; a new one in place of a damaged one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            return self._opened() or self._open()
        except ValueError:
            self.clear()
            self._folder.mkdir(parents=True)
            return self._open()

    def _add(self, writer: IndexWriter, nodes: Sequence[TextNode]) -> None:
        with self._translate_errors():
            for node in nodes:
                writer.add_document(_document(node))

    def _searcher(self) -> Searcher | None:
        index = self._opened()
        return index.searcher() if index else None

    def _opened(self) -> Index | None:
        """The index in its present state on disk; ``None`` when there is none."""
        with self._guard:
            if not (self._folder / "meta.json").exists():
                self._index = None
                return None
            if self._index is not None:
                self._index.reload()
                return self._index
        return self._open()

    def _open(self) -> Index:
        with self._guard:
            index = Index(self._schema, path=str(self._folder))
            index.register_tokenizer(_ANALYZER, self._analyzer)
            index.config_reader("manual")
            self._index = index
            return index

    def _word(self, term: str, times: int) -> Query:
        query = Query.term_query(self._schema, "body", term, "freq")
        return query if times == 1 else Query.boost_query(query, float(times))

    def _conditions(self, filters: ResolvedFilters) -> Iterator[tuple[Occur, Query]]:
        """Conditions that a passage must meet and that do not add to its score."""
        conditions = []
        if filters.days:
            first, last = filters.days
            conditions.append(Query.range_query(self._schema, "day", FieldType.Unsigned, first, last))
        for field, values in (
            ("basis", [filters.basis] if filters.basis else None),
            ("category", filters.categories),
            ("paper_id", filters.papers),
        ):
            if values is not None:
                conditions.append(Query.term_set_query(self._schema, field, list(values)))
        return map(_unscored, conditions)

    def _translate_errors(self) -> AbstractContextManager[None]:
        return translated_errors("the lexical index", self._folder)


def indexed_text(node: TextNode) -> str:
    """What a passage is found by: its paper's title, its heading in a full text, and its text."""
    heading = f"{node.metadata['section']}\n" if node.metadata["basis"] == "full_text" else ""
    return f"{node.metadata['title']}\n{heading}{node.text}"


def _unscored(condition: Query) -> tuple[Occur, Query]:
    return Occur.Must, Query.const_score_query(condition, 0.0)


def make_analyzer() -> TextAnalyzer:
    """What makes stems of a text."""
    return (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(_MAX_TOKEN_BYTES))
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
        .filter(Filter.stopword("english"))
        .filter(Filter.stemmer("english"))
        .build()
    )


def _schema() -> Schema:
    builder = SchemaBuilder()
    builder.add_text_field("passage_id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("body", tokenizer_name=_ANALYZER, index_option="freq")
    for name in ("paper_id", "basis", "category"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("day", indexed=True, fast=True)
    return builder.build()


def _document(node: TextNode) -> Document:
    document = Document()
    document.add_text("passage_id", node.node_id)
    document.add_text("paper_id", node.metadata["paper_id"])
    document.add_text("body", indexed_text(node))
    document.add_text("basis", node.metadata["basis"])
    document.add_unsigned("day", node.metadata["day"])
    for name in node.metadata:
        if name.startswith(CATEGORY_PREFIX):
            document.add_text("category", name.removeprefix(CATEGORY_PREFIX))
    return document
