"""Thirty people at once in Today, voting, commenting and saving: nothing is mixed, lost or counted twice."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from browser_helpers import window
from raw_api import RawVisitor

from daily_library import PAPERS, make_daily_library
from paperchat import PaperChat

pytestmark = pytest.mark.security

PEOPLE = [f"reader{number}" for number in range(30)]
IDS = [f"arxiv:2605.{paper.number:05}" for paper in PAPERS]
SHARED = IDS[0]


def read_together(first: RawVisitor, number: int) -> None:
    name, own = PEOPLE[number], IDS[1 + number % (len(IDS) - 1)]
    options: dict[str, Any] = {"functions": first.functions, "headers": {"X-User": name}}
    with RawVisitor(str(first.http.base_url), session_hash=f"page-of-{name}", **options) as visitor:

        def act(action: str, **values: str) -> str:
            return visitor.http.post(f"/reader/{action}", data=values).raise_for_status().text

        for on in ("yes", "", "yes", "yes"):
            act("mark", kind="upvote", paper=SHARED, on=on)
        act("mark", kind="hidden", paper=own, on="yes")
        act("comment", paper=SHARED, text=f"From {name}.")
        act("save", paper=own, collection=f"Of {name}", on="yes")
        shown = str(visitor.call("show", None, event={"span": "month"}))
        states = dict(re.findall(r'data-tools="([^"]+)" data-state="([^"]*)"', shown))
        assert states == {paper: {SHARED: "upvote", own: "hidden"}.get(paper, "") for paper in IDS}, name
        assert set(re.findall(r"Saved to ([^:<\"]+)", shown)) == {f"Of {name}"}


def test_thirty_readers_at_once_are_neither_mixed_nor_lost_nor_counted_twice(tmp_path: Path) -> None:
    with make_daily_library(tmp_path) as chat:
        home = chat.library.home
    with (
        window(home, "--auth", "header:X-User") as address,
        RawVisitor(address, session_hash="first", headers={"X-User": PEOPLE[0]}) as first,
        ThreadPoolExecutor(len(PEOPLE)) as readers,
    ):
        list(readers.map(lambda number: read_together(first, number), range(len(PEOPLE))))
        assert f"+{len(PEOPLE)}</small>" in first.http.get("/reader/tools", params={"paper": SHARED}).text
    with PaperChat.open(home) as chat:
        comments = chat.library.comments.all(SHARED)
        assert sorted((one.author, one.text) for one in comments) == sorted(
            (f"user:{name}", f"From {name}.") for name in PEOPLE
        )
        assert chat.library.marks.upvotes(IDS) == {SHARED: len(PEOPLE)}
        for number, name in enumerate(PEOPLE):
            (collection,) = chat.reading(f"user:{name}").collections()
            (saved,) = chat.reading(f"user:{name}").saved(collection.name)
            assert (collection.name, saved.paper_id) == (f"Of {name}", IDS[1 + number % (len(IDS) - 1)])
