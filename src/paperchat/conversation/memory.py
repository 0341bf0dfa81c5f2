"""What is kept of what was asked: answers, and conversations of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from paperchat.conversation.focus import Said
from paperchat.conversation.follow_ups import Attempt
from paperchat.conversation.replay import Leading, Replay, capsule_of, replay
from paperchat.errors import NotFoundError, StorageError
from paperchat.serialization import answer_as_json, answer_from_json
from paperchat.storage.conversations import Conversation, KeptTurn, Turn
from paperchat.storage.library import Library
from paperchat.types import Answer, Filters, StoredPaper

_REMEMBERED = 5
"""So many turns back a follow-up may refer."""


class Memory:
    """Keeps answers as JSON in the library, and gives them back."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._conversations = library.conversations

    def keep(
        self, answer: Answer, talk: Conversation | None = None, *, attempt: Attempt, leading: Sequence[str]
    ) -> None:
        """Keep the answer, as the next turn of the conversation where there is one; as far as that can be done.

        ``attempt`` is what was asked of the library, and ``leading`` the titles of the papers that led for it.

        An answer that a full disk cannot keep, or whose conversation has just been deleted, is still an answer.
        """
        with suppress(StorageError, NotFoundError):
            capsule = capsule_of(answer, attempt, leading, self._library)
            body = json.dumps({**answer_as_json(answer), "capsule": capsule}, ensure_ascii=False)
            if talk is None:
                self._library.keep_answer(answer.id, body)
            else:
                self._conversations.add_turn(
                    talk,
                    question=answer.question,
                    standalone_question=answer.standalone_question,
                    answer_id=answer.id,
                    said=answer.text,
                    body=body,
                )

    def conversation(self, given: str | Conversation, filters: Filters | None) -> Conversation:
        """The one that is meant, new where there is none of this name, with the filters for the next question."""
        if isinstance(given, str):
            given = self._conversations.find(given) or self._conversations.new(given)
        return given if filters is None else replace(given, filters=filters)

    def turns(self, conversation: str | Conversation) -> list[Turn]:
        """
        Raises:
            NotFoundError: there is none of this name.
        """
        talk = self._conversations.get(conversation) if isinstance(conversation, str) else conversation
        return self._restored(self._conversations.turns(talk))

    def said(self, talk: Conversation) -> list[Said]:
        """The last turns, for what refers back to them; of what they cite, what is still there."""
        answers = [turn.answer for turn in self._restored(self._conversations.turns(talk, last=_REMEMBERED))]
        there = self._library.papers(one.paper.paper_id for answer in answers for one in answer.citations)
        return [
            Said.of(replace(answer, citations=tuple(one for one in answer.citations if one.paper.paper_id in there)))
            for answer in answers
        ]

    def cited(self, answer_id: str) -> list[StoredPaper]:
        """
        Raises:
            NotFoundError: no such answer is kept.
        """
        body = json.loads(self._library.answer(answer_id))
        ids = dict.fromkeys(citation["paper_id"] for citation in body["citations"])
        papers = []
        for paper_id in ids:
            with suppress(NotFoundError):
                papers.append(self._library.paper(paper_id))
        return papers

    def replay(self, answer_id: str, leading: Leading) -> Replay:
        """
        Raises:
            NotFoundError: no such answer is kept.
        """
        return replay(json.loads(self._library.answer(answer_id)), self._library, leading)

    def _restored(self, kept: Sequence[KeptTurn]) -> list[Turn]:
        bodies = [json.loads(turn.body) for turn in kept]
        citations = [citation for body in bodies for citation in body["citations"]]
        passages = self._library.passages(citation["passage_id"] for citation in citations)
        papers = self._library.papers(citation["paper_id"] for citation in citations)
        return [
            Turn(
                ordinal=turn.ordinal,
                question=turn.question,
                standalone_question=turn.standalone_question,
                asked=turn.asked,
                answer=answer_from_json(body, passages=passages, papers=papers),
            )
            for turn, body in zip(kept, bodies, strict=True)
        ]
