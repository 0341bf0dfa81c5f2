"""Converts the LaTeX of bibliographies to plain text: accents, markup, dashes and formulas; importer of pylatexenc."""

from __future__ import annotations

import logging
import re
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec  # type: ignore[import-untyped]
from pylatexenc.latex2text import get_default_latex_context_db as text_context
from pylatexenc.latexwalker import LatexWalkerError  # type: ignore[import-untyped]
from pylatexenc.latexwalker import get_default_latex_context_db as walker_context
from pylatexenc.macrospec import std_macro  # type: ignore[import-untyped]

from paperchat.text.cleaning import clean

logging.getLogger("pylatexenc").addHandler(logging.NullHandler())

# pandoc's rule to tell formulas from amounts of money: no space inside the dollar signs, no digit after them
_MATHS = re.compile(r"(?<!\\)\$(?=\S)((?:[^$\\]|\\.){1,1000}?)(?<=\S)\$(?![0-9])", re.DOTALL)
_LONE = re.compile(r"(?<!\\)[$%&#]")  # literal in a field, unlike in LaTeX
_TOKEN = re.compile(r"\\[A-Za-z]+\s*|\\.|[{}]|\s+|[^\\{}\s]+|\\", re.DOTALL)
_WORDS = re.compile(r"[^\\{}]*\s")
_DEPTH = {"{": 1, "\\(": 1, "}": -1, "\\)": -1}
_MAX_PIECE = 20_000  # characters
_ESCAPED = re.compile(r"\\([#$%&_{}~^\\])")
_URL = re.compile(r"\\(?:url|href|path)\s*\{([^{}]*)\}")
_CHARACTERS = {
    "textbackslash": "\\",
    "textasciicircum": "^",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textbar": "|",
    "textless": "<",
    "textgreater": ">",
    "textquotesingle": "'",
    "textquotedbl": '"',
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "BibTeX": "BibTeX",
}
_ARGUMENTS = {"mbox": "{", "text": "{", "ensuremath": "{", "url": "{", "path": "{", "href": "{{", "textcolor": "{{"}
_CITING = ("cite", "citep", "citet", "citealp", "citeauthor", "citeyear", "ref", "label")


def latex_to_text(value: str) -> str:
    """Convert a field's value to cleaned text; never raises, and keeps what is not valid LaTeX."""
    if "\\" not in value and "$" not in value:
        return clean(_plain(value))
    value = _MATHS.sub(lambda match: rf"\({match[1]}\)", value.replace("$$", "$"))
    return clean("".join(_converted(piece) if "\\" in piece else _plain(piece) for piece in _pieces(value)))


def strip_markup(value: str) -> str:
    """Remove LaTeX markup from a field that should have none, such as a URL."""
    return _ESCAPED.sub(r"\1", re.sub(r"(?<!\\)[{}]", "", _URL.sub(r"\1", value))).strip()


def _pieces(value: str) -> list[str]:
    """Split at white space outside braces and formulas, so that only pieces with a macro are parsed."""
    pieces, begun, depth, at = [], list[str](), 0, 0
    while at < len(value):
        if not begun and (words := _WORDS.match(value, at)) is not None:
            pieces.append(words.group())
            at = words.end()
        elif (token := _TOKEN.match(value, at)) is not None:
            begun.append(token.group())
            at = token.end()
            depth = max(0, depth + _DEPTH.get(token.group(), 0))
            if not depth and token.group().isspace():
                pieces.append("".join(begun))
                begun = []
    return [*pieces, "".join(begun)]


def _plain(value: str) -> str:
    text = value.replace("{", "").replace("}", "").replace("~", " ")
    for mark, character in (("---", "—"), ("--", "–"), ("``", "“"), ("''", "”")):
        text = text.replace(mark, character)
    return text


@lru_cache(maxsize=4_096)
def _converted(piece: str) -> str:
    if len(piece) > _MAX_PIECE:
        return _plain(piece)
    walker, texts = _contexts()
    body = piece.rstrip()
    try:
        text: str = LatexNodes2Text(math_mode="text", latex_context=texts).latex_to_text(
            _LONE.sub(r"\\\g<0>", body), latex_context=walker
        )
    except (LatexWalkerError, LookupError, ValueError, TypeError, AttributeError, RecursionError):
        text = _plain(body)
    return text + piece[len(body) :]


@lru_cache(maxsize=1)
def _contexts() -> tuple[object, object]:
    walker, texts = walker_context(), text_context()
    walker.add_context_category(
        "paperchat",
        prepend=True,
        macros=[
            *(std_macro(name, arguments) for name, arguments in _ARGUMENTS.items()),
            *(std_macro(name, "{") for name in _CITING),
        ],
    )
    texts.add_context_category(
        "paperchat",
        prepend=True,
        macros=[
            *(MacroTextSpec(name, simplify_repl=f"%({len(spec)})s") for name, spec in _ARGUMENTS.items()),
            *(MacroTextSpec(name, simplify_repl=text) for name, text in _CHARACTERS.items()),
            *(MacroTextSpec(name, discard=True) for name in _CITING),
        ],
    )
    return walker, texts
