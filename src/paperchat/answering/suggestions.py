"""Suggestions: questions that lead on from an answer, or that come closest to one that was not answered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from paperchat import lexicon
from paperchat.answering.explanations import find_explanation
from paperchat.answering.passage_scoring import ScoredPassage
from paperchat.text.describe import one_line
from paperchat.text.paper_title import head_of, short_title
from paperchat.text.prompt_injection import find_injections
from paperchat.types import Citation, StoredPaper

MAX_SUGGESTIONS = 3
_MAX_PAPERS = 2
_MAX_TITLE_LENGTH = 60
_MAX_WORDS = 3
# Names of methods, models and data sets: two capitals or more, or a capital and a digit.
_NAME_PATTERN = re.compile(
    r"(?<![\w/.:@-])(?=\w*[A-Z])(?=\w*-?(?:\w*[A-Z]\w*[A-Z]|\w*\d))[A-Za-z][\w-]{2,24}(?![\w/@])"
)
_COINED_PATTERN = re.compile(r"(?=\w*[a-z\d-]\w*[A-Z\d]|[A-Z]\w*[A-Z\d])\w[\w.+-]*")
_COMMON_NAMES = lexicon.load("suggestions").words("common_names")


def suggest_followups(question: str, citations: Sequence[Citation]) -> list[str]:
    """At most three questions that lead on from an answer: what else its papers say, and how it works."""
    first_cited = {citation.paper.paper_id: citation for citation in reversed(citations)}
    leading = list(reversed(first_cited.values()))[:_MAX_PAPERS]
    titled = [(citation, title) for citation in leading if (title := suggested_title(citation.paper.paper.title))]
    about = [
        [f"What does “{title}” say about {name}?" for name in _names_near_quote(citation, question)[:2]]
        for citation, title in titled
    ]
    suggestions = [questions[0] for questions in about if questions]
    suggestions += [questions[1] for questions in about[:1] if len(questions) > 1]
    suggestions += [one for _, title in titled[:1] if (one := _how_it_works(title, question))]
    return list(dict.fromkeys(suggestions))[:MAX_SUGGESTIONS]


def nearest_questions(question: str, scored: Sequence[ScoredPassage], papers: Sequence[StoredPaper]) -> list[str]:
    """Questions that may be answered where this one was not, the nearest first.

    Args:
        papers: those of the passages scored, the best first.
    """
    if not scored or not papers or not (title := suggested_title(papers[0].paper.title)):
        return []
    best = next((one for one in scored if one.passage.paper_id == papers[0].paper_id), scored[0])
    shared = " ".join(_words_in_passage(best)[:_MAX_WORDS])
    asked = [f"What does “{title}” say about {shared}?"] if shared else []
    return [*asked, *filter(None, [_how_it_works(title, question)])]


def suggested_title(title: str) -> str:
    """The name of a paper in a question; empty where that is long, or may speak to a machine."""
    names = (one_line(name) for name in (short_title(title), head_of(title)) if name)
    short = next((name for name in names if len(name) <= _MAX_TITLE_LENGTH), "")
    return "" if find_injections(title) else short


def _how_it_works(title: str, question: str) -> str:
    """How the thing works that a title names; empty where the title is no name, or that is what was asked."""
    explained = find_explanation(question)
    if not _COINED_PATTERN.fullmatch(title) or (explained and explained.kind == "how"):
        return ""
    return f"How does {title} work?"


def _names_near_quote(citation: Citation, question: str) -> list[str]:
    """The most frequent names around the quote that are not in the quote, the title or the question."""
    passage = citation.quote.passage
    text = passage.text[: passage.trusted_end]
    known = f"{question} {citation.paper.paper.title} {citation.quote.text}".lower()
    context = f"{text[: citation.quote.start]} {text[citation.quote.end :]}"
    names = Counter(
        name
        for name in _NAME_PATTERN.findall(context)
        if (plain := name.lower().removesuffix("s")) not in known and plain not in _COMMON_NAMES
    )
    return [name for name, _ in names.most_common()]


def _words_in_passage(one: ScoredPassage) -> list[str]:
    """The words of the question that the passage has and its title does not, in the question's order."""
    words = one.question.words
    trusted = one.passage.text[: one.passage.trusted_end].lower()
    shared = [
        (word.weight, word.start, form)
        for number, word in enumerate(words)
        if one.alignment.by_stem[number] == 1
        and not one.alignment.in_title[number]
        and (form := one.question.text[word.start : word.end]).lower() in trusted
    ]
    rarest = sorted(shared, key=lambda word: -word[0])[:_MAX_WORDS]
    return [form for _, _, form in sorted(rarest, key=lambda word: word[1])]
