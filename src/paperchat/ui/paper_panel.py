"""A paper beside the list: what it says of itself, where it is, and what can be done with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from paperchat.errors import NotFoundError, PaperchatError
from paperchat.render.html import line
from paperchat.text.describe import one_line, title_of
from paperchat.types import Paper, StoredPaper
from paperchat.ui.components import button
from paperchat.ui.source import CLOSE, link, links

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_CODE = re.compile(
    r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|huggingface\.co|[\w-]+\.github\.io)/"
    r"[\w./~%#?=&+-]+",
    re.IGNORECASE,
)
_SIMILAR = 5
_READ = 600  # characters of the abstract that similar papers are looked for by


def code_of(paper: Paper) -> list[str]:
    """Addresses of code and project pages: those the source names, then those in the abstract and the comment."""
    named = [one_line(str(paper.daily.get(name) or "")) for name in ("code", "project")]
    written = _CODE.findall(f"{paper.abstract} {paper.comment}")
    found = [*named, *(address.rstrip(".,;:") for address in written)]
    own = {one_line(paper.url), ""}
    return [one for one in dict.fromkeys(found) if one not in own and one.startswith(("https://", "http://"))]


def similar(pc: PaperChat, stored: StoredPaper, k: int = _SIMILAR) -> list[StoredPaper]:
    """The ``k`` papers nearest to what this one says of itself."""
    said = f"{stored.paper.title} {stored.paper.abstract[:_READ]}"
    try:
        hits = pc.search(said, k + 1)
    except PaperchatError:  # a paper without a word
        return []
    return [hit.paper for hit in hits if hit.paper.paper_id != stored.paper_id][:k]


def paper_page(pc: PaperChat, paper_id: str) -> str:
    try:
        stored, passages = pc.paper(paper_id)
    except NotFoundError:
        return (
            f'<article class="source">{CLOSE}<p class="quiet">This paper is not in the library any more.</p></article>'
        )
    paper = stored.paper
    full_text = any(one.basis == "full_text" for one in passages)
    abstract = f'<h3>Abstract</h3><p class="abstract">{line(paper.abstract)}</p>' if paper.abstract else ""
    return (
        f'<article class="source" aria-label="Paper">{CLOSE}<p class="badges">{_badges(paper, full_text)}</p>'
        f'<h2 tabindex="-1">{line(title_of(paper))}</h2><p class="by">{line(", ".join(paper.authors))}</p>'
        f'<p class="about">{_about(paper)}</p><p class="actions">{_actions(stored)}</p>'
        f"{abstract}{_similar(pc, stored)}</article>"
    )


def _badges(paper: Paper, full_text: bool) -> str:
    upvotes = paper.daily.get("upvotes")
    shown = ["Full text" if full_text else "Abstract", *paper.categories]
    shown += [f"Version {paper.version}"] if paper.version else []
    shown += [f"▲ {upvotes}"] if upvotes else []
    return "".join(f'<span class="badge">{line(one)}</span>' for one in shown)


def _about(paper: Paper) -> str:
    code = [link("Code" if "git" in address else "Project", address) for address in code_of(paper)]
    return " · ".join(filter(None, (line(paper.date), *links(paper), *code)))


def _actions(stored: StoredPaper) -> str:
    asking = button("Ask about this paper", "about", kind="primary", paper=stored.paper_id)
    question = f"Remove “{one_line(stored.paper.title)}” from the library for good?"
    removing = button("Remove", "remove", kind="tool", paper=stored.paper_id, confirm=question)
    return asking + removing


def _similar(pc: PaperChat, stored: StoredPaper) -> str:
    near = similar(pc, stored)
    items = "".join(
        f"<li>{button(line(title_of(one.paper)), 'paper', kind='title', paper=one.paper_id)}</li>" for one in near
    )
    return f'<h3>Similar papers</h3><ul class="papers">{items}</ul>' if near else ""
