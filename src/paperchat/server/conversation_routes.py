"""The routes for conversations: each caller has their own."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import JSONResponse

from paperchat.serialization import conversation_as_json, turns_as_json
from paperchat.server.api_parts import API_PREFIX, ApiParts
from paperchat.server.callers import AnyCaller
from paperchat.server.conditional import conditional_json, read_cursor, write_cursor
from paperchat.server.records import ConversationsRecord, ConversationTurnsRecord, DeletedConversationRecord
from paperchat.server.request_bodies import ConversationsQuery

ConversationId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


def conversation_routes(api: ApiParts) -> APIRouter:
    """Return a router for the caller's conversations."""
    router = APIRouter(prefix=f"{API_PREFIX}/conversations", tags=["conversations"])
    pc = api.pc

    @router.get("", summary="List your conversations, latest first", response_model=ConversationsRecord)
    def list_conversations(
        query: Annotated[ConversationsQuery, Query()], request: Request, caller: AnyCaller
    ) -> Response:
        found = pc.conversations.all(owner=caller.visitor, matching=query.matching)
        if query.cursor:
            updated, last = read_cursor(query.cursor, str, str)
            found = [
                one for one in found if one.updated < updated or (one.updated == updated and one.conversation_id > last)
            ]
        shown = list(islice(found, query.limit))
        ends = len(found) <= query.limit
        document = {
            "conversations": [conversation_as_json(one) for one in shown],
            "next": None if ends else write_cursor(shown[-1].updated, shown[-1].conversation_id),
        }
        return conditional_json(request, document)

    @router.get("/{conversation_id}", summary="A conversation and its turns", response_model=ConversationTurnsRecord)
    def show(conversation_id: ConversationId, request: Request, caller: AnyCaller) -> Response:
        conversation = pc.conversations.get(conversation_id, owner=caller.visitor)
        return conditional_json(request, turns_as_json(conversation, pc.turns(conversation)))

    @router.delete(
        "/{conversation_id}", summary="Delete a conversation for good", response_model=DeletedConversationRecord
    )
    def delete(conversation_id: ConversationId, request: Request, caller: AnyCaller) -> Response:
        request.scope["is_change"] = True
        conversation = pc.conversations.get(conversation_id, owner=caller.visitor)
        pc.conversations.delete(conversation)
        return JSONResponse({"deleted": conversation.name, "turns": conversation.turns})

    return router
