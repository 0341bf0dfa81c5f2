"""Conversations that another program keeps: it forwards the earlier messages with each question."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from paperchat.answering.quote_markdown import escape_markdown
from paperchat.conversation.focus import EarlierTurn
from paperchat.conversation.memory import HISTORY_TURNS, ConversationMemory
from paperchat.conversation.session import Session
from paperchat.errors import NotFoundError, StorageError
from paperchat.storage.clients.forwarded_answers import ForwardedAnswer
from paperchat.storage.library import Library
from paperchat.text.question_limits import validate_question
from paperchat.types import Answer, AnswerEvent, AnswerKind, DoneEvent, Filters, StoredPaper

_MAX_REMEMBERED = 10_000
_TITLE_OR_MARK_PATTERN = re.compile(r"(?<!\\)\*\*(?P<title>(?:[^*\\\n]|\\.)+)\*\*|(?<!\\)\[(?P<mark>\d{1,4})\]")
_ESCAPE_PATTERN = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """An earlier question and the answer's text, as the other program has them."""

    question: str
    answer: str


class ForwardedConversations:
    """Answers questions with the messages before them as their context; safe to share between threads.

    An answer that this library gave is recognised by its question and text, whichever process gave it, and a follow-up
    refers to what it cites. Of other texts, the titles and marks are read. Answers are stored outside of conversations.
    """

    def __init__(self, *, session: Session, memory: ConversationMemory, library: Library) -> None:
        self._session = session
        self._memory = memory
        self._library = library
        self._lock = threading.Lock()
        self._remembered: OrderedDict[tuple[str, str], ForwardedAnswer] = OrderedDict()

    def stream(
        self,
        question: str,
        *,
        answer_id: str = "",
        exchanges: Sequence[Exchange] = (),
        after: str = "",
        owner: str = "",
        filters: Filters | None = None,
        kind: AnswerKind | None = None,
        stopped: threading.Event | None = None,
    ) -> Generator[AnswerEvent, None, None]:
        """Yield the events of the answer to a question after the ``exchanges``; it is stored as the owner's.

        Args:
            answer_id: of the answer; by default a new one.
            after: the id of an answer that the exchanges come after; empty where they begin the conversation.
            filters: in force from here on; by default those of the messages before.

        Raises:
            UsageError: the question is blank or too long, or one of the filters is malformed.
            NotFoundError: the owner has no answer ``after``.
        """
        validate_question(question)
        history, in_force, before = self._read_history(exchanges, after=after, owner=owner)
        in_force = in_force if filters is None else filters
        events = self._session.stream_command(question, in_force, answer_id=answer_id, stopped=stopped)
        if events is None:
            resolved = self._session.resolve(question, history=history or None, filters=in_force, kind=kind)
            in_force = resolved.filters
            events = self._session.stream_resolved(question, resolved, answer_id=answer_id, stopped=stopped)
        for event in events:
            if isinstance(event, DoneEvent):
                answer, text = event.answer, message_text(event.answer)
                given = ForwardedAnswer(
                    answer_id=answer.id, digest=_digest(answer.question, text), filters=in_force, before=before
                )
                with suppress(StorageError):  # then the answer is not stored either
                    if owner:
                        self._library.assign_answer(answer.id, owner)
                    self._library.forwarded_answers.add(given, owner=owner)
                self._remember(given, owner)
            yield event

    def _read_history(
        self, exchanges: Sequence[Exchange], *, after: str, owner: str
    ) -> tuple[list[EarlierTurn], Filters, str]:
        """Return the earlier turns, the filters in force after them, and the id of the last answer if it is known."""
        history: list[EarlierTurn] = []
        filters, before = Filters(), after
        for answer_id in self._chain(after, owner):
            turn, filters = self._memory.earlier_turn(answer_id, owner=owner)
            history.append(turn)
        if last := self._find(owner, after):
            filters = last.filters
        latest = exchanges[-HISTORY_TURNS:]
        digests = [_digest(one.question, one.answer) for one in latest]
        given = self._find_all(owner, digests)
        for exchange, digest in zip(latest, digests, strict=True):
            if known := given.get(digest):
                with suppress(NotFoundError):
                    history.append(self._memory.earlier_turn(known.answer_id, owner=owner)[0])
                    filters, before = known.filters, known.answer_id
                    continue
            resolved = self._session.resolve(exchange.question, history=history or None, filters=filters)
            filters, before = resolved.filters, ""
            history.append(
                self._read_turn(exchange, EarlierTurn(question=resolved.question.question, request=resolved.request))
            )
        return history[-HISTORY_TURNS:], filters, before

    def _read_turn(self, exchange: Exchange, turn: EarlierTurn) -> EarlierTurn:
        """Return the turn with the papers whose titles stand in bold in the answer, and the marks after each."""
        marked = list(_TITLE_OR_MARK_PATTERN.finditer(exchange.answer))
        titles = {found["title"]: _ESCAPE_PATTERN.sub(r"\1", found["title"]) for found in marked if found["title"]}
        ids = self._library.ids_by_title(titles.values())
        marks, listed, at = dict[int, str](), list[str](), ""
        for found in marked:
            if found["title"]:
                at = ids.get(titles[found["title"]], at)
                listed += [at] if at else []
            elif at:
                marks.setdefault(int(found["mark"]), at)
        papers = self._library.papers({*listed})
        return EarlierTurn(
            question=turn.question,
            request=turn.request,
            papers=_those(papers, marks.values()),
            marks={number: paper_id for number, paper_id in marks.items() if paper_id in papers},
            listed=_those(papers, listed),
        )

    def _chain(self, answer_id: str, owner: str) -> list[str]:
        """Return the ids of the answers that lead to this one, oldest first, as far as they are remembered."""
        chain = [answer_id] if answer_id else []
        while chain and len(chain) < HISTORY_TURNS and (known := self._find(owner, chain[-1])) and known.before:
            chain.append(known.before)
        return chain[::-1]

    def _find(self, owner: str, answer_id: str) -> ForwardedAnswer | None:
        return self._find_all(owner, [answer_id] if answer_id else []).get(answer_id)

    def _find_all(self, owner: str, keys: Sequence[str]) -> dict[str, ForwardedAnswer]:
        """The answers of these ids or digests; those that another process gave are looked up in the library."""
        with self._lock:
            found = {key: known for key in keys if (known := self._remembered.get((owner, key)))}
        others = self._library.forwarded_answers.find([key for key in keys if key not in found], owner=owner)
        for known in others.values():
            self._remember(known, owner)
        return found | others

    def _remember(self, known: ForwardedAnswer, owner: str) -> None:
        with self._lock:
            for key in (known.answer_id, known.digest):
                self._remembered[owner, key] = known
                self._remembered.move_to_end((owner, key))
            while len(self._remembered) > _MAX_REMEMBERED:
                self._remembered.popitem(last=False)


def message_text(answer: Answer) -> str:
    """Return the text of the message that gives an answer: its Markdown, and after an abstention the reason."""
    return answer.text + reason_text(answer)


def reason_text(answer: Answer) -> str:
    """Return what follows the text of an abstention: a paragraph with its reason, as Markdown; empty otherwise."""
    return f"\n\n{escape_markdown(answer.reason)}" if answer.reason and not answer.citations else ""


def _digest(question: str, text: str) -> str:
    """Return the same for texts that differ in white space only."""
    return hashlib.sha256("\0".join(" ".join(part.split()) for part in (question, text)).encode()).hexdigest()


def _those(papers: Mapping[str, StoredPaper], ids: Iterable[str]) -> tuple[StoredPaper, ...]:
    return tuple(papers[paper_id] for paper_id in dict.fromkeys(ids) if paper_id in papers)
