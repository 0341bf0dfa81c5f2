"""Answers about the catalogue: every value is cited as it is stored, and what is not stored is said to be missing."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from paperchat.assistant import PaperChat
from paperchat.kinds.draft import Draft
from paperchat.serialization import paper_as_json
from paperchat.understanding.request import Constraints, Mention, RecordField, Request

ALPHA, MONO, AUTOCODER = "arxiv:2510.14264", "arxiv:2510.18489", "arxiv:2405.14906"


def ask(chat: PaperChat, *papers: str, fields: tuple[RecordField, ...] = (), **slots: object) -> Draft:
    mentions = tuple(Mention(text=one, papers=(one,)) for one in papers)
    request = Request(question="?", kind="record", mentions=mentions, fields=fields, **slots)  # type: ignore[arg-type]
    draft = chat.components.responder.draft(request)
    check_citations(chat, draft)
    return draft


def check_citations(chat: PaperChat, draft: Draft) -> None:
    """Each is marked in the text, and a value of the catalogue is exactly what ``show --json`` has."""
    assert {int(mark) for mark in re.findall(r"(?<!\\)\[(\d+)\]", draft.text)} == {
        one.number for one in draft.citations
    }
    for citation in draft.citations:
        if citation.quote.passage.basis == "record":
            value = paper_as_json(chat.library.paper(citation.paper.paper_id))[citation.quote.passage.section]
            assert citation.quote.text == (", ".join(value) if isinstance(value, list) else str(value))


@pytest.mark.parametrize(
    ("field", "said", "cited"),
    [
        ("authors", "Zheye Deng, Jiashu Wang", "authors"),
        ("first_author", "The first author of", "authors"),
        ("last_author", "is Jiashu Wang", "authors"),
        ("author_count", "has 2 authors", "authors"),
        ("date", "was published on 2025-10-16", "date"),
        ("featured", "on 2025-10-22", "featured"),
        ("url", "https://arxiv.org/abs/2510.14264", "url"),
        ("arxiv_id", "is 2510.14264", "arxiv_id"),
        ("code", "https://github.com/AlphaQuanter/AlphaQuanter", "code"),
        ("project", "https://alphaquanter.github.io/", "project"),
        ("upvotes", "had 2 upvotes", "upvotes"),
        ("submitter", "by CL Yu", "submitter"),
        ("keywords", "reinforcement learning", "keywords"),
        ("withdrawn", "not withdrawn", "withdrawn"),
    ],
)
def test_a_value_is_cited_as_the_field_it_is_stored_in(
    daily: PaperChat, field: RecordField, said: str, cited: str
) -> None:
    draft = ask(daily, ALPHA, fields=(field,))
    assert said in draft.text
    assert draft.citations[0].quote.passage.section == cited
    assert [one.paper.paper_id for one in draft.papers] == [ALPHA]


@pytest.mark.parametrize("field", ["code", "venue", "doi", "organization", "categories"])
def test_a_value_that_is_not_stored_is_said_to_be_missing(daily: PaperChat, field: RecordField) -> None:
    text = ask(daily, AUTOCODER, fields=(field,)).text
    assert text.startswith("The catalogue has no ")
    assert "AutoCoder" in text


def test_code_that_only_the_abstract_links_to_is_quoted_from_it(daily: PaperChat) -> None:
    draft = ask(daily, AUTOCODER, fields=("code",))
    [quote] = [one.quote for one in draft.citations if one.quote.passage.basis == "abstract"]
    assert "github.com/bin123apple/AutoCoder" in quote.text
    assert quote.text == quote.passage.text[quote.start : quote.end]


def test_a_paper_without_a_question_about_it_gets_a_card_of_all_values(daily: PaperChat) -> None:
    text = ask(daily, MONO).text
    assert text.startswith("**Mono4DGS-HDR")
    for label in ("Authors", "Published", "Featured", "Link", "Code", "Project page", "Upvotes", "Submitted by"):
        assert f"\n- {label}" in text


def test_several_values_of_several_papers_are_given_in_turn(daily: PaperChat) -> None:
    draft = ask(daily, MONO, ALPHA, fields=("date", "upvotes"))
    first, second = draft.text.split("\n\n")
    assert "Mono4DGS" in first
    assert "AlphaQuanter" in second
    assert "Upvotes: 2" in second


def test_a_name_of_two_papers_is_said_to_be_ambiguous(daily: PaperChat) -> None:
    mention = Mention(text="quanter", papers=(ALPHA, MONO))
    draft = daily.components.responder.draft(Request(question="?", kind="record", mentions=(mention,), fields=("url",)))
    assert "“quanter” may also be **Mono4DGS-HDR" in draft.text


def test_whether_somebody_is_an_author_is_answered_by_the_authors(daily: PaperChat) -> None:
    asked = {"fields": ("authors",), "constraints": Constraints(authors=("Jiashu Wang",))}
    assert ask(daily, ALPHA, **asked).text.startswith("Yes: Jiashu Wang is an author")  # type: ignore[arg-type]
    assert ask(daily, MONO, **asked).text.startswith("No: Jiashu Wang is not among")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["Zheye Deng", "zheye deng", "Deng Zheye", "Z. Deng", "Deng", "Zheye Dneg"])
def test_the_papers_of_a_person_are_found_as_people_type_names(daily: PaperChat, name: str) -> None:
    draft = ask(daily, constraints=Constraints(authors=(name,)))
    assert draft.total == 1
    assert draft.text.startswith("The library has 1 paper by Zheye Deng, newest first:")
    assert [one.paper.paper_id for one in draft.papers] == [ALPHA]


def test_a_corrected_name_is_noted(daily: PaperChat) -> None:
    assert ask(daily, constraints=Constraints(authors=("Zheye Dneg",))).notes == (
        "“Zheye Dneg” read as Zheye Deng",
    )  # fmt: skip


def test_a_surname_of_several_people_is_said_to_be_ambiguous(daily: PaperChat) -> None:
    by_surname = defaultdict(set)
    for entry in daily.library.directory.entries().values():
        for name in entry.authors:
            by_surname[name.split()[-1]].add(name)
    surname, people = max(by_surname.items(), key=lambda one: len(one[1]))
    assert len(people) > 1
    text = ask(daily, constraints=Constraints(authors=(surname,))).text
    assert text.startswith(f"“{surname}” may be {len(people)} authors of the library: ")
    assert all(name in text for name in people)


def test_papers_that_people_wrote_together_are_by_all_of_them(daily: PaperChat) -> None:
    answer = daily.ask("Did Zheye Deng and Jiashu Wang ever write a paper together?")
    assert [one.paper.paper_id for one in answer.papers] == [ALPHA]
    others = daily.ask("papers by Zheye Deng and Bin Lei together")
    assert others.abstained
    assert "no paper that they wrote together" in (others.reason or "")


def test_an_unknown_person_is_said_to_be_unknown(daily: PaperChat) -> None:
    draft = ask(daily, constraints=Constraints(authors=("Ada Lovelace",)))
    assert not draft.text
    assert draft.reason.startswith("The library has no paper by “Ada Lovelace”")


def test_more_papers_go_on_where_the_first_ended(daily: PaperChat) -> None:
    everything = Constraints(papers=tuple(daily.library.directory.entries()))
    first = ask(daily, constraints=everything, count=2)
    more = ask(daily, constraints=everything, count=2, offset=2)
    assert first.total == more.total
    assert more.text.splitlines()[2].startswith("3. ")
    assert not {one.paper.paper_id for one in first.papers} & {one.paper.paper_id for one in more.papers}


def test_an_unknown_paper_is_an_abstention_with_the_nearest_titles(daily: PaperChat) -> None:
    mention = Mention(text="BetaQuanter", nearest=(ALPHA,))
    draft = daily.components.responder.draft(Request(question="?", kind="record", mentions=(mention,)))
    assert not draft.text
    assert draft.reason == "The library has no paper called “BetaQuanter”."
    assert [one.paper.paper_id for one in draft.nearest] == [ALPHA]
