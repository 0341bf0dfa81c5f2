"""CSL JSON items: https://docs.citationstyles.org/en/stable/specification.html#appendix-iv-variables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from paperchat.render.references.keys import with_keys
from paperchat.text.describe import link_of, one_line
from paperchat.types import Paper, StoredPaper

_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$")


def csl_json(papers: Iterable[StoredPaper]) -> Iterator[str]:
    """The pieces of one JSON array, an item a paper; its ``id`` is the id in the library."""
    separator = "[\n"
    for key, stored in with_keys(papers):
        item = {"id": stored.paper_id, "citation-key": key, **_item(stored.paper)}
        yield separator + json.dumps(item, ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _item(paper: Paper) -> dict[str, Any]:
    date = _DATE.match(paper.date)
    values = {
        "type": "article",
        "title": one_line(paper.title),
        "author": [_name(author) for author in paper.authors],
        "issued": {"date-parts": [[int(part) for part in date.groups() if part]]} if date else None,
        "archive": "arXiv" if paper.arxiv_id else "",
        "number": f"arXiv:{paper.arxiv_id}" if paper.arxiv_id else "",
        "version": str(paper.version or ""),
        "DOI": paper.doi,
        "URL": link_of(paper),
        "keyword": ", ".join(paper.categories),
        "abstract": one_line(paper.abstract),
    }
    return {name: value for name, value in values.items() if value}


def _name(author: str) -> dict[str, str]:
    name = one_line(author)
    family, comma, given = name.partition(",")
    if not comma:
        given, _, family = name.rpartition(" ")
    return {"family": family.strip(), "given": given.strip()} if given.strip() else {"literal": name}
