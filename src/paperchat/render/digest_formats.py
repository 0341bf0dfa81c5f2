"""Digests as Markdown, as an HTML page, and as the HTML of a mail, with text of papers escaped."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from paperchat.answering.quote_markdown import escape_markdown
from paperchat.render import digest_wording as wording
from paperchat.render.html import template_renderer
from paperchat.render.reading_json import digest_as_json
from paperchat.text.describe import display_title, one_line, paper_link, passage_location
from paperchat.types import Citation, StoredPaper

if TYPE_CHECKING:
    from paperchat.reading.digest import Digest, DigestPaper
    from paperchat.reading.standing_answers import AnswerChange

_CSS = (files("paperchat.render") / "static" / "digest.css").read_text(encoding="utf-8")


def digest_as_markdown(digest: Digest) -> str:
    """Render a digest: each paper with its quote and the reason for it, then the answers that changed."""
    parts = [f"# {_escape(wording.digest_heading(digest))}", _escape(wording.digest_scope(digest))]
    parts += [_paper(number, one) for number, one in enumerate(digest.papers, start=1)]
    if digest.changes:
        parts += [f"## {wording.CHANGED_ANSWERS}", *map(_change, digest.changes)]
    return "\n\n".join(parts) + "\n"


def _paper(number: int, listed: DigestPaper) -> str:
    lines = [f"{number}. {_linked(listed.paper)}", _escape(wording.listing_details(listed))]
    if listed.quote:
        lines.append(_quote(listed.quote))
    lines.append(f"*{_escape(wording.listing_reasons(listed.reasons))}*")
    return "  \n   ".join(filter(None, lines))


def _change(change: AnswerChange) -> str:
    parts = [f"### {_escape(change.question.question)}", _escape(wording.change_summary(change))]
    for heading, citations in (("", change.new), (f"{wording.GONE_QUOTES}:\n", change.gone)):
        if citations:
            lines = [
                "  \n  ".join((f"- {_linked(group[0].paper)}", *map(_quote, group)))
                for group in wording.quotes_by_paper(citations)
            ]
            parts.append("\n".join(filter(None, (heading, *lines))))
    return "\n\n".join(parts)


def _quote(citation: Citation) -> str:
    place = passage_location(citation.quote.passage, citation.quote.start)
    return f"“{_escape(citation.quote.text)}” ({_escape(place)})"


def _linked(stored: StoredPaper) -> str:
    title, link = _escape(display_title(stored.paper)), paper_link(stored.paper)
    return f"[{title}](<{link}>)" if link else f"**{title}**"


def _escape(text: str) -> str:
    return escape_markdown(one_line(text))


def digest_as_html(digest: Digest) -> str:
    """Render a page that loads nothing from elsewhere and runs no script."""
    digest_of_style = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest_of_style}'; base-uri 'none'; form-action 'none'"
    return f"{_render('digest_page.html', digest=digest, wording=wording, style=_CSS, policy=policy)}\n"


def digest_as_mail_html(digest: Digest, *, unsubscribe_url: str) -> str:
    """Render the HTML part of a mail: styles are in the elements, as mail programs drop style sheets."""
    import css_inline

    page = _render("digest_mail.html", digest=digest, wording=wording, style=_CSS, unsubscribe_url=unsubscribe_url)
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)
    return f"{inliner.inline(str(page))}\n"


def digest_as(digest: Digest, format_: Literal["terminal", "html", "markdown", "json"]) -> str:
    """Render a digest in a format; for a terminal as plain text of 80 columns."""
    return _WRITERS[format_](digest)


def digest_as_text(digest: Digest) -> str:
    """Render plain text of 80 columns."""
    from paperchat.render import terminal, terminal_reading

    return terminal.render_text(terminal_reading.digest(digest), io.StringIO())


_render = template_renderer("paperchat.render")
_WRITERS: Mapping[str, Callable[[Digest], str]] = {
    "terminal": digest_as_text,
    "html": digest_as_html,
    "markdown": digest_as_markdown,
    "json": lambda digest: json.dumps(digest_as_json(digest), ensure_ascii=False, indent=2) + "\n",
}
