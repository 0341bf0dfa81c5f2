"""The system of a value, by rules: the subject of its verb, the one it follows, or the paper's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from paperchat import lexicon
from paperchat.results.clause_subjects import (
    antecedent,
    clause_subject,
    gerund_object,
    is_caused,
    phrase_subject,
)
from paperchat.results.marked_sentence import CellLink, MarkedSentence
from paperchat.results.result_mentions import ResultMention
from paperchat.results.result_names import name_letters
from paperchat.results.types import ResultKind

_LEXICON = lexicon.load("result_sentences")
_SYSTEM_THEN_VALUE = re.compile(_LEXICON.regex("links.system_then_value"), re.IGNORECASE)
_VALUE_FOR_SYSTEM = re.compile(_LEXICON.regex("links.value_for_system"), re.IGNORECASE)
_AGAINST = re.compile(_LEXICON.regex("links.against"), re.IGNORECASE)
_VERB = re.compile(_LEXICON.regex("links.verb"))
_NOT_SUBJECT = re.compile(_LEXICON.regex("links.not_subject"), re.IGNORECASE)
_OBJECT = re.compile(_LEXICON.regex("links.object"))
_COMPARED = re.compile(r"\b(?:than|over|against|compared (?:to|with)|and|or|,|outperform\w*|surpass\w*)\s(?:the )?$")
_COMPARED_BEFORE = re.compile(_LEXICON.regex("links.compared_before"), re.IGNORECASE)
_SUBJECT_TO_VERB = re.compile(r"\s(?:\w+ly |also |even |only |can |still )*|,? (?:which |that )(?:\w+ly )?|, | to ")
_APPOSITION = re.compile(r",|\s(?:which|to)\s")
_NEW_CLAUSE = re.compile(_LEXICON.regex("links.new_clause"))
_IMPERSONAL = re.compile(r"\b(?:that|as|make|makes)\s$")
_THAT = re.compile(r"\b(?:that|how)\b")
_ALSO = re.compile(r"\bV,? and $")
_IMPROVED_FROM = re.compile(r"(?:['’]s)?(?: M)?(?: (?:on|in) (?:the )?B)?(?: M)? from ")
_EXAMPLE = re.compile(r",? (?:such as|like|e\.g\.,?) ")
_EXAMPLE_TO_VERB = re.compile(r",? (?:only |still )?")
_WITH = re.compile(r"\b(?:[Ww]ith|[Oo]n|[Aa]pplied to|[Uu]sing|of|for) (?:the )?$")
_LISTED = re.compile(r",? and |, (?:and )?|/")
_AND = re.compile(r",? and ")
_BEGINS_OTHER = re.compile(r"\s?(?:[,;()]|and\b|with\b|on\b|in\b|by\b|to\b)")
_LONGEST_LEAD, _LONGEST_COMPARISON = 70, 80


def link_system(sentence: MarkedSentence, value: ResultMention) -> CellLink | None:
    """The system of which a value is reported."""
    found = _next_to(sentence, value)
    if found is not None:
        return found
    for one in _subjects(sentence, value):
        before = _lead(sentence, one)
        gap = sentence.gap(one.end, value.start)
        verb = _VERB.search(gap)
        is_near = verb is not None and bool(_SUBJECT_TO_VERB.fullmatch(gap[: verb.start()]))
        if one.kind == "benchmark" and not is_near:
            continue
        if verb and not is_near and _NEW_CLAUSE.search(gap):
            return None
        is_ruled_out = _COMPARED.search(before) or (
            verb and not verb[0].endswith("ing") and _NOT_SUBJECT.search(before) and not _APPOSITION.match(gap)
        )
        if is_near and one.detail in ("name", "own") and not is_ruled_out:
            return _paired(sentence, one, value)
        if one.text.lower() == "which" or _NOT_SUBJECT.search(before) or _OBJECT.search(before):
            continue
        if one.detail == "back" and _IMPERSONAL.search(before):
            continue
        if one.text.lower() == "we" and _THAT.search(gap):
            continue
        if verb and (not verb[0].endswith("ing") or not gap[: verb.start()].strip()):
            return CellLink((one,), "subject")
        if one.detail == "name" and not _BEGINS_OTHER.match(gap):
            return None
    return _implied(sentence, value)


def propose_systems(sentence: MarkedSentence, at: int, earlier: Sequence[MarkedSentence], title: str) -> list[CellLink]:
    """What rules say of which system a value is; ``earlier`` are the sentences before, the nearest first.

    ``title`` is the paper's, by which its own system is called where it has no name.
    """
    value = sentence.values[at]
    if sentence.is_of_compared(at):
        return list(_of_compared(sentence, value))
    return list(_of_result(sentence, value, earlier, title))


def _of_result(
    sentence: MarkedSentence, value: ResultMention, earlier: Sequence[MarkedSentence], title: str
) -> Iterator[CellLink]:
    if paired := _in_lists(sentence, value):
        yield CellLink((paired,), "in_lists")
        return
    subject = clause_subject(sentence, value.start)
    stands_for = None if subject and subject.detail != "back" else antecedent(earlier)
    is_of_another = subject is not None and stands_for is not None and not _is_main(sentence, stands_for)
    link = link_system(sentence, value)
    if link and not (subject and 0 <= link.mentions[0].start < subject.start) and not is_of_another:
        yield link
    if subject is not None and not is_of_another:
        yield CellLink((subject,), f"clause_{subject.detail}")
    if stands_for is not None:
        yield CellLink((_elsewhere(stands_for),), "antecedent" if subject else "topic")
    if is_of_another:
        return
    if done := gerund_object(sentence, value.start):
        yield CellLink((done[0],), "applied" if done[1].startswith(("apply", "us", "integrat")) else "gerund")
    if phrase := phrase_subject(sentence, value.start):
        yield CellLink((phrase,), "phrase")
    for one in sentence.preceding(value, "system")[:1]:
        if not is_caused(sentence, one):
            yield CellLink((one,), "nearest_before")
    for one in sentence.following(value, "system")[:1]:
        gap = sentence.gap(value.end, one.start)
        yield CellLink((one,), "value_for_system" if _VALUE_FOR_SYSTEM.fullmatch(gap) else "nearest_after")
    for name in sentence.own.systems[:2]:
        yield CellLink((ResultMention("system", -1, -1, name, "own"),), "brought")
    if not sentence.own.systems:
        yield CellLink((ResultMention("system", -1, -1, title, "own"),), "titled")


def _of_compared(sentence: MarkedSentence, value: ResultMention) -> Iterator[CellLink]:
    if link := link_improved(sentence, value):
        yield link
        return
    before = sentence.preceding(value, "system")
    for one in before[:1]:
        if _SYSTEM_THEN_VALUE.fullmatch(sentence.gap(one.end, value.start)):
            yield CellLink((one,), "system_then_value")
            return
    for one in sentence.following(value, "system")[:1]:
        if _VALUE_FOR_SYSTEM.fullmatch(sentence.gap(value.end, one.start)):
            yield CellLink((one,), "value_for_system")
            return
    for one in before:
        lead = _lead(sentence, one)
        if _COMPARED_BEFORE.search(lead):
            yield CellLink((one,), "compared")
            break
    for one in reversed(before):
        if _WITH.search(_lead(sentence, one)):
            yield CellLink((one,), "with")
            break
    for one in before:
        if one.detail in ("name", "others"):
            yield CellLink((one,), "nearest_before")
            break
    for one in sentence.following(value, "system")[:1]:
        yield CellLink((one,), "nearest_after")
    if phrase := phrase_subject(sentence, value.start):
        yield CellLink((phrase,), "phrase")
    if subject := clause_subject(sentence, value.start):
        yield CellLink((subject,), "clause")


def _in_lists(sentence: MarkedSentence, value: ResultMention) -> ResultMention | None:
    """Of as many systems in a list as values in one, that in the value's place: "S, S, and S reach V, V, and V"."""
    values = _listed(sentence, sentence.values, value)
    named = [one for one in sentence.mentions if one.kind == "system" and one.detail in ("name", "own")]
    before = [one for one in named if one.end <= values[0].start][-1:]
    systems = _listed(sentence, named, before[0]) if before else []
    return systems[values.index(value)] if len(systems) == len(values) > 1 else None


def _listed(sentence: MarkedSentence, mentions: Sequence[ResultMention], one: ResultMention) -> list[ResultMention]:
    """The mentions that stand in a list with one of them."""
    first = last = mentions.index(one)
    while first > 0 and _LISTED.fullmatch(sentence.gap(mentions[first - 1].end, mentions[first].start)):
        first -= 1
    while last + 1 < len(mentions) and _LISTED.fullmatch(sentence.gap(mentions[last].end, mentions[last + 1].start)):
        last += 1
    return list(mentions[first : last + 1])


def _is_main(sentence: MarkedSentence, mention: ResultMention) -> bool:
    """Whether it is the system that the paper is about, or a variant of it."""
    if mention.detail == "own" and sentence.own.kind_of(mention.text) is None:
        return True
    return bool(main := sentence.own.main_system) and name_letters(mention.text).startswith(name_letters(main))


def _elsewhere(mention: ResultMention) -> ResultMention:
    """A mention of another sentence."""
    return ResultMention(mention.kind, -1, -1, mention.text, mention.detail)


def link_improved(sentence: MarkedSentence, value: ResultMention) -> CellLink | None:
    """The system with a name that is improved from a value: "improves S on B from V"."""
    for one in sentence.preceding(value, "system")[:1]:
        is_object = _OBJECT.search(_lead(sentence, one)) or _ALSO.search(sentence.gap(0, one.start))
        if one.detail == "name" and is_object and _IMPROVED_FROM.fullmatch(sentence.gap(one.end, value.start)):
            return CellLink((one,), "improved")
    return None


def _link_for_system(sentence: MarkedSentence, value: ResultMention) -> CellLink | None:
    """The system with a name that directly follows a percentage: "V for S"."""
    for one in sentence.following(value, "system")[:1] if value.detail == "percent" else ():
        if sentence.gap(value.end, one.start) == " for ":
            return CellLink((one,), "value_for_system")
    return None


def link_against(sentence: MarkedSentence, value: ResultMention, kind: ResultKind) -> ResultMention | None:
    """What an improvement is over."""
    if kind == "absolute":
        return None
    before, after = sentence.preceding(value, "system")[:1], sentence.following(value, "system")[:1]
    for one, gap in (
        *((one, sentence.gap(one.end, value.start)) for one in before),
        *((one, sentence.gap(value.end, one.start)) for one in after),
    ):
        if one.detail not in ("name", "others") or set(gap) & set(",;V"):
            continue
        if _AGAINST.search(sentence.gap(max(one.start - _LONGEST_COMPARISON, 0), one.start) + "S "):
            return one
    return None


def _next_to(sentence: MarkedSentence, value: ResultMention) -> CellLink | None:
    for one in sentence.preceding(value, "system")[:1]:
        if _is_example(sentence, one, value):
            return CellLink((one,), "example")
        if found := _link_for_system(sentence, value):
            return found
        if one.detail in ("name", "own", "others") and _SYSTEM_THEN_VALUE.fullmatch(sentence.gap(one.end, value.start)):
            return CellLink((one,), "system_then_value")
    for one in sentence.following(value, "system")[:1]:
        gap = sentence.gap(value.end, one.start)
        if one.detail != "back" and "V" not in gap and _VALUE_FOR_SYSTEM.fullmatch(gap):
            return CellLink((one,), "value_for_system")
    return None


def _is_example(sentence: MarkedSentence, one: ResultMention, value: ResultMention) -> bool:
    """Whether it is the example of the subject: "models such as S reach V"."""
    others = [other for other in sentence.preceding(value, "system") if other.end <= one.start][:1]
    if one.detail != "name" or not others or others[0].detail != "others":
        return False
    verb = _VERB.search(gap := sentence.gap(one.end, value.start))
    return (
        verb is not None
        and bool(_EXAMPLE.fullmatch(sentence.gap(others[0].end, one.start)))
        and bool(_EXAMPLE_TO_VERB.fullmatch(gap[: verb.start()]))
    )


def _subjects(sentence: MarkedSentence, value: ResultMention) -> list[ResultMention]:
    """What may be the subject of a value, the nearest first: systems, and what the paper itself brings."""
    return [
        one
        for one in reversed(sentence.mentions)
        if one.end <= value.start and (one.kind == "system" or (one.kind == "benchmark" and one.detail == "own"))
    ]


def _paired(sentence: MarkedSentence, second: ResultMention, value: ResultMention) -> CellLink | None:
    """Of "S and S achieve V and V, respectively" the system in the value's place."""
    others = [one for one in sentence.mentions if one.kind == "system" and one.end <= second.start]
    if not others or not _AND.fullmatch(sentence.gap(others[-1].end, second.start)):
        return CellLink((second,), "near_subject")
    values = sentence.values
    at = values.index(value)
    if "respectively" not in sentence.text:
        return None
    if at + 1 < len(values) and _AND.fullmatch(sentence.gap(value.end, values[at + 1].start)):
        return CellLink((others[-1],), "in_pairs")
    is_second = at > 0 and _AND.fullmatch(sentence.gap(values[at - 1].end, value.start))
    return CellLink((second,), "in_pairs") if is_second else None


def _implied(sentence: MarkedSentence, value: ResultMention) -> CellLink | None:
    """The paper's own system, where the sentence names none as its subject and no other one."""
    own = sentence.own
    if own.evaluates or not own.main_system:
        return None
    named = (one for one in sentence.preceding(value, "system") if one.detail in ("name", "others"))
    if any(not _COMPARED_BEFORE.search(_lead(sentence, one)) for one in named):
        return None
    return CellLink((ResultMention("system", -1, -1, own.main_system, "own"),), "implied")


def _lead(sentence: MarkedSentence, mention: ResultMention) -> str:
    """What precedes a mention."""
    return sentence.gap(max(mention.start - _LONGEST_LEAD, 0), mention.start)
