"""What may be the cells of a value: mentions and phrases of its sentence and of those before, with their features."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from paperchat import lexicon
from paperchat.results.benchmark_links import listed_from
from paperchat.results.cell_features import lead_word, measure_group, place_features
from paperchat.results.clause_subjects import clause_subject
from paperchat.results.marked_sentence import CellLink, MarkedSentence
from paperchat.results.own_names import OwnNames
from paperchat.results.result_mentions import ResultMention
from paperchat.results.result_names import listed_benchmark, listed_measure, name_letters
from paperchat.results.system_links import propose_systems
from paperchat.results.types import CellSource, ResultCell

_LEXICON = lexicon.load("result_sentences")
_MEASURE_AFTER = re.compile(_LEXICON.regex("candidates.measure_after"), re.IGNORECASE)
_MEASURE_BEFORE = re.compile(_LEXICON.regex("candidates.measure_before"), re.IGNORECASE)
_VAGUE_BEFORE = re.compile(_LEXICON.regex("candidates.vague_before"), re.IGNORECASE)
_VAGUE_AFTER = re.compile(_LEXICON.regex("candidates.vague_after"), re.IGNORECASE)
_CAPITALS = re.compile(r"[A-Z]{2}")
_PLACE = re.compile(_LEXICON.regex("candidates.place"))
_NO_MEASURE = re.compile(_LEXICON.regex("phrases.no_measure"), re.IGNORECASE)
_ON = re.compile(r"\b(?:[Oo]n|[Aa]pplied to|[Ff]or) (?:the )?$")
_FRONT = re.compile(r"(?:^|[,;:.] |\b(?:that|and|even) )$")
_FEW_WORDS = 4
_EXACT = frozenset({"in_lists", "in_pairs", "improved", "system_then_value", "bracket", "example", "unit"})
"""Rules by which the sentence says exactly what belongs to a value, so that others need not agree."""
_LONGEST_BEFORE, _LONGEST_AFTER = 160, 90

Mentions = tuple[ResultMention, ...]


@dataclass(frozen=True, slots=True)
class CellCandidate:
    """What may be a cell of a value's result.

    Attributes:
        features: by which its probability is told (``cell_confidence``).
        is_own: whether it is what the paper itself brings; of systems alone.
    """

    cell: ResultCell
    features: frozenset[str]
    is_own: bool = False


# Measures


def measure_candidates(sentence: MarkedSentence, at: int, links: Sequence[CellLink | None]) -> list[CellCandidate]:
    """What may be the measure of a value; ``links`` are those of all values."""
    value, link = sentence.values[at], links[at]
    rules: dict[Mentions, set[str]] = defaultdict(set)
    if link:
        rules[link.mentions].add(link.rule)
    for one in sentence.preceding(value, "measure")[:1]:
        rules[one,].add("nearest_before")
    for one in sentence.following(value, "measure")[:1]:
        rules[one,].add("nearest_after")
    phrases = list(_measure_phrases(sentence, value))
    for one in phrases:
        rules[one,].add(f"phrase_{one.detail}")
    beside = {f"beside:{one.detail}" for one in phrases}
    found = []
    for mentions, names in rules.items():
        extra = {*_measure_kind(value, mentions[0]), *beside, _linked(links, at, mentions)}
        text = _text(sentence, mentions)
        cell = ResultCell(text=text, name=listed_measure(text))
        found.append(CellCandidate(cell, _features(sentence, value, mentions, names, "M") | extra))
    return found


def _measure_kind(value: ResultMention, measure: ResultMention) -> Iterator[str]:
    group = measure_group(measure.text)
    yield f"{value.detail}:{group}"
    yield f"length:{min(len(measure.text.split()), 4)}"
    if group == "unknown" and _CAPITALS.search(measure.text):
        yield "capitals"


def _measure_phrases(sentence: MarkedSentence, value: ResultMention) -> Iterator[ResultMention]:
    if value.detail == "integer":
        return
    text = sentence.text
    first = max(value.start - _LONGEST_BEFORE, 0)
    after = _MEASURE_AFTER.match(text[value.end : value.end + _LONGEST_AFTER])
    before = _MEASURE_BEFORE.search(text[first : value.start])
    vague = list(_VAGUE_BEFORE.finditer(text[first : value.start]))[-1:]
    vague_after = _VAGUE_AFTER.match(text[value.end : value.end + _LONGEST_AFTER])
    found = [(after, value.end, "after"), (before, first, "before"), (vague_after, value.end, "vague_after")]
    for match, offset, detail in (*found, *((one, first, "vague_before") for one in vague)):
        if match and (detail.startswith("vague") or not _NO_MEASURE.search(match["noun"])):
            start, end = match.start("noun") + offset, match.end("noun") + offset
            if not any(one.kind == "value" and one.start < end and start < one.end for one in sentence.mentions):
                yield ResultMention("measure", start, end, match["noun"], detail)


# Benchmarks


def benchmark_candidates(
    sentence: MarkedSentence, at: int, links: Sequence[CellLink | None], earlier: Sequence[MarkedSentence]
) -> list[CellCandidate]:
    """What may be the benchmark of a value; ``links`` are those of all values, ``earlier`` the sentences before, the
    nearest first.
    """
    value, link = sentence.values[at], links[at]
    rules = _benchmark_rules(sentence, value, link)
    here = "here" if any(one.kind == "benchmark" for one in sentence.mentions) else "not_here"
    found = []
    for mentions, names in rules.items():
        features = _features(sentence, value, mentions, names, "B") | {here, _linked(links, at, mentions)}
        found.append(CellCandidate(_benchmark(_text(sentence, mentions), mentions), features))
    common = {here, "linked" if link else "not_linked", f"unit:{value.detail}"}
    for distance, other in enumerate(earlier, 1):
        listed = list(_of_earlier(other, distance, common))
        found += listed
        if listed:
            break
    for name in sentence.own.benchmarks:
        main = "main" if name == sentence.own.main_benchmark else "other"
        features = frozenset({f"own:{main}", f"own:{_role(sentence)}", f"own:{here}", f"own:unit:{value.detail}"})
        found.append(CellCandidate(ResultCell(text=name, name=listed_benchmark(name), source="paper"), features))
    return found


def _benchmark_rules(
    sentence: MarkedSentence, value: ResultMention, link: CellLink | None
) -> Mapping[Mentions, set[str]]:
    """What rules say of which benchmark of its own sentence a value is."""
    rules: dict[Mentions, set[str]] = defaultdict(set)
    if link:
        rules[link.mentions].add(link.rule)
        if link.rule == "in_pairs":
            return rules
    for one in sentence.preceding(value, "benchmark")[:1]:
        rules[one,].add("nearest_before")
    for one in sentence.following(value, "benchmark")[:1]:
        rules[listed_from(sentence, one)].add("nearest_after")
    for one, rule in _places(sentence, value):
        rules[one,].add(rule)
    return rules


def _benchmark(text: str, mentions: Mentions, source: CellSource = "quote") -> ResultCell:
    """The cell of a benchmark; of a list, of all of it."""
    name = " + ".join(dict.fromkeys(listed_benchmark(one.text) for one in mentions))
    return ResultCell(text=text, name=name, source=source)


def _places(sentence: MarkedSentence, value: ResultMention) -> Iterator[tuple[ResultMention, str]]:
    """Where something was measured, without a name or on a model: "V for point clouds", "In long videos, …"."""
    for match in _PLACE.finditer(sentence.text):
        start, end = match.span("noun")
        if any(one.start < end and start < one.end for one in sentence.mentions if one.kind != "system"):
            continue
        mention = ResultMention("benchmark", start, end, match["noun"], "place")
        preposition = match["preposition"].lower()
        if position := _position(sentence, value, match.start(), end):
            yield mention, f"{position}_{preposition}"
    for one in sentence.mentions:
        lead = _ON.search(sentence.gap(0, one.start)) if one.kind == "system" and one.detail == "name" else None
        if lead and (position := _position(sentence, value, one.start - len(lead[0]), one.end)):
            yield ResultMention("benchmark", one.start, one.end, one.text, "system"), f"{position}_system"


def _position(sentence: MarkedSentence, value: ResultMention, start: int, end: int) -> str:
    """Where a place stands from a value; empty where another value is between them."""
    if end <= value.start:
        if _FRONT.search(sentence.gap(0, start)) and sentence.text[end : end + 1] == ",":
            return "fronted"
        gap = sentence.gap(end, value.start)
        return "" if "V" in gap else "before" if len(gap.split()) < _FEW_WORDS else "long_before"
    if start < value.end:
        return ""
    gap = sentence.gap(value.end, start)
    return "" if "V" in gap else "after" if len(gap.split()) < _FEW_WORDS else "long_after"


def _of_earlier(other: MarkedSentence, distance: int, common: set[str]) -> Iterator[CellCandidate]:
    """The benchmarks that an earlier sentence names, each list of them."""
    end = place = 0
    for one in other.mentions:
        if one.kind != "benchmark" or one.start < end:
            continue
        mentions = listed_from(other, one)
        end = mentions[-1].end
        features = frozenset(
            {
                f"earlier:{min(distance, 2)}",
                f"earlier:detail:{one.detail}",
                f"earlier:place:{min(place, 1)}",
                f"earlier:lead:{lead_word(other, one.start)}",
                "earlier:several" if len(mentions) > 1 else "earlier:one",
                "earlier:values" if other.values else "earlier:no_values",
                *(f"earlier:{name}" for name in common),
            }
        )
        place += 1
        yield CellCandidate(_benchmark(other.text[one.start : end], mentions, "paper"), features)


# Systems


def system_candidates(
    sentence: MarkedSentence, at: int, earlier: Sequence[MarkedSentence], title: str
) -> list[CellCandidate]:
    """What may be the system of a value; ``earlier`` are the sentences before, the nearest first."""
    value = sentence.values[at]
    rules: dict[Mentions, set[str]] = defaultdict(set)
    for link in propose_systems(sentence, at, earlier, title):
        rules[link.mentions].add(link.rule)
    compared = "compared:" if sentence.is_of_compared(at) else ""
    subject = clause_subject(sentence, value.start)
    systems = (one for one in sentence.mentions if one.kind == "system" and one.detail in ("name", "own"))
    rivals = min(len({name_letters(one.text) for one in systems}), 2)
    found = []
    for mentions, names in rules.items():
        first = mentions[0]
        if (cell := _system(first, sentence.own, title)) is None:
            continue
        kind = _system_kind(sentence, first) + ("" if first.start >= 0 else ":implied")
        extra = {f"{compared}kind:{kind}", f"{_role(sentence)}:{kind}", f"rivals:{rivals}:{kind}"}
        if rivals > 1 and "respectively" in sentence.text and "in_lists" not in names:
            extra.add("not_in_lists")
        if subject and first.start >= 0 and first.end < subject.start:
            extra.add("before_subject")
        features = _features(sentence, value, mentions, {compared + name for name in names}, "S") | extra
        found.append(CellCandidate(cell, features, first.detail in ("own", "back")))
    return found


def _system(mention: ResultMention, own: OwnNames, title: str) -> ResultCell | None:
    """The system; under the paper's own name for it, else its title, where it is called "our method" or "it"."""
    source: CellSource = "paper" if mention.start < 0 else "quote"
    if mention.detail not in ("own", "back") or own.kind_of(mention.text) is not None:
        return ResultCell(text=mention.text, name=mention.text, source=source)
    if mention.detail == "back" and not own.main_system:
        return None
    return ResultCell(text=mention.text, name=own.main_system or title, source=source)


def _system_kind(sentence: MarkedSentence, mention: ResultMention) -> str:
    own = sentence.own
    if mention.kind == "benchmark":
        return "data"
    if mention.detail in ("own", "back"):
        if own.kind_of(mention.text) is None:
            return "generic" if own.main_system else "titled"
        return "main" if name_letters(mention.text).startswith(name_letters(own.main_system)) else "other_own"
    return mention.detail


def _role(sentence: MarkedSentence) -> str:
    return "evaluates" if sentence.own.evaluates else "brings"


# All


def _linked(links: Sequence[CellLink | None], at: int, mentions: Mentions) -> str:
    """Whether a rule links the value to these mentions, to others, or only another value to them."""
    link = links[at]
    if link is not None:
        return "is_link" if link.mentions == mentions else "other_link"
    of_others = (one for one in links if one is not None)
    return "taken" if any(set(one.mentions) & set(mentions) for one in of_others) else "no_link"


def _text(sentence: MarkedSentence, mentions: Mentions) -> str:
    return sentence.text[mentions[0].start : mentions[-1].end]


def _features(
    sentence: MarkedSentence, value: ResultMention, mentions: Mentions, rules: Collection[str], letter: str
) -> frozenset[str]:
    first, last = mentions[0], mentions[-1]
    is_exact = any(rule.rsplit(":", 1)[-1] in _EXACT for rule in rules)
    features = {f"rule:{rule}" for rule in rules}
    features |= {"exact" if is_exact else f"votes:{min(len(rules), 3)}", f"detail:{first.detail or 'listed'}"}
    if len(mentions) > 1:
        features.add("several")
    if first.start >= 0:
        features.update(place_features(sentence, value, first.start, last.end, letter))
    return frozenset(features)
