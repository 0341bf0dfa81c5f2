"""BibTeX and BibLaTeX files: http://www.bibtex.org/Format; fields are those of the biblatex manual, section 2.2."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TextIO

from paperchat.ingest.items import Item
from paperchat.ingest.sources import fields
from paperchat.ingest.sources.attached_files import attached_files
from paperchat.ingest.sources.base import Attached, failure
from paperchat.ingest.sources.bibliography import arxiv_mention, begins_plainly, dated, when
from paperchat.ingest.sources.bibtex_blocks import BibtexEntry, BrokenEntry, bibtex_entries, first_name_first
from paperchat.ingest.sources.latex import readable, verbatim
from paperchat.ingest.sources.text_files import expect_old_encoding
from paperchat.ingest.withdrawal import is_withdrawn
from paperchat.types import Paper

_FIRST = re.compile(
    r"^[ \t]*@(?:[a-z]+\s*[{(][^\n,{}()=\"]*,\s*(?:[\w-]+\s*=|[})])|(?:comment|string|preamble)\s*[{(])",
    re.IGNORECASE | re.MULTILINE,
)
_NO_PAPERS = ("xdata", "set", "control", "ieeetranbstctl")
_DATES = ("date", "year", "month", "day")
_REFERRING = ("crossref", "xdata")
_MENTIONING = ("journal", "journaltitle", "number", "eid", "pages", "volume", "howpublished", "note", "publisher")
_LINKS = ("url", "ee", "howpublished", "note")


class Bibtex:
    name = "BibTeX"

    def recognises(self, head: str) -> bool:
        found = _FIRST.search(head)
        return found is not None and begins_plainly(head[: found.start()])

    def papers(self, stream: TextIO, where: str) -> Iterator[Item | Attached]:
        """As in every source; entries that refer to one further down come last."""
        expect_old_encoding(stream)
        known: dict[str, Mapping[str, str]] = {}
        waiting: list[BibtexEntry] = []
        empty = True
        for entry in bibtex_entries(stream):
            empty = False
            if isinstance(entry, BrokenEntry):
                yield failure(f"{where} line {entry.line}{entry.key and f' ({entry.key})'}", entry.reason)
                continue
            passed_on = entry.fields if entry.kind == "xdata" else {name: entry.fields.get(name, "") for name in _DATES}
            known.setdefault(entry.key.lower(), passed_on)
            if entry.kind in _NO_PAPERS:
                continue
            if all(key in known for key in _referred(entry)):
                yield _read(_filled(entry, known), where)
            else:
                waiting.append(entry)
        yield from (_read(_filled(entry, known), where) for entry in waiting)
        if empty:
            yield failure(where, "holds no entries")


def _referred(entry: BibtexEntry) -> list[str]:
    return [key.strip().lower() for name in _REFERRING for key in entry.fields.get(name, "").split(",") if key.strip()]


def _filled(entry: BibtexEntry, known: Mapping[str, Mapping[str, str]]) -> BibtexEntry:
    """The entry with what it lacks of those that it refers to: of a collection only the date is a paper's, too."""
    inherited: dict[str, str] = {}
    for key in _referred(entry):
        inherited = {**known.get(key, {}), **inherited}
    if any(entry.fields.get(name) for name in ("date", "year")):
        inherited = {name: value for name, value in inherited.items() if name not in _DATES}
    return replace(entry, fields={**inherited, **entry.fields})


def _read(entry: BibtexEntry, where: str) -> Item | Attached:
    given = entry.fields
    where = f"{where} entry {entry.key}" if entry.key else f"{where} line {entry.line}"
    title = _title(given)
    if not title:
        return failure(where, "the entry has no title")
    paper = _paper(given, title)
    files = attached_files(given.get("file", ""))
    on_the_web = next((link for name in (given.get("pdf", ""), *files) if (link := fields.link(verbatim(name)))), "")
    if on_the_web and not paper.pdf_url:
        paper = replace(paper, pdf_url=on_the_web)
    on_disk = tuple(name for name in files if not fields.link(name))
    return Attached(paper=paper, files=on_disk, where=where) if on_disk else paper


def _paper(given: Mapping[str, str], title: str) -> Paper:
    note = readable(given.get("note", ""))
    links = [verbatim(given.get(name, "")) for name in _LINKS]
    link = next(filter(None, map(fields.link, links)), "")
    mentioned, category = arxiv_mention(readable(given[name]) for name in _MENTIONING if name in given)
    arxiv_id, version = fields.arxiv_id(*_eprints(given), verbatim(given.get("doi", "")), *links, mentioned)
    url, pdf_url = fields.arxiv_links(arxiv_id, version)
    abstract = readable(given.get("abstract", ""))
    return Paper(
        title=title,
        abstract=abstract,
        authors=fields.texts([readable(name) for name in first_name_first(_people(given))]),
        arxiv_id=arxiv_id,
        version=version,
        doi=next(filter(None, map(fields.doi, (verbatim(given.get("doi", "")), *links))), ""),
        date=when(readable(given.get("date", "")))
        or dated(*(readable(given.get(name, "")) for name in ("year", "month", "day"))),
        categories=fields.arxiv_categories([given.get("primaryclass", "") or given.get("eprintclass", ""), category]),
        url=url or link,
        pdf_url=pdf_url or (link if link.lower().endswith(".pdf") else ""),
        comment="" if arxiv_mention([note])[0] or fields.link(verbatim(given.get("note", ""))) else note,
        withdrawn=is_withdrawn(title=title, comment=note, abstract=abstract),
    )


def _title(given: Mapping[str, str]) -> str:
    title, subtitle = (readable(given.get(name, "")) for name in ("title", "subtitle"))
    return f"{title.rstrip(':')}: {subtitle}" if title and subtitle else title


def _people(given: Mapping[str, str]) -> str:
    return given.get("author", "") or given.get("editor", "")


def _eprints(given: Mapping[str, str]) -> list[str]:
    """What an entry gives as an arXiv id, unless it says that it is another archive's."""
    archive = verbatim(given.get("archiveprefix", "") or given.get("eprinttype", "")).lower()
    eprint = [verbatim(given.get("eprint", ""))] if archive in ("", "arxiv") else []
    return [*eprint, *(verbatim(given.get(name, "")) for name in ("arxivid", "arxiv"))]
