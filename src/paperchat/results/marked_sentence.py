"""A sentence with its mentions, and how its values follow one another: lists, improvements, comparisons."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from paperchat import lexicon
from paperchat.results.own_names import OwnNames
from paperchat.results.result_mentions import ResultMention, find_mentions

_LEXICON = lexicon.load("result_sentences")
_MARGIN = re.compile(_LEXICON.regex("links.margin"), re.IGNORECASE)
_LISTED_VALUES = re.compile(_LEXICON.regex("links.listed_values"), re.IGNORECASE)
_BASELINE_VALUE = re.compile(_LEXICON.regex("links.baseline_value"), re.IGNORECASE)
_TO_VALUE = re.compile(_LEXICON.regex("links.to_value"))
_FROM_VALUE = re.compile(r"\bfrom (?:[a-z]+ ){0,2}[+~]?$")
_FROM = re.compile(r"\bfrom\s?(?:about |around )?$")
_THEN_TO = re.compile(r"\s?(?:\w+ )?(?:\(S\) )?to ")
_COMPARED = re.compile(_LEXICON.regex("links.of_compared"))
_THEN_SYSTEM = re.compile(r"\s?(?:M|\w+)?(?: [\w-]+){0,3} (?:of|for|by) (?:the |an? )?S")
_POSSESSIVE = re.compile(r"['’]s\b")
_OF_OTHER = re.compile(r"\s?\(\s?")
_LATEX = re.compile(r"\\(?:emph|textbf|text|mathbf)\{|[{}$]")
_MARKS = {"value": "V", "measure": "M", "benchmark": "B", "system": "S"}
_BEFORE_BASELINE = 25


@dataclass(frozen=True, slots=True)
class CellLink:
    """What a value belongs to, of a list of benchmarks all of them, and the name of the rule that says so."""

    mentions: tuple[ResultMention, ...]
    rule: str


class MarkedSentence:
    """A sentence of a paper in which a letter can stand for each mention: V a value, M a measure, B a benchmark, S a
    system.
    """

    def __init__(self, text: str, own: OwnNames) -> None:
        self.text = text
        self.own = own
        self.mentions = find_mentions(text, own)
        self.values = [one for one in self.mentions if one.kind == "value"]

    def gap(self, start: int, end: int) -> str:
        """The text between two places, in which a letter stands for each mention."""
        parts, at = [], start
        for one in self.mentions:
            if one.start >= start and one.end <= end:
                parts.append(self.text[at : one.start] + _MARKS[one.kind])
                at = one.end
        return _LATEX.sub("", "".join(parts) + self.text[at:end])

    def following(self, value: ResultMention, kind: str) -> list[ResultMention]:
        """The mentions of a kind after a value, the nearest first."""
        return [one for one in self.mentions if one.kind == kind and one.start >= value.end]

    def preceding(self, value: ResultMention, kind: str) -> list[ResultMention]:
        """The mentions of a kind before a value, the nearest first."""
        return [one for one in reversed(self.mentions) if one.kind == kind and one.end <= value.start]

    # How the values, by their places in ``values``, follow one another

    def is_listed_after(self, first: int, second: int) -> bool:
        """Whether two neighbouring values are of one list, or those before and after an improvement."""
        gap = self.gap(self.values[first].end, self.values[second].start)
        if _TO_VALUE.match(gap) and _FROM_VALUE.search(self.text[: self.values[first].start]):
            return True
        return bool(_LISTED_VALUES.fullmatch(gap))

    def are_alike(self, first: int, second: int) -> bool:
        """Whether neither value is a ratio or has a unit, or both do, so that they may be of one measure."""
        details = [self.values[one].detail for one in (first, second)]
        units = [detail if detail in ("ratio", "unit") else "" for detail in details]
        return units[0] == units[1]

    def is_of_other(self, at: int) -> bool:
        """Whether it is the value of a system that is compared with, in parentheses: "V, surpassing S (V)"."""
        value = self.values[at]
        before = self.preceding(value, "system")[:1]
        return bool(before) and bool(_OF_OTHER.fullmatch(self.gap(before[0].end, value.start)))

    def is_margin(self, at: int) -> bool:
        """Whether it is by how much the value before it is more than another's: "V on B, outperforming S by V"."""
        first = max(at - 2, 0) if self.is_of_other(at - 1) else at - 1
        return bool(_MARGIN.search(self.gap(self.values[first].end, self.values[at].start)))

    def is_before(self, at: int) -> bool:
        """Whether it is the value before an improvement, "from V to V"."""
        if at + 1 == len(self.values):
            return False
        lead = self.text[: self.values[at].start]
        if lead.endswith("(") and self.gap(self.values[at].end, self.values[at + 1].start) == " to ":
            return True
        return bool(_FROM_VALUE.search(lead)) and self.is_listed_after(at, at + 1)

    def is_baseline(self, at: int) -> bool:
        """Whether it is the value that another is compared with: "from V to V", "V vs. V"."""
        value = self.values[at]
        before = self.text[max(value.start - _BEFORE_BASELINE, 0) : value.start]
        if _BASELINE_VALUE.search(before):
            return True
        return bool(_FROM.search(before) and _THEN_TO.match(self.gap(value.end, len(self.text))))

    def is_of_compared(self, at: int) -> bool:
        """Whether it is the value of what the paper compares its own system with, or improves."""
        if self.is_before(at) or self.is_baseline(at):
            return True
        value = self.values[at]
        before = self.gap(0, value.start)
        compared = _COMPARED.search(before)
        if compared is None:
            return False
        if "S" in compared[0] or _POSSESSIVE.search(compared[0]):
            return True
        return bool(_THEN_SYSTEM.match(self.gap(value.end, len(self.text))))


def share_links(
    sentence: MarkedSentence,
    links: list[CellLink | None],
    *,
    shares_earlier: Callable[[int], bool],
    shares_later: Callable[[int], bool],
) -> None:
    """Give values of a list that have no link the one of their neighbour, from the first on, then from the last back.

    Args:
        shares_earlier: whether a value that is listed after the one before it, by its place, may take its link.
        shares_later: whether a value may take the link of the one that is listed after it.
    """
    for at in range(1, len(links)):
        before = links[at - 1]
        if links[at] is not None or before is None:
            continue
        if sentence.is_of_other(at) or (sentence.is_margin(at) and sentence.are_alike(at - 1, at)):
            links[at] = CellLink(before.mentions, "of_other")
        elif sentence.is_listed_after(at - 1, at) and shares_earlier(at):
            links[at] = CellLink(before.mentions, "listed")
    for at in range(len(links) - 2, -1, -1):
        after = links[at + 1]
        if links[at] is not None or after is None:
            continue
        if not sentence.is_of_other(at) and sentence.is_listed_after(at, at + 1) and shares_later(at):
            links[at] = CellLink(after.mentions, "listed")
