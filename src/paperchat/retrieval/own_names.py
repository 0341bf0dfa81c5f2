"""Names that one paper of the library alone has, such as that of its method, which its title need not have."""

from __future__ import annotations

import re
from collections import Counter

from paperchat.retrieval.query_analysis import content_words
from paperchat.storage.library import Library
from paperchat.storage.name_normalization import paper_id_of
from paperchat.types import Filters

MIN_PASSAGES = 3
"""A paper's own name is in so many of its passages, …"""
_MOST_PASSAGES = 60
"""… of which so many are looked up, …"""
_READ = 10
"""… and so many read."""


def paper_with_own_name(library: Library, question: str, filters: Filters | None = None) -> str | None:
    """The id of the paper that the question means by a name that no other paper has; ``None`` without one such paper.

    A name has capitals after its first letter wherever papers write it, though the question may not: ``GOPHER``.
    """
    found: Counter[str] = Counter()
    for _, _, form in content_words(question):
        ids = [one for one, _ in library.lexical_search(form, _MOST_PASSAGES, filters or Filters())]
        papers = {paper_id_of(one) for one in ids}
        if len(papers) == 1 and len(ids) >= MIN_PASSAGES and _is_name(library, form, ids[:_READ]):
            found.update(papers)
    return next(iter(found)) if len(found) == 1 else None


def _is_name(library: Library, form: str, passage_ids: list[str]) -> bool:
    written = re.compile(rf"(?<!\w){re.escape(form)}(?!\w)", re.IGNORECASE)
    forms = [found for one in library.passages(passage_ids).values() for found in written.findall(one.text)]
    names = sum(any(letter.isupper() for letter in one[1:]) for one in forms)
    return bool(forms) and 2 * names >= len(forms)
