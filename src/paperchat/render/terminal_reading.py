"""What readers follow, save, note and ask again, digests and their delivery, for a terminal, as rich renderables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from paperchat.render import digest_wording as wording
from paperchat.text.describe import display_title, metadata_line, one_line, paper_link, passage_location, pluralize

if TYPE_CHECKING:
    from paperchat.mailing.digest_mailer import SendReport
    from paperchat.reading.digest import Digest, DigestPaper
    from paperchat.reading.standing_answers import AnswerChange, StandingCheck
    from paperchat.storage.readers.collections_of_papers import PaperCollection
    from paperchat.storage.readers.follows import Follow
    from paperchat.storage.readers.paper_notes import PaperNote
    from paperchat.storage.readers.standing_questions import StandingQuestion
    from paperchat.storage.readers.subscriptions import Delivery, Subscription
    from paperchat.types import Citation, StoredPaper

NOTE_ID_LENGTH = 8
"""So much of a note's id is shown, by which it is named."""
_INDENT = 4
_STATES = {
    "not_asked": "nothing new: no paper has arrived since it was asked last",
    "unchanged": "nothing new: the papers that arrived do not change the answer",
}


def follows(found: Sequence[Follow]) -> RenderableType:
    """Render what is followed."""
    if not found:
        return Text("Nothing is followed: `paperchat follow topic WORDS` follows a topic.", style="yellow")
    table = Table.grid(padding=(0, 2))
    for one in found:
        kind = "organisation" if one.kind == "organization" else one.kind
        table.add_row(Text(kind, style="dim"), Text(one_line(one.name), style="bold"))
    return table


def collections(found: Sequence[PaperCollection]) -> RenderableType:
    """Render the collections with the number of their papers."""
    if not found:
        return Text("No collection: `paperchat collection add NAME PAPER_ID` starts one.", style="yellow")
    table = Table.grid(padding=(0, 2))
    for one in found:
        table.add_row(Text(one_line(one.name), style="bold"), Text(pluralize(one.papers, "paper")))
    return table


def collection(name: str, papers: Sequence[StoredPaper]) -> RenderableType:
    """Render the papers of a collection, each with its id."""
    lines: list[RenderableType] = [Text(f"{one_line(name)}: {pluralize(len(papers), 'paper')}", style="bold")]
    for one in papers:
        about = " · ".join(filter(None, (metadata_line(one.paper), one.paper_id)))
        lines.append(_indented(Group(Text(display_title(one.paper)), Text(one_line(about), style="dim"))))
    return Group(*lines)


def notes(papers: Iterable[StoredPaper], of_papers: Mapping[str, Sequence[PaperNote]]) -> RenderableType:
    """Render the notes below their papers, each with the beginning of its id."""
    if not of_papers:
        return Text("No note: `paperchat note add PAPER_ID TEXT` writes one.", style="yellow")
    lines: list[RenderableType] = []
    for stored in papers:
        lines.append(Text(display_title(stored.paper), style="bold"))
        for note in of_papers[stored.paper_id]:
            about = f"{note.note_id[:NOTE_ID_LENGTH]} · {note.written[:10]}{', edited' if note.changed else ''}"
            parts = [Text(one_line(line)) for line in note.text.splitlines()]
            if note.quote:
                parts.insert(0, Text(f"“{one_line(note.quote)}” ({one_line(note.location)})", style="italic"))
            lines.append(_indented(Group(*parts, Text(about, style="dim"))))
    return Group(*lines)


def standing_questions(found: Sequence[StandingQuestion]) -> RenderableType:
    """Render the standing questions, numbered."""
    if not found:
        return Text("No standing question: `paperchat standing add QUESTION` keeps one.", style="yellow")
    table = Table.grid(padding=(0, 2))
    for number, one in enumerate(found, start=1):
        asked = f"asked {one.asked[:16].replace('T', ' ')} UTC" if one.asked else "not asked yet"
        table.add_row(Text(str(number), style="cyan"), Text(one_line(one.question)), Text(asked, style="dim"))
    return table


def standing_checks(checks: Sequence[StandingCheck]) -> RenderableType:
    """Render what came of asking the standing questions."""
    if not checks:
        return standing_questions([])
    return Group(*_separated(map(standing_check, checks)))


def standing_check(check: StandingCheck) -> RenderableType:
    """Render what came of asking a standing question: what is new in its answer, or that nothing is."""
    if check.change is None:
        return Group(
            Text(one_line(check.question.question), style="bold"), _indented(Text(_STATES[check.state], style="dim"))
        )
    if check.state == "first":
        return Group(Text("Kept; what is new in the answer is shown from now on.", style="dim"), _answer(check.change))
    return change(check.change)


def standing_history(history: Sequence[AnswerChange]) -> RenderableType:
    """Render the first answer to a standing question, and how it changed since."""
    if not history:
        return Text("It has not been answered yet: `paperchat standing check` asks it.", style="yellow")
    first, *changes = history
    parts: list[RenderableType] = [Text(one_line(first.question.question), style="bold"), _answer(first)]
    for one in changes:
        parts += [Text(), Text(f"{one.found[:16].replace('T', ' ')} UTC", style="dim"), change(one)]
    return Group(*parts)


def change(changed: AnswerChange) -> RenderableType:
    """Render how an answer to a standing question changed."""
    lines: list[RenderableType] = [Text(one_line(changed.question.question), style="bold")]
    lines.append(_indented(Text(wording.change_summary(changed), style="green" if changed.new else "yellow")))
    for heading, citations in (("", changed.new), (wording.GONE_QUOTES, changed.gone)):
        if heading and citations:
            lines.append(_indented(Text(f"{heading}:", style="dim")))
        lines += [_indented(_quoted(group)) for group in wording.quotes_by_paper(citations)]
    return Group(*lines)


def digest(given: Digest) -> RenderableType:
    """Render a digest."""
    parts: list[RenderableType] = [
        Text(wording.digest_heading(given), style="bold underline"),
        Text(wording.digest_scope(given), style="dim"),
    ]
    for number, one in enumerate(given.papers, start=1):
        parts += [Text(), _listed(number, one)]
    if given.changes:
        parts += [Text(), Text(wording.CHANGED_ANSWERS, style="bold underline")]
        for changed in given.changes:
            parts += [Text(), change(changed)]
    return Group(*parts)


def listed_papers(papers: Sequence[DigestPaper]) -> RenderableType:
    """Render papers, each with its quote and why it is there."""
    return Group(*_separated(_listed(number, one) for number, one in enumerate(papers, start=1)))


def subscriptions(found: Sequence[Subscription], latest: Mapping[str, Delivery]) -> RenderableType:
    """Render the subscriptions with their latest issue."""
    if not found:
        return Text("Nobody is subscribed: `paperchat digest subscribe ADDRESS` asks an address.", style="yellow")
    table = Table.grid(padding=(0, 2))
    for one in found:
        issue = latest.get(one.subscription_id)
        became = f"{issue.issue}: {issue.state}" if issue else ""
        if issue and issue.reason:
            became += f" ({one_line(issue.reason)})"
        table.add_row(Text(one_line(one.address), style="bold"), Text(one.frequency), Text(one.state), Text(became))
    return table


def send_report(report: SendReport) -> RenderableType:
    """Render what a run of sending did."""
    counted = [
        f"{pluralize(len(report.sent), 'digest')} sent",
        f"{len(report.nothing_new)} with nothing new" if report.nothing_new else "",
        f"{len(report.waiting)} to be tried again later" if report.waiting else "",
    ]
    lines: list[RenderableType] = [Text(", ".join(filter(None, counted)))]
    for one in report.problems:
        again = f"tried again from {one.next_try:%Y-%m-%d %H:%M} UTC" if one.next_try else "given up"
        lines.append(Text(f"{one_line(one.address)}: {one_line(one.reason)}; {again}", style="yellow"))
    lines += [
        Text(f"{one_line(one.address)}: {one_line(one.reason)}; not sent again", style="yellow")
        for one in report.uncertain
    ]
    return Group(*lines)


def _listed(number: int, listed: DigestPaper) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    lines: list[RenderableType] = [Text(display_title(listed.paper.paper), style="bold")]
    lines.append(Text(wording.listing_details(listed), style="dim"))
    if listed.quote:
        lines.append(_quote(listed.quote))
    lines.append(Text(wording.listing_reasons(listed.reasons), style="dim"))
    if link := paper_link(listed.paper.paper):
        lines.append(Text(link, style="dim", overflow="fold"))
    table.add_row(str(number), Group(*lines))
    return table


def _answer(first: AnswerChange) -> RenderableType:
    from paperchat.render import terminal_answers

    return Group(Text(), terminal_answers.answer(first.answer))


def _quoted(citations: Sequence[Citation]) -> RenderableType:
    return Group(Text(display_title(citations[0].paper.paper), style="bold"), *map(_quote, citations))


def _quote(citation: Citation) -> Text:
    place = passage_location(citation.quote.passage, citation.quote.start)
    return Text.assemble(f"“{one_line(citation.quote.text)}” ", (f"({place})", "dim"))


def _separated(renderables: Iterable[RenderableType]) -> Iterator[RenderableType]:
    for number, one in enumerate(renderables):
        if number:
            yield Text()
        yield one


def _indented(inner: RenderableType) -> Padding:
    return Padding(inner, (0, 0, 0, _INDENT))
