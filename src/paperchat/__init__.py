"""Ask the research literature on your own machine; every sentence of an answer is an exact quote.

Public names load on first use, so that importing the package costs next to nothing.
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat
    from paperchat.errors import PaperchatError
    from paperchat.render.data_frames import papers_frame, results_frame
    from paperchat.settings import Settings
    from paperchat.survey.types import Survey, WeighedClaim
    from paperchat.types import (
        Answer,
        Citation,
        DoneEvent,
        EvidenceEvent,
        Filters,
        Hit,
        IngestReport,
        Paper,
        Passage,
        Quote,
        RetrievalEvent,
        SentenceEvent,
        TextEvent,
    )

__version__ = "0.1.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())  # quiet until an application says otherwise

_HOMES = {
    "Answer": "types",
    "Citation": "types",
    "DoneEvent": "types",
    "EvidenceEvent": "types",
    "Filters": "types",
    "Hit": "types",
    "IngestReport": "types",
    "Paper": "types",
    "PaperChat": "assistant",
    "PaperchatError": "errors",
    "Passage": "types",
    "Quote": "types",
    "RetrievalEvent": "types",
    "SentenceEvent": "types",
    "Settings": "settings",
    "Survey": "survey.types",
    "TextEvent": "types",
    "WeighedClaim": "survey.types",
    "papers_frame": "render.data_frames",
    "results_frame": "render.data_frames",
}

__all__ = [
    "Answer",
    "Citation",
    "DoneEvent",
    "EvidenceEvent",
    "Filters",
    "Hit",
    "IngestReport",
    "Paper",
    "PaperChat",
    "PaperchatError",
    "Passage",
    "Quote",
    "RetrievalEvent",
    "SentenceEvent",
    "Settings",
    "Survey",
    "TextEvent",
    "WeighedClaim",
    "papers_frame",
    "results_frame",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
