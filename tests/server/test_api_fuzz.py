"""Requests made from the description of the API, valid or not: no server error, and nothing it does not describe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import schemathesis
from api_server import API, api_server
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from paperchat import PaperChat

pytestmark = [pytest.mark.security, pytest.mark.slow]

PAPERS = "".join(
    f'{{"id": "2401.{number:05}", "title": "{name} at Rest", "abstract": "{name} sleep for {number} hours a day."}}\n'
    for number, name in enumerate(("Owls", "Cats", "Dogs"), start=8)
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[*HealthCheck],
)


@dataclass(frozen=True)
class Fuzzed:
    """A server over three papers that can reach no other host, and keys by which everything may be changed."""

    address: str
    description: dict[str, Any] = field(repr=False)
    keys: Iterator[str]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    folder = tmp_path_factory.mktemp("fuzzed")
    (folder / "papers.jsonl").write_text(PAPERS, encoding="utf-8")
    with PaperChat.open(folder / "library") as chat:
        chat.ingest(folder / "papers.jsonl")
        keys = [chat.library.api_keys.add(f"key {number}", "admin")[1] for number in range(200)]
    nowhere = {"https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    with api_server(folder / "library", **nowhere, PAPERCHAT_QUESTIONS_PER_MINUTE="100000") as server:
        with server.client(keys[0]) as client:
            description = client.get("/openapi.json").json()
        yield Fuzzed(server.address, description, iter(keys[1:]))


@pytest.mark.parametrize("mode", [*schemathesis.GenerationMode])
def test_the_api_keeps_to_its_description(fuzzed: Fuzzed, mode: schemathesis.GenerationMode) -> None:
    schema = schemathesis.openapi.from_dict(fuzzed.description)
    found = list(schema.get_all_operations())
    operations = [one.ok() for one in found if isinstance(one, Ok)]
    assert len(operations) == len(found) > 30
    failures = [failure for operation in operations for failure in failures_of(operation, mode, fuzzed)]
    assert failures == [], "\n".join(failures)


def failures_of(operation: Any, mode: schemathesis.GenerationMode, fuzzed: Fuzzed) -> list[str]:
    """What goes wrong with requests for an operation, by a key of their own, as the requests of one are limited."""
    key = next(fuzzed.keys)

    @given(case=operation.as_strategy(generation_mode=mode))
    @EXAMPLES
    def keeps(case: schemathesis.Case[Any]) -> None:
        response = case.call(base_url=fuzzed.address, headers={"authorization": f"Bearer {key}"})
        case.validate_response(response, checks=CHECKS)

    try:
        keeps()
    except Unsatisfiable:  # nothing about this operation can be invalid
        return []
    except BaseExceptionGroup as group:
        return [f"{operation.label}: {error}" for error in group.exceptions]
    except AssertionError as error:
        return [f"{operation.label}: {error}"]
    return []


@given(token=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=200))
@settings(EXAMPLES, max_examples=100)
def test_no_made_up_key_gets_in(fuzzed: Fuzzed, token: str) -> None:
    with httpx.Client(base_url=fuzzed.address, trust_env=False) as client:
        for scheme in ("Bearer", "bearer", "Basic", "Key"):
            answer = client.get(f"{API}/status", headers={"authorization": f"{scheme} {token}".strip()})
            assert answer.status_code == 401
