"""HTML made of what papers, people and models say, none of which is ever markup here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from paperchat.text.cleaning import printable
from paperchat.text.describe import one_line

_MARK = re.compile(r"\[(\d{1,4})\]")
_REFUSED = ["html_block", "html_inline", "image", "link", "autolink", "reference"]  # a picture would be a request


def line(text: str) -> str:
    """``text`` on one line, to stand between tags or in an attribute."""
    return escape(one_line(text))


def span(text: str) -> str:
    """A stretch of a longer line, its spaces kept, to stand between tags."""
    return escape(printable(text))


def attributes(**values: object) -> str:
    """``data-`` attributes, with a space before each."""
    return "".join(f' data-{name}="{line(str(value))}"' for name, value in values.items())


def prose(markdown: str, marks: Mapping[int, str]) -> str:
    """An answer's Markdown as HTML, each ``[n]`` replaced by ``marks[n]``; links, pictures and HTML stay text."""
    return str(_MARKDOWN.render(markdown, {"marks": marks}))


def _read_mark(state: StateInline, silent: bool) -> bool:
    found = _MARK.match(state.src, state.pos)
    if not found or int(found[1]) not in state.env["marks"]:
        return False
    if not silent:
        state.push("citation", "", 0).content = found[1]
    state.pos = found.end()
    return True


def _render_mark(_: Any, tokens: Sequence[Token], index: int, __: Any, env: Mapping[str, Any]) -> str:
    return str(env["marks"][int(tokens[index].content)])


_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(_REFUSED)
_MARKDOWN.inline.ruler.push("citation", _read_mark)
_MARKDOWN.add_render_rule("citation", _render_mark)
