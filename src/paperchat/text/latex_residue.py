"""LaTeX residue: what is left of formulas and markup in a text, made readable for showing; nothing that is stored."""

from __future__ import annotations

import re

from paperchat import lexicon

_LEXICON = lexicon.load("latex_symbols")
_SYMBOLS = {one.text("name"): one.text("character") for one in _LEXICON.tables("symbols")}
_NAME = "|".join(_SYMBOLS)
_COMMANDS = "|".join(sorted(_LEXICON.words("markup.commands")))
_RESIDUE = re.compile(r"[\\{^]|--|``|''|\dtimes")
_ARGUMENT = re.compile(rf"\\(?:{_COMMANDS})\s*\{{([^{{}}]*)\}}")
_SYMBOL = re.compile(
    rf"\s?\^\s?\{{?\\?(?P<raised>circ)\}}?|\{{\s?\\?(?P<braced>{_NAME})\s?\}}|\\(?P<macro>{_NAME})\b"
    r"|(?<=\d)(?P<after>times)(?![a-z])"
)
_ESCAPED = re.compile(r"\\([%&_#$])")
_BRACED = re.compile(r"(?<=\d)\{([,.])\}(?=\d)")
_SPACE = re.compile(r"\\[,;:! ]")
_POWER = re.compile(r"(?<=[\w)])\^\{?([0-9])\}?(?![0-9}])")
_POWERS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_DASH = re.compile(r"(?<=\w)(---?)(?=\w)|(?<= )(---?)(?= )")
_QUOTED = re.compile(r"``([^`']+)''")


def readable(text: str) -> str:
    """The text with symbols for their names and without backslashes, braces and carets of LaTeX: ``80%``, ``6.28×``."""
    if not _RESIDUE.search(text):
        return text
    text = _ARGUMENT.sub(r"\1", text)
    text = _SYMBOL.sub(lambda match: _SYMBOLS[match[match.lastgroup or ""]], text)
    text = _SPACE.sub(" ", _BRACED.sub(r"\1", _ESCAPED.sub(r"\1", text)))
    text = _POWER.sub(lambda match: match[1].translate(_POWERS), text)
    text = _DASH.sub(lambda match: "—" if len(match[0]) > len("--") else "–", text)
    return _QUOTED.sub(r"“\1”", text)
