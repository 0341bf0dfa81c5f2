"""The sources of a room: the papers that its answers or its report quote, each with the numbers of its quotes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from paperchat.types import Citation
from paperchat.ui.chat_state import ChatState
from paperchat.ui.components import render


@dataclass(frozen=True, slots=True)
class PlacedCitation:
    """A citation, and where it is: the ``turn`` of a conversation, or the ``tab`` of a report."""

    citation: Citation
    place: Mapping[str, object]


def cited_in(state: ChatState, tab_citations: Mapping[str, Sequence[Citation]], tab: str) -> Iterator[PlacedCitation]:
    """The citations of a tab's report; of the conversation for any other tab."""
    if tab in ("survey", "claim"):
        yield from (PlacedCitation(citation, {"tab": tab}) for citation in tab_citations.get(tab, ()))
        return
    for index, turn in enumerate(state.turns):
        yield from (PlacedCitation(citation, {"turn": index}) for citation in turn.citations)


def sources_html(cited: Iterable[PlacedCitation]) -> Markup:
    """Render the papers in the order in which they are first cited."""
    by_paper: dict[str, list[PlacedCitation]] = {}
    for one in cited:
        by_paper.setdefault(one.citation.paper.paper_id, []).append(one)
    return render("source_list.html", sources=list(by_paper.values()))
