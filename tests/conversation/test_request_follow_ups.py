"""Follow-ups that change or continue an earlier request, resolved without answering."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paperchat import Filters, PaperChat
from paperchat.conversation.focus import EarlierTurn
from paperchat.conversation.resolved_questions import ResolvedRequest
from paperchat.types import StoredPaper
from paperchat.understanding.request import Constraints, Mention, Period, Request

MAY = Period(since="2026-05-01", until="2026-05-31", label="May 2026")
LIST = Request(question="papers on safety", kind="list", topic="safety")
FEED = Request(question="papers of May", kind="feed", constraints=Constraints(period=MAY))
HELP = Request(question="thanks", kind="help")


@pytest.fixture(scope="module")
def papers(sample: PaperChat) -> list[StoredPaper]:
    titles = ("LabSafety Bench", "RiOSWorld", "Jumpstarting Surgical", "MobileSafetyBench")
    found = {title: one for title in titles for one in sample.library.all_papers() if one.paper.title.startswith(title)}
    return [found[title] for title in titles]


def turn(request: Request, papers: list[StoredPaper]) -> EarlierTurn:
    listed = tuple(papers) if request.kind != "fact" else ()
    return EarlierTurn(question=request.question, papers=tuple(papers), listed=listed, request=request)


def about(paper: StoredPaper, request: Request) -> EarlierTurn:
    mention = Mention(text=paper.paper.title.partition(":")[0], papers=(paper.paper_id,))
    return turn(replace(request, mentions=(mention,)), [paper])


def resolve(sample: PaperChat, said: str, *turns: EarlierTurn, filters: Filters | None = None) -> ResolvedRequest:
    return sample.components.session.resolve(said, history=turns, filters=filters or Filters())


@pytest.mark.parametrize("said", ["more", "show me more", "and the rest?", "more of those please", "weitere", "更多"])
def test_more_continues_the_list(sample: PaperChat, papers: list[StoredPaper], said: str) -> None:
    turns = [turn(LIST, papers), turn(HELP, []), about(papers[0], Request(question="who wrote it", kind="record"))]
    asked = resolve(sample, said, *turns)
    assert (asked.request.kind, asked.request.topic, asked.request.offset) == ("list", "safety", 4)
    assert asked.question.question == "papers on safety, the next papers"
    again = resolve(sample, said, turn(asked.request, papers[:3]))
    assert again.request.offset == 7


@pytest.mark.parametrize(
    ("said", "constraints"),
    [
        ("only the ones with code", Constraints(with_code=True)),
        ("which of those have code?", Constraints(with_code=True)),
        ("any with more than 10 upvotes?", Constraints(min_upvotes=11)),
        ("only those with a project page", Constraints(with_project=True)),
    ],
)
def test_a_condition_narrows_the_list(
    sample: PaperChat, papers: list[StoredPaper], said: str, constraints: Constraints
) -> None:
    asked = resolve(sample, said, turn(LIST, papers))
    assert (asked.request.kind, asked.request.topic, asked.request.offset) == ("list", "safety", 0)
    assert asked.request.constraints == constraints
    assert asked.question.question.startswith("papers on safety, ")


def test_conditions_add_up_and_can_be_taken_back(sample: PaperChat, papers: list[StoredPaper]) -> None:
    first = resolve(sample, "only with code", turn(LIST, papers)).request
    second = resolve(sample, "and in March 2024?", turn(LIST, papers), turn(first, papers[:2])).request
    assert second.constraints.with_code
    assert second.constraints.period
    assert second.constraints.period.since.startswith("2024-03")
    third = resolve(sample, "more of them, all months", turn(second, papers[:1])).request
    assert (third.constraints.with_code, third.constraints.period) == (True, None)
    assert resolve(sample, "show all of them", turn(second, papers[:1])).request.constraints == Constraints()


@pytest.mark.parametrize(
    ("said", "since", "until"),
    [
        ("and the month before?", "2026-04-01", "2026-04-30"),
        ("the month after", "2026-06-01", "2026-06-30"),
        ("same for April 2026", "2026-04-01", "2026-04-30"),
        ("what about June 2026?", "2026-06-01", "2026-06-30"),
    ],
)
def test_another_period_replaces_the_first(
    sample: PaperChat, papers: list[StoredPaper], said: str, since: str, until: str
) -> None:
    asked = resolve(sample, said, turn(FEED, papers)).request
    assert asked.kind == "feed"
    assert asked.constraints.period
    assert (asked.constraints.period.since, asked.constraints.period.until) == (since, until)


@pytest.mark.parametrize(
    ("said", "kind", "place", "fields"),
    [
        ("who wrote the second one", "record", 2, ("authors",)),
        ("the first one: link?", "record", 1, ("url",)),
        ("summarise the last one please", "summary", 4, ()),
        ("and number three, what is it about", "summary", 3, ()),
        ("no, I meant the one on mobile devices: who wrote it?", "record", 4, ("authors",)),
        ("the surgical one, which datasets does it use", "fact", 3, ()),
        ("back to rios world: how many tasks are there?", "fact", 2, ()),
    ],
)
def test_what_is_asked_of_a_paper_of_the_list(
    sample: PaperChat, papers: list[StoredPaper], said: str, kind: str, place: int, fields: tuple[str, ...]
) -> None:
    asked = resolve(sample, said, turn(LIST, papers))
    assert (asked.request.kind, asked.request.papers) == (kind, (papers[place - 1].paper_id,))
    assert asked.request.fields == fields
    assert papers[place - 1].paper.title.partition(":")[0] in asked.question.question
    if kind == "fact":
        assert all(one.filters.papers == asked.request.papers for one in asked.question.attempts)


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ("code?", ("code",)),
        ("and who is the first author?", ("first_author",)),
        ("and when?", ("date",)),
        ("date and authors of that one", ("date", "authors")),
        ("which university is behind it?", ("organization",)),
        ("how many votes did it get", ("upvotes",)),
        ("how many authors?", ("author_count",)),
        ("who submitted it", ("submitter",)),
    ],
)
def test_a_field_alone_is_asked_of_the_paper_in_focus(
    sample: PaperChat, papers: list[StoredPaper], said: str, fields: tuple[str, ...]
) -> None:
    turns = [turn(LIST, papers), about(papers[1], Request(question="Summarize “RiOSWorld”", kind="summary"))]
    asked = resolve(sample, said, *turns, turn(HELP, [])).request
    assert (asked.kind, asked.papers, asked.fields) == ("record", (papers[1].paper_id,), fields)


def test_a_bare_place_asks_again_what_was_asked_before(sample: PaperChat, papers: list[StoredPaper]) -> None:
    record = about(papers[0], Request(question="code of it", kind="record", fields=("code",)))
    asked = resolve(sample, "and the second?", turn(LIST, papers), record).request
    assert (asked.kind, asked.papers, asked.fields) == ("record", (papers[1].paper_id,), ("code",))
    assert resolve(sample, "second?", turn(LIST, papers)).request.kind == "summary"
    fact = about(papers[0], Request(question="How many questions are in LabSafety Bench?", kind="fact"))
    asked_fact = resolve(sample, "and rios world?", turn(LIST, papers), fact)
    assert (asked_fact.request.kind, asked_fact.request.papers) == ("fact", (papers[1].paper_id,))
    assert asked_fact.question.question == "How many questions are in it, in “RiOSWorld”?"


@pytest.mark.parametrize("said", ["compare the first two", "compare labsafety bench and rios world"])
def test_papers_of_the_list_are_compared(sample: PaperChat, papers: list[StoredPaper], said: str) -> None:
    asked = resolve(sample, said, turn(LIST, papers)).request
    assert (asked.kind, asked.papers) == ("comparison", (papers[0].paper_id, papers[1].paper_id))


def test_it_is_compared_with_another(sample: PaperChat, papers: list[StoredPaper]) -> None:
    focus = about(papers[1], Request(question="Summarize “RiOSWorld”", kind="summary"))
    asked = resolve(sample, "compare it to mobilesafetybench", focus).request
    assert (asked.kind, asked.papers) == ("comparison", (papers[1].paper_id, papers[3].paper_id))
    pair = replace(asked, question="Compare both")
    faster = resolve(sample, "which one is bigger then", turn(pair, [papers[1], papers[3]])).request
    assert (faster.kind, faster.papers) == ("comparison", (papers[1].paper_id, papers[3].paper_id))


def test_an_answer_is_wanted_shorter_or_longer(sample: PaperChat, papers: list[StoredPaper]) -> None:
    summary = about(papers[0], Request(question="Summarize “LabSafety Bench”", kind="summary"))
    fact = turn(Request(question="How many questions?", kind="fact"), [papers[0]])
    for said, length in (("shorter please", "short"), ("in more detail", "long"), ("kürzer", "short")):
        asked = resolve(sample, said, summary, fact).request
        assert (asked.kind, asked.papers, asked.length) == ("summary", (papers[0].paper_id,), length)
    alone = resolve(sample, "shorter please", fact).request
    assert (alone.kind, alone.papers, alone.length) == ("summary", (papers[0].paper_id,), "short")


def test_more_by_an_author_of_the_paper(sample: PaperChat) -> None:
    paper = next(one for one in sample.library.all_papers())
    authored = StoredPaper(
        paper_id=paper.paper_id, paper=replace(paper.paper, authors=("Ada Lovelace", "Alan Turing", "Grace Hopper"))
    )
    focus = about(authored, Request(question="last author of it", kind="record", fields=("last_author",)))
    for said, author in (
        ("other papers by its last author", "Grace Hopper"),
        ("what else has she written?", "Grace Hopper"),
    ):
        asked = resolve(sample, said, focus).request
        assert (asked.kind, asked.constraints.authors) == ("record", (author,))


@pytest.mark.parametrize("said", ["thanks", "thanks, that helps", "perfect", "ok thats all, bye", "hello"])
def test_small_talk_is_no_follow_up(sample: PaperChat, papers: list[StoredPaper], said: str) -> None:
    assert resolve(sample, said, turn(LIST, papers)).request.kind == "help"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("papers on surgery", "list"),
        ("what's new this week?", "feed"),
        ("how many papers do you have?", "library"),
        ("give me an overview of red teaming", "overview"),
    ],
)
def test_a_request_of_its_own_is_left_alone(sample: PaperChat, papers: list[StoredPaper], said: str, kind: str) -> None:
    asked = resolve(sample, said, turn(LIST, papers), about(papers[0], Request(question="who", kind="record")))
    assert (asked.request.kind, asked.question.question) == (kind, said)
    assert "safety" not in asked.request.topic


def test_papers_on_the_topic_before(sample: PaperChat, papers: list[StoredPaper]) -> None:
    overview = Request(question="overview of red teaming", kind="overview", topic="red teaming")
    asked = resolve(sample, "are there surveys on this?", turn(overview, papers)).request
    assert (asked.kind, asked.topic, asked.sought) == ("list", "red teaming", "survey")


def test_filters_in_force_stay(sample: PaperChat, papers: list[StoredPaper]) -> None:
    filters = Filters(since="2020")
    for said in ("more", "who wrote the second one", "shorter please", "compare the first two"):
        asked = resolve(sample, said, turn(replace(LIST, filters=filters), papers), filters=filters)
        assert asked.request.filters == asked.question.filters == filters


@pytest.mark.parametrize(
    ("said", "order"),
    [("newest first please", "newest"), ("sort them by upvotes", "upvotes"), ("oldest first", "oldest")],
)
def test_the_list_in_another_order(sample: PaperChat, papers: list[StoredPaper], said: str, order: str) -> None:
    asked = resolve(sample, said, turn(LIST, papers)).request
    assert (asked.kind, asked.topic, asked.order) == ("list", "safety", order)


def test_the_list_is_shown_again(sample: PaperChat, papers: list[StoredPaper]) -> None:
    focus = about(papers[1], Request(question="Summarize “RiOSWorld”", kind="summary"))
    asked = resolve(sample, "back to the list", turn(LIST, papers), focus).request
    assert (asked.kind, asked.topic, asked.offset) == ("list", "safety", 0)


def test_the_paper_after_and_before(sample: PaperChat, papers: list[StoredPaper]) -> None:
    turns = [turn(LIST, papers), about(papers[1], Request(question="Summarize “RiOSWorld”", kind="summary"))]
    for said, place in (("the next one", 3), ("and the one before?", 1), ("who wrote the next one", 3)):
        assert resolve(sample, said, *turns).request.papers == (papers[place - 1].paper_id,)


@pytest.mark.parametrize("said", ["similar papers", "more like this", "any other papers like that one?"])
def test_papers_like_the_one_before(sample: PaperChat, papers: list[StoredPaper], said: str) -> None:
    focus = about(papers[1], Request(question="Summarize “RiOSWorld”", kind="summary"))
    asked = resolve(sample, said, turn(LIST, papers), focus).request
    assert (asked.kind, asked.papers) == ("list", (papers[1].paper_id,))


LIST_OF_MAY = replace(LIST, question="papers on safety of May", constraints=Constraints(period=MAY))


@pytest.mark.parametrize(
    ("said", "since", "until"),
    [("June 2026?", "2026-06-01", "2026-06-30"), ("only April 2026", "2026-04-01", "2026-04-30")],
)
def test_a_time_alone_is_a_condition_on_the_list_before(
    sample: PaperChat, papers: list[StoredPaper], said: str, since: str, until: str
) -> None:
    asked = resolve(sample, said, turn(LIST, papers)).request
    assert (asked.kind, asked.topic) == ("list", "safety")
    assert asked.constraints.period
    assert (asked.constraints.period.since, asked.constraints.period.until) == (since, until)


@pytest.mark.parametrize(
    ("said", "request_of_list", "place"),
    [
        ("who wrote the last one in your first list?", LIST, -1),
        ("back to the May list: the second one, who wrote it", LIST_OF_MAY, 1),
        ("from your list, who wrote number two?", LIST_OF_MAY, 1),
    ],
)
def test_a_list_is_named(
    sample: PaperChat, papers: list[StoredPaper], said: str, request_of_list: Request, place: int
) -> None:
    turns = [turn(LIST, papers), turn(LIST_OF_MAY, papers[::-1])]
    listed = papers if request_of_list is LIST else papers[::-1]
    comparison = turn(Request(question="compare them", kind="comparison"), papers[:2])
    asked = resolve(sample, said, *turns, comparison).request
    assert (asked.kind, asked.fields) == ("record", ("authors",))
    assert asked.papers == (listed[place].paper_id,)


@pytest.mark.parametrize("said", ["which of these is the newest?", "which is the most upvoted of them"])
def test_which_paper_it_is_is_answered_with_the_value_that_says_so(
    sample: PaperChat, papers: list[StoredPaper], said: str
) -> None:
    asked = resolve(sample, said, turn(LIST, papers)).request
    assert (asked.kind, len(asked.papers), len(asked.fields)) == ("record", 1, 1)


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ("who", ("authors",)),
        ("ok who made this", ("authors",)),
        ("by whom?", ("authors",)),
        ("their repo", ("code",)),
        ("date please", ("date",)),
        ("and venue?", ("venue",)),
    ],
)
def test_few_words_ask_for_a_field_of_the_paper_before(
    sample: PaperChat, papers: list[StoredPaper], said: str, fields: tuple[str, ...]
) -> None:
    asked = resolve(sample, said, about(papers[1], Request(question="how many tasks?"))).request
    assert (asked.kind, asked.fields, asked.papers) == ("record", fields, (papers[1].paper_id,))


def test_what_leaves_the_topic_is_read_afresh(sample: PaperChat, papers: list[StoredPaper]) -> None:
    asked = resolve(sample, "different topic: who wrote RiOSWorld?", turn(LIST, papers[:1]))
    assert (asked.request.kind, asked.request.papers) == ("record", (papers[1].paper_id,))


def test_it_is_the_paper_asked_for_last_in_vain(sample: PaperChat, papers: list[StoredPaper]) -> None:
    mention = Mention(text="RiOSWorld", papers=(papers[1].paper_id,))
    unanswered = turn(Request(question="what did RiOSWorld cost?", mentions=(mention,)), [])
    asked = resolve(sample, "who wrote it?", turn(LIST, papers), unanswered).request
    assert asked.papers == (papers[1].paper_id,)


@pytest.mark.parametrize("said", ["other papers on surgical vision", "more papers about robots"])
def test_other_papers_are_a_new_list(sample: PaperChat, papers: list[StoredPaper], said: str) -> None:
    asked = resolve(sample, said, about(papers[2], Request(question="who", kind="record"))).request
    assert (asked.kind, asked.papers) == ("list", ())


def test_which_of_two_has_more_is_one_of_them(sample: PaperChat, papers: list[StoredPaper]) -> None:
    turns = [about(one, Request(question="what is it", kind="fact")) for one in papers[:2]]
    asked = resolve(sample, "which came out first?", *turns).request
    assert asked.kind == "record"
    assert asked.fields == ("date",)
    assert len(asked.papers) == 1


def test_the_other_paper_of_an_answer_to_a_fact(sample: PaperChat, papers: list[StoredPaper]) -> None:
    fact = Request(question="what tests safety", kind="fact")
    asked = resolve(sample, "and the other one: how many tasks?", turn(fact, papers[:2]), about(papers[0], fact))
    assert asked.request.papers == (papers[1].paper_id,)


def test_a_name_that_no_paper_has_stands_for_none(sample: PaperChat, papers: list[StoredPaper]) -> None:
    asked = resolve(sample, "who wrote the OpenLicenseBench paper?", turn(LIST, papers))
    assert not asked.request.papers
    assert [one.text for one in asked.request.unknown] == ["OpenLicenseBench"]


def test_a_list_is_named_by_its_topic(sample: PaperChat, papers: list[StoredPaper]) -> None:
    other = turn(Request(question="papers on driving", kind="list", topic="driving"), papers[:1])
    asked = resolve(sample, "back to the safety ones, which have code?", turn(LIST, papers), other).request
    assert (asked.topic, asked.constraints.with_code) == ("safety", True)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("summarise the second one", "summary"),
        ("sum up the second", "summary"),
        ("can you give me the gist of the second one?", "summary"),
        ("walk me through number 2 please", "summary"),
        ("summarize the second one in two sentences", "summary"),
        ("the second one instead", "summary"),
        ("sum up the second for my boss", "summary"),
        ("tell me about the second in one line", "summary"),
        ("what data does the second one use", "fact"),
        ("summarise the data section of the second one", "fact"),
    ],
)
def test_a_summary_of_a_listed_paper_is_told_from_a_detail_of_it(
    sample: PaperChat, papers: list[StoredPaper], said: str, kind: str
) -> None:
    asked = resolve(sample, said, turn(LIST, papers))
    assert (asked.request.kind, asked.request.papers) == (kind, (papers[1].paper_id,))


@pytest.mark.parametrize(
    ("said", "kind", "topic"),
    [
        ("compare two papers on red teaming", "comparison", "red teaming"),
        ("sum up machine unlearning in 3 sentences", "summary", "machine unlearning"),
        ("now something on machine unlearning instead", "list", "machine unlearning"),
    ],
)
def test_another_topic_is_not_asked_of_the_paper_before(
    sample: PaperChat, papers: list[StoredPaper], said: str, kind: str, topic: str
) -> None:
    asked = resolve(sample, said, about(papers[1], Request(question="what is RiOSWorld", kind="fact")))
    assert (asked.request.kind, asked.request.papers) == (kind, ())
    assert topic in asked.request.topic
    assert all(not one.filters.papers for one in asked.question.attempts)


def test_a_paper_that_nobody_has_spoken_of_is_not_the_one_before(sample: PaperChat, papers: list[StoredPaper]) -> None:
    for earlier in (turn(LIST, papers), about(papers[0], Request(question="who wrote it", kind="record"))):
        asked = resolve(sample, "who wrote the resnet paper", earlier)
        assert [(one.text, one.papers) for one in asked.request.mentions] == [("resnet", ())]


def test_somebody_s_papers_do_not_continue_a_list(sample: PaperChat, papers: list[StoredPaper]) -> None:
    none = turn(Request(question="papers about knitting", kind="list", topic="knitting"), [])
    for earlier in (none, turn(LIST, papers)):
        asked = resolve(sample, "papers by Bin Lei", earlier)
        assert (asked.request.kind, asked.request.topic, asked.request.constraints.authors) == (
            "record",
            "",
            ("Bin Lei",),
        )


def test_who_gave_no_papers_gives_way_to_somebody_else(sample: PaperChat) -> None:
    june = Constraints(authors=("Ada Nobody",), period=MAY)
    none = turn(Request(question="what did Ada Nobody publish in May", kind="feed", constraints=june), [])
    asked = resolve(sample, "and from Alibaba?", none)
    assert asked.request.constraints == Constraints(organizations=("Alibaba",), period=MAY)


def test_a_name_in_capitals_is_no_part_of_a_word(sample: PaperChat, papers: list[StoredPaper]) -> None:
    asked = resolve(sample, "who wrote the BENCH paper", turn(LIST, papers))  # and not the one on benchmarks
    assert [(one.text, one.papers) for one in asked.request.mentions] == [("BENCH", ())]


@pytest.mark.parametrize("said", ["who's it by", "who is it by?", "by whom", "who was this by"])
def test_whom_it_is_by_is_asked_of_the_catalogue(sample: PaperChat, papers: list[StoredPaper], said: str) -> None:
    asked = resolve(sample, said, about(papers[0], Request(question="sum it up", kind="summary")))
    assert (asked.request.kind, asked.request.fields) == ("record", ("authors",))


def test_the_newest_one_is_one(sample: PaperChat, papers: list[StoredPaper]) -> None:
    assert len(resolve(sample, "the newest one please", turn(LIST, papers)).request.papers) == 1
    assert resolve(sample, "newest first please", turn(LIST, papers)).request.order == "newest"
