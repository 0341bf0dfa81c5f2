"""Whether the models that the settings name can be used: one tiny call to each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from paperchat.errors import ModelError
from paperchat.models.llm import model_of
from paperchat.models.resolve import embedder_of
from paperchat.settings import Settings

_TINY = "Say only: ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """``told`` is what came of the call, in a few words, or why it failed; ``ms`` how long it took."""

    name: str
    works: bool
    told: str
    ms: int


def try_embedder(settings: Settings) -> Trial:
    """
    Raises:
        UsageError: it is not known, or has no name or address.
    """

    def call() -> str:
        return f"{len(embedder_of(settings).get_query_embedding('ready'))} dimensions"

    return _tried(settings.embedder, call)


def try_llm(settings: Settings) -> Trial | None:
    """``None`` where the settings name no language model.

    Raises:
        UsageError: it is not known, or has no name, address or key.
    """
    model = model_of(settings)
    if model is None:
        return None
    message = ChatMessage(role=MessageRole.USER, content=_TINY)
    return _tried(model.name, lambda: f"replies {' '.join(''.join(model.stream([message])).split())[:40]!r}")


def _tried(name: str, call: Callable[[], str]) -> Trial:
    began = time.perf_counter()
    try:
        works, told = True, call()
    except ModelError as error:
        works, told = False, str(error)
    return Trial(name=name, works=works, told=told, ms=round((time.perf_counter() - began) * 1000))
