"""What readers follow, save, note and ask again, digests of it and their delivery, as JSON.

The keys are part of the public contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from paperchat.serialization import citation_as_json
from paperchat.storage.readers.collections_of_papers import PaperCollection
from paperchat.storage.readers.follows import Follow
from paperchat.storage.readers.paper_notes import PaperNote
from paperchat.storage.readers.standing_questions import StandingQuestion
from paperchat.storage.readers.subscriptions import Delivery, Subscription
from paperchat.text.describe import paper_link
from paperchat.types import StoredPaper

if TYPE_CHECKING:
    from paperchat.mailing.digest_mailer import DeliveryProblem, SendReport
    from paperchat.reading.digest import Digest, DigestPaper
    from paperchat.reading.standing_answers import AnswerChange, StandingCheck


def follow_as_json(follow: Follow) -> dict[str, Any]:
    """Serialize something that is followed."""
    return {"id": follow.follow_id, "kind": follow.kind, "name": follow.name, "created": follow.created}


def collection_as_json(collection: PaperCollection, papers: Iterable[StoredPaper] | None = None) -> dict[str, Any]:
    """Serialize a collection, with its papers where they are given."""
    return {
        "id": collection.collection_id,
        "name": collection.name,
        "created": collection.created,
        "papers": collection.papers
        if papers is None
        else [{"paper_id": one.paper_id, "title": one.paper.title} for one in papers],
    }


def note_as_json(note: PaperNote) -> dict[str, Any]:
    """Serialize a note."""
    return {
        "id": note.note_id,
        "paper_id": note.paper_id,
        "text": note.text,
        "quote": note.quote or None,
        "location": note.location or None,
        "written": note.written,
        "changed": note.changed or None,
    }


def standing_question_as_json(question: StandingQuestion) -> dict[str, Any]:
    """Serialize a standing question without its answers."""
    return {
        "id": question.question_id,
        "question": question.question,
        "created": question.created,
        "asked": question.asked or None,
    }


def standing_check_as_json(check: StandingCheck) -> dict[str, Any]:
    """Serialize what came of asking a standing question."""
    return {
        **standing_question_as_json(check.question),
        "state": check.state,
        "change": change_as_json(check.change) if check.change else None,
    }


def change_as_json(change: AnswerChange) -> dict[str, Any]:
    """Serialize how an answer to a standing question differs from the earlier ones."""
    return {
        "question_id": change.question.question_id,
        "question": change.question.question,
        "found": change.found,
        "answer_id": change.answer.id,
        "answer": change.answer.text,
        "abstained": change.answer.abstained,
        "was_abstained": change.was_abstained,
        "new": [citation_as_json(one) for one in change.new],
        "gone": [citation_as_json(one) for one in change.gone],
    }


def listed_papers_as_json(papers: Sequence[DigestPaper]) -> list[dict[str, Any]]:
    """Serialize papers, each with its quote and why it is there."""
    return [
        {
            "rank": rank,
            "paper_id": one.paper.paper_id,
            "title": one.paper.paper.title,
            "authors": list(one.paper.paper.authors),
            "day": one.day,
            "url": paper_link(one.paper.paper) or None,
            "upvotes": one.upvotes,
            "reasons": [
                {"text": reason.text, "follow": follow_as_json(reason.follow) if reason.follow else None}
                for reason in one.reasons
            ],
            "quote": citation_as_json(one.quote) if one.quote else None,
        }
        for rank, one in enumerate(papers, start=1)
    ]


def digest_as_json(digest: Digest) -> dict[str, Any]:
    """Serialize a digest."""
    return {
        "span": digest.span,
        "since": digest.since or None,
        "until": digest.until or None,
        "created": digest.created,
        "has_news": digest.has_news,
        "follows": [follow_as_json(one) for one in digest.follows],
        "matching": digest.matching,
        "papers": listed_papers_as_json(digest.papers),
        "changes": [change_as_json(one) for one in digest.changes],
    }


def subscription_as_json(subscription: Subscription, latest: Delivery | None = None) -> dict[str, Any]:
    """Serialize a subscription with its latest issue."""
    return {
        "id": subscription.subscription_id,
        "owner": subscription.owner,
        "address": subscription.address,
        "frequency": subscription.frequency,
        "when_empty": subscription.when_empty,
        "state": subscription.state,
        "created": subscription.created,
        "latest": {
            "issue": latest.issue,
            "state": latest.state,
            "tries": latest.tries,
            "reason": latest.reason or None,
            "next_try": _iso(latest.next_try),
        }
        if latest
        else None,
    }


def send_report_as_json(report: SendReport) -> dict[str, Any]:
    """Serialize what a run of sending did."""
    return {
        "sent": list(report.sent),
        "nothing_new": list(report.nothing_new),
        "waiting": list(report.waiting),
        "problems": [_problem(one) for one in report.problems],
        "uncertain": [_problem(one) for one in report.uncertain],
    }


def _problem(problem: DeliveryProblem) -> dict[str, Any]:
    return {
        "address": problem.address,
        "issue": problem.issue,
        "reason": problem.reason,
        "next_try": _iso(problem.next_try),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
