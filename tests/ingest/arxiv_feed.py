"""Answers in the form of the arXiv API's, and a handler that gives them in pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from scripted_server import Answer, Answering, Request

DATA = Path(__file__).parents[1] / "data"
WORDS = (
    "We present careful measurements of seventeen different reading machines, showing that larger collections "
    "improve retrieval while smaller ones favour precision; ablations reveal where benefits originate, and "
    "released annotations support further comparisons."
)


def recorded(name: str) -> bytes:
    return (DATA / name).read_bytes()


def entry(
    arxiv_id: str,
    title: str,
    *,
    abstract: str = WORDS,
    author: str = "Ada Lovelace",
    comment: str = "",
    version: int = 1,
) -> str:
    return f"""
  <entry>
    <id>http://arxiv.org/abs/{arxiv_id}v{version}</id>
    <title>{escape(title)}</title>
    <published>2024-10-18T05:03:07Z</published>
    <summary>{escape(abstract)}</summary>
    <arxiv:comment>{escape(comment)}</arxiv:comment>
    <author><name>{escape(author)}</name></author>
    <category term="cs.CL"/>
  </entry>"""


def feed(*entries: str, total: int | None = None) -> bytes:
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"
  xmlns="http://www.w3.org/2005/Atom">
  <opensearch:totalResults>{len(entries) if total is None else total}</opensearch:totalResults>{"".join(entries)}
</feed>""".encode()


def paged(entries: Sequence[str]) -> Answering:
    """The page of ``entries`` that ``start`` and ``max_results`` ask for."""

    def answering(request: Request) -> Answer:
        start, most = int(request.query.get("start", 0)), int(request.query["max_results"])
        return Answer(body=feed(*entries[start : start + most], total=len(entries)))

    return answering
