"""Reads BibTeX and BibLaTeX files: http://www.bibtex.org/Format, fields of the biblatex manual, section 2.2."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TextIO

from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares.names import parse_single_name_into_parts, split_multiple_persons_names
from bibtexparser.model import Block, Entry, ParsingFailedBlock, String

from paperchat.ingest.items import Item
from paperchat.ingest.sources import record_fields
from paperchat.ingest.sources.base import PaperWithAttachments, failure
from paperchat.ingest.sources.bibliography import date_from_parts, find_arxiv_mention, is_plain_preamble, parse_date
from paperchat.ingest.sources.latex import latex_to_text, strip_markup
from paperchat.ingest.sources.text_files import MAX_LINE_CHARACTERS, allow_windows_1252, numbered_lines
from paperchat.ingest.withdrawn_papers import is_withdrawn
from paperchat.types import Paper

_FIRST_ENTRY = re.compile(
    r"^[ \t]*@(?:[a-z]+\s*[{(][^\n,{}()=\"]*,\s*(?:[\w-]+\s*=|[})])|(?:comment|string|preamble)\s*[{(])",
    re.IGNORECASE | re.MULTILINE,
)
_NON_PAPER_KINDS = ("xdata", "set", "control", "ieeetranbstctl")
_DATE_FIELDS = ("date", "year", "month", "day")
_REFERENCE_FIELDS = ("crossref", "xdata")
_ARXIV_ID_FIELDS = (
    "journal",
    "journaltitle",
    "number",
    "eid",
    "pages",
    "volume",
    "howpublished",
    "note",
    "publisher",
)
_LINK_FIELDS = ("url", "ee", "howpublished", "note")
_ENTRY_START = re.compile(r"\s*@\w+\s*[{(]")
_COMMENTED_OUT = re.compile(r"\s*%+\s*@\w+\s*[{(]")
_KEY = re.compile(r"\s*@\w+\s*[{(]\s*([^\s,{}()=\"]{1,200})\s*,")
# bibtexparser reads an accent's tilde as a tie, and drops a macro at the start of a name.
_TILDE = re.compile(r"\\~(?:\w|\{\w\})")
_AFTER_AND = re.compile(r"(\sand\s+)(?=\\)", re.IGNORECASE)
_NAMED_PART = re.compile(r"\b(family|given|prefix|suffix)\s*=\s*([^,=]+)", re.IGNORECASE)  # biblatex's long form
_MISSING_COMMA = re.compile(r"\s*([\w-]{1,40})\s*=(?!=)")
_MAX_VALUE = 2**20  # characters
_MAX_EXPANSION = 10  # times the text of a file, besides `_MAX_VALUE`
_BRACE = re.compile(r"(?<!\\)[{}]")  # without escaped ones, as in bibtexparser
_BRACE_OR_QUOTE = re.compile(r"(?<!\\)[{}\"]")
_BARE = re.compile(r"[^\s#{}\",=]+")
_JOINT = re.compile(r"\s*#\s*")
_FILES = re.compile(r"(?:[^;\\]|\\.|\\$)+", re.DOTALL)
_PARTS = re.compile(r"(?<!\\):")
_ESCAPED = re.compile(r"\\([\\:;{}$#%&_~^ ])")
_BEFORE_COLON = re.compile(r"file|https?|[a-z]", re.IGNORECASE)  # in a URL or after a drive letter
_TYPES = ("pdf", "application/pdf")
_HOME_FOLDERS = ("home/", "Users/")

logging.getLogger("bibtexparser").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True, kw_only=True)
class BibtexEntry:
    """An entry; ``kind`` and the names of ``fields`` are in lower case, values still contain LaTeX."""

    line: int
    kind: str
    key: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenEntry:
    """An invalid entry at ``line``; ``key`` is empty if it cannot be read."""

    line: int
    key: str
    reason: str


class Bibtex:
    """BibTeX and BibLaTeX bibliographies."""

    name = "BibTeX"

    def recognises(self, head: str) -> bool:
        """Whether it starts with an entry, after a few plain lines at most."""
        found = _FIRST_ENTRY.search(head)
        return found is not None and is_plain_preamble(head[: found.start()])

    def papers(self, stream: TextIO, where: str) -> Iterator[Item | PaperWithAttachments]:
        """As `Source.papers`; entries that refer to a later one come last."""
        allow_windows_1252(stream)
        known: dict[str, Mapping[str, str]] = {}
        deferred: list[BibtexEntry] = []
        empty = True
        for entry in parse_entries(stream):
            empty = False
            if isinstance(entry, BrokenEntry):
                yield failure(f"{where} line {entry.line}{entry.key and f' ({entry.key})'}", entry.reason)
                continue
            inheritable = (
                entry.fields if entry.kind == "xdata" else {name: entry.fields.get(name, "") for name in _DATE_FIELDS}
            )
            known.setdefault(entry.key.lower(), inheritable)
            if entry.kind in _NON_PAPER_KINDS:
                continue
            if all(key in known for key in _referenced_keys(entry)):
                yield _read(_with_inherited(entry, known), where)
            else:
                deferred.append(entry)
        yield from (_read(_with_inherited(entry, known), where) for entry in deferred)
        if empty:
            yield failure(where, "contains no entries")


def _referenced_keys(entry: BibtexEntry) -> list[str]:
    return [
        key.strip().lower()
        for name in _REFERENCE_FIELDS
        for key in entry.fields.get(name, "").split(",")
        if key.strip()
    ]


def _with_inherited(entry: BibtexEntry, known: Mapping[str, Mapping[str, str]]) -> BibtexEntry:
    """The entry with missing fields of the entries it refers to; from a collection, only the date."""
    inherited: dict[str, str] = {}
    for key in _referenced_keys(entry):
        inherited = {**known.get(key, {}), **inherited}
    if any(entry.fields.get(name) for name in ("date", "year")):
        inherited = {name: value for name, value in inherited.items() if name not in _DATE_FIELDS}
    return replace(entry, fields={**inherited, **entry.fields})


def _read(entry: BibtexEntry, where: str) -> Item | PaperWithAttachments:
    given = entry.fields
    where = f"{where} entry {entry.key}" if entry.key else f"{where} line {entry.line}"
    title = _title(given)
    if not title:
        return failure(where, "the entry has no title")
    paper = _paper(given, title)
    files = parse_file_field(given.get("file", ""))
    on_the_web = next(
        (link for name in (given.get("pdf", ""), *files) if (link := record_fields.link(strip_markup(name)))), ""
    )
    if on_the_web and not paper.pdf_url:
        paper = replace(paper, pdf_url=on_the_web)
    on_disk = tuple(name for name in files if not record_fields.link(name))
    return PaperWithAttachments(paper=paper, files=on_disk, where=where) if on_disk else paper


def _paper(given: Mapping[str, str], title: str) -> Paper:
    note = latex_to_text(given.get("note", ""))
    links = [strip_markup(given.get(name, "")) for name in _LINK_FIELDS]
    link = next(filter(None, map(record_fields.link, links)), "")
    mentioned, category = find_arxiv_mention(latex_to_text(given[name]) for name in _ARXIV_ID_FIELDS if name in given)
    arxiv_id, version = record_fields.arxiv_id(*_eprints(given), strip_markup(given.get("doi", "")), *links, mentioned)
    url, pdf_url = record_fields.arxiv_links(arxiv_id, version)
    abstract = latex_to_text(given.get("abstract", ""))
    return Paper(
        title=title,
        abstract=abstract,
        authors=record_fields.texts([latex_to_text(name) for name in split_names(_people(given))]),
        arxiv_id=arxiv_id,
        version=version,
        doi=next(filter(None, map(record_fields.doi, (strip_markup(given.get("doi", "")), *links))), ""),
        date=parse_date(latex_to_text(given.get("date", "")))
        or date_from_parts(*(latex_to_text(given.get(name, "")) for name in ("year", "month", "day"))),
        categories=record_fields.arxiv_categories(
            [given.get("primaryclass", "") or given.get("eprintclass", ""), category]
        ),
        url=url or link,
        pdf_url=pdf_url or (link if link.lower().endswith(".pdf") else ""),
        comment=""
        if find_arxiv_mention([note])[0] or record_fields.link(strip_markup(given.get("note", "")))
        else note,
        withdrawn=is_withdrawn(title=title, comment=note, abstract=abstract),
    )


def _title(given: Mapping[str, str]) -> str:
    title, subtitle = (latex_to_text(given.get(name, "")) for name in ("title", "subtitle"))
    return f"{title.rstrip(':')}: {subtitle}" if title and subtitle else title


def _people(given: Mapping[str, str]) -> str:
    return given.get("author", "") or given.get("editor", "")


def _eprints(given: Mapping[str, str]) -> list[str]:
    """The values that may be an arXiv id, unless the entry names another archive."""
    archive = strip_markup(given.get("archiveprefix", "") or given.get("eprinttype", "")).lower()
    eprint = [strip_markup(given.get("eprint", ""))] if archive in ("", "arxiv") else []
    return [*eprint, *(strip_markup(given.get(name, "")) for name in ("arxivid", "arxiv"))]


def parse_entries(stream: TextIO) -> Iterator[BibtexEntry | BrokenEntry]:
    """Yield the entries in order, with the macros of preceding ``@string`` definitions expanded.

    Where the expanded text is far longer than what was read, one `BrokenEntry` is the last.
    """
    macros: dict[str, str] = {}
    left = _MAX_VALUE  # characters that may yet be expanded
    for line, piece in _pieces(stream):
        if piece is None:
            yield BrokenEntry(
                line=line, key="", reason=f"is longer than {MAX_LINE_CHARACTERS // 2**20} MB, so it was skipped"
            )
            continue
        left += _MAX_EXPANSION * len(piece)
        for block in parse_string(piece, parse_stack=[]).blocks:
            parsed = block.ignore_error_block if isinstance(block, ParsingFailedBlock) else block
            if isinstance(parsed, Entry):
                entry = _entry(parsed, line, macros)
                left -= sum(map(len, entry.fields.values()))
                if left >= 0:
                    yield entry
            elif isinstance(parsed, String):
                macros[parsed.key.lower()] = value = parse_value(parsed.value, macros)[0]
                left -= len(value)
            elif isinstance(block, ParsingFailedBlock) and _ENTRY_START.match(piece, _at_line(piece, block)):
                yield _broken(block, line)
            if left < 0:
                yield BrokenEntry(line=line, key="", reason="its macros expand to too much text; the rest was not read")
                return


def split_names(names: str) -> list[str]:
    """Split a list of names as BibTeX does, each with the first name first; they still contain LaTeX."""
    guarded = _AFTER_AND.sub(r"\1{}", _TILDE.sub(r"{\g<0>}", names))
    ordered = map(_first_name_first, split_multiple_persons_names(guarded))
    return [name for name in ordered if name.lower() not in ("others", "et al.", "et al")]


def _first_name_first(name: str) -> str:
    parts = {match[1].lower(): match[2].strip() for match in _NAMED_PART.finditer(name)}
    if "family" in parts:
        return " ".join(parts[part] for part in ("given", "prefix", "family", "suffix") if part in parts)
    return parse_single_name_into_parts(name, strict=False).merge_first_name_first


def _pieces(stream: TextIO) -> Iterator[tuple[int, str | None]]:
    """Split the file before each entry; yields the first line's number and the text, ``None`` if too long."""
    begun, size, first = list[str](), 0, 1
    for number, line in numbered_lines(stream):
        if line is not None and _COMMENTED_OUT.match(line):
            line = ""
        if line is not None and _ENTRY_START.match(line):
            yield first, "\n".join(begun) if size <= MAX_LINE_CHARACTERS else None
            begun, size, first = [], 0, number
        size += MAX_LINE_CHARACTERS + 1 if line is None else len(line) + 1
        if size <= MAX_LINE_CHARACTERS and line is not None:
            begun.append(line)
        else:
            begun = []
    yield first, "\n".join(begun) if size <= MAX_LINE_CHARACTERS else None


def _entry(entry: Entry, line: int, macros: dict[str, str]) -> BibtexEntry:
    fields: dict[str, str] = {}
    for field in entry.fields:
        name, raw, at = str(field.key), str(field.value), 0
        while True:
            value, at = parse_value(raw, macros, at)
            if value.strip():
                fields.setdefault(name.strip().lower(), value)
            following = _MISSING_COMMA.match(raw, at)
            if following is None:
                break
            name, at = following[1], following.end()
    return BibtexEntry(line=line + (entry.start_line or 0), kind=entry.entry_type.lower(), key=entry.key, fields=fields)


def _at_line(piece: str, block: Block) -> int:
    at = 0
    for _ in range(block.start_line or 0):
        at = piece.index("\n", at) + 1
    return at


def _broken(block: Block, line: int) -> BrokenEntry:
    raw = block.raw or ""
    key = _KEY.match(raw)
    return BrokenEntry(
        line=line + (block.start_line or 0),
        key=key[1] if key else "",
        reason="the entry is incomplete, or its braces or quotes do not match; it was skipped",
    )


def parse_value(raw: str, macros: Mapping[str, str], at: int = 0) -> tuple[str, int]:
    """The value that starts at index ``at`` of ``raw``, and where it ends. An unknown macro gives its name.

    The value is cut at 1 MB, which nested macros could exceed.
    """
    parts, size = list[str](), 0
    while raw[at : at + 1].isspace():
        at += 1
    while at < len(raw):
        part, at = _part(raw, at, macros)
        parts.append(part[: _MAX_VALUE - size])
        size += len(parts[-1])
        joint = _JOINT.match(raw, at)
        if joint is None:
            break
        at = joint.end()
    return "".join(parts), at


def _part(raw: str, at: int, macros: Mapping[str, str]) -> tuple[str, int]:
    if raw[at] == "{":
        end = _closing_brace(raw, at)
        return raw[at + 1 : end], end + 1
    if raw[at] == '"':
        end = _closing_quote(raw, at)
        return raw[at + 1 : end], end + 1
    bare = _BARE.match(raw, at)
    if bare is None:
        return "", at
    return macros.get(bare.group().lower(), bare.group()), bare.end()


def _closing_brace(raw: str, at: int) -> int:
    depth = 0
    for mark in _BRACE.finditer(raw, at):
        depth += 1 if mark.group() == "{" else -1
        if not depth:
            return mark.start()
    return len(raw)


def _closing_quote(raw: str, at: int) -> int:
    depth = 0
    for mark in _BRACE_OR_QUOTE.finditer(raw, at + 1):
        if mark.group() == '"':
            if depth <= 0:
                return mark.start()
        else:
            depth += 1 if mark.group() == "{" else -1
    return len(raw)


def parse_file_field(field: str) -> tuple[str, ...]:
    """The PDFs in a list of ``path``, ``title:path:type`` or ``:path:type``, separated by semicolons.

    Supplements come last. Mendeley omits the first slash, so that both readings of its paths are listed.
    """
    named = [path for listed in _FILES.findall(field) if (path := _path(listed.strip()))]
    both = [path for name in named for path in ((name, f"/{name}") if name.startswith(_HOME_FOLDERS) else (name,))]
    return tuple(dict.fromkeys(sorted(both, key=lambda path: "suppl" in path.lower())))


def _path(listed: str) -> str:
    """The path of one file if it is a PDF, else empty."""
    parts = list[str]()
    for part in _PARTS.split(re.sub(r"\{(\\[_&%#])\}", r"\1", listed)):
        if parts and _BEFORE_COLON.fullmatch(parts[-1].strip()) and part[:1] in ("/", "\\"):
            parts[-1] += f":{part}"
        else:
            parts.append(part)
    kind = parts.pop().strip().lower() if len(parts) > 1 and not _is_pdf(parts[-1]) else ""
    path = _ESCAPED.sub(r"\1", parts[-1]).strip()
    return path if kind in _TYPES or _is_pdf(path) else ""


def _is_pdf(path: str) -> bool:
    return path.strip().lower().endswith(".pdf")
