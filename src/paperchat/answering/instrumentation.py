"""LlamaIndex's instrumentation of answers: spans, and the events of synthesis.

Nothing is told where the process has not loaded LlamaIndex, which takes seconds: nobody can listen there.
"""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from paperchat.models.llama_index_use import is_llama_index_loaded
from paperchat.retrieval.passage_retrieval import EmbeddedQuestion, RetrievedPassage
from paperchat.types import Answer, AnswerEvent

if TYPE_CHECKING:
    from llama_index.core.instrumentation import Dispatcher  # type: ignore[attr-defined]  # not in its __all__

_NO_ARGUMENTS = inspect.signature(lambda: None).bind()


@contextmanager
def span(name: str) -> Iterator[None]:
    """Work done in a span of this name."""
    if not is_llama_index_loaded():
        yield
        return
    entered = _Span(name)
    try:
        with entered.active():
            yield
    except BaseException as error:
        entered.drop(error)
        raise
    entered.exit()


def within_span(name: str, events: Generator[AnswerEvent, None, None]) -> Generator[AnswerEvent, None, None]:
    """The same events, made in a span of this name that lasts until the last one."""
    if not is_llama_index_loaded():
        yield from events
        return
    entered = _Span(name)
    try:
        while True:
            with entered.active():  # whoever reads the events is outside of the span
                event = next(events, None)
            if event is None:
                break
            yield event
    except BaseException as error:
        events.close()
        entered.drop(error)
        raise
    entered.exit()


def synthesis_begins(question: EmbeddedQuestion) -> None:
    """Tell that an answer is being made."""
    if is_llama_index_loaded():
        from llama_index.core.instrumentation.events.synthesis import SynthesizeStartEvent
        from llama_index.core.schema import QueryBundle

        _dispatcher().event(SynthesizeStartEvent(query=QueryBundle(question.text, embedding=question.vector)))


def synthesis_ends(question: EmbeddedQuestion, answer: Answer, considered: Sequence[RetrievedPassage] = ()) -> None:
    """Tell the answer, and the passages that it was looked for in."""
    if is_llama_index_loaded():
        from llama_index.core.instrumentation.events.synthesis import SynthesizeEndEvent
        from llama_index.core.schema import QueryBundle

        from paperchat.answering.response import as_response

        query = QueryBundle(question.text, embedding=question.vector)
        _dispatcher().event(SynthesizeEndEvent(query=query, response=as_response(answer, considered)))


class _Span:
    """A span that has been entered."""

    def __init__(self, name: str) -> None:
        from llama_index.core.instrumentation.span import active_span_id

        self._id = f"{name}-{uuid.uuid4()}"
        self._active = active_span_id
        self._dispatcher = _dispatcher()
        self._dispatcher.span_enter(id_=self._id, bound_args=_NO_ARGUMENTS, parent_id=active_span_id.get(), tags={})

    @contextmanager
    def active(self) -> Iterator[None]:
        token = self._active.set(self._id)
        try:
            yield
        finally:
            self._active.reset(token)

    def drop(self, error: BaseException) -> None:
        self._dispatcher.span_drop(id_=self._id, bound_args=_NO_ARGUMENTS, err=error)

    def exit(self) -> None:
        self._dispatcher.span_exit(id_=self._id, bound_args=_NO_ARGUMENTS)


def _dispatcher() -> Dispatcher:
    from llama_index.core.instrumentation import get_dispatcher  # type: ignore[attr-defined]  # not in its __all__

    return get_dispatcher(__name__)
