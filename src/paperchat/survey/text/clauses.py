"""Sentences cut to the clause that matters, at the borders of clauses only."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice

from paperchat.survey.sentence_roles import INLINE_HEADING

MOST = 200
"""In characters; a sentence up to here is left whole."""
_BORDER = re.compile(
    r"(?:;|:(?!\S)|,(?=\s(?:and (?:we|it|that|then|the|our|a|an|is|are|was|were|can|has|have|show\w*|demonstrat\w+|"
    r"achiev\w+|outperform\w*|provid\w+|propos\w+)|but|while|whereas|which|where|thereby|thus|yet|so|because|since|"
    r"although|though|with|without|leading|resulting|enabling|achieving|demonstrating|outperforming|surpassing|"
    r"providing|making|allowing|suggesting|indicating|using|reducing|improving|increasing|showing|yielding|"
    r"revealing|including|we|our|it|there|this|these|they|a|an|the)\b)|\s[–—-](?=\s)|—)\s*(?:(?:and|but|while|whereas|yet|so)\s)?",
)
_BEFORE = re.compile(
    r"^(?:(?:however|moreover|furthermore|additionally|in addition|therefore|thus|hence|consequently|nevertheless|"
    r"nonetheless|finally|notably|importantly|specifically|in particular|to this end|here|overall|first|second|third|"
    r"firstly|secondly|lastly|in (?:this|our) (?:paper|work|study|article|review|survey|letter|report)|in conclusion|"
    r"in summary|as a result|surprisingly|remarkably|interestingly|besides|meanwhile|also|to (?:address|tackle|"
    r"overcome|solve|bridge|fill|mitigate|remedy|circumvent|resolve|alleviate) (?:this|these|that|it|the (?:above|"
    r"issues?|challenges?|problems?|gap|limitations?))[^,;:]{0,80}),\s+)+",
    re.IGNORECASE,
)
_SUBORDINATE = re.compile(
    r"(?:despite|while|although|though|since|as|when|if|because|by|given|to|after)\s", re.IGNORECASE
)
"""A clause that opens so says nothing without the next."""
_LEFT_HANGING = re.compile(r"\b(?:that|which|whether|if|when|while|where|and|but|or),\s[^,;]*$", re.IGNORECASE)
"""Begins to tell something and breaks off before it is said."""
_SHORTEST = 25
_BORDERS = 60
"""So many are looked at, since all runs between two of them are: no sentence has more, but what is made to last."""
_LEANS = re.compile(
    r"(?:which|where|with|without|thereby|thus|this|these|they|it|leading|resulting|enabling|achieving|reducing|making|"
    r"providing|using|allowing|demonstrating|outperforming|surpassing|indicating|suggesting|\(\w{1,3}\))\b",
    re.IGNORECASE,
)
_LEANING = 1.0
"""What it costs a clause that its subject stands before it."""
_CLOSE = {"(": ")", "[": "]", "{": "}"}


def best_clause(sentence: str, weight: Callable[[str], float], *, most: int = MOST) -> tuple[int, int]:
    """The span of the run of clauses with the most weight that has at most ``most`` characters.

    An opening such as "However," or a heading is left out. Where no clause is so short, the shortest with any weight is
    given; where the sentence has no borders, all of it.
    """
    heading = INLINE_HEADING.match(sentence)
    start = heading.end() if heading else 0
    if opening := _BEFORE.match(sentence[start:]):
        start += opening.end()
    if len(sentence) - start <= most:
        return start, len(sentence)
    starts, ends = [start], []
    for match in islice(_BORDER.finditer(sentence, start), _BORDERS):
        if _is_outside_brackets(sentence, start, match.start()):
            ends.append(match.start())
            starts.append(match.end())
    ends.append(len(sentence))
    runs = [
        (starts[first], ends[last])
        for first in range(len(starts))
        for last in range(first, len(ends))
        if ends[last] - starts[first] >= _SHORTEST
        and not (first == last and _SUBORDINATE.match(sentence, starts[first]))
        and not _LEFT_HANGING.search(sentence[starts[first] : ends[last]])
    ]
    short = [run for run in runs if run[1] - run[0] <= most]
    if not short:
        weighed = [run for run in runs if weight(sentence[slice(*run)]) > 0] or runs or [(start, len(sentence))]
        return min(weighed, key=lambda run: (run[1] - run[0], run[0]))
    # Of runs that weigh the same the earliest and, of those, the longest says most.
    return max(short, key=lambda run: (_worth(sentence[slice(*run)], weight), -run[0], run[1]))


def _worth(clause: str, weight: Callable[[str], float]) -> float:
    return weight(clause) - (_LEANING if _LEANS.match(clause) else 0.0)


def _is_outside_brackets(text: str, start: int, end: int) -> bool:
    part = text[start:end]
    return all(part.count(opening) <= part.count(closing) for opening, closing in _CLOSE.items()) and (
        part.count("$") % 2 == 0
    )
