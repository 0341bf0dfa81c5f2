"""Requests made from the description of the API, valid and not: no server error, and nothing that it does not describe."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from api_server import API, ApiServer, add_key, api_server
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from paperchat import PaperChat

PAPERS = "".join(
    f'{{"id": "2401.{number:05}", "title": "{name} at Rest", "abstract": "{name} sleep for {number} hours a day."}}\n'
    for number, name in enumerate(("Owls", "Cats", "Dogs"), start=8)
)
EXAMPLES = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[*HealthCheck],
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A server over three papers, in which a key may change everything but reach no other host."""
    folder = tmp_path_factory.mktemp("fuzzed")
    (folder / "papers.jsonl").write_text(PAPERS, encoding="utf-8")
    with PaperChat.open(folder / "library") as chat:
        chat.ingest(folder / "papers.jsonl")
    nowhere = {"https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    settings_ = {**nowhere, "PAPERCHAT_QUESTIONS_PER_MINUTE": "100000"}
    with api_server(folder / "library", **settings_) as server:
        yield server


@pytest.fixture
def api_schema(fuzzed: ApiServer) -> Any:
    with fuzzed.client(add_key(fuzzed.home, f"describing {next(_NUMBERS)}")) as client:
        return schemathesis.openapi.from_dict(client.get("/openapi.json").json())


_NUMBERS = itertools.count()
schema = schemathesis.pytest.from_fixture("api_schema")


@schema.parametrize()
@EXAMPLES
def test_the_api_keeps_to_its_description(case: schemathesis.Case, fuzzed: ApiServer) -> None:
    key = add_key(fuzzed.home, f"fuzzing {next(_NUMBERS)}", "admin")  # a caller's own, as requests a minute are limited
    response = case.call(base_url=fuzzed.address, headers={"authorization": f"Bearer {key}"})
    case.validate_response(response, excluded_checks=EXCLUDED)


EXCLUDED = [
    schemathesis.checks.CHECKS.get_one("unsupported_method"),  # 405 is tested by itself
    schemathesis.checks.CHECKS.get_one("positive_data_acceptance"),  # ids that are there cannot be guessed
    schemathesis.checks.CHECKS.get_one("missing_required_header"),
]


@given(token=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=200))
@settings(EXAMPLES, max_examples=200)
def test_no_made_up_key_gets_in(fuzzed: ApiServer, token: str) -> None:
    with httpx.Client(base_url=fuzzed.address, trust_env=False) as client:
        for scheme in ("Bearer", "bearer", "Basic", "Key"):
            answer = client.get(f"{API}/status", headers={"authorization": f"{scheme} {token}"})
            assert answer.status_code in (400, 401)


def test_schemas_are_served_to_callers_only(fuzzed: ApiServer, tmp_path: Path) -> None:
    add_key(fuzzed.home, "closing")
    with fuzzed.client() as nobody:
        assert nobody.get("/openapi.json").status_code == 401
    assert not list(tmp_path.iterdir())
