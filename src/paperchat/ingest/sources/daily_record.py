"""One record of the Daily Papers API: what ``GET https://huggingface.co/api/daily_papers`` lists for a day.

A record is ``{"paper": {id, title, summary, authors, publishedAt, upvotes, …}, "title", "summary",
"publishedAt", "submittedBy", "thumbnail", …}``. Irregular ones exist: no outer ``summary``; no
``submittedOnDailyAt`` (records up to early 2025); the record as a string in Python's notation.
``ai_summary`` is a machine's text about the paper, so it is no evidence and is not read.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from typing import Any

from paperchat.ingest.items import Item
from paperchat.ingest.sources import fields
from paperchat.ingest.sources.base import failure
from paperchat.ingest.withdrawal import is_withdrawn
from paperchat.types import Paper

_LONGEST_LITERAL = 2**20
_PLAIN_ID = re.compile(r"[\w.-]{1,100}", re.ASCII)


def read_record(record: Any, where: str, *, listed: str = "", named: str = "") -> Item:
    """The paper of one record, or what is wrong with it.

    ``date`` is the day of the arXiv submission. ``daily["featured"]`` is the day of ``submittedOnDailyAt``;
    for records without it, ``listed`` (the date which the list itself states), else ``named`` (the date in
    the file's name), else the day of the record's outer ``publishedAt``.
    """
    if isinstance(record, str):
        record = _from_literal(record)
        if record is None:
            return failure(where, "the record is a string that is not a whole Python literal")
    if not isinstance(record, dict):
        return failure(where, "is not a record: an object with a 'paper' is expected")
    paper = record.get("paper")
    if not isinstance(paper, dict):
        return failure(where, "the record has no 'paper' object")
    title = fields.text(paper.get("title")) or fields.text(record.get("title"))
    if not title:
        return failure(where, "the record has no title")
    arxiv_id, version = fields.arxiv_id(paper.get("id"))
    url, pdf_url = fields.arxiv_links(arxiv_id, version)
    abstract = fields.text(paper.get("summary")) or fields.text(record.get("summary"))
    return Paper(
        title=title,
        abstract=abstract,
        authors=_names(paper.get("authors")),
        arxiv_id=arxiv_id,
        version=version,
        date=fields.day(paper.get("publishedAt")),
        url=url or _page(paper.get("id")),
        pdf_url=pdf_url,
        daily=_daily(record, paper, listed=listed, named=named),
        withdrawn=is_withdrawn(title=title, abstract=abstract),
    )


def _from_literal(text: str) -> dict[Any, Any] | None:
    if len(text) > _LONGEST_LITERAL:
        return None
    try:
        with warnings.catch_warnings():  # an odd escape in a string is a SyntaxWarning, and no concern of ours
            warnings.simplefilter("ignore")
            value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _names(authors: Any) -> tuple[str, ...]:
    if not isinstance(authors, list):
        return ()
    return fields.texts([author.get("name") if isinstance(author, dict) else author for author in authors])


def _page(identifier: Any) -> str:
    plain = isinstance(identifier, str) and _PLAIN_ID.fullmatch(identifier)
    return f"https://huggingface.co/papers/{identifier}" if plain else ""


def _daily(record: Mapping[str, Any], paper: Mapping[str, Any], *, listed: str, named: str) -> dict[str, Any]:
    upvotes = fields.whole_number(paper.get("upvotes"))
    given = {
        "featured": fields.day(paper.get("submittedOnDailyAt"))
        or fields.day(record.get("submittedOnDailyAt"))
        or listed
        or named
        or fields.day(record.get("publishedAt")),
        "upvotes": upvotes,
        "submitter": _person(paper.get("submittedOnDailyBy")) or _person(record.get("submittedBy")),
        "keywords": list(dict.fromkeys(fields.texts(paper.get("ai_keywords")))),
        "code": fields.link(paper.get("githubRepo")),
        "project": fields.link(paper.get("projectPage")),
        "thumbnail": fields.link(record.get("thumbnail")) or fields.link(record.get("mediaUrl")),
    }
    return {name: value for name, value in given.items() if value or (name == "upvotes" and upvotes is not None)}


def _person(someone: Any) -> str:
    if not isinstance(someone, dict):
        return ""
    return next((name for key in ("fullname", "name", "user") if (name := fields.text(someone.get(key)))), "")
