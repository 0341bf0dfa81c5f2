"""Detects from its metadata whether a paper has been withdrawn or retracted.

arXiv's metadata has no field for it: authors or administrators say so in the comment, or in place of the abstract
(https://info.arxiv.org/help/withdraw.html). Publishers mark the title (NISO RP-45-2024, CREC).
"""

from __future__ import annotations

import re

_NOUN = (
    r"(?:e-?print|(?:pre-?print|conference |journal |research )?paper|pre-?print|article|chapter|submission|"
    r"manuscript|work|version|note|report|letter|draft)s?"
)
_SUBJECT = rf"(?:(?:this|the|our|my|entire|current|present|arxiv)\s+)*{_NOUN}"
_TAKEN_BACK = r"(?:withdrawn|retracted)"
_PASSIVE = rf"{_SUBJECT}\s+(?:(?:has|have|had|is|was|are|were|now|hereby|being|been|temporarily)\s+)*{_TAKEN_BACK}\b"
_ACTIVE = (
    rf"(?:we|i|the\s+(?:first\s+|corresponding\s+)?authors?)\s+(?:(?:have|has|hereby|wish|want|decided?|am|are|is|to|"
    rf"would|like)\s+)*(?:withdraw|retract)(?:n|s|ed|ing)?\s+(?:(?:this|the|our|my)\s+){_NOUN}\b"
)
_BARE = (
    rf"{_TAKEN_BACK}(?=\s*(?:$|[.,;:!)\]]|\s(?:by|due|because|as|for|since|until|pending|in\s+order|at\s+the|on)\b))"
)
# A paper withdrawn from a conference is still available.
_NOT_FROM_ELSEWHERE = r"(?!\s+(?:\w+\s+){0,3}?from\s+(?!arxiv))"
_COMMENT = re.compile(rf"(?:^|[.,;:!(\[]\s*)(?:{_PASSIVE}|{_ACTIVE}|{_BARE}){_NOT_FROM_ELSEWHERE}", re.IGNORECASE)
_ABSTRACT = re.compile(rf"\W*(?:{_PASSIVE}|{_ACTIVE}|{_BARE}){_NOT_FROM_ELSEWHERE}", re.IGNORECASE)
_TITLE = re.compile(rf"[\W_]*{_TAKEN_BACK}(?:[\s-]+{_NOUN})?\s*[:\])]", re.IGNORECASE)
_SEARCHED = 1_000  # characters; a notice comes early


def is_withdrawn(*, title: str = "", comment: str = "", abstract: str = "") -> bool:
    """Whether the title is marked as withdrawn, the comment says so, or the abstract starts by saying so."""
    return bool(
        _TITLE.match(title[:_SEARCHED]) or _COMMENT.search(comment[:_SEARCHED]) or _ABSTRACT.match(abstract[:_SEARCHED])
    )
