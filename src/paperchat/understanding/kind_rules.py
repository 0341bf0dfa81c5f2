"""Rules for the kind of answer that a question asks for, where its words leave no doubt."""

from __future__ import annotations

import re
from dataclasses import dataclass

from paperchat import lexicon
from paperchat.types import AnswerKind
from paperchat.understanding.library_aspects import is_about_library
from paperchat.understanding.request import Mention, RecordField
from paperchat.understanding.request_constraints import QuestionSlots

_LEXICON = lexicon.load("request_kinds")


def _compile(key: str) -> re.Pattern[str]:
    return re.compile(_LEXICON.regex(key), re.IGNORECASE)


_SMALL_TALK = re.compile(rf"\W*(?:{_LEXICON.regex('help.whole')})\W*", re.IGNORECASE)
_SELF, _OUT_OF_SCOPE = _compile("help.self"), _compile("help.out_of_scope")
_COUNT, _NOT_COUNT, _LIBRARY = _compile("library.count"), _compile("library.not_count"), _compile("library.about")
_COUNTED, _PAPERS = _compile("library.counted"), _compile("library.papers")
_SUBJECTS, _RANKED = _compile("library.subjects"), _compile("library.ranked")
_BY_WHOM = _compile("library.by_whom")
_LIBRARY_FILLER = _LEXICON.words("library.filler")
_COUNTED_FILLER = _LIBRARY_FILLER - _LEXICON.words("library.not_papers")
_COMPARISON, _POSSIBLE_COMPARISON = _compile("comparison.certain"), _compile("comparison.possible")
_VERSUS = _compile("comparison.versus")
_BETWEEN_TWO, _JOINED = _compile("comparison.between_two"), _compile("comparison.joined")
_BOTH = _compile("comparison.both")
_SUMMARY, _ABOUT_PAPER = _compile("summary.certain"), _compile("summary.about_paper")
_ONE_PAPER, _SEVERAL = _compile("summary.one_paper"), _compile("summary.several")
_OVERVIEW, _STATE = _compile("overview.certain"), _compile("overview.state")
_OVERVIEW_NOUN, _ASKED_BEFORE = _compile("overview.noun"), _compile("overview.asked_before")
_MEASURED = _compile("features.measured")
_ASKS, _DETAIL = _compile("fact.asks"), _compile("fact.detail")
_LIST, _LIST_AT_END = _compile("list.certain"), _compile("list.at_end")
_PAPERS_AFTERWARDS = _compile("list.afterwards")
_FEED, _FACT, _OF_AUTHORS = _compile("feed.certain"), _compile("fact.certain"), _compile("fact.of_authors")
_QUESTION = re.compile(
    r"^\W*(?:whats?|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|has|have)\b"
    r"|^\W*\w+\s+(?:which|what|how|whose)\b",
    re.IGNORECASE,
)
_TO_ASSISTANT = _compile("help.to_assistant")
_FILLER = _LEXICON.words("record.filler")
_WORD = re.compile(r"[\w'’-]+")
_ONE_ID = re.compile(r"\W*(?:arxiv\s*:?\s*)?\d{4}\.\d{4,5}(?:v\d+)?\W*", re.IGNORECASE)
_DESCRIBED = re.compile(
    r"\s*(?:of|for|to|on)?\s*(?:the|that|this)\s+(?:(?!(?:in|used|that|which|of|for|from|by)\b)\S+\s+){0,8}"
    r"(?:paper|article|study|report|preprint)\W*$|\s*(?:of|for|to|on)?\s*(?:the|that|this)\s+paper\s+(?:about|on)\s",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"\b(?:how many|how much|number of)\b", re.IGNORECASE)
_WH = re.compile(r"\b(?:whats?|which|who|when|where|why|how)\b", re.IGNORECASE)
_KEYWORDS = 3
"""A question of so few words, none of which asks, names a topic."""
_LONGEST_TOPIC = 14
"""Of so many words the name of a topic may be."""
_OTHER_SCRIPT = re.compile(r"[^\W\d_\u0000-\u024f]")
_PARENTHESES = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionReading:
    """What the rules look at.

    Attributes:
        topic: what is left of the question, see `TopicPhrase`; ``rest`` is what is left of it besides fields of the
            catalogue, too.
        after_fields: what follows the values of the catalogue that it asks for.
        outside: the words of the question that name no paper, person or time.
        plural: papers, or what they offer, are asked for by name.
        by_name: it asks for papers of people or organisations; ``names`` says that it has a name of one, wherever.
        dated: it names a time.
    """

    question: str
    topic: str
    rest: str
    after_fields: str
    outside: str
    sought: str
    plural: bool
    mentions: tuple[Mention, ...]
    fields: tuple[RecordField, ...]
    slots: QuestionSlots
    by_name: bool
    names: bool
    dated: bool

    @property
    def named(self) -> int:
        """How many papers it names."""
        return len(self.mentions)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledKind:
    """A kind that the words of a question ask for, and others that it may be."""

    kind: AnswerKind
    alternatives: tuple[AnswerKind, ...] = ()
    has_no_topic: bool = False
    """What the question leaves as a topic is none."""


def asks_about_the_world(reading: QuestionReading) -> bool:
    """Whether it is a question, and not one to or about the assistant: what no paper says is then an abstention."""
    return bool(_QUESTION.match(reading.question)) and not _TO_ASSISTANT.search(reading.question)


def rule_kind(reading: QuestionReading) -> RuledKind | None:
    """The kind that the question surely asks for, ``None`` where its words leave it open."""
    if is_small_talk(reading.question, names_papers=reading.named > 0):
        return RuledKind(kind="help")
    for rule in (_library, _comparison, _record, _summary, _overview, _feed, _list, _fact):
        if found := rule(reading):
            return found
    return None


def is_small_talk(question: str, *, names_papers: bool) -> bool:
    """Whether it is surely a greeting, thanks, about the assistant, or nothing that papers answer."""
    if _SMALL_TALK.fullmatch(question):
        return True
    return not names_papers and bool(_SELF.match(question) or _OUT_OF_SCOPE.match(question))


def may_compare(reading: QuestionReading) -> bool:
    """Whether the words may ask for a comparison: ``X or Y`` alone names a topic."""
    question = reading.question
    asks = (_COMPARISON, _POSSIBLE_COMPARISON, _BETWEEN_TWO, _BOTH)
    return reading.named > 1 or bool(_OTHER_SCRIPT.search(question)) or any(one.search(question) for one in asks)


def may_be_record(reading: QuestionReading) -> bool:
    """Whether the catalogue may have what is asked: it has nothing of what a paper's funders or its tasks are."""
    is_question = reading.named and _QUESTION.match(reading.question)
    return bool(reading.fields) or not is_question or _is_filler(reading.rest)


def may_be_library(reading: QuestionReading) -> bool:
    """Whether the catalogue may have the answer: the number of its papers does not answer another question."""
    return is_about_library(reading.topic, reading.question, reading.outside)


def is_topic(reading: QuestionReading) -> bool:
    """Whether it is only the name of a topic, with no word that asks, no paper and no detail of one."""
    question = reading.question
    is_short = len(_WORD.findall(question)) <= _LONGEST_TOPIC and not _OTHER_SCRIPT.search(question)
    is_plain = not reading.named and not reading.fields and bool(reading.topic)
    others = (_ASKS, _DETAIL, _FACT, _SUMMARY, _FEED)
    return is_short and is_plain and not any(one.search(question) for one in others)


def _library(reading: QuestionReading) -> RuledKind | None:
    if reading.named:
        return None
    if _LIBRARY.match(reading.question):
        return RuledKind(kind="library")
    if _is_plain_count(reading) or _is_about_catalogue(reading):
        return RuledKind(kind="library", has_no_topic=True)
    match = _COUNT.match(reading.question) or (reading.dated and _COUNT.match(reading.outside))
    if (
        match
        and may_be_library(reading)
        and not _NOT_COUNT.search(reading.question[match.start("rest") :] if match["rest"] else "")
    ):
        return RuledKind(kind="library")
    return None


def is_count(reading: QuestionReading) -> bool:
    """Whether the number of papers is asked for."""
    counts = _COUNT.match(reading.question) or (reading.dated and _COUNT.match(reading.outside))
    return (bool(counts) and not _LIBRARY.match(reading.question)) or _is_plain_count(reading)


def _is_plain_count(reading: QuestionReading) -> bool:
    """Whether a question counts papers by nothing but days, people and conditions."""
    text = reading.outside
    if not _COUNTED.search(text) or reading.fields:
        return False
    left = _PAPERS.sub(" ", _COUNTED.sub(" ", text))
    if not all(word.lower() in _COUNTED_FILLER or word.isdigit() for word in _WORD.findall(left)):
        return False
    return bool(_PAPERS.search(text) or reading.dated or reading.by_name or reading.slots.constraints)


def _is_about_catalogue(reading: QuestionReading) -> bool:
    """Whether a question asks for nothing but the subjects of all papers, or who has the most papers."""
    text = _SUBJECTS.sub(" ", reading.outside)
    is_count = _COUNTED.search(text) and _BY_WHOM.search(text)
    if text == reading.outside and not _RANKED.search(reading.question) and not is_count:
        return False
    text = _COUNTED.sub(" ", text)
    is_ranked_paper = reading.slots.order != "relevance" and not _RANKED.search(reading.question) and reading.dated
    return not is_ranked_paper and all(
        word.lower() in _LIBRARY_FILLER or word.isdigit() for word in _WORD.findall(text)
    )


def _comparison(reading: QuestionReading) -> RuledKind | None:
    question = reading.question
    is_between = _POSSIBLE_COMPARISON.search(question) or _BETWEEN_TWO.search(question)
    if reading.named >= 2 and (is_between or (_JOINED.search(reading.outside) and not _QUESTION.match(question))):
        return RuledKind(kind="comparison", alternatives=("fact",) if _FACT.match(question) else ())
    if _COMPARISON.search(question) and not reading.plural and not _FACT.match(question):
        return RuledKind(kind="comparison", alternatives=("fact",))
    is_short = _VERSUS.match(_PARENTHESES.sub("", question)) and not _SUMMARY.search(question)
    if is_short and not _QUESTION.match(question):
        return RuledKind(kind="comparison", alternatives=("fact",))
    if _POSSIBLE_COMPARISON.search(question) and not reading.plural and not _OVERVIEW.search(question):
        return RuledKind(kind="fact", alternatives=("comparison",))
    return None


def _record(reading: QuestionReading) -> RuledKind | None:
    is_other = not reading.named and _LIST.match(reading.question)
    counts = reading.names and _HOW_MANY.search(reading.question)
    is_left = _is_filler(reading.rest) and (reading.named or not (reading.dated or counts))
    if reading.fields and is_left and not is_other and not _OF_AUTHORS.match(reading.question):
        return RuledKind(kind="record")
    if reading.fields and _DESCRIBED.match(reading.after_fields):
        return RuledKind(kind="record")
    is_list = not reading.named and not _SUMMARY.search(reading.question)
    if reading.by_name and is_list and reading.dated and not reading.fields:
        return RuledKind(kind="feed", alternatives=("record",))
    if reading.by_name and is_list and reading.sought in ("", "technical report"):
        return RuledKind(kind="list", alternatives=("fact",)) if reading.topic else RuledKind(kind="record")
    is_feed = reading.dated or reading.slots.order in ("newest", "oldest", "trending")
    is_whole = reading.names and not is_feed and _is_filler(reading.rest) and not _HOW_MANY.search(reading.question)
    if is_whole and (not reading.named or (reading.named == 1 and _QUESTION.match(reading.question))):
        return RuledKind(kind="record")
    if reading.named == 1 and _ONE_ID.fullmatch(reading.question):
        return RuledKind(kind="record", alternatives=("summary",))
    return None


def _is_filler(text: str) -> bool:
    return all(word.lower() in _FILLER or word.isdigit() for word in _WORD.findall(text))


def _summary(reading: QuestionReading) -> RuledKind | None:
    question = reading.question
    one = reading.named > 0 or (_ONE_PAPER.search(question) and not _SEVERAL.search(question))
    if _SUMMARY.search(question):
        if reading.dated and not reading.topic and not reading.named:
            return RuledKind(kind="feed")
        if one and not _FACT.match(reading.outside):
            return RuledKind(kind="summary")
        return RuledKind(kind="overview", alternatives=("summary",)) if _SEVERAL.search(question) else None
    is_bare = _is_filler(reading.outside) and not reading.plural and not _QUESTION.match(question)
    if reading.named == 1 and is_bare:
        return RuledKind(kind="summary", alternatives=("fact",))
    if reading.named == 1 and _ABOUT_PAPER.search(question) and _is_filler(reading.rest):
        return RuledKind(kind="summary", alternatives=("fact",))
    return None


def _overview(reading: QuestionReading) -> RuledKind | None:
    question = reading.question
    if reading.named or not reading.topic:
        return None
    noun = _OVERVIEW_NOUN.search(question)
    if noun and not _ASKED_BEFORE.search(question[: noun.end()]):
        return RuledKind(kind="overview", alternatives=("list",))
    if _OVERVIEW.search(question) or _STATE.match(question):
        return RuledKind(kind="overview", alternatives=("list",))
    return None


def _feed(reading: QuestionReading) -> RuledKind | None:
    if reading.named or (reading.fields and reading.topic):
        return None
    ordered = reading.slots.order != "relevance"
    asks = reading.plural or ordered or _FEED.search(reading.question)
    if not reading.topic and not reading.sought and (reading.dated or ordered or _FEED.search(reading.question)):
        return RuledKind(kind="feed")
    if reading.topic and _FEED.search(reading.question):
        return RuledKind(kind="feed", alternatives=("list",))
    if reading.topic and reading.dated and asks and not _FACT.match(reading.question):
        return RuledKind(kind="feed", alternatives=("list",))
    return None


def _list(reading: QuestionReading) -> RuledKind | None:
    question = reading.question
    if _LIST.match(question):
        return RuledKind(kind="list", alternatives=() if reading.named else ("fact",))
    if reading.topic and _PAPERS_AFTERWARDS.search(question):
        return RuledKind(kind="list", alternatives=("fact",))
    if reading.named or not reading.topic or _QUESTION.match(question) or _HOW_MANY.search(question):
        return None
    if _LIST_AT_END.search(question) or reading.slots.constraints:
        return RuledKind(kind="list", alternatives=("fact",))
    is_short = len(_WORD.findall(question)) <= _KEYWORDS and question.isascii() and not question.rstrip().endswith("?")
    if is_short and not _FACT.search(question) and not _MEASURED.search(question) and not _WH.search(question):
        return RuledKind(kind="list", alternatives=("fact",))
    return None


def _fact(reading: QuestionReading) -> RuledKind | None:
    if _FACT.search(reading.question) or (reading.named and _QUESTION.match(reading.question)):
        return RuledKind(kind="fact")
    return None
