"""PDFs that share no more than a title are told apart by what they say.

Many a PDF is called "Supplementary Material" or "Introduction". Taken for one paper, the text of all but the first
would be lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from paperchat.ingest.incoming import Incoming, pdf_key
from paperchat.storage.full_texts import KeptFullText
from paperchat.storage.library import Library
from paperchat.storage.normalization import title_key
from paperchat.types import FullText

_WORDS = 5
_ALIKE = 0.2  # of the shorter text's runs of words; two printings of a paper share most, two papers next to none
_LOOKED_AT = 30_000  # characters


def told_apart(library: Library, incoming: Sequence[Incoming]) -> list[Incoming]:
    """The same, with a key for each PDF that would pass for another by its title alone; call it in a write session."""
    met: dict[str, list[KeptFullText]] = {}
    result = []
    for one in incoming:
        full_text = one.full_text
        if full_text and not (one.paper.key or one.paper.arxiv_id or one.paper.doi):
            namesakes = met.setdefault(title_key(one.paper.title), [])
            others = [*namesakes, *_of_library(library, one)]
            if others and not any(_is_same(full_text, other) for other in others):
                one = replace(one, paper=replace(one.paper, key=pdf_key(full_text.full_text)))
            else:
                namesakes.append(full_text)
        result.append(one)
    return result


def _of_library(library: Library, one: Incoming) -> list[KeptFullText]:
    """The full text of the paper that the library would take this one for."""
    (change,) = library.resolve([one.paper])
    kept = library.full_texts.of(change.stored.paper_id) if change.kind != "added" else None
    return [kept] if kept else []


def _is_same(one: KeptFullText, other: KeptFullText) -> bool:
    if one.source == other.source:
        return True
    ours, theirs = _runs(one.full_text), _runs(other.full_text)
    return len(ours & theirs) >= _ALIKE * min(len(ours), len(theirs))


def _runs(full_text: FullText) -> set[tuple[str, ...]]:
    """All runs of ``_WORDS`` words."""
    words = full_text.text[:_LOOKED_AT].split()
    return {tuple(words[at : at + _WORDS]) for at in range(len(words) - _WORDS + 1)}
