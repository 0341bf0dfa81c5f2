"""Reads a question: its kind, and the papers, people, dates and constraints that it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

from paperchat.models.minilm import MiniLM
from paperchat.storage.library import Library
from paperchat.types import AnswerKind, Filters
from paperchat.understanding.dates import DateReader, FoundPeriod
from paperchat.understanding.kind_classifier import KindClassifier, load_kind_classifier
from paperchat.understanding.kind_rules import (
    DecidedKind,
    QuestionReading,
    asks_about_the_world,
    certain_kind,
    is_count,
    may_answer,
    names_topic,
    slot_odds,
)
from paperchat.understanding.library_aspects import ranked_on_topic
from paperchat.understanding.mentions import FoundMention, MentionFinder
from paperchat.understanding.name_finder import FoundName, NameFinder
from paperchat.understanding.request import Constraints, Request
from paperchat.understanding.request_constraints import (
    asks_for_joint_papers,
    is_of_field,
    limit_words,
    listed_comparison_words,
    read_comparing,
    read_fields,
    read_slots,
    split_aspects,
)
from paperchat.understanding.section_words import asks_for_section
from paperchat.understanding.topic_phrase import Span, TopicPhrase, find_topic, outside
from paperchat.understanding.topic_tagger import TopicTagger, load_topic_tagger

_MOST_CHARACTERS = 2000
"""A question is read no further."""
_MOST_FACT = 0.25
"""Another kind is taken at once where a fact is less likely than this; else the library decides between them."""
_SURELY_HELP = 0.5
"""A message that has a topic is one to the assistant from this probability on; never one that by its words asks about
the world: what no paper answers of that, the library does not say."""
_SURELY_LIST = 2.0
"""Papers that are asked for by name are listed at once where a list is so much likelier than a fact."""
_POSSIBLE = 0.2
"""The probability from which on a kind is an alternative."""
_OF_TOPIC: tuple[AnswerKind, ...] = ("list", "overview")
"""What the name of a topic asks for, where it asks for no fact."""
_LIMITED: tuple[AnswerKind, ...] = ("overview", "list", "fact")
"""Kinds of which a question for the limitations of a field may be by its other words."""
_OF_MANY_PAPERS: frozenset[AnswerKind] = frozenset({"list", "overview", "feed", "library"})
"""Kinds that a question about certain papers, which the filters name, is not of where they say the answer."""
_LEANINGS: Mapping[AnswerKind, tuple[float, ...]] = {
    "list": (0.5, 1.5),
    "overview": (0.0, 2.0),
    "feed": (0.0, 0.7),
    "library": (-0.5,),
}
"""How much likelier words are a topic's in questions of a kind than in others; the next where no topic is found."""
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u00a0": " "})


class RequestParser:
    """Reads questions; safe to share between threads.

    Args:
        today: gives the day on which questions are asked.
    """

    def __init__(self, *, library: Library, encoder: MiniLM, today: Callable[[], date] = date.today) -> None:
        self._library = library
        self._encoder = encoder
        self._today = today
        self._mentions = MentionFinder(library)
        self._names = NameFinder(library)

    def parse(self, question: str, filters: Filters | None = None, *, kind: AnswerKind | None = None) -> Request:
        """What the question asks for; its kind is ``kind`` where that is given."""
        text = question[:_MOST_CHARACTERS].translate(_QUOTES)
        compared, aspects = split_aspects(text)
        if aspects and (request := self.parse(compared, filters, kind=kind)).kind == "comparison":
            return replace(request, aspects=aspects)
        mentions = [
            one
            for one in self._mentions.find(text)
            if (one.mention.papers or _is_name(one.mention.text))
            and not (one.mention.text.islower() and _ANY_PAPER.search(text, 0, one.start))
            and not _ALIKE.match(text, one.end)
        ]
        people = self._names.find(text) if any(not one.mention.papers for one in mentions) else ()
        mentions = [one for one in mentions if one.mention.papers or not _is_name_of(one, people)]
        if mentions:
            mentions = _without_conditions(text, mentions, self._period(text, ()))
        spans: list[Span] = [(one.start, one.end) for one in mentions]
        period = self._period(text, spans)
        if period:
            spans.append((period.start, period.end))
        names = self._names.find(text, spans)
        spans += [(one.start, one.end) for one in names]
        slots = read_slots(text, spans, conditions=not mentions)
        spans += slots.spans
        fields, field_spans = read_fields(text, [*spans, *slots.order_spans, *slots.length_spans])
        said = [*spans, *slots.order_spans, *slots.length_spans]
        tagged = self._tagger.read(text, self._encoder.encode_question_tokens(text))
        phrase = find_topic(text, said)
        topic = replace(phrase, topic=tagged.topic(said))
        rest = find_topic(text, [*spans, *slots.length_spans, *field_spans, *_appositions(text, mentions)])
        reading = QuestionReading(
            question=text,
            topic=topic.topic,
            rest=rest.topic,
            outside=outside(text, [*spans, *slots.length_spans]),
            plural=topic.plural,
            mentions=tuple(one.mention for one in mentions),
            fields=fields,
            slots=slots,
            by_name=any(one.is_certain for one in names),
            names=bool(names),
            dated=period is not None,
        )
        decided = DecidedKind(kind=kind) if kind else self._decide(reading, mentions)
        if not kind and filters and filters.papers and decided.kind in _OF_MANY_PAPERS:
            decided = DecidedKind(kind="fact", alternatives=(decided.kind,))
        request = Request(
            question=question,
            kind=decided.kind,
            alternatives=decided.alternatives,
            mentions=reading.mentions,
            constraints=_constraints(slots.constraints, period, names, together=asks_for_joint_papers(text)),
            order=slots.order,
            count=slots.count,
            length=slots.length,
            sentences=slots.sentences,
            fields=fields if decided.kind == "record" else (),
            asks_for_count=is_count(reading),
            names_topic=names_topic(reading),
            problem=period.problem if period else "",
            filters=filters or Filters(),
        )
        if decided.has_no_topic:
            return request
        ranked, ranked_topic = ranked_on_topic(text)
        if ranked and not kind and all(one.mention.text.islower() for one in mentions):
            return replace(
                request, kind="library", alternatives=(), ranked=ranked, topic=ranked_topic, order="relevance"
            )
        if request.kind in _LIMITED and (asked := limit_words(text)):
            if request.kind != "overview" and not kind and not mentions and is_of_field(text, asked):
                request = replace(request, kind="overview", alternatives=(request.kind,))
            if request.kind == "overview":
                said, spans = [*said, *asked], [*spans, *asked]
                phrase = find_topic(text, said)
                request = replace(request, asks_for_limits=True)
        if not kind and not mentions and (asked := listed_comparison_words(text)):
            said, spans = [*said, *asked], [*spans, *asked]
            phrase = find_topic(text, said)
            topic = replace(phrase, topic=tagged.topic(said, leaning=_LEANINGS["list"][0]) or phrase.topic)
            if topic.topic or request.constraints:
                request = replace(request, kind="comparison", alternatives=(), compares_listed=True)
        if leanings := _LEANINGS.get(request.kind):
            found = (tagged.topic(said, leaning=leaning) for leaning in leanings)
            may_be_plain = request.kind in _OF_TOPIC and not request.constraints and not _PRONOUN.search(phrase.topic)
            plain = phrase.topic if may_be_plain else ""
            topic = replace(topic, topic=next(filter(None, (*found, plain)), ""))
        request = _with_topic(request, text, topic, field_spans, [*spans, *slots.length_spans])
        if request.kind in _OF_TOPIC and not request.topic and request.unknown and not request.papers:
            request = replace(request, topic=", ".join(one.text for one in request.unknown))
        if request.kind != "feed":
            return request
        return _of_feed(request)

    def _decide(self, reading: QuestionReading, mentions: Sequence[FoundMention]) -> DecidedKind:
        """The kind by rules where the words leave no doubt; else by the classifier, which the slots are weighed in."""
        if certain := certain_kind(reading):
            return certain
        shares = self._classifier.classify(
            _with_plain_names(reading.question, mentions), self._encoder.encode_question(reading.question)
        )
        for kind, odds in slot_odds(reading).items():
            shares[kind] *= odds
        # A few words without a verb may ask for a detail of a full text, where they are a topic of abstracts.
        shares["fact"] *= 1 + self._library.directory.full_text_share()
        total = sum(shares.values())
        is_asked_of_papers = asks_about_the_world(reading) or shares["help"] < _SURELY_HELP * total
        if (reading.topic or reading.rest) and is_asked_of_papers:
            total -= shares["help"]
            shares["help"] = 0.0
        best = max(shares, key=lambda kind: shares[kind])
        if reading.named == 1 and best != "summary" and asks_for_section(reading.question):
            return DecidedKind(kind="fact")
        others = [kind for kind in shares if may_answer(kind, reading)]
        if best == "fact":
            if names_topic(reading):
                return DecidedKind(kind="fact", alternatives=(max(_OF_TOPIC, key=lambda kind: shares[kind]),))
            second = max(others, key=lambda kind: shares[kind])
            return DecidedKind(kind="fact", alternatives=(second,) if shares[second] > _POSSIBLE * total else ())
        if best == "list" and _BARE_LIST.match(reading.question):
            return DecidedKind(kind="list")
        asks_for_papers = best == "list" and reading.plural and shares["list"] >= _SURELY_LIST * shares["fact"]
        if shares["fact"] >= _MOST_FACT * total and not asks_for_papers:
            return DecidedKind(kind="fact", alternatives=(best,) if best in others else ())
        return DecidedKind(kind=best, alternatives=("fact",) if best in others else ())

    @cached_property
    def _tagger(self) -> TopicTagger:
        return load_topic_tagger()

    @cached_property
    def _classifier(self) -> KindClassifier:
        return load_kind_classifier()

    def _period(self, question: str, used: Sequence[Span]) -> FoundPeriod | None:
        oldest, newest = self._library.names.current().days()
        # A name may hold what looks like a date.
        plain = list(question)
        for start, end in used:
            plain[start:end] = "_" * (end - start)
        return DateReader(today=self._today(), oldest=oldest, newest=newest).find("".join(plain))


def _with_plain_names(question: str, mentions: Sequence[FoundMention]) -> str:
    """The question with the same name for every paper that it names, one that the classifier knows by its form."""
    for one in sorted(mentions, key=lambda one: -one.start):
        question = f"{question[: one.start]} {_NAME} {question[one.end :]}"
    return question


def _is_name(text: str) -> bool:
    """Whether the words that name no paper of the library may be a name, and not a part of the sentence."""
    return len(text.split()) <= _LONGEST_NAME or text[:1] in "\"“'" or any(word[:1].isupper() for word in text.split())


def _is_name_of(mention: FoundMention, names: Sequence[FoundName]) -> bool:
    """Whether the mention is, has, or is a part of the name of a person or organisation."""
    return any(mention.start < one.end and one.start < mention.end for one in names)


def _without_conditions(
    question: str, mentions: Sequence[FoundMention], period: FoundPeriod | None
) -> list[FoundMention]:
    """The mentions without words in lower case that say a condition, and unknown names that hold a date."""
    conditions = read_slots(question).spans
    kept = []
    for one in mentions:
        in_condition = any(start < one.start and one.end <= end for start, end in conditions)
        in_period = period is not None and one.start < period.end and period.start < one.end
        if not (in_condition and one.mention.text.islower()) and not (in_period and not one.mention.papers):
            kept.append(one)
    return kept


def _of_feed(request: Request) -> Request:
    """The request for one paper, or for a few on a topic, where one is asked for; highlights are a few."""
    if request.count is None and request.order == "trending":
        return replace(request, count=_HIGHLIGHTS)
    if request.count is None and request.order == "upvotes" and _ONE.search(request.question):
        return replace(request, count=_FEW if request.topic else 1)
    return request


_ONE = re.compile(
    r"\b(?:paper|article|number\s+one|papier|artikel|artículo|artigo|winner)\b(?!.*\b(?:papers|articles)\b)",
    re.IGNORECASE,
)
_BARE_LIST = re.compile(
    r"\W*(?:(?:any|some|more|recent|new|the|all|show|list|find|give|me|us|please)\s+)*"
    r"(?:papers|articles|studies|publications|preprints)\s+(?:on|about|regarding|concerning)\s",
    re.IGNORECASE,
)
"""Asks for papers on a topic and for nothing else, so that no fact answers it."""
_PRONOUN = re.compile(r"\b(?:it|its|they|them|this|that|these|those|ones?|he|she|you|me)\b", re.IGNORECASE)
_FEW = 3
"""Of papers on a topic the first may not be on it."""
_HIGHLIGHTS = 5
_LONGEST_NAME = 4
_NAME = "XyzNet"
_ALIKE = re.compile(
    r"[\s-]*(?:like|style|type)\s+(?:\w+\s+)?"
    r"(?:benchmarks?|data\s?sets?|models?|methods?|approach(?:es)?|tasks?|training|reasoning|systems?|agents?)\b",
    re.IGNORECASE,
)
"""After a name: others of its sort are meant, "SWE-bench like benchmarks"."""
_ANY_PAPER = re.compile(
    r"\b(?:an?|any|some|one|another|no)\s+(?:\w+\s+)?(?:papers?|articles?|stud(?:y|ies)|works?|preprints?|research)\s+"
    r"(?:on|about|for|of|in|with|that|which)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
"""Before a topic: any paper on it is asked for, and not a certain one."""
_APPOSITION = re.compile(r"\s*[,(]\s*(?:the|an?|i mean|which \w+ i mean)\b[^?]*", re.IGNORECASE)


def _appositions(question: str, mentions: Sequence[FoundMention]) -> list[Span]:
    """What the question says of the papers that it names, after their names: ``Lens, the text-to-image paper``."""
    return [match.span() for one in mentions if (match := _APPOSITION.match(question, one.end))]


def _constraints(
    constraints: Constraints, period: FoundPeriod | None, names: Sequence[FoundName], *, together: bool
) -> Constraints:
    authors = tuple(dict.fromkeys(one.name for one in names if one.is_person and not one.is_submitter))
    return replace(
        constraints,
        authors=authors,
        together=together and len(authors) > 1,
        period=period.period if period and period.period.label else None,
        since_last_visit=bool(period and period.since_last_visit),
        submitters=tuple(dict.fromkeys(one.name for one in names if one.is_submitter)),
        organizations=tuple(dict.fromkeys(one.name for one in names if not one.is_person)),
    )


def _with_topic(
    request: Request,
    text: str,
    topic: TopicPhrase,
    field_spans: Sequence[Span],
    spans: Sequence[Span],
) -> Request:
    """The request with the topic that is left for its kind."""
    if request.kind in ("record", "summary"):
        left = find_topic(text, [*spans, *field_spans])
        return replace(request, topic="" if request.kind == "record" else left.topic)
    if request.kind == "help":
        return request
    comparing = read_comparing(text) if request.kind == "comparison" else ""
    return replace(request, topic=topic.topic, sought=topic.sought, comparing=comparing)
