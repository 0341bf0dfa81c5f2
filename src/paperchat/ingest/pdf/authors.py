"""Extracts the authors' names from the lines between title and abstract, which also hold affiliations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from paperchat import lexicon
from paperchat.ingest.pdf.layout import Line, TextSpan
from paperchat.ingest.pdf.patterns import is_affiliation_mark

_LEXICON = lexicon.load("pdf_front_matter")
_AFFILIATION_PATTERN = re.compile(_LEXICON.regex("affiliation"))
_ADDRESS_PATTERN = re.compile(r"\S*@\S*|https?://\S+|www\.\S+|\{[^}]*\}|\[[\d-]{10,}X?\]|\([^)]*\)")
_ACADEMIC_TITLE_PATTERN = re.compile(_LEXICON.regex("academic_title"), re.IGNORECASE)
_SEPARATOR_PATTERN = re.compile(rf"\s*(?:[,;·•|&]|{_LEXICON.regex('name_separators')})\s*", re.IGNORECASE)
_PARTICLE_PATTERN = re.compile(rf"(?:{_LEXICON.regex('name_particles')})")
_NAME_WORD_PATTERN = re.compile(r"[^\W\d_][^\W\d_'’`.\-‐–]*(?:[.'’`\-‐–][^\W\d_]*)*\.?")
_SUFFIX_PATTERN = re.compile(rf"(?:{_LEXICON.regex('name_suffixes')})\.?", re.IGNORECASE)
_EDITORS_PATTERN = re.compile(_LEXICON.regex("editors"), re.IGNORECASE)
_NAME_GAP = 0.75  # of the font size: a wider gap separates two names
_MAX_NAME_LENGTH = 60
_MAX_AUTHORS = 3000


def extract_authors(lines: Sequence[Line], metadata_authors: str) -> tuple[str, ...]:
    """The authors' names in order; ``metadata_authors`` is preferred where the page confirms it."""
    page_names = _names_on_page(lines)
    metadata_names = _split_names(metadata_authors)
    words = {word for line in lines for word in re.findall(r"\w+", line.text.casefold())}
    is_confirmed = bool(metadata_names) and all(
        set(re.findall(r"\w+", name.split()[-1].casefold())) <= words for name in metadata_names
    )
    return tuple(metadata_names if is_confirmed and len(metadata_names) >= len(page_names) else page_names)


def _names_on_page(lines: Sequence[Line]) -> list[str]:
    style: TextSpan | None = None
    names: list[str] = []
    rest = ""
    for line in lines:
        if _EDITORS_PATTERN.match(line.text):
            break
        words = _words(line)
        if style is None:
            style = _find_name_style(words)
        text = rest + _names_text(words, line, style)
        parts = _split_names(text)
        names.extend(parts)
        tail = _SEPARATOR_PATTERN.split(text)[-1].strip()
        rest = f"{tail} " if parts and "," in text and " " not in tail and _is_word(tail) else ""
    return list(dict.fromkeys(names))[:_MAX_AUTHORS]


def _words(line: Line) -> list[list[TextSpan]]:
    """The line's words, with affiliation marks replaced by commas."""
    words: list[list[TextSpan]] = []
    for span in line.spans:
        if is_affiliation_mark(line, span):
            words.append([replace(span, text=",", joins_previous=False)])
        elif span.joins_previous and words and words[-1][0].text != ",":
            words[-1].append(span)
        else:
            words.append([span])
    return words


def _find_name_style(words: Sequence[Sequence[TextSpan]]) -> TextSpan | None:
    """A span of the first word that begins a name: names share one style, affiliations mostly have another."""
    for start in range(len(words)):
        for end in range(start + 2, min(start + 6, len(words)) + 1):
            text = " ".join("".join(span.text for span in word) for word in words[start:end])
            if _is_name(text.rstrip(",")):
                return words[start][0]
    return None


def _names_text(words: Sequence[Sequence[TextSpan]], line: Line, style: TextSpan | None) -> str:
    """The text of a line in the style of the names, with commas at wide gaps and for other text."""
    text, reach = "", 0.0
    for word in words:
        first, written = word[0], "".join(span.text for span in word)
        other = style is not None and not _is_same_style(first, style) and not _SEPARATOR_PATTERN.fullmatch(written)
        if other or "@" in written:
            written = ","
        gap = first.left - reach
        text += ", " if text and gap > _NAME_GAP * line.size and written != "," else " "
        text += written
        reach = word[-1].right
    return text.strip()


def _is_same_style(span: TextSpan, other: TextSpan) -> bool:
    return span.font.name == other.font.name and abs(span.size - other.size) <= 0.1 * other.size


def _split_names(text: str) -> list[str]:
    """The names in a text with separators."""
    cleaned = _ACADEMIC_TITLE_PATTERN.sub(",", _ADDRESS_PATTERN.sub(" , ", text))
    names: list[str] = []
    for part in _SEPARATOR_PATTERN.split(cleaned):
        name = " ".join(re.sub(r"[\d*∗†‡§¶‖#⋆★✉♠♣♥♦:]+", " ", part).split()).strip("-–. ")
        if _SUFFIX_PATTERN.fullmatch(name) and names:
            names[-1] = f"{names[-1]} {name}"
        elif _is_name(name):
            names.append(name)
    return names


def _is_name(text: str) -> bool:
    words = text.split()
    if not 2 <= len(words) <= 7 or len(text) > _MAX_NAME_LENGTH or _AFFILIATION_PATTERN.search(text):
        return False
    own = [word for word in words if not _PARTICLE_PATTERN.fullmatch(word)]
    return len(own) >= 2 and all(_is_word(word) for word in own) and any(len(word.strip(".")) > 1 for word in own)


def _is_word(word: str) -> bool:
    return bool(_NAME_WORD_PATTERN.fullmatch(word)) and (not word[0].islower() or "'" in word or "’" in word)
