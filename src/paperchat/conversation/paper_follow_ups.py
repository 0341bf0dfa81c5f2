"""Follow-ups about papers of the conversation: the one in focus, one that is named or described, or several."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from paperchat import lexicon
from paperchat.conversation import request_changes, rewriting
from paperchat.conversation.conversation_thread import ConversationThread, is_listing, papers_of, unique
from paperchat.conversation.focus import EarlierTurn
from paperchat.conversation.follow_up_message import EDGE, FollowUpMessage, has_words
from paperchat.conversation.paper_references import PaperReference, PaperReferenceFinder
from paperchat.storage.name_normalization import fold
from paperchat.text.paper_title import short_title
from paperchat.types import AnswerKind, StoredPaper
from paperchat.understanding.request import Constraints, Length, Mention, RecordField, Request

MOST_COMPARED = 5
"""So many papers are compared at once."""

_LEXICON = lexicon.load("request_follow_ups")
_NAMES = (
    "shorter",
    "longer",
    "by_the_author",
    "comparative",
    "comparison_of_both",
    "alike",
    "one_of_those",
    "several",
    "only_names",
    "comparison_with_it",
    "similar_papers",
    "summary_of_it",
)
_PATTERNS = {name: re.compile(_LEXICON.regex(name), re.IGNORECASE) for name in _NAMES}
_DEFINITE = re.compile(_LEXICON.regex("definite"), re.IGNORECASE)
_DESCRIBES, _DESCRIBED = (re.compile(_LEXICON.regex(name), re.IGNORECASE) for name in ("describes", "described"))
_PAPER_KINDS = frozenset({"fact", "summary", "comparison", "record"})
_RESIZABLE_KINDS = ("summary", "overview", "comparison")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRequest:
    """A request about papers of the conversation, and what is searched in them where it is for a fact."""

    request: Request
    query: str = ""


class PaperFollowUps:
    """What a message asks of papers of the conversation."""

    def __init__(self, message: FollowUpMessage, thread: ConversationThread, finder: PaperReferenceFinder) -> None:
        self._message = message
        self._text = message.text
        self._bare = message.bare
        self._parsed = message.parsed
        self._thread = thread
        self._finder = finder

    def resized(self) -> PaperRequest | None:
        """The last summary, overview or comparison again: "shorter please", "more detail"."""
        length: Length | None = (
            "short"
            if _PATTERNS["shorter"].fullmatch(self._bare)
            else "long"
            if _PATTERNS["longer"].fullmatch(self._bare)
            else None
        )
        if length is None:
            return None
        change = "shorter" if length == "short" else "in more detail"
        turn = self._thread.latest_of(_RESIZABLE_KINDS)
        if turn is not None and turn.request is not None:
            request = request_changes.with_length(turn.request, length, self._parsed.sentences)
            return PaperRequest(request=replace(request, question=f"{turn.question.rstrip(' ?.!')}, {change}"))
        if self._thread.paper is None:
            return None
        request = self._about([self._thread.paper], kind="summary").request
        return PaperRequest(request=request_changes.with_length(request, length, self._parsed.sentences))

    def by_the_author(self) -> PaperRequest | None:
        """Papers by a person of the paper before: "what else has she written?", "more by the first author"."""
        match = _PATTERNS["by_the_author"].search(self._bare)
        if match is None:
            return None
        authors = () if match["group"] else self._authors_meant(match)
        organizations = self._organization() if match["group"] else ()
        if not authors and not organizations:
            return None
        constraints = replace(self._parsed.constraints, authors=authors, organizations=organizations)
        names = " or ".join(authors or organizations)
        topic = self._message.read(self._bare[match.end() :]).topic
        request = Request(
            question=f"Papers by {names}{f' on {topic}' if topic else ''}",
            kind="list" if topic else "record",
            topic=topic,
            constraints=constraints,
            filters=self._message.filters,
        )
        return PaperRequest(request=request)

    def _organization(self) -> tuple[str, ...]:
        name = self._thread.paper.paper.daily.get("organization") if self._thread.paper else None
        return (str(name),) if name else ()

    def alike(self) -> PaperRequest | None:
        """Papers like the one before: "similar papers", "more like this"."""
        paper = self._thread.paper
        if paper is None or len(papers_of(self._thread.latest)) != 1:
            return None
        if not _PATTERNS["similar_papers"].fullmatch(self._bare):
            return None
        title = short_title(paper.paper.title)
        mention = Mention(text=title, papers=(paper.paper_id,))
        read = self._message.read(f"papers like “{title}”")
        topic = paper.paper.title.partition(":")[2].strip() or paper.paper.title
        return PaperRequest(request=replace(read, kind="list", alternatives=(), topic=topic, mentions=(mention,)))

    def _authors_meant(self, match: re.Match[str]) -> tuple[str, ...]:
        earlier = self._thread.latest.request
        named = tuple(
            name
            for name in self._parsed.constraints.authors
            if not _PATTERNS["by_the_author"].search(f"papers by the {name}")
        )
        if named and not match["group"]:
            return named
        if earlier and earlier.constraints.authors:
            return earlier.constraints.authors
        paper = self._thread.paper
        if paper is None or not paper.paper.authors:
            return ()
        fields = earlier.fields if earlier and match["pronoun"] else ()
        is_last = (match["place"] or "").lower() in ("last", "senior") or "last_author" in fields
        return (paper.paper.authors[-1 if is_last else 0],)

    def about_neighbour(self) -> PaperRequest | None:
        """What is asked of the paper after or before the one spoken of last: "the next one"."""
        reference = self._finder.find_neighbour(self._text, self._thread)
        return self._about_references([reference]) if reference else None

    def about_more(self) -> PaperRequest | None:
        """The value by which one of a few papers comes before the others: "which has more upvotes"."""
        papers = self._thread.recent_pair
        if is_listing(self._thread.latest.request) or len(papers) > MOST_COMPARED:
            return None
        found = self._finder.find_more(self._bare, papers) if len(papers) > 1 else None
        return self._about(found.papers, fields=(found.shown_by,)) if found and found.shown_by else None

    def about_places(self) -> PaperRequest | None:
        """What is asked of papers at places in a list: "the second one", "compare the first two"."""
        parsed = self._parsed
        references = self._finder.find_places(self._text, self._thread)
        is_several = len(references) == 1 and len(references[0].papers) > 1
        asks_for_top = is_several and (parsed.order != "relevance" or self._bare.lower().startswith("top "))
        if not references or asks_for_top or (parsed.constraints.period and parsed.kind != "record"):
            return None
        return self._about_references(references)

    def about_named(self) -> PaperRequest | None:
        """What is asked of papers that the message names, describes, or gives the places of."""
        references = self._finder.find(self._text, self._thread)
        if self._parsed.kind == "list" and self._message.names_papers:
            references = [one for one in references if _DEFINITE.match(self._text, one.start)]
        if not references and (of_library := self._about_library_papers()):
            return of_library
        references = references or self._finder.find_nearest(self._text, self._thread)
        return self._about_references(references) if references else None

    def _about_references(self, references: Sequence[PaperReference]) -> PaperRequest | None:
        papers = self._named(references)
        rest = self._without(references)
        if self._compares or (len(papers) == 1 and _PATTERNS["comparison_with_it"].search(rest)):
            papers = self._with_counterpart(papers) if len(papers) == 1 else papers
            if len(papers) > 1:
                return self._about(papers[:MOST_COMPARED], kind="comparison", rest=rest)
        if self._parsed.kind == "list" and _PATTERNS["alike"].search(rest):
            return None
        return self._about(papers, rest=rest, references=references)

    def about_both(self) -> PaperRequest | None:
        """A comparison of the papers before: "how do they differ", "which is faster"."""
        papers = self._thread.recent_pair[:MOST_COMPARED]
        if len(papers) == 1 or not papers or self._parsed.papers:
            return None
        refers_to_all = bool(_PATTERNS["several"].search(self._bare))
        if _PATTERNS["comparison_of_both"].search(self._bare) and (refers_to_all or not self._message.has_topic):
            return self._about(papers, kind="comparison")
        if _PATTERNS["comparative"].search(self._bare) and len(self._thread.recent_pair) <= MOST_COMPARED:
            return self._about(papers, kind="comparison", rest=self._text)
        return None

    def about_one_of_those(self) -> PaperRequest | None:
        """A fact that tells one of the papers listed before from the others: "which one is in Japanese?"."""
        turns = self._thread.lists
        if not turns or self._parsed.mentions or not _PATTERNS["one_of_those"].match(self._bare):
            return None
        papers = papers_of(turns[0])
        mentions = tuple(Mention(text=short_title(one.paper.title), papers=(one.paper_id,)) for one in papers)
        request = Request(
            question=f"{self._bare[:1].upper()}{self._bare[1:]}, of the {len(papers)} papers listed before?",
            kind="fact",
            mentions=mentions,
            filters=self._message.filters,
        )
        return PaperRequest(request=request, query=self._bare)

    def about_the_one(self) -> PaperRequest | None:
        """What the catalogue says of the paper in focus, or its summary, where the message names no other."""
        paper, parsed = self._thread.paper, self._parsed
        if paper is None or parsed.mentions:
            return None
        is_about_it = self._message.refers_to_paper or not self._message.has_topic
        papers = self._meant(paper)
        names_others = parsed.constraints.authors or parsed.constraints.organizations
        fields = () if names_others else self._message.fields_asked(short_title(paper.paper.title))
        if fields:
            return self._about(papers, kind="record", rest=self._text, fields=fields)
        if parsed.kind == "summary" and is_about_it:
            return self._about(papers, kind="summary", rest=self._text)
        if self._message.refers_to_paper and not has_words(self._bare):
            return self._about([paper], rest=self._bare)
        return None

    def _meant(self, paper: StoredPaper) -> list[StoredPaper]:
        """The paper in focus, or all papers of the latest answer where the message refers to several."""
        latest = papers_of(self._thread.latest)
        if len(latest) > 1 and _PATTERNS["several"].search(self._bare):
            return list(latest[:MOST_COMPARED])
        return [paper]

    def _named(self, references: Sequence[PaperReference]) -> list[StoredPaper]:
        """The papers of the references, and those that only the library has, in the message's order."""
        placed = [(one.start, one.papers) for one in references]
        for mention in self._parsed.mentions:
            start = self._text.find(mention.text)
            if mention.papers and all(start + len(mention.text) <= one.start or start >= one.end for one in references):
                placed.append((start, self._finder.stored(mention.papers[:1])))
        placed.sort(key=lambda one: one[0])
        return list(unique(paper for _, papers in placed for paper in papers))

    @property
    def _compares(self) -> bool:
        return self._parsed.kind == "comparison" or bool(_PATTERNS["comparison_of_both"].search(self._bare))

    def _about_library_papers(self) -> PaperRequest | None:
        """What is asked of papers of the library that have not been spoken of."""
        papers = list(self._finder.stored(self._parsed.papers))
        if not papers or not any(map(self._is_named, self._parsed.mentions)):
            return None
        if self._compares:
            papers = self._with_counterpart(papers) if len(papers) == 1 else papers
            return self._about(papers[:MOST_COMPARED], kind="comparison") if len(papers) > 1 else None
        rest = self._bare
        for mention in self._parsed.mentions:
            rest = rest.replace(mention.text, " ")
        if len(papers) == 1 and _PATTERNS["only_names"].fullmatch(rest):
            return self._about(papers)
        request = replace(self._parsed, question=self._text[:1].upper() + self._text[1:])
        return PaperRequest(request=request, query=self._text) if self._parsed.kind in _PAPER_KINDS else None

    def _is_named(self, mention: Mention) -> bool:
        """Whether a paper has the name in its title, or the words around it say that they describe one."""
        titles = [one.paper.title for one in self._finder.stored(mention.papers)]
        if any(f" {fold(mention.text)} " in f" {fold(title)} " for title in titles):
            return True
        start = self._text.find(mention.text)
        return bool(_DESCRIBES.search(self._text[:start]) or _DESCRIBED.match(self._text[start + len(mention.text) :]))

    def _with_counterpart(self, papers: list[StoredPaper]) -> list[StoredPaper]:
        """The paper with the one that it is compared with: what "it" stands for, or the one before that."""
        others = [one for one in (self._thread.paper, *self._thread.papers) if one]
        return [*(one for one in others if one.paper_id != papers[0].paper_id)][:1] + papers

    def _about(
        self,
        papers: Sequence[StoredPaper],
        *,
        kind: AnswerKind | None = None,
        rest: str = "",
        references: Sequence[PaperReference] = (),
        fields: tuple[RecordField, ...] = (),
    ) -> PaperRequest:
        """A request about the papers: what the rest of the message asks, or else what was asked before."""
        read = self._message.read(self._with_titles(references))
        repeated = ""
        if rest and papers and not fields:
            fields = self._message.fields_asked(short_title(papers[0].paper.title), rest)
        if kind is None:
            kind, fields, repeated = self._asked(read, rest, fields, len(papers), references)
        titles = _titles(papers)
        request = replace(
            read,
            question=self._wording(titles, kind, references, repeated, fields, rest),
            kind=kind,
            alternatives=tuple(one for one in read.alternatives if one in _PAPER_KINDS and one != kind),
            topic="",
            sought="",
            mentions=tuple(Mention(text=short_title(one.paper.title), papers=(one.paper_id,)) for one in papers),
            constraints=Constraints(),
            order="relevance",
            count=None,
            fields=fields if kind == "record" else (),
            comparing=read.comparing if kind == "comparison" else "",
            aspects=read.aspects if kind == "comparison" else (),
            problem="",
        )
        return PaperRequest(request=request, query=repeated or rest or self._text)

    def _asked(
        self,
        read: Request,
        rest: str,
        fields: tuple[RecordField, ...],
        papers: int,
        references: Sequence[PaperReference],
    ) -> tuple[AnswerKind, tuple[RecordField, ...], str]:
        """What is asked of the papers: its kind, its fields, and the question before where that is asked again."""
        if fields:
            return "record", fields, ""
        if not has_words(rest):
            shown_by = next((one.shown_by for one in references if one.shown_by), None)
            if shown_by and self._message.asks_which:
                return "record", (shown_by,), ""
            latest = self._thread.latest
            asks_nothing = bool(_PATTERNS["only_names"].fullmatch(rest))
            if latest.request and latest.request.kind == "record" and latest.request.fields and asks_nothing:
                return "record", latest.request.fields, ""
            is_of_one = latest.request and (latest.request.papers or len(papers_of(latest)) == 1)
            if latest.request and latest.request.kind == "fact" and papers == 1 and is_of_one and asks_nothing:
                return "fact", (), _without_papers(latest)
            return "summary", (), ""
        if read.kind == "record" and read.fields:
            return "record", read.fields, ""
        is_summary = read.kind == "summary" and ("fact" not in read.alternatives or self._is_of_whole(references, rest))
        return ("summary" if is_summary else "fact"), (), ""

    def _is_of_whole(self, references: Sequence[PaperReference], rest: str) -> bool:
        """Whether nothing in particular is asked of the paper: "the gist of the second one", not "its data section"."""
        text = self._with_words(references, "it").strip(EDGE) if references else rest
        read = self._message.read(text)
        return bool(_PATTERNS["summary_of_it"].fullmatch(text)) or not (read.topic or read.mentions)

    def _wording(
        self,
        titles: str,
        kind: AnswerKind,
        references: Sequence[PaperReference],
        repeated: str,
        fields: Sequence[RecordField],
        rest: str,
    ) -> str:
        """The question in words that need no context."""
        if repeated:
            return f"{repeated.rstrip(' ?.!')}, in {titles}?"
        if kind == "comparison":
            return f"Compare {titles}{f': {rest.strip(EDGE)}' if _PATTERNS['comparative'].search(rest) else ''}"
        if len(references) == 1 and has_words(rest):
            one = references[0]
            text = self._text[: one.start] + titles + self._text[one.end :]
            return text[:1].upper() + text[1:]
        if kind == "record" and fields:
            return f"{', '.join(name.replace('_', ' ') for name in fields).capitalize()} of {titles}?"
        if kind == "summary":
            return f"Summarize {titles}"
        return f"{self._text.rstrip(' ?.!')}, in {titles}?"

    def _with_titles(self, references: Sequence[PaperReference]) -> str:
        """The message with the titles of papers in place of what refers to them."""
        return self._replaced(references, lambda one: _titles(one.papers))

    def _without(self, references: Sequence[PaperReference]) -> str:
        return self._with_words(references, "").strip(EDGE)

    def _with_words(self, references: Sequence[PaperReference], words: str) -> str:
        """The message with these words in place of what refers to papers."""
        return " ".join(self._replaced(references, lambda _: f" {words} ").split())

    def _replaced(self, references: Sequence[PaperReference], words_for: Callable[[PaperReference], str]) -> str:
        text = self._text
        for one in sorted(references, key=lambda one: -one.start):
            text = text[: one.start] + words_for(one) + text[one.end :]
        return text


def _titles(papers: Sequence[StoredPaper]) -> str:
    return " and ".join(f"“{short_title(one.paper.title)}”" for one in papers)


def _without_papers(turn: EarlierTurn) -> str:
    """The question of the turn with "it" for the paper that it names."""
    question = rewriting.strip_paper_title(turn.question)
    names = [one.text for one in turn.request.mentions] if turn.request else []
    for name in (*names, *(short_title(one.paper.title) for one in papers_of(turn)[:1])):
        question = re.sub(rf"“?{re.escape(name)}”?", "it", question, flags=re.IGNORECASE)
    return question
