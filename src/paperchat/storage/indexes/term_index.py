"""An index of papers by exact terms: finds those that have a term, one near it, or most of several."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tantivy import Document, FieldType, Index, Occur, Order, Query, Schema, SchemaBuilder, Searcher

from paperchat.storage.indexes.tantivy_access import WRITER_BYTES, committed, translated_errors

_LONGEST_NEAR = 64
"""In letters; what finds terms near another grows with its length."""
_ID, _DAY, _STATE = "paper_id", "day", "state"
_OF_STATE = "."
"""In place of the paper's id, in the document that says what the index was made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperTerms:
    """A paper's terms by their field, and its day as YYYYMMDD, 0 where it is not known."""

    paper_id: str
    day: int
    terms: Mapping[str, Iterable[str]]


class TermIndex:
    """Papers by their terms, in a folder, or in memory for none; safe to share between threads.

    The folder is made by the first `update`. Reads see the state of the last `refresh`, or `update`. One process
    updates at a time, which the caller sees to.

    Every method raises StorageError when the folder cannot be read or written.
    """

    def __init__(self, folder: Path | None, fields: Sequence[str]) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        self._schema = _schema(fields)
        self._index: Index | None = None if folder else Index(self._schema)
        self._current: Searcher | None = None

    def refresh(self) -> None:
        """See what another process has written."""
        with self._guard, self._translate_errors():
            if self._folder and not (self._folder / "meta.json").exists():
                self._index = None  # reads go on with what was there
                return
            index = self._opened()
            index.reload()
            self._current = index.searcher()

    def update(
        self, *, state: Mapping[str, Any], delete: Iterable[str] = (), add: Iterable[PaperTerms], anew: bool = False
    ) -> None:
        """Delete these papers, add and replace others, and note the state, in one commit; ``anew``, begin with none."""
        with self._translate_errors():
            if self._folder:
                self._folder.mkdir(parents=True, exist_ok=True)
            with self._guard:
                opened = self._opened().writer(WRITER_BYTES, 1)
            with committed(opened) as writer:
                if anew:
                    writer.delete_all_documents()
                for paper_id in (_OF_STATE, *delete):
                    writer.delete_documents_by_term(_ID, paper_id)
                for paper in add:
                    if not anew:
                        writer.delete_documents_by_term(_ID, paper.paper_id)
                    writer.add_document(_document(paper))
                writer.add_document(_state_document(state))
        self.refresh()

    def state(self) -> dict[str, Any]:
        """What the last `update` noted; empty before the first."""
        with self._translate_errors():
            if self._index is None or self._current is None:
                return {}
            hits = self._current.search(Query.term_query(self._schema, _ID, _OF_STATE), 1, count=False).hits
            noted = [self._current.doc(address)[_STATE][0] for _, address in hits]
            return json.loads(noted[0]) if noted else {}

    def clear(self) -> None:
        """Delete the index, whatever its state; reads go on with what was there until the next `update`."""
        with self._guard, self._translate_errors():
            self._index = None if self._folder else Index(self._schema)
            if self._folder and self._folder.exists():
                for entry in self._folder.iterdir():  # the folder itself may be a link
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    # Reading

    def paper_ids(self) -> frozenset[str]:
        """The ids of all papers."""
        return frozenset(self._ids(Query.all_query(), self._size())) - {_OF_STATE}

    def paper_count(self) -> int:
        """How many papers there are."""
        return max(self._size() - 1, 0)

    def count(self, field: str, term: str) -> int:
        """How many papers have the term."""
        with self._translate_errors():
            searcher = self._current
            if searcher is None or not searcher.doc_freq(field, term):  # which counts deleted papers, too
                return 0
            result = searcher.search(Query.term_query(self._schema, field, term), 1)
            return int(result.count)  # type: ignore[attr-defined]  # the stubs lack it

    def having_any(self, field: str, terms: Iterable[str], limit: int) -> list[str]:
        """At most ``limit`` papers that have one of the terms."""
        with self._translate_errors():
            searcher = self._current
            known = [term for term in terms if searcher and searcher.doc_freq(field, term)]
        return self._ids(Query.term_set_query(self._schema, field, known), limit) if known else []

    def having_all(self, field: str, terms: Iterable[str], limit: int) -> list[str]:
        """At most ``limit`` papers that have each of the terms."""
        wanted = [(Occur.Must, Query.term_query(self._schema, field, term)) for term in terms]
        return self._ids(Query.boolean_query(wanted), limit) if wanted else []

    def having_each(self, conditions: Sequence[Mapping[str, Sequence[str]]]) -> list[str]:
        """The papers that fulfil each condition: they have one of its terms, which are given by their field."""
        each = [
            Query.boolean_query(
                [(Occur.Should, Query.term_set_query(self._schema, field, list(terms))) for field, terms in one.items()]
            )
            for one in conditions
        ]
        return self._ids(Query.boolean_query([(Occur.Must, one) for one in each]), self._size()) if each else []

    def having_most(self, field: str, terms: Iterable[str], limit: int) -> list[str]:
        """The ``limit`` papers that have most of the terms, those with more of them first."""
        each = [Query.const_score_query(Query.term_query(self._schema, field, term), 1.0) for term in terms]
        return self._ids(Query.boolean_query([(Occur.Should, one) for one in each]), limit) if each else []

    def near(self, field: str, term: str, edits: int, limit: int) -> list[str]:
        """At most ``limit`` papers with a term at most ``edits`` edits, 1 or 2, from this one; none for a long text."""
        if len(term) > _LONGEST_NEAR:
            return []
        return self._ids(Query.fuzzy_term_query(self._schema, field, term, edits, True), limit)

    def terms(self, field: str, prefix: str = "") -> list[tuple[str, int]]:
        """The terms that begin so, in order, each with the number of papers that have it."""
        with self._translate_errors():
            if self._current is None:
                return []
            return self._current.terms_with_prefix(field, prefix, Query.all_query())

    def beginning_with(self, field: str, prefix: str) -> list[str]:
        """The terms that begin so, some of which may be of papers that were deleted; faster than `terms`."""
        with self._translate_errors():
            return [term for term, _ in self._current.terms_with_prefix(field, prefix)] if self._current else []

    def days(self) -> tuple[int, int]:
        """The first and the last day of papers, 0 where none is known."""
        with self._translate_errors():
            if self._current is None:
                return 0, 0
            known = Query.range_query(self._schema, _DAY, FieldType.Unsigned, 1, 99_99_99_99)
            first, last = (
                self._current.search(known, 1, order_by_field=_DAY, order=order).hits
                for order in (Order.Asc, Order.Desc)
            )
            return (int(first[0][0]), int(last[0][0])) if first and last else (0, 0)

    def _ids(self, query: Query, limit: int) -> list[str]:
        with self._translate_errors():
            searcher = self._current
            if searcher is None or limit < 1:
                return []
            hits = searcher.search(query, min(limit, max(searcher.num_docs, 1)), count=False).hits
            return [searcher.doc(address)[_ID][0] for _, address in hits]

    def _size(self) -> int:
        return self._current.num_docs if self._current else 0

    def _opened(self) -> Index:
        if self._index is None:
            self._index = Index(self._schema, path=str(self._folder))
            self._index.config_reader("manual")
        return self._index

    def _translate_errors(self) -> AbstractContextManager[None]:
        return translated_errors("the index of names", self._folder or "memory")


def _schema(fields: Sequence[str]) -> Schema:
    builder = SchemaBuilder()
    builder.add_text_field(_ID, stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(_STATE, stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field(_DAY, indexed=True, fast=True)
    for field in fields:
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _document(paper: PaperTerms) -> Document:
    document = Document()
    document.add_text(_ID, paper.paper_id)
    document.add_unsigned(_DAY, paper.day)
    for field, terms in paper.terms.items():
        for term in terms:
            document.add_text(field, term)
    return document


def _state_document(state: Mapping[str, Any]) -> Document:
    document = Document()
    document.add_text(_ID, _OF_STATE)
    document.add_text(_STATE, json.dumps(state))
    document.add_unsigned(_DAY, 0)
    return document
