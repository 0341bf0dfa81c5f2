"""HTML with everything escaped: Jinja2 templates with autoescape, and an answer's Markdown with its citation marks.

Text of papers, people and models is never markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Any, Protocol

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup

from paperchat.text.cleaning import printable, shorten
from paperchat.text.describe import byline, display_title, one_line, paper_link, passage_location, publication_year
from paperchat.text.latex_residue import readable
from paperchat.types import Citation, StoredPaper

_MARK_PATTERN = re.compile(r"\[(\d{1,4})\]")
_DISABLED_RULES = ["html_block", "html_inline", "image", "link", "autolink", "reference"]  # an image would be a request
_SPACE_BEFORE_MARK_PATTERN = re.compile(r" (?=\[\d)")
_MAX_HOVER_LENGTH = 320
_BETWEEN_TAGS_PATTERN = re.compile(r"(?<=[>}])\s*\n\s*(?=[<{])")


def escape_line(text: str) -> Markup:
    """Escape text on one line, for an element or an attribute."""
    return Markup(escape(one_line(text)))


def escape_text(text: str) -> Markup:
    """Escape part of a longer text of a paper, with its spaces kept, for an element."""
    return Markup(escape(printable(readable(text))))


def marked_html(text: str, spans: Callable[[str], Iterable[tuple[int, int]]] | None) -> Markup:
    """Escape a paper's text on one line, with the spans of it marked that a function finds."""
    line, parts, end = one_line(readable(text)), [], 0
    for start, until in spans(line) if spans else ():
        parts += [escape(line[end:start]), f"<mark>{escape(line[start:until])}</mark>"]
        end = until
    return Markup("".join([*parts, escape(line[end:])]))


def data_attributes(**values: object) -> Markup:
    """Return ``data-`` attributes with these names and values, each with a space before it."""
    return Markup("").join(
        Markup(' data-{}="{}"').format(name, escape_line(str(value))) for name, value in values.items()
    )


class Render(Protocol):
    """Renders a template."""

    def __call__(self, template: str, /, **values: object) -> Markup:
        """Render the template of this file name with these values."""


def template_renderer(*packages: str, **functions: Callable[..., object]) -> Render:
    """Return a function that renders templates of the packages' ``templates`` folders.

    Values are escaped. Besides Jinja2's own, templates have the filters below and the function ``data``, which is
    `data_attributes`, and these ``functions``.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=[_NoSpaceBetweenTags],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_FILTERS)
    environment.globals.update(data=data_attributes, **functions)

    def render(template: str, /, **values: object) -> Markup:
        return Markup(environment.get_template(template).render(**values))

    return render


class _NoSpaceBetweenTags(Extension):
    """Removes line breaks and indentation between the tags of a template, which browsers would show as spaces."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        return _BETWEEN_TAGS_PATTERN.sub("", source).strip()


def markdown_to_html(
    markdown: str, marks: Mapping[int, str], titles: Mapping[str, str] = MappingProxyType({})
) -> Markup:
    """Render an answer's Markdown with each ``[n]`` replaced by ``marks[n]``; links, images and HTML stay text.

    A title of a paper that is in bold is replaced by ``titles[title]``.
    """
    return Markup(_MARKDOWN.render(markdown, {"marks": marks, "titles": titles}))


def cited_html(
    text: str,
    citations: Iterable[Citation],
    mark: Callable[..., str],
    *,
    papers: Iterable[StoredPaper] = (),
    title: Callable[..., str] | None = None,
    **values: object,
) -> Markup:
    """Render Markdown whose citations are shown by ``mark``, a macro that is given a citation and these values.

    The titles of ``papers`` are shown by ``title``, a macro that is given the paper.
    """
    marks = {citation.number: mark(citation, **values) for citation in citations}
    titles = {stored.paper.title: title(stored) for stored in papers} if title else {}
    return markdown_to_html(text, marks, titles)


def keep_marks_on_line(markdown: str) -> str:
    """Replace the space before each mark, so that no line begins with one."""
    return _SPACE_BEFORE_MARK_PATTERN.sub("\u00a0", markdown)


def _read_mark(state: StateInline, silent: bool) -> bool:
    mark = _MARK_PATTERN.match(state.src, state.pos)
    if not mark or int(mark[1]) not in state.env["marks"]:
        return False
    if not silent:
        state.push("citation", "", 0).content = mark[1]
    state.pos = mark.end()
    return True


def _render_mark(_: Any, tokens: Sequence[Token], index: int, __: Any, env: Mapping[str, Any]) -> str:
    return str(env["marks"][int(tokens[index].content)])


def _mark_titles(state: StateCore) -> None:
    """Make each bold text that is the title of a paper a token of its own."""
    titles = state.env["titles"]
    for block in state.tokens if titles else ():
        children = block.children or []
        for place, token in enumerate(children):
            is_bold = children[place - 1].type == "strong_open" and place + 1 < len(children) if place else False
            if is_bold and children[place + 1].type == "strong_close" and token.content in titles:
                token.type = "paper_title"


def _render_title(_: Any, tokens: Sequence[Token], index: int, __: Any, env: Mapping[str, Any]) -> str:
    return str(env["titles"][tokens[index].content])


def _make_readable(state: StateCore) -> None:
    for block in state.tokens:
        for token in block.children or []:
            if token.type == "text":
                token.content = readable(token.content)


_FILTERS: Mapping[str, Callable[..., str]] = {
    "line": escape_line,
    "text": escape_text,
    "cited": cited_html,
    "byline": byline,
    "display_title": lambda paper: readable(display_title(paper)),
    "readable": readable,
    "keep_marks_on_line": keep_marks_on_line,
    "hover_quote": lambda quote: shorten(readable(quote), _MAX_HOVER_LENGTH),
    "paper_link": paper_link,
    "publication_year": publication_year,
    "quote_location": lambda quote: passage_location(quote.passage, quote.start),
}
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(_DISABLED_RULES)
_MARKDOWN.inline.ruler.push("citation", _read_mark)
_MARKDOWN.add_render_rule("citation", _render_mark)
_MARKDOWN.core.ruler.push("paper_title", _mark_titles)
_MARKDOWN.add_render_rule("paper_title", _render_title)
_MARKDOWN.core.ruler.push("readable", _make_readable)
