"""The border to language models: a LlamaIndex LLM under a deadline, whose failures become ModelError here."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Generator, Sequence
from functools import cached_property
from queue import Empty, SimpleQueue

from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.llms.llm import LLM

from paperchat.errors import ModelError
from paperchat.models.errors import reason_of, without_credentials

TIMEOUT = 60.0
"""Seconds for a whole reply."""
_GLANCE = 0.05  # seconds between two looks at whether to stop


class LanguageModel:
    """A LlamaIndex LLM with its name, made when it is first spoken to; safe to share between threads.

    Args:
        name: ``provider:name``, as an answer's ``model`` tells it.
        make: gives the LLM; called once, late, since importing an integration takes seconds.
        timeout: seconds that a whole reply may take.
        where: the server's address, for messages; empty for a model in this process.
        secret: a key that must not show up in messages.
    """

    def __init__(
        self, *, name: str, make: Callable[[], LLM], timeout: float = TIMEOUT, where: str = "", secret: str = ""
    ) -> None:
        self.name = name
        self._make = make
        self._timeout = timeout
        self._where = where
        self._secret = secret
        self._lock = threading.Lock()

    @classmethod
    def of(cls, llm: LLM, *, timeout: float = TIMEOUT) -> LanguageModel:
        """An LLM that somebody else made."""
        return cls(name=str(getattr(llm, "model", "") or llm.class_name()), make=lambda: llm, timeout=timeout)

    def stream(
        self, messages: Sequence[ChatMessage], *, stopped: threading.Event | None = None
    ) -> Generator[str, None, None]:
        """The reply, piece by piece; closing it, or setting ``stopped``, ends the call.

        Raises:
            ModelError: the model cannot be made or reached, refuses, breaks off, or takes longer than the timeout.
        """
        ended = threading.Event()
        pieces: SimpleQueue[str | Exception | None] = SimpleQueue()
        threading.Thread(target=self._speak, args=(list(messages), pieces, ended), daemon=True).start()
        deadline = time.monotonic() + self._timeout
        try:
            while not (stopped and stopped.is_set()):
                try:
                    piece = pieces.get(timeout=_GLANCE)
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

    def _speak(
        self, messages: list[ChatMessage], pieces: SimpleQueue[str | Exception | None], ended: threading.Event
    ) -> None:
        """On a thread of its own, since a call that hangs cannot be interrupted, only left behind."""
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
        except Exception as error:  # noqa: BLE001 - the border: whatever an integration raises
            pieces.put(error)
            return
        # LlamaIndex keeps what closing raised, and so the open connection, in a cycle of references.
        del responses
        gc.collect()

    @cached_property
    def _llm(self) -> LLM:
        return self._make()

    def _failure(self, error: Exception) -> ModelError:
        if isinstance(error, ModelError):
            return error
        at, advice = "", "check PAPERCHAT_LLM"
        if self._where:
            at, advice = f" at {self._where}", "check the server and PAPERCHAT_LLM_BASE_URL"
        reason = reason_of(error, secret=self._secret)
        return ModelError(without_credentials(f"model {self.name}{at} failed ({reason}): {advice}"))


def _delta_of(response: ChatResponse) -> str:
    if not isinstance(response.delta, str | None):
        raise TypeError(f"it gave {type(response.delta).__name__} for text")
    return response.delta or ""
