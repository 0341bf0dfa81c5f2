"""Labels and lines that every rendering of a digest shares, as plain text on one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from paperchat.render.answer_layout import plain_text
from paperchat.text.cleaning import shorten
from paperchat.text.describe import byline, one_line, pluralize
from paperchat.types import Citation
from paperchat.understanding.calendar_days import name_day

if TYPE_CHECKING:
    from paperchat.reading.digest import Digest, DigestPaper, ListingReason
    from paperchat.reading.standing_answers import AnswerChange

NOTHING_NEW = "Nothing new."
CHANGED_ANSWERS = "Standing questions whose answer changed"
GONE_QUOTES = "No longer in the library"
_MAX_ANSWER_LENGTH = 300


def digest_heading(digest: Digest) -> str:
    """``Papers of 30 June 2026``, or those of several days."""
    if not digest.until:
        return "The library has no papers yet"
    if digest.since == digest.until:
        return f"Papers of {name_day(digest.until)}"
    return f"Papers of {name_day(digest.since)} to {name_day(digest.until)}"


def digest_scope(digest: Digest) -> str:
    """How many papers are shown of how many, and by what they were chosen."""
    number = len(digest.papers)
    if not number:
        return f"{NOTHING_NEW} No paper of these days is on what you follow." if digest.follows else NOTHING_NEW
    chosen = "on what you follow" if digest.follows else "by upvotes, as nothing is followed yet"
    of_all = f" of {digest.matching:,}" if digest.matching > number else ""
    return f"{pluralize(number, 'paper')}{of_all} {chosen}."


def listing_reasons(reasons: Sequence[ListingReason]) -> str:
    """Why a paper is there: ``Because you follow: topic “agents”; author Song Han``."""
    texts = "; ".join(dict.fromkeys(one_line(one.text) for one in reasons))
    return f"Because you follow: {texts}" if all(one.follow for one in reasons) else f"Why: {texts}"


def listing_details(paper: DigestPaper) -> str:
    """Authors, day and upvotes, as far as they are known."""
    upvotes = pluralize(paper.upvotes, "upvote") if paper.upvotes is not None else ""
    return " · ".join(filter(None, (byline(paper.paper.paper), name_day(paper.day), upvotes)))


def change_summary(change: AnswerChange) -> str:
    """What happened to the answer, in one sentence."""
    if change.answer.abstained:
        return "The library no longer says." if not change.was_abstained else "The library does not say."
    if change.was_abstained:
        return "The library did not say; it does now."
    if change.new:
        return f"{pluralize(len(change.new), 'new quote')}."
    if change.gone:
        verb = "is" if len(change.gone) == 1 else "are"
        return f"{pluralize(len(change.gone), 'quote')} of the answer before {verb} gone."
    return f"It is now: {shorten(plain_text(change.answer.text), _MAX_ANSWER_LENGTH)}"


def quotes_by_paper(citations: Iterable[Citation]) -> list[list[Citation]]:
    """Citations in a row of the same paper, which is named once."""
    return [list(group) for _, group in groupby(citations, key=lambda one: one.paper.paper_id)]
