"""Comparisons of two to five papers: a table with a row a paper and a column an aspect, each cell an exact quote."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from paperchat import lexicon
from paperchat.answering.quote_markdown import escape_markdown
from paperchat.kinds.asked_sentences import AskedSentenceFinder, asked_text, without_names
from paperchat.kinds.comparison_aspects import ASKED, ASPECTS, aspects_of
from paperchat.kinds.comparison_cells import find_cells
from paperchat.kinds.draft import CitationList, Draft, KindAnswerer, answer_papers
from paperchat.kinds.number_comparison import decide_by_date, decide_by_number, find_decision, not_comparable
from paperchat.kinds.paper_sentences import PaperSentenceReader
from paperchat.kinds.unknown_papers import unknown_paper_draft
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.survey.quote_formatting import paper_label
from paperchat.text.paper_title import short_title
from paperchat.types import Quote, StoredPaper, TableRow
from paperchat.understanding.request import Mention, Request

_FEWEST, MAX_COMPARED = 2, 5
"""So many papers at least and at most are compared in one answer."""
_LISTED = 3
"""So many of a list, where the question does not say."""
_SEARCHED = 8
"""So many papers are looked at for one that introduces or covers what is named."""
_TOO_MANY = f"At most {MAX_COMPARED} papers can be compared at a time, and the question names {{count}}."
_SAME = "Both names stand for the same paper, “{title}”: there is nothing to compare it with."
_ONE = "A comparison needs two papers, and only “{title}” is named."
_NONE = "It is not clear which papers are to be compared: name two to five, by title or arXiv id."
_NO_TEXT = "The library has no text of these papers that can be quoted, only what the catalogue says."
_LEXICON = lexicon.load("paper_comparisons")
_NUMBER_PATTERN = re.compile(_LEXICON.regex("wording.number"), re.IGNORECASE)
_FRAME_PATTERN = re.compile(_LEXICON.regex("wording.frame"), re.IGNORECASE)
_BETWEEN_PATTERN = re.compile(_LEXICON.regex("wording.between"), re.IGNORECASE)
_ASIDE_PATTERN = re.compile(r"\([^()]*\)")
_RARE_SHARE = 0.01
_COMMON_SHARE = 0.15
"""A word of no more than this share of the library's passages may be a name; the second, where no paper is named."""
_HEADINGS: Mapping[str, str] = {aspect: aspect.capitalize() for aspect in ASPECTS} | {ASKED: "What is asked"}
_MEASURE_PATTERN = re.compile(_LEXICON.regex("wording.measured_on"), re.IGNORECASE)


class PaperComparer:
    """Answers requests for a comparison of named papers, methods or data sets."""

    def __init__(
        self,
        *,
        library: Library,
        searcher: Searcher,
        sentences: PaperSentenceReader,
        finder: AskedSentenceFinder,
        lister: KindAnswerer,
    ) -> None:
        self._library = library
        self._searcher = searcher
        self._sentences = sentences
        self._finder = finder
        self._lister = lister

    def answer(self, request: Request) -> Draft:
        """The comparison, or an abstention in one line."""
        if request.problem:
            return Draft(text="", reason=request.problem)
        if request.compares_listed:
            return self._compare_listed(request)
        if len(request.mentions) > MAX_COMPARED:
            return Draft(text="", reason=_TOO_MANY.format(count=len(request.mentions)))
        papers, unknown = self._papers(request)
        if len(papers) < _FEWEST:
            return self._abstention(request, papers, unknown)
        sentences = self._sentences.read(papers, request.filters)
        if not any(sentences):
            return Draft(text="", reason=_NO_TEXT)
        names = [one.text for one in request.mentions] + [one for one, *_ in self._other_names(request)]
        names += [name for one in papers for name in (one.paper.title, short_title(one.paper.title))]
        rest = without_names(request.question, names)
        decision = find_decision(request.comparing) or find_decision(rest)
        by_number = decision is not None or bool(_NUMBER_PATTERN.search(rest))
        asked = asked_text(rest)
        citations = CitationList()
        verdict = ""
        decisive: Mapping[str, Quote] = {}
        if decision and decision.is_of_dates:
            verdict = decide_by_date(decision, papers, citations)
        elif decision:
            of_papers = list(zip(papers, sentences, strict=True))
            verdict, decisive = decide_by_number(decision, asked, of_papers, citations)
        rows = tuple(
            TableRow(
                paper=paper,
                cells={
                    aspect: citations.cite(paper, quote)
                    for aspect, quote in {
                        **find_cells(
                            paper,
                            of,
                            decisive.get(paper.paper_id)
                            or self._finder.find(paper, asked, request.filters, by_number=by_number),
                            is_decisive=decision is not None,
                        ),
                        **self._added_cells(paper, request),
                    }.items()
                },
            )
            for paper, of in zip(papers, sentences, strict=True)
        )
        if decision and not verdict:
            verdict = not_comparable(decision, [row.cells[ASKED] for row in rows if ASKED in row.cells])
        return Draft(
            text="\n\n".join(filter(None, [verdict, _table(rows, request.aspects)])),
            citations=citations.all,
            papers=answer_papers(papers, citations),
            table=rows,
            notes=(*(f"no paper called “{one.text}”" for one in unknown), *_silent_notes(request, rows)),
            suggestions=_suggestions(papers),
            passages_considered=len({one.quote.passage.passage_id for several in sentences for one in several}),
            papers_considered=len(papers),
        )

    def _compare_listed(self, request: Request) -> Draft:
        """The comparison of the first papers of the list that the request would get; the list where that is shorter."""
        count = min(max(request.count or _LISTED, _FEWEST), MAX_COMPARED)
        listed = self._lister.answer(replace(request, kind="list", count=count))
        found = [one.paper for one in listed.papers]
        if len(found) < _FEWEST:
            return listed
        mentions = tuple(Mention(text=one.paper.title, papers=(one.paper_id,)) for one in found)
        question = without_names(request.question, [request.topic])  # which all of them are on
        return self.answer(replace(request, question=question, mentions=mentions, compares_listed=False))

    def _added_cells(self, paper: StoredPaper, request: Request) -> dict[str, Quote]:
        """What the paper says of each aspect that was added, where it says anything of it."""
        added = [one for one in request.aspects if one.casefold() not in ASPECTS]
        found = {one: self._finder.find_on(paper, one, request.filters) for one in added}
        return {aspect: quote for aspect, quote in found.items() if quote}

    def _papers(self, request: Request) -> tuple[list[StoredPaper], list[Mention]]:
        """The papers of what the question names, in its order and each once, and the names that no paper covers."""
        named: list[tuple[tuple[str, ...], tuple[str, ...], Mention]] = [
            *((one.papers, (one.text,), one) for one in request.mentions),
            *(((), wordings, Mention(text=wordings[0])) for wordings in self._other_names(request)),
        ]
        question = request.question.casefold()
        named.sort(key=lambda one: question.find(one[2].text.casefold()) % (len(question) + 1))
        ids: list[str] = []
        unknown: list[Mention] = []
        known = set(request.papers)
        for papers, wordings, mention in named:
            covering = (self._covering_paper(one, request, {*known, *ids}) for one in wordings)
            paper_id = papers[0] if papers else next(filter(None, covering), None)
            if paper_id is None:
                unknown.append(mention)
            elif paper_id not in ids:
                ids.append(paper_id)
        found = self._library.papers(ids)
        return [found[one] for one in ids if one in found], unknown

    def _other_names(self, request: Request) -> list[tuple[str, ...]]:
        """What else the question names: the whole name, then its rare words; not what the papers are measured on.

        Where it names no paper, a name with a word that the library has nowhere has no part that stands for it.
        Where it names two papers, only a single word with a capital counts.
        """
        rest = _ASIDE_PATTERN.sub(" ", request.question)
        if len(request.mentions) >= _FEWEST:
            rest = _MEASURE_PATTERN.sub(",", rest)
        for mention in request.mentions:
            rest = re.sub(re.escape(mention.text), ",", rest, flags=re.IGNORECASE)
        parts = [" ".join(_FRAME_PATTERN.sub(" ", one).split()) for one in _BETWEEN_PATTERN.split(rest)]
        parts = [one for part in parts if (one := part.strip(" ?!.:;'\""))]
        frequency = self._library.document_frequency({word for part in parts for word in part.split()})
        share = _RARE_SHARE if request.mentions else _COMMON_SHARE
        most = max(share * self._library.passage_count(), 1)
        names = []
        for part in parts:
            rare = [word for word in part.split() if 0 < frequency.get(word, 0) <= most and not word.isdigit()]
            if not request.mentions and any(word in frequency and not frequency[word] for word in part.split()):
                rare = [word for word in rare if word == part]
            if rare and (len(request.mentions) < _FEWEST or (rare == [part] and part != part.lower())):
                names.append((part, *sorted(rare, key=lambda word: frequency[word])))
        return names

    def _covering_paper(self, name: str, request: Request, taken: Collection[str]) -> str | None:
        """The paper that introduces or covers best what is named, and is not taken; ``None`` where none names it."""
        pattern = re.compile(rf"(?<![^\W_]){re.escape(' '.join(name.split()))}(?![^\W_])", re.IGNORECASE)
        counts: dict[str, float] = {}
        for hit in self._searcher.papers(name, _SEARCHED, request.filters):
            paper = hit.paper.paper
            in_title, in_text = len(pattern.findall(paper.title)), len(pattern.findall(paper.abstract))
            if hit.paper.paper_id not in taken and (in_title or in_text):
                counts[hit.paper.paper_id] = 5 * bool(in_title) + min(in_text, 4) + hit.score
        return max(counts, key=lambda one: counts[one], default=None)

    def _abstention(self, request: Request, papers: Sequence[StoredPaper], unknown: Sequence[Mention]) -> Draft:
        if unknown:
            return unknown_paper_draft(self._library, unknown)
        if not papers:
            return Draft(text="", reason=_NONE)
        title = papers[0].paper.title
        reason = (_SAME if len(request.mentions) > 1 else _ONE).format(title=title)
        return Draft(text="", reason=reason, suggestions=(f"Summarize {short_title(title)}",))


def _silent_notes(request: Request, rows: Sequence[TableRow]) -> Iterator[str]:
    """Of which aspects that were added no paper says anything."""
    silent = [one for one in request.aspects if not any({one, one.casefold()} & {*row.cells} for row in rows)]
    if silent:
        yield f"none of them says anything of {' or '.join(f'“{one}”' for one in silent)}"


def _table(rows: Sequence[TableRow], added: Sequence[str]) -> str:
    aspects = aspects_of(rows, added)
    headings = (escape_markdown(_HEADINGS.get(one, one[:1].upper() + one[1:])) for one in aspects)
    lines = [
        f"| Paper | {' | '.join(headings)} |",
        "|" + " --- |" * (len(aspects) + 1),
    ]
    for row in rows:
        cells = [
            f"{_one_line(row.cells[one].quote.text)} [{row.cells[one].number}]" if one in row.cells else ""
            for one in aspects
        ]
        lines.append(f"| {paper_label(row.paper)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return escape_markdown(" ".join(text.split()))


def _suggestions(papers: Sequence[StoredPaper]) -> tuple[str, ...]:
    first, second = (short_title(one.paper.title) for one in papers[:2])
    return (f"Summarize {first}", f"Summarize {second}", f"What are the limitations of {first}?")
