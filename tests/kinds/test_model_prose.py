"""Summaries and overviews in a language model's words: each sentence stands on a quote, or the quotes are given."""

from __future__ import annotations

import pytest

from chat_server import QUOTE, ChatServer
from paperchat import PaperChat

SUMMARY, OVERVIEW = "summarize LabSafety Bench", "give me an overview of the safety of language models"


def repeat_quotes(prompt: str) -> str:
    return "\n".join(f"{text} [{key}]" for text, key in QUOTE.findall(prompt)[:3])


@pytest.mark.parametrize(("question", "kind"), [(SUMMARY, "summary"), (OVERVIEW, "overview")])
def test_what_a_model_writes_stands_on_quotes(chat: PaperChat, server: ChatServer, question: str, kind: str) -> None:
    server.replies = [repeat_quotes]
    answer = chat.ask(question)
    assert (answer.kind, answer.model, answer.note) == (kind, "openai-like:m", None)
    statuses = [one.status for one in answer.citations]
    assert statuses[:3] == ["supported"] * 3
    assert set(statuses[3:]) == {"quoted"}, "what the model leaves out follows as it stands in the papers"
    assert all(one.quote.text in one.paper.paper.abstract for one in answer.citations)
    cited = {number for paper in answer.papers for number in paper.citations}
    assert cited == {one.number for one in answer.citations}
    assert answer.usage["output_tokens"] > 0
    assert ("overview of a topic" in server.prompt(0)) is (kind == "overview")


@pytest.mark.parametrize("question", [SUMMARY, OVERVIEW, "What does LoRA fine-tuning do to Llama 2-Chat?"])
def test_no_paper_and_no_quote_of_it_is_lost_to_a_model(chat: PaperChat, server: ChatServer, question: str) -> None:
    server.mood = "error"
    extractive = chat.ask(question)
    server.mood = "well"
    server.replies = [lambda prompt: "\n".join(f"{text} [{key}]" for text, key in QUOTE.findall(prompt)[:1])]
    written = chat.ask(question)
    assert written.model == "openai-like:m"
    if extractive.kind != "overview":
        assert {one.quote.text for one in extractive.citations} <= {one.quote.text for one in written.citations}
    assert {one.paper.paper_id for one in extractive.citations} <= {one.paper.paper_id for one in written.citations}
    assert all(one.quote.text in one.paper.paper.abstract for one in written.citations)


def test_the_quotes_are_the_summary_where_the_model_says_what_none_says(chat: PaperChat, server: ChatServer) -> None:
    server.replies = ["The moon is made of green cheese. [1]"]
    answer = chat.ask(SUMMARY)
    extractive = answer.text
    assert "green cheese" not in extractive
    assert answer.citations
    assert all(one.quote.text in one.paper.paper.abstract for one in answer.citations)


def test_a_dead_model_leaves_the_quotes(chat: PaperChat, server: ChatServer) -> None:
    server.mood = "error"
    answer = chat.ask(OVERVIEW)
    assert (answer.kind, answer.model) == ("overview", "extractive")
    assert "this is the extractive answer" in (answer.note or "")
    assert answer.citations
