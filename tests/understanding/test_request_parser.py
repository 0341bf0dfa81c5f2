"""How questions are read: the kind of answer they ask for, and what they say of the papers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from paperchat.assistant import PaperChat
from paperchat.models.minilm import MiniLM
from paperchat.types import AnswerKind, Filters
from paperchat.understanding.description import describe_request
from paperchat.understanding.request import Request
from paperchat.understanding.request_parser import RequestParser

DAYS = Path(__file__).parents[1] / "data" / "daily"


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RequestParser]:
    """Over the sample page and a few days of Daily Papers, the newest of which is 22 October 2025."""
    with PaperChat.open(tmp_path_factory.mktemp("read") / "library") as chat:
        chat.ingest_sample()
        chat.ingest(DAYS, pdfs=False)
        yield RequestParser(library=chat.library, encoder=MiniLM(), today=lambda: date(2026, 11, 20))


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("hi", "help"),
        ("thanks, that helped!", "help"),
        ("你好", "help"),
        ("what can you do?", "help"),
        ("write me a poem", "help"),
        ("what's the weather in Paris", "help"),
        ("how many papers do you have?", "library"),
        ("wie viele paper hast du", "library"),
        ("what topics do you cover", "library"),
        ("when was the library last updated?", "library"),
        ("how many papers are about robots", "library"),
        ("who wrote RiOSWorld?", "record"),
        ("authors of labsafety bench pls", "record"),
        ("is there code for RiOSWorld", "record"),
        ("Wer hat RiOSWorld geschrieben?", "record"),
        ("papers by Jane Smith", "record"),
        ("summarise RiOSWorld", "summary"),
        ("tl;dr labsafety bench", "summary"),
        ("what is the RiOSWorld paper about?", "summary"),
        ("overview of research on machine unlearning", "overview"),
        ("where does the field stand on jailbreaks", "overview"),
        ("RiOSWorld vs MobileSafetyBench", "comparison"),
        ("compare RiOSWorld and LabSafety Bench", "comparison"),
        ("what's the difference between RLHF and DPO", "comparison"),
        ("what's new?", "feed"),
        ("top 5 papers of last week", "feed"),
        ("papers of 12 June", "feed"),
        ("Was gibt's Neues?", "feed"),
        ("c'est quoi le nombre de papiers ici", "library"),
        ("october total?", "library"),
        ("how many did you get on 22 October 2025", "library"),
        ("since monday how many papers have been added", "library"),
        ("anzahl der paper im oktober", "library"),
        ("topics list", "library"),
        ("topics of october", "library"),
        ("how many authors in october", "library"),
        ("give me an idea of the areas these papers are about", "library"),
        ("company or lab with the largest number of papers?", "library"),
        ("busiest day", "library"),
        ("who is behind this service?", "help"),
        ("how would I import more papers into the library?", "help"),
        ("whats the bitcoin price", "help"),
        ("what has NVIDIA published this month", "feed"),
        ("was kam gestern raus", "feed"),
        ("what are people excited about at the moment?", "feed"),
        ("which benchmarks measure the safety of LLMs?", "list"),
        ("Which benchmarks measure the safety of language models?", "list"),
        ("jailbreak papers", "list"),
        ("papers on autonomous driving with code", "list"),
        ("¿hay artículos sobre robots?", "list"),
        ("watermarking", "list"),
        ("jailbreaking", "list"),
        ("can we trust chat assistants? which papers look at that", "list"),
        ("alternatives or improvements to layer normalisation", "list"),
        ("phone agents: what is going on", "overview"),
        ("what are the trends in agentic retrieval", "overview"),
        ("recomend me a paper to understand world models", "list"),
    ],
)
def test_the_kind_is_what_is_asked_for(parser: RequestParser, question: str, kind: AnswerKind) -> None:
    assert parser.parse(question).kind == kind


@pytest.mark.parametrize(
    "question",
    [
        "How many questions are in LabSafety Bench?",
        "what does RiOSWorld measure?",
        "What is machine unlearning?",
        "why do guardrails fail",
        "who annotated the images in the dataset",
        "how many papers were screened for the review",
        "what is the number of tokens used for training",
        "what areas of the brain are modelled",
        "Which two losses are combined in the codec?",
        "On which datasets was the detector evaluated?",
        "who wrote the prompts that the annotators used",
        "when did the trial start",
        "define alignment tax",
    ],
)
def test_a_fact_stays_a_fact(parser: RequestParser, question: str) -> None:
    assert parser.parse(question).kind == "fact"


@pytest.mark.parametrize(
    "question",
    [
        "generating images without a decoder, directly in pixels",
        "memory in phone agents",
        "segmenting or naming the parts of objects",
        "agents acting in simulated homes",
    ],
)
def test_the_name_of_a_topic_asks_for_its_papers(parser: RequestParser, question: str) -> None:
    assert parser.parse(question).kind in ("list", "overview")


@pytest.mark.parametrize("topic", ["cooking pasta", "robots", "soccer"])
def test_any_paper_on_a_topic_is_no_certain_paper(parser: RequestParser, topic: str) -> None:
    for question in (f"is there a paper on {topic}", f"any paper about {topic}?"):
        request = parser.parse(question)
        assert (request.kind, request.topic, request.mentions) == ("list", topic, ())


def test_what_is_like_a_named_paper_does_not_name_it(parser: RequestParser) -> None:
    request = parser.parse("new RiOSWorld like benchmarks for phone agents")
    assert (request.kind, request.mentions) == ("list", ())
    assert "phone agents" in request.topic


def test_a_list_has_its_conditions(parser: RequestParser) -> None:
    request = parser.parse("top 5 papers on LLM safety with code and at least 20 upvotes since May 2025")
    assert request.topic == "LLM safety"
    assert (request.count, request.order) == (5, "upvotes")
    assert request.constraints.with_code
    assert request.constraints.min_upvotes == 20
    assert request.constraints.period
    assert (request.constraints.period.since, request.constraints.period.until) == ("2025-05-01", "")


def test_more_than_so_many_upvotes_is_one_more(parser: RequestParser) -> None:
    assert parser.parse("papers with more than 70 upvotes").constraints.min_upvotes == 71
    assert parser.parse("papers with 5 upvotes or more").constraints.min_upvotes == 5


def test_people_are_found_by_full_name_anywhere_and_others_where_papers_are_theirs(parser: RequestParser) -> None:
    assert parser.parse("what has bin lei published").constraints.authors == ("bin lei",)
    request = parser.parse("papers by Bin Lei about code models")
    assert (request.kind, request.topic, request.constraints.authors) == ("list", "code models", ("Bin Lei",))
    assert parser.parse("papers by Jane Smith").constraints.authors == ("Jane Smith",)
    assert not parser.parse("papers about attacks by humans").constraints.authors


@pytest.mark.parametrize("name", ["Yann LeCun", "LeCun", "Ronan McDonald", "Fei-Fei O'Brien"])
def test_a_person_of_no_paper_is_no_paper(parser: RequestParser, name: str) -> None:
    for question in (f"papers by {name}", f"show me {name}'s papers", f"what has {name} published?"):
        request = parser.parse(question)
        assert (request.mentions, request.constraints.authors) == ((), (name,))


@pytest.mark.parametrize("question", ["papers on knitting", "any recent articles about knitting patterns?"])
def test_papers_alone_are_no_fact(parser: RequestParser, question: str) -> None:
    request = parser.parse(question)
    assert (request.kind, request.alternatives) == ("list", ())


@pytest.mark.parametrize(
    "question", ["what can you do with these papers", "so what can I ask you?", "what could we do with your library"]
)
def test_what_the_assistant_is_for_is_asked_of_it(parser: RequestParser, question: str) -> None:
    assert parser.parse(question).kind == "help"


@pytest.mark.parametrize(
    ("question", "fields"),
    [
        ("who wrote RiOSWorld?", ("authors",)),
        ("first author of RiOSWorld", ("first_author",)),
        ("how many authors does RiOSWorld have", ("author_count",)),
        ("when was RiOSWorld published and who wrote it?", ("date", "authors")),
        ("link to RiOSWorld please", ("url",)),
        ("arxiv id of RiOSWorld", ("arxiv_id",)),
        ("how many upvotes does RiOSWorld have", ("upvotes",)),
        ("who submitted RiOSWorld", ("submitter",)),
        ("which organization is RiOSWorld from", ("organization",)),
        ("project page of RiOSWorld", ("project",)),
    ],
)
def test_a_record_has_the_fields_that_are_asked_for(
    parser: RequestParser, question: str, fields: tuple[str, ...]
) -> None:
    request = parser.parse(question)
    assert (request.kind, request.fields) == ("record", fields)
    assert len(request.papers) == 1


def test_a_summary_is_as_long_as_asked_for(parser: RequestParser) -> None:
    assert parser.parse("RiOSWorld in three sentences").sentences == 3
    assert parser.parse("short summary of RiOSWorld").length == "short"
    assert parser.parse("summarise RiOSWorld in detail").length == "long"


def test_a_comparison_may_ask_to_decide(parser: RequestParser) -> None:
    assert parser.parse("which is larger, RiOSWorld or MobileSafetyBench?").comparing == "larger"


def test_counting_is_told_from_listing(parser: RequestParser) -> None:
    request = parser.parse("how many papers on jailbreaks")
    assert (request.asks_for_count, request.topic) == (True, "jailbreaks")
    assert not parser.parse("papers on jailbreaks").asks_for_count


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("number one paper of october", 1),
        ("which paper won last week", 1),
        ("le papier le plus voté d'octobre", 1),
        ("most voted agent paper in october", 3),
        ("les 5 meilleurs papiers de cette semaine", 5),
        ("die 3 besten paper dieser woche", 3),
        ("5 most liked from october please", 5),
        ("papers with most hearts this month", None),
        ("highest ranked papers of this week", None),
    ],
)
def test_the_best_are_as_many_as_are_asked_for(parser: RequestParser, question: str, count: int | None) -> None:
    request = parser.parse(question)
    assert (request.kind, request.order, request.count) == ("feed", "upvotes", count)


@pytest.mark.parametrize(
    "question",
    ["october: number of papers with code?", "how many october papers have a repository", "october total with code"],
)
def test_a_count_has_its_conditions_and_no_topic(parser: RequestParser, question: str) -> None:
    request = parser.parse(question)
    assert request.asks_for_count
    assert (request.topic, request.constraints.with_code) == ("", True)
    assert request.constraints.period


def test_an_impossible_date_is_a_problem_and_no_period(parser: RequestParser) -> None:
    request = parser.parse("papers from 31 June")
    assert request.problem == "There is no 31 June: June has 30 days."
    assert request.constraints.period is None


def test_a_kind_can_be_given(parser: RequestParser) -> None:
    request = parser.parse("watermarking", Filters(since="2025"), kind="overview")
    assert (request.kind, request.alternatives, request.topic) == ("overview", (), "watermarking")
    assert request.filters == Filters(since="2025")


def test_a_question_that_may_be_either_has_alternatives(parser: RequestParser) -> None:
    request = parser.parse("watermarking")
    assert (request.kind, request.alternatives) == ("list", ("fact",))


@pytest.mark.parametrize(
    ("question", "counts"),
    [
        ("how many papers do you have", True),
        ("number of papers on robots", True),
        ("how many papers mention diffusion", True),
        ("fair 2023 number of submissions", False),
        ("block stacking mdp nr of states", False),
        ("how many papers were submitted to the 2023 conference", False),
        ("number of papers screened in the review", False),
        ("unet or dit backbone", False),
    ],
)
def test_papers_of_the_library_are_counted_only_where_they_are_asked_for(
    parser: RequestParser, question: str, counts: bool
) -> None:
    assert (parser.parse(question).kind == "library") is counts


@pytest.mark.parametrize("question", ["", " ", "?", "\n", "a" * 5000, "()[]{}*+?\\", "paper " * 500, "‮abc\u0000"])
def test_any_text_is_read(parser: RequestParser, question: str) -> None:
    assert isinstance(parser.parse(question), Request)


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        (
            "papers on LLM safety with code, newest first",
            "papers on LLM safety, with code, newest first",
        ),
        (
            "what came out last week?",
            "new papers, featured 13 to 19 October 2025 (counted from the library's newest day)",
        ),
        (
            "of the oct 14 papers that link a github repo, which one has most votes?",
            "papers, featured on 14 October 2025, with code, most upvotes first",
        ),
        ("who wrote FooBarNet?", "authors of “FooBarNet”"),
        (
            "which is larger, RiOSWorld or LabSafety Bench?",
            "comparison of “RiOSWorld” and “LabSafety Bench”: which is larger",
        ),
        ("hello", "a message to the assistant"),
    ],
)
def test_how_it_was_understood_is_said_in_plain_words(parser: RequestParser, question: str, understood: str) -> None:
    assert describe_request(parser.parse(question), titles={}) == understood


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("count the authors of RiOSWorld", "author_count"),
        ("how big is the author list of RiOSWorld", "author_count"),
        ("size of the team behind RiOSWorld", "author_count"),
        ("how many names are on RiOSWorld", "author_count"),
        ("Wie viele Autoren hat RiOSWorld?", "author_count"),
        ("¿cuántos autores tiene RiOSWorld?", "author_count"),
        ("When did hugging face feature RiOSWorld?", "featured"),
        ("which day was RiOSWorld in the daily papers", "featured"),
        ("upvote count for RiOSWorld", "upvotes"),
        ("how many hearts did RiOSWorld get", "upvotes"),
        ("how well liked is RiOSWorld", "upvotes"),
        ("RiOSWorld 有多少赞", "upvotes"),
        ("By whom was RiOSWorld submitted?", "submitter"),
        ("who brought RiOSWorld to the daily papers", "submitter"),
        ("uploader of RiOSWorld", "submitter"),
        ("institution behind RiOSWorld", "organization"),
        ("where was RiOSWorld made", "organization"),
        ("RiOSWorld is from which company", "organization"),
        ("welche Firma steckt hinter RiOSWorld", "organization"),
        ("is RiOSWorld a CVPR paper?", "venue"),
        ("did RiOSWorld get into NeurIPS", "venue"),
        ("RiOSWorld published in a journal?", "venue"),
        ("RiOSWorld creators", "authors"),
        ("who came up with RiOSWorld", "authors"),
        ("Wer steckt hinter RiOSWorld", "authors"),
        ("quem fez RiOSWorld", "authors"),
        ("when did RiOSWorld drop", "date"),
        ("when did RiOSWorld hit arxiv", "date"),
        ("wann kam RiOSWorld raus", "date"),
        ("quando saiu RiOSWorld", "date"),
        ("RiOSWorld什么时候发布的", "date"),
        ("where's the repo for RiOSWorld", "code"),
        ("can I download the code of RiOSWorld", "code"),
        ("where to read RiOSWorld", "url"),
    ],
)
def test_values_of_the_catalogue_in_other_words(parser: RequestParser, question: str, field: str) -> None:
    request = parser.parse(question)
    assert (request.kind, request.fields) == ("record", (field,))
    assert len(request.papers) == 1


@pytest.mark.parametrize(
    "question",
    [
        "RiOSWorld, condensed",
        "RiOSWorld - a short précis for teachers please",
        "explain RiOSWorld like I'm five",
        "RiOSWorld in plain English",
        "what's the point of RiOSWorld",
        "boil RiOSWorld down for me",
        "RiOSWorld key takeaways",
        "riassunto di RiOSWorld",
        "总结一下 RiOSWorld",
    ],
)
def test_a_summary_in_other_words(parser: RequestParser, question: str) -> None:
    request = parser.parse(question)
    assert request.kind == "summary"
    assert len(request.papers) == 1


@pytest.mark.parametrize("question", ["jiashu wang", "Wang Jiashu", "best rated paper with Jiashu Wang on it"])
def test_a_person_alone_asks_for_their_papers(parser: RequestParser, question: str) -> None:
    request = parser.parse(question)
    assert request.kind == "record"
    assert [one.lower() for one in request.constraints.authors] in (["jiashu wang"], ["wang jiashu"])
    assert not request.mentions


def test_a_number_of_papers_and_the_papers_of_a_time_are_no_values_of_a_paper(parser: RequestParser) -> None:
    assert parser.parse("In how many papers is Jiashu Wang an author?").fields == ()
    assert parser.parse("was ist letzte woche erschienen").fields == ()


def test_a_question_under_a_filter_for_a_paper_is_about_the_paper(sample: PaperChat) -> None:
    filters = Filters(papers=("title:50a012357d0b3929",))
    answer = sample.ask("How many questions are there?", filters=filters)
    assert answer.kind == "fact"
    assert "765" in answer.text
