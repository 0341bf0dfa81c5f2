"""A visitor's long piece of work on a text, such as a survey of a topic: data, and how it goes on a thread."""

from __future__ import annotations

import asyncio
import re
import threading
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from gradio import EventData, Request

from paperchat.errors import PaperchatError
from paperchat.render.html import attributes, line
from paperchat.render.survey_html import Linking, hover, mark_class
from paperchat.text.describe import title_of
from paperchat.types import Citation, Filters, StoredPaper
from paperchat.ui.chat_state import Stops
from paperchat.ui.components import button, word
from paperchat.ui.downloads import Taken, taken_html
from paperchat.ui.filter_chips import chips, narrowed

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
Stage = Literal["none", "working", "done", "stopped", "failed"]

_BETWEEN = 0.1  # seconds between two tellings of how far it is


@dataclass(frozen=True, kw_only=True)  # with slots, Python 3.11 cannot make one by its alias
class Inquiry(Generic[T]):
    """What is asked for under which ``filters``, what it is ``doing``, and its ``result`` or ``error``."""

    text: str = ""
    filters: Filters = field(default_factory=Filters)
    stage: Stage = "none"
    doing: tuple[str, int, int] = ("", 0, 0)
    result: T | None = None
    error: str = ""


async def inquire(
    inquiry: Inquiry[T],
    work: Callable[[Progress, threading.Event], T],
    stop: asyncio.Event,
    workers: Executor | None = None,
) -> AsyncGenerator[Inquiry[T], None]:
    """The inquiry as it becomes; an error of paperchat's becomes its end, in words for the visitor.

    ``work`` is given a function to tell how far it is, and an event that is set when it is to end: when ``stop`` is
    set, or nobody waits for it any more. Its end is not waited for then. It is done by one of ``workers``, by default
    of the event loop's.
    """
    inquiry = replace(inquiry, stage="working", doing=("", 0, 0), result=None, error="")
    yield inquiry
    loop, changed, stopped = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    latest = inquiry.doing

    def note(doing: tuple[str, int, int]) -> None:
        nonlocal latest
        latest = doing
        changed.set()

    def tell(stage: str, done: int, total: int) -> None:
        loop.call_soon_threadsafe(note, (stage, done, total))

    working = loop.run_in_executor(workers, work, tell, stopped)
    working.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # of what was stopped, nobody asks
    stopping = asyncio.ensure_future(stop.wait())
    try:
        while not working.done() and not stop.is_set():
            hearing = asyncio.ensure_future(changed.wait())
            await asyncio.wait((working, stopping, hearing), return_when=asyncio.FIRST_COMPLETED)
            hearing.cancel()
            if changed.is_set() and not working.done() and not stop.is_set():
                changed.clear()
                yield replace(inquiry, doing=latest)
                await asyncio.wait((working, stopping), timeout=_BETWEEN, return_when=asyncio.FIRST_COMPLETED)
        yield _ended(inquiry, working) if working.done() else replace(inquiry, stage="stopped")
    finally:
        stopped.set()
        stopping.cancel()


def _ended(inquiry: Inquiry[T], working: asyncio.Future[T]) -> Inquiry[T]:
    try:
        return replace(inquiry, stage="done", result=working.result())
    except PaperchatError as error:
        return replace(inquiry, stage="failed", error=str(error))
    except Exception as error:  # noqa: BLE001 - the room would seem to be at work for ever
        return replace(inquiry, stage="failed", error=f"{type(error).__name__}: {error} (not foreseen)")


def under_way(inquiry: Inquiry[T]) -> str:
    """How far it is, in words."""
    stage, done, total = inquiry.doing
    of = f" {done:,} of {total:,}" if total > 1 else ""
    return f"{stage[:1].upper()}{stage[1:]}{of}…" if stage else "Beginning…"


_AT_ONCE = 4  # visitors whose work is done at the same time; the others wait
FEWEST, MOST = 5, 300
"""Papers that a visitor may have looked at."""


class InquiryRoom(ABC, Generic[T]):
    """Each handler takes the visitor's own inquiry, and gives it as it becomes, with what is to be shown.

    The filters are a state of their own: they may be changed for the next inquiry while one is under way.
    """

    def __init__(self, pc: PaperChat) -> None:
        self._pc = pc
        self._stops = Stops()
        # Of its own, so that questions never wait until surveys are done.
        self._workers = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="inquiry")

    @abstractmethod
    def shown(self, inquiry: Inquiry[T]) -> str:
        """The room's HTML."""

    @abstractmethod
    def work(self, inquiry: Inquiry[T], most: int) -> Callable[[Progress, threading.Event], T]:
        """What is to be done for the inquiry's text, with at most so many papers."""

    @abstractmethod
    def taken(self, result: T, ending: str) -> Taken | None:
        """The result as a file to be saved; ``None`` for an ending that nothing is known to have."""

    def opened(self, inquiry: Inquiry[T], filters: Filters) -> tuple[str, str]:
        return self.shown(inquiry), chips(self._pc, filters)

    async def begin(
        self, inquiry: Inquiry[T], filters: Filters, text: str, most: float | None, request: Request
    ) -> AsyncIterator[tuple[Inquiry[T], str]]:
        """Nothing is begun without a text."""
        if not text.strip():
            yield inquiry, self.shown(inquiry)
            return
        inquiry = replace(inquiry, text=text.strip(), filters=filters)
        work = self.work(inquiry, _within(most))
        with self._stops.heeded(str(request.session_hash)) as stop:
            async with aclosing(inquire(inquiry, work, stop, self._workers)) as becoming:
                async for become in becoming:
                    yield become, self.shown(become)

    def stop(self, request: Request) -> None:
        self._stops.stop(str(request.session_hash))

    def unfold(self, filters: Filters, text: str, told: EventData) -> str:
        return chips(self._pc, filters, text, opened=bool(told.opened))

    def narrow(self, filters: Filters, text: str, told: EventData) -> tuple[Filters, str]:
        filters = narrowed(filters, told._data)
        return filters, chips(self._pc, filters, text, opened="panel" in told._data)

    def take_away(self, inquiry: Inquiry[T], told: EventData) -> str:
        file = None if inquiry.result is None else self.taken(inquiry.result, word(told._data, "form"))
        return taken_html(file)


def _within(most: float | None) -> int:
    """A number that can be meant, whatever was typed."""
    return int(min(max(most or 0, FEWEST), MOST))


_LONGEST_NAME = 60
_EMPTY = 'Your library is empty: <a href="#papers">add papers</a>, or take in the sample under <a href="#ask">Ask</a>.'


def opening(pc: PaperChat, heading: str, told: str) -> str:
    """What a room says before anything has been asked for; an empty library gets a way out."""
    about = f"<p>{told}</p>" if pc.status().papers else f"<p>{_EMPTY}</p>"
    return f'<section class="welcome"><h1>{heading}</h1>{about}</section>'


def unfinished(inquiry: Inquiry[Any]) -> str:
    """How far it is, or why it has no result."""
    if inquiry.stage == "working":
        return (
            f'<p class="working" role="status"><span class="dots" aria-hidden="true"></span>'
            f"{line(under_way(inquiry))}</p>"
        )
    if inquiry.stage == "stopped":
        return '<div class="notice stopped" role="note"><p class="verdict">Stopped.</p></div>'
    return (
        '<div class="notice failed" role="alert"><p class="verdict">That did not work.</p>'
        f"<p>{line(inquiry.error)}</p></div>"
    )


def linking_of(room: str) -> Linking:
    """Marks and papers that are opened beside."""

    def mark(citation: Citation) -> str:
        told = attributes(do="cite", room=room, number=citation.number)
        return f'<button type="button" class="{mark_class(citation)}"{hover(citation)}{told}>{citation.number}</button>'

    def title(stored: StoredPaper) -> str:
        return button(line(title_of(stored.paper)), "paper", kind="title", paper=stored.paper_id)

    def point(stored: StoredPaper) -> str:
        return f'href="#{room}"{attributes(do="paper", paper=stored.paper_id)}'

    return Linking(mark=mark, title=title, point=point)


def downloads(of: str, files: Mapping[str, str]) -> str:
    """Buttons for the files of these endings, under their names."""
    offered = "".join(
        button(name, "take", kind="tool", described=f"{of}: {name}", form=ending) for ending, name in files.items()
    )
    return f'<div class="tools downloads" role="group" aria-label="{of}"><span>Save as</span>{offered}</div>'


def file_name(kind: str, text: str) -> str:
    """Plain letters and digits, without an ending."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_NAME].rstrip("-")
    return f"{kind}-{words}" if words else kind
