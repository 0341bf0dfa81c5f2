"""Stores answers and conversations in the library, and restores them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from paperchat.conversation.focus import EarlierTurn
from paperchat.conversation.replay import FindLeadingTitles, Replay, build_capsule, replay
from paperchat.errors import NotFoundError, StorageError
from paperchat.serialization import answer_as_json, answer_from_json
from paperchat.storage.conversations import Conversation, StoredTurn, Turn
from paperchat.understanding.request import Request, request_as_json, request_from_json

if TYPE_CHECKING:
    from paperchat.conversation.resolved_questions import RetrievalAttempt
    from paperchat.storage.library import Library
    from paperchat.types import Answer, Filters, StoredPaper

HISTORY_TURNS = 12
"""How many turns back a follow-up may refer."""


class ConversationMemory:
    """Stores answers as JSON in the library; their quotes are restored from its passages."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._conversations = library.conversations

    def store(
        self,
        answer: Answer,
        conversation: Conversation | None = None,
        *,
        request: Request,
        attempt: RetrievalAttempt,
        leading_titles: Sequence[str],
    ) -> None:
        """Store the answer, as the next turn of ``conversation`` if any, with what is needed to replay it.

        ``attempt`` is the query that was used, ``leading_titles`` are the best papers for it. An answer that cannot
        be stored, because the disk is full or its conversation was just deleted, is still a valid answer: no error.
        """
        with suppress(StorageError, NotFoundError):
            capsule = build_capsule(answer, attempt, leading_titles, self._library)
            body = json.dumps(
                {**answer_as_json(answer), "capsule": capsule, "request": request_as_json(request)}, ensure_ascii=False
            )
            if conversation is None:
                self._library.store_answer(answer.id, body)
            else:
                self._conversations.add_turn(
                    conversation,
                    question=answer.question,
                    standalone_question=answer.standalone_question,
                    answer_id=answer.id,
                    answer_text=answer.text,
                    body=body,
                )

    def find_or_create(self, conversation: str | Conversation, filters: Filters | None) -> Conversation:
        """The conversation of this name, a new one if there is none; ``filters`` replace its own unless ``None``."""
        if isinstance(conversation, str):
            conversation = self._conversations.find(conversation) or self._conversations.new(conversation)
        return conversation if filters is None else replace(conversation, filters=filters)

    def turns(self, conversation: str | Conversation) -> list[Turn]:
        """The turns of a conversation, oldest first.

        Raises:
            NotFoundError: there is no conversation of this name.
        """
        conversation = self._conversations.get(conversation) if isinstance(conversation, str) else conversation
        return self._restore(self._conversations.turns(conversation))

    def history(self, conversation: Conversation) -> list[EarlierTurn]:
        """The last turns, oldest first, which a follow-up may refer to; removed papers are left out."""
        stored = self._conversations.turns(conversation, last=HISTORY_TURNS)
        answers = restore_answers(self._library, [turn.body for turn in stored])
        requests = [_request(turn.body, answer) for turn, answer in zip(stored, answers, strict=True)]
        return self._earlier_turns(answers, requests)

    def earlier_turn(self, answer_id: str, *, owner: str) -> tuple[EarlierTurn, Filters]:
        """The turn that ended with a stored answer of the owner's, and the filters that it was asked under.

        Raises:
            NotFoundError: the owner has no such answer.
        """
        body = self._library.answer(answer_id, owner=owner)
        answers = restore_answers(self._library, [body])
        return self._earlier_turns(answers, [_request(body, answers[0])])[0], answers[0].filters

    def _earlier_turns(self, answers: Sequence[Answer], requests: Sequence[Request]) -> list[EarlierTurn]:
        named = [one.paper for answer in answers for one in answer.citations]
        named += [one.paper for answer in answers for one in answer.papers]
        papers = self._library.papers(paper.paper_id for paper in named)
        return [
            EarlierTurn.from_answer(
                replace(
                    answer,
                    citations=tuple(one for one in answer.citations if one.paper.paper_id in papers),
                    papers=tuple(one for one in answer.papers if one.paper.paper_id in papers),
                ),
                request,
            )
            for answer, request in zip(answers, requests, strict=True)
        ]

    def cited_papers(self, answer_id: str) -> list[StoredPaper]:
        """The papers that a stored answer cites or lists and the library still has, in that order.

        Raises:
            NotFoundError: there is no answer with this id.
        """
        body = json.loads(self._library.answer(answer_id))
        ids = dict.fromkeys(one["paper_id"] for one in (*body["citations"], *body.get("papers", ())))
        papers = []
        for paper_id in ids:
            with suppress(NotFoundError):
                papers.append(self._library.paper(paper_id))
        return papers

    def replay(self, answer_id: str, find_leading_titles: FindLeadingTitles) -> Replay:
        """Check a stored answer against the library of today.

        Raises:
            NotFoundError: there is no answer with this id.
        """
        return replay(json.loads(self._library.answer(answer_id)), self._library, find_leading_titles)

    def _restore(self, stored: Sequence[StoredTurn]) -> list[Turn]:
        answers = restore_answers(self._library, [turn.body for turn in stored])
        return [
            Turn(
                ordinal=turn.ordinal,
                question=turn.question,
                standalone_question=turn.standalone_question,
                asked=turn.asked,
                answer=answer,
            )
            for turn, answer in zip(stored, answers, strict=True)
        ]


def restore_answers(library: Library, stored: Sequence[str]) -> list[Answer]:
    """The answers of stored JSON, with the passages and papers of the library that they cite and list."""
    bodies = [json.loads(one) for one in stored]
    citations = [one for body in bodies for one in (*body["citations"], *body.get("nearest", ()))]
    listed = [one for body in bodies for one in body.get("papers", ())]
    passages = library.passages({one["passage_id"] for one in citations if one["passage_id"]})
    papers = library.papers({one["paper_id"] for one in (*citations, *listed)})
    return [answer_from_json(body, passages=passages, papers=papers) for body in bodies]


def _request(body: str, answer: Answer) -> Request:
    """What an answer's JSON says was asked for; where an older version stored it, the standalone question."""
    return request_from_json(json.loads(body).get("request") or {"question": answer.standalone_question})
