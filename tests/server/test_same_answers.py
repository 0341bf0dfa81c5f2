"""The same questions get the same records over REST, as one document or as events, as from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from api_server import API, ApiServer, events_of

from cli_runner import run

QUESTIONS = [
    "How many multiple-choice questions are in LabSafety Bench?",
    "What does LoRA fine-tuning do to the safety training of Llama 2-Chat?",
    "Who won the 2018 football World Cup?",
    "Which papers are about jailbreaks?",
    "Summarize LabSafety Bench.",
    "Compare LabSafety Bench and RiOSWorld.",
    "What is known about the safety of agents?",
    "Who are the authors of LabSafety Bench?",
    "How many papers are in the library?",
    "What can you do?",
]
VARYING = {"id", "timings_ms"}


def without_varying(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in VARYING}


@pytest.mark.parametrize("question", QUESTIONS)
def test_answers_are_those_of_the_command_line(api: httpx.Client, own_library: Path, question: str) -> None:
    printed = run("ask", question, "--home", own_library, "--json").json
    answered = api.post(f"{API}/ask", json={"question": question})
    assert answered.status_code == 200
    assert list(answered.json()) == list(printed)
    assert without_varying(answered.json()) == without_varying(printed)
    with api.stream("POST", f"{API}/ask", json={"question": question}, headers={"accept": "text/event-stream"}) as sent:
        events = list(events_of(sent))
    names = [name for name, _ in events]
    assert names[0] == "retrieval" or printed["kind"] == "help"
    assert names[-1] == "done"
    assert without_varying(events[-1][1]) == without_varying(printed)
    assert "".join(data["delta"] for name, data in events if name == "text") == printed["answer"]
    told = [citation for name, data in events if name == "evidence" for citation in data["citations"]]
    assert {one["number"] for one in printed["citations"]} <= {one["number"] for one in told}


def test_searches_papers_and_exports_are_those_of_the_command_line(api: httpx.Client, own_library: Path) -> None:
    home = ("--home", own_library)
    found = api.get(f"{API}/search", params={"q": "safety of agents", "k": 3, "facets": "true"}).json()
    assert found == run("search", "safety of agents", "-k", "3", "--facets", *home, "--json").json
    paper_id = found["hits"][0]["paper_id"]
    assert api.get(f"{API}/papers/{paper_id}").json() == run("show", paper_id, *home, "--json").json
    for name in ("bibtex", "ris"):
        exported = api.get(f"{API}/export", params={"format": name})
        assert exported.text == run("export", "--format", name, *home).out
    exported = api.get(f"{API}/export", params={"format": "csl"})
    assert exported.json() == run("export", "--format", "json", *home).json
    answer = api.post(f"{API}/ask", json={"question": QUESTIONS[0]}).json()
    cited = api.get(f"{API}/export", params={"format": "bibtex", "answer": answer["id"]})
    assert cited.text == run("export", "--answer", answer["id"], *home).out
    assert answer["citations"][0]["quote"] in api.get(
        f"{API}/export", params={"format": "markdown", "answer": answer["id"]}
    ).text.replace("\\", "")


def test_surveys_claims_results_and_digests_are_those_of_the_command_line(api: httpx.Client, own_library: Path) -> None:
    home = ("--home", own_library, "--json")
    survey = api.post(f"{API}/surveys", json={"topic": "safety of agents", "papers": 10})
    printed = run("survey", "safety of agents", "--papers", "10", *home, "--quiet").json
    assert without_varying(survey.json()) == without_varying(printed)
    assert api.get(survey.headers["location"]).json() == survey.json()
    text = "Fine-tuning undoes safety training."
    with api.stream("POST", f"{API}/claims", json={"claim": text, "papers": 10, "stream": True}) as sent:
        *progress, (last, weighed) = events_of(sent)
    assert {name for name, _ in progress} == {"progress"}
    assert last == "done"
    printed = run("claim", text, "--papers", "10", *home, "--quiet").json
    assert without_varying(weighed) == without_varying(printed)
    results = api.get(f"{API}/results", params={"topic": "safety"}).json()
    assert without_varying(results) == without_varying(run("results", "safety", *home, "--quiet").json)
    digest = api.get(f"{API}/digest", params={"span": "week", "papers": 3}).json()
    printed = run("digest", "--week", "--papers", "3", *home).json
    assert {**digest, "created": ""} == {**printed, "created": ""}
    status, printed = api.get(f"{API}/status").json(), run("status", *home).json
    assert printed.pop("catalogue") == str(own_library / "catalogue.sqlite")  # no folder of the server is sent
    assert printed.pop("index") == "Chroma and Tantivy"  # nor the address of another one
    assert {**status, "bytes": 0} == {**printed, "bytes": 0}


def test_a_conversation_goes_on_and_is_the_command_lines_too(open_server: ApiServer) -> None:
    with open_server.client() as client:
        for question in (QUESTIONS[0], "Who wrote it?"):
            body = {"question": question, "conversation": "labs"}
            answer = client.post(f"{API}/ask", json=body).json()
        assert "LabSafety Bench" in answer["standalone_question"]
        (listed,) = client.get(f"{API}/conversations", params={"matching": "LabSafety"}).json()["conversations"]
        shown = client.get(f"{API}/conversations/{listed['id']}").json()
        assert shown == run("conversations", "show", "labs", "--home", open_server.home, "--json").json
        assert client.delete(f"{API}/conversations/{listed['id']}").json() == {"deleted": "labs", "turns": 2}
        assert client.get(f"{API}/conversations").json() == {"conversations": [], "next": None}
