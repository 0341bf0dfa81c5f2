"""A GGUF file as a LlamaIndex LLM, run in this process by llama.cpp."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.custom import CustomLLM
from xllamacpp import CommonParams, Server

from paperchat.errors import ModelError


class GgufLLM(CustomLLM):
    """Chats with the model in a file; loaded at first use.

    Args:
        model: the file's path.
        context_window: in tokens, for prompt and reply.
        max_tokens: of one reply.

    Raises:
        ModelError: at first use, when the file is not there or cannot be loaded.
    """

    model: str
    context_window: int = 4096
    max_tokens: int = 512
    temperature: float = 0.0

    @classmethod
    def class_name(cls) -> str:
        return "GgufLLM"

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(
            context_window=self.context_window,
            num_output=self.max_tokens,
            model_name=Path(self.model).name,
            is_chat_model=True,
        )

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **_: Any) -> ChatResponseGen:
        return self._replies(messages)

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **_: Any) -> ChatResponse:
        whole = ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=""))
        for response in self._replies(messages):
            whole = response
        return ChatResponse(message=whole.message)

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:  # noqa: ARG002
        return CompletionResponse(text=self.chat([ChatMessage(content=prompt)]).message.content or "")

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponseGen:  # noqa: ARG002
        def responses() -> CompletionResponseGen:
            for response in self._replies([ChatMessage(content=prompt)]):
                yield CompletionResponse(text=response.message.content or "", delta=response.delta)

        return responses()

    def _replies(self, messages: Sequence[ChatMessage]) -> ChatResponseGen:
        """What llama.cpp calls back with, on a thread, as a generator; closing it ends the model's work."""
        chunks: SimpleQueue[dict[str, Any] | Exception | None] = SimpleQueue()
        ended = threading.Event()
        request = {
            "messages": [{"role": message.role.value, "content": message.content or ""} for message in messages],
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "stream": True,
        }

        def heard(chunk: dict[str, Any]) -> bool:
            chunks.put(chunk)
            return ended.is_set()

        def speak() -> None:
            try:
                self._server.handle_chat_completions(request, heard)
            except Exception as error:  # noqa: BLE001 - told to the reader, on whose thread it is raised
                chunks.put(error)
            chunks.put(None)

        threading.Thread(target=speak, daemon=True).start()
        text = ""
        try:
            while chunk := chunks.get():
                if isinstance(chunk, Exception):
                    raise chunk
                if "error" in chunk:
                    raise ModelError(f"the model of {self.model} failed ({chunk['error'].get('message', chunk)})")
                delta = "".join(choice["delta"].get("content") or "" for choice in chunk.get("choices", ()))
                text += delta
                yield ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=text), delta=delta)
        finally:
            ended.set()

    @cached_property
    def _server(self) -> Any:
        if not Path(self.model).is_file():
            raise ModelError(f"there is no file {self.model}: check PAPERCHAT_LLM (gguf:PATH)")
        given = CommonParams()
        given.model.path = self.model
        given.n_ctx = self.context_window
        given.n_parallel = 1
        given.warmup = False
        given.verbosity = -1
        for threads in (given.cpuparams, given.cpuparams_batch):
            threads.poll = 0  # threads that wait for each other without sleeping crawl on a busy machine
        given.ui = False
        given.api_keys = [secrets.token_hex()]  # it listens on loopback, too, where nobody else is to use it
        try:
            return Server(given)
        except RuntimeError as error:
            raise ModelError(f"{self.model} cannot be loaded ({error}): is it a GGUF file, whole?") from error
