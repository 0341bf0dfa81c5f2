"""Runs a LlamaIndex LLM with a timeout; its failures become ModelError here, and only here."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Generator, Sequence
from functools import cached_property
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from paperchat.errors import ModelError
from paperchat.models.errors import model_error

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage, ChatResponse
    from llama_index.core.llms.llm import LLM

TIMEOUT = 60.0
"""Seconds for a whole reply."""
_POLL_INTERVAL = 0.05  # seconds between checks whether to stop


class LanguageModel:
    """A LlamaIndex LLM with its name, built at first use; safe to share between threads.

    Args:
        name: ``provider:name``, as in an answer's ``model``.
        make: builds the LLM; called once, at first use, since importing an integration takes seconds.
        timeout: seconds that a whole reply may take.
        address: the server's address, for messages; empty for a model in this process.
        secret: a key that must not show up in messages.
    """

    def __init__(
        self, *, name: str, make: Callable[[], LLM], timeout: float = TIMEOUT, address: str = "", secret: str = ""
    ) -> None:
        self.name = name
        self._make = make
        self._timeout = timeout
        self._address = address
        self._secret = secret
        self._lock = threading.Lock()

    @classmethod
    def wrap(cls, llm: LLM, *, timeout: float = TIMEOUT) -> LanguageModel:
        """A LanguageModel around an LLM that the caller has built."""
        return cls(name=str(getattr(llm, "model", "") or llm.class_name()), make=lambda: llm, timeout=timeout)

    def reply(self, prompt: str, *, stopped: threading.Event | None = None) -> Generator[str, None, None]:
        """Stream the reply to a single message, as `stream` does.

        Raises:
            ModelError: as `stream`.
        """
        from llama_index.core.base.llms.types import ChatMessage, MessageRole

        return self.stream([ChatMessage(role=MessageRole.USER, content=prompt)], stopped=stopped)

    def stream(
        self, messages: Sequence[ChatMessage], *, stopped: threading.Event | None = None
    ) -> Generator[str, None, None]:
        """Stream the reply in pieces; closing the generator, or setting ``stopped``, ends the call.

        Raises:
            ModelError: the model cannot be built or reached, refuses, breaks off, or takes longer than the timeout.
        """
        ended = threading.Event()
        pieces: SimpleQueue[str | Exception | None] = SimpleQueue()
        threading.Thread(target=self._generate, args=(list(messages), pieces, ended), daemon=True).start()
        deadline = time.monotonic() + self._timeout
        try:
            while not (stopped and stopped.is_set()):
                try:
                    piece = pieces.get(timeout=_POLL_INTERVAL)
                except Empty:
                    if time.monotonic() > deadline:
                        raise self._failure(TimeoutError(f"no reply within {self._timeout:g} s")) from None
                    continue
                if piece is None:
                    return
                if isinstance(piece, Exception):
                    raise self._failure(piece) from piece
                yield piece
                if time.monotonic() > deadline:
                    raise self._failure(TimeoutError(f"no whole reply within {self._timeout:g} s"))
        finally:
            ended.set()

    def _generate(
        self, messages: list[ChatMessage], pieces: SimpleQueue[str | Exception | None], ended: threading.Event
    ) -> None:
        """Runs on a thread of its own, since a call that hangs cannot be interrupted, only abandoned."""
        try:
            with self._lock:
                llm = self._llm
            responses = llm.stream_chat(messages)
            for response in responses:
                if ended.is_set():
                    responses.close()
                    break
                if delta := _delta_of(response):
                    pieces.put(delta)
            else:
                pieces.put(None)
                return
        except Exception as error:  # noqa: BLE001 - integrations raise any kind of exception
            pieces.put(error)
            return
        # LlamaIndex holds the exception raised by closing, and with it the open connection, in a reference cycle.
        del responses
        gc.collect()

    @cached_property
    def _llm(self) -> LLM:
        return self._make()

    def _failure(self, error: Exception) -> ModelError:
        advice = "check the server and PAPERCHAT_LLM_BASE_URL" if self._address else "check PAPERCHAT_LLM"
        return model_error(f"model {self.name}", error, address=self._address, secret=self._secret, advice=advice)


def _delta_of(response: ChatResponse) -> str:
    if not isinstance(response.delta, str | None):
        raise TypeError(f"it returned {type(response.delta).__name__} instead of text")
    return response.delta or ""
