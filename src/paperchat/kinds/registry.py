"""The answerer of each kind."""

from __future__ import annotations

from collections.abc import Mapping

from paperchat.kinds.draft import KindAnswerer
from paperchat.models.cross_encoder import Reader
from paperchat.models.minilm import MiniLM
from paperchat.retrieval.search import Searcher
from paperchat.storage.library import Library
from paperchat.types import AnswerKind


def make_answerers(
    *, library: Library, searcher: Searcher, encoder: MiniLM, reader: Reader | None
) -> Mapping[AnswerKind, KindAnswerer]:
    """One answerer for each kind but ``fact``."""
    return {}
