"""Detects from its metadata whether a paper has been withdrawn or retracted.

arXiv's metadata has no field for it: authors or administrators say so in the comment, or in place of the abstract
(https://info.arxiv.org/help/withdraw.html). Publishers mark the title (NISO RP-45-2024, CREC).
"""

from __future__ import annotations

import re

from paperchat import lexicon

_LEXICON = lexicon.load("withdrawal")
_COMMENT = re.compile(_LEXICON.regex("comment"), re.IGNORECASE)
_ABSTRACT = re.compile(_LEXICON.regex("abstract"), re.IGNORECASE)
_TITLE = re.compile(_LEXICON.regex("title"), re.IGNORECASE)
_SEARCHED = 1_000  # characters; a notice comes early


def is_withdrawn(*, title: str = "", comment: str = "", abstract: str = "") -> bool:
    """Whether the title is marked as withdrawn, the comment says so, or the abstract starts by saying so."""
    return bool(
        _TITLE.match(title[:_SEARCHED]) or _COMMENT.search(comment[:_SEARCHED]) or _ABSTRACT.match(abstract[:_SEARCHED])
    )
