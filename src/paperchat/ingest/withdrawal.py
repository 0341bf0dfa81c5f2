"""Whether a paper has been taken back, by what its record says.

arXiv's records have no field for it: its authors or administrators say so in the comment, or the abstract is
replaced by it (https://info.arxiv.org/help/withdraw.html). Publishers mark the title (NISO RP-45-2024, CREC).
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
# Withdrawn from a conference is still there for readers.
_ELSEWHERE = r"(?!\s+(?:\w+\s+){0,3}?from\s+(?!arxiv))"
_COMMENT = re.compile(rf"(?:^|[.,;:!(\[]\s*)(?:{_PASSIVE}|{_ACTIVE}|{_BARE}){_ELSEWHERE}", re.IGNORECASE)
_ABSTRACT = re.compile(rf"\W*(?:{_PASSIVE}|{_ACTIVE}|{_BARE}){_ELSEWHERE}", re.IGNORECASE)
_TITLE = re.compile(rf"[\W_]*{_TAKEN_BACK}(?:[\s-]+{_NOUN})?\s*[:\])]", re.IGNORECASE)
_LONGEST = 1_000  # characters; what says so says it early


def is_withdrawn(*, title: str = "", comment: str = "", abstract: str = "") -> bool:
    """Whether the title is marked so, the comment says so, or the abstract begins by saying so."""
    return bool(
        _TITLE.match(title[:_LONGEST]) or _COMMENT.search(comment[:_LONGEST]) or _ABSTRACT.match(abstract[:_LONGEST])
    )
