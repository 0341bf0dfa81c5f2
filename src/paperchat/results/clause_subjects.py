"""The subjects of clauses: which system, of those that a sentence names, does what leads up to a place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from paperchat import lexicon
from paperchat.results.marked_sentence import MarkedSentence
from paperchat.results.result_mentions import ResultMention

_LEXICON = lexicon.load("result_sentences")
_CLAUSE_BEGINS = re.compile(_LEXICON.regex("subjects.clause_begins"))
_TO_VERB = re.compile(_LEXICON.regex("subjects.to_verb"))
_GERUND = re.compile(_LEXICON.regex("subjects.gerund"))
_PHRASE = re.compile(_LEXICON.regex("subjects.phrase"))
_BROUGHT = re.compile(_LEXICON.regex("subjects.brought"), re.IGNORECASE)
_CAUSES = re.compile(_LEXICON.regex("subjects.causes"))
_LONGEST_LEAD = 120


def is_caused(sentence: MarkedSentence, mention: ResultMention) -> bool:
    """Whether a mention is what something else lets act: "X allows the model to"."""
    return bool(_CAUSES.search(_lead(sentence, mention)))


def clause_subject(sentence: MarkedSentence, end: int) -> ResultMention | None:
    """The system that is the subject of the last clause that begins before ``end`` and has one."""
    for one in reversed(_systems(sentence)):
        if one.end <= end and _is_subject(sentence, one, end):
            return one
    return None


def first_subject(sentence: MarkedSentence) -> ResultMention | None:
    """The first system that is the subject of a clause of the sentence, or that it says the paper brings."""
    length = len(sentence.text)
    for one in _systems(sentence):
        is_named = one.detail in ("name", "own") and one.text.lower() != "we"
        if is_named and (_is_subject(sentence, one, length) or _BROUGHT.search(_lead(sentence, one))):
            return one
    return None


def gerund_object(sentence: MarkedSentence, end: int) -> tuple[ResultMention, str] | None:
    """The system to which something is done in the subject of a clause, and what: "Fine-tuning S on B improves"."""
    for one in reversed(_systems(sentence)):
        if one.end <= end and one.detail in ("name", "own") and (match := _GERUND.search(_lead(sentence, one))):
            return one, match["gerund"].lower()
    return None


def phrase_subject(sentence: MarkedSentence, end: int) -> ResultMention | None:
    """The phrase that is the subject of the last clause before ``end``, whatever it names."""
    found = None
    for match in _PHRASE.finditer(sentence.text[:end]):
        found = ResultMention("system", *match.span("noun"), match["noun"], "phrase")
    return found


def antecedent(earlier: Sequence[MarkedSentence]) -> ResultMention | None:
    """What a pronoun of the sentence after ``earlier``, the nearest first, stands for."""
    for sentence in earlier[:2]:
        if found := first_subject(sentence):
            return found
    return None


def _systems(sentence: MarkedSentence) -> list[ResultMention]:
    return [
        one for one in sentence.mentions if one.kind == "system" or (one.kind == "benchmark" and one.detail == "own")
    ]


def _is_subject(sentence: MarkedSentence, mention: ResultMention, end: int) -> bool:
    return bool(
        _CLAUSE_BEGINS.search(_lead(sentence, mention))
        and _TO_VERB.match(sentence.gap(mention.end, end))
        and not is_caused(sentence, mention)
    )


def _lead(sentence: MarkedSentence, mention: ResultMention) -> str:
    return sentence.gap(max(mention.start - _LONGEST_LEAD, 0), mention.start)
