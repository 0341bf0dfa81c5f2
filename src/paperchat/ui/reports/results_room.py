"""The room Results: leaderboards over time, conflicts and gaps of the results that papers report, and their files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradio import EventData, Request
from markupsafe import Markup

from paperchat.access.quotas import QuestionQuota
from paperchat.errors import PaperchatError
from paperchat.render.leaderboard_plot import plot_leaderboard
from paperchat.render.results_formats import board_title, describe_ledger, results_as_file, system_name
from paperchat.results.types import Ledger
from paperchat.ui.components import (
    event_asker,
    failure_message,
    int_value,
    render,
    text_value,
)
from paperchat.ui.downloads import Download, download_html
from paperchat.ui.reports.jobs import file_name
from paperchat.ui.reports.room_examples import ExampleFinder

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

_FEWEST_DRAWN = 3
"""Results of a leaderboard, from which on their order in time is drawn."""
_MAX_BOARDS, _MAX_RESULTS, _MAX_CONFLICTS, _MAX_GAPS = 40, 60, 12, 12
_FILES = {".csv": "CSV", ".md": "Markdown", ".json": "JSON"}


@dataclass(frozen=True, slots=True)
class ResultsView:
    """What a visitor has open: a ledger, and which of its leaderboards."""

    ledger: Ledger | None = None
    board: int = 0


class ResultsHandlers:
    """Gradio handlers: each gives what is open, and the HTML of the room."""

    def __init__(self, pc: PaperChat, questions: QuestionQuota, examples: ExampleFinder) -> None:
        self._pc = pc
        self._questions = questions
        self._examples = examples

    def load(self) -> tuple[ResultsView, str]:
        """Show the room as it begins."""
        return self._beginning()

    def find(self, event: EventData, request: Request) -> Iterator[tuple[ResultsView, str]]:
        """Show that results are read, then those on a topic, or of all papers."""
        topic = " ".join(text_value(event._data, "topic").split())
        if refusal := self._questions.refusal(event_asker(request), topic):
            yield self._beginning(notice=refusal, topic=topic)
            return
        yield ResultsView(), results_html(self._pc, ResultsView(), topic=topic, is_working=True)
        try:
            view = ResultsView(self._pc.results(topic or None))
        except PaperchatError as error:
            yield self._beginning(notice=failure_message(error), topic=topic)
            return
        yield view, results_html(self._pc, view)

    def board(self, view: ResultsView, event: EventData) -> tuple[ResultsView, str]:
        """Show another leaderboard."""
        view = ResultsView(view.ledger, int_value(event._data, "number") or 0)
        return view, results_html(self._pc, view)

    def renew(self, view: ResultsView) -> tuple[ResultsView, str]:
        """Show the same anew, after papers were added or removed."""
        if view.ledger is None:
            return self._beginning()
        view = ResultsView(self._pc.results(view.ledger.topic or None), view.board)
        return view, results_html(self._pc, view)

    def download(self, view: ResultsView, event: EventData) -> str:
        """Save the ledger as a file."""
        ending = text_value(event._data, "format")
        if view.ledger is None or ending not in _FILES:
            return download_html(None)
        name = f"{file_name('results', view.ledger.topic or 'all papers')}{ending}"
        return download_html(Download(name=name, text=results_as_file(view.ledger, ending).decode()))

    def _beginning(self, *, notice: str = "", topic: str = "") -> tuple[ResultsView, str]:
        topics = self._examples.find().topics
        return ResultsView(), results_html(self._pc, ResultsView(), notice=notice, topic=topic, examples=topics)


def results_html(
    pc: PaperChat,
    view: ResultsView,
    *,
    notice: str = "",
    topic: str = "",
    is_working: bool = False,
    examples: Sequence[str] = (),
) -> Markup:
    """Render the room, with a leaderboard and its plot where there is one, or ``examples`` of topics to begin with."""
    ledger = view.ledger
    boards = ledger.leaderboards[:_MAX_BOARDS] if ledger else ()
    board = boards[view.board] if view.board < len(boards) else (boards[0] if boards else None)
    return render(
        "results_room.html",
        ledger=ledger,
        topic=ledger.topic if ledger else topic,
        notice=notice,
        description=describe_ledger(ledger) if ledger else "",
        boards=boards,
        board=board,
        board_title=board_title,
        system_name=system_name,
        plot=Markup(plot_leaderboard(board)) if board and len(board.results) >= _FEWEST_DRAWN else "",
        is_working=is_working,
        examples=examples,
        results=ledger.results[:_MAX_RESULTS] if ledger else (),
        conflicts=ledger.conflicts[:_MAX_CONFLICTS] if ledger else (),
        gaps=ledger.gaps[:_MAX_GAPS] if ledger else (),
        files=_FILES,
        is_library_empty=not pc.status().papers,
    )
