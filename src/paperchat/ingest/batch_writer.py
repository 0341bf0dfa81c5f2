"""Writes a batch of incoming papers to the library: metadata, passages, full texts and earlier versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from paperchat.ingest.chunking import abstract_passages, full_text_passages, passages_of, unindexed_text
from paperchat.ingest.items import PdfResult
from paperchat.ingest.prepared_passages import PreparedPassages
from paperchat.ingest.seen_files import PARSER_VERSION, location_of
from paperchat.storage.deduplication import ChangeKind, PaperChange, merge_papers
from paperchat.storage.full_texts import StoredFullText
from paperchat.storage.indexer import PaperRecord
from paperchat.storage.library import Library
from paperchat.storage.name_normalization import title_key
from paperchat.storage.versions import EarlierVersion
from paperchat.text.cleaning import printable
from paperchat.text.describe import injections_in
from paperchat.text.prompt_injection import find_injections, first_of_each_kind
from paperchat.types import FullText, InjectionFlag, Paper, StoredPaper

_SHINGLE_WORDS = 5
_SAME_PAPER_OVERLAP = 0.2  # of the shorter text's shingles; two printings share most, two papers next to none
_COMPARED_CHARACTERS = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingPaper:
    """A paper to write, with the full text of its PDF if one was parsed."""

    paper: Paper
    full_text: StoredFullText | None = None

    @classmethod
    def of(cls, outcome: Paper | PdfResult) -> IncomingPaper:
        """Make one of an outcome; for a PDF, the metadata of its source takes precedence over what its text gives."""
        if isinstance(outcome, Paper):
            return cls(paper=outcome)
        file, parsed = outcome.file, outcome.parsed.paper
        paper = merge_papers(file.metadata, parsed) if file.metadata else parsed
        if not (paper.title or paper.arxiv_id or paper.doi):
            # Otherwise all papers without a title would be merged into one.
            paper = replace(paper, title=printable(file.path.stem), key=pdf_key(outcome.parsed.full_text))
        full_text = StoredFullText(
            full_text=outcome.parsed.full_text,
            version=parsed.version or paper.version,
            parser_version=PARSER_VERSION,
            source=file.origin or location_of(file.path),
        )
        return cls(paper=paper, full_text=full_text)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteResult:
    """What writing an incoming paper did; ``is_redundant`` if the library uses another PDF of the paper.

    ``injections`` are suspected prompt injections in its title, abstract and PDF; none if nothing was written.
    """

    kind: ChangeKind
    stored: StoredPaper
    is_redundant: bool = False
    injections: Sequence[InjectionFlag] = ()


def write_batch(
    library: Library, incoming: Sequence[IncomingPaper], prepared: PreparedPassages | None = None
) -> list[WriteResult]:
    """Write the papers in one session; returns a result for each, in order.

    What is not ``prepared`` of their passages and vectors is made here.
    """
    if not incoming:
        return []
    with library.write_session():
        incoming = with_distinct_keys(library, incoming)
        changes = library.plan_changes([one.paper for one in incoming])
        current, superseded = _select_full_texts(library, incoming, changes)
        new_versions = _new_versions(library, changes)
        reindexed = [change.stored for change in changes if change.reindex]
        ids = (stored.paper_id for stored in reindexed)
        chunk_abstracts = prepared.abstract_passages if prepared else abstract_passages
        abstracts = dict(zip(ids, chunk_abstracts(reindexed), strict=True))
        records = []
        for number, change in enumerate(changes):
            paper_id = change.stored.paper_id
            passages = abstracts[paper_id] if change.reindex else []
            full_text = current.get(number)
            if full_text:
                chunk_full_text = prepared.full_text_passages if prepared else full_text_passages
                passages = passages + chunk_full_text(change.stored, full_text.full_text)
            earlier = [
                _earlier_version(StoredPaper(paper_id=paper_id, paper=paper), superseded.get((paper_id, paper.version)))
                for paper in change.earlier
                if (paper_id, paper.version) in new_versions or (paper_id, paper.version) in superseded
            ]
            records.append(PaperRecord(change, passages, full_text, earlier))
        changed = [one for one in records if one.change.kind != "unchanged" or one.full_text or one.earlier]
        if changed:
            library.write_papers(changed, prepared.vector if prepared else None)
    used = {one.full_text.sha256 for one in (*current.values(), *superseded.values())}
    results = []
    for one, record in zip(incoming, records, strict=True):
        pdf = one.full_text.full_text if one.full_text else None
        is_redundant = pdf is not None and pdf.sha256 not in used
        kind = _effective_kind(record)
        results.append(
            WriteResult(
                kind=kind,
                stored=record.change.stored,
                is_redundant=is_redundant,
                injections=[] if kind == "unchanged" else _injections(library, record, None if is_redundant else pdf),
            )
        )
    return results


def _injections(library: Library, record: PaperRecord, pdf: FullText | None) -> list[InjectionFlag]:
    """Suspected prompt injections in the title and abstract, and in the PDF, including text that is in no passage."""
    stored = record.change.stored
    passages = list(record.passages)
    if not record.change.reindex:
        passages += [passage for passage in library.passages_of(stored.paper_id) if passage.basis == "abstract"]
    for earlier in record.earlier:
        passages += [passage for passage in earlier.passages if passage.basis == "full_text"]
    unindexed = find_injections(unindexed_text(stored, pdf)) if pdf else []
    return first_of_each_kind([*injections_in(stored, passages), *unindexed])


def with_distinct_keys(library: Library, incoming: Sequence[IncomingPaper]) -> list[IncomingPaper]:
    """Give a key to each PDF that would be merged with a different paper of the same title.

    Call it in a write session.
    """
    texts_by_title: dict[str, list[StoredFullText]] = {}
    result = []
    for one in incoming:
        full_text = one.full_text
        if full_text and not (one.paper.key or one.paper.arxiv_id or one.paper.doi):
            namesakes = texts_by_title.setdefault(title_key(one.paper.title), [])
            others = [*namesakes, *_stored_full_text(library, one)]
            if others and not any(_is_same_paper(full_text, other) for other in others):
                one = replace(one, paper=replace(one.paper, key=pdf_key(full_text.full_text)))
            else:
                namesakes.append(full_text)
        result.append(one)
    return result


def _stored_full_text(library: Library, one: IncomingPaper) -> list[StoredFullText]:
    """The full text of the stored paper that this one would be merged with, if there is one."""
    (change,) = library.plan_changes([one.paper])
    stored = library.full_texts.get(change.stored.paper_id) if change.kind != "added" else None
    return [stored] if stored else []


def _is_same_paper(one: StoredFullText, other: StoredFullText) -> bool:
    if one.source == other.source:
        return True
    ours, theirs = _shingles(one.full_text), _shingles(other.full_text)
    return len(ours & theirs) >= _SAME_PAPER_OVERLAP * min(len(ours), len(theirs))


def _shingles(full_text: FullText) -> set[tuple[str, ...]]:
    words = full_text.text[:_COMPARED_CHARACTERS].split()
    return {tuple(words[at : at + _SHINGLE_WORDS]) for at in range(len(words) - _SHINGLE_WORDS + 1)}


def pdf_key(full_text: FullText) -> str:
    """The key of a PDF that only its content identifies."""
    return f"pdf-{full_text.sha256[:16]}"


def _select_full_texts(
    library: Library, incoming: Sequence[IncomingPaper], changes: Sequence[PaperChange]
) -> tuple[dict[int, StoredFullText], dict[tuple[str, int], StoredFullText]]:
    """The full texts to index, by index in ``incoming``, and those of superseded versions, by paper id and version.

    Of several PDFs of a paper the first is used, until that file changes or one of a newer version arrives.
    """
    present = library.full_texts.origins(change.stored.paper_id for change in changes)
    for old_id, origin in library.full_texts.origins(one for change in changes for one in change.old_ids).items():
        present.setdefault(next(change.stored.paper_id for change in changes if old_id in change.old_ids), origin)
    current: dict[str, tuple[int, StoredFullText]] = {}
    superseded: dict[tuple[str, int], StoredFullText] = {}
    for number, (one, change) in enumerate(zip(incoming, changes, strict=True)):
        full_text, stored = one.full_text, change.stored
        if full_text is None:
            continue
        if 0 < full_text.version < stored.paper.version:
            superseded.setdefault((stored.paper_id, full_text.version), full_text)
            continue
        version, source = present.get(stored.paper_id, (0, full_text.source))
        if full_text.version > version or full_text.source == source:
            current[stored.paper_id] = (number, full_text)
            present[stored.paper_id] = (full_text.version, full_text.source)
    return dict(current.values()), superseded


def _new_versions(library: Library, changes: Sequence[PaperChange]) -> set[tuple[str, int]]:
    """The earlier versions that the library does not have yet, as pairs of paper id and version."""
    named = {(change.stored.paper_id, paper.version) for change in changes for paper in change.earlier}
    return named - library.versions.existing(named)


def _earlier_version(stored: StoredPaper, full_text: StoredFullText | None) -> EarlierVersion:
    passages = passages_of(stored, full_text.full_text if full_text else None)
    return EarlierVersion(paper=stored.paper, passages=tuple(passages))


def _effective_kind(record: PaperRecord) -> ChangeKind:
    if record.change.kind == "unchanged" and (record.full_text or record.earlier):
        return "updated"
    return record.change.kind
