"""How well a sentence can be understood on a page of its own, away from the text around it."""

from __future__ import annotations

import re

from paperchat.survey.sentence_roles import INLINE_HEADING

_LEANS_ON_A_NOUN = re.compile(
    r"^(?:(?:more |most )?\w+ly,? )?(?:it|they|its|their|such|this|these|those|that|he|she|both|each|the (?:former|"
    r"latter|same|two|three|above|"
    r"resulting|remaining|corresponding|other|others))\b(?! (?:paper|work|study|article|review|survey|report|letter|"
    r"thesis|tutorial|chapter|is (?:the|a) first))",
    re.IGNORECASE,
)
_LEANS_IN_A_CLAUSE = re.compile(
    r"^(?:\w+ing (?:this|these|that|those|such|the above) |(?:most|many|some|all|none|few|several) of (?:them|these|"
    r"those)\b|"
    r"the reason (?:is|for this)\b)|"
    r"^(?:while|although|though|despite|because|since|when|if|as|by|given|unlike|in|for|to|with)\s+(?:\w+ing )?"
    r"(?:it|its|they|their|them|this|these|those|such|both|he|she)\b(?! (?:paper|work|study|article|review|survey))",
    re.IGNORECASE,
)
_SAYS_NO_SUBJECT = re.compile(
    r"^(?:while|although|though|despite|unlike)\s+(?:being |often |highly |largely |architecturally |conceptually )*"
    r"(?:effective|promising|appealing|useful|powerful|successful|popular|simple|efficient|straightforward|impressive|"
    r"accurate|fast|valuable|elegant)\b[^,]*,\s+(?:it|they|these|this|such|its|their)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"^(?:however|moreover|furthermore|therefore|thus|hence|consequently|additionally|in addition|besides|also|then|"
    r"next|finally|lastly|first(?:ly)?|second(?:ly)?|third(?:ly)?|specifically|in particular|in contrast|by contrast|"
    r"conversely|rather|instead|nevertheless|nonetheless|meanwhile|similarly|likewise|as a result|as such|accordingly|"
    r"for (?:example|instance)|e\.g|i\.e|that is|to this end|to (?:address|overcome|tackle|solve|mitigate|bridge|fill|"
    r"remedy|achieve|resolve|alleviate|explore|answer|test) (?:this|these|that|it|them|both)|and|but|or|so|yet|"
    r"on the (?:other|one) hand|more (?:importantly|specifically)|notably|importantly|indeed|in fact|here|otherwise|"
    r"with (?:this|these)|(?:for|in) each of (?:them|these|those)|based on (?:this|these)|building on (?:this|these)|"
    r"using (?:this|these|our)|in doing so|"
    r"at its core|in (?:this|these) (?:case|setting|context|way)s?|under (?:this|these)|from (?:this|these))\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\b(?:(?:this|these|those|such)(?! as\b)(?! (?:a |an )?(?:paper|work|study|article|review|survey|report|letter))|"
    r"the former|the latter|as (?:above|before)|aforementioned|the above|the two|"
    r"(?:built|based|building) (?:up)?on this|challenge \(\w+\))\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?…][\"'”’)\]]*\Z")
_GLUED = re.compile(r"[a-z)]{2}[.?!][A-Z][a-z]")
_BULLET = re.compile(r"^\W*(?:\(?(?:\d{1,2}|[ivx]{1,4}|[a-d])[.)]|[-•*])\s")
_SHORTEST, _LONGEST = 8, 45
"""In words; a sentence beyond is hard to read out of its place."""


def standing(sentence: str) -> float:
    """From 1, for a sentence that says by itself what it is about, down to 0."""
    value = 1.0
    if _LEANS_ON_A_NOUN.search(sentence):
        value -= 0.7
    elif _LEANS_IN_A_CLAUSE.search(sentence) or _SAYS_NO_SUBJECT.search(sentence):
        value -= 0.6
    elif goes_on := _GOES_ON.search(sentence):
        rest = sentence[goes_on.end() :].lstrip(", ")
        value -= 0.85 if _LEANS_ON_A_NOUN.search(rest) or _LEANS_IN_A_CLAUSE.search(rest) else 0.45
    if back := _POINTS_BACK.search(sentence):
        # Late in a sentence it may point to what the sentence itself has said.
        value -= 0.4 if back.start() < len(sentence) / 2 else 0.15
    count = len(sentence.split())
    if count < _SHORTEST:
        value -= 0.1 * (_SHORTEST - count)
    if count > _LONGEST:
        value -= 0.02 * (count - _LONGEST)
    if not _ENDS.search(sentence) or _GLUED.search(sentence) or _BULLET.search(sentence):
        value -= 0.4
    if sentence[:1].islower() or sentence.count("(") != sentence.count(")"):
        value -= 0.3
    if INLINE_HEADING.search(sentence):
        value -= 0.1
    return max(value, 0.0)


def is_prose(sentence: str) -> bool:
    """Whether it is a sentence at all, and no heading, caption, formula or scrap of a table."""
    words = re.findall(r"[^\W\d_]{2,}", sentence)
    letters = sum(letter.isalpha() or letter.isspace() for letter in sentence)
    return len(words) >= 5 and letters >= 0.7 * len(sentence) and bool(_ENDS.search(sentence))
