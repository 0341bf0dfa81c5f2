"""How papers write the things by which their parts are known."""

from __future__ import annotations

import re

from paperchat.ingest.pdf.layout import Line, Piece

ENDED = re.compile(r"[.!?:;…][\"'”’»)\]]*(?:\s?\[[\d,; –-]+\])?$")
SENTENCE_ENDED = re.compile(r"[.!?…][\"'”’»)\]]*(?:\s?\[[\d,; –-]+\])?$")
ITEM = re.compile(r"(?:[•‣◦▪●■◆∙·➢✓►–—-]|\(?(?:\d{1,2}|[ivx]{1,4}|[a-hA-H])[.)])\s+\S")
CAPTION_LABEL = (
    r"(?:(?:extended data|supplementary|supplemental|suppl?\.?|appendix)\s+)?"
    r"(?P<what>fig(?:ure)?s?|tab(?:le)?|algorithm|alg|listing|scheme|chart|plate|box|program|code|exhibit)\b\.?\s*"
    r"(?P<number>[SA-H]?\.?-?\d{1,3}(?:[.-]\d{1,3})*[a-z]?|[IVXL]{1,6}|[A-H])\b"
)
# With something after the label that only a caption has; "Figure 3 shows" is running text.
CAPTION = re.compile(CAPTION_LABEL + r"(?:\s*[:.|–—](?=\s|$)|\s*$|\s*\((?:a|continued)\b)", re.IGNORECASE)
LABEL = re.compile(CAPTION_LABEL, re.IGNORECASE)
HEADING_NUMBER = re.compile(
    r"^(?:(?P<arabic>\d{1,2}(?:\.\d{1,2}){0,4})[.)]?"
    r"|(?P<letter>[A-Z](?:\.\d{1,2}){1,3}|[A-Z])[.:)]?"
    r"|(?P<roman>[IVX]{1,5})\."
    r"|(?i:appendix|annex|supplement)\s+(?P<appendix>[A-Z]|\d{1,2})\b[.:)]?)\s+(?=\S)"
)
REFERENCES = re.compile(
    r"(?:(?:\d{1,2}|[A-Z]|[IVX]{1,5})[.:)]?\s+)?(?:list of )?(?:references?|bibliography|works cited|literature cited|"
    r"references and notes|references? list|cited literature|literature|citations|sources|referencias|références|"
    r"literatur(?:verzeichnis)?)\s*:?",
    re.IGNORECASE,
)
KNOWN_HEADING = re.compile(
    r"(?:abstract|introduction|background|related works?|prior work|methods?|methodology|materials and methods|"
    r"methods and materials|experiments?|experimental (?:setup|settings?|results|evaluation)|evaluation|results?|"
    r"results and discussions?|discussions?|discussion and conclusions?|conclusions?|conclusions? and future works?|"
    r"concluding remarks|summary|limitations?|future works?|acknowledge?ments?|funding|ethics statement|"
    r"ethical considerations|broader impacts?|impact statement|reproducibility statement|"
    r"author contributions?|contributions|conflicts? of interest|competing interests|"
    r"data availability(?: statement)?|code availability|"
    r"preliminaries|problem (?:statement|formulation|setup)|notation|appendix|appendices|supplementary materials?|"
    r"supplementary information|supporting information|checklist|neurips paper checklist|proofs?)\s*:?",
    re.IGNORECASE,
)
AFTER_REFERENCES = re.compile(
    r"(?:appendix|appendices|annex|supplement(?:ary|al)?|supporting information|(?:neurips )?paper checklist|checklist|"
    r"acknowledge?ments?|author contributions?|biograph(?:y|ies)|funding|about the authors?|methods|"
    r"data availability|code availability|competing interests|extended data|additional information|ethics|"
    r"reproducibility|limitations|broader impact)\b",
    re.IGNORECASE,
)
KEYWORDS = re.compile(
    r"(?:key\s?-?words?(?: and phrases)?|index terms|ccs concepts|categories and subject descriptors|general terms|"
    r"acm reference format|additional key|subject areas?|mathematics subject classification|msc codes?|pacs numbers?|"
    r"jel (?:codes?|classification))\b",
    re.IGNORECASE,
)
STATEMENT = re.compile(
    r"(?:theorem|lemma|proposition|corollary|definition|remark|example|assumption|claim|proof|conjecture|property|"
    r"observation|fact|condition|step|case|problem|question|hypothesis|finding)s?\b\s*[\d(.:]",
    re.IGNORECASE,
)

_MARK = re.compile(r"[\d,;\-–—*∗†‡§¶‖#⋆★✉♠♣♥♦☨⊥a-h()\[\]\s]+")
_SIGN = re.compile(r"[\d*∗†‡§¶‖#⋆★✉♠♣♥♦]")
_WORD = re.compile(r"[^\W\d_]{2,}[.,;:!?)\]\"'”’]*$|[\])][.,;:!?]*$")
_POINTER = re.compile(r"[\d*∗†‡§¶‖#⋆★✉♠♣♥♦☨][\d,*∗†‡§¶‖#⋆★✉♠♣♥♦☨]*")
_UNIT = re.compile(r"(?:^|[\d\s(])[kcmdnµμ]?(?:m|s|Hz|kg|g)$")


def raised(line: Line, piece: Piece) -> bool:
    """Whether it stands above the line, in small type."""
    return piece.size <= 0.86 * line.size and piece.base < line.base - 0.12 * line.size


def without_marks(line: Line) -> list[Piece]:
    """The line's pieces without raised marks that follow a word or a stop, or begin the line; powers stay."""
    kept: list[Piece] = []
    before = ""
    for piece in line.pieces:
        if raised(line, piece) and _is_mark(piece.text, before):
            continue
        kept.append(piece)
        before = before + piece.text if piece.glued else piece.text
    return kept


def is_pointer(line: Line, piece: Piece) -> bool:
    """In a line of names: a raised mark, or signs that only point somewhere."""
    return raised(line, piece) or bool(_POINTER.fullmatch(piece.text))


def _is_mark(text: str, before: str) -> bool:
    if not _MARK.fullmatch(text) or not _SIGN.search(text):
        return False
    if not before:
        return True
    return bool(_WORD.search(before)) and not _UNIT.search(before)
