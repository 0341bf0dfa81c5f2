"""Rules for the kind of answer that a question asks for: the few forms that leave no doubt, and what its slots say.

Everything else is the classifier's: on questions of people whom neither was made on, rules by phrases added nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
_ABILITIES, _TO_ASSISTANT, _DAILY_LIFE = map(_compile, ("help.abilities", "help.to_assistant", "help.daily_life"))
_COUNTED, _PAPERS = _compile("library.counted"), _compile("library.papers")
_SUBJECTS, _RANKED, _BY_WHOM = _compile("library.subjects"), _compile("library.ranked"), _compile("library.by_whom")
_COUNTED_PAPERS = re.compile(rf"(?:{_COUNTED.pattern})\W+(?:[\w/-]+\W+){{0,4}}?(?:{_PAPERS.pattern})", re.IGNORECASE)
_CATALOGUE_FILLER = _LEXICON.words("library.filler")
_COUNTED_FILLER = _CATALOGUE_FILLER - _LEXICON.words("library.not_papers")
_FILLER = _LEXICON.words("record.filler")
_QUESTION = re.compile(
    r"^\W*(?:whats?|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|has|have)\b"
    r"|^\W*\w+\s+(?:which|what|how|whose)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(rf"{_QUESTION.pattern}|\?|\b(?:what|which|who|when|where|why|how)\b", re.IGNORECASE)
_MEASURED, _COMPARED = _compile("features.measured"), _compile("features.compared")
_HOW_MANY = re.compile(r"\b(?:how many|how much|number of)\b", re.IGNORECASE)
_WORD = re.compile(r"[\w'’-]+")
_ONE_ID = re.compile(r"\W*(?:arxiv\s*:?\s*)?\d{4}\.\d{4,5}(?:v\d+)?\W*", re.IGNORECASE)

_WITH_EVIDENCE: frozenset[AnswerKind] = frozenset({"list", "overview", "summary", "comparison", "feed", "record"})
"""Kinds whose answerers abstain where the library does not support them."""
_OF_ONE_PAPER: Mapping[AnswerKind, float] = {
    "list": 0.3,
    "overview": 0.15,
    "feed": 0.15,
    "library": 0.15,
    "help": 0.15,
    "comparison": 0.3,
}
"""How much less likely the kinds of many papers are where a question names one, …"""
_OF_TWO_PAPERS: Mapping[AnswerKind, float] = {**_OF_ONE_PAPER, "comparison": 3.0}
"""… and two or more of them."""
_DETAILED, _OF_A_DETAIL = 6, 0.3
"""How much less likely a summary is where so many words stand besides the paper's name."""
_PLURAL = 3.0
"""How much likelier a list is where papers, or what they offer, are asked for by name: "which benchmarks"."""
_TWO, _FEW_WORDS, _LONGEST_TOPIC = 2, 2, 6
_BARE_TOPIC = 0.3
"""How much less likely a fact or help is where so few words are nothing but a topic."""
_ONLY_FIELDS, _WITH_FIELDS, _WITHOUT_FIELDS = 8.0, 2.0, 0.15
"""How much likelier a record is where a question names values of the catalogue, and whose they are, and nothing else;
where it asks for something else, too; and where no value is named, or not whose. Without either, nothing is one."""
_BY_SOMEBODY = 5.0
"""How much likelier a list is where a question names somebody whose papers on a topic it asks for."""
_TIME_ALONE = 4.0
"""How much likelier a feed is where a question names a time, and no topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionReading:
    """What the rules look at.

    Attributes:
        topic: what is left of the question, see `TopicPhrase`; ``rest`` is what is left of it besides fields of the
            catalogue, too.
        outside: the words of the question that name no paper, person or time.
        plural: papers, or what they offer, are asked for by name.
        by_name: it asks for papers of people or organisations; ``names`` says that it has a name of one, wherever.
        dated: it names a time.
    """

    question: str
    topic: str
    rest: str
    outside: str
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
class DecidedKind:
    """The kind that a question asks for, and others that it may be."""

    kind: AnswerKind
    alternatives: tuple[AnswerKind, ...] = ()
    has_no_topic: bool = False
    """What the question leaves as a topic is none."""


def asks_about_the_world(reading: QuestionReading) -> bool:
    """Whether it is a question, and not one to or about the assistant, or of daily life, which papers do not answer.

    Where no paper answers such a question, the library does not say.
    """
    question = reading.question
    is_personal = _TO_ASSISTANT.search(question) or _DAILY_LIFE.search(question)
    return bool(_QUESTION.match(question)) and not is_personal


def is_small_talk(question: str) -> bool:
    """Whether it is nothing but a greeting, thanks, or the like, or asks what the assistant can do."""
    return bool(_SMALL_TALK.fullmatch(question) or _ABILITIES.fullmatch(question))


def certain_kind(reading: QuestionReading) -> DecidedKind | None:
    """The kind that the question surely asks for, ``None`` where its words leave it open."""
    if is_small_talk(reading.question):
        return DecidedKind(kind="help")
    if not reading.named and (_is_plain_count(reading) or _is_about_catalogue(reading)):
        return DecidedKind(kind="library", has_no_topic=True)
    if reading.named == 1 and _ONE_ID.fullmatch(reading.question):
        return DecidedKind(kind="record", alternatives=("summary",))
    if _is_record(reading):
        return DecidedKind(kind="record")
    return None


def names_topic(reading: QuestionReading) -> bool:
    """Whether nothing is asked: there is only the name of a topic, or of a detail of a paper."""
    words = len(_WORD.findall(reading.question))
    is_whole = words <= _LONGEST_TOPIC and len(_WORD.findall(reading.topic)) >= words - 1
    is_plain = not (reading.named or reading.fields or reading.dated)
    return is_whole and is_plain and not (_ASKS.search(reading.question) or _MEASURED.search(reading.question))


def slot_odds(reading: QuestionReading) -> dict[AnswerKind, float]:
    """How much likelier, or less likely, some kinds are than the words of a question alone say, by what it names."""
    odds: dict[AnswerKind, float] = {}
    if reading.named:
        odds.update(_OF_ONE_PAPER if reading.named == 1 else _OF_TWO_PAPERS)
        if len(_WORD.findall(reading.topic)) >= _DETAILED:
            odds["summary"] = _OF_A_DETAIL
    elif reading.plural:
        odds["list"] = _PLURAL
    elif names_topic(reading) and len(_WORD.findall(reading.question)) <= _FEW_WORDS:
        odds["fact"] = odds["help"] = _BARE_TOPIC
    if reading.fields and (reading.named or reading.by_name):
        odds["record"] = _ONLY_FIELDS if _is_filler(reading.rest) else _WITH_FIELDS
    elif not (reading.fields or reading.names) and (not reading.named or _QUESTION.match(reading.question)):
        odds["record"] = 0.0
    elif not reading.names and (reading.topic or not reading.fields):
        odds["record"] = _WITHOUT_FIELDS
    if reading.by_name and reading.topic and not reading.named:
        odds["list"] = _BY_SOMEBODY
    if reading.dated and not (reading.topic or reading.named or reading.fields):
        odds["feed"] = _TIME_ALONE
    if reading.named < _TWO and not ((reading.topic or reading.rest) and _COMPARED.search(reading.question)):
        odds["comparison"] = 0.0
    if not is_about_library(reading.topic, reading.question, reading.outside):
        odds["library"] = 0.0
    return odds


def may_answer(kind: AnswerKind, reading: QuestionReading) -> bool:
    """Whether an answer of this kind may be given where the kind is not sure, for it abstains from what it cannot say.

    Of a paper's record and in its summary something can be said always, so that they answer only what asks for a value,
    and no question for a detail: "what is the context window of X".
    """
    if kind == "record":
        return bool(reading.fields or reading.names)
    asks_for_detail = _QUESTION.match(reading.question) and len(_WORD.findall(reading.rest)) > 1
    return kind in _WITH_EVIDENCE and not (kind == "summary" and asks_for_detail)


def is_count(reading: QuestionReading) -> bool:
    """Whether the number of papers is asked for."""
    return bool(_COUNTED_PAPERS.search(reading.question)) or _is_plain_count(reading)


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
    is_counted = _COUNTED.search(text) and _BY_WHOM.search(text)
    if text == reading.outside and not _RANKED.search(reading.question) and not is_counted:
        return False
    text = _COUNTED.sub(" ", text)
    is_ranked_paper = reading.slots.order != "relevance" and not _RANKED.search(reading.question) and reading.dated
    return not is_ranked_paper and all(
        word.lower() in _CATALOGUE_FILLER or word.isdigit() for word in _WORD.findall(text)
    )


def _is_record(reading: QuestionReading) -> bool:
    """Whether a question asks for nothing but values of the catalogue, or papers of somebody."""
    if _is_filler(reading.rest) and reading.fields and reading.named:
        return True
    is_feed = reading.dated or reading.slots.order not in ("relevance", "upvotes")
    if is_feed or not reading.names or _HOW_MANY.search(reading.question):
        return False
    if reading.by_name:
        return not (reading.named or reading.topic)
    return _is_filler(reading.rest) and (bool(reading.fields) or not reading.named)


def _is_filler(text: str) -> bool:
    return all(word.lower() in _FILLER or word.isdigit() for word in _WORD.findall(text))
