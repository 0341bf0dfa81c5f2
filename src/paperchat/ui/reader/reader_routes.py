"""The routes by which the page's script changes a visitor's reading; the owner is who sends the request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse

from paperchat.access.middleware import VISITOR_HEADER
from paperchat.access.permissions import NotPermittedError, Permissions
from paperchat.access.quotas import QuestionQuota, QuotaExceededError, RunningTasks, asker_of
from paperchat.errors import LibraryError, NotFoundError, PaperchatError, UsageError
from paperchat.reading.digest import DigestSpan
from paperchat.render.digest_formats import digest_as_html
from paperchat.storage.readers.follows import FOLLOW_KINDS, FollowKind
from paperchat.storage.readers.paper_marks import MARK_KINDS
from paperchat.ui.components import form_values, text_value
from paperchat.ui.downloads import Download, reading_file
from paperchat.ui.reader.notes_panel import noted_papers, notes_on_paper_html
from paperchat.ui.reader.paper_comments import CommentSection
from paperchat.ui.reader.paper_states import PaperMenu, PaperTools

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.reading.owner_reading import Reading

Values = Mapping[str, str]

_CHANGES_PER_MINUTE = 120
_MAX_TOOLS = 200  # papers of one request
_STATUSES = {NotFoundError: 404, NotPermittedError: 403, QuotaExceededError: 429}
_SAID = (
    (NotFoundError, "this is not there any more: load the page anew"),
    (LibraryError, "the library cannot be used right now: try again later"),
)
"""In place of messages that are for who runs the program, and name its folders."""
_NO_STORE = {"cache-control": "no-store"}


def reader_routes(pc: PaperChat, questions: QuestionQuota, permissions: Permissions) -> APIRouter:
    """Return a router for what a visitor makes of papers, follows, keeps, and writes about papers."""
    router = APIRouter(prefix="/reader")
    paper_tools, comments = PaperTools(pc, permissions), CommentSection(pc, permissions)
    asking = RunningTasks("your questions are still being asked: wait until that is done")
    actions = ReaderActions(pc, questions, permissions, paper_tools, comments, asking)

    @router.post("/{action}")
    async def act(action: str, request: Request) -> Response:
        return await actions.respond(action, request)

    @router.get("/tools")
    def tools(request: Request, paper: list[str] = Query(max_length=_MAX_TOOLS)) -> Response:  # noqa: B008
        return _html(lambda: paper_tools.html(request.headers[VISITOR_HEADER], paper))

    @router.get("/menu")
    def menu(request: Request, paper: str, name: PaperMenu) -> Response:
        return _html(lambda: paper_tools.menu_html(request.headers[VISITOR_HEADER], paper, name))

    @router.get("/comments")
    def comments_of(request: Request, paper: str) -> Response:
        return _html(lambda: comments.html(request.headers[VISITOR_HEADER], paper))

    @router.get("/questions")
    def kept_questions(request: Request) -> Response:
        try:
            kept = pc.reading(request.headers[VISITOR_HEADER]).standing_questions()
        except PaperchatError as error:
            return _refusal(error)
        return JSONResponse([one.question for one in kept], headers=_NO_STORE)

    @router.get("/counts")
    def counts(request: Request) -> Response:
        """How many papers are saved, and how many notes there are."""
        reading = pc.reading(request.headers[VISITOR_HEADER])
        try:
            papers = {one.paper_id for collection in reading.collections() for one in reading.saved(collection.name)}
            notes = len(reading.notes())
        except PaperchatError as error:
            return _refusal(error)
        return JSONResponse({"saved": len(papers), "notes": notes}, headers=_NO_STORE)

    @router.get("/collection")
    def collection(request: Request, name: str, format: str, notes: str = "") -> Response:  # noqa: A002
        reading = pc.reading(request.headers[VISITOR_HEADER])
        try:
            papers = reading.saved(name)
            on_papers = reading.notes([one.paper_id for one in papers]) if notes == "yes" else []
            heading = pc.library.collections.get(name, owner=reading.owner).name
            return _attachment(reading_file(heading, format, papers, on_papers))
        except PaperchatError as error:
            return _refusal(error)

    @router.get("/paper-notes")
    def paper_notes(request: Request, paper: str) -> Response:
        return _html(lambda: notes_on_paper_html(pc.reading(request.headers[VISITOR_HEADER]), paper, permissions))

    @router.get("/notes")
    def notes(request: Request, format: str) -> Response:  # noqa: A002
        try:
            found = pc.reading(request.headers[VISITOR_HEADER]).notes()
            papers = [one.paper for one in noted_papers(pc, found)]
            return _attachment(reading_file("Notes", format, papers, found))
        except PaperchatError as error:
            return _refusal(error)

    @router.get("/digest")
    def digest(request: Request, span: DigestSpan = "day") -> Response:
        asker, reading = asker_of(request), pc.reading(request.headers[VISITOR_HEADER])
        try:
            questions.admit(asker, "", count=1 + len(reading.standing_questions()))
            with asking.running(asker):
                made = reading.digest(span)
        except PaperchatError as error:
            return _refusal(error)
        return HTMLResponse(digest_as_html(made), headers=_NO_STORE)

    return router


class ReaderActions:
    """What visitors may change, by the names under which the page asks for it."""

    def __init__(
        self,
        pc: PaperChat,
        questions: QuestionQuota,
        permissions: Permissions,
        paper_tools: PaperTools,
        comments: CommentSection,
        asking: RunningTasks,
    ) -> None:
        self._pc = pc
        self._questions = questions
        self._permissions = permissions
        self._paper_tools = paper_tools
        self._comments = comments
        self._changes = QuestionQuota(_CHANGES_PER_MINUTE, noun="changes")
        self._asking = asking
        self._actions: dict[str, Callable[[Reading, Values], str]] = {
            "mark": self._mark,
            "save": self._save,
            "follow": self._follow,
            "delete-collection": self._delete_collection,
            "keep-question": self._keep_question,
            "ask-again": self._ask_again,
            "seen": self._seen,
            "add-note": self._add_note,
            "edit-note": self._edit_note,
            "delete-note": self._delete_note,
            "comment": self._comment,
            "delete-comment": self._delete_comment,
        }

    async def respond(self, action: str, request: Request) -> Response:
        """Do what a request asks for; answer with the HTML of what has changed of a paper."""
        change, values = self._actions.get(action), await form_values(request)
        if change is None:
            return PlainTextResponse("there is no such action", status_code=404)
        if values is None:
            return PlainTextResponse("the request is too large", status_code=413)
        asker, reading = asker_of(request), self._pc.reading(request.headers[VISITOR_HEADER])
        try:
            self._changes.admit(asker, "")
            asks = action == "ask-again" or (action == "keep-question" and _is_on(values))
            if asks:
                count = len(reading.standing_questions()) if action == "ask-again" else 1
                await self._questions.aadmit(asker, values.get("question", ""), count=count)
            with self._asking.running(asker) if asks else nullcontext():
                html = await asyncio.to_thread(change, reading, values)
        except PaperchatError as error:
            return _refusal(error)
        return HTMLResponse(html, headers=_NO_STORE)

    def _mark(self, reading: Reading, values: Values) -> str:
        kind = next((one for one in MARK_KINDS if one == text_value(values, "kind")), None)
        if kind is None:
            raise UsageError(f"a paper is marked as one of {', '.join(MARK_KINDS)}")
        if kind == "upvote":
            self._permissions.require_vote()
        paper = text_value(values, "paper")
        reading.mark(kind, paper, on=_is_on(values))
        return self._tools(reading, paper)

    def _save(self, reading: Reading, values: Values) -> str:
        paper, collection = text_value(values, "paper"), text_value(values, "collection")
        if _is_on(values):
            reading.save(collection, [paper])
        else:
            reading.unsave(collection, [paper])
        return self._tools(reading, paper)

    def _follow(self, reading: Reading, values: Values) -> str:
        kind: FollowKind | None = next((one for one in FOLLOW_KINDS if one == text_value(values, "kind")), None)
        if kind is None:
            raise UsageError(f"what is followed is one of {', '.join(FOLLOW_KINDS)}")
        if _is_on(values):
            reading.follow(kind, text_value(values, "name"))
        else:
            reading.unfollow(text_value(values, "name"), kind)
        return ""

    def _delete_collection(self, reading: Reading, values: Values) -> str:
        reading.delete_collection(text_value(values, "collection"))
        return ""

    def _keep_question(self, reading: Reading, values: Values) -> str:
        if _is_on(values):
            reading.add_standing_question(text_value(values, "question"))
        else:
            reading.remove_standing_question(text_value(values, "question"))
        return ""

    def _ask_again(self, reading: Reading, values: Values) -> str:
        """Ask the questions again since whose last asking papers have arrived, or all of them."""
        reading.check_standing_questions(again=text_value(values, "again") == "yes")
        return ""

    def _seen(self, reading: Reading, values: Values) -> str:
        try:
            until = datetime.fromisoformat(text_value(values, "until"))
        except ValueError:
            raise UsageError("a time is written as in ISO 8601") from None
        reading.see_standing_changes(min(until.astimezone(UTC), datetime.now(UTC)))
        return ""

    def _add_note(self, reading: Reading, values: Values) -> str:
        self._permissions.require_note()
        paper, text = text_value(values, "paper"), text_value(values, "text")
        return self._tools(reading, reading.add_note(paper, text, quote=text_value(values, "quote")).paper_id)

    def _edit_note(self, reading: Reading, values: Values) -> str:
        self._permissions.require_note()
        return self._tools(reading, reading.edit_note(text_value(values, "note"), text_value(values, "text")).paper_id)

    def _delete_note(self, reading: Reading, values: Values) -> str:
        self._permissions.require_note()
        return self._tools(reading, reading.delete_note(text_value(values, "note")).paper_id)

    def _comment(self, reading: Reading, values: Values) -> str:
        paper = text_value(values, "paper")
        self._comments.write(reading.owner, paper, text_value(values, "text"))
        return f"{self._comments.html(reading.owner, paper)}{self._tools(reading, paper)}"

    def _delete_comment(self, reading: Reading, values: Values) -> str:
        paper = self._comments.delete(reading.owner, text_value(values, "comment"))
        return f"{self._comments.html(reading.owner, paper)}{self._tools(reading, paper)}"

    def _tools(self, reading: Reading, paper_id: str) -> str:
        current = self._pc.library.paper(paper_id).paper_id
        return str(self._paper_tools.html(reading.owner, [current]))


def _is_on(values: Values) -> bool:
    return text_value(values, "on") == "yes"


def _attachment(file: Download) -> Response:
    disposition = f'attachment; filename="{file.name}"'
    return PlainTextResponse(file.text, headers={**_NO_STORE, "content-disposition": disposition})


def _html(made: Callable[[], object]) -> Response:
    try:
        return HTMLResponse(str(made()), headers=_NO_STORE)
    except PaperchatError as error:
        return _refusal(error)


def _refusal(error: PaperchatError) -> PlainTextResponse:
    said = next((text for kind, text in _SAID if isinstance(error, kind)), str(error))
    return PlainTextResponse(said, status_code=_STATUSES.get(type(error), 400))
