"""Names for quotes that a model can write back, and that no text it reads can have."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from paperchat.types import Quote

ALPHABET = "bcdfghjkmnpqrstvwxz"
"""No vowels, so that a key is no word, and no digits, so that it is no number."""
LENGTH = 4


def keyed(quotes: Sequence[Quote], *, question: str) -> dict[str, Quote]:
    """The quotes by key, in their order.

    A quote has the same key in every answer, so that a server's cache of prompts hits, unless the key occurs in
    the question or in a quote: then no paper can pass off its words as another's.
    """
    read = "\n".join([question, *(quote.passage.text for quote in quotes)]).casefold()
    found: dict[str, Quote] = {}
    for quote in quotes:
        attempt = 0
        while (key := _key(quote, attempt)) in found or key in read:
            attempt += 1
        found[key] = quote
    return found


def _key(quote: Quote, attempt: int) -> str:
    named = f"{quote.passage.passage_id}\n{quote.start}\n{quote.end}\n{attempt}"
    digest = hashlib.sha256(named.encode()).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:LENGTH])
