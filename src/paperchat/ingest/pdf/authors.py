"""Names out of the lines between title and abstract, where affiliations and addresses stand among them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from paperchat.ingest.pdf.layout import Line, Piece
from paperchat.ingest.pdf.patterns import is_pointer

_PLACE = re.compile(
    r"(?i:\b(?:universit\w*|univ|institut\w*|instituto|departe?ment\w*|dept|school|college|laborator\w+|labs?|research|"
    r"cent(?:er|re)s?|inc|corp\w*|company|hospital|faculty|academy|group|technolog\w+|ltd|llc|gmbh|"
    r"google|microsoft|facebook|amazon|nvidia|deepmind|openai|alibaba|tencent|baidu|huawei|bytedance|"
    r"intelligence|sciences?|engineering|computer|physics|mathematics|statistics|division|foundation|program\w*|"
    r"national|avenue|usa|china|germany|france|canada|japan|korea|india|australia|italy|netherlands|switzerland|"
    r"singapore|israel|spain|sweden|kingdom|united|editors?|edited|abstract|equal|contribut\w+|corresponding|authors?|"
    r"received|accepted|published|e-?mails?|address|preprint|proceedings|conference|workshop|journal|arxiv|copyright|"
    r"project|website|team|systems?)\b)|"
    r"\b(?:the|of|for|in|under|on|with|at)\b|\b(?:CNRS|INRIA|ETH|MIT|EPFL|IBM|AI|NY|CA|UK)\b"
)
_ADDRESS = re.compile(r"\S*@\S*|https?://\S+|www\.\S+|\{[^}]*\}|\[[\d-]{10,}X?\]|\([^)]*\)")
_TITLES = re.compile(
    r",?\s*\b(?:ph\.?\s?d|m\.?d|m\.?sc|b\.?sc|dr|prof(?:essor)?|"
    r"(?:(?:senior|student|graduate|life) )?member|fellow|ieee|acm)\b\.?,?",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s*(?:[,;·•|&]|\band\b|\bund\b|\bet\b)\s*", re.IGNORECASE)
_PARTICLE = re.compile(
    r"(?:de|da|do|dos|das|del|della|der|den|di|du|van|von|vom|zu|la|le|las|los|el|al|bin|ben|ibn|ter|ten|y|e)"
)
_NAME_WORD = re.compile(r"[^\W\d_][^\W\d_'’`.\-‐–]*(?:[.'’`\-‐–][^\W\d_]*)*\.?")
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
_EDITORS = re.compile(r"\s*edit(?:or|ed)", re.IGNORECASE)
_NAME_GAP = 0.75  # of the font size: a wider gap is between two names
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
    font: Piece | None = None
    names: list[str] = []
    rest = ""
    for line in lines:
        if _EDITORS.match(line.text):
            break
        words = _words(line)
        if font is None:
            font = _first_of_name(words)
        text = rest + _text(words, line, font)
        parts = _split(text)
        names.extend(parts)
        tail = _SEPARATOR.split(text)[-1].strip()
        rest = f"{tail} " if parts and "," in text and " " not in tail and _is_word(tail) else ""
    return list(dict.fromkeys(names))[:_MOST_AUTHORS]


def _words(line: Line) -> list[list[Piece]]:
    """The line's words, marks that point to affiliations as commas."""
    words: list[list[Piece]] = []
    for piece in line.pieces:
        if is_pointer(line, piece):
            words.append([replace(piece, text=",", glued=False)])
        elif piece.glued and words and words[-1][0].text != ",":
            words[-1].append(piece)
        else:
            words.append([piece])
    return words


def _first_of_name(words: Sequence[Sequence[Piece]]) -> Piece | None:
    """A piece of the first word that begins a name: names are all set alike, and affiliations mostly otherwise."""
    for start in range(len(words)):
        for end in range(start + 2, min(start + 6, len(words)) + 1):
            text = " ".join("".join(piece.text for piece in word) for word in words[start:end])
            if _is_name(text.rstrip(",")):
                return words[start][0]
    return None


def _text(words: Sequence[Sequence[Piece]], line: Line, font: Piece | None) -> str:
    """What of a line is set as the names are, with commas where gaps part it."""
    text, reach = "", 0.0
    for word in words:
        first, written = word[0], "".join(piece.text for piece in word)
        other = font is not None and not _alike(first, font) and not _SEPARATOR.fullmatch(written)
        if other or "@" in written:
            written = ","
        gap = first.left - reach
        text += ", " if text and gap > _NAME_GAP * line.size and written != "," else " "
        text += written
        reach = word[-1].right
    return text.strip()


def _alike(piece: Piece, font: Piece) -> bool:
    return piece.font.name == font.font.name and abs(piece.size - font.size) <= 0.1 * font.size


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
    return bool(_NAME_WORD.fullmatch(word)) and (not word[0].islower() or "'" in word or "’" in word)
