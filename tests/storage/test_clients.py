"""Keys and kept responses in the catalogue."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from paperchat.errors import NotFoundError, UsageError
from paperchat.storage.clients import stored_responses
from paperchat.storage.clients.stored_responses import StoredResponse
from support import open_library

pytestmark = pytest.mark.both_databases


def test_a_key_is_found_by_its_token_until_it_is_revoked_or_expires(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        keys = library.api_keys
        assert not keys.is_any_in_force()
        made, token = keys.add(" note \t book ", "write")
        assert (made.name, made.scope, made.used) == ("note book", "write", "")
        assert keys.find(token) == made
        keys.record_use(made)
        (used,) = keys.all()
        assert used.used
        with pytest.raises(UsageError, match="already"):
            keys.add("note book", "read")
        assert keys.revoke(made.key_id).revoked
        assert keys.find(token) is None
        assert not keys.is_any_in_force()
        with pytest.raises(NotFoundError, match="keys list"):
            keys.revoke("note book")
        _, expired = keys.add("note book", "read", lifetime=timedelta(seconds=-1))
        assert keys.find(expired) is None
        assert keys.find("") is keys.find("\ud800") is None


def test_responses_are_their_owners_and_the_latest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_responses, "MAX_OF_OWNER", 2)
    response = StoredResponse(request_sha256="0", status=200, headers={"content-type": "text/plain"}, body=b"\xff")
    with open_library(tmp_path) as library:
        kept = library.stored_responses
        for key in ("first", "second", "third"):
            kept.put("ada", key, response)
        assert kept.get("ada", "first") is None
        assert kept.get("ada", "second") == kept.get("ada", "third") == response
        assert kept.get("bo", "third") is None
        monkeypatch.setattr(stored_responses, "LIFETIME", timedelta(0))
        assert kept.get("ada", "third") is None


def test_an_answer_is_its_owners(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        library.store_answer("a1", "{}")
        assert library.answer("a1", owner="") == "{}"
        library.assign_answer("a1", "key:1")
        assert library.answer("a1", owner="key:1") == library.answer("a1") == "{}"
        for owner in ("", "key:2"):
            with pytest.raises(NotFoundError):
                library.answer("a1", owner=owner)
