"""What the rooms of long work, the Survey's and the Claim's, show alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from paperchat.render.html import attributes, line
from paperchat.render.surveys.parts import Linking, hover, mark_class
from paperchat.text.describe import title_of
from paperchat.types import Citation, StoredPaper
from paperchat.ui.components import button
from paperchat.ui.jobs import Inquiry, under_way

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_LONGEST_NAME = 60
_EMPTY = 'Your library is empty: <a href="#papers">add papers</a>, or take in the sample under <a href="#ask">Ask</a>.'


def opening(pc: PaperChat, heading: str, told: str) -> str:
    """What a room says before anything has been asked for; an empty library gets a way out."""
    about = f"<p>{told}</p>" if pc.status().papers else f"<p>{_EMPTY}</p>"
    return f'<section class="welcome"><h1>{heading}</h1>{about}</section>'


def unfinished(inquiry: Inquiry[Any]) -> str:
    """How far it is, or why it has no result."""
    if inquiry.stage == "working":
        return (
            f'<p class="working" role="status"><span class="dots" aria-hidden="true"></span>'
            f"{line(under_way(inquiry))}</p>"
        )
    if inquiry.stage == "stopped":
        return '<div class="notice stopped" role="note"><p class="verdict">Stopped.</p></div>'
    return (
        '<div class="notice failed" role="alert"><p class="verdict">That did not work.</p>'
        f"<p>{line(inquiry.error)}</p></div>"
    )


def linking_of(room: str) -> Linking:
    """Marks and papers that are opened beside."""

    def mark(citation: Citation) -> str:
        told = attributes(do="cite", room=room, number=citation.number)
        return f'<button type="button" class="{mark_class(citation)}"{hover(citation)}{told}>{citation.number}</button>'

    def title(stored: StoredPaper) -> str:
        return button(line(title_of(stored.paper)), "paper", kind="title", paper=stored.paper_id)

    def point(stored: StoredPaper) -> str:
        return f'href="#{room}"{attributes(do="paper", paper=stored.paper_id)}'

    return Linking(mark=mark, title=title, point=point)


def downloads(of: str, files: Mapping[str, str]) -> str:
    """Buttons for the files of these endings, under their names."""
    offered = "".join(
        button(name, "take", kind="tool", described=f"{of}: {name}", form=ending) for ending, name in files.items()
    )
    return f'<div class="tools downloads" role="group" aria-label="{of}"><span>Save as</span>{offered}</div>'


def file_name(kind: str, text: str) -> str:
    """Plain letters and digits, without an ending."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_NAME].rstrip("-")
    return f"{kind}-{words}" if words else kind
