"""Visitors' ratings of answers, their visits, and the reports kept for them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from paperchat.storage.catalogue import utc_now
from support import open_library

pytestmark = pytest.mark.both_databases


def test_a_rating_is_stored_changed_and_removed(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        library.store_answer("one", "{}")
        visitors = library.visitors
        visitors.rate("ada", "one", True)
        visitors.rate("bo", "one", False)
        visitors.rate("ada", "none", True)
        assert visitors.ratings("ada", ["one", "none"]) == {"one": True}
        visitors.rate("ada", "one", False)
        assert visitors.ratings("ada", ["one"]) == {"one": False}
        visitors.rate("ada", "one", None)
        assert visitors.ratings("ada", ["one"]) == {}
        assert visitors.ratings("bo", ["one"]) == {"one": False}


def test_record_visit_returns_the_previous_visit(tmp_path: Path) -> None:
    start = utc_now()
    with open_library(tmp_path) as library:
        assert library.visitors.record_visit("ada", at=start) is None
        assert library.visitors.record_visit("ada", at=start + timedelta(minutes=10)) is None
        last = start + timedelta(minutes=20)
        assert library.visitors.record_visit("ada", at=last) is None
        assert library.visitors.record_visit("ada", at=start + timedelta(days=1)) == last
        assert library.visitors.record_visit("ada", at=start + timedelta(days=1, minutes=5)) == last
        assert library.visitors.record_visit("bo", at=start) is None


def test_a_report_is_kept_for_its_visitor_only(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        visitors = library.visitors
        first, second = (visitors.keep_report("ada", "survey", text=text, body="{}") for text in ("owls", "gnus"))
        assert [one.text for one in visitors.reports("ada", "survey")] == ["gnus", "owls"]
        assert visitors.reports("ada", "claim") == visitors.reports("bo", "survey") == []
        kept = visitors.report("ada", "survey", first)
        assert kept
        assert (kept.text, kept.body) == ("owls", "{}")
        visitors.delete_report("bo", first)
        assert visitors.report("ada", "survey", first) == kept
        visitors.delete_report("ada", first)
        assert visitors.report("bo", "survey", second) is visitors.report("ada", "survey", first) is None
