"""Checks with one small call whether the models that the settings name can be used."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from paperchat.errors import ModelError
from paperchat.models.providers import embedder_from_settings, llm_from_settings
from paperchat.settings import Settings

_PROMPT = "Say only: ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """The outcome of a call to a model: ``told`` is its result or error, ``ms`` how long it took.

    The fields are the keys of the command line's JSON.
    """

    name: str
    works: bool
    told: str
    ms: int


def check_embedder(settings: Settings) -> HealthCheck:
    """Embed a word.

    Raises:
        UsageError: the provider is unknown, or the name or address is missing.
    """

    def call() -> str:
        return f"{len(embedder_from_settings(settings).embed_question('ready'))} dimensions"

    return _check(settings.embedder, call)


def check_llm(settings: Settings) -> HealthCheck | None:
    """Ask for a one-word reply; ``None`` when the settings name no language model.

    Raises:
        UsageError: the provider is unknown, or the name, address or key is missing.
    """
    model = llm_from_settings(settings)
    if model is None:
        return None
    return _check(model.name, lambda: f"replies {' '.join(''.join(model.reply(_PROMPT)).split())[:40]!r}")


def _check(name: str, call: Callable[[], str]) -> HealthCheck:
    started = time.perf_counter()
    try:
        works, told = True, call()
    except ModelError as error:
        works, told = False, str(error)
    return HealthCheck(name=name, works=works, told=told, ms=round((time.perf_counter() - started) * 1000))
