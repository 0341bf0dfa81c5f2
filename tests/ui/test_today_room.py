"""The addresses and drawings of the room Today, and its HTML for an empty library."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from paperchat import PaperChat
from paperchat.access.auth import Anonymous
from paperchat.access.permissions import Permissions
from paperchat.kinds.day_listing import DaySelection
from paperchat.ui.reader.paper_states import PaperTools
from paperchat.ui.today_room import DayView, day_address, day_html, drawing_of, listed_day_of, selection_of


def test_an_address_leads_to_the_selection_that_it_was_made_of() -> None:
    selection = DaySelection(
        day=date(2026, 6, 30),
        span="week",
        order="trending",
        topic="World models & more",
        author="Şule Ö.",
        organization="AI at Meta",
        with_code=True,
    )
    address = urlsplit(day_address(selection))
    assert address.fragment == "today"
    assert selection_of(dict(parse_qsl(address.query))) == selection
    assert day_address(DaySelection()) == "/#today"


def test_what_an_address_should_not_say_is_left_out() -> None:
    made_up = {"day": "yesterday", "span": "century", "order": "sideways", "topic": "a\n\u202eb"}
    assert selection_of(made_up) == DaySelection(topic="a b")
    assert selection_of({"day": "9999-12-31", "topic": "x" * 9999}) == DaySelection(topic="x" * 200)
    assert selection_of([1]) == DaySelection()  # type: ignore[arg-type]


def test_papers_get_a_drawing_by_their_title_then_by_their_keywords() -> None:
    assert drawing_of("Robots that fold shirts", ()) == "cube"
    assert drawing_of("Of cabbages and kings", ("speech recognition",)) == "wave"
    assert drawing_of("Of cabbages and kings", ()) == "sheet"


def test_an_empty_library_says_what_to_do(tmp_path: Path) -> None:
    with PaperChat.open(tmp_path) as pc:
        day, tools = listed_day_of(pc, DaySelection(), ""), PaperTools(pc, Permissions(Anonymous()))
        assert "A folder of mine" in day_html(pc, DayView(), day, tools, visitor="")
        assert "A folder of mine" not in day_html(pc, DayView(), day, tools, visitor="", may_ingest=False)
