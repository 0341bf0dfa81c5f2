"""Names out of the lines between title and abstract, where affiliations and addresses stand among them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from paperchat.ingest.pdf.layout import Font, Line, Piece
from paperchat.ingest.pdf.marks import name_pieces

_PLACE = re.compile(
    r"\b(?:universit\w*|univ|institut\w*|instituto|departe?ment\w*|dept|school|college|laborator\w+|labs?|research|"
    r"cent(?:er|re)s?|inc|corp\w*|company|hospital|faculty|academy|group|technolog\w+|ltd|llc|gmbh|cnrs|inria|eth|mit|epfl|"
    r"google|microsoft|meta|facebook|amazon|apple|nvidia|ibm|deepmind|openai|alibaba|tencent|baidu|huawei|bytedance|"
    r"intelligence|sciences?|engineering|computer|physics|mathematics|statistics|division|foundation|program\w*|"
    r"national|state|street|avenue|road|city|usa|china|germany|france|canada|japan|korea|india|australia|italy|"
    r"netherlands|switzerland|singapore|israel|spain|sweden|kingdom|united|editors?|edited|abstract|equal|"
    r"contribut\w+|corresponding|authors?|received|accepted|published|e-?mails?|address|preprint|proceedings|"
    r"conference|workshop|journal|arxiv|copyright|project|page|website|code|data|the|of|for|in|under|team|systems?)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\S*@\S*|https?://\S+|www\.\S+|\{[^}]*\}|\[[\d-]{10,}X?\]|\([^)]*\)")
_TITLES = re.compile(
    r",?\s*\b(?:ph\.?\s?d|m\.?d|m\.?sc|b\.?sc|dr|prof(?:essor)?|(?:(?:senior|student|graduate|life) )?member|fellow|ieee|acm)\b\.?,?",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s*(?:[,;·•|&]|\band\b|\bund\b|\bet\b)\s*", re.IGNORECASE)
_PARTICLE = re.compile(r"(?:de|da|do|dos|das|del|della|der|den|di|du|van|von|vom|zu|la|le|las|los|el|al|bin|ben|ibn|ter|ten|y|e)")
_NAME_WORD = re.compile(r"[^\W\d_][^\W\d_'’`.\-‐–]*(?:[.'’`\-‐–][^\W\d_]*)*\.?")
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
_LONGEST_NAME = 60
_MOST_AUTHORS = 3000


def authors_of(lines: Sequence[Line], stated: str) -> tuple[str, ...]:
    """The authors' names in order. ``stated`` is what the metadata say, taken where the page agrees."""
    found = _on_page(lines)
    said = _split(stated)
    words = {word for line in lines for word in re.findall(r"\w+", line.text.casefold())}
    agreed = bool(said) and all(set(re.findall(r"\w+", name.split()[-1].casefold())) <= words for name in said)
    return tuple(said if agreed and len(said) >= len(found) else found)


def _on_page(lines: Sequence[Line]) -> list[str]:
    font: Font | None = None
    size = 0.0
    names: list[str] = []
    rest = ""
    for line in lines:
        if re.match(r"\s*edit(?:or|ed)", line.text, re.IGNORECASE):
            break
        for cell in line.cells:
            pieces = name_pieces(line, cell)
            if font is not None:
                pieces = [piece for piece in pieces if _same(piece, font, size)]
            text = rest + "".join(piece.text if piece.glued else f" {piece.text}" for piece in pieces).strip()
            rest = ""
            parts = _split(text)
            if font is None and parts:
                first = max(pieces, key=lambda piece: len(piece.text))
                font, size = first.font, first.size
                pieces = [piece for piece in pieces if _same(piece, font, size)]
                text = "".join(piece.text if piece.glued else f" {piece.text}" for piece in pieces).strip()
                parts = _split(text)
            tail = _SEPARATOR.split(text)[-1].strip()
            if parts and "," in text and tail and len(tail.split()) == 1 and _is_word(tail) and cell is line.cells[-1]:
                rest = tail + " "
            names.extend(parts)
    return list(dict.fromkeys(names))[:_MOST_AUTHORS]


def _same(piece: Piece, font: Font, size: float) -> bool:
    return (piece.font.name == font.name and 0.7 * size < piece.size < 1.3 * size) or piece.text in (",", "and")


def _split(text: str) -> list[str]:
    """The names in a text that separates them."""
    bare = _TITLES.sub(",", _ADDRESS.sub(" , ", text))
    names: list[str] = []
    for part in _SEPARATOR.split(bare):
        name = " ".join(re.sub(r"[\d*∗†‡§¶‖#⋆★✉♠♣♥♦:]+", " ", part).split()).strip("-–. ")
        if _SUFFIX.fullmatch(name) and names:
            names[-1] = f"{names[-1]} {name}"
        elif _is_name(name):
            names.append(name)
    return names


def _is_name(text: str) -> bool:
    words = text.split()
    if not 2 <= len(words) <= 7 or len(text) > _LONGEST_NAME or _PLACE.search(text):
        return False
    own = [word for word in words if not _PARTICLE.fullmatch(word)]
    return len(own) >= 2 and all(_is_word(word) for word in own) and any(len(word.strip(".")) > 1 for word in own)


def _is_word(word: str) -> bool:
    return bool(_NAME_WORD.fullmatch(word)) and (word[0].isupper() or not word[0].islower() or "'" in word or "’" in word)
