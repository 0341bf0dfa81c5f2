"""A LlamaIndex LLM that runs a GGUF file in this process with llama.cpp."""

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
    """A chat model in a GGUF file, loaded at first use.

    Args:
        model: the file's path.
        context_window: in tokens, for prompt and reply.
        max_tokens: of one reply.

    Raises:
        ModelError: at first use, when the file is missing or cannot be loaded.
    """

    model: str
    context_window: int = 4096
    max_tokens: int = 512
    temperature: float = 0.0

    @classmethod
    def class_name(cls) -> str:
        """The name that LlamaIndex serialises."""
        return "GgufLLM"

    @property
    def metadata(self) -> LLMMetadata:
        """The model's limits."""
        return LLMMetadata(
            context_window=self.context_window,
            num_output=self.max_tokens,
            model_name=Path(self.model).name,
            is_chat_model=True,
        )

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **_: Any) -> ChatResponseGen:
        """Stream the reply to the messages."""
        return self._replies(messages)

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **_: Any) -> ChatResponse:
        """The whole reply to the messages."""
        whole = ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=""))
        for response in self._replies(messages):
            whole = response
        return ChatResponse(message=whole.message)

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:  # noqa: ARG002
        """The whole reply to a prompt, sent as a user message."""
        return CompletionResponse(text=self.chat([ChatMessage(content=prompt)]).message.content or "")

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponseGen:  # noqa: ARG002
        """Stream the reply to a prompt, sent as a user message."""

        def responses() -> CompletionResponseGen:
            for response in self._replies([ChatMessage(content=prompt)]):
                yield CompletionResponse(text=response.message.content or "", delta=response.delta)

        return responses()

    def _replies(self, messages: Sequence[ChatMessage]) -> ChatResponseGen:
        """Turn llama.cpp's callbacks, which run on a thread, into a generator; closing it ends the generation."""
        chunks: SimpleQueue[dict[str, Any] | Exception | None] = SimpleQueue()
        ended = threading.Event()
        request = {
            "messages": [{"role": message.role.value, "content": message.content or ""} for message in messages],
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "stream": True,
        }

        def on_chunk(chunk: dict[str, Any]) -> bool:
            chunks.put(chunk)
            return ended.is_set()

        def generate() -> None:
            try:
                self._server.handle_chat_completions(request, on_chunk)
            except Exception as error:  # noqa: BLE001 - raised again on the consumer's thread
                chunks.put(error)
            chunks.put(None)

        threading.Thread(target=generate, daemon=True).start()
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
        params = CommonParams()
        params.model.path = self.model
        params.n_ctx = self.context_window
        params.n_parallel = 1
        params.warmup = False
        params.verbosity = -1
        for threads in (params.cpuparams, params.cpuparams_batch):
            threads.poll = 0  # threads that busy-wait for each other are very slow on a busy machine
        params.ui = False
        params.api_keys = [secrets.token_hex()]  # it also listens on loopback, where nobody else may use it
        try:
            return Server(params)
        except RuntimeError as error:
            raise ModelError(
                f"{self.model} cannot be loaded ({error}): check that it is a complete GGUF file"
            ) from error
