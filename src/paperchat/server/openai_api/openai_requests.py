"""What OpenAI's clients send: messages, and what of the rest matters here; other fields are ignored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from paperchat.conversation.forwarded_messages import Exchange
from paperchat.server.problem_handlers import PreconditionError
from paperchat.server.request_bodies import FilterBody, RequestModel
from paperchat.types import AnswerKind, Filters

MODEL = "paperchat"
_MAX_MESSAGES = 2_000
Text = Annotated[str, Field(max_length=2**20)]
"""With a limit, as `request_bodies` says."""
_TEXT_PARTS = frozenset({"text", "input_text", "output_text"})
_CHOICES_OF_NO_TOOL = ("none", "auto")


class InvalidFieldError(PreconditionError):
    """A field of a request that cannot be done as it was sent; ``param`` is its name."""

    def __init__(self, message: str, *, param: str, status: int = 400) -> None:
        super().__init__(message, status=status)
        self.param = param


class OpenAIModel(BaseModel):
    """A part of a request, of which unknown fields are ignored: clients send many."""

    model_config = ConfigDict(extra="ignore")


class PaperchatOptions(RequestModel):
    """What only paperchat has: a client sends it as the field ``paperchat``."""

    filters: FilterBody | None = Field(None, description="in force from this question on")
    kind: AnswerKind | None = Field(None, description="of the answer; by default what the question asks for")
    events: bool = Field(False, description="send a chunk `event` of each source, as Open WebUI reads them")


class ContentPart(OpenAIModel):
    """A part of a message's content."""

    type: str
    text: Text = ""


def _as_parts(content: Any) -> Any:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content or []


class Message(OpenAIModel):
    """A message, or another item of a conversation, of which nothing is read."""

    role: Text = ""
    content: Annotated[
        list[ContentPart], BeforeValidator(_as_parts, json_schema_input_type=str | list[ContentPart] | None)
    ] = []

    @property
    def text(self) -> str:
        """The text of the message, without what is no text."""
        return "\n".join(part.text for part in self.content if part.type in _TEXT_PARTS)


def _as_messages(given: Any) -> Any:
    return [{"role": "user", "content": given}] if isinstance(given, str) else given


Messages = Annotated[list[Message], Field(min_length=1, max_length=_MAX_MESSAGES)]


class _AnswerBody(OpenAIModel):
    """What both ways of asking have."""

    model: Annotated[str, Field(max_length=200)] = MODEL
    stream: bool | None = False
    tools: JsonValue = Field(None, description="accepted, and never called")
    tool_choice: JsonValue = None
    paperchat: PaperchatOptions | None = None

    @property
    def filters(self) -> Filters | None:
        """The filters that are given with the request."""
        return self.paperchat.filters.as_filters() if self.paperchat and self.paperchat.filters else None

    @property
    def kind(self) -> AnswerKind | None:
        """The kind of answer that is asked for."""
        return self.paperchat.kind if self.paperchat else None

    @property
    def has_events(self) -> bool:
        """Whether sources are sent as events, too."""
        return bool(self.paperchat and self.paperchat.events)

    def check(self) -> None:
        """Check what cannot be done.

        Raises:
            InvalidFieldError: the model is unknown, or a tool is demanded.
        """
        check_model(self.model)
        if self.tool_choice is not None and self.tool_choice not in _CHOICES_OF_NO_TOOL:
            raise InvalidFieldError(
                "no tool is ever called here: leave tool_choice out, or send 'none' or 'auto'", param="tool_choice"
            )


class StreamOptions(OpenAIModel):
    """What a stream of chunks has besides."""

    include_usage: bool = False


class ChatCompletionBody(_AnswerBody):
    """A chat completion: the last message is the question, and those before are its conversation."""

    messages: Messages
    stream_options: StreamOptions | None = None
    n: int | None = 1
    response_format: JsonValue = None

    def check(self) -> None:
        """Check what cannot be done.

        Raises:
            InvalidFieldError: the model is unknown, or several answers, another format or a tool are demanded.
        """
        super().check()
        if self.n not in (None, 1):
            raise InvalidFieldError("a question has one answer: leave n out, or send 1", param="n")
        _check_format(self.response_format, param="response_format")


class TextSettings(OpenAIModel):
    """How the text of a response is written."""

    format: JsonValue = None


class ResponseBody(_AnswerBody):
    """A response: the last message of the input is the question."""

    input: Annotated[Messages, BeforeValidator(_as_messages, json_schema_input_type=str | list[Message])]
    previous_response_id: Annotated[str, Field(max_length=200)] | None = None
    conversation: JsonValue = None
    background: bool | None = False
    text: TextSettings | None = None
    metadata: dict[str, JsonValue] | None = None

    def check(self) -> None:
        """Check what cannot be done.

        Raises:
            InvalidFieldError: the model is unknown, or a tool, a conversation object, another format or work in the
                background is demanded.
        """
        super().check()
        if self.conversation is not None:
            raise InvalidFieldError(
                "conversation objects are not kept here: send previous_response_id, or the messages",
                param="conversation",
            )
        if self.background:
            raise InvalidFieldError("responses are not made in the background: leave it out", param="background")
        _check_format(self.text.format if self.text else None, param="text.format")


def check_model(name: str) -> None:
    """Check that this is the name of the one model.

    Raises:
        InvalidFieldError: it is not.
    """
    if name != MODEL:
        raise InvalidFieldError(
            f"there is no model {name!r} here: the only one is {MODEL!r}", param="model", status=404
        )


def _check_format(value: Any, *, param: str) -> None:
    kind = value.get("type") if isinstance(value, dict) else value
    if kind not in (None, "text"):
        raise InvalidFieldError(f"answers are Markdown: leave {param} out, or send {{'type': 'text'}}", param=param)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """The question of a request, and what was said before it."""

    question: str
    exchanges: tuple[Exchange, ...]


def asked_question(messages: Sequence[Message], *, param: str) -> AskedQuestion:
    """Return the last message, which must be the user's, and the answered questions before it.

    Messages of the system, the developer and tools are left out: an answer consists of what the papers say, and
    nothing that is said here changes that.

    Raises:
        InvalidFieldError: the last message is not the user's, or has something other than text.
    """
    said: list[tuple[str, str]] = []
    for message in messages:
        if message.role not in ("user", "assistant") or not message.text.strip():
            continue
        if said and said[-1][0] == message.role:
            said[-1] = (
                message.role,
                f"{said[-1][1]}\n\n{message.text}" if message.role == "assistant" else message.text,
            )
        else:
            said.append((message.role, message.text))
    last = next((message for message in reversed(messages) if message.role in ("user", "assistant")), None)
    if last is None or last.role != "user" or not last.text.strip():
        raise InvalidFieldError(
            f"the last message of {param} is not a question: end it with a text of the role user", param=param
        )
    if others := {part.type for part in last.content} - _TEXT_PARTS:
        raise InvalidFieldError(
            f"only text is read, and the question has {', '.join(sorted(others))}: leave that out", param=param
        )
    pairs = pairwise(said)
    exchanges = [Exchange(question=one[1], answer=next_[1]) for one, next_ in pairs if one[0] == "user"]
    return AskedQuestion(question=last.text.strip(), exchanges=tuple(exchanges))
