"""What is sent to OpenAI's clients, as typed models for OpenAPI: OpenAI's fields, and beside them the answer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from paperchat.server.records import AnswerRecord, Record


class OpenAIErrorDetail(Record):
    """What went wrong, where, and what to do next."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIErrorRecord(Record):
    """An error as OpenAI's clients read it."""

    error: OpenAIErrorDetail


class ModelRecord(Record):
    """The one model: the library."""

    id: Literal["paperchat"]
    object: Literal["model"]
    created: int
    owned_by: str


class ModelsRecord(Record):
    """The models."""

    object: Literal["list"]
    data: list[ModelRecord]


class SearchResultRecord(Record):
    """A citation: the paper, and the quote as the snippet."""

    title: str
    url: str
    date: str | None
    snippet: str


class AnswerFields(Record):
    """What stands beside OpenAI's fields, in the order of the marks in the text."""

    citations: list[str] = Field(description="addresses")
    search_results: list[SearchResultRecord]
    paperchat: AnswerRecord


class UrlCitationRecord(Record):
    """A mark in the text, `text[start_index:end_index]` in code points, and where it leads."""

    url: str
    title: str
    start_index: int
    end_index: int


class ChatAnnotationRecord(Record):
    """A citation of a message."""

    type: Literal["url_citation"]
    url_citation: UrlCitationRecord


class ChatMessageRecord(Record):
    """The answer as a message, in Markdown with [n] marks."""

    role: Literal["assistant"]
    content: str
    refusal: None
    annotations: list[ChatAnnotationRecord]


class ChatChoiceRecord(Record):
    """The one choice of a completion."""

    index: Literal[0]
    message: ChatMessageRecord
    logprobs: None
    finish_reason: Literal["stop"]


class ChatUsageRecord(Record):
    """Tokens that a language model was given and wrote; zeros where none wrote the answer."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletionRecord(AnswerFields):
    """A chat completion."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: Literal["paperchat"]
    choices: list[ChatChoiceRecord]
    usage: ChatUsageRecord


class ResponseAnnotationRecord(UrlCitationRecord):
    """A citation of a response's text."""

    type: Literal["url_citation"]


class OutputTextRecord(Record):
    """The answer, in Markdown with [n] marks."""

    type: Literal["output_text"]
    text: str
    annotations: list[ResponseAnnotationRecord]
    logprobs: list[JsonValue]


class OutputMessageRecord(Record):
    """The message of a response."""

    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    status: Literal["in_progress", "completed"]
    content: list[OutputTextRecord]


class ResponseUsageRecord(Record):
    """Tokens that a language model was given and wrote; zeros where none wrote the answer."""

    input_tokens: int
    input_tokens_details: dict[str, int]
    output_tokens: int
    output_tokens_details: dict[str, int]
    total_tokens: int


class ResponseRecord(AnswerFields):
    """A response."""

    id: str
    object: Literal["response"]
    created_at: int
    model: Literal["paperchat"]
    error: None
    incomplete_details: None
    instructions: None
    metadata: dict[str, JsonValue]
    parallel_tool_calls: bool
    previous_response_id: str | None
    text: dict[str, JsonValue]
    tool_choice: Literal["none"]
    tools: list[JsonValue]
    status: Literal["completed"]
    output: list[OutputMessageRecord]
    usage: ResponseUsageRecord
