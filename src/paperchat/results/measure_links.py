"""The measure of a value, by rules: what stands between them, and what the values of a list share."""

from __future__ import annotations

import re

from paperchat import lexicon
from paperchat.results.marked_sentence import CellLink, MarkedSentence, share_links
from paperchat.results.result_mentions import ResultMention, find_measure_phrase

_LEXICON = lexicon.load("result_sentences")
_MEASURE_THEN_VALUE = re.compile(_LEXICON.regex("links.measure_then_value"), re.IGNORECASE)
_VALUE_THEN_MEASURE = re.compile(_LEXICON.regex("links.value_then_measure"), re.IGNORECASE)
_MEASURED_ON = re.compile(_LEXICON.regex("links.measured_on"))
_RATE_UNIT = re.compile(r"fps|tps|tok\w*/s\w*", re.IGNORECASE)


def link_measures(sentence: MarkedSentence) -> list[CellLink | None]:
    """The measure of each value of the sentence."""
    links = [_link(sentence, value) for value in sentence.values]
    _share(sentence, links)
    return links


def _link(sentence: MarkedSentence, value: ResultMention) -> CellLink | None:
    if value.detail == "unit" and (unit := _RATE_UNIT.search(value.text)):
        measure = ResultMention("measure", value.start + unit.start(), value.start + unit.end(), unit[0])
        return CellLink((measure,), "unit")
    for one in sentence.following(value, "measure")[:1]:
        gap = sentence.gap(value.end, one.start).replace("(V)", "")
        if "V" not in gap and value.detail != "integer" and _VALUE_THEN_MEASURE.search(gap):
            return CellLink((one,), "value_then_measure")
    for one in sentence.preceding(value, "measure")[:1]:
        gap = sentence.gap(one.end, value.start)
        if "V" not in gap and _MEASURE_THEN_VALUE.fullmatch(_MEASURED_ON.sub("", gap)):
            return CellLink((one,), "measure_then_value")
    if value.detail == "integer":
        return None
    phrase = find_measure_phrase(sentence.text, value.start, value.end)
    if phrase and not any(
        one.kind in ("benchmark", "system") and one.start < phrase[1] and phrase[0] < one.end
        for one in sentence.mentions
    ):
        measure = ResultMention("measure", *phrase, sentence.text[slice(*phrase)], "phrase")
        return CellLink((measure,), "phrase")
    return None


def _share(sentence: MarkedSentence, links: list[CellLink | None]) -> None:
    """Values in a list share the measure that only one of them names."""
    values = sentence.values

    def shares_earlier(at: int) -> bool:
        return values[at].detail != "integer" and sentence.are_alike(at - 1, at)

    def shares_later(at: int) -> bool:
        between = sentence.gap(values[at].end, values[at + 1].start)
        return "M" not in between and sentence.are_alike(at, at + 1)

    share_links(sentence, links, shares_earlier=shares_earlier, shares_later=shares_later)
