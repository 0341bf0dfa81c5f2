"""The routes by which the page's script changes a visitor's reading; the owner is who sends the request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import gradio as gr
from fastapi import APIRouter, Query, Request, Response
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse

from paperchat.errors import NotFoundError, PaperchatError, UsageError
from paperchat.reading.digest import DigestSpan
from paperchat.render.digest_formats import digest_as_html
from paperchat.storage.readers.follows import FOLLOW_KINDS, FollowKind
from paperchat.storage.readers.paper_marks import MARK_KINDS
from paperchat.ui.components import form_values, text_value
from paperchat.ui.downloads import reference_file
from paperchat.ui.middleware import VISITOR_HEADER
from paperchat.ui.quotas import QuestionQuota, QuotaExceededError, RunningTasks, asker_of
from paperchat.ui.reader.paper_states import PaperMenu, menu_html, paper_states, tools_html

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.reading.owner_reading import Reading

Values = Mapping[str, str]

_CHANGES_PER_MINUTE = 120
_MAX_TOOLS = 200  # papers of one request
_NO_STORE = {"cache-control": "no-store"}


def reader_routes(pc: PaperChat, questions: QuestionQuota) -> APIRouter:
    """Return a router for what a visitor makes of papers, follows and keeps."""
    router = APIRouter(prefix="/reader")
    actions = ReaderActions(pc, questions)

    @router.post("/{action}")
    async def act(action: str, request: Request) -> Response:
        return await actions.respond(action, request)

    @router.get("/tools")
    def tools(request: Request, paper: list[str] = Query(max_length=_MAX_TOOLS)) -> HTMLResponse:  # noqa: B008
        states = paper_states(pc, request.headers[VISITOR_HEADER], paper)
        return HTMLResponse(str(tools_html(states)), headers=_NO_STORE)

    @router.get("/menu")
    def menu(request: Request, paper: str, name: PaperMenu) -> HTMLResponse:
        return HTMLResponse(str(menu_html(pc, request.headers[VISITOR_HEADER], paper, name)), headers=_NO_STORE)

    @router.get("/questions")
    def kept_questions(request: Request) -> JSONResponse:
        kept = pc.reading(request.headers[VISITOR_HEADER]).standing_questions()
        return JSONResponse([one.question for one in kept], headers=_NO_STORE)

    @router.get("/collection")
    def collection(request: Request, name: str, format: str) -> Response:  # noqa: A002
        try:
            papers = pc.reading(request.headers[VISITOR_HEADER]).saved(name)
            file = reference_file("collection", format, papers)
        except PaperchatError as error:
            return _refusal(error)
        disposition = f'attachment; filename="{file.name}"'
        return PlainTextResponse(file.text, headers={**_NO_STORE, "content-disposition": disposition})

    @router.get("/digest")
    def digest(request: Request, span: DigestSpan = "day") -> Response:
        try:
            questions.admit(asker_of(gr.Request(request)), "")
            made = pc.reading(request.headers[VISITOR_HEADER]).digest(span)
        except PaperchatError as error:
            return _refusal(error)
        return HTMLResponse(digest_as_html(made), headers=_NO_STORE)

    return router


class ReaderActions:
    """What visitors may change of their own reading, by the names under which the page asks for it."""

    def __init__(self, pc: PaperChat, questions: QuestionQuota) -> None:
        self._pc = pc
        self._questions = questions
        self._changes = QuestionQuota(_CHANGES_PER_MINUTE, noun="changes")
        self._asking = RunningTasks("your questions are still being asked: wait until that is done")
        self._actions: dict[str, Callable[[Reading, Values], str]] = {
            "mark": self._mark,
            "save": self._save,
            "follow": self._follow,
            "delete-collection": self._delete_collection,
            "keep-question": self._keep_question,
            "ask-again": self._ask_again,
        }

    async def respond(self, action: str, request: Request) -> Response:
        """Do what a request asks for; answer with the HTML of a paper's tools where it was about one."""
        change, values = self._actions.get(action), await form_values(request)
        if change is None or values is None:
            return PlainTextResponse("there is no such action", status_code=404 if change is None else 413)
        asker = asker_of(gr.Request(request))
        try:
            self._changes.admit(asker, "")
            if action in ("keep-question", "ask-again"):
                self._questions.admit(asker, values.get("question", ""))
            html = await asyncio.to_thread(change, self._pc.reading(request.headers[VISITOR_HEADER]), values)
        except PaperchatError as error:
            return _refusal(error)
        return HTMLResponse(html, headers=_NO_STORE)

    def _mark(self, reading: Reading, values: Values) -> str:
        kind = next((one for one in MARK_KINDS if one == text_value(values, "kind")), None)
        if kind is None:
            raise UsageError(f"a paper is marked as one of {', '.join(MARK_KINDS)}")
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

    def _ask_again(self, reading: Reading, values: Values) -> str:  # noqa: ARG002
        with self._asking.running(reading.owner):
            reading.check_standing_questions(again=True)
        return ""

    def _tools(self, reading: Reading, paper_id: str) -> str:
        current = self._pc.library.paper(paper_id).paper_id
        return str(tools_html(paper_states(self._pc, reading.owner, [current])))


def _is_on(values: Values) -> bool:
    return text_value(values, "on") == "yes"


def _refusal(error: PaperchatError) -> PlainTextResponse:
    status = 404 if isinstance(error, NotFoundError) else 429 if isinstance(error, QuotaExceededError) else 400
    return PlainTextResponse(str(error), status_code=status)
